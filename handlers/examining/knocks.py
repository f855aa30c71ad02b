"""Knocks at our own addresses as Slack and Tencent do: names, certificates, proxies and all."""

import base64
from collections.abc import Iterator

from bot.rules.doctor import Finding, Found
from bot.settings import REPLIES, Listener, Settings, SlackMode
from bot.tencent.knocking import Knocked, Knocker, Opened
from handlers.examining.patient import Patient
from handlers.flows.homes import is_loopback_url

NOT_FOUND = "404"


async def look(patient: Patient, knocker: Knocker) -> list[Finding]:
    """Knocks at every address of ours, and notes which of them open."""
    return [*await _events(patient, knocker), *await _callbacks(patient, knocker)]


async def _events(patient: Patient, knocker: Knocker) -> list[Finding]:
    settings = patient.settings
    if settings.slack.mode is not SlackMode.HTTP:
        return []
    base = _base(settings.server, patient.listens_at, settings.slack.api_url)
    if not base:
        return [Finding(Found.SLACK_URL_PRIVATE)]
    url = f"{base}/slack/events"
    knocked = await knocker.at_events(url)
    found = {
        Opened.OURS: Found.SLACK_URL_ANSWERS,
        Opened.OTHER: Found.SLACK_URL_OTHER,
        Opened.NOBODY: Found.SLACK_URL_UNREACHABLE,
    }
    return [Finding(found[knocked.opened], {"address": url, "why": knocked.why})]


async def _callbacks(patient: Patient, knocker: Knocker) -> list[Finding]:
    settings = patient.settings
    base = _base(settings.callbacks_at, patient.callbacks_listen_at, settings.tencent.endpoint)
    if not base:
        return [Finding(Found.CALLBACKS_PRIVATE)]
    secret = settings.secrets.callback_secrets[0].get_secret_value()
    came_to: dict[Knocked, list[str]] = {}
    for name in (*(app.name for app in settings.apps), REPLIES):
        knocked = await knocker.at_callbacks(f"{base}/callbacks/{secret}/{name}", _basic(settings))
        came_to.setdefault(knocked, []).append(name)
    found = []
    for knocked, names in came_to.items():
        # Shown without the secret; by name where not all of them fared alike.
        which = "…" if len(came_to) == 1 else f"…/{', '.join(names)}"
        facts: dict[str, str | int] = {"address": f"{base}/callbacks/{which}", "why": knocked.why}
        found.append(Finding(_of_callbacks(knocked, settings), facts))
    return found


def _of_callbacks(knocked: Knocked, settings: Settings) -> Found:
    if knocked.opened is Opened.OURS:
        return Found.CALLBACKS_ANSWER
    if knocked.opened is Opened.NOBODY:
        return Found.CALLBACKS_UNREACHABLE
    callbacks = settings.callbacks
    if knocked.why == NOT_FOUND and (callbacks.allow_from or callbacks.certificate_header):
        # So it answers strangers: this machine's own address may be one.
        return Found.CALLBACKS_NOT_LET_IN
    return Found.CALLBACKS_OTHER


def _base(place: Listener, listens_at: str, other_end: str) -> str:
    """The address others reach us under; "" where they cannot. A stand-in on this machine can in
    any case."""
    if place.public_url is not None:
        return place.base_url
    if not is_loopback_url(other_end):
        return ""
    return listens_at or (place.base_url if place.port else "")


def _basic(settings: Settings) -> str:
    """What HTTP Basic wants to hear, where it is asked for."""
    passwords: Iterator[str] = (each.get_secret_value() for each in settings.secrets.callback_auth)
    password = next(passwords, "") if settings.callbacks.basic_auth else ""
    return f"Basic {base64.b64encode(password.encode()).decode()}" if password else ""
