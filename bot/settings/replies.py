"""What app.yaml may say of people's answers in Slack."""

from pydantic import Field

from bot.settings.section import Section


class Replies(Section):
    """What is shown of what people answered, in the channel of `channels.replies`."""

    show_text: bool = Field(
        default=False,
        description="true: everybody in that channel reads what people wrote. false: it tells that "
        "they did, and auditors read it by a button.",
    )
