"""What legacy v5 is made to try: every command, how it succeeds, which results it fails with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.sandbox.tencent.callers import NOON, SMS_DOOR, VOICE_DOOR
from tests.sandbox.tencent.parameters import APP, OTHER_APP
from tests.sandbox.tencent.test_v5_applying import SIGN, TEMPLATE
from tests.sandbox.tencent.test_v5_send import BY_TEMPLATE, MOBILE, TAIL, TEL
from tests.sandbox.tencent.tried import DOCUMENTATION, V5, Tried

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


UPLOAD = "uploadvoicefile"
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
        {},
        "&fid=seed.wav",
        VOICE_DOOR,
    ),
}
#: Cell → its trial; the signature is written a second time, in `callers`.
ANSWERED: Mapping[Tried, Trial] = {
    Tried(V5, command, DOCUMENTATION, way="POST"): trial for command, trial in TRIALS.items()
}
#: Cell → its trial with the changes that bring the refusal about.
REFUSED: Mapping[Tried, Trial] = {
    Tried(V5, command, DOCUMENTATION, code=str(result)): replace(trial, body=trial.body | changes)
    for command, trial in TRIALS.items()
    for result, changes in trial.failures.items()
}
#: Cell → its trial, with an application or an AppKey that is not the account's.
FOREIGN: Mapping[Tried, tuple[Trial, tuple[str, str]]] = {
    Tried(V5, command, DOCUMENTATION, code=code): (trial, keys)
    for command, trial in TRIALS.items()
    for code, keys in {"1001": (APP, "f" * 32), "60006": (OTHER_APP, "f" * 32)}.items()
}
#: Cell → the headers of an upload that are different; all but the sound lies there.
UPLOADED: Mapping[Tried, Row] = {
    Tried(V5, UPLOAD, DOCUMENTATION, way="POST"): {},
    Tried(V5, UPLOAD, DOCUMENTATION, code="3004"): {"Content-Type": "application/json"},
    Tried(V5, UPLOAD, DOCUMENTATION, code="1001"): {"Authorization": "0" * 64},
}
CELLS = (*ANSWERED, *REFUSED, *FOREIGN, *UPLOADED)
