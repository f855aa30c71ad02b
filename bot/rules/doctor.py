"""What a check of the whole set-up finds: what works, what does not, and what cannot be known.

Every finding is about one topic and has its sentence and, where something is to be done, its cure
in the catalogue (``doctor.found``, ``doctor.cure``). What stands between an account and its first
message is `bot.rules.onboarding`'s to find; its steps are findings here too.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.rules import onboarding
from bot.rules.alerts.health import CLOCK_CRITICAL_S
from bot.rules.disks import Disk
from bot.rules.onboarding import Standing, Step


class Severity(StrEnum):
    """How much a finding matters, the gravest first."""

    BROKEN = "broken"
    """Something does not work."""
    WARNING = "warning"
    """It works, and will not in some case that comes."""
    UNKNOWN = "unknown"
    """It could not be found out."""
    FINE = "fine"


class Found(StrEnum):
    """What was found; before the dot stands its topic."""

    TOKEN_WORKS = "token.works"  # noqa: S105 - a finding's name
    TOKEN_REFUSED = "token.refused"  # noqa: S105
    TOKEN_UNREACHABLE = "token.unreachable"  # noqa: S105
    SCOPES_GRANTED = "scopes.granted"
    SCOPES_MISSING = "scopes.missing"
    SCOPES_MORE = "scopes.more"
    SCOPES_UNTOLD = "scopes.untold"
    SOCKET_OPENS = "socket.opens"
    SOCKET_REFUSED = "socket.refused"

    CHANNELS_JOINED = "channels.joined"
    CHANNELS_OUTSIDE = "channels.outside"
    CHANNELS_NO_ALERTS = "channels.no_alerts"
    CHANNELS_UNKNOWN = "channels.unknown"
    CHANNELS_TROUBLE = "channels.trouble"
    GROUPS_RESOLVED = "groups.resolved"
    GROUPS_MISSING = "groups.missing"
    GROUPS_EMPTY = "groups.empty"
    GROUPS_NO_ROLE = "groups.no_role"
    GROUPS_TOO_FEW = "groups.too_few"
    GROUPS_UNKNOWN = "groups.unknown"
    GROUPS_TROUBLE = "groups.trouble"
    PEOPLE_MEMBERS = "people.members"
    PEOPLE_OUTSIDE = "people.outside"
    PEOPLE_UNKNOWN = "people.unknown"
    PEOPLE_TROUBLE = "people.trouble"

    CLOCK_RIGHT = "clock.right"
    CLOCK_OFF = "clock.off"
    CLOCK_WRONG = "clock.wrong"
    CLOCK_UNTOLD = "clock.untold"

    KEY_WORKS = "key.works"
    KEY_REFUSED = "key.refused"
    KEY_CLOCK = "key.clock"
    KEY_ADDRESS = "key.address"
    KEY_UNREACHABLE = "key.unreachable"
    KEY_BAD_ANSWER = "key.bad_answer"
    KEY_TROUBLE = "key.trouble"
    PERMISSIONS_GRANTED = "permissions.granted"
    PERMISSIONS_DENIED = "permissions.denied"
    PERMISSIONS_ROOT_ONLY = "permissions.root_only"
    PERMISSIONS_OTHER = "permissions.other"
    NAMES_LEAD = "names.lead"
    NAMES_NO_TEMPLATE = "names.no_template"

    SLACK_URL_ANSWERS = "slack_url.answers"
    SLACK_URL_OTHER = "slack_url.other"
    SLACK_URL_UNREACHABLE = "slack_url.unreachable"
    SLACK_URL_PRIVATE = "slack_url.private"
    CALLBACKS_ANSWER = "callbacks.answer"
    CALLBACKS_OTHER = "callbacks.other"
    CALLBACKS_UNREACHABLE = "callbacks.unreachable"
    CALLBACKS_PRIVATE = "callbacks.private"
    CALLBACKS_NOT_LET_IN = "callbacks.not_let_in"
    CALLBACKS_REFUSED = "callbacks.refused"
    CONTEXT_ON = "context.on"
    CONTEXT_OFF = "context.off"
    CONTEXT_UNSEEN = "context.unseen"
    QUEUE_UNUSED = "queue.unused"
    QUEUE_OPEN = "queue.open"
    QUEUE_CLOSED = "queue.closed"
    QUEUE_UNSEEN = "queue.unseen"

    STORE_DURABLE = "store.durable"
    STORE_NETWORK = "store.network"
    STORE_MEMORY = "store.memory"
    STORE_LAYERED = "store.layered"
    STORE_UNKNOWN_DISK = "store.unknown_disk"
    STORE_NOT_DURABLE = "store.not_durable"
    STORE_NONE_YET = "store.none_yet"
    STORE_UNUSABLE = "store.unusable"
    STORE_HELD = "store.held"
    SPACE_LEFT = "space.left"
    SPACE_LOW = "space.low"
    OUTBOX_EMPTY = "outbox.empty"
    OUTBOX_WAITING = "outbox.waiting"
    OUTBOX_LATE = "outbox.late"
    JOBS_RUN = "jobs.run"
    JOBS_BROKEN = "jobs.broken"

    ONCALL_REACHED = "oncall.reached"
    ONCALL_NO_NUMBERS = "oncall.no_numbers"
    ONCALL_NOBODY = "oncall.nobody"
    ONCALL_UNUSED = "oncall.unused"

    TRIAL_CAME_BACK = "trial.came_back"
    TRIAL_NOT_DELIVERED = "trial.not_delivered"
    TRIAL_FETCHED = "trial.fetched"
    TRIAL_SILENT = "trial.silent"
    TRIAL_REFUSED = "trial.refused"
    TRIAL_IN_DOUBT = "trial.in_doubt"
    TRIAL_WAITS = "trial.waits"

    @property
    def topic(self) -> str:
        """What it is about."""
        return self.value.partition(".")[0]


SEVERITIES: Mapping[Found, Severity] = {
    **dict.fromkeys(Found, Severity.FINE),
    **dict.fromkeys(
        (
            Found.TOKEN_REFUSED,
            Found.TOKEN_UNREACHABLE,
            Found.SCOPES_MISSING,
            Found.SOCKET_REFUSED,
            Found.CHANNELS_OUTSIDE,
            Found.GROUPS_MISSING,
            Found.CLOCK_WRONG,
            Found.KEY_REFUSED,
            Found.KEY_CLOCK,
            Found.KEY_ADDRESS,
            Found.KEY_UNREACHABLE,
            Found.KEY_BAD_ANSWER,
            Found.PERMISSIONS_DENIED,
            Found.NAMES_NO_TEMPLATE,
            Found.SLACK_URL_OTHER,
            Found.SLACK_URL_UNREACHABLE,
            Found.SLACK_URL_PRIVATE,
            Found.CALLBACKS_OTHER,
            Found.CALLBACKS_UNREACHABLE,
            Found.CALLBACKS_PRIVATE,
            Found.QUEUE_CLOSED,
            Found.STORE_NETWORK,
            Found.STORE_NOT_DURABLE,
            Found.STORE_UNUSABLE,
            Found.STORE_HELD,
            Found.SPACE_LOW,
            Found.OUTBOX_LATE,
            Found.JOBS_BROKEN,
            Found.ONCALL_NOBODY,
            Found.TRIAL_FETCHED,
            Found.TRIAL_SILENT,
            Found.TRIAL_REFUSED,
        ),
        Severity.BROKEN,
    ),
    **dict.fromkeys(
        (
            Found.SCOPES_MORE,
            Found.CHANNELS_NO_ALERTS,
            Found.GROUPS_EMPTY,
            Found.GROUPS_NO_ROLE,
            Found.GROUPS_TOO_FEW,
            Found.PEOPLE_OUTSIDE,
            Found.CLOCK_OFF,
            Found.PERMISSIONS_ROOT_ONLY,
            Found.PERMISSIONS_OTHER,
            Found.STORE_MEMORY,
            Found.STORE_LAYERED,
            Found.CALLBACKS_REFUSED,
            Found.ONCALL_NO_NUMBERS,
            Found.TRIAL_NOT_DELIVERED,
        ),
        Severity.WARNING,
    ),
    **dict.fromkeys(
        (
            Found.SCOPES_UNTOLD,
            Found.CHANNELS_UNKNOWN,
            Found.CHANNELS_TROUBLE,
            Found.GROUPS_UNKNOWN,
            Found.GROUPS_TROUBLE,
            Found.PEOPLE_UNKNOWN,
            Found.PEOPLE_TROUBLE,
            Found.CLOCK_UNTOLD,
            Found.KEY_TROUBLE,
            Found.CALLBACKS_NOT_LET_IN,
            Found.CONTEXT_UNSEEN,
            Found.QUEUE_UNSEEN,
            Found.STORE_UNKNOWN_DISK,
            Found.STORE_NONE_YET,
            Found.TRIAL_IN_DOUBT,
            Found.TRIAL_WAITS,
        ),
        Severity.UNKNOWN,
    ),
}
OF_STANDING: Mapping[Standing, Severity] = {
    Standing.DONE: Severity.FINE,
    Standing.WAITING: Severity.WARNING,
    Standing.OPEN: Severity.BROKEN,
    Standing.UNSEEN: Severity.UNKNOWN,
    Standing.UNKNOWABLE: Severity.UNKNOWN,
}
#: Steps that stop nothing where they are open.
LESSER = frozenset({onboarding.Finding.LIMITS_UNDECLARED, onboarding.Finding.SAID_INDIVIDUAL})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, and what its sentences tell of it. Texts are as they came: a token,
    a secret or a full number is never among them."""

    found: Found | onboarding.Finding
    facts: Mapping[str, str | int | datetime] = field(default_factory=dict)
    app: str = ""
    """The app it is about; "" where it is about all of them."""

    @property
    def severity(self) -> Severity:
        if isinstance(self.found, Found):
            return SEVERITIES[self.found]
        if self.found in LESSER:
            return Severity.WARNING
        return OF_STANDING[onboarding.STANDINGS[self.found]]


