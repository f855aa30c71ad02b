from datetime import timedelta

from handlers.jobs import forget_drafts
from storage import attachments, form_drafts
from tests.handlers.jobs.conftest import Stage, held_by_law
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


async def test_while_a_hold_lasts_forms_and_images_stay(stage: Stage) -> None:
    db = stage.services.db
    held = held_by_law(stage.services)
    await db.write(form_drafts.put, LIN, "template.new", {}, stage.now)
    image = await db.write(attachments.put, "a.png", b"a", stage.now)
    later = stage.now + timedelta(days=4_000)
    await forget_drafts.run(held, later)
    assert await db.read(form_drafts.get, LIN, "template.new") is not None
    assert await db.read(attachments.is_kept, image.sha256)
    await forget_drafts.run(stage.services, later)
    assert not await db.read(attachments.is_kept, image.sha256)
