from datetime import datetime, timedelta

import pytest

from bot.reach import Outage
from bot.rules.alerts import AlertKind, Severity
from bot.rules.alerts.receipts import differs
from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.doubts import KEEP_WAITING
from bot.rules.figures import DAY_S, HOUR_S
from bot.rules.numbers import mask
from bot.settings import Settings
from handlers.flows import backfills, coverage, delivery, delivery_alerts, doubts
from handlers.flows.delivery_alerts import Outages
from handlers.flows.doubts import DoubtChoice
from storage import alerts
from storage.alerts import Alert
from storage.db import Tx
from storage.receipts import Came
from tests.handlers.flows.running import edited
from tests.handlers.flows.sends import SERIAL, answered, begin, doubt, end, report
from tests.storage.lines import HOUR, line, put
from tests.storage.rows import NOW, NUMBER, later

UNICOM, ABROAD = "+8613000000001", "+6581234567"
#: Long after an attempt: Tencent's books were read, and a person is asked.
DUE = later(minutes=18)
QUIET: Outages = {}


def watch(tx: Tx, settings: Settings, now: datetime = NOW, outages: Outages = QUIET) -> list[Alert]:
    """What the job does in one run, and what fires then."""
    has_news = delivery_alerts.has_news(tx, settings, outages, now)
    before = alerts.find_open(tx)
    if has_news:
        delivery_alerts.note(tx, settings, outages, now)
    assert (alerts.find_open(tx) != before) == has_news
    return alerts.find_open(tx)


def usually(tx: Tx, *, delivered: int = 95, undelivered: int = 5, pushed: bool = True) -> None:
    """Two weeks of what every day has: on either of two carriers, and abroad."""
    for day in range(1, 15):
        at = HOUR - day * DAY_S
        for number, country in ((None, "CN"), (UNICOM, "CN"), (ABROAD, "SG")):
            under = line(at, country=country) if number is None else line(at, number, country)
            reported = delivered + undelivered
            counts = {"begun": reported, "accepted": reported, "backfilled": 0}
            counts |= {"delivered": delivered, "undelivered": undelivered}
            put(tx, under, counts if pushed else {**counts, "backfilled": reported})


def now_has(
    tx: Tx, delivered: int, undelivered: int, number: str = "", country: str = "CN"
) -> None:
    """Of this hour."""
    reported = delivered + undelivered
    counts = {"begun": reported, "accepted": reported}
    counts |= {"delivered": delivered, "undelivered": undelivered}
    under = line(HOUR, number, country) if number else line(HOUR)
    put(tx, under, counts, code="MK:0001" if undelivered else "")


def test_a_bot_that_has_sent_nothing_has_nothing_to_say(tx: Tx, settings: Settings) -> None:
    assert watch(tx, settings) == []


def test_an_app_that_delivers_as_usual_has_nothing_to_say(tx: Tx, settings: Settings) -> None:
    usually(tx)
    now_has(tx, 470, 30)
    assert watch(tx, settings) == []


def test_what_is_delivered_of_an_app_falls_and_is_as_usual_again(
    tx: Tx, settings: Settings
) -> None:
    usually(tx)
    now_has(tx, 60, 40)
    now_has(tx, 50, 50, UNICOM)
    (alert,) = watch(tx, settings)
    assert (alert.kind, alert.labels) == (AlertKind.DELIVERY_LOW, {"app": "demo"})
    assert alert.facts["many"] == 110
    assert alert.facts["causes"] == [["MK:0001", 90]]
    now_has(tx, 4_000, 10)
    now_has(tx, 4_000, 10, UNICOM)
    assert watch(tx, settings) == []


@pytest.mark.parametrize(
    ("number", "country", "labels"),
    [
        (UNICOM, "CN", {"app": "demo", "carrier": "unicom"}),
        (ABROAD, "SG", {"app": "demo", "country": "SG"}),
    ],
)
def test_one_carrier_falls_and_the_others_do_not(
    tx: Tx, settings: Settings, number: str, country: str, labels: dict[str, str]
) -> None:
    usually(tx)
    now_has(tx, 480, 20)
    now_has(tx, 20, 80, number, country)
    (alert,) = watch(tx, settings)
    assert (alert.kind, alert.labels) == (AlertKind.CARRIER_LOW, labels)


