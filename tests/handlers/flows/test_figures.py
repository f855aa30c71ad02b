from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.figures import DAY_S, HOUR_S, WEEK_S, Counts, Coverage, Dimension, Figures
from bot.tencent.incoming import Reply
from bot.tencent.wire import SendOutcome
from handlers.callbacks import voice
from handlers.flows import counting, delivery, doubts, optouts
from handlers.flows.figures import of_period
from storage import figures as figure_store
from storage import traffic
from storage.db import Tx
from storage.messages import Message
from storage.receipts import Came
from storage.voice_events import VoiceEvent, VoiceEventKind
from tests.handlers.flows.sends import (
    BLACKLISTED,
    NOT_CONNECTED,
    answered,
    attempt_of,
    begin,
    end,
    report,
)
from tests.storage import naive_figures
from tests.storage.lines import HOUR, line, put
from tests.storage.rows import NOW, NUMBER, OTHER_NUMBER, later

NEXT = HOUR + HOUR_S
UNSIGNED = "FailedOperation.SignatureIncorrectOrUnapproved"


def today(tx: Tx, now: datetime = NOW, apps: Sequence[str] = ("demo",)) -> Figures:
    return of_period(tx, apps, NEXT - DAY_S, NEXT, now)


def send(
    tx: Tx,
    number: str,
    outcome: SendOutcome,
    now: datetime = NOW,
    class_: TemplateClass = TemplateClass.NOTICE,
) -> Message:
    """A message that is begun, counted so, and answered."""
    message = begin(tx, number, class_, now)
    counting.count_begun(tx, [attempt_of(message)])
    return end(tx, message, outcome, now)


def accept(tx: Tx, nth: int, now: datetime = NOW) -> None:
    number = f"+86138000000{nth:02d}"
    send(tx, number, answered(number, serial=f"5000:{nth}"), now)


def hear(tx: Tx, nth: int, took_s: float, *, success: bool = True) -> None:
    said = report(f"5000:{nth}", success=success, number=f"+86138000000{nth:02d}")
    said = said._replace(carrier_at=later(s=took_s))
    delivery.take_receipts(tx, "demo", [said], later(s=took_s + 1))


def test_what_was_sent_and_what_came_of_it(tx: Tx) -> None:
    for nth in range(4):
        accept(tx, nth)
    for nth, took_s in enumerate((2.0, 4.0)):
        hear(tx, nth, took_s)
    hear(tx, 2, 8.0, success=False)
    number = "+8618900000001"
    send(tx, number, answered(number, UNSIGNED), class_=TemplateClass.OTP)
    found = today(tx)
    total = Counts(begun=5, accepted=4, refused=1, delivered=2, undelivered=1, segments=4)
    assert found.total == found.by_app["demo"] == found.by_hour[HOUR] == total
    assert found.undelivered_by == {"MK:0001": 1}
    assert found.refused_by == {UNSIGNED: 1}
    assert found.latency.measured == 3
    assert found.latency.median_s == pytest.approx(4.0, rel=0.1)
    assert found.latency.p95_s == pytest.approx(8.0, rel=0.1)
    assert {name: each.begun for name, each in found.by_class.items()} == {"notice": 4, "otp": 1}
    assert {name: each.begun for name, each in found.by_carrier.items()} == {
        "mobile": 4,
        "telecom": 1,
    }
    assert found.by_template == {"1110": total}
    assert found.by_signature == {"腾讯云": total}
    assert found.by_country == {"CN": total}


def test_a_signature_a_carrier_does_not_know_is_counted_by_carrier(tx: Tx) -> None:
    for nth, code in enumerate(("TX:2000", "TX:2003", "MK:0001")):
        accept(tx, nth)
        said = report(f"5000:{nth}", success=False, number=f"+86138000000{nth:02d}")
        came = Came.FETCHED if nth == 1 else Came.PUSHED
        delivery.take_receipts(tx, "demo", [said._replace(carrier_code=code)], later(s=5), came)
    (cell,) = figure_store.of_dimension(tx, "demo", Dimension.UNFILED, HOUR_S, HOUR, HOUR + HOUR_S)
    assert cell == ("腾讯云:mobile", HOUR, Counts(undelivered=2, backfilled=1))
    assert naive_figures.kept(tx) == naive_figures.counted(tx)


def test_what_kept_a_call_from_being_made_is_a_cause_too(tx: Tx) -> None:
    settled = end(tx, begin(tx), NOT_CONNECTED, later(minutes=30))
    assert settled.state is MessageState.REFUSED
    assert list(today(tx).refused_by) == [settled.code or settled.detail]