def step(found: Step, app: str = "") -> Finding:
    """A step of the set-up as a finding."""
    return Finding(found.finding, found.facts, app)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The gravest first, otherwise as they come."""
    rank = {severity: at for at, severity in enumerate(Severity)}
    return tuple(sorted(findings, key=lambda each: rank[each.severity]))


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is broken."""
    return all(each.severity is not Severity.BROKEN for each in findings)


def scopes(needed: Collection[str], granted: Collection[str] | None) -> list[Finding]:
    """What the registry needs against what Slack says the token has; None: Slack did not say."""
    if granted is None:
        return [Finding(Found.SCOPES_UNTOLD)]
    missing, more = sorted(set(needed) - set(granted)), sorted(set(granted) - set(needed))
    found = []
    if missing:
        found.append(Finding(Found.SCOPES_MISSING, {"scopes": ", ".join(missing)}))
    if more:
        found.append(Finding(Found.SCOPES_MORE, {"scopes": ", ".join(more)}))
    return found or [Finding(Found.SCOPES_GRANTED, {"count": len(set(needed))})]


def channels(named: Mapping[str, str], joined: Collection[str]) -> list[Finding]:
    """The channels app.yaml names, by their keys, against those the bot is in: `joined` holds their
    ids and their names."""
    outside = {key: name for key, name in named.items() if name.removeprefix("#") not in joined}
    if not outside:
        return [Finding(Found.CHANNELS_JOINED, {"count": len(set(named.values()))})]
    return [
        Finding(Found.CHANNELS_OUTSIDE, {"key": key, "channel": name})
        for key, name in outside.items()
    ]


