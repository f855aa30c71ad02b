"""Times people type and times they are shown: by the team's clock, with the reader's own beside."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import assert_never

from bot.locales import Locale, text
from bot.rules import schedule
from bot.rules.schedule import MAX_AHEAD, Day, Hint, LocalTime, Scheduled, ScheduleFault, TimeFacts
from bot.slack.blocks import esc
from bot.slack.messages.faults import moment


def when(facts: TimeFacts, locale: Locale) -> str:
    """`tomorrow 18:00 Asia/Shanghai (11:00 your time, Europe/Berlin)`, as plain text, for somebody
    who looks now."""
    here = _here(facts.here, locale)
    if facts.viewer is None:
        return here
    there = _on_day(facts.viewer, locale)
    return text(locale, "schedule.beside", here=here, there=there, zone=facts.viewer.zone)


def when_for_all(at: datetime, zone: tzinfo, now: datetime, locale: Locale) -> str:
    """A time for a card in a channel, as mrkdwn: every reader sees their own time beside it, and
    the day by its date, which is true tomorrow as well."""
    facts = schedule.show(at, zone, now).here
    here = text(locale, "schedule.when.other", date=facts.date.isoformat(), clock=facts.clock)
    whole = text(locale, "schedule.in_zone", time=here, zone=facts.zone)
    return text(locale, "schedule.beside_all", here=esc(whole), there=moment(at.astimezone(UTC)))


def fault(found: ScheduleFault, locale: Locale) -> str:
    """Why what was typed is no time, and what it can mean, in a form that can be typed; plain."""
    choices = ""
    for at in found.choices:
        time = _typed(at)
        choices = text(locale, "schedule.either", one=choices, other=time) if choices else time
    days = MAX_AHEAD // timedelta(days=1)
    return text(locale, f"schedule.fault.{found.reason.value}", choices=choices, days=days)


def next_day_note(found: Scheduled, locale: Locale) -> str:
    """Which day was meant, where somebody may have meant another; else empty."""
    match found.hint:
        case None:
            return ""
        case Hint.NEXT_DAY:
            return text(locale, "schedule.next_day", clock=f"{found.at:%H:%M}")
        case Hint.LATER_DAY:
            values = {"clock": f"{found.at:%H:%M}", "date": found.at.date().isoformat()}
            return text(locale, "schedule.later_day", **values)
        case Hint.AFTER_MIDNIGHT:
            return text(locale, "schedule.after_midnight", date=found.at.date().isoformat())
        case never:
            assert_never(never)


def _here(time: LocalTime, locale: Locale) -> str:
    return text(locale, "schedule.in_zone", time=_on_day(time, locale), zone=time.zone)


def _on_day(time: LocalTime, locale: Locale) -> str:
    key = f"schedule.when.{time.day.value}"
    values = {"clock": time.clock}
    if time.day is Day.OTHER:
        values["date"] = time.date.isoformat()
    return text(locale, key, **values)


def _typed(at: datetime) -> str:
    offset = f"{at:%z}"
    return f"{at:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"
