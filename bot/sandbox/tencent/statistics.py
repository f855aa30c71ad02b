"""Counting what was sent and what came back of it (API 3.0), as far back as the ledger goes."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.frequency import to_ms
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.lists import check_app, read_hour
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.world import World

NAMES = ("BeginTime", "EndTime", "SmsSdkAppId", "Limit", "Offset")
MAX_SPAN = timedelta(days=32)
OTHER_FAILURE = "InternalErrorCount"
#: Which count a carrier code belongs to. Source: the vendor's table of carrier codes (docs
#: snapshot 2021-07-20), the counts inferred from their names; codes not listed are "internal".
COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "UNDELIV": "InvalidNumberCount",
        "UNDELIVRD": "InvalidNumberCount",
        "MK:0000": "InvalidNumberCount",
        "MK:0001": "InvalidNumberCount",
        "MK:0012": "InvalidNumberCount",
        "MK:0013": "InvalidNumberCount",
        "MK:0004": "ShutdownErrorCount",
        "MK:0010": "ShutdownErrorCount",
        "MK:0011": "ShutdownErrorCount",
        "MK:0029": "ShutdownErrorCount",
        "MX:0003": "FrequencyLimitCount",
        "TE:0003": "FrequencyLimitCount",
        "DISTURB": "FrequencyLimitCount",
        "XA:0100": "FrequencyLimitCount",
        "DB:0142": "FrequencyLimitCount",
        "DB:0143": "FrequencyLimitCount",
        "MX:0012": "BlackListCount",
        "XA:0139": "BlackListCount",
        "TD:0001": "BlackListCount",
        "DB:0141": "BlackListCount",
        "MBBLACK": "BlackListCount",
        "BWLIST": "BlackListCount",
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


def count_sends(attempts: Iterable[Attempt]) -> dict[str, int]:
    """The counts of SendStatusStatistics."""
    asked = list(attempts)
    accepted = [each for each in asked if each.accepted]
    return {
        "FeeCount": sum(each.fee_segments for each in accepted),
        "RequestCount": len(asked),
        "RequestSuccessCount": len(accepted),
    }


def count_reports(attempts: Iterable[Attempt]) -> dict[str, int]:
    """The counts of CallbackStatusStatistics; of several reports on one message the last counts."""
    accepted = [each for each in attempts if each.accepted]
    reported = [each for each in accepted if each.reported_at_ms is not None]
    failed = [each for each in reported if not each.reported_success]
    causes = dict.fromkeys((OTHER_FAILURE, *COUNTS.values()), 0)
    for each in failed:
        causes[COUNTS.get(each.reported_code, OTHER_FAILURE)] += 1
    return {
        "CallbackCount": len(reported),
        "RequestSuccessCount": len(accepted),
        "CallbackFailCount": len(failed),
        "CallbackSuccessCount": len(reported) - len(failed),
        **causes,
    }


def _asked(world: World, fields: Fields, longest: timedelta | None = None) -> list[Attempt]:
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
    first_ms, last_ms = to_ms(begin), to_ms(end) + 3_600_000
    return [
        each
        for each in world.state.ledger
        if each.app == app and first_ms <= each.asked_at_ms < last_ms
    ]