def clock(off_s: Mapping[str, float], bound_s: int) -> Finding:
    """This machine's clock against others', by whose: seconds theirs is ahead."""
    if not off_s:
        return Finding(Found.CLOCK_UNTOLD)
    who, worst_s = max(off_s.items(), key=lambda each: abs(each[1]))
    facts: dict[str, str | int] = {"off_s": round(abs(worst_s)), "who": who}
    if abs(worst_s) < bound_s:
        return Finding(Found.CLOCK_RIGHT, {**facts, "off_s": int(abs(worst_s)) + 1})
    is_wrong = abs(worst_s) >= CLOCK_CRITICAL_S
    return Finding(Found.CLOCK_WRONG if is_wrong else Found.CLOCK_OFF, facts)


OF_DISK: Mapping[Disk, Found] = {
    Disk.LOCAL: Found.STORE_DURABLE,
    Disk.NETWORK: Found.STORE_NETWORK,
    Disk.MEMORY: Found.STORE_MEMORY,
    Disk.LAYERED: Found.STORE_LAYERED,
    Disk.UNKNOWN: Found.STORE_UNKNOWN_DISK,
}
#: PRAGMA synchronous of a connection that loses nothing in a power cut: FULL, and EXTRA.
SYNCED = frozenset({2, 3})


def store(disk: Disk, file_system: str, journal: str, synchronous: int) -> Finding:
    """Whether what was committed stays: the disk, and how SQLite writes to it."""
    if disk in {Disk.LOCAL, Disk.UNKNOWN} and (journal != "wal" or synchronous not in SYNCED):
        return Finding(Found.STORE_NOT_DURABLE, {"journal": journal, "sync": synchronous})
    return Finding(OF_DISK[disk], {"file_system": file_system})


def outbox(waiting: int, oldest_at: datetime | None, *, is_late: bool) -> Finding:
    """What is to be said in Slack and was not yet."""
    if oldest_at is None:
        return Finding(Found.OUTBOX_EMPTY)
    found = Found.OUTBOX_LATE if is_late else Found.OUTBOX_WAITING
    return Finding(found, {"count": waiting, "since": oldest_at})
