"""Counting what was sent and what came back of it (API 3.0), by the hour of the request."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.frequency import to_ms
from bot.sandbox.tencent.lists import check_app, read_hour
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.state import State
from bot.sandbox.tencent.tally import HOUR_MS, Hour
from bot.sandbox.tencent.world import World

NAMES = ("BeginTime", "EndTime", "SmsSdkAppId", "Limit", "Offset")
MAX_SPAN = timedelta(days=32)
#: The vendor's names for what did not arrive, and ours.
FAILURES: Mapping[str, str] = MappingProxyType(
    {
        "InternalErrorCount": "internal",
        "InvalidNumberCount": "invalid_number",
        "ShutdownErrorCount": "shutdown",
        "BlackListCount": "blacklist",
        "FrequencyLimitCount": "frequency",
    }
)


def send_statistics(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """SendStatusStatistics: numbers asked for, accepted, and what they cost."""
    return {"SendStatusStatistics": count_sends(_asked(world, Fields(parameters, required=NAMES)))}


def callback_statistics(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """CallbackStatusStatistics: what the carriers reported, by the hour of the request."""
    fields = Fields(parameters, required=NAMES)
    asked = _asked(world, fields, longest=MAX_SPAN)
    return {"CallbackStatusStatistics": count_reports(asked)}


def count_sends(hours: Iterable[Hour]) -> dict[str, int]:
    """The counts of SendStatusStatistics."""
    rows = list(hours)
    return {
        "FeeCount": sum(each.fee_segments for each in rows),
        "RequestCount": sum(each.requested for each in rows),
        "RequestSuccessCount": sum(each.accepted for each in rows),
    }


def count_reports(hours: Iterable[Hour]) -> dict[str, int]:
    """The counts of CallbackStatusStatistics; of several reports on one message the last counts."""
    rows = list(hours)
    delivered = sum(each.delivered for each in rows)
    undelivered = sum(each.undelivered for each in rows)
    return {
        "CallbackCount": delivered + undelivered,
        "RequestSuccessCount": sum(each.accepted for each in rows),
        "CallbackFailCount": undelivered,
        "CallbackSuccessCount": delivered,
        **{count: sum(getattr(each, name) for each in rows) for count, name in FAILURES.items()},
    }


def hours_of(state: State, app: str, begin: datetime, end: datetime) -> list[Hour]:
    """What an application was asked for from the hour `begin` to the end of the hour `end`."""
    found = state.ledger.tally.between(to_ms(begin), to_ms(end) + HOUR_MS)
    return [each for each in found if each.app == app]


def _asked(world: World, fields: Fields, longest: timedelta | None = None) -> list[Hour]:
    """What was asked for from the first hour to the end of the last."""
    app = fields.text("SmsSdkAppId")
    check_app(world, app)
    # Both are documented as "fixed at 0 for now".
    if fields.integer("Limit") != 0:
        raise CallError("InvalidParameterValue.LimitVerifyFail")
    if fields.integer("Offset") != 0:
        raise CallError("InvalidParameterValue.OffsetVerifyFail")
    begin = read_hour(fields.text("BeginTime"), "BeginTimeVerifyFail")
    end = read_hour(fields.text("EndTime"), "EndTimeVerifyFail")
    if end < begin or (longest is not None and end - begin > longest):
        raise CallError("InvalidParameterValue.EndTimeVerifyFail")
    return hours_of(world.state, app, begin, end)
