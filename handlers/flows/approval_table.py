"""The table of approvals of app.yaml, to be told in words."""

from bot.rules.approval_table import left_to, reached_above
from bot.rules.roles import Role
from bot.settings import Settings
from bot.settings.approvals import By
from bot.settings.durations import seconds
from bot.slack.messages.approval_table import PolicyView, RowView


def policy_of(settings: Settings, app: str) -> PolicyView:
    """All of it, and who approves with `app` where a row names nobody."""
    table = settings.approvals.table
    scopes = [row.scope for row in table]
    rows = tuple(
        RowView(
            scope=row.scope,
            rest=left_to(scopes, at) if row.scope.is_all else (),
            above=reached_above(scopes, at),
            needed=row.approvals,
            buttons_only=row.by is By.BUTTONS,
            expires_s=seconds(row.expires),
            approvers=row.approvers or (),
            askers=row.askers or (),
        )
        for at, row in enumerate(table)
    )
    return PolicyView(app, rows, settings.grants.entries(Role.APPROVER, app))
