"""What app.yaml may say of figures that raise alerts: how much less is delivered than is usual."""

from pydantic import Field

from bot.rules.alerts.delivery import Thresholds
from bot.settings.section import Section


class DeliveryThresholds(Section):
    """From when on so little is delivered, of an app, a carrier or a country, that it is an alert.

    What chance alone explains never is one.
    """

    drop_points: int = Field(
        default=10,
        ge=1,
        le=90,
        description="So many percentage points less than usual are delivered: an alert. It ends "
        "once half of them are made good.",
    )
    drop_of_others_points: int = Field(
        default=20,
        ge=1,
        le=90,
        description="The same of a carrier or country of which nothing usual is known, compared "
        "with the others, which are less alike.",
    )
    missed_from: int = Field(
        default=10,
        ge=1,
        le=1_000_000,
        description="Fewer messages that should have been delivered are no alert.",
    )
    outage_percent: int = Field(
        default=50,
        ge=1,
        le=99,
        description="Less than so much of what is usual is delivered, in percent: a critical one.",
    )

    @property
    def thresholds(self) -> Thresholds:
        """The figures the rules go by."""
        return Thresholds(
            drop=self.drop_points / 100,
            drop_of_others=self.drop_of_others_points / 100,
            missed_from=self.missed_from,
            outage=self.outage_percent / 100,
        )
