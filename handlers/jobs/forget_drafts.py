"""Drops forms nobody came back to, and images no request was asked with lately."""

from datetime import datetime, timedelta

from handlers.services import Services
from storage import attachments, form_drafts

EVERY_S = 86_400
DRAFTS_FOR = timedelta(days=30)
#: Longer than any approval waits (app.yaml: 30 days at the most) and any review takes.
ATTACHMENTS_FOR = timedelta(days=90)


async def run(services: Services, now: datetime) -> None:
    if services.settings.retention.legal_hold:
        return
    await services.db.write(form_drafts.forget_before, now - DRAFTS_FOR)
    await services.db.write(attachments.forget_before, now - ATTACHMENTS_FOR)