def test_a_report_that_is_not_there_waits_is_missing_or_never_comes(tx: Tx) -> None:
    accept(tx, 1)
    accept(tx, 2)
    accept(tx, 3, later(minutes=10))
    hear(tx, 2, 3.0)
    assert today(tx, later(minutes=4)).coverage == Coverage(3, 1, 2, 0, 0)
    assert today(tx, later(minutes=12)).coverage == Coverage(3, 1, 1, 1, 0)
    over = NOW + timedelta(hours=73)
    while doubts.stop_waiting(tx, over):
        pass
    assert today(tx, over).coverage == Coverage(3, 1, 0, 0, 2)
    # The one that comes all the same is unreported no more.
    hear(tx, 1, 300_000.0)
    assert today(tx, over).coverage == Coverage(3, 2, 0, 0, 1)


def test_a_span_is_compared_where_the_bot_ran_in_nearly_all_of_the_one_before(tx: Tx) -> None:
    put(tx, line(), {"begun": 3})
    assert today(tx).compared is None
    hours = range(NEXT - WEEK_S - DAY_S, NEXT - WEEK_S, HOUR_S)
    for hour_s in hours[:21]:
        traffic.note_watched(tx, ["demo"], datetime.fromtimestamp(hour_s, NOW.tzinfo))
    assert today(tx).compared is None
    put(tx, line(hours[22]), {"begun": 2})
    before = today(tx).compared
    assert before is not None
    assert (before.total.begun, before.compared) == (2, None)
    assert before.until == NOW + timedelta(hours=1) - timedelta(days=7)


def test_apps_are_added_up(tx: Tx) -> None:
    put(tx, line(), {"begun": 3})
    put(tx, line(app="other"), {"begun": 2})
    put(tx, line(app="third"), {"begun": 9})
    found = today(tx, apps=("demo", "other"))
    assert {app: each.begun for app, each in found.by_app.items()} == {"demo": 3, "other": 2}
    assert found.total.begun == found.by_hour[HOUR].begun == 5


def test_answers_and_keys_count_where_they_came_to(tx: Tx) -> None:
    said = Reply(NUMBER, "T", "腾讯云", "", "", NOW)
    assert optouts.take_reply(tx, said, NOW, "demo")
    assert not optouts.take_reply(tx, said, NOW, "demo")
    assert optouts.take_reply(tx, Reply(OTHER_NUMBER, "好", "腾讯云", "", "", NOW), NOW)
    pressed = VoiceEvent("call", NUMBER, VoiceEventKind.KEY, "1", "demo", NOW)
    assert voice.store(tx, pressed)
    assert not voice.store(tx, pressed)
    assert voice.store(tx, VoiceEvent("call", NUMBER, VoiceEventKind.FAILED, "9", "demo", NOW))
    for call, ended in (("call", "2"), ("other", "0"), ("other", "0")):
        voice.store(tx, VoiceEvent(call, NUMBER, VoiceEventKind.TEXT_ENDED, ended, "demo", NOW))
    assert today(tx).total == Counts(replies=1, optouts=1, key_presses=1, calls=2, answered_calls=1)
    assert today(tx, apps=("demo", "")).total.replies == 2


def test_a_reply_to_the_accounts_address_counts_for_the_app_it_probably_answers(tx: Tx) -> None:
    accept(tx, 1)
    said = Reply("+8613800000001", "T", "腾讯云", "", "", later(minutes=5))
    assert optouts.take_reply(tx, said, later(minutes=6))
    total = today(tx).total
    assert (total.replies, total.optouts) == (1, 1)


def test_a_carrier_that_says_no_for_good_is_an_opt_out_once(tx: Tx) -> None:
    for _ in range(2):
        send(tx, NUMBER, answered(NUMBER, BLACKLISTED), class_=TemplateClass.MARKETING)
    assert today(tx).total == Counts(begun=2, refused=2, optouts=1)


def test_a_span_that_begins_before_the_figures_says_since_when_there_are_any(tx: Tx) -> None:
    assert today(tx).known_since is None
    traffic.note_watched(tx, ["shop"], NOW - timedelta(days=3))
    traffic.note_watched(tx, ["demo"], NOW - timedelta(hours=5))
    assert today(tx).known_since == datetime.fromtimestamp(HOUR - 5 * HOUR_S, UTC)
    assert of_period(tx, ("demo",), HOUR - 5 * HOUR_S, NEXT, NOW).known_since is None
    # Of several together, where one had any.
    assert today(tx, apps=("demo", "shop")).known_since is None
    # A file of before counts from a later hour on than the bot ran.
    tx.run("INSERT INTO about (name, value) VALUES ('figures_since_s', :hour)", hour=str(HOUR))
    both = today(tx, apps=("demo", "shop"))
    assert both.known_since == datetime.fromtimestamp(HOUR, UTC)
