"""Every kind of post there is: its facts, as they were stored, to the message they become."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.slack import blocks
from bot.slack.messages import (
    alerts,
    approvals,
    apps,
    audit,
    brakes,
    changes,
    coverage,
    declarations,
    erasures,
    job_answers,
    limit_answers,
    limit_exempt,
    limit_notices,
    oncall_posts,
    replies,
    reviews,
    summaries,
)
from bot.slack.messages.asked import place

Facts = Mapping[str, Any]
KINDS: Mapping[str, Callable[[Facts, Locale], SlackMessage]] = {
    **approvals.NOTICES,
    **changes.NOTICES,
    **reviews.NOTICES,
    **job_answers.NOTICES,
    **apps.NOTICES,
    **limit_answers.NOTICES,
    **limit_exempt.NOTICES,
    **declarations.NOTICES,
    **limit_notices.NOTICES,
    **brakes.NOTICES,
    **coverage.NOTICES,
    **summaries.NOTICES,
    **replies.NOTICES,
    **alerts.NOTICES,
    **oncall_posts.NOTICES,
    **audit.NOTICES,
    **erasures.NOTICES,
}


def unreadable(kind: str, key: str, locale: Locale) -> SlackMessage:
    """In the place of something that cannot be shown: that there was something, and what it was."""
    said = text(locale, "faults.unreadable_post", kind=blocks.code(kind), key=blocks.code(key))
    return SlackMessage(said, (blocks.section(said),))


def forwarded(message: SlackMessage, channel: str, locale: Locale) -> SlackMessage:
    """`message` for somebody it was not meant for, and the channel that would not have it."""
    said = text(locale, "faults.meant_for", channel=place(channel, locale))
    return SlackMessage(message.text, (*message.blocks, blocks.context(said)))
