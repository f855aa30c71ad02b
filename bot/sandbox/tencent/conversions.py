"""Reporting that somebody used the code a message brought (API 3.0)."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.lists import check_app
from bot.sandbox.tencent.records import MAX_INTEGER
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.world import World


def report_conversion(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """ReportConversion, for accounts the vendor has put on its list."""
    fields = Fields(parameters, required=("SmsSdkAppId", "SerialNo"), optional=("ConversionTime",))
    check_app(world, fields.text("SmsSdkAppId"))
    serial = fields.text("SerialNo")
    at_ms = 1000 * fields.integer("ConversionTime", world.now_ms // 1000)
    # The vendor names no code for accounts not on the list, nor for a serial it does not know.
    if not world.state.account.settings.conversion_enabled:
        raise CallError("UnauthorizedOperation.RequestPermissionDeny")
    attempt = world.state.ledger.by_serial(serial)
    if attempt is None or not 0 <= at_ms <= MAX_INTEGER:
        raise CallError("InvalidParameter.InvalidParameters")
    world.state.ledger.converted(attempt, at_ms)
    world.save()
    return {"ReportConversionStatus": {"Code": "ok", "Message": "success"}}
