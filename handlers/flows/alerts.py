"""Alerts: what raises and ends them, what people do about them, and what becomes of them with time.

`raise_event` and `observe` are for whoever finds a fact, in the transaction of the fact itself;
`move`, `silence` and `unsilence` for people; `advance` and `look_at` for the clock.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules import matchers as matching
from bot.rules import routes
from bot.rules.alert_life import AGAIN_WITHIN, BY_PEOPLE, SETTLE, GroupState, Move, after
from bot.rules.alerts import APP, AlertKind, Signal
from bot.rules.audit import What
from bot.rules.matchers import Matcher, Op, written
from bot.rules.numbers import cover_typed
from bot.rules.routes import Destination
from bot.settings import Settings
from handlers.flows import audit
from handlers.flows.alert_cards import Doing
from handlers.flows.alert_moves import apply
from handlers.flows.alert_rounds import EDIT_EVERY, Round
from storage import alert_counts, alert_groups, alert_labels, alerts, requests, silences
from storage.alert_groups import Group
from storage.alerts import Alert
from storage.db import Tx
from storage.silences import Silence

QUIET_S = 900
#: Where app.yaml names no channel at all. One the bot is not in goes to the admins (the outbox).
ALERTS = "sms-alerts"
#: Groups looked at before it is asked again which are due.
AT_ONCE = 50
PUT_OFF = timedelta(minutes=1)


class Late(StrEnum):
    """Why what a person wanted changes nothing."""

    UNKNOWN = "unknown"
    ACKNOWLEDGED = "acknowledged"
    """Somebody has it in hand already."""
    NOT_ACKNOWLEDGED = "not_acknowledged"
    RESOLVED = "resolved"
    NOT_RESOLVED = "not_resolved"
    REPLACED = "replaced"
    """A newer group took its place."""


@dataclass(frozen=True, slots=True)
class TooLate:
    """What came before: who did it and when, where somebody did. `group` is None for UNKNOWN; for
    REPLACED it is the newer one."""

    reason: Late
    group: Group | None = None
    by: str = ""
    at: datetime | None = None


def raise_event(
    tx: Tx, signal: Signal, settings: Settings, now: datetime, *, quiet_s: int = QUIET_S
) -> None:
    """Something happened: its alert counts it, and is over when nothing came for `quiet_s`."""
    known = alerts.note_event(tx, signal, now, quiet_s)
    if known is not None:
        _changed(tx, known, settings, now)
    else:
        known = alerts.open_new(tx, signal, now, quiet_s)
        if known is None:
            raise ValueError(f"{signal.fingerprint}: open, and not found")
        _place(tx, known, settings, now)
    alert_counts.add(tx, known.id, signal.count, now)


def differs(
    tx: Tx,
    kinds: Collection[AlertKind],
    signals: Sequence[Signal],
    *,
    app: str | None = None,
) -> bool:
    """Whether `observe` would change anything: reads only."""
    known = _known(tx, kinds, app)
    found = {each.fingerprint: each for each in signals}
    return known.keys() != found.keys() or any(
        _is_news(known[each], signal) for each, signal in found.items()
    )


def observe(
    tx: Tx,
    kinds: Collection[AlertKind],
    signals: Sequence[Signal],
    settings: Settings,
    now: datetime,
    *,
    app: str | None = None,
) -> bool:
    """A look found that of `kinds`, and of `app` where one is given, exactly `signals` fire: others
    end. Returns whether anything changed. What never holds still (an age, say) is no fact."""
    known = _known(tx, kinds, app)
    found = {each.fingerprint: each for each in signals}
    for fingerprint, alert in known.items():
        if fingerprint not in found:
            end(tx, alert, settings, now)
    for fingerprint, signal in found.items():
        _observe_one(tx, known.get(fingerprint), signal, settings, now)
    return known.keys() != found.keys() or any(
        _is_news(known[each], signal) for each, signal in found.items()
    )


def _observe_one(
    tx: Tx, known: Alert | None, signal: Signal, settings: Settings, now: datetime
) -> None:
    if known is None:
        opened = alerts.open_new(tx, signal, now, None)
        if opened is not None:
            _place(tx, opened, settings, now)
    elif _is_news(known, signal):
        noted = alerts.note_state(tx, known.id, signal, now)
        if noted is not None:
            _changed(tx, noted, settings, now)
            if noted.severity < known.severity:
                # As bad as it was it may have explained what it does not any more.
                _note_explained(tx, known, settings, now)


def _known(tx: Tx, kinds: Collection[AlertKind], app: str | None) -> dict[str, Alert]:
    return {each.signal.fingerprint: each for each in alerts.find_open_of(tx, kinds, app)}


def _is_news(known: Alert, signal: Signal) -> bool:
    return (known.severity, known.count, dict(known.facts)) != (
        signal.severity,
        signal.count,
        dict(signal.facts),
    )


def end(tx: Tx, alert: Alert, settings: Settings, now: datetime) -> None:
    """Its fact is gone; its groups are looked at, and so is what it explained."""
    _close(tx, alert.id, now)
    _note_explained(tx, alert, settings, now)


def _close(tx: Tx, alert_id: str, now: datetime) -> None:
    alerts.end(tx, alert_id, now)
    for group in alert_groups.of_alert(tx, alert_id):
        alert_groups.touch(tx, group.id, _edits_at(group, now))


def _note_explained(tx: Tx, alert: Alert, settings: Settings, now: datetime) -> None:
    """Whoever knows of a cause need not hear of its effects, and hears of them once it is gone."""
    labels = alert.all_labels
    found: dict[str, None] = {}
    for rule in settings.alerts.inhibit:
        if matching.matches(rule.source, labels):
            same = (Matcher(name, Op.EQUAL, labels.get(name, "")) for name in rule.equal)
            found |= dict.fromkeys(alert_labels.open_groups(tx, (*rule.target, *same)))
    alert_groups.touch_all(tx, found, now)


def _note_silence(tx: Tx, silence: Silence, now: datetime) -> None:
    """What it covers is looked at; of all else nothing has changed."""
    alert_groups.touch_all(tx, alert_labels.open_groups(tx, silence.matchers), now)


def _place(tx: Tx, alert: Alert, settings: Settings, now: datetime) -> list[Group]:
    """Puts an alert that begins into the group of each route that takes it; those groups."""
    placed: list[Group] = []
    look = Round(tx, settings, now)
    for destination in routes.destinations(settings.alerts.root, alert.all_labels):
        group = _group_for(look, alert, destination)
        alert_groups.add_member(tx, group.id, alert.id)
        if group.state is GroupState.RESOLVED:
            group = _go_on(look, group, alert, destination)
        wait = timedelta(seconds=destination.waits.group_wait_s)
        is_worse = alert.severity > group.told_severity
        soonest = _edits_at(group, now, is_worse=is_worse) if group.told_at else now + wait
        alert_groups.touch(tx, group.id, soonest)
        placed.append(group)
    _note_explained(tx, alert, settings, now)
    return placed


def _group_for(look: Round, alert: Alert, destination: Destination) -> Group:
    tx, now = look.tx, look.now
    labels = destination.group_labels(alert.all_labels)
    key = _key(destination, alert.all_labels)
    found = alert_groups.open_of(tx, key) or _cleared(look, key, alert, destination)
    return found or alert_groups.open_new(
        tx,
        key=key,
        receiver=destination.receiver.name,
        channel=_channel(tx, alert, destination, look.settings),
        labels=labels,
        severity=alert.severity,
        look_at=now + timedelta(seconds=destination.waits.group_wait_s),
        now=now,
    )


def _key(destination: Destination, labels: Mapping[str, str]) -> str:
    """Of the group there that an alert with these labels is in."""
    shared = destination.group_labels(labels)
    return f"{destination.route}:{json.dumps(shared, sort_keys=True, ensure_ascii=False)}"


def keys(labels: Mapping[str, str], settings: Settings) -> frozenset[str]:
    """The keys of all groups that an alert with these labels belongs into."""
    found = routes.destinations(settings.alerts.root, labels)
    return frozenset(_key(each, labels) for each in found)


def _cleared(look: Round, key: str, alert: Alert, destination: Destination) -> Group | None:
    """The group that cleared a moment ago, which goes on, where people are to hear of it at all."""
    if look.is_covered(alert) or look.is_off_hours(destination):
        return None
    return alert_groups.last_cleared(look.tx, key, look.now - AGAIN_WITHIN)


def _go_on(look: Round, group: Group, alert: Alert, destination: Destination) -> Group:
    again = replace(group, severity=alert.severity)
    doing = Doing(alerts=[alert])
    moved = apply(look.tx, again, Move.AGAIN, destination, look.settings, look.now, doing)
    return moved or group


def _channel(tx: Tx, alert: Alert, destination: Destination, settings: Settings) -> str:
    """The receiver's; else that of alerts about its app; else where the app was last used; else
    whatever takes it: nothing is told nowhere."""
    if destination.receiver.channel:
        return destination.receiver.channel
    app = alert.labels.get(APP, "")
    known = settings.app(app) or settings.apps[0]
    channel = settings.alerts_channel(known, requests.last_channel(tx, known.name))
    return channel or settings.channels.fallback or ALERTS


def _changed(tx: Tx, alert: Alert, settings: Settings, now: datetime) -> None:
    """An open alert counted more, or is worse: its cards follow, not too often."""
    if alert.severity > alert.routed:
        # What was dismissed was so as something less bad.
        take_up(tx, alert, settings, now)
    elif alert.dismissed_until is None:
        for group in alert_groups.of_alert(tx, alert.id):
            if group.resolved_at is None:
                alert_groups.touch(tx, group.id, _edits_at(group, now))


def _edits_at(group: Group, now: datetime, *, is_worse: bool = False) -> datetime:
    """When its card is edited next; what is worse is told at once."""
    return now if is_worse else max(now, min(group.shown_at or now, now) + EDIT_EVERY)


def take_up(tx: Tx, alert: Alert, settings: Settings, now: datetime) -> None:
    """It goes where it belongs by now; where it was, the card says where to."""
    alerts.take_up(tx, alert.id)
    left = [each for each in alert_groups.of_alert(tx, alert.id) if each.resolved_at is None]
    placed = {each.id for each in _place(tx, alert, settings, now)}
    look = Round(tx, settings, now)
    for group in left:
        if group.id not in placed:
            alert_groups.drop_member(tx, group.id, alert.id)
            alert_groups.touch(tx, group.id, now)
            if not look.members(group).firing:
                doing = Doing(note=min(placed), alerts=[alert])
                apply(tx, group, Move.CLEAR, look.destination(group), settings, now, doing)


def move(
    tx: Tx,
    group_id: str,
    wanted: Move,
    *,
    by: str,
    via: str,
    settings: Settings,
    now: datetime,
    note: str = "",
) -> Group | TooLate:
    """What a person wants of a group, whichever way they say it; of two at once, one is told who
    was first. `by` is a user id; whoever calls has looked at their rights."""
    if wanted not in BY_PEOPLE:
        raise ValueError(f"{wanted} comes by itself")
    group = alert_groups.get(tx, group_id)
    if group is None:
        return TooLate(Late.UNKNOWN)
    if after(group.state, wanted) is None or _is_taken(group, wanted):
        return _too_late(group, wanted)
    look = Round(tx, settings, now)
    destination = look.destination(group)
    if wanted is Move.REOPEN:
        newer = alert_groups.open_of(tx, group.key) or _leave_moved(tx, group, settings)
        if newer is not None:
            return TooLate(Late.REPLACED, newer)
        _take_all_up(tx, group)
    members = look.members(group)
    group = members.of(group)
    if wanted is Move.RESOLVE:
        until = now + timedelta(seconds=destination.waits.repeat_interval_s)
        for each in members.firing:
            alerts.dismiss(tx, each.id, until)
    doing = Doing(by, via, cover_typed(note), members.firing)
    moved = apply(tx, group, wanted, destination, settings, now, doing)
    return _too_late(group, wanted) if moved is None else look.look(moved)


def _is_taken(group: Group, wanted: Move) -> bool:
    """Whether somebody has it in hand; a reminder may be answered by them, and by anybody else."""
    if wanted is not Move.ACKNOWLEDGE or not group.acked_by:
        return False
    return group.reminded_at is None


def _leave_moved(tx: Tx, group: Group, settings: Settings) -> Group | None:
    """What is told of on another card by now stays there; that card, where nothing else is left."""
    stay, newer = 0, None
    for alert in alerts.of_group(tx, group.id):
        if alert.ended_at is not None:
            continue
        moved = _moved_to(tx, alert, group, settings)
        if moved is None:
            stay += 1
        else:
            newer = moved
            alert_groups.drop_member(tx, group.id, alert.id)
    return None if stay else newer


def _moved_to(tx: Tx, alert: Alert, group: Group, settings: Settings) -> Group | None:
    """The card that tells of an alert in the place of `group`."""
    if group.key in keys(alert.all_labels, settings):
        return None
    open_ones = (each for each in alert_groups.of_alert(tx, alert.id) if each.resolved_at is None)
    return next((each for each in open_ones if each.id != group.id), None)


def _take_all_up(tx: Tx, group: Group) -> None:
    for each in alerts.of_group(tx, group.id):
        if each.ended_at is None:
            alerts.take_up(tx, each.id)


def _too_late(group: Group, wanted: Move) -> TooLate:
    if group.state is GroupState.RESOLVED:
        return TooLate(Late.RESOLVED, group, group.resolved_by, group.resolved_at)
    match wanted:
        case Move.UNACKNOWLEDGE:
            return TooLate(Late.NOT_ACKNOWLEDGED, group)
        case Move.REOPEN:
            return TooLate(Late.NOT_RESOLVED, group)
    return TooLate(Late.ACKNOWLEDGED, group, group.acked_by, group.acked_at)


def silence(
    tx: Tx,
    matchers: tuple[Matcher, ...],
    *,
    group_id: str,
    author: str,
    comment: str,
    begins_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> Silence:
    """Nobody hears of what `matchers` match, from `begins_at` to `ends_at`. Cards follow at the
    next look."""
    kept = silences.add(
        tx,
        matchers=matchers,
        group_id=group_id,
        author=author,
        comment=comment,
        begins_at=begins_at,
        ends_at=ends_at,
        now=now,
    )
    audit.enter(
        tx,
        What.SILENCE_BEGUN,
        author,
        now,
        subject=kept.id,
        matchers=written(matchers),
        until=ends_at.isoformat(),
        reason=comment,
    )
    if begins_at <= now:
        _note_silence(tx, kept, now)
    return kept


def unsilence(tx: Tx, silence_id: str, by: str, now: datetime) -> Silence | None:
    """It holds no more; None where it had ended, or there is none."""
    ended = silences.end(tx, silence_id, by, now)
    if ended is not None:
        audit.enter(tx, What.SILENCE_ENDED, by, now, subject=silence_id)
        _note_silence(tx, ended, now)
    return ended


def covered_by(tx: Tx, matchers: tuple[Matcher, ...]) -> int:
    """How many open alerts it would cover now."""
    return alert_labels.count(tx, matchers)


def covering(tx: Tx, group: Group, settings: Settings, now: datetime) -> list[Silence]:
    """The silences that cover any of a group's firing alerts."""
    look = Round(tx, settings, now)
    return look.covering(look.members(group).firing)


