"""What app.yaml may say of where the bot posts what is not an answer to somebody."""

from pydantic import Field

from bot.settings.section import Section
from bot.settings.shapes import Channel


class Channels(Section):
    """Places of the bot's own posts."""

    approvals: Channel | None = Field(
        default=None,
        description="Channel of the cards that wait for an approval. "
        "Left out: the one in which it was asked for.",
    )
    reviews: Channel | None = Field(
        default=None,
        description="Channel that hears how Tencent's reviews end, which take too long, and what "
        "was changed in the console. Left out: alerts of reviews go where other alerts do.",
    )
    alerts: Channel | None = Field(
        default=None,
        description="Channel of alerts whose receiver names none. "
        "Left out: the app's first channel.",
    )
    replies: Channel | None = Field(
        default=None,
        description="Channel that hears of what people answered, one thread a number. Nothing "
        "written there goes to anybody. Left out: it is told nowhere.",
    )
    audit: Channel | None = Field(
        default=None,
        description="Channel that hears, once an hour where anything happened, what stands for the "
        "whole audit trail. Left out: only the log says it.",
    )
    fallback: Channel | None = Field(
        default=None,
        description="Channel that gets what another one cannot take, archived or closed to the "
        "bot, with a note of where it was meant for. Left out: the owners get it, each alone.",
    )
