"""The living card of a change of limits: one card from the draft to its end or its roll-back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.rules.limit_words import Caution, shuts_codes_out
from bot.rules.numbers import cover
from bot.rules.requests import RequestState
from bot.rules.simulation import Simulation
from bot.rules.subjects import LimitsChange
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc
from bot.slack.messages import ballots, declarations, limit_keys, simulations
from bot.slack.messages import schedule as schedule_messages
from bot.slack.messages.approvals import EPOCH
from bot.slack.messages.ballots import ApprovalView
from bot.slack.messages.declarations import ConsoleView
from bot.slack.messages.faults import moment
from bot.slack.messages.previews import value_of

ASK, DISCARD, ROLL_BACK, AGAIN = "limit.ask", "limit.discard", "limit.roll_back", "limit.again"
#: Of rolling back, under a copy that one person alone sees, which no edit of the card reaches.
HERE = "_here"
REASON_MAX, CAUTIONS_MAX, NAME_MAX = 300, 10, 300
#: Slack shows 3,000 characters of one.
SECTION_MAX = 2_800


class LimitsPhase(StrEnum):
    """What the card of a change of limits is about now; the value names its headline."""

    SIMULATING = "simulating"
    DRAFT = "draft"
    AWAITING = "awaiting"
    SCHEDULED = "scheduled"
    #: Its time has come, and Slack does not say whether those who approved it still may.
    WAITING = "waiting"
    IN_EFFECT = "in_effect"
    #: Later changes have set everything anew that it set.
    OVERTAKEN = "overtaken"
    ENDED = "ended"
    UNDONE = "undone"
    #: Taken back before it began.
    CANCELLED = "cancelled"
    #: Too few of those who approved it still might when it was to take effect.
    LAPSED = "lapsed"
    #: Slack did not say in time whether they still might.
    UNASKED = "unasked"
    #: It was asked for to take another change back, and that is done.
    TOOK_BACK = "took_back"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


MARKS = {
    LimitsPhase.SIMULATING: ":mag:",
    LimitsPhase.DRAFT: ":memo:",
    LimitsPhase.AWAITING: ":raised_hand:",
    LimitsPhase.SCHEDULED: ":calendar:",
    LimitsPhase.WAITING: ":hourglass_flowing_sand:",
    LimitsPhase.IN_EFFECT: ":white_check_mark:",
    LimitsPhase.OVERTAKEN: ":white_check_mark:",
    LimitsPhase.ENDED: ":checkered_flag:",
    LimitsPhase.UNDONE: ":leftwards_arrow_with_hook:",
    LimitsPhase.CANCELLED: ":leftwards_arrow_with_hook:",
    LimitsPhase.LAPSED: ":leftwards_arrow_with_hook:",
    LimitsPhase.UNASKED: ":leftwards_arrow_with_hook:",
    LimitsPhase.TOOK_BACK: ":leftwards_arrow_with_hook:",
    LimitsPhase.WITHDRAWN: ":wastebasket:",
    LimitsPhase.EXPIRED: ":hourglass:",
    LimitsPhase.REJECTED: ":x:",
    LimitsPhase.SUPERSEDED: ":arrows_counterclockwise:",
}
#: Nothing of it holds yet, and somebody still looks at what it would do.
BEFORE = frozenset({LimitsPhase.SIMULATING, LimitsPhase.DRAFT, LimitsPhase.AWAITING})
#: It holds, or will.
ALIVE = frozenset({LimitsPhase.SCHEDULED, LimitsPhase.WAITING, LimitsPhase.IN_EFFECT})
#: It has not begun, or not whole.
TO_COME = frozenset({LimitsPhase.SCHEDULED, LimitsPhase.WAITING})
TAKEN_BACK = frozenset(
    {LimitsPhase.UNDONE, LimitsPhase.CANCELLED, LimitsPhase.LAPSED, LimitsPhase.UNASKED}
)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another change of some of the same caps. Where it `is_above`, it holds in their place; else
    it does not hold as long as this one does. `starts_at` is None where it has begun, `ends_at`
    where it is for good."""

    request_id: str
    name: str
    starts_at: datetime | None
    ends_at: datetime | None
    is_above: bool = True


