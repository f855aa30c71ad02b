"""Groups of alerts and silences as lists: what is open, what is over, all of one, what is quiet."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.rules.alert_life import GroupState
from bot.rules.alerts import KIND, SEVERITY, Severity
from bot.rules.matchers import Matcher, Op, matches, written
from bot.rules.roles import Apps
from bot.settings import Settings
from bot.slack.messages.alert_lists import Page, Query, Row, Whole
from bot.slack.messages.silences import Covered, Quiet
from handlers.flows import alert_cards, alerts
from handlers.flows.alert_cards import Doing
from storage import alert_groups, alert_labels, alert_moves, silences
from storage import alerts as stored
from storage.alert_groups import Group
from storage.alert_moves import AlertMove
from storage.db import Tx
from storage.silences import Silence

PAGE_ROWS, MEMBER_ROWS = 10, 20
#: Those that are over are listed for so long; so many at the most.
RESOLVED_FOR, RESOLVED_MAX = timedelta(hours=24), 200
#: Moves of a group that are told, the latest; silences of a list.
HISTORY_MAX, SILENCES_MAX = 25, 20


def find(tx: Tx, query: Query, matchers: Sequence[Matcher], apps: Apps, now: datetime) -> Page:
    """A page of the groups of `query` that tell of `apps` alone: those with an alert that all of
    `matchers` fit, the worst of the open first, the latest of the others."""
    ids = _resolved(tx, now) if query.is_resolved else alert_groups.open_ids(tx)
    known = of_apps(tx, ids, apps)
    found = known if not matchers else _fitting(tx, known, matchers, query)
    pages = max(1, -(-len(found) // PAGE_ROWS))
    page = min(query.page, pages - 1)
    ids = found[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
    groups = [group for each in ids if (group := alert_groups.get(tx, each)) is not None]
    return Page(
        query=Query(query.matchers, query.is_resolved, page),
        rows=tuple(row(tx, each, now) for each in groups),
        found=len(found),
        known=len(known),
        pages=pages,
    )


def of_apps(tx: Tx, ids: Sequence[str], apps: Apps) -> list[str]:
    """The groups among `ids` that tell of nothing but `apps`, in the same order."""
    if apps.is_every:
        return list(ids)
    return [each for each in ids if all(app in apps for app in stored.apps_of_group(tx, each))]


def row(tx: Tx, group: Group, now: datetime) -> Row:
    """One group, as a list shows it."""
    is_quiet = group.state is GroupState.SILENCED
    firing = stored.firing_of_group(tx, group.id) if is_quiet else ()
    tally = stored.tally_of_group(tx, group.id)
    return Row(
        group_id=group.id,
        state=group.state,
        severity=group.severity.word,
        kinds={kind.value: each.alerts for kind, each in tally.items()},
        labels=group.labels,
        since=group.opened_at,
        acked_by=group.acked_by,
        resolved_by=group.resolved_by,
        resolved_at=group.resolved_at,
        is_explained=is_quiet and not alert_cards.covering(tx, group, firing, now),
    )


def whole(tx: Tx, group_id: str, page: int, settings: Settings, now: datetime) -> Whole | None:
    """All of one group, a page of its alerts at a time; None where there is none."""
    group = alert_groups.get(tx, group_id)
    if group is None:
        return None
    card = alert_cards.facts(tx, group, settings, now)
    pages = max(1, -(-card["alerts"] // MEMBER_ROWS))
    page = min(page, pages - 1)
    found = stored.worst_of_group(tx, group_id, (page + 1) * MEMBER_ROWS)
    members = tuple(alert_cards.shown(each) for each in found[page * MEMBER_ROWS :])
    moves = alert_moves.of_group(tx, group_id)[-HISTORY_MAX:]
    lines = tuple(alert_cards.line(tx, group, each.move, each.at, _doing(each)) for each in moves)
    return Whole(card, members, page, pages, lines)


def quiet(
    tx: Tx, now: datetime, is_shown: Callable[[Silence], bool], may_end: Callable[[Silence], bool]
) -> tuple[list[Quiet], int]:
    """The silences to be shown that hold or will, the first to end first, and how many more there
    are."""
    held = [each for each in silences.find_listed(tx, now) if is_shown(each)]
    shown = [
        _quiet(each, alert_labels.count(tx, each.matchers), may_end=may_end(each))
        for each in held[:SILENCES_MAX]
    ]
    return shown, len(held) - len(shown)


def covered(tx: Tx, matchers: Sequence[Matcher]) -> Covered:
    """How many open alerts a silence would cover now."""
    count = alerts.covered_by(tx, tuple(matchers))
    return Covered(count, sum(stored.count_open(tx).values()))


def matchers_of(tx: Tx, group: Group) -> tuple[Matcher, ...]:
    """What covers what a card is about, as bad as it is by now: the labels its alerts share; where
    they share none, their kinds. What is worse than people know is heard of all the same."""
    words = [each.word for each in Severity if each <= group.severity]
    known = Matcher(SEVERITY, Op.LIKE, "|".join(words))
    if group.labels:
        labels = sorted(group.labels.items())
        shared = [Matcher(name, Op.EQUAL, value) for name, value in labels if name != SEVERITY]
        return (*shared, known)
    kinds = sorted(kind.value for kind in stored.tally_of_group(tx, group.id))
    return Matcher(KIND, Op.LIKE, "|".join(kinds)), known


def _doing(move: AlertMove) -> Doing:
    return Doing(move.by, move.via, str(move.facts.get("note", "")))


def _quiet(silence: Silence, covers: int, *, may_end: bool) -> Quiet:
    return Quiet(
        silence_id=silence.id,
        matchers=written(silence.matchers),
        author=silence.author,
        comment=silence.comment,
        begins_at=silence.begins_at,
        ends_at=silence.ends_at,
        covers=covers,
        may_end=may_end,
    )


def _resolved(tx: Tx, now: datetime) -> list[str]:
    found = alert_groups.find_resolved(tx, now - RESOLVED_FOR, RESOLVED_MAX)
    return [each.id for each in found]


def _fitting(tx: Tx, known: Sequence[str], matchers: Sequence[Matcher], query: Query) -> list[str]:
    """Those of `known` that have an alert all of `matchers` fit."""
    if query.is_resolved:
        return [
            group_id
            for group_id in known
            if any(matches(matchers, each.all_labels) for each in stored.of_group(tx, group_id))
        ]
    fitting = frozenset(alert_labels.open_groups(tx, matchers))
    return [group_id for group_id in known if group_id in fitting]
