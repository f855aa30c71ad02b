"""Says in Slack what is to be said once: in order, as soon as it can be, and never twice.

Each channel has a lane: what is slow or refused there holds up nothing elsewhere. A post whose
answer was lost is looked for by its metadata before it is posted again.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import SlackError, StorageError, WrongDataKey
from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.lanes import EDIT, FILES, POST
from bot.rules.roles import Role
from bot.slack.messages import overlong
from bot.slack.messages.notices import KINDS, forwarded, unreadable
from bot.slack.messages.replies import SAID
from bot.slack.refusals import (
    CONTENT_REFUSED,
    MESSAGE_GONE,
    PERSON_GONE,
    WIRE_FAULTS,
    closes_channel,
)
from handlers.flows import cards as showing
from handlers.flows import oncall_messages, replies
from handlers.jobs import post_files
from handlers.jobs.lane_work import is_suspect, work
from handlers.services import Services
from storage import posts, requests
from storage.db import Tx
from storage.posts import Post

log = logging.getLogger("smsops.posts")
AT_ONCE = 200
NEWS_FOR = timedelta(days=1)
#: What wakes somebody cannot wait that long for the place it is meant for.
URGENT, URGENT_FOR = frozenset({"alert.card", "oncall.dm", "oncall.mention"}), timedelta(minutes=3)
#: The fact that names a picture of ours at Slack, and how long Slack may need to show it.
PICTURE, PICTURE_WITHIN = "picture", timedelta(minutes=2)
#: The card this stood under is gone from Slack.
THREAD_GONE = frozenset({"thread_not_found", "message_not_found"})
BROKE = "broke"


async def run(services: Services, now: datetime) -> datetime | None:
    """Says all that can be said; what Slack refuses for now stays due. Returns when the next one
    is due."""
    begin = [now]
    next_at: datetime | None = None

    async def look() -> Sequence[Post]:
        nonlocal next_at
        at = begin.pop() if begin else services.clock()
        found, next_at = await services.db.read(_look, at)
        return found

    async def do(post: Post) -> None:
        await _try(services, post)

    await work(look, _lane, do, services.posts_due, services.stopping)
    return next_at


def _look(tx: Tx, now: datetime) -> tuple[Sequence[Post], datetime | None]:
    """What is due, and when the next one is: one look for both."""
    return posts.find_due(tx, now, AT_ONCE), posts.next_due(tx)


def _lane(post: Post) -> str:
    return post.lane


async def _try(services: Services, post: Post) -> None:
    """One that cannot be said must not keep the others from being said."""
    try:
        await deliver(services, post)
    except SlackError as fault:
        await _take_fault(services, post, fault)
    except Exception as error:
        if isinstance(error, StorageError) and not isinstance(error, WrongDataKey):
            raise
        log.exception("post broke", extra={"event": "post_broke", "key": post.key})
        await _try_later(services, post, SlackError("", BROKE, permanent=True))


async def deliver(services: Services, post: Post) -> bool:
    """Says one thing and notes where it stands; False where it was not said, or not by this."""
    if post.edits and post.is_damaged:
        await _give_up(services, post, "unreadable")
    elif post.edits and post.edited_ts is None:
        await services.db.write(_correct_elsewhere, post, services.clock())
    elif post.kind == overlong.FILE and not post.is_damaged:
        return await post_files.bring(services, post, *await _place(services, post))
    else:
        return await _say(services, post, await _render(services, post))
    return False


async def _say(services: Services, post: Post, message: SlackMessage) -> bool:
    channel, thread_ts = await _place(services, post)
    fitting, whole = overlong.fit(message, await _locale(services, post))
    if post.edited_ts is not None:
        ts = await _edit(services, post, fitting, channel, post.edited_ts)
    else:
        ts = await _post(services, post, fitting, channel, thread_ts)
    if ts is None:
        return False
    await services.db.write(_note_said, post, ts, whole, services.clock())
    return True


async def _edit(
    services: Services, post: Post, message: SlackMessage, channel: str, ts: str
) -> str | None:
    """Its ts; None where there is a later correction by now."""
    async with services.lanes.turn(EDIT, channel):
        if not await services.db.write(posts.note_try, post, services.clock()):
            return None
        await services.slack.edit(channel, ts, message)
    return ts


async def _post(
    services: Services, post: Post, message: SlackMessage, channel: str, thread_ts: str | None
) -> str | None:
    """The ts of its message; None where it was changed while it waited for its turn."""
    if post.tried_at is not None:
        found = await _find_again(services, post, channel, thread_ts)
        if found is not None:
            return found
    is_broadcast = bool(post.facts.get("also_in_channel")) and thread_ts is not None
    async with services.lanes.turn(POST, channel):
        if services.stopping.is_set():
            return None
        if not await services.db.write(posts.note_try, post, services.clock()):
            return None
        posted = await services.slack.post(
            channel, message, post.key, thread_ts, also_in_channel=is_broadcast
        )
    return posted.ts


def _note_said(tx: Tx, post: Post, ts: str, whole: str, now: datetime) -> None:
    """What did not fit into the message comes after it, as a file in its thread."""
    posts.note_posted(tx, post, ts=ts, now=now)
    if not whole or post.edits:
        return
    key, facts = f"{post.key}:file", overlong.file_facts(post.key, whole)
    if post.request_id is not None and not (post.channel or post.user_id):
        posts.add(tx, key, overlong.FILE, facts, request_id=post.request_id, now=now)
    else:
        posts.add_under(tx, post.under or post.key, key, overlong.FILE, facts, now)


def _correct_elsewhere(tx: Tx, post: Post, now: datetime) -> None:
    """What it corrects stands nowhere, or with several people."""
    if not posts.correct_copies(tx, post, now):
        posts.say_anew(tx, post, fault="nothing_to_edit", now=now)


async def _render(services: Services, post: Post) -> SlackMessage:
    """The message, in the language of its place; a note where none can be made of it."""
    locale = await _locale(services, post)
    message = await _made(services, post, locale)
    if message is None:
        log.error("unknown post", extra={"event": "post_unknown", "kind": post.kind})
        message = unreadable(post.kind, post.key, locale)
    meant_for = post.meant_for or post.facts.get("meant_for")
    return forwarded(message, meant_for, locale) if meant_for else message


async def _made(services: Services, post: Post, locale: Locale) -> SlackMessage | None:
    """None for a damaged row, a kind this program does not know, and what broke for a day."""
    render, facts = KINDS.get(post.kind), post.facts
    if render is None or post.is_damaged:
        return None
    try:
        if post.kind == SAID:
            facts = await services.db.read(replies.with_words, facts, services.settings)
        return render(facts, locale)
    except Exception:
        if not _is_old(services, post):
            raise
        log.exception("post broke", extra={"event": "post_broke", "key": post.key})
        return None


async def _locale(services: Services, post: Post) -> Locale:
    if not post.user_id:
        return services.settings.language
    return await services.people.locale_of(post.user_id)


async def _place(services: Services, post: Post) -> tuple[str, str | None]:
    """The channel, and the thread in it."""
    if post.under and post.root_ts is None:
        # The first one of the thread came to stand nowhere.
        raise SlackError(POST, "thread_not_found", permanent=True)
    if post.user_id:
        return await services.slack.open_conversation(post.user_id), post.root_ts
    place = post.channel or (post.thread or ("",))[0]
    closed = services.lanes.closed(place)
    if closed is not None:
        raise SlackError(POST, closed, permanent=True)
    if post.channel:
        return await services.slack.locate(post.channel), post.root_ts
    if post.thread is None:
        # No place took its card.
        raise SlackError(POST, "thread_not_found", permanent=True)
    return post.thread


async def _find_again(
    services: Services, post: Post, channel: str, thread_ts: str | None
) -> str | None:
    """The post whose answer was lost. Where the history is closed to us it is posted again."""
    try:
        found = await services.slack.find_post(channel, post.key, thread_ts)
    except SlackError as fault:
        if not fault.permanent or fault.code in THREAD_GONE:
            raise
        return None
    return None if found is None else found.ts


async def _take_fault(services: Services, post: Post, fault: SlackError) -> None:
    """Decides where it goes next: later, elsewhere, to a person, or nowhere."""
    log.warning(
        "post not delivered",
        extra={"event": "post_failed", "key": post.key, "reason": fault.code},
    )
    is_closed = closes_channel(fault.code) and not post.user_id
    if is_closed:
        _close(services, post, fault.code)
    if fault.code == "invalid_blocks" and post.facts.get(PICTURE):
        await _wait_for_picture(services, post, fault)
    elif post.edits and (is_closed or fault.code in MESSAGE_GONE):
        now = services.clock()
        await services.db.write(posts.say_anew, post, fault=fault.code, now=now)
    elif is_closed or fault.code in THREAD_GONE:
        await _move(services, post, fault)
    elif fault.code in CONTENT_REFUSED:
        await _say_plainly(services, post, fault)
    elif fault.code in PERSON_GONE:
        await _move(services, post, fault)
    else:
        await _try_later(services, post, fault)


def _close(services: Services, post: Post, code: str) -> None:
    """So that what else waits for that channel is not tried one by one."""
    place = post.channel or (post.thread or ("",))[0]
    services.lanes.close(place, code)
    services.slack.forget(place)


async def _wait_for_picture(services: Services, post: Post, fault: SlackError) -> None:
    """A picture can be shown some seconds after it was brought; one that cannot is left out."""
    if services.clock() - post.created_at < PICTURE_WITHIN:
        await _try_later(services, post, fault)
    else:
        await _try(services, replace(post, facts={**post.facts, PICTURE: ""}))


async def _say_plainly(services: Services, post: Post, fault: SlackError) -> None:
    """Slack will not have the message as it is made: its words alone are better than none."""
    log.error("not as made", extra={"event": "post_refused", "key": post.key, "kind": post.kind})
    try:
        plain = overlong.plain(await _render(services, post))
        await _say(services, post, plain)
    except SlackError as again:
        if again.code in CONTENT_REFUSED:
            await _give_up(services, post, fault.code)
        else:
            await _try_later(services, post, again)


async def _try_later(services: Services, post: Post, fault: SlackError) -> None:
    """What is behind it waits too, unless the fault is its own."""
    is_own = fault.code not in WIRE_FAULTS and not fault.code.startswith("http_")
    if is_own and fault.code != BROKE and _is_old(services, post):
        # Nothing changes by itself.
        await _move(services, post, fault)
        return
    now = services.clock()
    await services.db.write(
        posts.note_failure,
        post,
        fault=fault.code,
        next_at=showing.next_try(post.failures, now, fault.retry_after_s),
        tried_at=_tried_at(post, fault, now),
        is_aside=is_own,
    )
    if is_suspect(fault, post.failures, services.lanes):
        await _ask_next(services, post)


async def _ask_next(services: Services, post: Post) -> None:
    """Where what is behind it can be said, it is not Slack that is in trouble but this one."""
    behind = await services.db.read(posts.find_next, post)
    if behind is None:
        return
    try:
        is_said = await deliver(services, behind)
    except SlackError as fault:
        now = services.clock()
        tried_at = _tried_at(behind, fault, now)
        await services.db.write(
            posts.note_failure, behind, fault=fault.code, next_at=now, tried_at=tried_at
        )
    else:
        if is_said:
            await services.db.write(posts.stand_aside, post, services.clock())


def _tried_at(post: Post, fault: SlackError, now: datetime) -> datetime | None:
    """Since when it may be there without our knowing."""
    if fault.method not in {POST, FILES}:
        return post.tried_at
    return now if fault.may_have_happened else None


def _is_old(services: Services, post: Post) -> bool:
    is_urgent = post.kind in URGENT and not post.edits
    waits = URGENT_FOR if is_urgent else NEWS_FOR
    return services.clock() - post.created_at > waits


async def _move(services: Services, post: Post, fault: SlackError) -> None:
    """To where its thread goes on, to who asked, where somebody did, to the fallback channel, or to
    who looks after the bot; what is one person's own goes nowhere else."""
    now, fallback = services.clock(), services.settings.channels.fallback
    request = None
    if post.request_id is not None and not post.user_id:
        request = await services.db.read(requests.get, post.request_id)
    if post.under and fault.code in THREAD_GONE:
        await services.db.write(replies.begin_anew, post, fault.code, now)
    elif request is not None:
        who = request.requester
        await services.db.write(posts.move, post, user_id=who, fault=fault.code, now=now)
    elif post.copy_of or (post.user_id and post.request_id is None):
        await _give_up(services, post, fault.code)
    elif fallback and fallback not in {post.channel, post.meant_for} and not post.meant_for:
        await services.db.write(replies.begin_elsewhere, post, fallback, fault.code, now)
    else:
        await _tell_admins(services, post, fault)


