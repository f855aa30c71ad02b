"""What exactly a reply declines, and what is learned from codes."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.classes import TemplateClass
from bot.rules.optouts import (
    CARRIER_BLACKLISTED,
    CLOCK_MARGIN,
    PHONE_BLACKLISTED,
    REPLY_WINDOW,
    Declined,
    Earlier,
    Scope,
    Source,
    declined,
    learned,
    plain_signature,
    scopes_against,
)
from bot.rules.receipts import Category, receipts

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
BLACKLIST = Category.BLACKLIST
OTP, NOTICE = TemplateClass.OTP, TemplateClass.NOTICE
MARKETING, ALERT = TemplateClass.MARKETING, TemplateClass.ALERT


def sent(class_: TemplateClass, signature: str = "腾讯云", hours: float = 1) -> Earlier:
    return Earlier(signature, class_, NOW - timedelta(hours=hours))


@pytest.mark.parametrize(
    ("signature", "earlier", "expected"),
    [
        ("腾讯云", [sent(MARKETING)], Declined("腾讯云", Scope.MARKETING)),
        ("【腾讯云】", [sent(MARKETING)], Declined("腾讯云", Scope.MARKETING)),
        ("腾讯云", [sent(NOTICE)], Declined("腾讯云", Scope.ALL)),
        # Which of the two was meant nobody knows.
        ("腾讯云", [sent(MARKETING), sent(NOTICE, hours=60)], Declined("腾讯云", Scope.ALL)),
        ("腾讯云", [sent(MARKETING), sent(OTP)], Declined("腾讯云", Scope.ALL)),
        # The other signature's notice was not answered.
        ("腾讯云", [sent(MARKETING), sent(NOTICE, "云通信")], Declined("腾讯云", Scope.MARKETING)),
        # Too long ago to be answered.
        ("腾讯云", [sent(MARKETING), sent(NOTICE, hours=73)], Declined("腾讯云", Scope.MARKETING)),
        # The older form names no signature: all messages had this one.
        ("", [sent(MARKETING), sent(MARKETING)], Declined("腾讯云", Scope.MARKETING)),
        ("", [sent(MARKETING), sent(MARKETING, "云通信")], Declined("", Scope.MARKETING)),
        ("", [sent(NOTICE), sent(MARKETING, "云通信")], Declined("", Scope.ALL)),
        ("", [sent(MARKETING, "")], Declined("", Scope.MARKETING)),
        # Nothing of ours: sent by another system of the account, perhaps.
        ("云通信", [sent(MARKETING)], Declined("云通信", Scope.ALL)),
        ("", [], Declined("", Scope.ALL)),
        ("腾讯云", [sent(ALERT)], Declined("腾讯云", Scope.ALL)),
    ],
)
def test_what_a_reply_declines(signature: str, earlier: list[Earlier], expected: Declined) -> None:
    assert declined(signature, earlier, NOW) == expected


EARLIER = st.builds(
    Earlier,
    st.sampled_from(["", "腾讯云", "云通信"]),
    st.sampled_from(TemplateClass),
    st.timedeltas(timedelta(hours=-1), 2 * REPLY_WINDOW).map(lambda ago: NOW - ago),
)


@given(st.sampled_from(["", "腾讯云", "云通信"]), st.lists(EARLIER, max_size=6))
def test_marketing_alone_is_declined_only_where_nothing_else_can_have_been_answered(
    named: str, earlier: list[Earlier]
) -> None:
    found = declined(named, earlier, NOW)
    assert not named or found.signature == named
    answered = [
        each
        for each in earlier
        if NOW - REPLY_WINDOW <= each.at <= NOW + CLOCK_MARGIN
        and found.signature in {"", each.signature}
    ]
    if found.scope is Scope.MARKETING:
        assert answered
        assert {each.class_ for each in answered} == {MARKETING}


def test_codes_and_alerts_are_kept_back_by_nothing() -> None:
    assert scopes_against(OTP) == scopes_against(ALERT) == ()
    assert scopes_against(MARKETING) == (Scope.MARKETING, Scope.ALL)
    assert scopes_against(NOTICE) == (Scope.ALL,)


def test_what_tencent_and_carriers_bar_is_learned_and_nothing_else() -> None:
    assert learned(NOTICE, PHONE_BLACKLISTED) == (Source.TENCENT, Scope.ALL)
    assert learned(MARKETING, "MX:0012") == (Source.CARRIER, Scope.MARKETING)
    for class_, code in product((OTP, ALERT, MARKETING), (PHONE_BLACKLISTED, "mbblack")):
        known = learned(class_, code)
        assert known is not None
        assert known[1] is Scope.MARKETING
    barred = {code for code, receipt in receipts().items() if receipt.category is BLACKLIST}
    assert barred > CARRIER_BLACKLISTED
    for code in {*receipts(), "", "Ok", "LimitExceeded.PhoneNumberDailyLimit", "1015"} - barred:
        assert learned(NOTICE, code) is None


@pytest.mark.parametrize("code", ["ERROR", "34", "-14", "HIGRISK"])
def test_a_word_that_another_carrier_may_use_otherwise_opts_nobody_out(code: str) -> None:
    assert receipts()[code].category is BLACKLIST
    assert learned(NOTICE, code) is None


def test_a_signature_comes_with_and_without_brackets() -> None:
    assert {plain_signature(each) for each in ("腾讯云", "【腾讯云】", " [腾讯云] ")} == {"腾讯云"}
