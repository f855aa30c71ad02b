"""Hostile callbacks, a few of those of `make fuzz`: nothing breaks, nothing unsaid is stored."""

import asyncio
from pathlib import Path

from handlers.callbacks.door import CallbackDoor
from storage.db import open_database
from tests.fuzz.judging import NOW, VAULT, compare, fuzz
from tests.fuzz.reading import said_in


async def test_nothing_breaks_and_what_is_stored_was_said(tmp_path: Path) -> None:
    verdict = await fuzz(tmp_path, 1_500, seed=7)
    assert verdict.is_clean, verdict
    # It is no test unless much is taken, and much is refused for many reasons.
    assert verdict.taken > 500
    assert len(verdict.refused) >= 8


async def test_the_judge_notices_what_was_never_said_and_what_is_missing(tmp_path: Path) -> None:
    db = open_database(tmp_path / "smsops.db", VAULT)
    door = CallbackDoor(db, lambda: NOW, asyncio.Event())
    body = b'{"text":"T","mobile":"13800000001","nationcode":"86"}'
    assert await door.take("demo", body) == 1
    (said,) = said_in(body)
    other = (*said[:2], "R")
    assert await db.read(compare, {said: {said}}) == []
    assert await db.read(compare, {}) == [said]
    assert await db.read(compare, {said: {said}, other: {other}}) == [other]
    db.close()
