"""Looks at the whole set-up and asks everybody: Slack, Tencent, our own addresses, the disk.

Nothing is sent to a phone and nothing is changed. The bot looks at itself; the command line looks
at a bot that runs, or does not yet.
"""

import asyncio
from collections.abc import Awaitable
from datetime import datetime

from bot.rules import doctor
from bot.rules.doctor import Finding, Severity
from bot.settings import Listener
from bot.slack.messages.doctor import Report
from bot.tencent import console
from bot.tencent.knocking import Knocker
from handlers.examining import knocks, slack, store, tencent
from handlers.examining.patient import Patient
from handlers.services import Services

__all__ = ["BROKEN", "Patient", "examine", "patient_of", "report_of"]
BROKEN = Severity.BROKEN


def patient_of(services: Services) -> Patient:
    """The bot itself."""
    return Patient(
        services.settings,
        services.registry,
        services.slack,
        services.tencent,
        services.db,
        since=services.meters.steady_since or services.clock(),
        listens_at=services.listening.url,
        callbacks_listen_at=services.listening.callbacks_url or services.listening.url,
    )


async def examine(patient: Patient, now: datetime) -> tuple[Finding, ...]:
    """Everything that is found, the gravest first."""
    knocker = Knocker()
    looks: list[Awaitable[list[Finding]]] = [
        slack.look(patient),
        tencent.look(patient, now),
        knocks.look(patient, knocker),
        store.look(patient, now),
    ]
    try:
        found = await asyncio.gather(*looks)
    finally:
        await knocker.close()
    return doctor.in_order([each for part in (*found, [_clock(patient)]) for each in part])


def report_of(patient: Patient, findings: tuple[Finding, ...], now: datetime) -> Report:
    """What was found, with the places where it is mended."""
    settings = patient.settings
    endpoint = settings.tencent.endpoint
    return Report(
        findings,
        now,
        account_page=console.account_page(endpoint),
        sms_page=console.sms_page(endpoint),
        slack_api=settings.slack.api_url,
        listens_at=patient.listens_at or _place(settings.server),
        callbacks_listen_at=patient.callbacks_listen_at or _place(settings.callbacks_at),
        app_pages={app.name: console.app_page(app.sdk_app_id, endpoint) for app in settings.apps},
    )


def _place(listener: Listener) -> str:
    return f"{listener.host}:{listener.port}"


def _clock(patient: Patient) -> Finding:
    """After all else: the answers to it say what time it is for others."""
    dates = {"Slack": patient.slack.wire.dates, "Tencent": patient.tencent.wire.dates}
    known = {who: each.off_s for who, each in dates.items() if each.off_s is not None}
    return doctor.clock(known, patient.settings.health.clock_off_s)
