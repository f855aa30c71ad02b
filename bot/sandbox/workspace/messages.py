"""What was said: messages by channel and time, threads, reactions, and the ephemeral ones."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from bot.sandbox.workspace.refusals import Json

# The oldest go first: a demo that runs for weeks must not grow without end.
KEPT_PER_CHANNEL = 5_000


@dataclass(frozen=True, slots=True)
class Reaction:
    """One emoji under a message, and who chose it, in order."""

    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `ephemeral_for` names its only reader. `files` are ids, `blocks` Slack's own."""

    ts: str
    channel: str
    user: str
    text: str
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    files: tuple[str, ...] = ()
    metadata: Json | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    edited_ts: str | None = None
    edited_by: str | None = None
    reactions: tuple[Reaction, ...] = ()
    ephemeral_for: str | None = None

    @property
    def is_reply(self) -> bool:
        """Whether it answers another message in a thread."""
        return self.thread_ts not in (None, self.ts)

    @property
    def all_blocks(self) -> list[Json]:
        """The message's blocks, and those of its attachments."""
        inner = (block for a in self.attachments for block in a.get("blocks", ()))
        return [*self.blocks, *inner]

    def reacted(self, name: str, user: str) -> Self:
        """The message with one more reaction."""
        names = [r.name for r in self.reactions]
        if name not in names:
            return replace(self, reactions=(*self.reactions, Reaction(name, (user,))))
        return replace(
            self,
            reactions=tuple(
                Reaction(r.name, (*r.users, user)) if r.name == name else r for r in self.reactions
            ),
        )

    def unreacted(self, name: str, user: str) -> Self:
        """The message without that person's reaction."""
        left = [
            Reaction(r.name, tuple(u for u in r.users if u != user)) if r.name == name else r
            for r in self.reactions
        ]
        return replace(self, reactions=tuple(r for r in left if r.users))

    def has_reaction(self, name: str, user: str) -> bool:
        """Whether that person reacted with that emoji."""
        return any(r.name == name and user in r.users for r in self.reactions)


class Messages:
    """All messages, in memory, with one ever-growing ``ts`` for the whole workspace."""

    def __init__(self) -> None:
        self._by_channel: dict[str, dict[str, Message]] = {}
        self._ephemeral: dict[str, dict[str, Message]] = {}
        self._last_us = 0

    def next_ts(self, now: datetime) -> str:
        """A ``ts`` later than all before it, even when the clock stands still or goes back."""
        self._last_us = max(self._last_us + 1, int(now.timestamp() * 1_000_000))
        seconds, micros = divmod(self._last_us, 1_000_000)
        return f"{seconds}.{micros:06d}"

    def put(self, message: Message) -> None:
        """Add a message, or put a newer version in its place."""
        if message.ephemeral_for is not None:
            kept = self._ephemeral.setdefault(message.ephemeral_for, {})
        else:
            kept = self._by_channel.setdefault(message.channel, {})
        kept[message.ts] = message
        if len(kept) > KEPT_PER_CHANNEL:
            del kept[next(iter(kept))]

    def remove(self, message: Message) -> None:
        """Forget a message."""
        if message.ephemeral_for is not None:
            self._ephemeral.get(message.ephemeral_for, {}).pop(message.ts, None)
        else:
            self._by_channel.get(message.channel, {}).pop(message.ts, None)

    def find(self, channel: str, ts: str) -> Message | None:
        """A message everybody in the channel can read."""
        return self._by_channel.get(channel, {}).get(ts)

    def find_for(self, user: str, channel: str, ts: str) -> Message | None:
        """As `find`, and the ephemeral ones that person can read."""
        own = self._ephemeral.get(user, {}).get(ts)
        return own if own is not None and own.channel == channel else self.find(channel, ts)

    def root_ts(self, channel: str, ts: str) -> str | None:
        """Where a reply to that message belongs: its thread's root, or None if it is unknown."""
        message = self.find(channel, ts)
        return (message.thread_ts or message.ts) if message else None

    def in_channel(self, channel: str) -> list[Message]:
        """Everything in a channel, replies included, oldest first."""
        return list(self._by_channel.get(channel, {}).values())

    def top_level(self, channel: str) -> list[Message]:
        """What a channel shows: no replies, unless they were also sent to the channel."""
        return [m for m in self.in_channel(channel) if not m.is_reply or m.broadcast]

    def replies(self, channel: str, root_ts: str) -> list[Message]:
        """The replies under a message, oldest first."""
        return [m for m in self.in_channel(channel) if m.is_reply and m.thread_ts == root_ts]

    def threads(self, channel: str) -> dict[str, list[Message]]:
        """All replies of a channel by their root's ``ts``, in one pass."""
        found: dict[str, list[Message]] = {}
        for message in self.in_channel(channel):
            if message.is_reply and message.thread_ts is not None:
                found.setdefault(message.thread_ts, []).append(message)
        return found

    def ephemeral(self, user: str, channel: str) -> list[Message]:
        """What only that person sees there, oldest first."""
        return [m for m in self._ephemeral.get(user, {}).values() if m.channel == channel]

    def forget_ephemeral(self, user: str) -> None:
        """As when that person reloads the page."""
        self._ephemeral.pop(user, None)

    def dump(self) -> list[Json]:
        """Everything but the ephemeral, for keeping."""
        return [asdict(m) for channel in self._by_channel.values() for m in channel.values()]

    def restore(self, rows: Iterable[Json]) -> None:
        """Take back what `dump` gave. Raises KeyError or TypeError for anything else."""
        for row in rows:
            self.put(_from_row(row))
        newest = max((m.ts for c in self._by_channel.values() for m in c.values()), default="0.0")
        self._last_us = max(self._last_us, int(newest.replace(".", "") or 0))


