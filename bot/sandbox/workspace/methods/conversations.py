"""conversations.*: what channels there are, who is in them, what was said."""

from collections.abc import Iterable, Mapping

from bot.sandbox.workspace import admin
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.methods.call import (
    Call,
    Method,
    Reply,
    bot_inside,
    channel_known,
    kind_scope,
    missing_scope,
    not_archived,
    ok,
    page_of,
)
from bot.sandbox.workspace.people import Channel, ChannelKind
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal

# What `types` may name, and the scope it needs (slack.md §2.2); of the last two this workspace
# has none.
_SCOPES = {
    "public_channel": "channels:read",
    "im": "im:read",
    "private_channel": "groups:read",
    "mpim": "mpim:read",
}
_KINDS = {"public_channel": ChannelKind.CHANNEL, "im": ChannelKind.IM}


def show(call: Call, channel: Channel) -> Json:
    """A conversation as Slack shows it."""
    if channel.kind is ChannelKind.IM:
        return {
            "id": channel.id,
            "is_im": True,
            "user": channel.im_user,
            "is_org_shared": False,
            "created": 1_700_000_000,
        }
    topic = {"value": channel.topic, "creator": "", "last_set": 0}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": False,
        "is_archived": channel.is_archived,
        "is_general": channel.name == "general",
        "is_shared": False,
        "is_org_shared": False,
        "is_member": call.bot in channel.members,
        "created": 1_700_000_000,
        "creator": "U0MAYA",
        "topic": topic,
        "purpose": topic,
        "num_members": len(channel.members),
    }


def list_all(call: Call) -> Reply:
    """``conversations.list``; public channels unless `types` says otherwise."""
    return _listing(call, call.world.directory.channels.values())


def list_joined(call: Call) -> Reply:
    """``users.conversations``: what somebody is in, the bot itself where nobody is named."""
    user = call.text("user") or call.bot
    if user not in call.world.directory.users:
        return Refusal(ErrorCode.USER_NOT_FOUND)
    found = call.world.directory.channels.values()
    return _listing(call, [c for c in found if user in c.members])


def _listing(call: Call, found: Iterable[Channel]) -> Reply:
    types = call.names("types") or ["public_channel"]
    if not set(types) <= set(_SCOPES):
        return Refusal(ErrorCode.INVALID_TYPES)
    needed = sorted({_SCOPES[each] for each in types})
    if not all(map(call.has_scope, needed)):
        return missing_scope(call, needed)
    kinds = {_KINDS[each] for each in types if each in _KINDS}
    hidden = call.truth("exclude_archived")
    rows = [c for c in found if c.kind in kinds and not (hidden and c.is_archived)]
    page = page_of(call, rows, 100, 999)
    if isinstance(page, Refusal):
        return page
    shown, metadata = page
    return ok(channels=[show(call, c) for c in shown], response_metadata=metadata)


def info(call: Call) -> Reply:
    """``conversations.info``."""
    return ok(channel=show(call, call.channel))


def members(call: Call) -> Reply:
    """``conversations.members``."""
    page = page_of(call, sorted(call.channel.members), 100, 1000)
    if isinstance(page, Refusal):
        return page
    shown, metadata = page
    return ok(members=shown, response_metadata=metadata)


def history(call: Call) -> Reply:
    """``conversations.history``: newest first, no replies, metadata only when asked for."""
    channel = call.channel
    rows = [m for m in call.world.messages.top_level(channel.id) if _within(call, m.ts)]
    page = page_of(call, rows[::-1], 100, 999)
    if isinstance(page, Refusal):
        return page
    shown, metadata = page
    threads = call.world.messages.threads(channel.id)
    more = bool(metadata["next_cursor"])
    return ok(
        messages=[_show_message(call, m, threads.get(m.ts, [])) for m in shown],
        has_more=more,
        pin_count=0,
        **({"response_metadata": metadata} if more else {}),
    )


def replies(call: Call) -> Reply:
    """``conversations.replies``: the root, then its replies, oldest first."""
    messages, channel = call.world.messages, call.channel
    found = messages.find(channel.id, call.text("ts"))
    root = found and messages.find(channel.id, found.thread_ts or found.ts)
    if root is None:
        return Refusal(ErrorCode.THREAD_NOT_FOUND)
    below = messages.replies(channel.id, root.ts)
    page = page_of(call, [root, *(m for m in below if _within(call, m.ts))], 1000, 1000)
    if isinstance(page, Refusal):
        return page
    shown, metadata = page
    more = bool(metadata["next_cursor"])
    return ok(
        messages=[_show_message(call, m, below if m.ts == root.ts else []) for m in shown],
        has_more=more,
        **({"response_metadata": metadata} if more else {}),
    )


def open_im(call: Call) -> Reply:
    """``conversations.open`` with one person; group conversations are not in this workspace."""
    people = call.names("users")
    if not people and call.find_channel() is not None:
        return ok(no_op=True, already_open=True, channel=_opened(call, call.channel))
    channel = call.world.directory.im_with(people[0]) if len(people) == 1 else None
    if channel is None:
        return Refusal(ErrorCode.USER_NOT_FOUND)
    return ok(no_op=True, already_open=True, channel=_opened(call, channel))


def join(call: Call) -> Reply:
    """``conversations.join``."""
    channel = call.channel
    if channel.kind is not ChannelKind.CHANNEL:
        return Refusal(ErrorCode.METHOD_NOT_SUPPORTED_FOR_CHANNEL_TYPE)
    already = {"warning": "already_in_channel"} if call.bot in channel.members else {}
    joined = admin.join(call.world, channel, call.bot)
    return ok(channel=show(call, joined), **already)


def _opened(call: Call, channel: Channel) -> Json:
    return show(call, channel) if call.truth("return_im") else {"id": channel.id}


def _within(call: Call, ts: str) -> bool:
    oldest, latest = call.text("oldest"), call.text("latest")
    if call.truth("inclusive") and ts in (oldest, latest):
        return True
    return _seconds(oldest, 0.0) < _seconds(ts, 0.0) < _seconds(latest, float("inf"))


def _seconds(ts: str, default: float) -> float:
    try:
        return float(ts) if ts else default
    except ValueError:
        return default


def _show_message(call: Call, message: Message, below: list[Message]) -> Json:
    shown = call.world.show(message, below)
    if not call.truth("include_all_metadata"):
        shown.pop("metadata", None)
    return shown


def _readable(call: Call) -> Refusal | None:
    needed = kind_scope(call.channel, "history")
    return None if call.has_scope(needed) else missing_scope(call, [needed])


def _listed(call: Call) -> Refusal | None:
    needed = kind_scope(call.channel, "read")
    return None if call.has_scope(needed) else missing_scope(call, [needed])


_READ = (channel_known, _listed)
_HISTORY = (channel_known, _readable, bot_inside)
METHODS: Mapping[str, Method] = {
    "conversations.list": Method(list_all),
    "users.conversations": Method(list_joined),
    "conversations.info": Method(info, (), _READ),
    "conversations.members": Method(members, (), _READ),
    "conversations.history": Method(history, (), _HISTORY),
    "conversations.replies": Method(replies, (), _HISTORY),
    "conversations.open": Method(open_im, ("im:write",)),
    "conversations.join": Method(join, ("channels:join",), (channel_known, not_archived())),
}