def test_another_hour_without_reports_enough_ends_it(tx: Tx, settings: Settings) -> None:
    usually(tx)
    now_has(tx, 50, 50)
    assert len(watch(tx, settings)) == 1
    assert watch(tx, settings, NOW + timedelta(hours=25)) == []


def test_a_signature_carriers_do_not_know_is_told_with_the_carriers(
    tx: Tx, settings: Settings
) -> None:
    for nth in range(6):
        number = f"+86138000000{nth:02d}"
        end(tx, begin(tx, number), answered(number, serial=f"5000:{nth}"))
        said = report(f"5000:{nth}", success=False, number=number)
        delivery.take_receipts(tx, "demo", [said._replace(carrier_code="TX:2000")], NOW)
    (alert,) = watch(tx, settings)
    assert alert.kind is AlertKind.NOT_DELIVERABLE
    assert alert.labels == {"app": "demo", "signature": "腾讯云"}
    assert alert.facts == {"many": 6, "total": 6, "carriers": [["mobile", 6]]}


def test_other_receipts_say_nothing_about_a_signature(tx: Tx, settings: Settings) -> None:
    put(tx, line(), {"undelivered": 40}, code="MK:0001")
    put(tx, line(), {"undelivered": 4}, code="TX:2000", is_unfiled=True)
    assert watch(tx, settings) == []


def test_a_doubt_is_told_once_nothing_settles_it_and_ends_with_it(
    tx: Tx, settings: Settings
) -> None:
    message = doubt(tx)
    assert watch(tx, settings, later(minutes=16)) == []
    (alert,) = watch(tx, settings, DUE)
    assert (alert.kind, alert.severity) == (AlertKind.IN_DOUBT, Severity.WARNING)
    assert alert.facts["request_id"] == message.request_id
    attempt = message.attempt or ""
    doubts.decide(tx, message.id, attempt, DoubtChoice.TREAT_AS_SENT, "U0MAYA", DUE)
    assert watch(tx, settings, DUE) == []


def test_whoever_waits_for_a_doubt_hears_nothing_until_they_are_asked_again(
    tx: Tx, settings: Settings
) -> None:
    message = doubt(tx)
    assert len(watch(tx, settings, DUE)) == 1
    attempt = message.attempt or ""
    doubts.decide(tx, message.id, attempt, DoubtChoice.KEEP_WAITING, "U0MAYA", DUE)
    assert watch(tx, settings, DUE) == []
    assert len(watch(tx, settings, DUE + KEEP_WAITING)) == 1


def test_an_alert_in_doubt_is_told_by_itself_and_wakes_somebody(tx: Tx, settings: Settings) -> None:
    doubt(tx)
    urgent = doubt(tx, UNICOM, TemplateClass.ALERT)
    found = {alert.severity: alert for alert in watch(tx, settings, DUE)}
    assert found.keys() == {Severity.WARNING, Severity.CRITICAL}
    assert found[Severity.CRITICAL].labels == {"app": "demo", "class": "alert"}
    assert found[Severity.CRITICAL].facts["request_id"] == urgent.request_id


def test_many_doubts_at_once_are_told_at_once(tx: Tx, settings: Settings) -> None:
    for nth in range(20):
        doubt(tx, f"+86138000000{nth:02d}")
    (alert,) = watch(tx, settings)
    assert alert.facts["total"] == 20
    assert alert.facts["due"] == 0


def accept(tx: Tx, first: int, many: int) -> None:
    """Messages Tencent took a while ago; what was counted of them counts."""
    at = NOW - timedelta(minutes=20)
    for nth in range(first, first + many):
        number = f"+86138000{nth:05d}"
        message = begin(tx, number, now=at)
        put(tx, line(HOUR - HOUR_S), {"begun": 1})
        end(tx, message, answered(number, serial=f"5000:{nth}"), at)


