"""What people answered, on its way to Slack: a thread a number, with a guess of what it answers.

It goes one way only. What is written in the thread is read by nobody here; a button opens the form
of a send, which is previewed and confirmed like any other.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.errors import WrongDataKey
from bot.rules.audit import What
from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Template
from bot.rules.numbers import Number, mask, read_number
from bot.rules.optouts import CLOCK_MARGIN, REPLY_WINDOW
from bot.rules.replies import Guess, probably_answers
from bot.rules.roles import ACCOUNT
from bot.rules.sending import class_of, recipient_fault
from bot.settings import App, Settings
from bot.slack.messages.replies import GATHERED, SAID, Words
from handlers.flows import audit
from handlers.flows import optouts as optout_flow
from storage import content, optouts, posts, replies, reply_threads
from storage.db import Tx
from storage.ids import to_ms
from storage.posts import Post
from storage.replies import Reply, Untold
from storage.reply_threads import Hour
from storage.vault import SealedNumber

log = logging.getLogger("smsops.replies")
#: Replies in one transaction.
AT_ONCE = 200
#: So many of an hour are told one by one, and as many that opt out: what is more, after a send to
#: many or in a flood, is gathered in one message.
TOLD_AN_HOUR = 60
#: That message is corrected no more often.
SHOWN_EVERY = timedelta(minutes=1)
#: Nobody looks at a thread that was silent so long: what comes then is shown in the channel too.
IN_SIGHT = timedelta(days=1)
#: Messages that may be answered are counted up to here.
COUNTED = 21
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Answering:
    """What a send to somebody who replied would be: `templates` are those that may go to them.

    `number` is the full number: mask it before showing it. `is_out`: they said no, and templates
    were left out for that.
    """

    number: str
    app: App
    templates: tuple[Template, ...]
    is_out: bool


def is_due(tx: Tx, now: datetime) -> bool:
    """Whether there is anything to be told."""
    return bool(replies.find_untold(tx, 1) or reply_threads.find_unshown(tx, now - SHOWN_EVERY, 1))


def tell(tx: Tx, settings: Settings, now: datetime) -> bool:
    """Puts the next replies on their way; returns whether there may be more."""
    channel = settings.channels.replies
    if channel is None:
        replies.note_all_told(tx, now)
        return False
    untold = replies.find_untold(tx, AT_ONCE)
    if untold:
        hour_s = int(now.timestamp()) // HOUR_S * HOUR_S
        hour = reply_threads.hour(tx, channel, hour_s)
        for reply in untold:
            _take(tx, reply, hour, now)
            replies.note_told(tx, reply.id, now)
        reply_threads.save_hour(tx, hour)
    for hour in reply_threads.find_unshown(tx, now - SHOWN_EVERY, AT_ONCE):
        _show_gathered(tx, hour, now)
    return len(untold) == AT_ONCE


def with_words(tx: Tx, facts: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The facts of a told reply, and what it says where this channel may show it.

    It is read when it is shown and not kept with the post, so that it goes when its time is over.
    """
    if not settings.replies.show_text:
        return {**facts, "words": Words.HIDDEN.value, "text": ""}
    try:
        reply = replies.get(tx, facts["reply"])
    except WrongDataKey:
        # The row is damaged: that somebody replied is said all the same.
        reply = None
    if reply is None or not reply.text:
        return {**facts, "words": Words.NONE.value, "text": ""}
    return {**facts, "words": Words.SHOWN.value, "text": reply.text}


def begin_anew(tx: Tx, post: Post, fault: str, now: datetime) -> None:
    """The thread is gone from Slack: this reply begins another, in which the next ones stand."""
    reply_threads.move(tx, post.under, post.key)
    posts.stand_alone(tx, post, fault=fault, now=now)


def begin_elsewhere(tx: Tx, post: Post, channel: str, fault: str, now: datetime) -> None:
    """Its channel takes nothing: it stands in `channel`, and what stood in its thread with it."""
    if post.under:
        reply_threads.move(tx, post.under, post.key)
    posts.redirect(tx, post, channel=channel, fault=fault, now=now)


def read_whole(tx: Tx, reply_id: str, by: str, now: datetime) -> Reply | None:
    """What somebody wrote and from which number, for `by`, of which the audit trail hears first;
    None for no reply of ours."""
    reply = replies.get(tx, reply_id)
    if reply is not None:
        number = mask(reply.number)
        audit.enter(tx, What.REPLY_VIEWED, by, now, subject=reply_id, number=number)
    return reply


def scope_of(tx: Tx, reply_id: str, settings: Settings) -> str | None:
    """The app of the message it probably answers, or of its signature; `ACCOUNT` where nobody can
    say; None for no reply of ours."""
    reply = replies.get(tx, reply_id)
    if reply is None:
        return None
    app = _app_of(tx, reply, settings)
    return ACCOUNT if app is None else app.name


