"""One move of a group of alerts: kept, shown on its card, told in its thread, and who is called."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.rules.alert_life import CALLS, TELLS, GroupState, Move, after, is_broadcast
from bot.rules.alerts import NEWS
from bot.rules.audit import What
from bot.rules.routes import Destination
from bot.settings import Settings
from handlers.flows import alert_cards, audit, escalations, oncall_messages
from handlers.flows.alert_cards import Doing
from storage import alert_groups, alert_moves, alerts, posts
from storage.alert_groups import Group
from storage.db import Tx

CARD, LINE = "alert.card", "alert.line"
BY_ITSELF = Doing()
#: Those of whose moves somebody is spoken to.
MENTIONS = frozenset({Move.RISE, Move.UNMUTE, Move.AGAIN, Move.REPEAT, Move.FORGET, Move.NEWS})


def root_key(group_id: str) -> str:
    """The key of the post that is a group's card."""
    return f"alert:{group_id}"


def apply(
    tx: Tx,
    group: Group,
    move: Move,
    destination: Destination,
    settings: Settings,
    now: datetime,
    doing: Doing = BY_ITSELF,
) -> Group | None:
    """The group after `move`; None where the life has no such move from there, or somebody else
    was first."""
    state = after(group.state, move)
    if state is None:
        return None
    saved = alert_groups.save(tx, _moved(group, move, state, doing, now))
    if saved is None:
        return None
    if move in TELLS or (move is Move.ACKNOWLEDGE and group.told_at is None):
        alert_groups.note_told(tx, group.id, [each.id for each in doing.alerts], now)
    nth = alert_moves.add(
        tx, group.id, move, by=doing.by, via=doing.via, facts={"note": doing.note}, now=now
    )
    if doing.by:
        audit.enter(
            tx,
            What.ALERT_MOVED,
            doing.by,
            now,
            subject=group.id,
            via=doing.via,
            outcome=move.value,
            note=doing.note,
        )
    # First who is called: the card shows it.
    if move in CALLS:
        _call(tx, group, saved, move, destination, settings, now)
    elif state is not GroupState.FIRING:
        escalations.end(tx, group.id, now)
    if state is not group.state:
        oncall_messages.correct(tx, saved, nth, settings, now)
    mention = _mention(tx, saved, move, destination, settings, now)
    _say(tx, group.state, saved, move, nth, doing, mention, now)
    return show(tx, saved, destination, settings, now)


def _call(
    tx: Tx,
    before: Group,
    group: Group,
    move: Move,
    destination: Destination,
    settings: Settings,
    now: datetime,
) -> None:
    """From the first step on; after a moment's cover, if it is no worse, from where it stopped."""
    since = now - timedelta(seconds=destination.waits.group_interval_s)
    if move is Move.UNMUTE and group.severity <= before.told_severity:
        escalations.go_on(tx, group, destination.receiver, settings, since, now)
    else:
        escalations.begin(tx, group, destination.receiver, settings, now)


def show(
    tx: Tx, group: Group, destination: Destination, settings: Settings, now: datetime
) -> Group:
    """Its card as it is now: the first one where people are to hear of it, else in its place."""
    if group.told_at is None or not group.channel:
        return alert_groups.note_shown(tx, group, now)
    facts = alert_cards.facts(tx, group, settings, now)
    if group.state is GroupState.FIRING:
        # An edit speaks to nobody again, and still says who was spoken to.
        facts["mention"] = list(escalations.mentions(tx, destination.receiver, settings, now))
    root = root_key(group.id)
    if posts.is_known(tx, root):
        posts.correct(tx, root, f"{root}:{group.wanted}", CARD, facts, now)
    else:
        posts.add(tx, root, CARD, facts, channel=group.channel, now=now)
    return alert_groups.note_shown(tx, group, now)


def _moved(group: Group, move: Move, state: GroupState, doing: Doing, now: datetime) -> Group:
    moved = replace(group, state=state)
    if move in TELLS:
        moved = replace(moved, told_at=now, told_severity=int(group.severity))
    if state is not GroupState.ACKNOWLEDGED:
        moved = replace(moved, acked_by="", acked_at=None, reminded_at=None)
    match move:
        case Move.ACKNOWLEDGE:
            # It is in hand as what it is by now, told before or found in a list.
            return replace(
                moved,
                told_at=group.told_at or now,
                told_severity=int(group.severity),
                acked_by=doing.by,
                acked_at=now,
                reminded_at=None,
            )
        case Move.REMIND:
            return replace(moved, reminded_at=now)
        case Move.RESOLVE | Move.CLEAR:
            # What was told of it last counts for the wait until the next word.
            told_at = group.told_at and now
            return replace(moved, resolved_by=doing.by, resolved_at=now, told_at=told_at)
        case Move.AGAIN | Move.REOPEN:
            return replace(moved, resolved_by="", resolved_at=None)
    return moved


def _say(
    tx: Tx,
    before: GroupState,
    group: Group,
    move: Move,
    nth: int,
    doing: Doing,
    mention: Sequence[str],
    now: datetime,
) -> None:
    """In the thread of the card. Of the first card itself nothing more is to be said, and of one
    that nobody was told of nothing at all; nor of the end of what was only news."""
    root = root_key(group.id)
    if move is Move.TELL or not posts.is_known(tx, root):
        return
    if move is Move.CLEAR and _is_news(tx, group):
        return
    facts = alert_cards.line(
        tx,
        group,
        move,
        now,
        doing,
        mention=mention,
        also_in_channel=is_broadcast(before, move),
    )
    posts.add_under(tx, root, f"{root}:line:{nth}", LINE, facts, now)


def _is_news(tx: Tx, group: Group) -> bool:
    kinds = alerts.tally_of_group(tx, group.id).keys()
    return bool(kinds) and kinds <= NEWS


def _mention(
    tx: Tx,
    group: Group,
    move: Move,
    destination: Destination,
    settings: Settings,
    now: datetime,
) -> list[str]:
    if move is Move.REMIND:
        return [group.acked_by]
    if move not in MENTIONS or group.state is not GroupState.FIRING:
        return []
    return list(escalations.mentions(tx, destination.receiver, settings, now))
