"""Counts what is begun and what becomes of it: every move of a message, where it is made.

Everything counts in the hour its attempt was signed in; bot/rules/figures.py says what as.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.rules.delivery import MessageState
from bot.rules.figures import COLUMNS, Change, changes, step_of
from bot.rules.receipts import Category, receipt_of
from storage import figures
from storage.db import Tx
from storage.figures import Counted, Happened, Line
from storage.message_attempts import Attempt
from storage.messages import Message, Stopped
from storage.receipts import Came, Said
from storage.traffic import hour_of

#: Of a number in E.164: the country's code and what follows it, as `+86138` or `+65812`.
PREFIX_CHARS = 6
QUEUED, IN_FLIGHT = MessageState.QUEUED, MessageState.IN_FLIGHT
UNREPORTED = MessageState.UNREPORTED
AGREED, REPLIES, OPTOUTS, KEY_PRESSES, BACKFILLED = (
    COLUMNS.index(name) for name in ("agreed", "replies", "optouts", "key_presses", "backfilled")
)
CALLS, ANSWERED_CALLS = (COLUMNS.index(name) for name in ("calls", "answered_calls"))


def count_begun(tx: Tx, attempts: Iterable[Attempt]) -> None:
    """Attempts that are committed."""
    _count_attempts(tx, attempts, QUEUED, IN_FLIGHT)


def count_taken_back(tx: Tx, attempts: Iterable[Attempt]) -> None:
    """Attempts that were committed and never begun."""
    _count_attempts(tx, attempts, IN_FLIGHT, QUEUED)


def count_answered(
    tx: Tx, answered: Iterable[tuple[Attempt, MessageState, str, int | None]]
) -> None:
    """What Tencent's answers to attempts in flight came to, with a code and charged segments."""
    figures.count(
        tx,
        [
            Counted(
                _line(attempt, attempt.signed_at), changes(IN_FLIGHT, state), segments or 0, code
            )
            for attempt, state, code, segments in answered
        ],
    )


def count_move(tx: Tx, before: Message, after: Message, *, is_agreed: bool = False) -> None:
    """One message that moved; `is_agreed` as its attempt was."""
    if before.signed_at is None:
        return
    code = why_refused(after.code, after.detail) if after.state is MessageState.REFUSED else ""
    moved = changes(before.state, after.state)
    if is_agreed and (before.state, after.state) == (IN_FLIGHT, QUEUED):
        moved = (*moved, (AGREED, -1))
    segments = after.fee_segments if after.state is MessageState.ACCEPTED else None
    figures.count(tx, [Counted(_line(before, before.signed_at), moved, segments or 0, code)])


def count_report(tx: Tx, message: Message, state: MessageState, said: Said) -> None:
    """What a carrier said of a message, and how that came to us."""
    if message.signed_at is None:
        return
    step = None
    if said.carrier_at is not None:
        step = step_of((said.carrier_at - message.signed_at).total_seconds())
    code = said.carrier_code if state is MessageState.UNDELIVERED else ""
    is_unfiled = bool(code) and receipt_of(code).category is Category.SIGNATURE_NOT_FILED
    moved = changes(message.state, state)
    if said.came is Came.FETCHED:
        moved = (*moved, (BACKFILLED, 1))
    line = _line(message, message.signed_at)
    figures.count(tx, [Counted(line, moved, 0, code, step, is_unfiled)])


def count_unreported(tx: Tx, stopped: Iterable[Stopped]) -> None:
    """Messages no carrier reported on in time."""
    moved = changes(MessageState.ACCEPTED, UNREPORTED)
    figures.count(tx, [Counted(_line(each, each.signed_at), moved) for each in stopped])


def count_reply(tx: Tx, app: str, now: datetime, *, is_optout: bool) -> None:
    """An answer from a number; `app` is whose address it came to."""
    happened: list[Change] = [(REPLIES, 1)]
    if is_optout:
        happened.append((OPTOUTS, 1))
    figures.count(tx, [Happened(app, hour_of(now), happened)])


def count_optout(tx: Tx, app: str, now: datetime) -> None:
    """A number that wants no more, as Tencent or its carrier said."""
    figures.count(tx, [Happened(app, hour_of(now), [(OPTOUTS, 1)])])


def count_key_press(tx: Tx, app: str, now: datetime) -> None:
    """Keys pressed in a call."""
    figures.count(tx, [Happened(app, hour_of(now), [(KEY_PRESSES, 1)])])


def count_call(tx: Tx, app: str, now: datetime, *, is_answered: bool) -> None:
    """A voice call that is over."""
    happened: list[Change] = [(CALLS, 1)]
    if is_answered:
        happened.append((ANSWERED_CALLS, 1))
    figures.count(tx, [Happened(app, hour_of(now), happened)])


def why_refused(code: str, detail: str) -> str:
    """Tencent's code, or what kept the call from being made."""
    return code or detail


def _count_attempts(
    tx: Tx, attempts: Iterable[Attempt], before: MessageState, after: MessageState
) -> None:
    moved = changes(before, after)
    agreed = (*moved, (AGREED, 1 if after is IN_FLIGHT else -1))
    found = [
        Counted(_line(each, each.signed_at), agreed if each.is_agreed else moved)
        for each in attempts
    ]
    figures.count(tx, found)


def _line(message: Attempt | Message | Stopped, signed_at: datetime) -> Line:
    return Line(
        message.app,
        hour_of(signed_at),
        message.template_id,
        message.signature,
        message.class_.value,
        message.country,
        message.number[:PREFIX_CHARS],
    )
