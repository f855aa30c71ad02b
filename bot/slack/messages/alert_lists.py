"""Lists of alerts, and all of one group: for one person alone, a page at a time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.rules.alert_life import GroupState
from bot.slack import blocks
from bot.slack.blocks import Block, code
from bot.slack.messages import alerts
from bot.slack.messages.faults import moment, note

SHOW, TURN, LEAF = "alerts.show", "alerts.turn", "alerts.leaf"
#: A button's value has 2,000 characters.
VALUE_MAX = 2_000
MATCHERS_MAX = 300


@dataclass(frozen=True, slots=True)
class Query:
    """What is listed: those that are open, or were resolved lately; `matchers` as text, "" for all.
    `page` counts from 0."""

    matchers: str = ""
    is_resolved: bool = False
    page: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One group: `kinds` with how many alerts of each, `labels` that all of them share."""

    group_id: str
    state: GroupState
    severity: str
    kinds: Mapping[str, int]
    labels: Mapping[str, str]
    since: datetime
    acked_by: str = ""
    resolved_by: str = ""
    resolved_at: datetime | None = None
    is_explained: bool = False
    """Whether it is another alert that keeps it quiet, and nobody's silence."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of groups: `found` of `known` fit."""

    query: Query
    rows: tuple[Row, ...]
    found: int
    known: int
    pages: int


@dataclass(frozen=True, slots=True)
class Whole:
    """All of one group: its card's facts, a page of its alerts, its latest moves as the lines of
    its thread have them."""

    card: Mapping[str, Any]
    members: tuple[Mapping[str, Any], ...]
    page: int
    pages: int
    moves: tuple[Mapping[str, Any], ...]


def listing(page: Page, locale: Locale) -> SlackMessage:
    """One page, each group with a button that shows all of it."""
    title = text(locale, "alerts.list.title")
    said = _count(page, locale)
    head = f"*{title}* · {said}"
    if page.query.matchers:
        cut = code(blocks.cut(page.query.matchers, MATCHERS_MAX))
        head = f"{head} · {text(locale, 'alerts.list.matched', matchers=cut)}"
    if page.pages > 1:
        number = text(locale, "alerts.list.page", page=page.query.page + 1, pages=page.pages)
        head = f"{head} · {number}"
    parts: list[Block] = [blocks.section(head)]
    parts += [row(each, locale) for each in page.rows]
    turns = _turns(page, locale)
    if turns:
        parts.append(blocks.actions("alerts.turns", *turns))
    parts.append(blocks.context(text(locale, "alerts.list.how")))
    return SlackMessage(f"{title} · {said}", tuple(parts))


def row(found: Row, locale: Locale) -> Block:
    """One group, with a button that shows all of it."""
    label = text(locale, "alerts.button.show")
    button = blocks.button(SHOW, label, value=found.group_id, says=f"{label}: {found.group_id}")
    return blocks.section(_row(found, locale), accessory=button)


def whole(found: Whole, locale: Locale) -> SlackMessage:
    """A copy of the card, then every alert and every move."""
    shown = alerts.card(found.card, locale, is_copy=True)
    parts: list[Block] = [dict(each) for each in shown.blocks]
    if found.card["alerts"] > 1:
        count = f"{found.card['alerts']:,}"
        head = f"*{text(locale, 'alerts.show.members', count=count)}*"
        lines = [alerts.member(each, locale) for each in found.members]
        parts += [blocks.divider(), *_packed([head, *lines])]
        leaves = _leaves(found, locale)
        if leaves:
            parts.append(blocks.actions("alerts.leaves", *leaves))
    if found.moves:
        head = f"*{text(locale, 'alerts.show.history')}*"
        lines = [_move(each, locale) for each in found.moves]
        parts += [blocks.divider(), *_packed([head, *lines])]
    return SlackMessage(shown.text, tuple(parts))


