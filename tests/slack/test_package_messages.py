"""`/sms package` and what alerts say of packages: within Slack's bounds, and no markup in it."""

from dataclasses import replace

import pytest

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.alerts import AlertKind, Signal
from bot.rules.alerts import packages as raising
from bot.rules.alerts.packages import Refused, Thresholds
from bot.rules.content import Package
from bot.rules.packages import Planned, Stock
from bot.sandbox.workspace.blocks import Surface, check_blocks
from bot.slack.messages import packages
from bot.slack.messages.alert_kinds import DESCRIBE, Described
from bot.slack.messages.packages import PackagesView
from tests.journeys.people import Json, words_of
from tests.slack.made import HOSTILE, NOW
from tests.slack.stocked import DAY, stocked

PAGE = "https://console.cloud.tencent.com/smsv2"
BOUNDS = Thresholds(30, 10, 7 * DAY, DAY, 30 * DAY)
SENDS = [Planned(f"R-{nth}AAA", NOW + nth * DAY, 10**nth) for nth in range(9)]
MANY = [
    replace(
        Package(HOSTILE * 3 + str(nth), 10**9, 5, NOW, NOW + (nth + 1) * DAY), is_gift=nth % 2 == 0
    )
    for nth in range(60)
]


def view(stock: Stock, left: tuple[int, ...] = (900, 500, 0)) -> PackagesView:
    return PackagesView(stock, (0, 100, 40), left, 7, PAGE)


def shown(given: PackagesView | None, locale: Locale = Locale.EN) -> str:
    message = packages.card(given, locale)
    return words_of({"text": message.text, "blocks": list(message.blocks)})


def rows(message: SlackMessage) -> list[str]:
    (table,) = [each for each in message.blocks if each["type"] == "table"]
    return [" | ".join(cell["text"] for cell in row) for row in table["rows"]]


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize(
    "given",
    [
        None,
        view(stocked(0, None, expires=-DAY)),
        view(stocked(10**9, 10**6, planned=SENDS, more=MANY, deviation=10**6), (10**9,) * 14),
        view(stocked(0, 40.0, planned=SENDS), (0,) * 14),
    ],
)
def test_the_card_fits_a_message_whatever_is_in_it(
    given: PackagesView | None, locale: Locale
) -> None:
    message = packages.card(given, locale)
    assert check_blocks([dict(each) for each in message.blocks], Surface.MESSAGE) == []
    assert len(message.text) < 3000


def test_it_says_what_is_left_until_when_and_what_is_lost() -> None:
    short = Package("short", 5000, 0, NOW - DAY, NOW + 4 * DAY)
    said = shown(view(stocked(1000, 240.0, deviation=24.0, more=[short])))
    assert "*6,000* segments left, 100 % of the packages in use; about 240 are used a day." in said
    assert "Empty about <!date^1796108400^" in said
    assert "± 7 h." in said
    assert "About 4,040 segments expire unused on <!date^" in said


def test_one_bar_a_day_of_what_was_used_and_what_will_be_left() -> None:
    said = shown(view(stocked(1000, 240.0)))
    assert "·█▄  used, last 3 days\n█▄·  left, next 3 days" in said
    assert "Most used on 11-22: 100." in said


def test_a_planned_send_is_told_with_what_it_changes() -> None:
    send = Planned("R-7K3Q", NOW + DAY, 700)
    said = shown(view(stocked(1000, 100.0, planned=[send])))
    assert "*R-7K3Q* · <!date^" in said
    assert "> · 700 segments\n" in said
    assert "Without them: Empty about" in said
    lacking = shown(view(stocked(600, 100.0, planned=[send])))
    assert ":warning: *R-7K3Q*" in lacking
    assert "700 segments, and about 200 are lacking" in lacking
    going_out = shown(view(stocked(1000, 100.0, planned=[replace(send, at=NOW)])))
    assert "*R-7K3Q* · going out · 700 segments" in going_out


