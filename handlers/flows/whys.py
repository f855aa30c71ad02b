"""What somebody asks about, found in the store: a request, one message, all of a number.

Everything is read by index and a page at a time, however long the store has been in use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from bot.rules.delivery import MessageState
from bot.rules.numbers import Number
from bot.rules.requests import RequestKind
from bot.rules.roles import ACCOUNT, Apps
from bot.rules.timeline import Fact, Facts, Id, Step, StepKind, Words, in_order
from bot.rules.why_words import Asked
from bot.settings import Settings
from bot.slack.messages.job_progress import Tally
from bot.slack.messages.timelines import (
    JobHead,
    MessageHead,
    NumberPage,
    Story,
    StraySerial,
    state_key,
)
from handlers.flows import message_stories, request_stories
from handlers.flows.threads import name_of, recipients_of
from storage import (
    content,
    job_figures,
    jobs,
    limit_exemptions,
    messages,
    optouts,
    requests,
    whys,
)
from storage.damage import Damage
from storage.db import Tx
from storage.ids import to_ms
from storage.messages import Message
from storage.requests import Request
from storage.vault import SealedNumber
from storage.voice_events import VoiceEventKind
from storage.whys import Called, Refused

PAGE_ROWS = 20
#: Words of a pasted line that are looked up.
LOOKED_UP = 20
CALLS = {
    VoiceEventKind.KEY: StepKind.CALL_KEY,
    VoiceEventKind.TEXT_ENDED: StepKind.CALL_ENDED,
    VoiceEventKind.CODE_ENDED: StepKind.CALL_ENDED,
    VoiceEventKind.FAILED: StepKind.CALL_FAILED,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What the store has of what was typed; each may be empty."""

    request_id: str = ""
    message_id: str = ""
    stray: StraySerial | None = None
    """A serial number that reports came under and no message of ours has."""


def find(tx: Tx, asked: Asked, apps: Apps) -> Found:
    """The first request and the first serial number among the words that are known here, and of
    one of `apps`."""
    scopes = ((each, requests.scope_of(tx, each)) for each in asked.request_ids)
    request_id = next((each for each, app in scopes if app is not None and app in apps), "")
    for serial in asked.serials[:LOOKED_UP]:
        message = whys.by_serial(tx, serial)
        if message is not None and message.app in apps:
            return Found(request_id, message.id)
        stray = None if message is not None else _stray(tx, serial, apps)
        if stray is not None:
            return Found(request_id, stray=stray)
    return Found(request_id)


def of_message(tx: Tx, message_id: str, now: datetime) -> Story | None:
    """The whole of one message, with what its request went through before."""
    message = messages.get_shown(tx, message_id)
    request = None if message is None else requests.get_shown(tx, message.request_id)
    if message is None or request is None:
        return None
    damage = Damage()
    found = chain(
        request_stories.asked_until_sent(tx, request, message.created_at, damage),
        message_stories.steps(tx, message, now, damage),
    )
    head, steps = _head(tx, message), in_order(found)
    return _story(tx, request, steps, damage, message=head, number=message.number)


def of_request(tx: Tx, request_id: str, now: datetime) -> Story | None:
    """The whole of one request: of a send to one number its message's too, of one to many how many
    came to what."""
    request = requests.get_shown(tx, request_id)
    if request is None:
        return None
    damage = Damage()
    is_job = _is_job(tx, request, damage)
    if request.kind is RequestKind.SEND and not is_job:
        sent = messages.ids_of_request(tx, request.id)
        if sent:
            return of_message(tx, sent[0], now)
    steps = in_order(request_stories.steps(tx, request, damage))
    return _story(tx, request, steps, damage, job=_job_head(tx, request) if is_job else None)


def _is_job(tx: Tx, request: Request, damage: Damage) -> bool:
    """One that cannot be read is there all the same."""
    return damage.read(
        f"jobs {request.id}", lambda: jobs.get(tx, request.id) is not None, otherwise=True
    )


def of_number(
    tx: Tx,
    key: SealedNumber,
    until: datetime,
    page: int,
    apps: Apps,
    settings: Settings,
    now: datetime,
) -> NumberPage:
    """What there is of a number in `apps` up to `until`, the latest first; `page` counts from 0.

    Raises WrongDataKey for a key that is none of ours.
    """
    number = tx.vault.open_number(key)
    first, last = page * PAGE_ROWS, (page + 1) * PAGE_ROWS
    # One more than is shown says whether there are more. What has no message stands as it is.
    sent = whys.messages_to(tx, key, until, apps, last + 1)
    rows: list[tuple[datetime, Step | str]] = list(sent)
    rows += [(step.at or until, step) for step in _others(tx, number, key, until, apps, last + 1)]
    rows.sort(key=lambda row: row[0], reverse=True)
    damage = Damage()
    steps = [
        step if isinstance(step, Step) else _line(tx, step, at, damage)
        for at, step in rows[first:last]
    ]
    exempt_in = [
        app.name
        for app in settings.apps
        if app.name in apps and _is_exempt(tx, app.name, number, now, damage)
    ]
    return NumberPage(
        number=number,
        key=key,
        until_ms=to_ms(until),
        page=page,
        steps=tuple(steps),
        is_more=len(rows) > last,
        exempt_in=tuple(exempt_in),
        damaged=damage.rows,
    )


def _is_exempt(tx: Tx, app: str, number: str, now: datetime, damage: Damage) -> bool:
    """One whose reason cannot be read holds all the same."""
    found = limit_exemptions.get(tx, app, number, now)
    if found is not None and found.is_damaged:
        damage.note(f"limit_exemptions {app}")
    return found is not None


