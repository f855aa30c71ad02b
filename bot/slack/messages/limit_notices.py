"""What an earlier program posted when an app's day came near its limits, or to them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.slack import blocks
from bot.slack.blocks import code
from bot.slack.messages.approvals import EPOCH
from bot.slack.messages.faults import limit_scope, moment


def near(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """An app began as many messages today as somebody wants to be told of."""
    said = text(
        locale,
        "limit_notice.near",
        app=code(facts["app"]),
        scope=limit_scope(facts["scope"], locale),
        used=f"{facts['used']:,}",
        warn=f"{facts['warn']:,}",
    )
    stop = facts["stop"]
    more = text(locale, "limit_notice.stops_at", stop=f"{stop:,}") if stop is not None else ""
    said = join(locale, said, more)
    see = blocks.context(text(locale, "limit_notice.see"))
    return SlackMessage(said, (blocks.section(f":warning: {said}"), see))


def stopped(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """An app began as many messages today as it may."""
    said = text(
        locale,
        "limit_notice.stopped",
        app=code(facts["app"]),
        scope=limit_scope(facts["scope"], locale),
        used=f"{facts['used']:,}",
        stop=f"{facts['stop']:,}",
        time=moment(EPOCH + timedelta(milliseconds=facts["ends_ms"])),
    )
    see = blocks.context(text(locale, "limit_notice.see"))
    return SlackMessage(said, (blocks.section(f":no_entry: {said}"), see))


NOTICES = {"limits.warn": near, "limits.stop": stopped}
