"""Every kind of alert in words, by its value: one file for each file of `bot.rules.alerts`."""

from collections.abc import Mapping

from bot.slack.messages.alert_kinds import (
    answers,
    content,
    delivery,
    health,
    packages,
    receipts,
    traffic,
)
from bot.slack.messages.alert_kinds.described import Describe, Described, Facts

DESCRIBE: Mapping[str, Describe] = {
    **traffic.DESCRIBE,
    **content.DESCRIBE,
    **health.DESCRIBE,
    **packages.DESCRIBE,
    **delivery.DESCRIBE,
    **receipts.DESCRIBE,
    **answers.DESCRIBE,
}

__all__ = ["DESCRIBE", "Describe", "Described", "Facts"]
