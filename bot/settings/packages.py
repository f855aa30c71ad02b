"""What app.yaml may say of packages: from when on somebody is told that they run out."""

from datetime import timedelta

from pydantic import Field

from bot.rules.alerts.packages import Thresholds
from bot.settings.section import Section


class Packages(Section):
    """When the packages of the account raise an alert."""

    low_percent: int = Field(
        default=30,
        ge=1,
        le=99,
        description="So little is left of the packages in use, in percent: an alert.",
    )
    critical_percent: int = Field(
        default=10,
        ge=1,
        le=99,
        description="So little is left while it is not known yet how long that lasts: a critical "
        "one.",
    )
    runway_days: int = Field(
        default=7,
        ge=1,
        le=365,
        description="At the usual pace, and with the sends that are planned, nothing is left in so "
        "many days: an alert.",
    )
    urgent_hours: int = Field(
        default=24, ge=1, le=8760, description="Nothing is left in so many hours: a critical one."
    )
    expiring_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="A package expires in so many days with something left in it: an alert.",
    )

    @property
    def thresholds(self) -> Thresholds:
        """The figures the rules go by."""
        return Thresholds(
            low_percent=self.low_percent,
            critical_percent=self.critical_percent,
            runway=timedelta(days=self.runway_days),
            urgent=timedelta(hours=self.urgent_hours),
            expiring=timedelta(days=self.expiring_days),
        )
