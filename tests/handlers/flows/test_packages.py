"""Packages as Tencent lists them time after time, and how long they last with what is planned."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.packages import NO_PACKAGE, End, Planned
from bot.rules.roles import EVERY_APP
from bot.settings import Settings
from bot.tencent import wire
from handlers.flows import jobs, packages, preflights
from handlers.flows.job_drafts import Pasted
from storage import account_refusals, figures, package_hours, traffic
from storage.db import Tx
from storage.figures import Counted
from storage.traffic import hour_of
from tests.handlers.flows.job_lists import (
    checked,
    draft_of,
    list_content,
    number,
    request_of,
)
from tests.handlers.flows.running import approve_job
from tests.handlers.flows.sends import answered, begin, end
from tests.storage.lines import line
from tests.storage.rows import NOW, OTHER_NUMBER, later

DAY, HOUR_S = timedelta(days=1), 3600
HOUR = hour_of(NOW)
LISTED = wire.Package(
    "7001", 10_000, 0, wire.PackageKind.BOUGHT, NOW - DAY, NOW - DAY, NOW + 400 * DAY
)


def keep(tx: Tx, used: int, minutes: float) -> None:
    """Tencent's list, so long after the first."""
    packages.keep(tx, [replace(LISTED, used_segments=used)], later(minutes=minutes))


