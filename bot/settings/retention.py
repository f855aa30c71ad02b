"""What app.yaml may say of how long personal data is kept."""

from pydantic import Field

from bot.settings.section import Section


class Retention(Section):
    """How long personal data is kept, by what it is."""

    values_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days for which the values in a send's text, the cells of its refused rows and "
        "what people answered are kept after its end. A code is deleted as soon as it was sent.",
    )
    reports_days: int = Field(
        default=30,
        ge=8,
        le=3650,
        description="Days for which carriers' reports, what was told of calls and callbacks that "
        "could not be read are kept. What became of a message stays with the message.",
    )
    numbers_days: int = Field(
        default=180,
        ge=32,
        le=3650,
        description="Days for which the numbers of an ended request are kept. Its messages stay, "
        "without number and values, and so do all figures.",
    )
    replies_days: int = Field(
        default=180,
        ge=8,
        le=3650,
        description="Days for which it is kept who replied when. Who opted out stays out.",
    )
    alerts_days: int = Field(
        default=180,
        ge=8,
        le=3650,
        description="Days for which ended alerts are kept, with who did what about them, silences, "
        "who stood in on call, and calls.",
    )
    posts_days: int = Field(
        default=180,
        ge=32,
        le=3650,
        description="Days for which it is kept what was said in Slack, once it was; what is still "
        "corrected or answered there stays.",
    )
    audit_days: int = Field(
        default=1095,
        ge=180,
        le=3650,
        description="Days for which the audit trail keeps reasons and details. Who did what, and "
        "when, stays, and so does the proof that nothing was changed.",
    )
    legal_hold: bool = Field(
        default=False,
        description="true: whatever would be deleted after its days is kept, and no number is "
        "erased. Codes and lists nobody confirmed go as always.",
    )
