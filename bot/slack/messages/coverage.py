"""What is said where Tencent's figures of a day are not ours, and where its queue stays shut."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.rules.backfill import SHANGHAI
from bot.slack import blocks
from bot.slack.blocks import code


def differs(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """A day on which the two differ by more than rounding."""
    day = datetime.fromtimestamp(facts["day_s"], SHANGHAI).date().isoformat()
    said = text(locale, "coverage.differs", app=code(facts["app"]), day=day)
    found = facts["differences"]
    rows = ((text(locale, f"coverage.{each['measure']}"), _counts(each, locale)) for each in found)
    causes = dict.fromkeys(each["cause"] for each in found)
    why = "\n".join(f"• {text(locale, f'coverage.cause.{cause}')}" for cause in causes)
    parts = [blocks.section(f":warning: {said}"), blocks.fields(rows), blocks.section(why)]
    if not facts["is_exclusive"]:
        parts.append(blocks.context(text(locale, "coverage.shared")))
    return SlackMessage(said, tuple(parts))


def lines(facts: Mapping[str, Any], locale: Locale) -> list[str]:
    """What differs on a day, by how much, and what that most likely comes from."""
    found = facts["differences"]
    said = [
        text(
            locale,
            "alert_delivery.counts_differ.line",
            measure=text(locale, f"coverage.{each['measure']}"),
            counts=_counts(each, locale),
        )
        for each in found
    ]
    causes = dict.fromkeys(each["cause"] for each in found)
    said += [f"• {text(locale, f'coverage.cause.{cause}')}" for cause in causes]
    return said if facts["is_exclusive"] else [*said, text(locale, "coverage.shared")]


def _counts(each: Mapping[str, Any], locale: Locale) -> str:
    theirs, ours = each["theirs"], each["ours"]
    change = f"{theirs - ours:+,}".replace("-", "−")
    return text(
        locale, "coverage.counts", theirs=f"{theirs:,}", ours=f"{ours:,}", difference=change
    )


def pull_refused(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """`callbacks.pull` is on, and Tencent gives nothing."""
    said = text(locale, "coverage.pull_refused", app=code(facts["app"]), code=code(facts["code"]))
    see = blocks.context(text(locale, "coverage.pull_cure"))
    return SlackMessage(said, (blocks.section(f":warning: {said}"), see))


NOTICES = {"coverage.differs": differs, "coverage.pull_refused": pull_refused}
