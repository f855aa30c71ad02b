"""One message, step by step: limits, calls, answers, doubts, reports, and what came back."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.rules.delivery import REPORT_TIME, MessageState
from bot.rules.limits import Rule, Wanted
from bot.rules.optouts import REPLY_WINDOW, Optout
from bot.rules.timeline import Fact, Facts, Id, Person, Step, StepKind, Words
from handlers.flows import limit_past, limits
from handlers.flows.delivery import BY_ANSWER, BY_RULE
from handlers.flows.doubts import BY_RECORD, BY_REPORT
from handlers.flows.singles import OUT_OF_HOURS, RESTORED, TOO_LATE
from storage import doubts, optouts, whys
from storage.damage import Damage
from storage.db import Tx
from storage.messages import Message
from storage.whys import Report

REPLIES_MAX = 5
#: Found in Tencent's books, rather than told by its answer.
ACCEPTED_BY = {BY_RECORD: StepKind.ACCEPTED_RECORD, BY_REPORT: StepKind.ACCEPTED_REPORT}
NOT_LEFT = frozenset({MessageState.QUEUED, MessageState.HELD, MessageState.CLAIMED})
SECOND = timedelta(seconds=1)
#: What a message may wait for.
RULES = frozenset({*(rule.value for rule in Rule), OUT_OF_HOURS})
#: Words that only messages of no job are left out for.
OF_SINGLES = frozenset({TOO_LATE, OUT_OF_HOURS, RESTORED})


def steps(tx: Tx, message: Message, now: datetime, damage: Damage) -> Iterator[Step]:
    """From the limits on; who asked for it is the request's story. What cannot be read is noted in
    `damage`: without its number, nothing is known of what a message shared that with."""
    if message.is_damaged:
        damage.note(f"messages {message.id}")
    if message.number:
        yield from damage.each(f"limits {message.app}", _limits(tx, message, now))
    yield from _calls(tx, message)
    yield from _answer(message)
    yield from damage.each(f"doubts {message.id}", _doubt(tx, message))
    yield from _settled(message)
    yield from _reports(tx, message, damage)
    if message.number:
        yield from _answers_of_people(tx, message, now)


def judged_at(message: Message) -> datetime:
    """When the limits were asked: at the confirmation, or at the turn of a job's message."""
    is_left_out = message.state is MessageState.SKIPPED and message.final_at is not None
    return (message.final_at if is_left_out else message.signed_at) or message.created_at


def _limits(tx: Tx, message: Message, now: datetime) -> Iterator[Step]:
    if message.state in NOT_LEFT and not message.attempts:
        return
    at = judged_at(message)
    country = limits.country_of(message.country, message.number)
    wanted = Wanted(message.class_, whys.content_of(tx, message.id), country)
    sealed = tx.vault.seal_number(message.number)
    if limit_past.was_exempt(tx, message.app, message.number, at, now):
        yield Step(StepKind.EXEMPT, at)
    elif uses := limit_past.uses_at(tx, message.app, sealed, wanted, at):
        yield Step(StepKind.LIMITS, at, uses=uses)


def _calls(tx: Tx, message: Message) -> Iterator[Step]:
    """Every call there is a trace of: those nobody could account for, and the last."""
    for lost_at in whys.lost_attempts(tx, message):
        yield Step(StepKind.ATTEMPT_LOST, lost_at)
    if message.state in NOT_LEFT:
        yield from _waits(message)
    elif message.signed_at is not None and message.attempts:
        facts: Facts = {"nth": message.attempts, "numbers": whys.in_call(tx, message)}
        yield Step(StepKind.ATTEMPT, message.signed_at, facts)


def _waits(message: Message) -> Iterator[Step]:
    """Why nothing has left yet, or why the last call will be followed by another."""
    due: Facts = {"time": message.due_at}
    if message.state is not MessageState.QUEUED:
        yield Step(StepKind.WAITS_JOB, None)
    elif message.detail in RULES:
        rule = Words(f"timeline.rule.{message.detail}")
        yield Step(StepKind.WAITS_RULE, None, {"rule": rule, **due})
    elif not message.attempts:
        yield Step(StepKind.WAITS, None, due)
    elif message.settled_by not in {"", BY_ANSWER, BY_RULE}:
        yield Step(StepKind.SENT_AGAIN, None, {"person": Person(message.settled_by), **due})
    else:
        facts = due if message.code else {"reason": _detail(message), **due}
        yield Step(StepKind.PUT_OFF, message.signed_at, facts, code=message.code)


def _detail(message: Message) -> Words:
    """Why there is no certain answer, or none at all."""
    return Words(f"card.detail.{message.detail}", otherwise="card.detail.unknown")


def _answer(message: Message) -> Iterator[Step]:
    """What Tencent said, or what its books say."""
    if message.accepted_at is not None:
        kind = ACCEPTED_BY.get(message.settled_by, StepKind.ACCEPTED)
        facts: Facts = {"serial": Id(message.serial or ""), "segments": message.fee_segments or 0}
        yield Step(kind, message.accepted_at, facts)
    elif message.state is MessageState.REFUSED and message.code:
        yield Step(StepKind.REFUSED, message.final_at, code=message.code)
    elif message.state is MessageState.REFUSED:
        reason = _detail(message)
        yield Step(StepKind.NEVER_LEFT, message.final_at, {"reason": reason})