def test_packages_stand_in_the_order_in_which_they_pay() -> None:
    gift = Package("gift", 100, 20, NOW, NOW + 300 * DAY, is_gift=True)
    later = Package("later", 500, 0, NOW + 5 * DAY, NOW + 100 * DAY)
    gone = Package("gone", 70, 0, NOW - 9 * DAY, NOW - DAY)
    never = Package("never", 10, 0, NOW - DAY, NOW.replace(year=9999))
    message = packages.card(view(stocked(1000, 40.0, more=[gift, later, gone, never])), Locale.EN)
    assert rows(message)[1:] == [
        "gift | gift | 100 | 20 | 80 | 2026-11-23 | 2027-09-19",
        "later | bought | 500 | 0 | not in effect yet | 2026-11-28 | 2027-03-03",
        "7001 | bought | 1,000 | 0 | 1,000 | 2026-11-22 | 2028-10-23",
        "never | bought | 10 | 0 | 10 | 2026-11-22 | –",
    ]
    said = words_of({"text": "", "blocks": list(message.blocks)})
    assert "Further packages, expired or used up: 1." in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "Tencent has not said yet what is left."),
        (view(stocked(500, None)), "(7 of 24 hours so far)"),
        (view(stocked(500, 0.0)), "Nothing was sent to the mainland in the last four weeks."),
        (view(stocked(0, 5.0)), ":warning: Nothing is left to send from."),
        (view(replace(stocked(5, 5.0), packages=())), f"<{PAGE}|SMS in the console>"),
    ],
)
def test_what_is_not_known_is_said_so(given: PackagesView | None, said: str) -> None:
    assert said in shown(given)


def every() -> list[Signal]:
    """Alerts of each kind, in each of their forms."""
    refused = Refused(1234, "demo", NOW)
    coming = Package("later", 500, 0, NOW + 5 * DAY, NOW + 100 * DAY)
    sends = [Planned(f"R-{nth}AAA", NOW, 20) for nth in range(5)]
    found = [
        raising.low(stocked(200, None), BOUNDS),
        raising.low(stocked(200, 5.0), BOUNDS),
        raising.low(stocked(200, 0.1, expires=9000 * DAY), BOUNDS),
        raising.empty(stocked(0, 5.0, more=[coming]), None),
        raising.empty(stocked(0, 5.0), refused),
        raising.runway_short(stocked(500, 100.0, deviation=10), BOUNDS, {}),
        raising.runway_short(stocked(500, 100.0, deviation=900), BOUNDS, {}),
        raising.runway_short(stocked(500, 10.0, expires=DAY), BOUNDS, {}),
        raising.runway_short(stocked(90, 10.0, planned=sends), BOUNDS, {}),
        *raising.expiring(stocked(500, 1.0, expires=5 * DAY), BOUNDS, {}),
        raising.arrears(refused),
    ]
    return [each for each in found if each is not None]


def described(signal: Signal, locale: Locale) -> Described:
    facts = {**signal.facts, "page": PAGE, **signal.labels}
    more = {"count": signal.count, "severity": signal.severity.word}
    return DESCRIBE[signal.kind]({**facts, **more}, locale)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("nth", range(len(every())))
def test_each_alert_says_what_it_is_what_that_means_and_what_to_do(
    nth: int, locale: Locale
) -> None:
    said = described(every()[nth], locale)
    for text in (said.title, said.means, said.do):
        assert text
        left = text.replace("{date_short_pretty}", "").replace("{date_short}", "")
        assert "{" not in left.replace("{time}", "")
    assert "\n" not in said.title
    assert said.evidence


def test_every_kind_about_packages_is_among_them() -> None:
    assert len(every()) == 11
    assert {each.kind for each in every()} == {
        AlertKind.PACKAGE_LOW,
        AlertKind.PACKAGE_EMPTY,
        AlertKind.PACKAGE_RUNWAY,
        AlertKind.PACKAGE_EXPIRING,
        AlertKind.ARREARS,
    }


def test_an_alert_about_a_runway_names_the_sends_that_shorten_it() -> None:
    (found,) = [each for each in every() if each.facts.get("short")]
    said: Json = {"text": described(found, Locale.EN).means}
    assert "Planned sends count among it: *R-0AAA* (20), *R-1AAA* (20)" in words_of(said)
    assert "and 2 more." in words_of(said)
    assert "Segments these will lack: *R-4AAA* (10)." in words_of(said)


def test_how_far_off_it_may_be_is_told_in_hours_and_then_in_days() -> None:
    def title(a_day: float, deviation: float) -> str:
        stock = stocked(600, a_day, deviation=deviation)
        found = raising.runway_short(stock, BOUNDS, {})
        assert found is not None
        return described(found, Locale.EN).title

    assert title(100.0, 1).endswith("> ± 2 h")
    assert title(100.0, 25).endswith("> ± 30 h")
    assert title(100.0, 60).endswith("> ± 4 days")
    assert "not before <!date^" in title(100.0, 500)