def hear(tx: Tx, first: int, many: int, came: Came = Came.PUSHED) -> None:
    for nth in range(first, first + many):
        said = report(f"5000:{nth}", number=f"+86138000{nth:05d}")
        delivery.take_receipts(tx, "demo", [said], NOW - timedelta(minutes=19), came)


def test_receipts_that_are_not_pushed_any_more_are_told_once_until_one_is(
    tx: Tx, settings: Settings
) -> None:
    usually(tx)
    accept(tx, 0, 12)
    hear(tx, 0, 12, Came.FETCHED)
    (alert,) = watch(tx, settings)
    assert (alert.kind, alert.facts) == (AlertKind.CALLBACKS_STOPPED, {"last_ms": None})
    accept(tx, 12, 1)
    hear(tx, 12, 1)
    assert watch(tx, settings) == []


def test_a_few_without_a_receipt_are_phones_that_are_off(tx: Tx, settings: Settings) -> None:
    usually(tx)
    accept(tx, 0, 12)
    hear(tx, 0, 3)
    assert watch(tx, settings) == []


def test_a_push_that_came_before_them_says_since_when(tx: Tx, settings: Settings) -> None:
    usually(tx)
    accept(tx, 0, 1)
    hear(tx, 0, 1)
    accept(tx, 1, 11)
    # A serial without a time in it lies before all others.
    tx.run("UPDATE receipts SET serial_at_s = :at", at=int(NOW.timestamp()))
    tx.run("UPDATE messages SET accepted_at_ms = accepted_at_ms - 1000 WHERE serial = '5000:0'")
    (alert,) = watch(tx, settings)
    assert alert.kind is AlertKind.CALLBACKS_STOPPED
    assert alert.facts["last_ms"] == (NOW - timedelta(minutes=19)).timestamp() * 1000


def test_where_receipts_were_never_pushed_nothing_has_stopped(tx: Tx, settings: Settings) -> None:
    usually(tx, pushed=False)
    accept(tx, 0, 12)
    hear(tx, 0, 12, Came.FETCHED)
    assert watch(tx, settings) == []


def test_receipts_that_come_by_asking_alone_are_told(tx: Tx, settings: Settings) -> None:
    usually(tx)
    accept(tx, 0, 30)
    hear(tx, 0, 10, Came.FETCHED)
    hear(tx, 10, 20)
    assert watch(tx, settings) == []
    accept(tx, 30, 20)
    hear(tx, 30, 15, Came.FETCHED)
    hear(tx, 45, 5)
    (alert,) = watch(tx, settings)
    assert alert.kind is AlertKind.RECEIPTS_MISSING
    assert (alert.facts["due"], alert.facts["absent"]) == (50, 25)


def test_what_was_accepted_a_moment_ago_is_not_missing_yet(tx: Tx, settings: Settings) -> None:
    usually(tx)
    for nth in range(40):
        number = f"+86138000{nth:05d}"
        end(tx, begin(tx, number), answered(number, serial=f"5000:{nth}"))
    put(tx, line(), {"begun": 40})
    assert watch(tx, settings, later(minutes=4)) == []
    kinds = {alert.kind for alert in watch(tx, settings, later(minutes=6))}
    assert kinds == {AlertKind.RECEIPTS_MISSING, AlertKind.CALLBACKS_STOPPED}


def test_a_queue_that_gives_again_is_no_alert_any_more(tx: Tx, settings: Settings) -> None:
    pulling = settings.model_copy(
        update={"callbacks": settings.callbacks.model_copy(update={"pull": True})}
    )
    app = settings.apps[0]
    for now in (NOW, later(minutes=1)):
        backfills.note_not_taken(tx, app.name, now)
        coverage.note_refused(tx, app, "UnauthorizedOperation", pulling, now)
        assert [alert.kind for alert in watch(tx, pulling, now)] == [AlertKind.PULL_REFUSED]
    backfills.note_taken(tx, app.name, "me", [], timedelta(seconds=60), NOW)
    assert watch(tx, pulling) == []


