"""Who wants no more messages: one row a number, signature and scope (`bot.rules.optouts`)."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from bot.errors import WrongDataKey
from bot.rules.classes import TemplateClass
from bot.rules.optouts import Optout, Scope, Source, scopes_against
from storage.db import Row, Tx
from storage.ids import from_ms, to_ms
from storage.vault import SealedNumber

log = logging.getLogger("smsops.storage")
PURPOSE = "optouts.detail"
#: Numbers in one look-up; each statement text is prepared once for each count.
AT_ONCE = 250
#: Up to so many messages of a request, each is looked up; of more, the shorter list is walked.
FEW = 10_000

ADD_OPTOUT = """
INSERT INTO optouts (number, signature, scope, source, detail, added_by, at_ms)
VALUES (:number, :signature, :scope, :source, :detail, :added_by, :at)
ON CONFLICT (number, signature, scope) DO NOTHING
"""
RENEW = """
UPDATE optouts SET source = :source, detail = :detail, added_by = :added_by, at_ms = :at
WHERE number = :number AND signature = :signature AND scope = :scope AND at_ms < :at
"""
REMOVE = """
DELETE FROM optouts
WHERE number = :number AND signature = :signature AND scope = :scope RETURNING number
"""
GET_OPTOUT = """
SELECT * FROM optouts WHERE number = :number AND signature = :signature AND scope = :scope
"""
OF_NUMBER = "SELECT * FROM optouts WHERE number = :number ORDER BY at_ms DESC, signature, scope"
LATEST = """
SELECT * FROM optouts ORDER BY at_ms DESC, number, signature, scope LIMIT :limit OFFSET :skip
"""
COUNT_SOURCES = "SELECT source, count(*) AS optouts FROM optouts GROUP BY source"
# A message without a signature (abroad) is held back by any, one with a signature by its own and
# by those of every signature.
_COVERS = """(signature = '' OR :signature = '' OR signature = :signature)
  AND scope IN (:scope, :wider)"""
FIND = f"""
SELECT * FROM optouts WHERE number = :number AND {_COVERS} ORDER BY at_ms DESC, scope LIMIT 1
"""
HAS_MORE = """
SELECT 1 FROM messages WHERE request_id = :request_id LIMIT 1 OFFSET :few
"""
# The two ask the same. One looks up every message, the other every opt-out: whichever are fewer.
_COVERS_MESSAGE = """optouts.number = messages.number AND optouts.scope IN (:scope, :wider) AND (
    optouts.signature = '' OR messages.signature = '' OR optouts.signature = messages.signature
  )"""
COUNT_BY_MESSAGE = f"""
SELECT count(*) AS numbers FROM messages
WHERE request_id = :request_id AND EXISTS (SELECT 1 FROM optouts WHERE {_COVERS_MESSAGE})
"""
COUNT_BY_OPTOUT = f"""
SELECT count(DISTINCT number) AS numbers FROM optouts
WHERE EXISTS (SELECT 1 FROM messages WHERE request_id = :request_id AND {_COVERS_MESSAGE})
"""
OUT_BY_MESSAGE = f"""
SELECT template_values, signature FROM messages
WHERE request_id = :request_id AND EXISTS (SELECT 1 FROM optouts WHERE {_COVERS_MESSAGE})
"""
OUT_BY_OPTOUT = f"""
SELECT template_values, signature FROM messages WHERE id IN (
  SELECT messages.id FROM optouts CROSS JOIN messages
  WHERE messages.request_id = :request_id AND {_COVERS_MESSAGE}
)
"""

ADD_ERASED = """
INSERT INTO erased_optouts (mark, signature, scope, source, at_ms)
VALUES (:mark, :signature, :scope, :source, :at_ms)
ON CONFLICT (mark, signature, scope) DO UPDATE SET source = excluded.source, at_ms = excluded.at_ms
"""
DROP_OF_NUMBER = "DELETE FROM optouts WHERE number = :number"
HAS_ERASED = "SELECT 1 FROM erased_optouts LIMIT 1"
ERASED_OF = "SELECT * FROM erased_optouts WHERE mark = :mark ORDER BY at_ms DESC, signature, scope"
DROP_ERASED = """
DELETE FROM erased_optouts WHERE mark = :mark AND signature = :signature AND scope = :scope
RETURNING mark
"""


def add(tx: Tx, optout: Optout) -> bool:
    """Keeps it; False where it was known. What is known already stays as it was learned."""
    return tx.run(ADD_OPTOUT, **_values(tx, optout)) == 1


def add_many(tx: Tx, optouts: Iterable[Optout]) -> int:
    """Keeps many opt-outs; returns how many were new."""
    return tx.run_many(ADD_OPTOUT, (_values(tx, each) for each in optouts))


def renew(tx: Tx, optout: Optout) -> bool:
    """Keeps it, over what was known before: said once more, it is meant as of now.

    Returns whether it was not known.
    """
    values = _values(tx, optout)
    is_new = tx.run(ADD_OPTOUT, **values) == 1
    if not is_new:
        tx.run(RENEW, **values)
    return is_new


def get(tx: Tx, number: str, signature: str, scope: Scope) -> Optout | None:
    """Exactly this one, whatever else keeps messages from the number."""
    row = tx.one(
        GET_OPTOUT,
        number=tx.vault.seal_number(number),
        signature=signature,
        scope=scope.value,
    )
    if row is not None:
        return _optout(tx, row)
    erased = (each for each in _erased(tx, number) if each.signature == signature)
    return next((each for each in erased if each.scope is scope), None)


def remove(tx: Tx, number: str, signature: str, scope: Scope) -> bool:
    """Forgets exactly this one; False where it is gone."""
    sealed = tx.vault.seal_number(number)
    which = {"signature": signature, "scope": scope.value}
    row = tx.one(REMOVE, number=sealed, **which)
    erased = tx.one(DROP_ERASED, mark=_mark(tx, number), **which)
    return row is not None or erased is not None


def erase(tx: Tx, number: str) -> int:
    """Forgets who said no, and keeps that they did: a keyed hash of the number stays, by which it
    counts again when the number is back. How many there were."""
    mark, sealed = _mark(tx, number), tx.vault.seal_number(number)
    known = tx.all(OF_NUMBER, number=sealed)
    which = ("signature", "scope", "source", "at_ms")
    tx.run_many(
        ADD_ERASED, [{"mark": mark, **{each: row[each] for each in which}} for row in known]
    )
    return tx.run(DROP_OF_NUMBER, number=sealed)


def recognise(tx: Tx, numbers: Iterable[SealedNumber]) -> None:
    """Numbers that are in the file again: who of them said no before they were erased, is known by
    number again."""
    if tx.one(HAS_ERASED) is None:
        return
    for sealed in numbers:
        for each in _erased(tx, tx.vault.open_number(sealed)):
            tx.run(ADD_OPTOUT, **_values(tx, each))
            which = {"signature": each.signature, "scope": each.scope.value}
            tx.run(DROP_ERASED, mark=_mark(tx, each.number), **which)


def key_of(tx: Tx, optout: Optout) -> str:
    """A name for it that tells nobody the number; `by_key` finds it."""
    return "|".join((tx.vault.seal_number(optout.number), optout.scope.value, optout.signature))


def by_key(tx: Tx, key: str) -> Optout | None:
    """The opt-out of that name, None where it is gone. Raises WrongDataKey or ValueError for a key
    that `key_of` did not make."""
    sealed, scope, signature = key.split("|", 2)
    return get(tx, tx.vault.open_number(SealedNumber(sealed)), signature, Scope(scope))


def find(tx: Tx, number: str, signature: str, class_: TemplateClass) -> Optout | None:
    """What keeps a message of `class_` with `signature` ('' abroad) from `number`: the latest."""
    scopes = scopes_against(class_)
    if not scopes:
        return None
    row = tx.one(FIND, number=tx.vault.seal_number(number), signature=signature, **_scopes(scopes))
    if row is not None:
        return _optout(tx, row)
    erased = (each for each in _erased(tx, number) if each.scope in scopes)
    return next((each for each in erased if _covers(each.signature, signature)), None)


def is_out(tx: Tx, number: str, signature: str, class_: TemplateClass) -> bool:
    """Whether `number` is to get no message of `class_` with `signature`."""
    return find(tx, number, signature, class_) is not None


def among(
    tx: Tx, numbers: Sequence[SealedNumber], signature: str, class_: TemplateClass
) -> set[SealedNumber]:
    """Which of the sealed `numbers` are to get no message of `class_` with `signature`."""
    scopes = scopes_against(class_)
    found: set[SealedNumber] = set()
    if not scopes:
        return found
    known = _scopes(scopes)
    for start in range(0, len(numbers), AT_ONCE):
        part = numbers[start : start + AT_ONCE]
        values = [signature, signature, known["scope"], known["wider"], *part]
        found |= {row["number"] for row in tx.conn.execute(_which_out(len(part)), values)}
    return found


def opted_out_of(tx: Tx, request_id: str, class_: TemplateClass) -> int:
    """How many of a request's messages, all of `class_`, go to numbers that are to get none."""
    scopes = scopes_against(class_)
    if not scopes:
        return 0
    values = {"request_id": request_id, **_scopes(scopes)}
    is_long = _is_long(tx, request_id)
    row = tx.one(COUNT_BY_OPTOUT, **values) if is_long else tx.one(COUNT_BY_MESSAGE, **values)
    return 0 if row is None else int(row["numbers"])