@dataclass(frozen=True, slots=True)
class LimitsCard:
    """What the card of a change of limits shows. Times are UTC, named in `zone`.

    `starts_at` and `ends_at` are those of a change that was agreed to, `waits_until` is how long
    Slack is asked about it once its time has come; `undone_by` is a user id.
    `step` is what is to be done in Tencent's console beside it. `why` is that of a superseded one.
    """

    request_id: str
    sha256: str
    requester: str
    app: str
    phase: LimitsPhase
    state: RequestState
    change: LimitsChange
    simulation: Simulation | None
    cautions: tuple[Caution, ...]
    overlaps: tuple[Overlap, ...]
    approval: ApprovalView | None
    starts_at: datetime | None
    ends_at: datetime | None
    waits_until: datetime | None
    undone_at: datetime | None
    undone_by: str
    step: ConsoleView | None
    why: str
    expires_at: datetime
    zone: tzinfo
    now: datetime


def card(shown: LimitsCard, locale: Locale, *, is_copy: bool = False) -> SlackMessage:
    """The card as it should stand now; the buttons of a copy, which no edit reaches, replace it."""
    said = headline(shown, locale)
    parts: list[Block] = [
        blocks.section(f"{MARKS[shown.phase]} *{said}*"),
        blocks.fields(_facts(shown, locale)),
        *_sections(diff(shown.change, locale)),
        *_reason(shown, locale),
        *_looked_at(shown, locale),
        *_overlaps(shown, locale),
        *_became(shown, locale),
        *_buttons(shown, locale, is_copy=is_copy),
        blocks.context(_trace(shown, locale)),
    ]
    what = blocks.cut(name_of(shown.change), 80)
    return SlackMessage(f"{said} · {esc(shown.app)} · {what} · {shown.request_id}", tuple(parts))


def name_of(change: LimitsChange) -> str:
    """What people call it: what they would type for it."""
    return name_of_caps(change.caps)


def name_of_caps(caps: Mapping[str, int | None]) -> str:
    """Caps as one would type them."""
    return " ".join(limit_keys.assigned(key, cap) for key, cap in sorted(caps.items()))


def headline(shown: LimitsCard, locale: Locale) -> str:
    """The state in a few words."""
    at = {
        LimitsPhase.SCHEDULED: shown.starts_at,
        LimitsPhase.WAITING: shown.starts_at,
        LimitsPhase.IN_EFFECT: shown.ends_at,
        LimitsPhase.ENDED: shown.ends_at,
    }.get(shown.phase)
    key = f"limit.headline.{shown.phase.value}"
    if shown.phase is LimitsPhase.IN_EFFECT and at is not None:
        key = "limit.headline.in_effect_until"
    if shown.phase is LimitsPhase.AWAITING and shown.approval is not None:
        return ballots.headline(shown.approval, locale)
    return text(
        locale,
        key,
        time=_when(at, shown, locale) if at else "",
        request=shown.change.undoes,
    )


def diff(change: LimitsChange, locale: Locale) -> list[str]:
    """What was and what is to be, a line a cap, as mrkdwn."""
    lines = []
    for key, after in sorted(change.caps.items()):
        was, will = (esc(limit_keys.cap(each, locale)) for each in (change.before.get(key), after))
        label = esc(limit_keys.label(key, locale))
        lines.append(text(locale, "limit.card.diff", what=label, before=was, after=will))
    return lines


def caution(found: Caution, locale: Locale) -> str:
    """What to know of a change, in one sentence, as mrkdwn."""
    return text(
        locale,
        f"limit.caution.{found.reason.value}",
        key=code(limit_keys.assigned(found.key, found.cap)),
        other=code(limit_keys.assigned(found.other, found.allowed)) if found.other else "",
        allowed=found.allowed,
        used=f"{found.used:,}",
    )


def _sections(lines: Sequence[str]) -> list[Block]:
    """All of the lines, in as many sections as it takes: what was cut off would be approved
    unseen."""
    whole = "\n".join(lines)
    if len(whole) <= SECTION_MAX or len(lines) < 2:
        return [blocks.section(whole)]
    half = len(lines) // 2
    return [*_sections(lines[:half]), *_sections(lines[half:])]


