"""People who said no: taken from their replies and from Tencent's answers, and let go again only on
a person's word with another's approval."""

from datetime import datetime

from bot.rules import optouts as rules
from bot.rules.optout_words import says_no
from bot.rules.optouts import Optout, Source
from bot.settings import Settings
from bot.tencent.incoming import Reply
from storage import content, optouts, replies
from storage.db import Tx
from storage.messages import Message


def take_reply(tx: Tx, reply: Reply, now: datetime) -> bool:
    """Keeps what somebody answered, and their opt-out where it is one; False for a repeat.

    Nothing is ever opted in here: whoever knows the address can post to it.
    """
    is_no = says_no(reply.text)
    kept = replies.Reply(
        reply.number,
        reply.text,
        rules.plain_signature(reply.signature),
        reply.extend_code,
        reply.port,
        reply.replied_at or now,
        is_no,
        now,
    )
    if not replies.add(tx, kept):
        return False
    if is_no:
        _opt_out(tx, kept)
    return True


def signatures(tx: Tx, settings: Settings) -> list[str]:
    """What an opt-out may be about: Tencent's signatures as we know them, and those of app.yaml. No
    message bears another, so none would be kept back."""
    known = {each.name for each in content.list_signatures(tx)}
    return sorted(known | {app.signature for app in settings.apps})


def learn(tx: Tx, message: Message, code: str, now: datetime) -> bool:
    """What Tencent's answer to `message`, or a report on it, tells of its number; `code` is
    Tencent's or a carrier's. Returns whether it was news."""
    found = rules.learned(message.class_, code)
    if found is None:
        return False
    source, scope = found
    known = Optout(message.number, message.signature, scope, source, code, "", now)
    return optouts.add(tx, known)


def _opt_out(tx: Tx, reply: replies.Reply) -> None:
    # A time to come is a wrong clock, or a lie.
    replied_at = min(reply.replied_at, reply.stored_at)
    earlier = replies.sent_to(tx, reply.number, since=replied_at - rules.REPLY_WINDOW)
    meant = rules.declined(reply.signature, earlier, replied_at)
    said = Optout(
        number=reply.number,
        signature=meant.signature,
        scope=meant.scope,
        source=Source.REPLY,
        detail="",
        added_by="",
        at=reply.stored_at,
    )
    optouts.renew(tx, said)
