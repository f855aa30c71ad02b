"""The living card of a group of alerts, and the lines in its thread: facts to text and blocks."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.locales import Locale, join, labelled, text
from bot.registry import SlackMessage
from bot.rules.alert_life import GroupState, Move
from bot.rules.alerts import NEWS, AlertKind, Severity
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc, inert
from bot.slack.messages import escalations
from bot.slack.messages.alert_kinds import DESCRIBE, Described
from bot.slack.messages.faults import moment
from bot.slack.messages.limits import bars

Facts = Mapping[str, Any]
ACK, UNACK, RESOLVE, REOPEN = "alerts.ack", "alerts.unack", "alerts.resolve", "alerts.reopen"
SILENCE, EVIDENCE = "alerts.silence", "alerts.evidence"
#: An element of a copy that no edit of the card reaches: what it leads to takes the copy's place.
HERE = "_here"
CUSTOM = "custom"
#: Receivers that are there without being written: who looks for them in app.yaml finds nothing.
UNWRITTEN = frozenset({"default", "reviews"})
#: Ways to acknowledge that are told of.
SAID_HOW = frozenset({"reaction", "voice"})
#: What the list of silences of a card offers, in seconds.
SILENCES_S = (1_800, 3_600, 14_400, 86_400)
#: Of one section, below Slack's 3,000.
PART_MAX = 2_800
TITLE_MAX, NAME_MAX, COMMENT_MAX, VALUE_MAX = 600, 200, 300, 60
KINDS_EXPLAINED, EVIDENCE_MAX, KIND_BUTTONS_MAX, LABELS_SHOWN = 2, 3, 3, 6
#: What shows a story, of all that an alert names as evidence.
WHY = re.compile(r"/sms why ([^\s`]{1,60})")
USER, GROUP = re.compile(r"[UW][A-Z0-9]{2,20}"), re.compile(r"S[A-Z0-9]{2,20}")
STATE_MARKS = {
    GroupState.PENDING: ":hourglass_flowing_sand:",
    GroupState.FIRING: ":rotating_light:",
    GroupState.ACKNOWLEDGED: ":eyes:",
    GroupState.SILENCED: ":no_bell:",
    GroupState.RESOLVED: ":white_check_mark:",
}
SEVERITY_MARKS = {
    Severity.CRITICAL: ":red_circle:",
    Severity.WARNING: ":large_orange_circle:",
    Severity.INFO: ":large_blue_circle:",
}
LINE_MARKS = {
    Move.ACKNOWLEDGE: ":eyes:",
    Move.UNACKNOWLEDGE: ":leftwards_arrow_with_hook:",
    Move.RESOLVE: ":white_check_mark:",
    Move.REOPEN: ":rotating_light:",
    Move.TELL: ":rotating_light:",
    Move.RISE: ":arrow_upper_right:",
    Move.NEWS: ":heavy_plus_sign:",
    Move.REPEAT: ":repeat:",
    Move.MUTE: ":no_bell:",
    Move.UNMUTE: ":bell:",
    Move.CLEAR: ":white_check_mark:",
    Move.AGAIN: ":rotating_light:",
    Move.REMIND: ":alarm_clock:",
    Move.FORGET: ":rotating_light:",
}


def card(facts: Facts, locale: Locale, *, is_copy: bool = False) -> SlackMessage:
    """The card as the group stands; the elements of a copy, which no edit reaches, replace it."""
    state = state_of(facts)
    described = [describe(each, locale) for each in facts["shown"]]
    words, title = _headline(facts, locale), _title(facts, described, locale)
    said = f"{words} · {title}"
    mark = mark_of(facts["severity"])
    if not _is_news(facts):
        mark = f"{STATE_MARKS[state]} {mark}"
    first = f"{mark} *{words}*{_mentions(facts)}\n*{title}*"
    parts: list[Block] = [blocks.section(first)]
    if facts["alerts"] > 1:
        parts.append(_members(facts, described, locale))
    if state is not GroupState.RESOLVED or _is_news(facts):
        parts += _explained(facts, described, locale)
    parts += _life(facts, locale)
    parts += _elements(facts, described, locale, is_copy=is_copy)
    parts.append(blocks.context(*_trace(facts, locale)))
    return SlackMessage(f"{said} · {facts['group']}", tuple(parts))


def line(facts: Facts, locale: Locale) -> SlackMessage:
    """What became of the group, under its card."""
    move = Move(facts["move"])
    said = told(facts, locale)
    name = _about(facts, locale)
    first = f"*{name}*  {said}" if name else said
    lines = [f"{LINE_MARKS[move]} {first}{_mentions(facts)}"]
    if facts["note"]:
        lines.append(blocks.quote(blocks.cut(facts["note"], COMMENT_MAX)))
    if move in {Move.RISE, Move.NEWS, Move.AGAIN, Move.UNMUTE, Move.REPEAT}:
        named = [member(each, locale) for each in facts["shown"]]
        lines += _fitted(named, facts["alerts"], facts["group"], locale)
    parts: list[Block] = [blocks.section("\n".join(lines))]
    if move is Move.REMIND:
        parts.append(blocks.actions(f"remind.{facts['group']}", *_answers(facts["group"], locale)))
    return SlackMessage(labelled(locale, name or facts["group"], said), tuple(parts))


def _about(facts: Facts, locale: Locale) -> str:
    """Which alert a line is about that stands in the channel too, under the cards of others; ""
    for one that stands under its own."""
    if not facts["also_in_channel"]:
        return ""
    named = group_name(facts["kinds"], facts["labels"], locale)
    return f"{facts['group']} · {blocks.cut(named, NAME_MAX)}"


def told(facts: Facts, locale: Locale) -> str:
    """A move in one sentence."""
    move, silence = Move(facts["move"]), facts["silence"]
    key = move.value
    if move is Move.MUTE:
        key = "explained" if silence is None else "mute"
    if move is Move.CLEAR and facts["moved_to"]:
        key = "moved"
    elif move is Move.ACKNOWLEDGE:
        key += _via(facts["via"])
    said = text(
        locale,
        f"alerts.line.{key}",
        person=f"<@{facts['by']}>" if facts["by"] else "",
        severity=severity_word(facts["severity"], locale),
        count=f"{facts['alerts']:,}",
        time="" if silence is None else moment(at(silence["ends_at_ms"])),
        silence="" if silence is None else silence["id"],
        group=esc(facts["moved_to"]),
    )
    if silence is not None and silence["comment"]:
        said += f" “{inert(blocks.cut(' '.join(silence['comment'].split()), COMMENT_MAX))}”"
    others = facts.get("other_silences", 0)
    return said + (f" {text(locale, 'alerts.line.other_silences', count=others)}" if others else "")


def state_of(facts: Facts) -> GroupState:
    return GroupState[facts["state"].upper()]


def describe(alert: Facts, locale: Locale) -> Described:
    """One alert in words. One whose facts an earlier program stored in another way is named: its
    card must come all the same."""
    kind, labels = alert["kind"], alert["labels"]
    tell = DESCRIBE.get(kind)
    facts = {**alert["facts"], **labels, "count": alert["count"], "severity": alert["severity"]}
    try:
        if tell is not None:
            return tell(facts, locale)
    except (LookupError, TypeError, ValueError):
        pass
    return Described(group_name({kind: 1}, labels, locale), "", "")


def member(alert: Facts, locale: Locale) -> str:
    """One alert of several in a line."""
    return _member(alert, describe(alert, locale), locale)


def kind_name(kind: str, locale: Locale) -> str:
    """What a kind of alert is called in lists."""
    return text(locale, f"alerts.kind.{kind}") if kind in set(AlertKind) else esc(kind)


def group_name(kinds: Mapping[str, int], labels: Mapping[str, str], locale: Locale) -> str:
    """What a group is of: its kinds, and what else its alerts have in common."""
    known = sorted(kinds) or [labels.get("alert", "")]
    named = " + ".join(kind_name(kind, locale) for kind in known[:KINDS_EXPLAINED] if kind)
    more = len(known) - KINDS_EXPLAINED
    if more > 0:
        named = text(locale, "alerts.more_kinds", kinds=named, count=more)
    shared = [
        inert(blocks.cut(value, VALUE_MAX))
        for name, value in sorted(labels.items())
        if name not in {"alert", "severity"}
    ]
    return " · ".join(filter(None, [named, *shared[:LABELS_SHOWN]]))


def severity_word(severity: str, locale: Locale) -> str:
    return text(locale, f"alerts.severity.{severity}")


def state_word(state: GroupState, locale: Locale, *, is_explained: bool = False) -> str:
    """`is_explained`: what is quiet is so because of another alert, and nobody silenced it."""
    is_by_itself = is_explained and state is GroupState.SILENCED
    return text(locale, f"alerts.state.{'explained' if is_by_itself else state.name.lower()}")


def mark_of(severity: str) -> str:
    return SEVERITY_MARKS[Severity[severity.upper()]]


def mention(who: str) -> str:
    """Somebody spoken to, by the id of a person or a group; a handle nobody resolved stays one."""
    if USER.fullmatch(who):
        return f"<@{who}>"
    return f"<!subteam^{who}>" if GROUP.fullmatch(who) else inert(who)


def how_long(seconds: int, locale: Locale) -> str:
    """A time for a silence, as its options say it."""
    if seconds < 3_600:
        return text(locale, "alerts.minutes", count=seconds // 60)
    return text(locale, "alerts.hours", count=seconds // 3_600)


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _headline(facts: Facts, locale: Locale) -> str:
    state = state_word(state_of(facts), locale, is_explained=not facts["silences"])
    if _is_news(facts):
        state = text(locale, "alerts.state.news")
    return f"{state} · {severity_word(facts['severity'], locale)}"


def _is_news(facts: Facts) -> bool:
    """Whether it tells of what has happened, with nothing in it that somebody has to end."""
    is_told = state_of(facts) is GroupState.FIRING or (
        state_of(facts) is GroupState.RESOLVED and not facts["resolved_by"]
    )
    return is_told and bool(facts["kinds"]) and facts["kinds"].keys() <= {*NEWS}


def _title(facts: Facts, described: Sequence[Described], locale: Locale) -> str:
    if facts["alerts"] == 1 and described:
        return _cut(described[0].title)
    name = group_name(facts["kinds"], facts["labels"], locale)
    if not facts["alerts"]:
        return _cut(name)
    return _cut(text(locale, "alerts.many", name=name, count=f"{facts['alerts']:,}"))


def _mentions(facts: Facts) -> str:
    return "".join(f" {mention(each)}" for each in facts["mention"] if each)


def _members(facts: Facts, described: Sequence[Described], locale: Locale) -> Block:
    lines = [
        _member(each, words, locale) for each, words in zip(facts["shown"], described, strict=True)
    ]
    firing, every = facts["firing"], facts["alerts"]
    count = text(locale, "alerts.firing", firing=f"{firing:,}", alerts=f"{every:,}")
    return blocks.section("\n".join([count, *_fitted(lines, every, facts["group"], locale)]))


def _fitted(lines: Sequence[str], every: int, group_id: str, locale: Locale) -> list[str]:
    """As many as fit, and how many there are beside them."""
    kept = blocks.fitting(lines, PART_MAX)
    rest = every - len(kept)
    if rest <= 0:
        return kept
    command = code(f"/sms alerts show {group_id}")
    return [*kept, text(locale, "alerts.and_more", count=f"{rest:,}", command=command)]


def _member(alert: Facts, described: Described, locale: Locale) -> str:
    title = _cut(described.title)
    if alert["ended_at_ms"] is not None:
        ended = moment(at(alert["ended_at_ms"]), "{time}")
        return f":white_check_mark: {text(locale, 'alerts.member_over', title=title, time=ended)}"
    said = text(
        locale,
        "alerts.member",
        severity=severity_word(alert["severity"], locale),
        title=title,
        time=moment(at(alert["raised_at_ms"]), "{time}"),
    )
    return f"{mark_of(alert['severity'])} {said}"


def _explained(facts: Facts, described: Sequence[Described], locale: Locale) -> list[Block]:
    """What the first of each kind means, what to do about it and where to look."""
    firsts: dict[str, Described] = {}
    for alert, words in zip(facts["shown"], described, strict=True):
        if alert["ended_at_ms"] is None or not facts["firing"]:
            firsts.setdefault(alert["kind"], words)
    told = list(firsts.items())[:KINDS_EXPLAINED]
    is_many = len(told) > 1
    return [
        blocks.section(said)
        for kind, words in told
        if (said := _explanation(kind_name(kind, locale) if is_many else "", words, locale))
    ]


def _explanation(name: str, words: Described, locale: Locale) -> str:
    evidence = " ".join(code(each) for each in words.evidence[:EVIDENCE_MAX])
    lines = [
        f"*{name}*" if name else "",
        words.means and text(locale, "alerts.means", means=words.means),
        words.do and text(locale, "alerts.do", do=words.do),
        evidence and text(locale, "alerts.evidence", commands=evidence),
    ]
    return "\n".join(each for each in lines if each)


def _life(facts: Facts, locale: Locale) -> list[Block]:
    """Who has it in hand, what keeps it quiet, how it ended, and who was called."""
    lines = list(filter(None, (_events(facts, locale), _standing(facts, locale))))
    tell = _still_silenced if state_of(facts) is GroupState.RESOLVED else _silence
    count = len(facts["silences"]) + facts.get("more_silences", 0)
    if count > len(facts["silences"]):
        lines.append(text(locale, "alerts.many_silences", count=count))
    lines += [tell(each, locale) for each in facts["silences"]]
    lines += [escalations.line(each, locale) for each in facts["steps"]]
    kept = blocks.fitting(lines, PART_MAX)
    return [blocks.section("\n".join(kept))] if kept else []


def _events(facts: Facts, locale: Locale) -> str:
    """A bar for every five minutes of the last hour, where there were several events."""
    total = sum(facts["lately"])
    if total < 2 or state_of(facts) is GroupState.RESOLVED:
        return ""
    return text(locale, "alerts.lately", bars=code(bars(facts["lately"])), count=f"{total:,}")


def _standing(facts: Facts, locale: Locale) -> str:
    match state_of(facts):
        case GroupState.ACKNOWLEDGED:
            said = text(
                locale,
                f"alerts.in_hand{_via(facts['acked_via'])}",
                person=f"<@{facts['acked_by']}>",
                time=moment(at(facts["acked_at_ms"])),
            )
            return f":eyes: {said}"
        case GroupState.SILENCED if not facts["silences"]:
            return f":no_bell: {text(locale, 'alerts.explained')}"
        case GroupState.RESOLVED if not _is_news(facts):
            return _resolved(facts, locale)
    return ""


def _resolved(facts: Facts, locale: Locale) -> str:
    time = moment(at(facts["resolved_at_ms"]))
    if facts["moved_to"]:
        return text(locale, "alerts.moved", group=esc(facts["moved_to"]), time=time)
    if not facts["resolved_by"]:
        return text(locale, "alerts.cleared", time=time)
    person = f"<@{facts['resolved_by']}>"
    said = text(locale, "alerts.resolved_by", person=person, time=time)
    goes_on = text(locale, "alerts.goes_on") if facts["goes_on"] else ""
    return join(locale, said, goes_on)


def _silence(silence: Facts, locale: Locale) -> str:
    said = text(
        locale,
        "alerts.silenced_by",
        silence=silence["id"],
        person=f"<@{silence['author']}>",
        time=moment(at(silence["ends_at_ms"])),
        matchers=code(blocks.cut(silence["matchers"], COMMENT_MAX)),
    )
    comment = inert(blocks.cut(" ".join(silence["comment"].split()), COMMENT_MAX))
    return f":no_bell: {said}" + (f" “{comment}”" if comment else "")


def _still_silenced(silence: Facts, locale: Locale) -> str:
    """Of what is over: whoever silenced it for the time being may have forgotten."""
    time = moment(at(silence["ends_at_ms"]))
    return f":no_bell: {text(locale, 'alerts.still_silenced', silence=silence['id'], time=time)}"


def _via(via: str) -> str:
    """The end of a key: how somebody said it, where that is not the usual way."""
    return f"_{via}" if via in SAID_HOW else ""


def _elements(
    facts: Facts, described: Sequence[Described], locale: Locale, *, is_copy: bool
) -> list[Block]:
    here, group_id = HERE if is_copy else "", facts["group"]
    # A message that is drawn again must not keep what was chosen in it before.
    held = "".join(each["id"] for each in facts["silences"])
    again = f"alert.{group_id}.{facts['state']}.{held}"
    moves = _moves(facts, here, locale)
    rows = [blocks.actions(again, *moves)] if moves else []
    firing = state_of(facts) is not GroupState.RESOLVED
    own = [dict(each) for words in described[:1] for each in words.buttons] if firing else []
    more = [*own[:KIND_BUTTONS_MAX], *_evidence(described, locale)]
    if more:
        rows.append(blocks.actions(f"more.{group_id}", *more))
    return rows


def _moves(facts: Facts, here: str, locale: Locale) -> list[Block]:
    group_id = facts["group"]
    if _is_news(facts):
        return []
    match state_of(facts):
        case GroupState.RESOLVED:
            return [_button(REOPEN, group_id, here, locale)]
        case GroupState.ACKNOWLEDGED:
            first = _button(UNACK, group_id, here, locale)
        case _:
            first = _button(ACK, group_id, here, locale, style="primary")
    return [
        first,
        _silence_select(group_id, here, locale),
        _button(RESOLVE, group_id, here, locale),
    ]


def _button(
    action: str, group_id: str, here: str, locale: Locale, *, style: str | None = None
) -> Block:
    name = action.partition(".")[2]
    label = text(locale, f"alerts.button.{name}")
    return blocks.button(
        f"{action}{here}", label, value=group_id, style=style, says=f"{label}: {group_id}"
    )


def _silence_select(group_id: str, here: str, locale: Locale) -> Block:
    options = [
        blocks.option(how_long(seconds, locale), f"{group_id}|{seconds}") for seconds in SILENCES_S
    ]
    options.append(blocks.option(text(locale, "alerts.custom"), f"{group_id}|{CUSTOM}"))
    placeholder = text(locale, "alerts.button.silence")
    return blocks.select(f"{SILENCE}{here}", options, placeholder=placeholder)


def _evidence(described: Sequence[Described], locale: Locale) -> list[Block]:
    """A button for each story the alerts name."""
    found = (
        match[1]
        for words in described
        for each in words.evidence
        if (match := WHY.fullmatch(each.strip()))
    )
    return [
        blocks.button(
            f"{EVIDENCE}_{nth}", text(locale, "alerts.button.evidence", what=what), value=what
        )
        for nth, what in enumerate(list(dict.fromkeys(found))[:EVIDENCE_MAX])
    ]


def _answers(group_id: str, locale: Locale) -> list[Block]:
    """Under a reminder: it is still in hand, it is done, or somebody else shall take it."""
    label = text(locale, "alerts.button.still")
    still = blocks.button(ACK, label, value=group_id, says=f"{label}: {group_id}")
    return [still, *(_button(each, group_id, "", locale) for each in (RESOLVE, UNACK))]


def _trace(facts: Facts, locale: Locale) -> list[str]:
    labels = [
        f"{name}={blocks.cut(value, VALUE_MAX)}" for name, value in sorted(facts["labels"].items())
    ]
    said = text(
        locale,
        "alerts.trace",
        group=facts["group"],
        time=moment(at(facts["opened_at_ms"])),
    )
    if facts["receiver"] not in UNWRITTEN:
        receiver = code(blocks.cut(facts["receiver"], VALUE_MAX))
        said = f"{said} · {text(locale, 'alerts.receiver', receiver=receiver)}"
    if labels:
        said = f"{said} · {' '.join(code(each) for each in labels[:LABELS_SHOWN])}"
    return [said, *filter(None, (_how(facts, locale),))]


def _how(facts: Facts, locale: Locale) -> str:
    """Which emoji say something here."""
    if state_of(facts) is GroupState.RESOLVED or _is_news(facts):
        return ""
    wanted = "acknowledge" if state_of(facts) is not GroupState.ACKNOWLEDGED else ""
    told = [
        text(locale, f"alerts.emoji.{name}", emoji=f":{facts['reactions'][name][0]}:")
        for name in (wanted, "resolve")
        if name and facts["reactions"][name]
    ]
    return " · ".join(told)


def _cut(title: str) -> str:
    """A title in one line; one that is cut loses its code marks, which would not close."""
    whole = " ".join(title.split())
    return whole if len(whole) <= TITLE_MAX else blocks.cut(whole.replace("`", "'"), TITLE_MAX)


NOTICES = {"alert.card": card, "alert.line": line}
