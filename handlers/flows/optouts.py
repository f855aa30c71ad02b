"""People who said no: taken from their replies and from Tencent's answers, and let go again only on
a person's word with another's approval."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.rules import optouts as rules
from bot.rules.audit import What
from bot.rules.numbers import mask
from bot.rules.optout_words import says_no
from bot.rules.optouts import Declined, Optout, Source
from bot.rules.replies import probably_answers
from bot.settings import Settings
from bot.tencent.incoming import Reply
from handlers.flows import audit, counting
from storage import content, optouts, replies
from storage.db import Tx
from storage.messages import Message

#: Messages to one number that a reply may answer.
LOOKED_AT = 50
#: Nothing but its time tells a reply from the same one pushed again. Without one, what is the same
#: for so long is a repeat: Tencent pushes three times at the most (382/59178, 2026-01-05) and does
#: not say how far apart.
REPEATED_WITHIN = timedelta(hours=1)
#: Numbers of a list that the audit trail names, masked; the rest it counts.
NUMBERS_NAMED = 10


def take_reply(tx: Tx, reply: Reply, now: datetime, app: str = "") -> bool:
    """Keeps what somebody answered, and their opt-out where it is one; False for a repeat. `app` is
    whose address it came to; empty for the account's.

    What may be a second no is heard as one, though it looks like a repeat: it dates what is known
    anew, and is a reply of its own where it opts out of anything else. Nothing is ever opted in
    here: whoever knows the address can post to it.
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
    looks_repeated = reply.replied_at is None and replies.is_repeat(tx, kept, REPEATED_WITHIN)
    if looks_repeated and not (is_no and _opt_out(tx, kept)):
        return False
    if not replies.add(tx, kept):
        return False
    counting.count_reply(tx, app or _app_of(tx, kept), now, is_optout=is_no)
    if is_no and not looks_repeated:
        _opt_out(tx, kept)
    return True


def _app_of(tx: Tx, reply: replies.Reply) -> str:
    """Whose message it probably answers, for Tencent does not say; empty where nothing fits."""
    since, until = reply.said_at - rules.REPLY_WINDOW, reply.said_at + rules.CLOCK_MARGIN
    number = tx.vault.seal_number(reply.number)
    earlier = replies.answerable(tx, number, since=since, until=until, limit=LOOKED_AT)
    guess = probably_answers(reply.signature, earlier, reply.said_at)
    return guess.message.app if guess else ""


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
    is_new = optouts.add(tx, known)
    if is_new:
        counting.count_optout(tx, message.app, now)
    return is_new


def add_by_person(tx: Tx, said: Sequence[Optout], now: datetime) -> int:
    """Somebody of the team says that these want no more; how many of them are new."""
    new = optouts.add_many(tx, said)
    if not said:
        return new
    first = said[0]
    audit.enter(
        tx,
        What.OPTOUT_ADDED,
        first.added_by,
        now,
        subject=first.signature,
        count=len(said),
        known=len(said) - new,
        numbers=[mask(each.number) for each in said[:NUMBERS_NAMED]],
        scope=first.scope.value,
        reason=first.detail,
    )
    return new


def declined_by(tx: Tx, number: str, signature: str, replied_at: datetime) -> Declined:
    """What somebody declines who said no then, by what had been sent to them."""
    earlier = replies.sent_to(tx, number, since=replied_at - rules.REPLY_WINDOW)
    return rules.declined(signature, earlier, replied_at)


def _opt_out(tx: Tx, reply: replies.Reply) -> bool:
    """Whether it was not known."""
    meant = declined_by(tx, reply.number, reply.signature, reply.said_at)
    said = Optout(
        number=reply.number,
        signature=meant.signature,
        scope=meant.scope,
        source=Source.REPLY,
        detail="",
        added_by="",
        at=reply.stored_at,
    )
    return optouts.renew(tx, said)
