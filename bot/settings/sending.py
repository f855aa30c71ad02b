"""What app.yaml may say of sending: how fast, how much at once, and for how long."""

from datetime import time

from pydantic import Field

from bot.rules.marketing_hours import Hours
from bot.settings.section import Section
from bot.settings.shapes import Clock


class Sending(Section):
    """How fast the bot sends, how much at once, and how long it retries and remembers."""

    per_s: int = Field(
        default=1000,
        ge=1,
        le=3000,
        description="Numbers a second and app, over all its jobs. Tencent takes 3000 requests.",
    )
    calls_at_once: int = Field(
        default=32, ge=1, le=48, description="Requests to Tencent under way at the same time."
    )
    numbers_at_once: int = Field(
        default=200,
        ge=1,
        le=2000,
        description="Numbers in requests under way at the same time: so many sends at the most "
        "are in doubt after a power cut.",
    )
    batch: int = Field(
        default=50,
        ge=1,
        le=200,
        description="Numbers in one request of a job whose recipients all get the same text.",
    )
    undo_s: int = Field(
        default=30,
        ge=0,
        le=3600,
        description="Seconds between the last word and the first call of a job.",
    )
    valid_for_s: int = Field(
        default=14_400,
        ge=60,
        le=604_800,
        description="Seconds after its start in which a job may send, where none are named.",
    )
    rows_max: int = Field(
        default=1_000_000,
        ge=1,
        le=10_000_000,
        description="Rows of one list of recipients. An XLSX file may have 200000; CSV has no "
        "limit of its own.",
    )

    retry_unsent_for_s: int = Field(
        default=600,
        ge=60,
        le=86_400,
        description="Seconds after its confirmation during which a single message may wait for its "
        "turn or be tried again. A job of codes is valid no longer.",
    )
    preview_valid_s: int = Field(
        default=600, ge=30, le=86_400, description="Seconds for which a preview can be confirmed."
    )
    marketing_from: Clock = Field(
        default="08:00", description="Marketing starts at this time of the mainland's day."
    )
    marketing_to: Clock = Field(
        default="22:00", description="Marketing ends at this time of the mainland's day."
    )

    @property
    def marketing_hours(self) -> Hours:
        """When marketing may go out to the mainland."""
        opens, closes = (time.fromisoformat(at) for at in (self.marketing_from, self.marketing_to))
        return Hours(opens, closes)
