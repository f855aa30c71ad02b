"""Says in Slack what is to be said once: in order, as soon as it can be, and never twice.

A post whose answer was lost is looked for by its metadata before it is posted again.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import SlackError, StorageError
from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.roles import Role
from bot.slack.client import CHANNEL_CLOSED
from bot.slack.messages.notices import KINDS, forwarded
from bot.slack.messages.replies import SAID
from handlers.flows import cards as showing
from handlers.flows import replies
from handlers.services import Services
from storage import posts, requests
from storage.posts import Post

log = logging.getLogger("smsops.posts")
AT_ONCE = 20
POST = "chat.postMessage"
NEWS_FOR = timedelta(days=1)
#: The fact that names a picture of ours at Slack, and how long Slack may need to show it.
PICTURE, PICTURE_WITHIN = "picture", timedelta(minutes=2)
#: The card this stood under is gone from Slack.
THREAD_GONE = frozenset({"thread_not_found", "message_not_found"})


async def run(services: Services, now: datetime) -> datetime | None:
    """Says all that can be said; what Slack refuses for now stays due. Returns when the next one
    is due."""
    while due := await services.db.read(posts.find_due, now, AT_ONCE):
        for post in due:
            await _try(services, post)
        now = services.clock()
    return await services.db.read(posts.next_due)


async def _try(services: Services, post: Post) -> None:
    """One that cannot be said must not keep the others from being said."""
    try:
        await deliver(services, post)
    except SlackError as fault:
        await _take_fault(services, post, fault)
    except StorageError:
        raise
    except Exception:
        log.exception("post broke", extra={"event": "post_broke", "key": post.key})
        await _try_later(services, post, "broke", tried_at=services.clock())


async def deliver(services: Services, post: Post) -> None:
    """Says one thing and notes where it stands."""
    message = await _render(services, post)
    if message is None:
        log.error("unknown post", extra={"event": "post_unknown", "kind": post.kind})
        await _give_up(services, post, "unknown_kind")
        return
    if post.edits and post.edited_ts is None:
        await _give_up(services, post, "nothing_to_edit")
        return
    channel, thread_ts = await _place(services, post)
    if post.edited_ts is not None:
        await services.slack.edit(channel, post.edited_ts, message)
        await services.db.write(posts.note_posted, post, ts=post.edited_ts, now=services.clock())
        return
    ts = None if post.tried_at is None else await _find_again(services, post, channel, thread_ts)
    if ts is None:
        await services.db.write(posts.note_try, post, services.clock())
        is_broadcast = bool(post.facts.get("also_in_channel")) and thread_ts is not None
        posted = await services.slack.post(
            channel, message, post.key, thread_ts, also_in_channel=is_broadcast
        )
        ts = posted.ts
    await services.db.write(posts.note_posted, post, ts=ts, now=services.clock())


async def _render(services: Services, post: Post) -> SlackMessage | None:
    """The message, in the language of its place; None for a kind this program does not know."""
    render = KINDS.get(post.kind)
    if render is None:
        return None
    locale = await _locale(services, post)
    facts = post.facts
    if post.kind == SAID:
        facts = await services.db.read(replies.with_words, facts, services.settings)
    message = render(facts, locale)
    meant_for = post.facts.get("meant_for")
    return forwarded(message, meant_for, locale) if meant_for else message


async def _locale(services: Services, post: Post) -> Locale:
    if not post.user_id:
        return services.settings.language
    return (await services.people.look_up(post.user_id)).locale


async def _place(services: Services, post: Post) -> tuple[str, str | None]:
    """The channel, and the thread in it."""
    if post.user_id:
        return await services.slack.open_conversation(post.user_id), None
    if post.channel:
        channel = await services.slack.locate(post.channel)
        if post.under and post.root_ts is None:
            # The first one of the thread came to stand nowhere.
            raise SlackError(POST, "thread_not_found", permanent=True)
        return channel, post.root_ts
    if post.thread is None:
        raise LookupError(f"{post.key} has no card to stand under")
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
    """Decides where it goes next: later, to a person, or nowhere."""
    log.warning(
        "post not delivered",
        extra={"event": "post_failed", "key": post.key, "reason": fault.code},
    )
    if fault.code == "invalid_blocks" and post.facts.get(PICTURE):
        await _wait_for_picture(services, post, fault)
    elif post.edits and fault.permanent:
        # Its message is gone, or closed: what it said is all there is.
        await _give_up(services, post, fault.code)
    elif post.under and fault.code in THREAD_GONE:
        await services.db.write(replies.begin_anew, post, fault.code, services.clock())
    elif fault.code in CHANNEL_CLOSED or fault.code in THREAD_GONE:
        await _move(services, post, fault)
    elif fault.permanent and fault.code in {"invalid_blocks", "msg_too_long", "user_not_found"}:
        await _give_up(services, post, fault.code)
    else:
        tried_at = _tried_at(post, fault, services.clock())
        await _try_later(services, post, fault.code, tried_at, fault.retry_after_s)


async def _wait_for_picture(services: Services, post: Post, fault: SlackError) -> None:
    """A picture can be shown some seconds after it was brought; one that cannot is left out."""
    if services.clock() - post.created_at < PICTURE_WITHIN:
        await _try_later(services, post, fault.code, tried_at=None)
    else:
        await _try(services, replace(post, facts={**post.facts, PICTURE: ""}))


def _tried_at(post: Post, fault: SlackError, now: datetime) -> datetime | None:
    """Since when it may be there without our knowing."""
    if fault.method != POST:
        return post.tried_at
    return now if fault.may_have_happened else None


async def _try_later(
    services: Services,
    post: Post,
    fault: str,
    tried_at: datetime | None,
    asked_s: float | None = None,
) -> None:
    now = services.clock()
    if now - post.created_at > NEWS_FOR and (post.user_id or fault == "broke"):
        # A person who cannot be reached, or a line that cannot be made: nothing changes by itself.
        await _give_up(services, post, fault)
        return
    next_at = showing.next_try(post.failures, now, asked_s)
    await services.db.write(
        posts.note_failure, post, fault=fault, next_at=next_at, tried_at=tried_at
    )


async def _move(services: Services, post: Post, fault: SlackError) -> None:
    """To who asked, where somebody did; else to who looks after the bot."""
    request = None
    if post.request_id is not None and not post.user_id:
        request = await services.db.read(requests.get, post.request_id)
    if post.user_id:
        await _give_up(services, post, fault.code)
        return
    if request is None:
        await _tell_admins(services, post, fault)
        return
    await services.db.write(
        posts.move, post, user_id=request.requester, fault=fault.code, now=services.clock()
    )


async def _tell_admins(services: Services, post: Post, fault: SlackError) -> None:
    """To every admin alone; while none is known, it waits for its channel to be there again."""
    try:
        admins = await services.people.members(services.settings.roles.groups(Role.ADMIN))
    except SlackError as error:
        log.warning("no admins", extra={"event": "post_failed", "reason": error.code})
        admins = frozenset()
    if not admins:
        await _try_later(services, post, fault.code, tried_at=None)
        return
    await services.db.write(
        posts.hand_over,
        post,
        user_ids=sorted(admins),
        fault=fault.code,
        now=services.clock(),
    )


async def _give_up(services: Services, post: Post, fault: str) -> None:
    await services.db.write(posts.give_up, post, fault=fault, now=services.clock())