def _facts(shown: LimitsCard, locale: Locale) -> list[tuple[str, str]]:
    change = shown.change
    facts = [
        (text(locale, "requests.card.app"), esc(shown.app)),
        (text(locale, "requests.card.requested_by"), f"<@{shown.requester}>"),
        (text(locale, "limit.card.starts"), _starts(shown, locale)),
        (text(locale, "limit.card.ends"), _ends(shown, locale)),
    ]
    if change.undoes:
        facts.append((text(locale, "limit.card.undoes"), esc(change.undoes)))
    if shown.phase is LimitsPhase.AWAITING and shown.approval is not None:
        facts += ballots.policy_facts(shown.approval, locale)
    return facts


def _starts(shown: LimitsCard, locale: Locale) -> str:
    if shown.starts_at is not None:
        return _when(shown.starts_at, shown, locale)
    if shown.change.at_ms is not None:
        return _when(_time(shown.change.at_ms), shown, locale)
    return text(locale, "limit.card.at_once")


def _ends(shown: LimitsCard, locale: Locale) -> str:
    change = shown.change
    if shown.ends_at is not None:
        return _when(shown.ends_at, shown, locale)
    if change.until_ms is not None:
        return _when(_time(change.until_ms), shown, locale)
    if change.for_s is not None:
        lasts = esc(lasting(change.for_s, locale))
        return text(locale, "limit.card.ends_after", lasts=lasts)
    return text(locale, "limit.card.never")


def lasting(seconds: int, locale: Locale) -> str:
    """How long something lasts: ``1 d 2 h``; what is less than a minute is left out."""
    parts = []
    for unit, unit_s in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        amount, seconds = divmod(seconds, unit_s)
        if amount:
            parts.append(text(locale, f"limit.lasting.{unit}", count=amount))
    return " ".join(parts)


def _reason(shown: LimitsCard, locale: Locale) -> list[Block]:
    if not shown.change.reason:
        return []
    said = blocks.quote(blocks.cut(cover(shown.change.reason), REASON_MAX))
    return [blocks.section(f"*{text(locale, 'limit.card.why')}*\n{said}")]


def _looked_at(shown: LimitsCard, locale: Locale) -> list[Block]:
    """What it would do, for whoever still has to think about it."""
    if shown.phase not in BEFORE:
        return []
    parts: list[Block] = []
    if shown.simulation is None:
        parts.append(blocks.context(text(locale, "limit.card.simulating")))
    else:
        parts += simulations.lines(shown.simulation, locale)
    said = _shut_out(shown, locale)
    if said:
        parts.append(blocks.section(f":rotating_light: {said}"))
    warnings = [caution(each, locale) for each in shown.cautions[:CAUTIONS_MAX]]
    if warnings:
        parts.append(blocks.section("\n".join(f":warning: {each}" for each in warnings)))
    parts.append(blocks.context(text(locale, "limit.card.ours_alone")))
    return parts


def _shut_out(shown: LimitsCard, locale: Locale) -> str:
    """That codes people log in with are kept back, "" where it is not known of any."""
    if shuts_codes_out(shown.change.caps):
        return text(locale, "limit.card.no_codes")
    found = shown.simulation.codes_blocked if shown.simulation is not None else 0
    return text(locale, "limit.card.codes_blocked", count=f"{found:,}") if found else ""


def _overlaps(shown: LimitsCard, locale: Locale) -> list[Block]:
    """What holds in its place, and what does not hold because of it."""
    if shown.phase not in BEFORE | ALIVE:
        return []
    lines = [_overlap(each, shown, locale) for each in shown.overlaps[:CAUTIONS_MAX]]
    return _sections([f":information_source: {line}" for line in lines]) if lines else []


def _overlap(other: Overlap, shown: LimitsCard, locale: Locale) -> str:
    starts, ends = other.starts_at, other.ends_at
    if starts is None:
        key = "above" if other.is_above else "beneath"
    elif not other.is_above:
        key = "beneath_from"
    else:
        key = "above_from" if ends is None else "above_between"
    return text(
        locale,
        f"limit.card.{key}",
        request=other.request_id,
        caps=code(blocks.cut(other.name, NAME_MAX)),
        start="" if starts is None else _when(starts, shown, locale),
        end="" if ends is None else _when(ends, shown, locale),
    )


