"""What may be sent again: nothing that can have left, and nothing before its time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.codes import CODES, Retry
from bot.rules.retries import (
    Exchange,
    Fate,
    Verdict,
    Why,
    backoff_s,
    judge_number,
    judge_read,
    judge_request,
)

# 20:00 in Beijing.
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RETRY_VERDICT = {
    Retry.NO: Verdict.REFUSED,
    Retry.LATER: Verdict.RETRY_LATER,
    Retry.BACKOFF: Verdict.RETRY_LATER,
    Retry.UNKNOWN_OUTCOME: Verdict.IN_DOUBT,
}


def test_only_ok_is_an_acceptance() -> None:
    assert judge_number("Ok", now=NOW) == Fate(Verdict.ACCEPTED, Why.TAKEN, "Ok")
    for other in ("OK", "ok", "", "Ok."):
        assert judge_number(other, now=NOW).verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize("name", CODES)
def test_every_code_has_the_verdict_of_its_fate_alone_or_for_a_whole_request(name: str) -> None:
    code = CODES[name]
    alone = judge_number(name, now=NOW)
    whole = judge_request(Exchange.REFUSED, now=NOW, code=name)
    assert alone == whole
    assert (alone.verdict, alone.why, alone.code) == (RETRY_VERDICT[code.retry], Why.CODE, name)
    assert (alone.after_s is not None) == (alone.verdict is Verdict.RETRY_LATER)
    assert alone.pause == code.pause


@pytest.mark.parametrize(
    ("code", "now", "after_s"),
    [
        ("LimitExceeded.PhoneNumberThirtySecondLimit", NOW, 31),
        ("LimitExceeded.PhoneNumberSameContentDailyLimit", NOW, 31),
        ("LimitExceeded.PhoneNumberOneHourLimit", NOW, 3601),
        ("LimitExceeded.DeliveryFrequencyLimit", NOW, 3601),
        ("LimitExceeded.PhoneNumberDailyLimit", NOW, 4 * 3600 + 1),
        ("LimitExceeded.AppDailyLimit", NOW, 4 * 3600 + 1),
        ("LimitExceeded.DailyLimit", datetime(2026, 3, 1, 16, 0, tzinfo=UTC), 24 * 3600 + 1),
        ("FailedOperation.MarketingSendTimeConstraint", NOW, 12 * 3600 + 1),
        (
            "FailedOperation.MarketingSendTimeConstraint",
            datetime(2026, 2, 28, 23, 0, tzinfo=UTC),
            3601,
        ),
    ],
)
def test_a_limit_says_when_to_come_back_by_the_clock_of_beijing(
    code: str, now: datetime, after_s: float
) -> None:
    assert judge_number(code, now=now).after_s == after_s


def test_what_never_left_may_be_sent_again_after_a_pause_that_grows() -> None:
    fates = [judge_request(Exchange.UNSENT, now=NOW, tries=tries) for tries in (1, 2, 3)]
    assert {fate.verdict for fate in fates} == {Verdict.RETRY_LATER}
    assert {fate.why for fate in fates} == {Why.NEVER_LEFT}
    assert [fate.after_s for fate in fates] == [0.5, 1.0, 2.0]


@settings(deadline=None)
@given(tries=st.integers(1, 100))
def test_what_may_have_left_is_in_doubt_however_often_it_was_tried(tries: int) -> None:
    fate = judge_request(Exchange.UNKNOWN, now=NOW, tries=tries)
    assert fate == Fate(Verdict.IN_DOUBT, Why.NO_PROOF)


def test_an_error_that_says_ok_contradicts_itself_and_is_in_doubt() -> None:
    assert judge_request(Exchange.REFUSED, now=NOW, code="Ok").verdict is Verdict.IN_DOUBT


@settings(deadline=None)
@given(st.text())
def test_no_string_but_ok_is_ever_accepted(code: str) -> None:
    assert (judge_number(code, now=NOW).verdict is Verdict.ACCEPTED) == (code == "Ok")


def test_an_unlisted_code_is_marked_as_judged_by_its_family() -> None:
    assert judge_number("LimitExceeded.New", now=NOW).why is Why.FAMILY
    assert judge_number("InternalError.New", now=NOW).verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize(
    ("ended", "timed_out", "code", "again"),
    [
        (Exchange.UNSENT, False, "", True),
        (Exchange.UNKNOWN, True, "", True),
        (Exchange.UNKNOWN, False, "", False),
        (Exchange.REFUSED, False, "RequestLimitExceeded", True),
        (Exchange.REFUSED, False, "RequestLimitExceeded.UinLimitExceeded", True),
        (Exchange.REFUSED, False, "InternalError.Timeout", False),
        (Exchange.REFUSED, False, "AuthFailure.SignatureFailure", False),
        (Exchange.REFUSED, False, "LimitExceeded.DailyLimit", False),
    ],
)
def test_a_question_is_asked_again_after_silence_and_throttling_only(
    ended: Exchange, timed_out: bool, code: str, again: bool
) -> None:
    waits = [judge_read(ended, timed_out=timed_out, code=code, tries=n) for n in (1, 2, 3)]
    assert waits == ([0.5, 1.0, None] if again else [None] * 3)


def test_the_pause_between_tries_doubles_up_to_a_minute() -> None:
    pauses = [backoff_s(tries) for tries in (0, 1, 2, 7, 8, 9, 10**9)]
    assert pauses == [0.5, 0.5, 1.0, 32.0, 60.0, 60.0, 60.0]
