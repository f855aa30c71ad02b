"""What limits count besides one number's history: an app's day, and what they did not let go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.classes import TemplateClass
from storage.db import Tx
from storage.ids import to_ms
from storage.vault import SealedNumber

COUNT = """
INSERT INTO limit_days (app, day, country, begun) VALUES (:app, :day, :country, :begun)
ON CONFLICT (app, day, country) DO UPDATE SET begun = limit_days.begun + excluded.begun
"""
OF_DAY = "SELECT country, begun FROM limit_days WHERE app = :app AND day = :day"
ADD_REFUSAL = """
INSERT INTO limit_refusals (app, at_ms, request_id, number, content, class, country, rule)
VALUES (:app, :at, :request_id, :number, :content, :class, :country, :rule)
ON CONFLICT (app, at_ms, request_id, number) DO NOTHING
"""
DROP_REFUSAL = """
DELETE FROM limit_refusals
WHERE app = :app AND at_ms = :at AND request_id = :request_id AND number = :number
"""

FORGET_REFUSALS = """
DELETE FROM limit_refusals WHERE app = :app AND (at_ms, request_id, number) IN (
  SELECT at_ms, request_id, number FROM limit_refusals
  WHERE app = :app AND at_ms < :before ORDER BY at_ms LIMIT :limit
)
"""


@dataclass(frozen=True, slots=True)
class LimitRefusal:
    """A message that a limit of ours did not let go; `at` is when it was wanted.

    `number` is sealed, `content` the keyed hash of its text, `rule` the limit.
    """

    app: str
    at: datetime
    request_id: str
    number: SealedNumber
    content: str
    class_: TemplateClass
    country: str
    rule: str


def totals(tx: Tx, app: str, day: date) -> dict[str, int]:
    """How many messages of an app were begun on a natural day, by country."""
    rows = tx.all(OF_DAY, app=app, day=day.isoformat())
    return {row["country"]: row["begun"] for row in rows}


def count(tx: Tx, app: str, day: date, begun: Mapping[str, int]) -> None:
    """So many more, or fewer, were begun on that day, by country."""
    rows = [
        {"app": app, "day": day.isoformat(), "country": country, "begun": more}
        for country, more in begun.items()
    ]
    tx.run_many(COUNT, rows)


def add_refusals(tx: Tx, refusals: Iterable[LimitRefusal]) -> int:
    """Keeps them, each once; returns how many are new."""
    return tx.run_many(
        ADD_REFUSAL,
        (
            {
                "app": each.app,
                "at": to_ms(each.at),
                "request_id": each.request_id,
                "number": each.number,
                "content": each.content,
                "class": each.class_.value,
                "country": each.country,
                "rule": each.rule,
            }
            for each in refusals
        ),
    )


def drop_refusal(tx: Tx, app: str, at: datetime, request_id: str, number: SealedNumber) -> None:
    """What did not go at first has gone after all: it was wanted once."""
    tx.run(DROP_REFUSAL, app=app, at=to_ms(at), request_id=request_id, number=number)


def forget_refusals(tx: Tx, app: str, before: datetime, limit: int) -> int:
    """Deletes so many of an app's that were wanted before `before`; returns how many."""
    return tx.run(FORGET_REFUSALS, app=app, before=to_ms(before), limit=limit)