def answering(tx: Tx, reply_id: str, settings: Settings, otherwise: App) -> Answering | None:
    """Whom a send in answer goes to, and with which approved templates; None for no reply of ours.

    The app is that of the message it probably answers, else the one of its signature, else
    `otherwise`. Codes are left out: nobody asked for one by replying.
    """
    reply = replies.get(tx, reply_id)
    if reply is None:
        return None
    app, number = _app_of(tx, reply, settings) or otherwise, read_number(reply.number)
    if not isinstance(number, Number):
        return Answering(reply.number, app, (), is_out=False)
    usable = [each for each in content.list_templates(tx) if _fits(each, number, app)]
    wanted = [each for each in usable if not _is_out(tx, number, each, app)]
    return Answering(number.e164, app, tuple(wanted), is_out=len(wanted) < len(usable))


def _take(tx: Tx, reply: Untold, hour: Hour, now: datetime) -> None:
    told = hour.told_no if reply.is_optout else hour.told
    if told >= TOLD_AN_HOUR:
        hour.gathered += 1
        hour.gathered_no += reply.is_optout
        return
    try:
        number = tx.vault.open_number(reply.number)
    except WrongDataKey:
        log.error("reply unreadable", extra={"event": "reply_unreadable", "reply": reply.id})
        return
    _tell_one(tx, reply, number, hour.channel, now)
    if reply.is_optout:
        hour.told_no += 1
    else:
        hour.told += 1


def _tell_one(tx: Tx, reply: Untold, number: str, channel: str, now: datetime) -> None:
    """In the thread of its number, which it begins where there is none."""
    key = f"reply:{reply.id}"
    thread = reply_threads.get(tx, channel, reply.number)
    facts = _facts(tx, reply, number)
    if thread is None:
        posts.add(tx, key, SAID, facts, channel=channel, now=now)
    else:
        facts["also_in_channel"] = now - thread.last_at > IN_SIGHT
        posts.add_under(tx, thread.root, key, SAID, facts, now)
    reply_threads.put(tx, channel, reply.number, key, now)


def _facts(tx: Tx, reply: Untold, number: str) -> dict[str, Any]:
    guess = _guess(tx, reply.number, reply.signature, reply.said_at)
    return {
        "reply": reply.id,
        "number": mask(number),
        "signature": reply.signature,
        "at_ms": to_ms(reply.said_at),
        "declined": _declined(tx, reply, number) if reply.is_optout else None,
        "guess": None if guess is None else _guess_facts(tx, guess),
    }


def _guess(tx: Tx, number: SealedNumber, signature: str, said_at: datetime) -> Guess | None:
    since, until = said_at - REPLY_WINDOW, said_at + CLOCK_MARGIN
    earlier = replies.answerable(tx, number, since=since, until=until, limit=COUNTED)
    return probably_answers(signature, earlier, said_at)


def _guess_facts(tx: Tx, guess: Guess) -> dict[str, Any]:
    message = guess.message
    template = content.get_template(tx, message.template_id)
    return {
        "message": message.message_id,
        "request": message.request_id,
        "template": message.template_id,
        "name": "" if template is None else template.name,
        "at_ms": to_ms(message.at),
        "others": guess.others,
        "is_counted": guess.others < COUNTED - 1,
    }


def _declined(tx: Tx, reply: Untold, number: str) -> dict[str, str]:
    meant = optout_flow.declined_by(tx, number, reply.signature, reply.said_at)
    return {"scope": meant.scope.value, "signature": meant.signature}


def _show_gathered(tx: Tx, hour: Hour, now: datetime) -> None:
    """One message of an hour, corrected as it grows."""
    key = f"replies:{hour.channel}:{hour.hour_s}"
    facts = {"hour_s": hour.hour_s, "many": hour.gathered, "optouts": hour.gathered_no}
    if hour.edits:
        posts.correct(tx, key, f"{key}:{hour.edits}", GATHERED, facts, now)
    else:
        posts.add(tx, key, GATHERED, facts, channel=hour.channel, now=now)
    reply_threads.note_shown(tx, hour, now)


def _app_of(tx: Tx, reply: Reply, settings: Settings) -> App | None:
    sealed = tx.vault.seal_number(reply.number)
    guess = _guess(tx, sealed, reply.signature, reply.said_at)
    guessed = None if guess is None else settings.app(guess.message.app)
    signed = (each for each in settings.apps if each.signature == reply.signature)
    return guessed or next(signed, None)


def _fits(template: Template, number: Number, app: App) -> bool:
    """Whether it is approved, for the number's side of the border, and no code."""
    if template.review is not ReviewState.USABLE:
        return False
    if recipient_fault(number, template, may_go_abroad=app.international) is not None:
        return False
    return _class_of(template, app) is not TemplateClass.OTP


def _is_out(tx: Tx, number: Number, template: Template, app: App) -> bool:
    signature = app.signature if number.is_mainland else ""
    return optouts.is_out(tx, number.e164, signature, _class_of(template, app))


def _class_of(template: Template, app: App) -> TemplateClass:
    return class_of(template, {name: each.template_class for name, each in app.templates.items()})
