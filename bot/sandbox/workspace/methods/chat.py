"""chat.*: posting, changing and deleting messages."""

from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.workspace import posting
from bot.sandbox.workspace.answers import metadata_of
from bot.sandbox.workspace.content import Content, read_content
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.methods.call import (
    Call,
    Check,
    Method,
    Reply,
    bot_inside,
    channel_known,
    may_post,
    message_known,
    not_archived,
    ok,
    user_known,
)
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal

# chat.update: "The text field cannot exceed 4,000 characters" (docs.slack.dev, 2026-08).
UPDATE_TEXT_LIMIT = 4_000


def post_message(call: Call) -> Reply:
    """``chat.postMessage``."""
    content, metadata = read_content(call.world, call.args), metadata_of(call.args.get("metadata"))
    if isinstance(content, Refusal):
        return content
    if isinstance(metadata, Refusal):
        return metadata
    message = _message(call, content)
    message = replace(message, metadata=metadata, broadcast=call.truth("reply_broadcast"))
    posting.post(call.world, message)
    return ok(
        channel=message.channel,
        ts=message.ts,
        message=call.world.show(message),
        **_cut_warning(content),
    )


def post_ephemeral(call: Call) -> Reply:
    """``chat.postEphemeral``."""
    content = read_content(call.world, call.args)
    if isinstance(content, Refusal):
        return content
    message = replace(_message(call, content), ephemeral_for=call.text("user"))
    posting.post(call.world, message)
    return ok(message_ts=message.ts, **_cut_warning(content))


def update(call: Call) -> Reply:
    """``chat.update``. Metadata is kept unless new metadata comes."""
    if len(call.text("text")) > UPDATE_TEXT_LIMIT:
        return Refusal(ErrorCode.MSG_TOO_LONG)
    old = call.message
    content = read_content(call.world, _with_kept_parts(call.args, old))
    metadata = metadata_of(call.args.get("metadata"))
    if isinstance(content, Refusal):
        return content
    if isinstance(metadata, Refusal):
        return metadata
    newer = replace(
        old,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=metadata or old.metadata,
    )
    at_ts = call.world.messages.next_ts(call.world.clock())
    posting.edit(call.world, posting.edited(newer, call.bot, at_ts))
    return ok(channel=old.channel, ts=old.ts, text=content.text, message=call.world.show(newer))


def delete(call: Call) -> Reply:
    """``chat.delete``."""
    message = call.message
    posting.delete(call.world, message)
    return ok(channel=message.channel, ts=message.ts)


def permalink(call: Call) -> Reply:
    """``chat.getPermalink``: an address of this workspace's page."""
    message = call.message
    address = f"{call.world.url}/#{message.channel}/p{message.ts.replace('.', '')}"
    return ok(channel=message.channel, permalink=address)


def _with_kept_parts(args: Json, old: Message) -> Json:
    """Blocks stay when neither text nor blocks come; a new text alone drops them."""
    if "text" in args or "blocks" in args or "attachments" in args:
        return args
    return {**args, "text": old.text, "blocks": list(old.blocks)}


def _message(call: Call, content: Content) -> Message:
    installation = call.app.installation
    return Message(
        ts=call.world.messages.next_ts(call.world.clock()),
        channel=call.channel.id,
        user=installation.bot_user_id,
        text=content.text,
        bot_id=installation.bot_id,
        app_id=installation.app_id,
        username=_username(call),
        blocks=content.blocks,
        attachments=content.attachments,
        thread_ts=call.world.messages.root_ts(call.channel.id, call.text("thread_ts")),
    )


def _username(call: Call) -> str | None:
    return call.text("username") or None if call.has_scope("chat:write.customize") else None


def _cut_warning(content: Content) -> Json:
    if not content.cut:
        return {}
    return {
        "warning": "message_truncated",
        "response_metadata": {"warnings": ["message_truncated"]},
    }


def _thread_known(call: Call) -> Refusal | None:
    root = call.text("thread_ts")
    if root and call.world.messages.find(call.channel.id, root) is None:
        return Refusal(ErrorCode.THREAD_NOT_FOUND)
    return None


def _own(error: ErrorCode) -> Check:
    def check(call: Call) -> Refusal | None:
        return None if call.message.user == call.bot else Refusal(error)

    return check


def _reader_inside(call: Call) -> Refusal | None:
    inside = call.text("user") in call.channel.members
    return None if inside else Refusal(ErrorCode.USER_NOT_IN_CHANNEL)


_WRITE = ("chat:write",)
_OPEN = not_archived()
# chat.update: "cannot be edited within a frozen, archived or deleted channel" (2026-08).
_ACTIVE = not_archived(ErrorCode.IS_INACTIVE)
METHODS: Mapping[str, Method] = {
    # "An encoded ID or channel name" (chat.postMessage, 2026-08); a person's id opens their own.
    "chat.postMessage": Method(
        post_message, _WRITE, (channel_known, _OPEN, may_post, _thread_known), takes_names=True
    ),
    "chat.postEphemeral": Method(
        post_ephemeral,
        _WRITE,
        (channel_known, _OPEN, may_post, user_known, _reader_inside),
        takes_names=True,
    ),
    "chat.update": Method(
        update,
        _WRITE,
        (channel_known, _ACTIVE, message_known, _own(ErrorCode.CANT_UPDATE_MESSAGE)),
    ),
    "chat.delete": Method(
        delete, _WRITE, (channel_known, message_known, _own(ErrorCode.CANT_DELETE_MESSAGE))
    ),
    "chat.getPermalink": Method(permalink, (), (channel_known, bot_inside, message_known)),
}
