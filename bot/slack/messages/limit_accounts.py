"""Why an account may not change frequency limits, in words."""

from typing import assert_never

from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.rules.limit_accounts import MayNot
from bot.slack.messages.faults import note


def refused(reason: MayNot, locale: Locale) -> SlackMessage:
    """Nothing was changed, why, and what to do about it."""
    so = text(locale, "limit_show.individual_refused")
    match reason:
        case MayNot.INDIVIDUAL:
            return note(text(locale, "limit_show.individual", so=so))
        case never:
            assert_never(never)
