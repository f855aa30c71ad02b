"""Who is in the workspace: people, user groups, channels, and who is in which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.sandbox.workspace.refusals import Json

TEAM_ID = "T0LOCAL"
#: Another workspace of the same organisation.
OTHER_TEAM_ID = "T0OTHER"
TEAM_NAME = "Local workspace"
TEAM_DOMAIN = "local"
BOT_USER_ID = "U0SMSBOT"
NOTICE_USER_ID = "USLACKBOT"


class ChannelKind(StrEnum):
    """A public channel, or a direct conversation of one person with the bot."""

    CHANNEL = "channel"
    IM = "im"


class Standing(StrEnum):
    """What somebody is to the workspace; a stranger is from elsewhere (Slack Connect), a neighbour
    of another workspace of the same organisation."""

    MEMBER = "member"
    GUEST = "guest"
    STRANGER = "stranger"
    NEIGHBOUR = "neighbour"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True)
class User:
    """A member; `tz` is an IANA name, `color` six hex digits without ``#``."""

    id: str
    name: str
    real_name: str
    title: str
    locale: str
    tz: str
    color: str
    is_bot: bool = False
    standing: Standing = Standing.MEMBER

    @property
    def email(self) -> str:
        """Under a name that no mail can ever reach (RFC 2606)."""
        return f"{self.name}@local.example"

    def tz_offset_s(self, now: datetime) -> int:
        """Seconds east of UTC at `now`; 0 where the machine has no time zone tables."""
        try:
            offset = now.astimezone(ZoneInfo(self.tz)).utcoffset()
        except ZoneInfoNotFoundError:
            return 0
        return int((offset or timedelta()).total_seconds())


