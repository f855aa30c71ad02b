"""Which channel hears of which app, and when: what is written, and what is not accepted."""

from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest

from bot.rules.summaries import Timetable, Tolerance
from bot.settings import AppYaml, Faults, Problem, load_file

Write = Callable[[str | bytes], Path]


def read(path: Path) -> AppYaml:
    settings = load_file(path)
    assert isinstance(settings, AppYaml), settings
    return settings


def test_nothing_is_posted_where_nothing_is_said(write: Write, apps: str) -> None:
    assert read(write(apps)).summaries == ()


def test_times_are_those_of_a_day_and_of_a_week(write: Write, apps: str) -> None:
    written = """
summaries:
  - {channel: "#sms", daily: 10:00}
  - {channel: "#sms", app: demo, weekly: "sun 23:59", hourly: true, trouble_share: 0.02}
"""
    of_all, of_demo = read(write(apps + written)).summaries
    assert (of_all.app, of_all.timetable) == (None, Timetable(daily=time(10)))
    assert of_demo.timetable == Timetable(weekly=(6, time(23, 59)), is_hourly=True)
    assert of_demo.tolerance == Tolerance(0.02, 5)


@pytest.mark.parametrize(
    ("entry", "key", "problem"),
    [
        ('daily: "24:00"', "daily", Problem.NOT_ACCEPTED),
        ('weekly: "09:00"', "weekly", Problem.NOT_ACCEPTED),
        ('weekly: "Mon 09:00"', "weekly", Problem.NOT_ACCEPTED),
        ("hourly: true, trouble_share: 0", "trouble_share", Problem.NOT_ACCEPTED),
        ("hourly: true, trouble_from: 0", "trouble_from", Problem.NOT_ACCEPTED),
        ("hourly: true, app: other", "app", Problem.NO_SUCH_APP),
        ("hourly: false", None, Problem.NEVER_TOLD),
        ("app: demo", None, Problem.NEVER_TOLD),
    ],
)
def test_what_can_never_be_posted_is_refused(
    write: Write, apps: str, entry: str, key: str | None, problem: Problem
) -> None:
    refused = load_file(write(f'{apps}\nsummaries:\n  - {{channel: "#sms", {entry}}}\n'))
    assert isinstance(refused, Faults)
    where = "summaries[0]" if key is None else f"summaries[0].{key}"
    assert [(fault.key, fault.problem) for fault in refused.faults] == [(where, problem)]


@pytest.mark.parametrize(
    ("second", "is_taken"),
    [
        ("channel: sms, app: demo", True),
        ('channel: "#sms"', False),
        ('channel: "#other", app: demo', False),
    ],
)
def test_one_channel_hears_of_an_app_by_one_entry(
    write: Write, apps: str, second: str, *, is_taken: bool
) -> None:
    written = f"""
summaries:
  - {{channel: "#sms", app: demo, daily: "09:00"}}
  - {{{second}, weekly: "mon 09:00"}}
"""
    found = load_file(write(apps + written))
    if not is_taken:
        assert isinstance(found, AppYaml)
        return
    assert isinstance(found, Faults)
    assert [(fault.key, fault.problem) for fault in found.faults] == [
        ("summaries[1].channel", Problem.TAKEN)
    ]