def _doubt(tx: Tx, message: Message) -> Iterator[Step]:
    is_open, known = message.state is MessageState.IN_DOUBT, doubts.facts(tx, message)
    is_found = message.settled_by in ACCEPTED_BY
    if is_open or is_found or known is not None or message.state is MessageState.DROPPED:
        # What went wrong is not kept once Tencent's answer or its books have named the message.
        reason = _detail(message)
        yield Step(StepKind.DOUBT, message.signed_at, {"reason": reason}, code=message.code)
    if message.hint and message.hint != message.serial:
        found = whys.reports_of(tx, message.hint)
        at = found[0].stored_at if found else None
        yield Step(StepKind.HINT, at, {"serial": Id(message.hint)})
    if message.asked_at is not None:
        yield Step(StepKind.PERSON_ASKED, message.asked_at)
    if is_open and known is not None and known.waited_by and known.ask_at is not None:
        waited: Facts = {"person": Person(known.waited_by), "time": known.ask_at}
        yield Step(StepKind.PERSON_WAITED, None, waited)


def _settled(message: Message) -> Iterator[Step]:
    """An end that neither Tencent nor a carrier made."""
    match message.state:
        case MessageState.DROPPED if message.settled_by == BY_RULE:
            yield Step(StepKind.DROPPED_RULE, message.final_at)
        case MessageState.DROPPED:
            by = {"person": Person(message.settled_by)}
            yield Step(StepKind.DROPPED_PERSON, message.final_at, by)
        case MessageState.SKIPPED:
            yield Step(StepKind.SKIPPED, message.final_at, {"reason": skip_reason(message)})
        case MessageState.CANCELLED:
            yield Step(StepKind.CANCELLED, message.final_at)
        case _:
            return


def _reports(tx: Tx, message: Message, damage: Damage) -> Iterator[Step]:
    """Every report on it, whether it moved the message or not."""
    if message.serial is None:
        return
    found = whys.reports_of(tx, message.serial)
    note_damaged(found, message.serial, damage)
    reports = [each for each in found if _is_on(each, message)]
    moved = next((each for each in reports if _moved(each, message)), None)
    if message.state is MessageState.UNREPORTED:
        yield Step(StepKind.UNREPORTED, message.final_at)
    for report in reports:
        kind = StepKind.DELIVERED if report.success else StepKind.UNDELIVERED
        kind = kind if report is moved else StepKind.REPORT_UNUSED
        yield report_step(report, kind)
    if message.state is MessageState.ACCEPTED and message.accepted_at is not None:
        yield Step(StepKind.AWAITS_REPORT, None, {"time": message.accepted_at + REPORT_TIME})


def skip_reason(message: Message) -> Words:
    """Why it was left out: a rule's word, of a single message or of one in a job."""
    reason = message.detail or TOO_LATE
    area = "timeline.skipped" if reason in OF_SINGLES else "job.skipped"
    return Words(f"{area}.{reason}", otherwise="job.skipped.expired")


def report_step(report: Report, kind: StepKind) -> Step:
    """A report by itself."""
    facts: dict[str, Fact] = {"code": Id(report.carrier_code or "–")}
    if report.carrier_at is not None:
        facts["time"] = report.carrier_at
    code = "" if report.success else report.carrier_code or "–"
    return Step(kind, report.stored_at, facts, carrier_code=code)


def note_damaged(reports: Iterable[Report], serial: str, damage: Damage) -> None:
    """Says of which serial number a report names nobody any more."""
    if any(each.is_damaged for each in reports):
        damage.note(f"receipts {serial}")


def _is_on(report: Report, message: Message) -> bool:
    """Where either number cannot be read, the serial number alone says so."""
    is_known = report.number and message.number
    return not is_known or report.number == message.number


def _moved(report: Report, message: Message) -> bool:
    ends = {MessageState.DELIVERED: True, MessageState.UNDELIVERED: False}
    is_end = ends.get(message.state) is report.success
    return is_end and report.carrier_code == message.carrier_code


def _answers_of_people(tx: Tx, message: Message, now: datetime) -> Iterator[Step]:
    """What came back from the number within the time in which a reply may be about it."""
    if message.signed_at is None:
        return
    sealed, until = tx.vault.seal_number(message.number), message.signed_at + REPLY_WINDOW
    found = whys.replies_between(
        tx, sealed, message.signed_at - SECOND, min(until, now), REPLIES_MAX
    )
    for reply in found:
        # Abroad there is no signature, and a reply may come without one.
        if reply.signature in {message.signature, ""} or not message.signature:
            yield Step(StepKind.REPLIED_NO if reply.is_optout else StepKind.REPLIED, reply.at)
    for optout in optouts.of_number(tx, message.number)[:REPLIES_MAX]:
        if message.signed_at <= optout.at <= until or message.state is MessageState.SKIPPED:
            yield optout_step(optout)


def optout_step(optout: Optout) -> Step:
    """Somebody said no, or a list has them."""
    facts: Facts = {
        "scope": Words(f"optout.scope.{optout.scope.value}"),
        "signature": optout.signature or Words("optout.any_signature"),
        "source": Words(f"optout.source.{optout.source.value}"),
    }
    return Step(StepKind.OPTED_OUT, optout.at, facts)
