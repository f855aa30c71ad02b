"""Counting what was sent and what came back of it, with legacy v5."""

from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.lists import read_hour
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.statistics import count_reports, count_sends, hours_of
from bot.sandbox.tencent.tally import Hour
from bot.sandbox.tencent.v5_answers import MALFORMED, Result
from bot.sandbox.tencent.world import World


def send_statistics(world: World, app: Application, fields: Fields) -> Result:
    """pullsendstatus: numbers asked for, accepted, and the segments they cost."""
    found = count_sends(_asked(world, app, fields))
    counts = {
        "request": found["RequestCount"],
        "success": found["RequestSuccessCount"],
        "bill_number": found["FeeCount"],
    }
    return Result({"result": 0, "errmsg": "OK", "data": counts})


def callback_statistics(world: World, app: Application, fields: Fields) -> Result:
    """pullcallbackstatus: what the carriers reported, failures by their cause."""
    found = count_reports(_asked(world, app, fields))
    counts = {
        "success": found["RequestSuccessCount"],
        "status": found["CallbackCount"],
        "status_success": found["CallbackSuccessCount"],
        "status_fail": found["CallbackFailCount"],
        "status_fail_0": found["InternalErrorCount"],
        "status_fail_1": found["InvalidNumberCount"],
        "status_fail_2": found["ShutdownErrorCount"],
        "status_fail_3": found["BlackListCount"],
        "status_fail_4": found["FrequencyLimitCount"],
    }
    return Result({"result": 0, "errmsg": "OK", "data": counts})


def _asked(world: World, app: Application, fields: Fields) -> list[Hour]:
    """What was asked for from the first hour to the end of the last."""
    begin = read_hour(str(fields.integer("begin_date")), "BeginTimeVerifyFail")
    end = read_hour(str(fields.integer("end_date")), "EndTimeVerifyFail")
    if end < begin:
        raise CallError(MALFORMED)
    return hours_of(world.state, app.sdk_app_id, begin, end)