async def _tell_admins(services: Services, post: Post, fault: SlackError) -> None:
    """To every admin alone; while none is known, it waits for its channel to be there again."""
    try:
        admins = await services.people.full_members(services.settings.grants.names(Role.OWNER))
    except SlackError as error:
        log.warning("no admins", extra={"event": "post_failed", "reason": error.code})
        admins = frozenset()
    now = services.clock()
    if not admins:
        next_at = showing.next_try(post.failures, now, None)
        await services.db.write(
            posts.note_failure, post, fault=fault.code, next_at=next_at, tried_at=None
        )
        return
    people = sorted(admins)
    await services.db.write(posts.hand_over, post, user_ids=people, fault=fault.code, now=now)


async def _give_up(services: Services, post: Post, fault: str) -> None:
    await services.db.write(_let_be, post, fault, services.clock())
    if post.kind == oncall_messages.DIRECT:
        services.calls_due.set()
        services.wake()


def _let_be(tx: Tx, post: Post, fault: str, now: datetime) -> None:
    """Nobody reads it. Who was to act on it has to be reached in another way."""
    posts.give_up(tx, post, fault=fault, now=now)
    if post.kind == oncall_messages.DIRECT and not post.edits:
        oncall_messages.undeliverable(tx, post.key, fault, now)