def _became(shown: LimitsCard, locale: Locale) -> list[Block]:
    """Who said what about it, and what came of it."""
    parts = ballots.said(shown.approval, locale) if shown.approval is not None else []
    if shown.phase is LimitsPhase.WAITING and shown.waits_until is not None:
        time = _when(shown.waits_until, shown, locale)
        parts.append(blocks.section(text(locale, "limit.card.waiting", time=time)))
    if shown.phase in TAKEN_BACK and shown.undone_at is not None:
        said = text(
            locale,
            f"limit.card.{shown.phase.value}",
            person=_who(shown.undone_by) if shown.undone_by else "",
            time=moment(shown.undone_at),
        )
        parts.append(blocks.section(said))
    if shown.step is not None:
        parts += declarations.step(shown.step, locale, shown.request_id)
    if shown.phase is LimitsPhase.SUPERSEDED:
        key = f"requests.card.superseded_{shown.why or 'changed'}"
        parts.append(blocks.section(text(locale, key)))
    return parts


def _who(user_id: str) -> str:
    return f"<@{esc(user_id)}>"


def _buttons(shown: LimitsCard, locale: Locale, *, is_copy: bool) -> list[Block]:
    if shown.phase is LimitsPhase.AWAITING and shown.approval is not None:
        elements = list(ballots.vote_buttons(shown.approval, locale, is_copy=is_copy))
    else:
        elements = [_button(shown, name, locale, is_copy=is_copy) for name in _offered(shown)]
    return [blocks.actions(f"limit.{shown.request_id}", *elements)] if elements else []


def _offered(shown: LimitsCard) -> Sequence[str]:
    if shown.phase is LimitsPhase.SUPERSEDED and shown.change.undoes:
        return ()
    return OFFERED.get(shown.phase, ())


OFFERED: Mapping[LimitsPhase, Sequence[str]] = {
    LimitsPhase.SIMULATING: (DISCARD,),
    LimitsPhase.DRAFT: (ASK, DISCARD),
    LimitsPhase.SCHEDULED: (ROLL_BACK,),
    LimitsPhase.WAITING: (ROLL_BACK,),
    LimitsPhase.IN_EFFECT: (ROLL_BACK,),
    LimitsPhase.SUPERSEDED: (AGAIN,),
    LimitsPhase.EXPIRED: (AGAIN,),
    LimitsPhase.LAPSED: (AGAIN,),
    LimitsPhase.UNASKED: (AGAIN,),
}
STYLES = {ASK: "primary", ROLL_BACK: "danger"}


def _button(shown: LimitsCard, action: str, locale: Locale, *, is_copy: bool) -> Block:
    name = action.partition(".")[2]
    key = "cancel" if action == ROLL_BACK and shown.phase in TO_COME else name
    label = text(locale, f"limit.button.{key}")
    replaces = is_copy and action == ROLL_BACK
    return blocks.button(
        action + HERE if replaces else action,
        label,
        value=value_of(shown.request_id, shown.sha256),
        style=STYLES.get(action),
        confirm=_roll_back_dialog(shown, key, locale) if action == ROLL_BACK else None,
        says=f"{label}: {shown.request_id}",
    )


def _roll_back_dialog(shown: LimitsCard, key: str, locale: Locale) -> Block:
    return blocks.confirm(
        text(locale, f"limit.dialog.{key}_title", request=shown.request_id),
        text(locale, f"limit.dialog.{key}_text", request=shown.request_id),
        text(locale, f"limit.dialog.{key}_yes"),
        text(locale, "requests.card.not_now"),
        danger=True,
    )


def _trace(shown: LimitsCard, locale: Locale) -> str:
    """The id somebody would be asked for, and until when it can be handed in."""
    if shown.phase is LimitsPhase.AWAITING and shown.approval is not None:
        return ballots.trace(shown.approval, locale)
    if shown.phase is LimitsPhase.DRAFT:
        time = _when(shown.expires_at, shown, locale)
        return f"{shown.request_id} · {text(locale, 'limit.card.ask_until', time=time)}"
    return shown.request_id


def _when(at: datetime, shown: LimitsCard, locale: Locale) -> str:
    return schedule_messages.when_for_all(at, shown.zone, shown.now, locale)


def _time(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