def next_due(tx: Tx) -> datetime | None:
    """When `advance` has something to do; None where only news changes anything."""
    turns = (
        alert_groups.next_look(tx),
        alerts.next_turn(tx),
        silences.next_turn(tx),
    )
    known = [each for each in turns if each is not None]
    return min(known) if known else None


def advance(tx: Tx, settings: Settings, now: datetime) -> None:
    """Ends what went quiet, takes up what was dismissed long ago, begins and ends silences."""
    for alert_id in alerts.find_quiet(tx, now):
        with tx.apart("alert"):
            _with_alert(tx, alert_id, end, settings, now)
    for alert_id in alerts.find_dismissed(tx, now):
        with tx.apart("alert"):
            _with_alert(tx, alert_id, take_up, settings, now)
    for each in silences.turn(tx, now):
        _note_silence(tx, each, now)


def _with_alert(
    tx: Tx,
    alert_id: str,
    does: Callable[[Tx, Alert, Settings, datetime], None],
    settings: Settings,
    now: datetime,
) -> None:
    """One that cannot be read is over: nobody could be told of it."""
    alert = alerts.get(tx, alert_id)
    if alert is None:
        _close(tx, alert_id, now)
    else:
        does(tx, alert, settings, now)


def due_groups(tx: Tx, now: datetime) -> list[str]:
    """The ids of the groups to look at now, the longest due first."""
    return alert_groups.find_due(tx, now, AT_ONCE)


def look_at(tx: Tx, group_ids: Sequence[str], settings: Settings, now: datetime) -> list[str]:
    """What becomes of these groups by themselves now, their cards included. The ids of those that
    could not be looked at: they are put off, and keep no other from it."""
    look = Round(tx, settings, now)
    left = dict.fromkeys(group_ids)
    for group_id in group_ids:
        with tx.apart("alert"):
            group = alert_groups.get(tx, group_id)
            if group is not None:
                look.look(group)
                del left[group_id]
    for group_id in left:
        alert_groups.put_off(tx, group_id, now + PUT_OFF)
    return list(left)


def hold(tx: Tx, began_at: datetime) -> None:
    """After a start nobody is told again of what was so before it, until it was looked at whether
    it still is."""
    alert_groups.hold(tx, began_at + SETTLE)


def look_anew(tx: Tx, now: datetime) -> None:
    """Looks at all that is open: a clock that was set back may have left its turns far off."""
    alerts.seen_by(tx, now)
    alert_groups.look_open(tx, now)