def unknown(group_id: str, locale: Locale) -> SlackMessage:
    return note(text(locale, "alerts.late.unknown", group=code(group_id)))


def pack(query: Query) -> str:
    """A query as a button carries it."""
    return json.dumps([query.matchers, query.is_resolved, query.page], ensure_ascii=False)


def unpack(value: str) -> Query | None:
    """What `pack` wrote; None for anything else."""
    try:
        match json.loads(value):
            case [str(matchers), bool(is_resolved), int(page)] if 0 <= page < 1_000_000:
                return Query(matchers, is_resolved, page)
    except (RecursionError, ValueError):
        return None
    return None


def _row(found: Row, locale: Locale) -> str:
    name = alerts.group_name(found.kinds, found.labels, locale)
    head = text(
        locale,
        "alerts.list.row",
        group=found.group_id,
        severity=alerts.severity_word(found.severity, locale),
        state=alerts.state_word(found.state, locale, is_explained=found.is_explained),
    )
    count = sum(found.kinds.values())
    facts = [
        text(locale, "alerts.list.alerts", count=f"{count:,}") if count > 1 else "",
        text(locale, "alerts.list.since", time=moment(found.since)),
        _who(found, locale),
    ]
    mark = alerts.STATE_MARKS[found.state]
    if found.state is GroupState.FIRING:
        mark = alerts.mark_of(found.severity)
    return f"{mark} {head} · {name}\n{' · '.join(filter(None, facts))}"


def _who(found: Row, locale: Locale) -> str:
    if found.state is GroupState.ACKNOWLEDGED:
        return text(locale, "alerts.list.in_hand", person=f"<@{found.acked_by}>")
    if found.resolved_at is None:
        return ""
    time = moment(found.resolved_at, "{time}")
    if not found.resolved_by:
        return text(locale, "alerts.cleared", time=time)
    return text(locale, "alerts.resolved_by", person=f"<@{found.resolved_by}>", time=time)


def _count(page: Page, locale: Locale) -> str:
    found, known = f"{page.found:,}", f"{page.known:,}"
    if page.query.is_resolved:
        key = "resolved" if page.found else "none_resolved"
        return text(locale, f"alerts.list.{key}", count=found)
    if not page.known:
        return text(locale, "alerts.list.none")
    if not page.query.matchers:
        return text(locale, "alerts.list.open", count=known)
    key = "found" if page.found else "none_found"
    return text(locale, f"alerts.list.{key}", count=found, open=known)


def _turns(page: Page, locale: Locale) -> list[Block]:
    places = (("previous", page.query.page - 1), ("next", page.query.page + 1))
    carried = [
        (name, pack(replace(page.query, page=to))) for name, to in places if 0 <= to < page.pages
    ]
    return [
        blocks.button(f"{TURN}_{name}", text(locale, f"alerts.list.{name}"), value=value)
        for name, value in carried
        if len(value) <= VALUE_MAX
    ]


def _leaves(found: Whole, locale: Locale) -> list[Block]:
    group_id = found.card["group"]
    places = (("previous", found.page - 1), ("next", found.page + 1))
    return [
        blocks.button(
            f"{LEAF}_{name}", text(locale, f"alerts.list.{name}"), value=f"{group_id}|{to}"
        )
        for name, to in places
        if 0 <= to < found.pages
    ]


def _move(move: Mapping[str, Any], locale: Locale) -> str:
    time = moment(alerts.at(move["at_ms"]))
    return text(locale, "alerts.show.step", time=time, said=alerts.told(move, locale))


def _packed(lines: Sequence[str]) -> list[Block]:
    """In as few sections as hold them."""
    parts: list[Block] = []
    rest = list(lines)
    while rest:
        kept = blocks.fitting(rest, alerts.PART_MAX) or [blocks.cut(rest[0], alerts.PART_MAX)]
        parts.append(blocks.section("\n".join(kept)))
        rest = rest[len(kept) :]
    return parts