@dataclass(frozen=True, slots=True)
class Group:
    """A user group: `handle` is what people type after ``@``."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """A place for messages; `im_user` is the person of a direct conversation."""

    id: str
    name: str
    kind: ChannelKind
    members: frozenset[str]
    topic: str = ""
    im_user: str | None = None
    is_archived: bool = False


PEOPLE = (
    User("U0LIN", "lin", "Lin 林", "Operations", "zh-CN", "Asia/Shanghai", "2f6f4f"),
    User("U0MAYA", "maya", "Maya", "Operations lead", "en-US", "America/Los_Angeles", "8a3b5c"),
    User("U0BO", "bo", "Bo 博", "Security", "zh-CN", "Asia/Shanghai", "3a5a9b"),
    User("U0OMAR", "omar", "Omar", "On call", "en-GB", "Europe/London", "a05a1c"),
    User("U0EVE", "eve", "Eve", "Guest", "en-US", "Europe/Berlin", "6a4c93"),
)
NOTICES = User(NOTICE_USER_ID, "workspace", "Workspace", "", "en-US", "UTC", "757575", is_bot=True)
GROUPS = (
    Group("S0SENDERS", "sms-senders", "SMS senders", ("U0LIN", "U0MAYA", "U0BO", "U0OMAR")),
    Group("S0APPROVERS", "sms-approvers", "SMS approvers", ("U0MAYA", "U0BO")),
    Group("S0ONCALL", "sms-oncall", "SMS on call", ("U0OMAR",)),
    Group("S0ADMINS", "sms-admins", "SMS admins", ("U0MAYA",)),
)
_EVERYONE = frozenset(user.id for user in PEOPLE)
CHANNELS = (
    Channel("C0SMS", "sms", ChannelKind.CHANNEL, _EVERYONE, "Send and watch messages"),
    Channel("C0ALERTS", "sms-alerts", ChannelKind.CHANNEL, _EVERYONE, "What needs attention"),
    Channel("C0REVIEWS", "sms-reviews", ChannelKind.CHANNEL, _EVERYONE, "How reviews end"),
    Channel("C0REPLIES", "sms-replies", ChannelKind.CHANNEL, _EVERYONE, "What people answer"),
    Channel(
        "C0REPORTS", "sms-reports", ChannelKind.CHANNEL, _EVERYONE, "Days and weeks in numbers"
    ),
    Channel("C0GENERAL", "general", ChannelKind.CHANNEL, _EVERYONE, "Everything else"),
)
BOT_CHANNELS = ("C0SMS", "C0ALERTS", "C0REVIEWS", "C0REPLIES", "C0REPORTS")


class Directory:
    """Look-ups over the seed, and what may change of it while it runs."""

    def __init__(self) -> None:
        self.users = {user.id: user for user in (*PEOPLE, NOTICES)}
        self.groups = {group.id: group for group in GROUPS}
        self.channels = {channel.id: channel for channel in CHANNELS}

    def add_bot(self, name: str, real_name: str) -> None:
        """The app's own user joins its channels and gets a direct conversation with everyone."""
        self.users[BOT_USER_ID] = User(
            BOT_USER_ID, name, real_name, "", "en-US", "UTC", "4a4a4a", is_bot=True
        )
        for channel_id in BOT_CHANNELS:
            self.join(channel_id, BOT_USER_ID)
        for person in PEOPLE:
            channel = Channel(
                f"D0{person.id[2:]}",
                person.name,
                ChannelKind.IM,
                frozenset({person.id, BOT_USER_ID}),
                im_user=person.id,
            )
            self.channels[channel.id] = channel

    def join(self, channel_id: str, user_id: str) -> Channel:
        """Add a member; the channel as it then is."""
        channel = self.channels[channel_id]
        joined = replace(channel, members=channel.members | {user_id})
        self.channels[channel_id] = joined
        return joined

    def leave(self, channel_id: str, user_id: str) -> Channel:
        """Take a member out; the channel as it then is."""
        channel = self.channels[channel_id]
        left = replace(channel, members=channel.members - {user_id})
        self.channels[channel_id] = left
        return left

    def archive(self, channel_id: str, *, archived: bool) -> Channel:
        """Archive a channel, or take it back; the channel as it then is."""
        changed = replace(self.channels[channel_id], is_archived=archived)
        self.channels[channel_id] = changed
        return changed

    def regroup(self, group_id: str, members: Iterable[str]) -> Group:
        """Set who is in a user group; the group as it then is."""
        changed = replace(self.groups[group_id], members=tuple(members))
        self.groups[group_id] = changed
        return changed

    def restand(self, user_id: str, standing: Standing) -> User:
        """Make somebody a guest, say; the person as they then are."""
        changed = replace(self.users[user_id], standing=standing)
        self.users[user_id] = changed
        return changed

    def person(self, user_id: object) -> User | None:
        """A human member somebody may act as, or None."""
        user = self.users.get(user_id) if isinstance(user_id, str) else None
        return user if user is not None and not user.is_bot else None

    def im_with(self, user_id: str) -> Channel | None:
        """The direct conversation of that person with the bot."""
        return next((c for c in self.channels.values() if c.im_user == user_id), None)

    def named(self, name: str) -> Channel | None:
        """The public channel of that name, with ``#`` before it or without."""
        wanted = name.removeprefix("#")
        public = (c for c in self.channels.values() if c.kind is ChannelKind.CHANNEL)
        return next((c for c in public if c.name == wanted), None)

    def handles_of(self, user_id: str) -> list[str]:
        """The handles of the groups somebody is in."""
        return [group.handle for group in self.groups.values() if user_id in group.members]

    def visible_to(self, user_id: str) -> Iterable[Channel]:
        """Public channels, and the direct conversations somebody is in."""
        return (c for c in self.channels.values() if can_see(c, user_id))

    def dump(self) -> Json:
        """What may have changed, for keeping."""
        public = [c for c in self.channels.values() if c.kind is ChannelKind.CHANNEL]
        return {
            "members": {c.id: sorted(c.members) for c in public},
            "archived": [c.id for c in public if c.is_archived],
            "groups": {group.id: list(group.members) for group in self.groups.values()},
            "standings": {user.id: user.standing.value for user in self.users.values()},
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take back what `dump` gave; what is no longer seeded is left out."""
        for channel_id, members in kept["members"].items():
            if channel_id in self.channels:
                channel = replace(self.channels[channel_id], members=frozenset(members))
                self.channels[channel_id] = channel
                self.archive(channel_id, archived=channel_id in kept["archived"])
        for group_id, members in kept["groups"].items():
            if group_id in self.groups:
                self.regroup(group_id, members)
        for user_id, standing in kept["standings"].items():
            if user_id in self.users:
                self.restand(user_id, Standing(standing))


def can_see(channel: Channel, user_id: str) -> bool:
    """Whether somebody may read a conversation."""
    return channel.kind is ChannelKind.CHANNEL or user_id in channel.members
