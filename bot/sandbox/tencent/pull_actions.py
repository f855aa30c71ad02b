"""Pulling reports and replies off their queues (API 3.0)."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.lists import check_app
from bot.sandbox.tencent.pulls import reply_row, report_pull_row, take_replies, take_reports
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.world import World

MAX_LIMIT = 100


def pull_send_status(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """PullSmsSendStatus: the oldest reports nobody has pulled yet."""
    taken = take_reports(world.state, *_asked(world, parameters))
    world.save()
    rows = (report_pull_row(world.state, each) for each in taken)
    return {"PullSmsSendStatusSet": [row for row in rows if row is not None]}


def pull_replies(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """PullSmsReplyStatus: the oldest replies nobody has pulled yet."""
    taken = take_replies(world.state, *_asked(world, parameters))
    world.save()
    return {"PullSmsReplyStatusSet": [reply_row(each) for each in taken]}


def _asked(world: World, parameters: Mapping[str, object]) -> tuple[Application, int]:
    fields = Fields(parameters, required=("Limit", "SmsSdkAppId"))
    app = check_app(world, fields.text("SmsSdkAppId"))
    limit = fields.integer("Limit")
    if not 0 <= limit <= MAX_LIMIT:
        raise CallError("InvalidParameterValue.LimitVerifyFail")
    # The vendor names no code for a queue that support has not opened; this is its "no permission".
    if not world.state.account.settings.pulls_enabled:
        raise CallError("UnauthorizedOperation.RequestPermissionDeny")
    return app, limit