def texts_out(tx: Tx, request_id: str, class_: TemplateClass) -> Iterator[tuple[str, str]]:
    """The (sealed values, signature) of each of those messages, one after the other."""
    scopes = scopes_against(class_)
    if not scopes:
        return
    values = {"request_id": request_id, **_scopes(scopes)}
    is_long = _is_long(tx, request_id)
    found = (
        tx.conn.execute(OUT_BY_OPTOUT, values)
        if is_long
        else tx.conn.execute(OUT_BY_MESSAGE, values)
    )
    for row in found:
        yield row["template_values"], row["signature"]


def _is_long(tx: Tx, request_id: str) -> bool:
    return tx.one(HAS_MORE, request_id=request_id, few=FEW) is not None


def of_number(tx: Tx, number: str) -> list[Optout]:
    """All of one number, latest first; behind them what it said before it was erased."""
    known = [_optout(tx, row) for row in tx.all(OF_NUMBER, number=tx.vault.seal_number(number))]
    said = {(each.signature, each.scope) for each in known}
    erased = _erased(tx, number)
    return known + [each for each in erased if (each.signature, each.scope) not in said]


def latest(tx: Tx, limit: int, skip: int = 0) -> list[Optout]:
    """The latest, behind the first `skip`."""
    return [_optout(tx, row) for row in tx.all(LATEST, limit=limit, skip=skip)]


