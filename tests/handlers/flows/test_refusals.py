"""What Tencent refuses by a limit of its own: counted by app and code, whatever else came."""

import pytest

from bot.rules.alerts import AlertKind, Severity
from bot.rules.packages import IN_ARREARS, NO_PACKAGE
from bot.settings import Settings
from bot.tencent.wire import Answered, NumberAnswer, Refused, SendOutcome
from handlers.flows import delivery, package_alerts, refusals
from handlers.flows.delivery import End
from storage import alerts
from storage.alerts import Alert
from storage.db import Tx
from tests.handlers.flows import sends
from tests.handlers.flows.sends import BLACKLISTED, LIMITED, LOST, NOT_CONNECTED, THROTTLED
from tests.handlers.flows.test_packages import keep
from tests.storage.rows import NOW, later

DAY = "LimitExceeded.AppMainlandChinaDailyLimit"


def ends_of(tx: Tx, *codes: str, first: int = 0) -> list[End]:
    """One call to as many numbers, each answered with its code."""
    begun = [sends.begin(tx, f"+86138000{first + nth:05d}") for nth in range(len(codes))]
    answers = tuple(
        NumberAnswer(each.number, "" if code != "Ok" else f"5000:{nth}", 1, code, "", "CN", "")
        for nth, (each, code) in enumerate(zip(begun, codes, strict=True))
    )
    attempts = [sends.attempt_of(each) for each in begun]
    return list(delivery.read_outcome(attempts, Answered(answers, "r"), NOW))


def fire(tx: Tx) -> dict[str, Alert]:
    found = alerts.find_open_of(tx, {AlertKind.LIMIT_TENCENT}, "demo")
    return {each.labels["code"]: each for each in found}


def test_refusals_are_counted_by_code_and_the_last_one_is_named(tx: Tx, settings: Settings) -> None:
    ends = ends_of(tx, "Ok", LIMITED, BLACKLISTED, LIMITED, DAY)
    assert refusals.are_news(ends)
    assert refusals.look(tx, ends, settings, NOW) == 2
    assert refusals.look(tx, ends_of(tx, LIMITED, first=10), settings, later(minutes=1)) == 1
    found = fire(tx)
    assert {code: each.count for code, each in found.items()} == {LIMITED: 3, DAY: 1}
    assert found[DAY].severity is Severity.CRITICAL
    assert found[LIMITED].facts["number"] == "+86 138****0010"
    assert found[LIMITED].facts["request_id"].startswith("R-")


@pytest.mark.parametrize("outcome", [LOST, NOT_CONNECTED, THROTTLED, Refused(BLACKLISTED, "", "r")])
def test_what_is_no_refusal_by_such_a_rule_is_no_news(tx: Tx, outcome: SendOutcome) -> None:
    begun = sends.begin(tx)
    assert not refusals.are_news(delivery.read_outcome([sends.attempt_of(begun)], outcome, NOW))


def test_a_call_that_was_refused_whole_counts_all_of_its_numbers(
    tx: Tx, settings: Settings
) -> None:
    attempts = [sends.attempt_of(sends.begin(tx, f"+86138000{nth:05d}")) for nth in range(3)]
    ends = delivery.read_outcome(attempts, Refused(DAY, "", "r"), NOW)
    refusals.look(tx, ends, settings, NOW)
    assert fire(tx)[DAY].count == 3


@pytest.mark.parametrize(
    ("code", "kind"), [(NO_PACKAGE, AlertKind.PACKAGE_EMPTY), (IN_ARREARS, AlertKind.ARREARS)]
)
def test_that_it_is_for_want_of_money_is_told_at_once_and_once(
    tx: Tx, settings: Settings, code: str, kind: AlertKind
) -> None:
    keep(tx, 100, 0)
    for nth in range(2):
        ends = ends_of(tx, code, first=nth)
        delivery.settle(tx, ends, later(s=nth))
        assert refusals.are_news(ends)
        assert refusals.look(tx, ends, settings, later(s=nth)) == (nth == 0)
        assert [each.kind for each in alerts.find_open_of(tx, package_alerts.KINDS, None)] == [kind]


def test_where_all_was_accepted_nothing_is_written(tx: Tx) -> None:
    assert not refusals.are_news(ends_of(tx, "Ok", "Ok"))
