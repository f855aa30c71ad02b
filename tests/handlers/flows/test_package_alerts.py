"""Alerts about packages and money: raised by what is stored, over when it is not so any more."""

from dataclasses import replace

from bot.rules.alerts import AlertKind
from bot.rules.packages import IN_ARREARS, NO_PACKAGE
from bot.settings import Settings
from bot.tencent.wire import Refused
from handlers.flows import package_alerts, packages
from storage import account_refusals, alerts
from storage.alerts import Alert
from storage.db import Tx
from tests.handlers.flows.asks import settings_with
from tests.handlers.flows.sends import answered, begin, end
from tests.handlers.flows.test_packages import DAY, LISTED, keep, live
from tests.storage.rows import NOW, OTHER_NUMBER, later


def firing(tx: Tx) -> dict[AlertKind, Alert]:
    return {each.kind: each for each in alerts.find_open_of(tx, package_alerts.KINDS, None)}


def watch(tx: Tx, settings: Settings, s: float = 0) -> set[AlertKind]:
    """A look, which is not asked for where nothing changes."""
    now = later(s=s)
    if package_alerts.is_news(tx, settings, now):
        assert package_alerts.watch(tx, settings, now)
    assert not package_alerts.is_news(tx, settings, now)
    assert not package_alerts.watch(tx, settings, now)
    return set(firing(tx))


def refuse(tx: Tx, code: str, s: float = 0, number: str = OTHER_NUMBER) -> None:
    """Tencent refuses a message."""
    end(tx, begin(tx, number, now=later(s=s)), Refused(code, "", "r"), later(s=s))


def accept(tx: Tx, s: float, serial: str = "5000:9") -> None:
    end(tx, begin(tx, now=later(s=s)), answered(serial=serial), later(s=s))


def test_while_there_is_plenty_nobody_is_told(tx: Tx, settings: Settings) -> None:
    live(tx)
    keep(tx, 0, 0)
    assert watch(tx, settings) == set()


def test_a_runway_gets_short_and_a_package_makes_it_long_again(tx: Tx, settings: Settings) -> None:
    live(tx, 2400)
    keep(tx, 0, -5)
    assert watch(tx, settings) == {AlertKind.PACKAGE_RUNWAY}
    told = firing(tx)[AlertKind.PACKAGE_RUNWAY].facts
    assert told["left"] == 10_000
    assert told["page"] == "https://console.cloud.tencent.com/smsv2"
    keep(tx, 7_600, 0)
    assert watch(tx, settings, 1) == {AlertKind.PACKAGE_RUNWAY, AlertKind.PACKAGE_LOW}
    keep(tx, 10_000, 1)
    assert watch(tx, settings, 61) == {AlertKind.PACKAGE_EMPTY}
    bought = replace(LISTED, package_id="7002", amount_segments=100_000)
    packages.keep(tx, [replace(LISTED, used_segments=10_000), bought], later(s=120))
    assert watch(tx, settings, 121) == set()


def test_app_yaml_says_from_when_on(tx: Tx) -> None:
    live(tx, 2400)
    keep(tx, 0, -5)
    assert watch(tx, settings_with(**{"packages.runway_days": 4})) == set()
    assert watch(tx, settings_with(**{"packages.runway_days": 5})) == {AlertKind.PACKAGE_RUNWAY}
    low = settings_with(**{"packages.runway_days": 4, "packages.low_percent": 99})
    keep(tx, 200, 0)
    assert watch(tx, low, 1) == {AlertKind.PACKAGE_LOW, AlertKind.PACKAGE_RUNWAY}


def test_what_expires_unused_is_told_until_it_is_used_or_gone(tx: Tx, settings: Settings) -> None:
    live(tx, 24)
    packages.keep(
        tx,
        [replace(LISTED, expires_at=NOW + 9 * DAY), replace(LISTED, package_id="2")],
        later(s=-1),
    )
    assert watch(tx, settings) == {AlertKind.PACKAGE_EXPIRING}
    packages.keep(tx, [replace(LISTED, package_id="2")], later(s=1))
    assert watch(tx, settings, 2) == set()


def test_refused_for_want_of_a_package_it_is_empty_until_one_is_bought(
    tx: Tx, settings: Settings
) -> None:
    keep(tx, 9_999, 0)
    refuse(tx, NO_PACKAGE, 1)
    assert watch(tx, settings, 2) == {AlertKind.PACKAGE_EMPTY}
    keep(tx, 9_999, 1)
    assert watch(tx, settings, 61) == {AlertKind.PACKAGE_EMPTY}, "its list says otherwise"
    keep(tx, 5_000, 2)
    assert watch(tx, settings, 121) == set()
    assert account_refusals.list_all(tx) == {}


def test_refused_for_want_of_a_package_it_is_over_once_a_message_passes(
    tx: Tx, settings: Settings
) -> None:
    keep(tx, 9_990, 0)
    refuse(tx, NO_PACKAGE, 1)
    assert AlertKind.PACKAGE_EMPTY in watch(tx, settings, 2)
    accept(tx, 3)
    tx.run("UPDATE messages SET country = 'SG' WHERE serial = '5000:9'")
    assert AlertKind.PACKAGE_EMPTY in watch(tx, settings, 4), "what goes abroad proves nothing"
    tx.run("UPDATE messages SET country = 'CN'")
    assert AlertKind.PACKAGE_EMPTY not in watch(tx, settings, 5)


def test_arrears_last_until_tencent_takes_a_message(tx: Tx, settings: Settings) -> None:
    keep(tx, 0, 0)
    refuse(tx, IN_ARREARS, 1)
    assert watch(tx, settings, 2) == {AlertKind.ARREARS}
    refuse(tx, IN_ARREARS, 60, "+8613800000004")
    assert watch(tx, settings, 61) == {AlertKind.ARREARS}
    told = firing(tx)[AlertKind.ARREARS]
    assert (told.facts["refused"], told.facts["app"]) == (2, "demo")
    assert watch(tx, settings, 29 * 86_400) == {AlertKind.ARREARS}
    accept(tx, 29 * 86_400 + 1)
    assert watch(tx, settings, 29 * 86_400 + 2) == set()


def test_arrears_nobody_has_met_again_for_a_month_are_forgotten(tx: Tx, settings: Settings) -> None:
    refuse(tx, IN_ARREARS, 1)
    assert watch(tx, settings, 2) == {AlertKind.ARREARS}, "though nothing is known of packages"
    assert watch(tx, settings, 31 * 86_400) == set()


def test_other_refusals_are_no_matter_of_money(tx: Tx, settings: Settings) -> None:
    refuse(tx, "FailedOperation.PhoneNumberInBlacklist", 1)
    assert account_refusals.list_all(tx) == {}
    assert watch(tx, settings, 2) == set()
