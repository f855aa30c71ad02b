"""Posts bodies at the door of a real file, and compares what is stored with what was said."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.tencent.callbacks import BadCallback
from handlers.callbacks.door import CallbackDoor
from storage.db import Row, Tx, open_database
from storage.vault import Vault
from tests.fuzz.bodies import Bodies
from tests.fuzz.reading import Said, said_in

AT_ONCE = 64
VAULT = Vault(bytes(range(64)))
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
REPORTS = """
SELECT serial, number, success, carrier_code AS code, receipts.description AS words,
  carrier_at_ms AS at_ms, carrier_words.description AS usual_words
FROM receipts LEFT JOIN carrier_words USING (carrier_code)
"""


@dataclass(slots=True)
class Verdict:
    """What came of it: `broken` bodies made an exception, `turned_away` good ones were refused,
    `wrong` is stored and was not said, or was said and is not stored."""

    bodies: int = 0
    taken: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    broken: list[bytes] = field(default_factory=list)
    turned_away: list[bytes] = field(default_factory=list)
    wrong: list[Said] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.broken or self.turned_away or self.wrong)


async def fuzz(folder: Path, count: int, seed: int) -> Verdict:
    """Posts `count` bodies of this seed, many at once."""
    db = open_database(folder / "fuzz.db", VAULT)
    verdict, said = Verdict(), dict[Said, set[Said]]()
    door, bodies = CallbackDoor(db, lambda: NOW, asyncio.Event()), Bodies(seed)
    try:
        while verdict.bodies < count:
            posted = [bodies.next() for _ in range(min(AT_ONCE, count - verdict.bodies))]
            answers = await asyncio.gather(
                *(door.take("demo", body) for body, _ in posted), return_exceptions=True
            )
            _note(verdict, said, posted, answers)
        verdict.wrong = await db.read(compare, said)
    finally:
        db.close()
    return verdict


def _note(
    verdict: Verdict,
    said: dict[Said, set[Said]],
    posted: Sequence[tuple[bytes, bool]],
    answers: Sequence[object],
) -> None:
    for (body, is_good), answer in zip(posted, answers, strict=True):
        verdict.bodies += 1
        if isinstance(answer, BadCallback):
            verdict.refused[answer.reason.value] += 1
            if is_good:
                verdict.turned_away.append(body)
        elif isinstance(answer, int):
            verdict.taken += 1
            for each in said_in(body):
                said.setdefault(_key(each), set()).add(each)
        else:
            verdict.broken.append(body)


def _key(said: Said) -> Said:
    """What makes two of them the same: the first to come stays."""
    return said[:4] if said[0] == "receipts" else said


def compare(tx: Tx, said: dict[Said, set[Said]]) -> list[Said]:
    """What is stored and was not said, and what was said and is not stored."""
    stored = {_key(readings[0]): readings for readings in _stored(tx)}
    made_up = [r[0] for key, r in stored.items() if said.get(key, set()).isdisjoint(r)]
    return made_up + [key for key in said if key not in stored]


def _stored(tx: Tx) -> list[list[Said]]:
    """Each row as it may be read: a report without words had none, or its code's usual ones."""
    number = tx.vault.open_number
    return [
        *([_report(tx, row, words) for words in _words(row)] for row in tx.all(REPORTS)),
        *(
            [("replies", number(r["number"]), tx.vault.open(r["text"], purpose="replies.text"))]
            for r in tx.all("SELECT number, text FROM replies")
        ),
        *(
            [("voice_events", r["call_id"], number(r["number"]), r["kind"], r["said"])]
            for r in tx.all("SELECT call_id, number, kind, said FROM voice_events")
        ),
    ]


def _report(tx: Tx, row: Row, words: str) -> Said:
    number, success = tx.vault.open_number(row["number"]), bool(row["success"])
    return ("receipts", row["serial"], number, success, row["code"], words, row["at_ms"])


def _words(row: Row) -> list[str]:
    usual = row["usual_words"]
    return [row["words"]] if row["words"] or usual is None else ["", usual]
