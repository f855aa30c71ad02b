"""Submits what was approved: look, commit the attempt, then the call, then what it came to."""

import asyncio
import logging
from datetime import datetime, timedelta

from bot.errors import StorageError, TencentError, TencentRefusal, WrongDataKey
from bot.rules.changes import SignatureChange, TemplateChange
from bot.rules.content import Content
from bot.rules.retries import Verdict
from bot.tencent.drafts import SignatureDraft, TemplateDraft
from bot.tencent.provider import ContentProvider, content_provider
from bot.tencent.wire import ChangeOutcome
from handlers import backing
from handlers.flows import backing as backing_flow
from handlers.flows import changes as ends
from handlers.flows import content_orders, submissions
from handlers.flows.changes import Failure, Submission
from handlers.flows.content_orders import Order
from handlers.flows.submissions import Answer
from handlers.looking import find_one
from handlers.services import Services
from storage import changes

log = logging.getLogger("smsops.submit")
#: Between two tries to save an answer that Tencent gave and the disk did not take.
SAVE_AGAIN_S = 1.0
#: What had to be looked at first could not be.
LOOK_AGAIN_AFTER = timedelta(seconds=30)
BROKE_FOR = timedelta(minutes=1)


async def run(services: Services, now: datetime) -> datetime | None:
    """Submits until nothing is due, one after the other: Tencent takes one or two a second. Returns
    when something is due."""
    while due := await services.db.write(submissions.find_due, services.clock()):
        for submission in due:
            await _try(services, submission)
    return await services.db.read(changes.next_due)


async def _try(services: Services, submission: Submission) -> None:
    """One that breaks must not keep the others from being submitted, nor come back at once."""
    try:
        await submit(services, submission)
    except Exception:
        log.exception("submission broke", extra={"event": "submission_broke"})
        await services.db.write(
            submissions.put_off, submission.change, BROKE_FOR, services.clock(), detail="broke"
        )
    services.cards_due.set()
    services.posts_due.set()


async def submit(services: Services, submission: Submission) -> None:
    """One attempt. Once it is committed it ends settled or, if the process dies, in doubt."""
    tencent = content_provider(services.tencent)
    if tencent is None:
        await _fail(services, submission, Failure.NO_PROVIDER)
        return
    order = await services.db.read(content_orders.make, submission)
    if isinstance(order, Failure):
        await _fail(services, submission, order)
        return
    found = await services.db.read(backing_flow.of, submission.request.id, services.clock())
    answers = await backing.ask(services, [found] if found else [])
    upstream: Content | None = None
    if submission.content_id:
        try:
            upstream = await find_one(
                tencent, submission.kind, submission.content_id, submission.sides
            )
        except TencentError as error:
            await _cannot_look(services, submission, error)
            return
    signed_at = services.clock()
    attempt = await services.db.write(submissions.start, submission, upstream, signed_at, answers)
    if attempt is None:
        return
    services.cards_due.set()
    answer = await _exchange(services, tencent, attempt, order, signed_at)
    log.info(
        "submission settled",
        extra={
            "event": "submission_settled",
            "request": attempt.request.id,
            "verdict": answer.fate.verdict.value,
            "code": answer.fate.code,
            "tencent_request": answer.tencent_request_id,
        },
    )
    await _save(services, attempt, answer)


async def _exchange(
    services: Services,
    tencent: ContentProvider,
    attempt: Submission,
    order: Order,
    signed_at: datetime,
) -> Answer:
    """What Tencent said; where anything breaks on the way, nobody can tell, and that is said."""
    try:
        # The signature carries the committed time: five minutes on, no late copy is accepted.
        outcome = await _call(tencent, attempt, order, signed_at)
        return submissions.read_outcome(attempt.change, outcome, services.clock())
    except Exception:
        log.exception("submission broke", extra={"event": "submission_broke"})
        return submissions.unknown_answer(services.clock())


async def _call(
    tencent: ContentProvider, attempt: Submission, order: Order, signed_at: datetime
) -> ChangeOutcome:
    content_id = attempt.content_id
    match attempt.asked, order:
        case TemplateChange(), None:
            return await tencent.delete_template(content_id, signed_at=signed_at)
        case SignatureChange(), None:
            return await tencent.delete_signature(content_id, signed_at=signed_at)
        case _, TemplateDraft() if content_id:
            return await tencent.modify_template(content_id, order, signed_at=signed_at)
        case _, TemplateDraft():
            return await tencent.add_template(order, signed_at=signed_at)
        case _, SignatureDraft() if content_id:
            return await tencent.modify_signature(content_id, order, signed_at=signed_at)
        case _, SignatureDraft():
            return await tencent.add_signature(order, signed_at=signed_at)
    raise TypeError(order)


async def _save(services: Services, attempt: Submission, answer: Answer) -> None:
    """Saves an answer until the disk takes it: it is known nowhere else. One that cannot be saved
    leaves the attempt in doubt."""
    while True:
        try:
            await services.db.write(submissions.settle, attempt, answer, services.clock())
        except Exception as error:
            if isinstance(error, StorageError) and not isinstance(error, WrongDataKey):
                log.error("answer not saved", extra={"event": "save_failed", "reason": str(error)})
                await asyncio.sleep(SAVE_AGAIN_S)
                continue
            if answer.fate.verdict is Verdict.IN_DOUBT:
                raise
            log.exception("answer not saved", extra={"event": "save_broke"})
            answer = submissions.unknown_answer(services.clock())
        else:
            return


async def _fail(services: Services, submission: Submission, why: Failure) -> None:
    await services.db.write(ends.fail_unstarted, submission.change, why, services.clock())


async def _cannot_look(services: Services, submission: Submission, error: TencentError) -> None:
    """Who cannot look may not overwrite: refused for good it fails, else it waits."""
    now, code = services.clock(), error.code if isinstance(error, TencentRefusal) else ""
    if isinstance(error, TencentRefusal) and error.permanent:
        await services.db.write(
            ends.fail_unstarted, submission.change, Failure.CANNOT_LOOK, now, code
        )
        return
    await services.db.write(
        submissions.put_off,
        submission.change,
        LOOK_AGAIN_AFTER,
        now,
        code=code,
        detail=Failure.CANNOT_LOOK.value,
    )
