"""Every kind of card there is, as the message it should be."""

from typing import assert_never

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.slack.messages import cards, jobs, limit_changes, requests
from bot.slack.messages.cards import SendCard
from bot.slack.messages.jobs import JobCard
from bot.slack.messages.limit_changes import LimitsCard
from bot.slack.messages.requests import RequestCard

Shown = SendCard | RequestCard | JobCard | LimitsCard


def render(shown: Shown, locale: Locale, *, is_copy: bool = False) -> SlackMessage:
    """The card as it should stand now; `is_copy`: for one person, where no edit reaches it."""
    match shown:
        case SendCard():
            return cards.card(shown, locale)
        case RequestCard():
            return requests.card(shown, locale, is_copy=is_copy)
        case JobCard():
            return jobs.card(shown, locale, is_copy=is_copy)
        case LimitsCard():
            return limit_changes.card(shown, locale, is_copy=is_copy)
        case never:
            assert_never(never)
