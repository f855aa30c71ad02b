"""Asks Slack: whose token it is, what it may do, which channels and groups there are."""

from collections.abc import Mapping, Sequence
from itertools import chain

from bot.errors import SlackError
from bot.rules import doctor
from bot.rules.doctor import Finding, Found
from bot.rules.roles import ACCOUNT, Role, holder, is_person
from bot.settings import Settings, SlackMode
from bot.slack.manifest import manifest
from handlers.examining.patient import Patient
from handlers.flows import config_faults

#: Where nobody has one of these, something waits for a person who is not there.
NEEDED_ROLES = (Role.REQUESTER, Role.APPROVER, Role.ONCALL, Role.OWNER)
#: Groups whose members are asked for: Slack answers twenty such questions a minute.
GROUPS_MAX = 15
#: People who are asked for: of those, a hundred a minute.
PEOPLE_MAX = 50
#: Slack does not let this token ask (docs.slack.dev, errors of each method, 2026-08).
OF_TOKEN = frozenset(
    {
        "access_denied",
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
#: What Slack calls an id it knows nobody by (docs.slack.dev, users.info, 2026-08).
UNKNOWN_PERSON = frozenset({"user_not_found", "user_not_visible"})


async def look(patient: Patient) -> list[Finding]:
    """Everything the check asks Slack."""
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
        *await _people(patient),
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
        return [_untold(error, Found.CHANNELS_UNKNOWN, Found.CHANNELS_TROUBLE)]
    named = {**config_faults.channels_of(settings), **config_faults.places_of(settings)}
    found = doctor.channels(named, joined)
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
        members = await _members(patient, present)
    except SlackError as error:
        return [_untold(error, Found.GROUPS_UNKNOWN, Found.GROUPS_TROUBLE)]
    found = [
        Finding(Found.GROUPS_MISSING, {"key": each.key, "group": each.name}) for each in missing
    ]
    empty = [
        Finding(Found.GROUPS_EMPTY, {"group": name})
        for name, people in members.items()
        if not people
    ]
    return [*found, *empty, *_unfilled(settings), *_too_few(settings, members)] or [
        Finding(Found.GROUPS_RESOLVED, {"count": len(named)})
    ]


async def _members(patient: Patient, ids: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Who is in each group. Raises SlackError."""
    return {
        name: await patient.slack.group_members(group_id)
        for name, group_id in list(ids.items())[:GROUPS_MAX]
    }


async def _people(patient: Patient) -> list[Finding]:
    """People app.yaml names by their ids who may do nothing: they left, or were never full members
    of the workspace."""
    named = list(config_faults.people_of(patient.settings).items())[:PEOPLE_MAX]
    found = []
    for user_id, key in named:
        try:
            is_member = (await patient.slack.profile(user_id)).is_member
        except SlackError as error:
            if error.code not in UNKNOWN_PERSON:
                return [_untold(error, Found.PEOPLE_UNKNOWN, Found.PEOPLE_TROUBLE)]
            is_member = False
        if not is_member:
            found.append(Finding(Found.PEOPLE_OUTSIDE, {"key": key, "person": user_id}))
    if found or not named:
        return found
    return [Finding(Found.PEOPLE_MEMBERS, {"count": len(named)})]


def _untold(error: SlackError, of_token: Found, otherwise: Found) -> Finding:
    """Why Slack did not tell: the token, or something that may be over when it is asked again."""
    return Finding(of_token if error.code in OF_TOKEN else otherwise, {"code": error.code})


def _unfilled(settings: Settings) -> list[Finding]:
    apps = [app.name for app in settings.apps]
    return [
        Finding(Found.GROUPS_NO_ROLE, {"role": role.value})
        for role in NEEDED_ROLES
        if not any(settings.grants.names(role, app) for app in (ACCOUNT, *apps))
    ]


def _too_few(settings: Settings, members: Mapping[str, frozenset[str]]) -> list[Finding]:
    """Rows of the table of approvals that take more people than are there to approve; of groups
    nobody could be asked about, nothing is known."""
    rows: dict[tuple[str, ...], dict[int, int]] = {}
    for app in (ACCOUNT, *(each.name for each in settings.apps)):
        for at, row in enumerate(settings.approvals.table, start=1):
            entries = row.approvers or settings.grants.entries(Role.APPROVER, app)
            who = tuple(dict.fromkeys(holder(each).who for each in entries))
            is_known = who and all(is_person(each) or members.get(each) for each in who)
            if is_known and _count(who, members) < row.approvals:
                rows.setdefault(who, {})[at] = row.approvals
    return [
        Finding(
            Found.GROUPS_TOO_FEW,
            {
                "rows": ", ".join(map(str, short)),
                "needed": max(short.values()),
                "have": _count(who, members),
                "group": ", ".join(who),
            },
        )
        for who, short in rows.items()
    ]


def _count(who: Sequence[str], members: Mapping[str, frozenset[str]]) -> int:
    return len({user for each in who for user in members.get(each, {each})})
