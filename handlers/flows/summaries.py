"""Summaries for channels: what is due, what it says, and that it is said once.

A span is noted in the transaction in which its summary is to be said from there on: whoever starts
anew, or whose clock was put back, finds it noted. What an entry of app.yaml finds when it is new is
passed over: it begins with the next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.rules import summaries as rules
from bot.rules import summary_slots
from bot.rules.figures import Figures
from bot.rules.kept_figures import payload
from bot.rules.roles import ACCOUNT, EVERY_APP, Apps
from bot.rules.schedule import zone_name
from bot.rules.summaries import Span, SummaryKind
from bot.rules.summary_slots import Slot
from bot.settings import Settings, Summary
from handlers.flows import figures
from storage import posts, summaries
from storage.db import Tx
from storage.ids import to_ms
from storage.summaries import Open, Place
from storage.traffic import hour_of

POST = "summary"
AT_ONCE = 20
#: What is not made yet is tried again after so long at the most.
LAST_RETRY = timedelta(minutes=10)
FIRST_RETRY = timedelta(seconds=15)
#: After this it is news no more, and told without its picture.
PICTURE_WITHIN = timedelta(hours=6)
#: Longer than anybody puts a clock back, and than any span there is.
KEPT_FOR = timedelta(days=90)
#: Before the hour with trouble, so that its beginning can be seen.
LOOK_BACK = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Due:
    """A span that a channel was not told of; `is_first`: it never was told of any."""

    summary: Summary
    span: Span
    is_first: bool

    @property
    def place(self) -> Place:
        return Place(self.summary.channel, self.summary.app or "")


def find_due(tx: Tx, settings: Settings, now: datetime) -> list[Due]:
    """What app.yaml wants told and nobody noted yet."""
    return [
        Due(summary, span, summaries.is_first(tx, place, span))
        for summary in settings.summaries
        for place in [Place(summary.channel, summary.app or "")]
        for span in rules.due(summary.timetable, now, settings.timezone)
        if not summaries.is_noted(tx, place, span)
    ]


def facts_of(tx: Tx, due: Due, settings: Settings, now: datetime) -> dict[str, Any] | None:
    """What is to be said of a span, as plain JSON; None where there is nothing to say."""
    if due.is_first:
        return None
    span, apps = due.span, apps_of(due.place.app, settings)
    found = of_span(tx, apps, span.since, span.until, now)
    troubles = rules.troubles(found, due.summary.tolerance)
    if span.kind is SummaryKind.HOURLY and not troubles:
        return None
    return {
        "kind": span.kind.value,
        "at_ms": to_ms(now),
        "app": due.place.app,
        "zone": zone_name(settings.timezone),
        "is_quiet": found.is_quiet,
        "is_known": bool(found.by_hour),
        "troubles": [asdict(each) for each in troubles],
        "figures": payload(_without_hours(found)),
        "slots": [_slot(each) for each in _slots(tx, apps, span, found, settings, now)],
    }


def of_span(
    tx: Tx, apps: Sequence[str], since: datetime, until: datetime, now: datetime
) -> Figures:
    """What a span came to, beside the same one whole weeks before."""
    return figures.of_period(tx, apps, hour_of(since), hour_of(until), now)


def apps_of(app: str, settings: Settings, shown: Apps = EVERY_APP) -> tuple[str, ...]:
    """The apps figures are of; what came to the account and to none of them is with all. Of all,
    only those that may be `shown`."""
    if app:
        return (app,)
    return tuple(each for each in (*(app.name for app in settings.apps), ACCOUNT) if each in shown)


def note(tx: Tx, due: Due, facts: Mapping[str, Any] | None, now: datetime) -> None:
    """Notes that a span is told. What has a picture is said when that is made."""
    summaries.forget(tx, now - KEPT_FOR)
    has_picture = facts is not None and not facts["is_quiet"]
    is_new = summaries.add(tx, due.place, due.span, facts if has_picture else None, now)
    if is_new and facts is not None and not has_picture:
        _say(tx, due.place, due.span, facts, now)


def find_open(tx: Tx, now: datetime) -> list[Open]:
    """Summaries whose picture can be made now."""
    return summaries.find_open(tx, now, now + LAST_RETRY, AT_ONCE)


def finish(tx: Tx, summary: Open, picture: str, note_: str, now: datetime) -> None:
    """Has it said, with the picture that Slack has under this id; "" for none.

    `note_` names the line about the picture, "" where there is nothing to say about it.
    """
    if summaries.end(tx, summary):
        facts = {**summary.facts, "picture": picture, "picture_note": note_}
        _say(tx, summary.place, summary.span, facts, now)


def put_off(tx: Tx, summary: Open, now: datetime) -> None:
    """No picture came of it; another try later."""
    wait = min(LAST_RETRY, FIRST_RETRY * 2 ** min(summary.failures, 10))
    summaries.put_off(tx, summary, now + wait)


def _say(tx: Tx, place: Place, span: Span, facts: Mapping[str, Any], now: datetime) -> None:
    key = f"summary:{place.channel}:{place.app}:{span.kind.value}:{to_ms(span.since) // 1000}"
    posts.add(tx, key, POST, facts, channel=place.channel, now=now)


def _without_hours(found: Figures) -> Figures:
    """They are what the slots are made of, and a hundred times the rest."""
    before = found.compared
    compared = None if before is None else replace(before, by_hour={}, compared=None)
    return replace(found, by_hour={}, compared=compared)


def _slots(
    tx: Tx,
    apps: Sequence[str],
    span: Span,
    found: Figures,
    settings: Settings,
    now: datetime,
) -> tuple[Slot, ...]:
    if span.kind is SummaryKind.WEEKLY:
        return summary_slots.by_day(found, settings.timezone)
    if span.kind is SummaryKind.HOURLY:
        found = of_span(tx, apps, span.until - LOOK_BACK, span.until, now)
    return summary_slots.by_hour(found)


def _slot(slot: Slot) -> dict[str, int | None]:
    return {
        "since_s": slot.since_s,
        "delivered": slot.counts.delivered,
        "undelivered": slot.counts.undelivered,
        "refused": slot.counts.refused,
        "open": slot.open,
        "before": slot.before,
    }
