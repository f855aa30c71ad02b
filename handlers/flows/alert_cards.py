"""What the card of a group of alerts shows, and a line in its thread: plain facts for the posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.rules.alert_life import Move
from bot.rules.matchers import matches, written
from bot.settings import Settings
from handlers.flows import escalations
from storage import alert_counts, alert_moves, silences
from storage import alerts as stored
from storage.alert_groups import Group
from storage.alerts import Alert
from storage.db import Tx
from storage.ids import to_ms
from storage.silences import Silence

#: Alerts a card tells of one by one, silences it names, and steps of the chain; alerts of a line.
SHOWN, SILENCES_SHOWN, STEPS_SHOWN, SHOWN_IN_LINE = 10, 3, 6, 5


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does something to a group: a user id and how, or nobody, by itself. `alerts` are those it
    is about; the `note` of a MUTE is the id of its silence, that of a CLEAR the card its alerts
    moved to."""

    by: str = ""
    via: str = ""
    note: str = ""
    alerts: Sequence[Alert] = ()


def facts(tx: Tx, group: Group, settings: Settings, now: datetime) -> dict[str, Any]:
    """All that a card says of a group as it is at `now`: JSON, every part of it bounded."""
    found = stored.worst_of_group(tx, group.id, SHOWN)
    tally = stored.tally_of_group(tx, group.id)
    held = covering(tx, group, found, now)
    return {
        **standing(tx, group),
        "receiver": group.receiver,
        "mention": [],
        "kinds": {kind.value: each.firing for kind, each in tally.items()},
        "firing": sum(each.firing for each in tally.values()),
        "alerts": sum(each.alerts for each in tally.values()),
        "goes_on": any(each.ended_at is None and each.quiet_s is None for each in found),
        "lately": alert_counts.of_group(tx, group.id, now),
        "shown": [shown(each) for each in found],
        "silences": [_silence(each) for each in held[:SILENCES_SHOWN]],
        "more_silences": len(held[SILENCES_SHOWN:]),
        "steps": list(escalations.steps(tx, group.id))[-STEPS_SHOWN:],
        "reactions": {
            "acknowledge": list(settings.alerts.reactions.acknowledge),
            "resolve": list(settings.alerts.reactions.resolve),
        },
    }


def line(
    tx: Tx,
    group: Group,
    what: Move,
    now: datetime,
    doing: Doing,
    *,
    mention: Sequence[str] = (),
    also_in_channel: bool = False,
) -> dict[str, Any]:
    """What a line in the thread of the card says of a move."""
    note = doing.note
    silence = silences.get(tx, note) if what is Move.MUTE and note else None
    found = stored.worst_of_group(tx, group.id, SHOWN) if silence else []
    # In the channel it names itself.
    kinds = stored.tally_of_group(tx, group.id) if also_in_channel else ()
    return {
        **standing(tx, group),
        "move": what.value,
        "by": doing.by,
        "via": doing.via,
        "note": "" if what in {Move.MUTE, Move.CLEAR} else note,
        "silence": None if silence is None else _silence(silence),
        "other_silences": max(0, len(covering(tx, group, found, now)) - 1),
        "kinds": dict.fromkeys([kind.value for kind in kinds], 1),
        "at_ms": to_ms(now),
        "shown": [shown(each) for each in doing.alerts[:SHOWN_IN_LINE]],
        "alerts": len(doing.alerts),
        "mention": list(mention),
        "also_in_channel": also_in_channel,
    }


def standing(tx: Tx, group: Group) -> dict[str, Any]:
    """Where a group is in its life, and who brought it there."""
    return {
        "group": group.id,
        "state": group.state.name.lower(),
        "severity": group.severity.word,
        "labels": dict(group.labels),
        "opened_at_ms": to_ms(group.opened_at),
        "acked_by": group.acked_by,
        "acked_at_ms": _ms(group.acked_at),
        "resolved_by": group.resolved_by,
        "resolved_at_ms": _ms(group.resolved_at),
        **_last_word(tx, group),
    }


def shown(alert: Alert) -> dict[str, Any]:
    """One alert, with its times."""
    return {
        "kind": alert.kind.value,
        "severity": alert.severity.word,
        "labels": dict(alert.labels),
        "count": alert.count,
        "facts": dict(alert.facts),
        "raised_at_ms": to_ms(alert.raised_at),
        "ended_at_ms": _ms(alert.ended_at),
    }


def covering(tx: Tx, group: Group, found: Sequence[Alert], now: datetime) -> list[Silence]:
    """The silences that keep any of these quiet, the last to end first; where all is over, that
    will if it comes again."""
    is_over = group.resolved_at is not None
    labels = [each.all_labels for each in found if is_over or each.ended_at is None]
    held = reversed(silences.find_active(tx, now)) if labels else []
    return [each for each in held if any(matches(each.matchers, known) for known in labels)]


def _silence(silence: Silence) -> dict[str, Any]:
    return {
        "id": silence.id,
        "matchers": written(silence.matchers),
        "author": silence.author,
        "comment": silence.comment,
        "ends_at_ms": to_ms(silence.ends_at),
    }


def _last_word(tx: Tx, group: Group) -> dict[str, str]:
    """How it was acknowledged, and where its alerts went on, if they moved to another card."""
    last = {each.move: each for each in alert_moves.of_group(tx, group.id)}
    acked, cleared = last.get(Move.ACKNOWLEDGE), last.get(Move.CLEAR)
    is_over = group.resolved_at is not None and not group.resolved_by
    return {
        "acked_via": acked.via if acked is not None and group.acked_by else "",
        "moved_to": str(cleared.facts.get("note", "")) if cleared is not None and is_over else "",
    }


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)
