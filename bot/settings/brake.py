"""What app.yaml may say of the brake: from when on an app's traffic is unusual, and what then."""

from pydantic import Field

from bot.rules.brake import Kind, Thresholds
from bot.settings.section import Section


class Brake(Section):
    """When traffic that an app does not usually have raises an alert, and stops the app."""

    watch: bool = Field(default=True, description="false: nobody is told, nothing is stopped.")
    pause: tuple[Kind, ...] = Field(
        default=(),
        description="What stops the app by itself, at once; resuming it is asked for as after any "
        "other stop. volume: more than usual. new_numbers: countries and prefixes it never wrote "
        "to. success: fewer accepted or delivered than usual; losses that may be those of a job "
        "somebody approved are told and stop nothing. Left out: nothing, people decide.",
    )
    volume_factor: float = Field(
        default=5.0,
        ge=1.5,
        le=1000,
        description="So many times what this hour of the week usually has is unusual. What others "
        "approved is not counted.",
    )
    volume_from: int = Field(
        default=100,
        ge=1,
        le=1_000_000,
        description="Fewer messages in an hour are never unusual.",
    )
    new_share: float = Field(
        default=0.3,
        ge=0.05,
        le=1,
        description="So large a share of an hour's messages to countries and prefixes the app did "
        "not write to before, beyond the share it usually has, is unusual: SMS pumping looks like "
        "that. An hour to new countries alone is unusual in every app.",
    )
    new_from: int = Field(
        default=50,
        ge=1,
        le=1_000_000,
        description="Fewer such messages in an hour are never unusual.",
    )
    success_drop: float = Field(
        default=0.3,
        ge=0.05,
        le=1,
        description="A share of accepted, or of delivered messages so far below the usual one is "
        "unusual: 0.3 is from 95 % to 65 %.",
    )
    success_from: int = Field(
        default=50,
        ge=1,
        le=1_000_000,
        description="With fewer answers or reports for an hour nothing is said about their share.",
    )

    @property
    def thresholds(self) -> Thresholds:
        """The figures the rule goes by."""
        return Thresholds(
            volume_factor=self.volume_factor,
            volume_from=self.volume_from,
            new_share=self.new_share,
            new_from=self.new_from,
            success_drop=self.success_drop,
            success_from=self.success_from,
        )
