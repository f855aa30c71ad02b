"""Ids are made here, never by the database: the same row has the same id wherever it is stored."""

import itertools
import secrets
from datetime import UTC, datetime, timedelta
from typing import NewType

RequestId = NewType("RequestId", str)
MessageId = NewType("MessageId", str)
AttemptId = NewType("AttemptId", str)
ReplyId = NewType("ReplyId", str)

# Crockford's base 32: no letter that reads as another or as a digit.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
NTH = itertools.count()
#: More messages than a millisecond holds.
NTH_SPAN = 1 << 24


def new_request_id(length: int = 4) -> RequestId:
    """Short enough to say aloud: ``R-7K3Q``. Not unique by itself; the caller tries again."""
    return RequestId("R-" + "".join(secrets.choice(ALPHABET) for _ in range(length)))


def new_message_id(now: datetime) -> MessageId:
    """Time first, so that rows made together are stored together; of one millisecond, in the order
    they were made. 24 random bits keep the ids of two runs apart."""
    return MessageId(_timed(now))


def new_reply_id(now: datetime) -> ReplyId:
    """Time first, so that replies are in the order they came."""
    return ReplyId(_timed(now))


def new_alert_id(now: datetime) -> str:
    """Time first, so that alerts are in the order they began."""
    return _timed(now)


def new_short_id(letter: str, length: int = 4) -> str:
    """An id short enough to say aloud, as a request's: ``A-7K3Q``. Not unique by itself; the caller
    tries again."""
    return f"{letter}-" + "".join(secrets.choice(ALPHABET) for _ in range(length))


def first_message_id(moment: datetime) -> str:
    """No message made at `moment` or later sorts before this."""
    return f"{to_ms(moment):012x}"


def new_attempt_id() -> AttemptId:
    """An id nobody guesses: 16 hexadecimal digits. One of a call names all its messages."""
    return AttemptId(secrets.token_hex(8))


def _timed(now: datetime) -> str:
    nth = next(NTH) % NTH_SPAN
    return f"{to_ms(now):012x}{nth:06x}{secrets.token_hex(3)}"


def to_ms(moment: datetime) -> int:
    """UTC milliseconds since 1970."""
    return (moment - EPOCH) // MILLISECOND


def from_ms(value: int) -> datetime:
    """The moment of UTC milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=value)


def from_ms_or_none(value: int | None) -> datetime | None:
    """The moment of UTC milliseconds since 1970, where there are any."""
    return None if value is None else from_ms(value)