def count(tx: Tx) -> Mapping[Source, int]:
    """How many there are, by how we know."""
    return {Source(row["source"]): row["optouts"] for row in tx.all(COUNT_SOURCES)}


def _covers(said: str, signature: str) -> bool:
    """Whether a no to `said` keeps back what bears `signature`, as the statements above have it."""
    return "" in {said, signature} or said == signature


def _mark(tx: Tx, number: str) -> str:
    return tx.vault.fingerprint("erased number", number)


def _erased(tx: Tx, number: str) -> list[Optout]:
    """What a number said before it was erased, latest first. Why, and who noted it, is gone."""
    return [
        Optout(
            number=number,
            signature=row["signature"],
            scope=Scope(row["scope"]),
            source=Source(row["source"]),
            detail="",
            added_by="",
            at=from_ms(row["at_ms"]),
        )
        for row in tx.all(ERASED_OF, mark=_mark(tx, number))
    ]


@cache
def _which_out(count: int) -> str:
    marks = ", ".join("?" * count)
    return f"""
SELECT DISTINCT number FROM optouts
WHERE (signature = '' OR CAST(? AS TEXT) = '' OR signature = ?) AND scope IN (?, ?)
  AND number IN ({marks})
"""


def _scopes(scopes: Sequence[Scope]) -> dict[str, str]:
    """One or two scopes as the two parameters of the statements above."""
    return {"scope": scopes[0].value, "wider": scopes[-1].value}


def _values(tx: Tx, optout: Optout) -> dict[str, object]:
    return {
        "number": tx.vault.seal_number(optout.number),
        "signature": optout.signature,
        "scope": optout.scope.value,
        "source": optout.source.value,
        "detail": tx.vault.seal(optout.detail, purpose=PURPOSE),
        "added_by": optout.added_by,
        "at": to_ms(optout.at),
    }


def _detail(tx: Tx, row: Row) -> str:
    """What cannot be read must not keep the no from being known."""
    try:
        return tx.vault.open(row["detail"], purpose=PURPOSE)
    except WrongDataKey:
        extra = {"event": "row_unreadable", "row": row["signature"]}
        log.exception("opt-out unreadable", extra=extra)
        return ""


def _optout(tx: Tx, row: Row) -> Optout:
    return Optout(
        number=tx.vault.open_number(row["number"]),
        signature=row["signature"],
        scope=Scope(row["scope"]),
        source=Source(row["source"]),
        detail=_detail(tx, row),
        added_by=row["added_by"],
        at=from_ms(row["at_ms"]),
    )
