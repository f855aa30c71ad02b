"""Asks Slack: whose token it is, what it may do, which channels and groups there are."""

from collections.abc import Mapping
from itertools import chain

from bot.errors import SlackError
from bot.rules import doctor
from bot.rules.doctor import Finding, Found
from bot.rules.roles import Role
from bot.settings import Settings, SlackMode
from bot.slack.manifest import manifest
from handlers.examining.patient import Patient
from handlers.flows import config_faults

#: Where nobody has one of these, something waits for a person who is not there.
NEEDED_ROLES = (Role.SENDER, Role.APPROVER, Role.ONCALL, Role.ADMIN)
#: Groups whose members are asked for: Slack answers twenty such questions a minute.
GROUPS_MAX = 15


async def look(patient: Patient) -> list[Finding]:
    """All that Slack says."""
    try:
        installed = await patient.slack.installed()
    except SlackError as error:
        found = Found.TOKEN_REFUSED if error.permanent else Found.TOKEN_UNREACHABLE
        return [Finding(found, {"code": error.code})]
    made = manifest(patient.registry, base_url="", socket=False)
    return [
        Finding(Found.TOKEN_WORKS, {"team": installed.team}),
        *doctor.scopes(made["oauth_config"]["scopes"]["bot"], installed.scopes),
        *await _socket(patient),
        *await _channels(patient),
        *await _groups(patient),
    ]


async def _socket(patient: Patient) -> list[Finding]:
    token = patient.settings.secrets.slack_app_token
    if patient.settings.slack.mode is not SlackMode.SOCKET or token is None:
        return []
    try:
        await patient.slack.try_socket(token.get_secret_value())
    except SlackError as error:
        return [Finding(Found.SOCKET_REFUSED, {"code": error.code})]
    return [Finding(Found.SOCKET_OPENS)]


async def _channels(patient: Patient) -> list[Finding]:
    settings = patient.settings
    try:
        joined = await patient.slack.joined()
    except SlackError as error:
        return [Finding(Found.CHANNELS_UNKNOWN, {"code": error.code})]
    found = doctor.channels(config_faults.channels_of(settings), joined)
    if not settings.channels.alerts and not any(app.channels for app in settings.apps):
        found.append(Finding(Found.CHANNELS_NO_ALERTS))
    return found


async def _groups(patient: Patient) -> list[Finding]:
    settings = patient.settings
    named = dict.fromkeys(chain(*config_faults.groups_of(settings).values()))
    try:
        known = await patient.slack.groups()
        missing = config_faults.of_groups(settings, {*known, *known.values()})
        present = {each: known.get(each, each) for each in named}
        for each in missing:
            present.pop(each.name, None)
        empty = await _empty(patient, present)
    except SlackError as error:
        return [Finding(Found.GROUPS_UNKNOWN, {"code": error.code})]
    found = [
        Finding(Found.GROUPS_MISSING, {"key": each.key, "group": each.name}) for each in missing
    ]
    return [*found, *empty, *_unfilled(settings)] or [
        Finding(Found.GROUPS_RESOLVED, {"count": len(named)})
    ]


async def _empty(patient: Patient, ids: Mapping[str, str]) -> list[Finding]:
    """Groups nobody is in. Raises SlackError."""
    return [
        Finding(Found.GROUPS_EMPTY, {"group": name})
        for name, group_id in list(ids.items())[:GROUPS_MAX]
        if not await patient.slack.group_members(group_id)
    ]


def _unfilled(settings: Settings) -> list[Finding]:
    return [
        Finding(Found.GROUPS_NO_ROLE, {"role": role.value})
        for role in NEEDED_ROLES
        if not settings.roles.groups(role)
    ]
