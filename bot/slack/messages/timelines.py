"""What `/sms why` shows of a message, a request or a number: step by step, with cause and cure.

Every number is masked here, and what people answered is never shown: only that they did.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.locales import Locale, enumerated, join, text
from bot.registry import SlackMessage
from bot.rules.classes import TemplateClass
from bot.rules.codes import code_of
from bot.rules.delivery import MessageState
from bot.rules.numbers import cover, cover_typed, erased_by, mask
from bot.rules.receipts import receipt_of
from bot.rules.requests import RequestKind, RequestState
from bot.rules.timeline import (
    Step,
    StepKind,
)
from bot.slack import blocks
from bot.slack.blocks import Block, code, inert
from bot.slack.messages.approvals import what
from bot.slack.messages.ballots import state_name
from bot.slack.messages.cards import MARKS
from bot.slack.messages.faults import damaged, note
from bot.slack.messages.job_progress import Counts, Tally, outcome_fields, reason_of
from bot.slack.messages.timeline_steps import line

MESSAGE, REQUEST, NUMBER, EXPLAIN = "why.message", "why.request", "why.number", "why.explain"
TURN = "why.turn"
#: Blocks of steps are closed before they come near Slack's limit of one.
SECTION_FULL = 2_600
NAME_MAX, VERSION_SHOWN = 80, 12
#: Anything longer than a sealed number, a time and a page.
TURN_VALUE = re.compile(r"([A-Za-z0-9_=:-]{1,200}):([0-9]{1,13}):([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class MessageHead:
    """What one message is."""

    state: MessageState
    class_: TemplateClass
    template_id: str
    template_name: str
    serial: str
    tencent_request_id: str


@dataclass(frozen=True, slots=True)
class JobHead:
    """What became of a send to many: counts, and the commonest reasons of what did not arrive."""

    counts: Counts
    refused: tuple[Tally, ...]
    skipped: tuple[Tally, ...]
    undelivered: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """One request or one of its messages, step by step, earliest first."""

    request_id: str
    kind: RequestKind
    name: str
    recipients: int
    number: str
    """Of a send to one, whose; masked here."""
    app: str
    requester: str
    state: RequestState
    version: str
    """The hash of what was shown, and approved."""
    steps: Sequence[Step]
    message: MessageHead | None
    job: JobHead | None
    damaged: Sequence[str] = ()
    """What could not be read and is missing: table and id."""


@dataclass(frozen=True, slots=True)
class NumberPage:
    """A page of what there is of a number, the latest first. `number` is masked here; `key` names
    it in buttons, and nobody but the store can read it."""

    number: str
    key: str
    until_ms: int
    page: int
    steps: Sequence[Step]
    is_more: bool
    exempt_in: Sequence[str]
    """Apps whose limits of one number do not hold for it."""
    damaged: Sequence[str] = ()
    """What could not be read and is missing: table and id."""


@dataclass(frozen=True, slots=True)
class StraySerial:
    """Reports under a serial number that no message of ours has; the message in doubt they may
    belong to, if there is one. `number` is masked here."""

    serial: str
    number: str
    steps: Sequence[Step]
    message_id: str
    damaged: Sequence[str] = ()
    """What could not be read and is missing: table and id."""


@dataclass(frozen=True, slots=True)
class Also:
    """What else the typed words may mean: a button each."""

    request_id: str = ""
    number: str = ""
    """Masked here."""
    number_key: str = ""
    code: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.request_id or self.number_key or self.code)


def of_story(
    story: Story, locale: Locale, taken_for: str = "", also: Also | None = None
) -> SlackMessage:
    """The whole of a request or a message. `taken_for` says what the typed words were read as."""
    mark, said, whose = _title(story, locale)
    parts = [
        blocks.section(f"{mark} *{said}* · {whose}".strip()),
        blocks.fields(_facts(story, locale)),
    ]
    parts += _packed(line(step, locale) for step in story.steps)
    if story.job is not None:
        parts += _outcomes(story.job, locale)
    parts += damaged(story.damaged, locale)
    parts.append(blocks.context(_trace(story, locale)))
    parts += _ways_on(taken_for, also or Also(), locale)
    return SlackMessage(f"{said} · {whose}", tuple(parts))


def of_number(page: NumberPage, locale: Locale, also: Also | None = None) -> SlackMessage:
    """A page of a number; each message has a button that shows the whole of it."""
    number = mask(page.number)
    title = text(locale, "timeline.number.title", number=number)
    parts = [blocks.section(f"*{title}*")]
    if page.exempt_in:
        apps = enumerated(locale, map(inert, page.exempt_in))
        parts.append(blocks.context(text(locale, "timeline.number.exempt", apps=apps)))
    if not page.steps:
        parts.append(blocks.section(text(locale, "timeline.number.nothing")))
    parts += [_entry(step, locale) for step in page.steps]
    parts += damaged(page.damaged, locale)
    turns = _turns(page, locale)
    if turns:
        parts.append(blocks.actions(f"why.turn.{page.page}", *turns))
    parts += _ways_on("number", also or Also(), locale)
    return SlackMessage(title, tuple(parts))


def of_stray(stray: StraySerial, locale: Locale, also: Also | None = None) -> SlackMessage:
    """What carriers said under a serial number that nobody here sent under."""
    number = mask(stray.number)
    said = text(locale, "timeline.stray", serial=code(stray.serial), number=number)
    parts = [blocks.section(said), *_packed(line(step, locale) for step in stray.steps)]
    if stray.message_id:
        button = blocks.button(
            MESSAGE, text(locale, "timeline.button.story"), value=stray.message_id
        )
        parts.append(blocks.section(text(locale, "timeline.stray_hint"), accessory=button))
    parts += damaged(stray.damaged, locale)
    parts += _ways_on("serial", also or Also(), locale)
    return SlackMessage(said, tuple(parts))


def of_code(explained: SlackMessage, locale: Locale, also: Also) -> SlackMessage:
    """An explained code, and what else the words may mean."""
    ways_on = _ways_on("code", also, locale)
    return SlackMessage(explained.text, (*explained.blocks, *ways_on))


def nothing(locale: Locale) -> SlackMessage:
    """Nobody said what is to be explained."""
    said = text(locale, "timeline.ask.title")
    return SlackMessage(said, (blocks.section("\n".join((said, *_examples(locale)))),))


def _examples(locale: Locale) -> list[str]:
    return [
        text(locale, f"timeline.ask.{each}", example=code(text(locale, f"timeline.example.{each}")))
        for each in ("number", "request", "serial", "code")
    ]


def unknown_request(request_id: str, locale: Locale) -> SlackMessage:
    return note(text(locale, "timeline.unknown.request", request=code(cover_typed(request_id))))


def alert(group_id: str, locale: Locale) -> SlackMessage:
    """The id of an alert, which has a history of its own."""
    shows = code(f"/sms alerts show {group_id}")
    return note(text(locale, "timeline.unknown.alert", alert=code(group_id), command=shows))


def masked(locale: Locale) -> SlackMessage:
    """A number as cards show it."""
    return note(text(locale, "timeline.unknown.masked"))


def unknown_serial(serial: str, locale: Locale) -> SlackMessage:
    return note(text(locale, "timeline.unknown.serial", serial=code(cover_typed(serial))))


def state_key(state: MessageState) -> str:
    """The words for how a message stands; the steps have the times."""
    if state is MessageState.DELIVERED:
        return "card.state.delivered_untimed"
    return f"card.state.{state.name.lower()}"


def turn_value(key: str, until_ms: int, page: int) -> str:
    """What a button that turns a page carries."""
    return f"{key}:{until_ms}:{page}"


def read_turn(value: str) -> tuple[str, int, int] | None:
    """The same, read: sealed number, UTC ms, page; None for a value that is none of ours."""
    found = TURN_VALUE.fullmatch(value)
    return (found[1], int(found[2]), int(found[3])) if found else None


def _title(story: Story, locale: Locale) -> tuple[str, str, str]:
    """A mark, how it stands, and whose story it is."""
    head = story.message
    if head is not None:
        return MARKS[head.state], text(locale, state_key(head.state)), _whose(story, locale)
    name, state = blocks.cut(story.name, NAME_MAX), _state(story, locale)
    if story.number:
        number = _whose(story, locale)
        return "", state, text(locale, "timeline.to_one", name=inert(cover(name)), number=number)
    return "", state, what(story.kind, name, story.recipients, locale)


def _state(story: Story, locale: Locale) -> str:
    """How the request stands; what a limit held back is nothing anybody could still confirm."""
    is_draft = story.state is RequestState.DRAFT
    is_held = is_draft and any(step.kind is StepKind.LIMIT_REFUSED for step in story.steps)
    state = RequestState.FAILED if is_held else story.state
    return state_name(story.kind, state, locale)


def _whose(story: Story, locale: Locale) -> str:
    """The number, or that there is none any more and which request erased it."""
    gone = erased_by(story.number)
    if gone is None:
        return mask(story.number)
    if not gone:
        return text(locale, "timeline.deleted")
    return text(locale, "timeline.erased", request=gone)


def _facts(story: Story, locale: Locale) -> list[tuple[str, str]]:
    facts = [
        (text(locale, "timeline.label.request"), story.request_id),
        (text(locale, "timeline.label.requester"), f"<@{story.requester}>"),
    ]
    if story.kind is not RequestKind.NUMBER_ERASE:
        # A number is erased in all apps.
        facts.insert(1, (text(locale, "timeline.label.app"), inert(story.app)))
    head = story.message
    if head is not None:
        name = inert(blocks.cut(cover(head.template_name), NAME_MAX))
        kind = text(locale, f"preview.classes.{head.class_.value}")
        facts.append(
            (text(locale, "timeline.label.template"), f"{head.template_id} · {name} · {kind}")
        )
    return facts


def _trace(story: Story, locale: Locale) -> str:
    """The ids somebody would be asked for, and the version everybody saw."""
    head = story.message
    known = [text(locale, "timeline.version", version=code(story.version[:VERSION_SHOWN]))]
    if head is not None and head.serial:
        known.append(text(locale, "card.serial", serial=code(head.serial)))
    if head is not None and head.tencent_request_id:
        known.append(text(locale, "card.tencent_request", id=code(head.tencent_request_id)))
    return " · ".join(known)


def _entry(step: Step, locale: Locale) -> Block:
    """The same on the page of a number."""
    label, said = text(locale, "timeline.button.story"), line(step, locale)
    button = None
    if step.message_id:
        button = blocks.button(MESSAGE, label, value=step.message_id)
    elif step.request_id:
        button = blocks.button(REQUEST, label, value=step.request_id)
    return blocks.section(said, accessory=button)


def _outcomes(job: JobHead, locale: Locale) -> list[Block]:
    parts = [outcome_fields(job.counts, locale, is_over=True)] if job.counts else []
    sorts = (("refused", job.refused), ("undelivered", job.undelivered), ("skipped", job.skipped))
    parts += [
        blocks.section(
            "\n".join(
                (f"*{text(locale, f'timeline.worst.{name}')}*", *_reasons(name, found, locale))
            )
        )
        for name, found in sorts
        if found
    ]
    return parts


def _reasons(name: str, tallies: Iterable[Tally], locale: Locale) -> list[str]:
    lines = []
    for tally in tallies:
        said, cure = _reason(name, tally.reason, locale)
        if tally.count is not None:
            said = text(locale, "job.times", count=f"{tally.count:,}", reason=said)
        lines.append(f"•  {said}")
        if cure:
            lines.append(f"> *{text(locale, 'card.cure')}* {cure}")
    return lines


def _reason(name: str, reason: str, locale: Locale) -> tuple[str, str]:
    """A reason in a sentence, and what to do about it where that is known."""
    if name == "undelivered":
        known = receipt_of(reason)
        cause = text(locale, known.cause_key)
        said = text(locale, "card.with_code", sentence=cause, code=code(reason or "–"))
        return said, text(locale, known.cure_key)
    said = reason_of(f"job.{name}", reason, locale)
    is_code = name == "refused" and "." in reason
    return said, text(locale, code_of(reason).cure_key) if is_code else ""


def _packed(lines: Iterable[str]) -> list[Block]:
    """Lines in as few blocks as they fit into."""
    parts: list[str] = []
    for said in lines:
        if parts and len(parts[-1]) + len(said) < SECTION_FULL:
            parts[-1] = f"{parts[-1]}\n{said}"
        else:
            parts.append(said)
    return [blocks.section(part) for part in parts]


def _turns(page: NumberPage, locale: Locale) -> list[Block]:
    turns = []
    if page.page:
        value = turn_value(page.key, page.until_ms, page.page - 1)
        turns.append(
            blocks.button(f"{TURN}_back", text(locale, "timeline.button.newer"), value=value)
        )
    if page.is_more:
        value = turn_value(page.key, page.until_ms, page.page + 1)
        turns.append(
            blocks.button(f"{TURN}_on", text(locale, "timeline.button.older"), value=value)
        )
    return turns


def _ways_on(taken_for: str, also: Also, locale: Locale) -> list[Block]:
    """What the words were taken for, and a button for everything else they may mean."""
    if also.is_empty:
        return []
    said = text(locale, f"timeline.taken.{taken_for}") if taken_for else ""
    parts = [blocks.context(join(locale, said, text(locale, "timeline.taken.also")))]
    buttons = []
    if also.request_id:
        label = text(locale, "timeline.button.request", request=also.request_id)
        buttons.append(blocks.button(REQUEST, label, value=also.request_id))
    if also.number_key:
        label = text(locale, "timeline.button.number", number=mask(also.number))
        buttons.append(blocks.button(NUMBER, label, value=also.number_key))
    if also.code:
        label = text(locale, "timeline.button.code", code=blocks.cut(also.code, 40))
        buttons.append(blocks.button(EXPLAIN, label, value=blocks.cut(also.code, 200)))
    return [*parts, blocks.actions("why.also", *buttons)]
