from datetime import timedelta

from handlers.jobs import forget_drafts
from storage import attachments, form_drafts
from tests.handlers.jobs.conftest import Stage
from tests.storage.rows import LIN, MAYA

SECOND = timedelta(seconds=1)


async def test_only_what_nobody_needs_any_more_is_forgotten(stage: Stage) -> None:
    db, now = stage.services.db, stage.now
    await db.write(
        form_drafts.put, LIN, "template.new", {}, now - forget_drafts.DRAFTS_FOR - SECOND
    )
    await db.write(form_drafts.put, MAYA, "template.new", {}, now - forget_drafts.DRAFTS_FOR)
    old = now - forget_drafts.ATTACHMENTS_FOR - SECOND
    gone = await db.write(attachments.put, "a.png", b"a", old)
    kept = await db.write(attachments.put, "b.png", b"b", now - forget_drafts.ATTACHMENTS_FOR)

    await forget_drafts.run(stage.services, now)

    assert await db.read(form_drafts.get, LIN, "template.new") is None
    assert await db.read(form_drafts.get, MAYA, "template.new") is not None
    assert not await db.read(attachments.is_kept, gone.sha256)
    assert await db.read(attachments.is_kept, kept.sha256)