def test_nor_is_one_that_nobody_asks_any_more(tx: Tx, settings: Settings) -> None:
    backfills.note_not_taken(tx, "demo", NOW)
    coverage.note_refused(tx, settings.apps[0], "UnauthorizedOperation", settings, NOW)
    assert not settings.callbacks.pull
    assert watch(tx, settings) == []


def test_a_difference_of_figures_goes_on_until_it_is_old(tx: Tx, settings: Settings) -> None:
    facts = {"app": "demo", "day_s": HOUR - DAY_S, "is_exclusive": True, "differences": []}
    alerts.open_new(tx, differs("demo", facts), NOW, None)
    assert len(watch(tx, settings)) == 1
    assert len(watch(tx, settings, NOW + timedelta(days=2))) == 1
    assert watch(tx, settings, NOW + timedelta(days=4)) == []


def test_an_app_that_is_gone_from_app_yaml_has_no_alerts(tx: Tx, settings: Settings) -> None:
    coverage.note_refused(tx, settings.apps[0], "UnauthorizedOperation", settings, NOW)
    usually(tx)
    now_has(tx, 50, 50)
    renamed = edited(settings, name="renamed")
    assert watch(tx, renamed) == []


def test_a_wire_that_brings_nothing_is_told_and_one_nobody_used_is_left_as_it_is(
    tx: Tx, settings: Settings
) -> None:
    lost = Outage(40, NOW - timedelta(seconds=15), "unsent")
    (alert,) = watch(tx, settings, NOW, {AlertKind.TENCENT_UNREACHABLE: lost})
    assert (alert.kind, alert.severity) == (AlertKind.TENCENT_UNREACHABLE, Severity.CRITICAL)
    # After a restart, before the first exchange.
    assert len(watch(tx, settings, later(minutes=1), QUIET)) == 1
    answers_again: Outages = {AlertKind.TENCENT_UNREACHABLE: None}
    assert watch(tx, settings, later(minutes=2), answers_again) == []


def test_a_receipt_that_names_another_number_is_told_masked_and_for_some_hours(
    tx: Tx, settings: Settings
) -> None:
    end(tx, begin(tx), answered(serial=SERIAL))
    assert watch(tx, settings) == []
    delivery.take_receipts(tx, "demo", [report(number=UNICOM)], NOW)
    (alert,) = watch(tx, settings)
    assert (alert.kind, alert.labels) == (AlertKind.RECEIPTS_CONTRADICT, {"app": "demo"})
    assert alert.facts == {"many": 1, "examples": [[SERIAL, mask(NUMBER), mask(UNICOM)]]}
    more = [report(number=ABROAD, success=False), report(number=NUMBER)]
    delivery.take_receipts(tx, "demo", more, later(minutes=120))
    assert [each.facts["many"] for each in watch(tx, settings, later(minutes=420))] == [1]
    assert watch(tx, settings, later(minutes=540)) == []


def test_one_that_came_before_the_answer_contradicts_it_all_the_same(
    tx: Tx, settings: Settings
) -> None:
    message = begin(tx)
    delivery.take_receipts(tx, "demo", [report(number=UNICOM)], NOW)
    assert watch(tx, settings) == []
    assert end(tx, message, answered(serial=SERIAL)).state is MessageState.ACCEPTED
    assert [alert.kind for alert in watch(tx, settings)] == [AlertKind.RECEIPTS_CONTRADICT]


def test_receipts_for_strangers_and_repeats_contradict_nobody(tx: Tx, settings: Settings) -> None:
    end(tx, begin(tx), answered(serial=SERIAL))
    for now in (NOW, later(minutes=300)):
        for said in (report(), report("5000:2", number=UNICOM), report(success=False)):
            delivery.take_receipts(tx, "demo", [said], now)
    assert watch(tx, settings) == []


def test_however_many_numbers_are_made_up_for_one_message_it_is_one(
    tx: Tx, settings: Settings
) -> None:
    end(tx, begin(tx), answered(serial=SERIAL))
    made_up = [report(number=f"+8613900{nth:06d}") for nth in range(50)]
    delivery.take_receipts(tx, "demo", made_up, NOW)
    (alert,) = watch(tx, settings)
    assert alert.facts["many"] == 1
