"""Who knocks, and what is done about it. This is the one list of all handlers."""

from bot.registry import Job, Registry


def registry() -> Registry:
    """Everything there is to knock at; help and the Slack manifest are made from it too."""
    # Imported here: whoever needs one flow does not pay for every handler.
    from handlers.commands import approve, lint, resubmit, review, send, sign, template
    from handlers.commands import help as help_command
    from handlers.jobs import (
        expire_requests,
        forget_drafts,
        forget_envelopes,
        poll_reviews,
        refresh_content,
        settle_changes,
        settle_doubts,
        watch_reviews,
    )

    return Registry(
        commands=(
            *help_command.COMMANDS,
            *send.COMMANDS,
            *template.COMMANDS,
            *lint.OF_TEMPLATES,
            *sign.COMMANDS,
            *lint.OF_SIGNATURES,
            *approve.COMMANDS,
        ),
        buttons=(
            *help_command.BUTTONS,
            *send.BUTTONS,
            *template.BUTTONS,
            *sign.BUTTONS,
            *lint.BUTTONS,
            *resubmit.BUTTONS,
            *approve.BUTTONS,
            *review.BUTTONS,
        ),
        submissions=(
            *send.SUBMISSIONS,
            *template.SUBMISSIONS,
            *sign.SUBMISSIONS,
            *review.SUBMISSIONS,
            *approve.SUBMISSIONS,
        ),
        choices=send.CHOICES,
        form_actions=(*template.FORM_ACTIONS, *sign.FORM_ACTIONS),
        events=(*help_command.EVENTS, *approve.EVENTS),
        jobs=(
            Job("refresh_content", refresh_content.EVERY_S, refresh_content.run),
            Job("settle_doubts", settle_doubts.EVERY_S, settle_doubts.run),
            Job("settle_changes", settle_changes.EVERY_S, settle_changes.run),
            Job("poll_reviews", poll_reviews.EVERY_S, poll_reviews.run),
            Job("watch_reviews", watch_reviews.EVERY_S, watch_reviews.run),
            Job("expire_requests", expire_requests.EVERY_S, expire_requests.run),
            Job("forget_drafts", forget_drafts.EVERY_S, forget_drafts.run),
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
            "模板": "template",
            "模版": "template",
            "templates": "template",
            "签名": "sign",
            "signature": "sign",
            "signatures": "sign",
            "列表": "list",
            "查看": "show",
            "新建": "new",
            "修改": "edit",
            "编辑": "edit",
            "删除": "delete",
            "检查": "lint",
            "审批": "approve",
            "批准": "approve",
            "approvals": "approve",
        },
    )
