"""Every kind of post there is: its facts, as they were stored, to the message they become."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.slack.messages import approvals, changes, reviews

Facts = Mapping[str, Any]
KINDS: Mapping[str, Callable[[Facts, Locale], SlackMessage]] = {
    **approvals.NOTICES,
    **changes.NOTICES,
    **reviews.NOTICES,
}