def _from_row(row: Json) -> Message:
    reactions = tuple(Reaction(r["name"], tuple(r["users"])) for r in row["reactions"])
    lists = {name: tuple(row.get(name, ())) for name in ("blocks", "attachments", "files")}
    return Message(**{**row, **lists, "reactions": reactions})


def api_message(message: Message, replies: Sequence[Message], files: Sequence[Json] = ()) -> Json:
    """A message as the Web API and events show it; thread fields only on a root with replies."""
    shown: Json = {
        "type": "message",
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "team": "T0LOCAL",
        **dict(_optional(message)),
    }
    if files:
        shown |= {"subtype": "file_share", "files": list(files), "upload": message.bot_id is None}
        shown |= {"display_as_bot": False}
    if message.is_reply and message.broadcast:
        shown["subtype"] = "thread_broadcast"
    if message.metadata is not None:
        shown["metadata"] = message.metadata
    return {**shown, **_thread_fields(message, replies)}


def _optional(message: Message) -> Iterator[tuple[str, Any]]:
    if message.bot_id:
        yield "bot_id", message.bot_id
    if message.app_id:
        yield "app_id", message.app_id
    if message.username:
        yield "username", message.username
    if message.blocks:
        yield "blocks", list(message.blocks)
    if message.attachments:
        yield "attachments", list(message.attachments)
    if message.edited_ts:
        yield "edited", {"user": message.edited_by, "ts": message.edited_ts}
    if message.reactions:
        yield "reactions", reactions_json(message)


def _thread_fields(message: Message, replies: Sequence[Message]) -> Json:
    if message.is_reply:
        return {"thread_ts": message.thread_ts}
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users[:5],
        "latest_reply": replies[-1].ts,
    }


def reactions_json(message: Message) -> list[Json]:
    """The reactions with their counts."""
    return [
        {"name": r.name, "users": list(r.users), "count": len(r.users)} for r in message.reactions
    ]


def page_message(message: Message, reply_count: int, files: Sequence[Json] = ()) -> Json:
    """A message as the page takes it."""
    shown: Json = {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "text": message.text,
        "reactions": [{"name": r.name, "users": list(r.users)} for r in message.reactions],
        "ephemeral": message.ephemeral_for is not None,
        **{k: v for k, v in _optional(message) if k in ("bot_id", "username", "blocks")},
    }
    if message.attachments:
        shown["attachments"] = list(message.attachments)
    if files:
        shown["files"] = list(files)
    if message.edited_ts:
        shown["edited"] = {"ts": message.edited_ts}
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if reply_count:
        shown["reply_count"] = reply_count
    return shown
