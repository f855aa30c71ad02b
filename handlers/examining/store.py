"""Looks at the disk and into the database."""

import asyncio
from datetime import datetime

from bot.errors import SmsopsError, StorageError, WrongDataKey
from bot.rules import doctor
from bot.rules.doctor import Finding, Found
from bot.rules.vitals import free_mb, is_low
from handlers.examining.patient import Patient
from handlers.flows import doctor as flow
from handlers.vitals import bounds_of
from storage import checkups, durability, space


async def look(patient: Patient, now: datetime) -> list[Finding]:
    """What is kept, whether it stays, and what it says of the rest."""
    settings = patient.settings
    path = settings.database
    if not await asyncio.to_thread(path.is_file):
        return [Finding(Found.STORE_NONE_YET, {"path": str(path)})]
    try:
        place = await asyncio.to_thread(durability.place_of, path)
        is_held = await patient.reader.read(checkups.is_held, path)
        written = await patient.reader.read(durability.writing)
        of_disk = await asyncio.to_thread(space.look, path)
        said = await patient.reader.read(flow.stored, settings, patient.since, now)
    except (StorageError, OSError) as error:
        return [Finding(Found.STORE_UNUSABLE, {"path": str(path), "why": _why(error)})]
    held = [Finding(Found.STORE_HELD)] if is_held else []
    is_short = is_low(of_disk, bounds_of(settings))
    return [
        doctor.store(place.disk, place.file_system, written.journal, written.synchronous),
        Finding(Found.SPACE_LOW if is_short else Found.SPACE_LEFT, {"free_mb": free_mb(of_disk)}),
        *held,
        *said,
    ]


def _why(error: Exception) -> str:
    if isinstance(error, WrongDataKey):
        return "SMSOPS_DATA_KEY"
    return str(error) if isinstance(error, SmsopsError) else type(error).__name__
