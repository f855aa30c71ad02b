"""Who knocks, and what is done about it. This is the one list of all handlers."""

from bot.registry import Job, Registry


def registry() -> Registry:
    """Everything there is to knock at; help and the Slack manifest are made from it too."""
    # Imported here: whoever needs one flow does not pay for every handler.
    from handlers.commands import help as help_command
    from handlers.commands import send
    from handlers.jobs import forget_envelopes, refresh_content, settle_doubts

    return Registry(
        commands=(*help_command.COMMANDS, *send.COMMANDS),
        buttons=(*help_command.BUTTONS, *send.BUTTONS),
        submissions=send.SUBMISSIONS,
        choices=send.CHOICES,
        events=help_command.EVENTS,
        jobs=(
            Job("refresh_content", refresh_content.EVERY_S, refresh_content.run),
            Job("settle_doubts", settle_doubts.EVERY_S, settle_doubts.run),
            Job("forget_envelopes", forget_envelopes.EVERY_S, forget_envelopes.run),
        ),
        synonyms={
            "发送": "send",
            "发": "send",
            "短信": "send",
            "帮助": "help",
            "菜单": "help",
            "?": "help",
            "？": "help",
        },
    )
