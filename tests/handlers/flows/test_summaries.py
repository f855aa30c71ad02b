"""Summaries: each span is told once, whatever restarts and clocks do; what there is to say."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bot.rules import summaries as rules
from bot.rules.kept_figures import figures_of
from bot.settings import Settings, Summary
from handlers.flows import summaries
from handlers.flows.summaries import Due
from storage import summaries as stored
from storage import traffic
from storage.db import Tx
from storage.posts import PURPOSE
from tests.handlers.flows.machine import in_memory
from tests.handlers.flows.running import settings_with
from tests.storage.lines import line, put

#: A Monday, eleven in Shanghai.
START = datetime(2026, 11, 23, 3, tzinfo=UTC)
ALL = Summary(channel="#sms", app="demo", daily="09:00", weekly="wed 10:30", hourly=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def wanting(*entries: Summary) -> Settings:
    return settings_with().model_copy(update={"summaries": entries})


def look(tx: Tx, settings: Settings, now: datetime) -> list[Due]:
    """What the job does, its pictures apart."""
    due = summaries.find_due(tx, settings, now)
    for each in due:
        summaries.note(tx, each, summaries.facts_of(tx, each, settings, now), now)
    return due


def look_and_draw(tx: Tx, settings: Settings, now: datetime) -> None:
    look(tx, settings, now)
    for summary in summaries.find_open(tx, now):
        summaries.finish(tx, summary, "F1", "", now)


def told(tx: Tx) -> list[Mapping[str, Any]]:
    """What was said, in order."""
    rows = tx.all("SELECT facts FROM posts WHERE kind = 'summary' ORDER BY rowid")
    return [json.loads(tx.vault.open(row["facts"], purpose=PURPOSE)) for row in rows]


def spans(tx: Tx) -> list[tuple[str, datetime]]:
    return [
        (facts["kind"], datetime.fromtimestamp(facts["figures"]["since_s"], UTC))
        for facts in told(tx)
    ]


def send(tx: Tx, at: datetime, many: int = 10, **columns: int) -> None:
    """Messages of the hour of `at`; the rest of them is delivered."""
    failed = sum(columns.values())
    counts = {"begun": many, "accepted": many, "delivered": many - failed, **columns}
    traffic.note_watched(tx, ["demo"], at)
    put(tx, line(traffic.hour_of(at)), counts)


@dataclass
class Model:
    """What was told, by remembering every span that ever was the newest."""

    noted: set[rules.Span]
    told: list[tuple[str, datetime]]

    def look(self, entry: Summary, settings: Settings, now: datetime) -> None:
        for span in rules.due(entry.timetable, now, settings.timezone):
            if span in self.noted:
                continue
            is_first = span.kind not in {each.kind for each in self.noted}
            self.noted.add(span)
            if not is_first:
                self.told.append((span.kind.value, span.since))


@given(
    moves=st.lists(
        st.one_of(
            st.integers(1, 90).map(lambda minutes: timedelta(minutes=minutes)),
            st.integers(1, 40).map(lambda hours: timedelta(hours=hours)),
            st.integers(1, 60).map(lambda hours: -timedelta(hours=hours)),
            st.integers(5, 20).map(lambda days: timedelta(days=days)),
        ),
        max_size=12,
    )
)
@examples(max_examples=25, deadline=None)
def test_each_span_is_told_once_and_after_a_silence_only_the_newest(
    moves: Sequence[timedelta],
) -> None:
    entry = ALL.model_copy(update={"hourly": False})
    settings, model, now = wanting(entry), Model(set(), []), START
    tx = in_memory()
    for move in (timedelta(), *moves):
        now += move
        # A process that was just started knows no more than the file: twice is the same as once.
        look_and_draw(tx, settings, now)
        look_and_draw(tx, settings, now)
        model.look(entry, settings, now)
    assert spans(tx) == model.told
    tx.conn.close()


def test_an_entry_that_is_new_begins_with_the_next_span(tx: Tx) -> None:
    settings = wanting(ALL)
    send(tx, START - DAY, undelivered=10)
    look_and_draw(tx, settings, START)
    assert told(tx) == []
    look_and_draw(tx, settings, START + DAY)
    assert ("daily", datetime(2026, 11, 22, 16, tzinfo=UTC)) in spans(tx)


def later(tx: Tx, entry: Summary, since: timedelta = DAY) -> list[Mapping[str, Any]]:
    """What is told of an entry after a first look."""
    settings = wanting(entry)
    look_and_draw(tx, settings, START)
    return told_after(tx, settings, START + since)


def told_after(tx: Tx, settings: Settings, now: datetime) -> list[Mapping[str, Any]]:
    look_and_draw(tx, settings, now)
    return told(tx)


HOURLY = Summary(channel="#sms", app="demo", hourly=True)


@pytest.mark.parametrize(("undelivered", "is_told"), [(4, False), (5, True)])
def test_an_hour_is_told_where_it_had_trouble(tx: Tx, undelivered: int, *, is_told: bool) -> None:
    send(tx, START, undelivered=undelivered)
    found = later(tx, HOURLY, HOUR * 1.2)
    assert len(found) == is_told
    for facts in found:
        assert [each["kind"] for each in facts["troubles"]] == ["undelivered"]
        # A day, so that it can be seen since when; the hour itself is the last.
        assert len(facts["slots"]) == 24
        assert facts["slots"][-1]["undelivered"] == undelivered


def test_a_day_is_compared_hour_by_hour_with_that_of_the_week_before(tx: Tx) -> None:
    for hour in range(24):
        send(tx, datetime(2026, 11, 15, 16, tzinfo=UTC) + hour * HOUR, 5)
    send(tx, START, 30, undelivered=3)
    (facts,) = later(tx, Summary(channel="#sms", daily="09:00"))
    found = figures_of(facts["figures"])
    assert found.total.sent == 30
    assert found.compared is not None
    assert found.compared.total.sent == 120
    assert [slot["before"] for slot in facts["slots"]] == [5] * 24
    assert [slot["delivered"] for slot in facts["slots"]][11] == 27


def test_a_quiet_day_is_said_at_once_and_has_no_picture(tx: Tx) -> None:
    traffic.note_watched(tx, ["demo"], START)
    settings = wanting(Summary(channel="#sms", daily="09:00"))
    look(tx, settings, START)
    look(tx, settings, START + DAY)
    (facts,) = told(tx)
    assert (facts["is_quiet"], facts["is_known"]) == (True, True)
    assert summaries.find_open(tx, START + 2 * DAY) == []


def test_a_day_in_which_the_bot_did_not_run_is_not_called_quiet(tx: Tx) -> None:
    (facts,) = later(tx, Summary(channel="#sms", daily="09:00"))
    assert (facts["is_quiet"], facts["is_known"]) == (True, False)


def test_apps_are_told_apart_and_all_together_with_what_came_to_the_account(tx: Tx) -> None:
    send(tx, START, 7)
    put(tx, line(traffic.hour_of(START), app=""), {"replies": 3})
    settings = wanting(
        Summary(channel="#sms", app="demo", daily="09:00"), Summary(channel="#sms", daily="09:00")
    )
    look_and_draw(tx, settings, START)
    found = {facts["app"]: facts for facts in told_after(tx, settings, START + DAY)}
    totals = {app: figures_of(facts["figures"]).total for app, facts in found.items()}
    assert {app: (total.sent, total.replies) for app, total in totals.items()} == {
        "demo": (7, 0),
        "": (7, 3),
    }


def test_one_whose_picture_is_not_made_yet_is_not_said_and_not_begun_again(tx: Tx) -> None:
    send(tx, START)
    settings = wanting(Summary(channel="#sms", daily="09:00"))
    look(tx, settings, START)
    look(tx, settings, START + DAY)
    assert told(tx) == []
    (waiting,) = summaries.find_open(tx, START + DAY)
    summaries.put_off(tx, waiting, START + DAY)
    assert summaries.find_open(tx, START + DAY) == []
    # The clock is put back by far more than it was to wait.
    (again,) = summaries.find_open(tx, START)
    assert again.failures == 1
    summaries.finish(tx, again, "", "none", START + DAY)
    summaries.finish(tx, again, "F2", "", START + DAY)
    (facts,) = told(tx)
    assert (facts["picture"], facts["picture_note"]) == ("", "none")


def test_what_was_noted_long_ago_is_forgotten_and_never_what_is_still_to_be_said(tx: Tx) -> None:
    send(tx, START)
    settings = wanting(Summary(channel="#sms", daily="09:00"))
    look(tx, settings, START)
    look(tx, settings, START + DAY)
    stored.forget(tx, START + 1000 * DAY)
    assert len(tx.all("SELECT 1 FROM summaries")) == 1
    assert len(summaries.find_open(tx, START + DAY)) == 1


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland", "UTC"])
def test_a_day_and_a_week_told_are_not_told_again_by_the_clocks_of_another_zone(
    tx: Tx, zone: str
) -> None:
    entry = ALL.model_copy(update={"weekly": "mon 09:00", "hourly": False})
    for days in range(8, -1, -1):
        look_and_draw(tx, wanting(entry), START - DAY * days)
    first = spans(tx)
    assert {kind for kind, _ in first[-2:]} == {"daily", "weekly"}
    moved = wanting(entry).model_copy(update={"timezone": ZoneInfo(zone)})
    for hours in range(1, 13):
        look_and_draw(tx, moved, START + HOUR * hours)
    assert spans(tx) == first
    for hours in (36, 180):
        look_and_draw(tx, moved, START + HOUR * hours)
    assert [kind for kind, _ in spans(tx)[len(first) :]] == ["daily", "daily", "weekly"]


def test_a_weekly_summary_wanted_on_another_day_begins_with_that_week(tx: Tx) -> None:
    entry = Summary(channel="#sms", app="demo", weekly="mon 09:00")
    look_and_draw(tx, wanting(entry), START - DAY * 7)
    look_and_draw(tx, wanting(entry), START)
    look_and_draw(tx, wanting(entry.model_copy(update={"weekly": "tue 09:00"})), START + DAY)
    assert [since for _, since in spans(tx)] == [
        datetime(2026, 11, 15, 16, tzinfo=UTC),
        datetime(2026, 11, 16, 16, tzinfo=UTC),
    ]
