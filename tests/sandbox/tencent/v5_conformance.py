"""What legacy v5 is made to try: every command, how it succeeds, which results its failures have.

`JUDGED_V5` is what the table of conformance is made from: command → the test that judges its
success and the results its failures were judged with. The judge is a signature written a second
time, in `callers`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.tencent.callers import NOON, SMS_DOOR, VOICE_DOOR
from tests.sandbox.tencent.test_v5_applying import SIGN, TEMPLATE
from tests.sandbox.tencent.test_v5_send import BY_TEMPLATE, MOBILE, TAIL, TEL

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """How one command is judged: `body`, signed over `tail`, must be answered with result 0 and
    make `holds` true; each of `failures` are the changes to it that bring a result about."""

    body: Row
    holds: Callable[[Row], object]
    failures: Mapping[int, Row] = field(default_factory=dict)
    tail: str = ""
    door: str = SMS_DOOR


NOW_S = int(NOON.timestamp())
WINDOW = {"begin_time": NOW_S - 60, "end_time": NOW_S + 60, "nationcode": "86", "mobile": MOBILE}
HOURS = {"begin_date": 2026112312, "end_date": 2026112312}
EMPTY_PAGE = {"max": 51, "offset": 0}
PNG = SIGN["pic"]


def sending(body: Row, tail: str, holds: Callable[[Row], object]) -> Trial:
    """A command that sends by template."""
    failures: dict[int, Row] = {
        1012: {"sign": "没有这个"},
        1014: {"tpl_id": 9999},
        1038: {"params": ["x"]},
        1004: {"params": [1]},
    }
    return Trial(body, holds, failures, tail)


def calling(body: Row, failures: Mapping[int, Row]) -> Trial:
    """A command that rings a phone."""
    return Trial(
        body,
        lambda answer: answer["callid"],
        {3004: {"playtimes": 4}, **failures},
        TAIL,
        VOICE_DOOR,
    )


TRIALS: Mapping[str, Trial] = {
    "sendsms": sending({"tel": TEL, **BY_TEMPLATE}, TAIL, lambda answer: answer["sid"]),
    "sendmultisms2": Trial(
        {**BY_TEMPLATE, "tel": [TEL]},
        lambda answer: answer["detail"][0]["sid"],
        {1004: {"params": [1]}},
        TAIL,
    ),
    "sendisms": Trial(
        {"tel": "+14155550101", "tpl_id": 1117, "params": ["8"]},
        lambda answer: answer["nationcode"] == "1",
        {1030: {"tpl_id": 1110}, 1014: {"params": []}},
        "&tel=+14155550101",
    ),
    "pullstatus": Trial(
        {"type": 0, "max": 10}, lambda answer: answer["count"] == 1, {1004: {"max": 101}}
    ),
    "pullstatus4mobile": Trial(
        {**WINDOW, "type": 0, "max": 10},
        lambda answer: answer["count"] == 1,
        {1004: {"type": 2}, 1016: {"mobile": "1"}},
    ),
    "querysms4mobile": Trial(
        WINDOW, lambda answer: answer["real_count"] == 1, {1004: {"end_time": 1}}, TAIL
    ),
    "add_sign": Trial(
        SIGN,
        lambda answer: answer["data"]["status"] == 1,
        {1004: {"pic": "x"}, 1002: {"text": "赌博"}, 1007: {"text": "腾讯云"}},
    ),
    "mod_sign": Trial(
        {**SIGN, "sign_id": 112},
        lambda answer: answer["data"]["id"] == 112,
        {1007: {"sign_id": 110}, 1012: {"sign_id": 9}},
    ),
    "del_sign": Trial({"sign_id": [112]}, lambda answer: True, {1012: {"sign_id": [9]}}),
    "get_sign": Trial(
        {"sign_id": [110]},
        lambda answer: answer["data"][0]["status"] == 0,
        {1004: {"sign_page": EMPTY_PAGE}},
    ),
    "add_template": Trial(
        TEMPLATE,
        lambda answer: answer["data"]["status"] == 1,
        {1004: {"text": "{"}, 1002: {"text": "赌博"}},
    ),
    "mod_template": Trial(
        {**TEMPLATE, "tpl_id": 1115},
        lambda answer: answer["data"]["id"] == 1115,
        {1007: {"tpl_id": 1110}, 1014: {"tpl_id": 9}},
    ),
    "del_template": Trial({"tpl_id": [1110]}, lambda answer: True, {1014: {"tpl_id": [9]}}),
    "get_template": Trial(
        {"tpl_id": [1110]},
        lambda answer: answer["data"][0]["status"] == 0,
        {1004: {"tpl_page": EMPTY_PAGE}},
    ),
    "pullsendstatus": Trial(
        HOURS, lambda answer: answer["data"]["success"] == 1, {1004: {"end_date": 1}}
    ),
    "pullcallbackstatus": Trial(
        HOURS, lambda answer: answer["data"]["status_success"] == 1, {1004: {"end_date": 1}}
    ),
    "getsmspackages": Trial(
        {"offset": 0, "length": 10}, lambda answer: answer["total"] == 1, {1004: {"length": 501}}
    ),
    "sendcvoice": calling({"tel": TEL, "msg": "1234"}, {1036: {"msg": "1" * 345}}),
    "sendvoice": calling({"tel": TEL, "msg": "1234"}, {1036: {"msg": "1" * 345}}),
    "sendtvoice": calling({"tel": TEL, "tpl_id": 4356, "params": ["1"]}, {1014: {"tpl_id": 4359}}),
    "sendvoiceprompt": calling(
        {"tel": TEL, "prompttype": 2, "promptfile": "您的验证码是1，请勿告诉他人。"},
        {1014: {"promptfile": "x"}, 1036: {"promptfile": "x" * 101}, 1004: {"prompttype": 1}},
    ),
    "sendfvoice": calling({"tel": TEL, "fid": "seed.wav"}, {1014: {"fid": "nothing.wav"}}),
    "statusvoicefile": Trial(
        {"fid": "seed.wav"},
        lambda answer: answer["status"] == 1,
        {1001: {"fid": "nothing.wav"}},
        "&fid=seed.wav",
        VOICE_DOOR,
    ),
}
HERE = "tests/sandbox/tencent"
UPLOAD = "test_v5_voice_files.py::test_a_recording_is_uploaded_reviewed_and_played[audio/wav-wav]"

JUDGED_V5: Mapping[str, tuple[str, tuple[str, ...]]] = {
    **{
        command: (
            f"{HERE}/test_v5_conformance.py::test_a_command_is_answered[{command}]",
            tuple(str(result) for result in sorted(trial.failures)),
        )
        for command, trial in TRIALS.items()
    },
    "uploadvoicefile": (f"{HERE}/{UPLOAD}", ("1001", "1021", "3004")),
}