def key_of(tx: Tx, number: Number) -> SealedNumber:
    """What a button names a number by: nobody but the store can read it."""
    return tx.vault.seal_number(number.e164)


def _others(
    tx: Tx, number: str, key: SealedNumber, until: datetime, apps: Apps, limit: int
) -> Iterator[Step]:
    """What came from the number, was kept from it, or was told of calls to it. Replies and calls
    are of no app; that somebody said no concerns all."""
    for refused in whys.refusals_to(tx, key, until, apps, limit):
        yield _refused(refused)
    if ACCOUNT in apps:
        for reply in whys.replies_of(tx, key, until, limit):
            yield Step(StepKind.REPLIED_NO if reply.is_optout else StepKind.REPLIED, reply.at)
        for called in whys.calls_of(tx, key, until, limit):
            yield _called(called)
    for optout in optouts.of_number(tx, number):
        if optout.at <= until:
            yield message_stories.optout_step(optout)


def _refused(refused: Refused) -> Step:
    rule = Words(f"timeline.rule.{refused.rule.value}")
    facts: Facts = {"rule": rule, "request": Id(refused.request_id)}
    return Step(StepKind.DRAFT_REFUSED, refused.at, facts, request_id=refused.request_id)


def _called(called: Called) -> Step:
    facts: dict[str, Fact] = {"call": Id(called.call_id), "said": called.said}
    if called.kind is VoiceEventKind.FAILED:
        facts["reason"] = called.reason
    elif called.kind is not VoiceEventKind.KEY:
        end, unknown = f"timeline.call_end.{called.said}", "timeline.call_end.unknown"
        facts["end"] = Words(end, otherwise=unknown)
    return Step(CALLS[called.kind], called.at, facts)


def _line(tx: Tx, message_id: str, at: datetime, damage: Damage) -> Step:
    """A message on the page of its number: how it stands, and why."""
    message = messages.get_shown(tx, message_id)
    if message is None:
        raise LookupError(message_id)
    if message.is_damaged:
        damage.note(f"messages {message.id}")
    facts: dict[str, Fact] = {
        "state": Words(state_key(message.state)),
        "class": Words(f"preview.classes.{message.class_.value}"),
        "template": _template_name(tx, message),
        "app": message.app,
        "request": Id(message.request_id),
    }
    if message.state is MessageState.SKIPPED:
        facts["reason"] = message_stories.skip_reason(message)
    is_late = message.state is MessageState.UNDELIVERED
    return Step(
        StepKind.MESSAGE,
        at,
        facts,
        code=message.code,
        carrier_code=(message.carrier_code or "–") if is_late else "",
        state=message.state,
        message_id=message.id,
    )


def _template_name(tx: Tx, message: Message) -> str:
    template = content.get_template(tx, message.template_id)
    return template.name if template else message.template_id


def _story(
    tx: Tx,
    request: Request,
    steps: tuple[Step, ...],
    damage: Damage,
    *,
    message: MessageHead | None = None,
    number: str = "",
    job: JobHead | None = None,
) -> Story:
    is_single = request.kind is RequestKind.SEND and job is None
    row = f"requests {request.id}"
    if request.is_damaged:
        damage.note(row)
    recipients = 0 if message else damage.read(row, lambda: recipients_of(tx, request), 0)
    return Story(
        request_id=request.id,
        kind=request.kind,
        # A message's template is told with it.
        name="" if message else _name(tx, request),
        recipients=recipients,
        number=number or (str(request.payload.get("number", "")) if is_single else ""),
        app=request.app,
        requester=request.requester,
        state=request.state,
        version=request.sha256,
        steps=steps,
        message=message,
        job=job,
        damaged=damage.rows,
    )


def _name(tx: Tx, request: Request) -> str:
    """What people call it; its id where the payload cannot be read any more."""
    try:
        return name_of(tx, request)
    except ValueError:
        return request.id


def _head(tx: Tx, message: Message) -> MessageHead:
    return MessageHead(
        state=message.state,
        class_=message.class_,
        template_id=message.template_id,
        template_name=_template_name(tx, message),
        serial=message.serial or "",
        tencent_request_id=message.tencent_request_id,
    )


def _job_head(tx: Tx, request: Request) -> JobHead:
    """How many came to what, and the commonest reasons of those that did not arrive."""
    counts = jobs.counts(tx, request.id)
    refused, skipped = (
        tuple(
            Tally(each.reason, each.count)
            for each in job_figures.reasons(tx, request.id, state, counts.get(state, 0))
        )[: whys.REASONS]
        for state in (MessageState.REFUSED, MessageState.SKIPPED)
    )
    failed = counts.get(MessageState.UNDELIVERED, 0)
    undelivered = whys.carrier_reasons(tx, request.id, failed)
    return JobHead(counts, refused, skipped, tuple(Tally(*each) for each in undelivered))


def _stray(tx: Tx, serial: str, apps: Apps) -> StraySerial | None:
    reports = whys.reports_of(tx, serial)
    if not reports or any(each.app not in apps for each in reports):
        return None
    hinted, damage = whys.hinted(tx, serial), Damage()
    message_stories.note_damaged(reports, serial, damage)
    steps = tuple(
        message_stories.report_step(
            each, StepKind.DELIVERED if each.success else StepKind.UNDELIVERED
        )
        for each in reports
    )
    number = next((each.number for each in reports if each.number), "")
    return StraySerial(serial, number, steps, hinted.id if hinted else "", damage.rows)
