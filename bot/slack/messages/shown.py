"""Every kind of card there is, as the message it should be."""

from typing import assert_never

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.slack.messages import cards, requests
from bot.slack.messages.cards import SendCard
from bot.slack.messages.requests import RequestCard

Shown = SendCard | RequestCard


def render(shown: Shown, locale: Locale) -> SlackMessage:
    """The card as it should stand now."""
    match shown:
        case SendCard():
            return cards.card(shown, locale)
        case RequestCard():
            return requests.card(shown, locale)
        case never:
            assert_never(never)
