"""Receipts that did not come: whom to ask Tencent about, what was found, and its queue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.backfill import DAY_S, LAST_LOOK, day_of, next_look, rest, span_of
from bot.rules.figures import MISSING_AFTER
from handlers.flows.delivery import take_receipts
from storage import back_offs, leases, receipt_looks
from storage.db import Tx
from storage.receipt_looks import Look
from storage.receipts import Came, Receipt

#: Messages looked over in one transaction.
CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Question:
    """One number and the span in which Tencent's books hold its messages; until None: until now."""

    look: Look
    since: datetime
    until: datetime | None


def is_overdue(tx: Tx, now: datetime) -> bool:
    """Whether there are messages without receipts that nobody is asked about yet."""
    after, before = _span(tx, now)
    return bool(receipt_looks.find_overdue(tx, after=after, before=before, limit=1))


def note_overdue(tx: Tx, now: datetime) -> bool:
    """Has Tencent asked about them; returns whether there may be more than one transaction takes.

    A number that waits for its next look is looked at now: something new went to it.
    """
    after, before = _span(tx, now)
    found = receipt_looks.find_overdue(tx, after=after, before=before, limit=CHUNK)
    looks = dict.fromkeys((each.app, each.sealed, day_of(each.signed_at)) for each in found)
    receipt_looks.add(tx, list(looks), now)
    is_more = len(found) >= CHUNK
    receipt_looks.set_mark(tx, found[-1].accepted_at if is_more else before)
    return is_more


def _span(tx: Tx, now: datetime) -> tuple[datetime, datetime]:
    before = now - MISSING_AFTER
    mark = receipt_looks.mark(tx)
    # One ahead was set before the clock was put back.
    if mark is None or mark > before:
        mark = now - LAST_LOOK
    return mark, before


def find_due(tx: Tx, apps: Iterable[str], now: datetime, limit: int) -> list[Look]:
    """Numbers Tencent is to be asked about now, of each app in turn; none of those at rest."""
    found = [
        receipt_looks.find_due(tx, app, now, limit)
        for app in apps
        if back_offs.is_over(tx, _of_numbers(app), now)
    ]
    most = max(map(len, found), default=0)
    return [looks[nth] for nth in range(most) for looks in found if nth < len(looks)][:limit]


def question_of(tx: Tx, look: Look, now: datetime) -> Question | None:
    """What is to be asked; None where every receipt came meanwhile, or is given up."""
    opened = receipt_looks.find_open(tx, look, look.day_s + DAY_S)
    if not opened:
        return None
    return Question(look, *span_of(opened[0].signed_at, look.day_s, now))


def note_found(tx: Tx, look: Look, found: Sequence[Receipt], now: datetime) -> int:
    """Applies what Tencent's books hold to the messages that miss it, exactly like a report that
    was pushed; returns how many were missing no longer."""
    opened = receipt_looks.find_open(tx, look, look.day_s + DAY_S)
    serials = {each.serial for each in opened}
    # The rest was sent by somebody else, or came meanwhile.
    ours = [each for each in found if each.serial in serials and each.number == look.number]
    take_receipts(tx, look.app, ours, now, Came.FETCHED)
    back_offs.clear(tx, _of_numbers(look.app))
    return len(opened) - _put_off(tx, look, now)


def note_failure(tx: Tx, look: Look, now: datetime) -> None:
    """Tencent did not answer: its books of this app rest, and another number is first then."""
    _rest(tx, _of_numbers(look.app), now)
    _put_off(tx, look, now)


def drop(tx: Tx, look: Look, now: datetime) -> None:
    """Nothing is left to ask about, if that is still so."""
    _put_off(tx, look, now)


def _put_off(tx: Tx, look: Look, now: datetime) -> int:
    """Sets its next look, where there is to be one; returns how many messages still wait."""
    opened = receipt_looks.find_open(tx, look, look.day_s + DAY_S)
    times = (next_look(each.signed_at, now) for each in opened)
    next_at = min((each for each in times if each is not None), default=None)
    if next_at is None:
        receipt_looks.drop(tx, look)
    else:
        receipt_looks.put_off(tx, look, next_at)
    return len(opened)


def forget(tx: Tx, now: datetime) -> None:
    """Drops what is left of days no book holds any more: their app is gone from app.yaml."""
    receipt_looks.forget(tx, day_of(now - 2 * LAST_LOOK))


def begin_taking(tx: Tx, app: str, holder: str, lasts: timedelta, now: datetime) -> bool:
    """Whether `holder` may take from the app's queue now: nobody else does, and it is not at
    rest."""
    if not back_offs.is_over(tx, _of_queue(app), now):
        return False
    return leases.take(tx, _of_queue(app), holder, lasts, now)


def note_taken(
    tx: Tx,
    app: str,
    holder: str,
    taken: Sequence[Receipt],
    lasts: timedelta,
    now: datetime,
) -> bool:
    """Keeps what came off the queue, where it is no more; returns whether `holder` may take the
    next. It is kept whoever holds the queue by now."""
    take_receipts(tx, app, taken, now, Came.TAKEN)
    back_offs.clear(tx, _of_queue(app))
    return leases.take(tx, _of_queue(app), holder, lasts, now)


def note_not_taken(tx: Tx, app: str, now: datetime) -> None:
    """The queue gave nothing: it rests."""
    _rest(tx, _of_queue(app), now)


def is_queue_at_rest(tx: Tx, app: str) -> bool:
    """Whether the queue gave nothing when it was last asked."""
    return back_offs.failures(tx, _of_queue(app)) > 0


def end_taking(tx: Tx, app: str, holder: str) -> None:
    leases.release(tx, _of_queue(app), holder)


def _rest(tx: Tx, name: str, now: datetime) -> None:
    back_offs.note(tx, name, now + rest(back_offs.failures(tx, name)))


def _of_numbers(app: str) -> str:
    return f"receipts:{app}"


def _of_queue(app: str) -> str:
    return f"queue:{app}"