def live(tx: Tx, a_day: int = 240, days: int = 28) -> None:
    """Weeks in which the account sent the same in every hour."""
    shares = {HOUR - nth * HOUR_S: (a_day // 24, HOUR_S) for nth in range(1, days * 24 + 1)}
    package_hours.add(tx, shares)


def known(tx: Tx) -> dict[int, float]:
    return package_hours.known(tx, 0, HOUR + 40 * 86_400)


def test_what_was_used_between_two_lists_is_kept_by_the_hour(tx: Tx) -> None:
    keep(tx, 100, 0)
    assert known(tx) == {}, "what was used before the first is nobody's hour"
    for minute in range(1, 91):
        keep(tx, 100 + minute, minute)
    assert known(tx) == {HOUR: 60, HOUR + HOUR_S: 60}


def test_a_gap_between_lists_is_shared_and_nothing_of_it_lost(tx: Tx) -> None:
    keep(tx, 0, 0)
    keep(tx, 300, 180)
    assert known(tx) == {HOUR + nth * HOUR_S: 100 for nth in range(3)}


def test_two_lists_of_one_moment_say_nothing_between_them(tx: Tx) -> None:
    keep(tx, 0, 0)
    keep(tx, 50, 0)
    keep(tx, 60, -5)
    assert known(tx) == {}


def test_hours_in_which_nobody_could_send_are_not_hours_without_use(tx: Tx) -> None:
    keep(tx, 10_000, 0)
    keep(tx, 10_000, 60)
    assert known(tx) == {}


def test_hours_that_nobody_looks_back_on_go(tx: Tx) -> None:
    keep(tx, 0, 0)
    keep(tx, 24, 60)
    keep(tx, 48, 28 * 24 * 60 + 120)
    assert HOUR not in known(tx)


def test_before_the_first_list_our_own_messages_say_what_is_usual(
    tx: Tx, settings: Settings
) -> None:
    for nth in range(1, 49):
        traffic.note_watched(tx, ["demo"], later(minutes=-60 * nth))
        figures.count(tx, [Counted(line(HOUR - nth * HOUR_S), [(2, 5)], 5)])
    keep(tx, 0, -60)
    keep(tx, 9, 0)
    stock = packages.stock(tx, settings, NOW)
    assert stock is not None
    assert stock.runway is not None
    assert packages.hours(tx, settings, NOW)[HOUR - HOUR_S] == 9
    assert stock.runway.a_day == pytest.approx(24 * 5, abs=5)


def test_nothing_is_said_before_tencent_has_or_before_a_day_is_known(
    tx: Tx, settings: Settings
) -> None:
    assert packages.stock(tx, settings, NOW) is None
    assert packages.view(tx, EVERY_APP, settings, NOW) is None
    keep(tx, 0, -60)
    stock = packages.stock(tx, settings, NOW)
    assert stock is not None
    assert (stock.left_segments, stock.runway) == (10_000, None)
    found = packages.view(tx, EVERY_APP, settings, NOW)
    assert found is not None
    assert (found.left_by_day, found.known_hours) == ((), 0)


def test_what_was_accepted_since_the_list_is_gone_already(tx: Tx, settings: Settings) -> None:
    live(tx)
    keep(tx, 9_000, -5)
    end(tx, begin(tx), answered())
    stock = packages.stock(tx, settings, NOW)
    assert stock is not None
    assert stock.left_segments == 999
    assert stock.runway is not None
    assert stock.runway.left_segments == 999


def test_what_goes_abroad_is_paid_from_no_package(tx: Tx, settings: Settings) -> None:
    keep(tx, 9_000, -5)
    end(tx, begin(tx, OTHER_NUMBER), answered(OTHER_NUMBER, serial="5000:2"))
    tx.run("UPDATE messages SET country = 'SG'")
    stock = packages.stock(tx, settings, NOW)
    assert stock is not None
    assert stock.left_segments == 1_000


def test_a_day_of_the_chart_is_one_of_the_mainlands(tx: Tx, settings: Settings) -> None:
    """NOW is noon in China: twelve hours of today, and whole days before."""
    live(tx, 240, 20)
    keep(tx, 9_000, 0)
    found = packages.view(tx, EVERY_APP, settings, NOW)
    assert found is not None
    assert found.used_by_day == (*(240,) * 13, 120)
    assert found.left_by_day[:5] == (880, 640, 400, 160, 0)
    assert found.known_hours == 20 * 24


class TestPlanned:
    """A job somebody approved."""

    @pytest.fixture(autouse=True)
    def lists(self, tx: Tx) -> None:
        list_content(tx)
        live(tx)
        keep(tx, 9_000, 0)

    def test_it_is_part_of_the_runway_until_it_has_gone(self, tx: Tx, settings: Settings) -> None:
        without = packages.stock(tx, settings, NOW)
        request_id = approve_job(tx, [number(nth) for nth in range(1, 41)])
        stock = packages.stock(tx, settings, NOW)
        assert stock is not None
        assert without is not None
        assert [(each.request_id, each.segments) for each in stock.planned] == [(request_id, 40)]
        assert stock.runway is not None
        assert without.runway is not None
        assert without.runway == stock.without
        assert stock.runway.empty_at == NOW + timedelta(hours=96)
        assert without.runway.empty_at == NOW + timedelta(hours=100)
        assert jobs.start_due(tx, settings, later(s=60)) == 1
        half = "UPDATE messages SET state = 4 WHERE id IN (SELECT id FROM messages LIMIT 20)"
        for sql, left in ((half, [20]), ("UPDATE messages SET state = 4", [])):
            tx.run(sql)
            going = packages.stock(tx, settings, later(s=61))
            assert going is not None
            assert [each.segments for each in going.planned] == left

    def test_a_draft_says_what_it_would_do_to_it(self, tx: Tx, settings: Settings) -> None:
        pasted = Pasted(tuple(number(nth) for nth in range(1, 101)))
        asked = draft_of(settings, pasted, "2220", "Lin")
        found = preflights.preflight_of(request_of(tx, checked(tx, asked, settings).id))
        assert found is not None
        assert found.lasts_before is not None
        assert found.lasts_after is not None
        before, after = found.lasts_before.empty_at, found.lasts_after.empty_at
        assert (before, after) == (NOW + timedelta(hours=100), NOW + timedelta(hours=90))
        assert found.lasts_after.end is End.USED

    def test_one_an_earlier_program_looked_at_says_nothing_of_it(
        self, tx: Tx, settings: Settings
    ) -> None:
        asked = draft_of(settings, Pasted((number(1), number(2))), "2220", "Lin")
        request = request_of(tx, checked(tx, asked, settings).id)
        old = {key: each for key, each in request.payload["preflight"].items() if key != "lasts"}
        before = replace(request, payload={**request.payload, "preflight": old})
        found = preflights.preflight_of(before)
        assert found is not None
        assert (found.lasts_before, found.lasts_after) == (None, None)

    def test_packages_that_outlast_a_year_are_no_matter_of_one_send(
        self, tx: Tx, settings: Settings
    ) -> None:
        shorter = replace(LISTED, amount_segments=10**7, expires_at=NOW + 300 * DAY)
        packages.keep(tx, [shorter], later(s=1))
        send = Planned("R-1", NOW, 100)
        assert packages.effect(tx, send, settings, later(s=1)) is not None
        longer = replace(shorter, expires_at=NOW + 900 * DAY)
        packages.keep(tx, [longer], later(s=2))
        assert packages.effect(tx, send, settings, later(s=2)) is None

    def test_nothing_billed_changes_nothing(self, tx: Tx, settings: Settings) -> None:
        assert packages.effect(tx, Planned("R-1", NOW, 0), settings, NOW) is None


def test_a_package_bought_after_a_refusal_is_seen_though_less_than_we_thought(tx: Tx) -> None:
    keep(tx, 0, 0)
    account_refusals.note(
        tx, NO_PACKAGE, 1, app="demo", request_id="R-1", left_segments=10_000, now=later(s=1)
    )
    keep(tx, 10_000, 1)
    assert account_refusals.list_all(tx)[NO_PACKAGE].left_segments == 0
