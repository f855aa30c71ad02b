"""The head of the audit trail, told outside the file where it moved."""

import logging

import pytest

from bot.rules.audit import AuditEntry, What
from handlers.jobs import tell_audit
from storage import audit, posts
from storage.db import Tx
from tests.handlers.jobs.conftest import Stage
from tests.storage.rows import LIN


def heads(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [vars(each) for each in caplog.records if getattr(each, "event", "") == "audit_head"]
    return [f"{each['entries']}:{each['mac']}" for each in found]


def told(tx: Tx) -> int:
    return len(tx.all("SELECT key FROM posts WHERE kind = 'audit.head'"))


async def test_without_a_channel_the_log_alone_says_it_once_each_time_it_moved(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "smsops.audit")
    db, entry = stage.services.db, AuditEntry(What.APP_STOPPED, LIN, "demo")
    await tell_audit.run(stage.services, stage.now)
    assert heads(caplog) == []
    await db.write(audit.append, entry, stage.now)
    first = await db.read(audit.head)
    for _ in range(2):
        await tell_audit.run(stage.services, stage.now)
    await db.write(audit.append, entry, stage.now)
    await tell_audit.run(stage.services, stage.now)
    second = await db.read(audit.head)
    assert heads(caplog) == [first.written(), second.written()]
    assert await db.read(told) == 0
    assert not stage.services.db._closed


async def test_nothing_is_written_where_nothing_was_entered(stage: Stage) -> None:
    await stage.services.db.write(audit.append, AuditEntry(What.APP_STOPPED, LIN), stage.now)
    await tell_audit.run(stage.services, stage.now)
    changes = stage.services.db._writer_conn.total_changes
    await tell_audit.run(stage.services, stage.now)
    assert stage.services.db._writer_conn.total_changes == changes
    assert not await stage.services.db.read(posts.find_due, stage.now, 9)
