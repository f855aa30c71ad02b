"""Whether somebody answers: what came to nothing in a row, questions and sends alike."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.meters import Wire
from bot.reach import Outage, Reach

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=15)


def reach_of(*ends: str) -> Reach:
    reach = Reach()
    for end in ends:
        reach.note(end)
    return reach


def test_before_the_first_exchange_nothing_is_known() -> None:
    assert not reach_of().is_known
    assert not reach_of("broke").is_known
    assert reach_of("ok").is_known
    assert reach_of("unsent").is_known


@pytest.mark.parametrize("end", ["unsent", "unknown", "no_answer", "http_503", "token_revoked"])
def test_what_brings_no_answer_is_counted_in_a_row(end: str) -> None:
    reach = reach_of("ok", end, "broke", end)
    assert reach.look(NOW) == Outage(2, NOW, end)
    reach.note(end)
    assert reach.look(LATER) == Outage(3, NOW, end)


@pytest.mark.parametrize("end", ["ok", "refused", "ratelimited", "channel_not_found", "http_404"])
def test_any_answer_ends_it(end: str) -> None:
    reach = reach_of("unsent", "unsent")
    assert reach.look(NOW) is not None
    reach.note(end)
    assert reach.look(LATER) is None
    reach.note("unsent")
    assert reach.look(LATER) == Outage(1, LATER, "unsent")


def test_it_did_not_begin_ahead_of_a_clock_that_was_put_back() -> None:
    reach = reach_of("unsent")
    assert reach.look(LATER) == Outage(1, LATER, "unsent")
    assert reach.look(NOW) == Outage(1, NOW, "unsent")


def test_an_outage_that_lasted_is_over_from_the_first_look_that_finds_an_answer() -> None:
    reach = reach_of("unsent", "unsent", "unsent")
    reach.look(NOW)
    reach.note("ok")
    reach.look(LATER)
    assert reach.back_at is None, "nobody heard of it"
    for _ in range(3):
        reach.note("http_500")
    reach.look(NOW)
    assert reach.look(LATER) == Outage(3, NOW, "http_500")
    assert reach.back_at is None
    reach.note("ok")
    for at in (LATER + timedelta(seconds=15), LATER + timedelta(seconds=30)):
        assert reach.look(at) is None
        assert reach.back_at == LATER + timedelta(seconds=15)


def test_a_wire_notes_every_call() -> None:
    wire = Wire()
    wire.calls.note("SendSms", "unknown", 15.0)
    wire.calls.note("DescribeSmsTemplateList", "unsent", 3.0)
    assert wire.reach.look(NOW) == Outage(2, NOW, "unsent")
