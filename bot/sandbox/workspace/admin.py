"""What an administrator of a workspace does: channels, members, groups, people, the app's token."""

from collections.abc import Iterable

from bot.sandbox.workspace.events import publish
from bot.sandbox.workspace.people import TEAM_ID, Channel, ChannelKind, Group, Standing, User
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.sockets import Goodbye
from bot.sandbox.workspace.world import World


class Admin:
    """Every change is told to the open pages, and to the app where it is subscribed.

    Ids are those of what is seeded; an unknown one raises KeyError.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def archive(self, channel_id: str, *, archived: bool = True) -> Channel:
        """Archive a public channel: nobody says anything there. Or take it back."""
        before = self._world.directory.channels[channel_id]
        if before.kind is not ChannelKind.CHANNEL:
            raise KeyError(channel_id)
        channel = self._world.directory.archive(channel_id, archived=archived)
        if archived != before.is_archived:
            name = "channel_archive" if archived else "channel_unarchive"
            event = {"type": name, "channel": channel_id, "user": "U0MAYA", **self._event_ts()}
            publish(self._world, name, event, channel=channel_id)
        return self._changed(channel)

    def invite(self, channel_id: str, user_id: str) -> Channel:
        """Add somebody, the bot too, to a public channel."""
        return join(self._world, self._world.directory.channels[channel_id], user_id)

    def remove(self, channel_id: str, user_id: str) -> Channel:
        """Take somebody, the bot too, out of a public channel."""
        before = self._world.directory.channels[channel_id]
        if before.kind is not ChannelKind.CHANNEL or user_id not in before.members:
            return before
        event = self._event_ts()
        # The bot still hears that it was taken out itself.
        tell_membership(self._world, "member_left_channel", before, user_id, event)
        return self._changed(self._world.directory.leave(channel_id, user_id))

    def regroup(self, group_id: str, members: Iterable[str]) -> Group:
        """Set who is in a user group."""
        world = self._world
        before = set(world.directory.groups[group_id].members)
        group = world.directory.regroup(group_id, members)
        added = [user for user in group.members if user not in before]
        removed = sorted(before - set(group.members))
        now = int(world.clock().timestamp())
        event: Json = {
            "type": "subteam_members_changed",
            "subteam_id": group_id,
            "team_id": TEAM_ID,
            "date_previous_update": now,
            "date_update": now,
            "added_users": added,
            "added_users_count": len(added),
            "removed_users": removed,
            "removed_users_count": len(removed),
            **self._event_ts(),
        }
        publish(world, "subteam_members_changed", event)
        world.changes.note()
        return group

    def restand(self, user_id: str, standing: Standing) -> User:
        """Make somebody a guest, a stranger, a leaver, or a member again."""
        user = self._world.directory.restand(user_id, standing)
        self._world.changes.note()
        return user

    def refresh_sockets(self, reason: Goodbye) -> int:
        """Have every socket of the app replaced, as Slack does every few hours; how many."""
        sockets = self._world.courier.sockets
        self._world.start(sockets.refresh(reason))
        return sockets.connected

    def revoke(self, *, revoked: bool = True) -> None:
        """Revoke the bot's token: every call is refused with ``account_inactive``. Or undo it."""
        world = self._world
        if revoked and world.app is not None and not world.is_token_revoked:
            tokens = {"oauth": [], "bot": [world.app.installation.bot_user_id]}
            event = {"type": "tokens_revoked", "tokens": tokens, **self._event_ts()}
            publish(world, "tokens_revoked", event)
        world.is_token_revoked = revoked
        world.changes.note()

    def _event_ts(self) -> Json:
        return {"event_ts": self._world.messages.next_ts(self._world.clock())}

    def _changed(self, channel: Channel) -> Channel:
        show_channel(self._world, channel)
        return channel


def join(world: World, channel: Channel, user_id: str) -> Channel:
    """Add a member to a public channel, and tell."""
    if channel.kind is not ChannelKind.CHANNEL or user_id in channel.members:
        return channel
    if user_id not in world.directory.users:
        raise KeyError(user_id)
    joined = world.directory.join(channel.id, user_id)
    event = {"event_ts": world.messages.next_ts(world.clock())}
    tell_membership(world, "member_joined_channel", joined, user_id, event)
    show_channel(world, joined)
    return joined


def tell_membership(world: World, name: str, channel: Channel, user: str, event: Json) -> None:
    """The event for somebody who came or went, to an app that is in the channel."""
    told = {"type": name, "user": user, "channel": channel.id, "channel_type": "C"}
    publish(world, name, {**told, "team": TEAM_ID, **event}, channel=channel.id)


def show_channel(world: World, channel: Channel) -> None:
    """Tell everybody's pages how a public channel is now."""
    for user_id in world.directory.users:
        shown = page_channel(channel, user_id)
        world.stream.send(user_id, {"type": "channel_changed", "channel": shown})
    world.changes.note()


def page_channel(channel: Channel, user_id: str) -> Json:
    """A conversation as one person's page takes it."""
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind.value,
        "topic": channel.topic,
        "members": sorted(channel.members),
        "is_member": user_id in channel.members,
        "is_archived": channel.is_archived,
    }
    if channel.im_user is not None:
        shown["im_user"] = next(iter(channel.members - {user_id}), channel.im_user)
    return shown
