"""What callbacks are made to be: each as its page shows it, and repeated until it is taken."""

from collections.abc import Mapping
from typing import Any

from tests.sandbox.tencent.tried import CALLBACKS, DOCUMENTATION, Tried

#: The bodies on the vendor's pages: cloud.tencent.com/document/product/382/59178 (2026-01-05),
#: 382/42907 (2025-01-03), 382/5815, 5816, 6532 and 1128/51535 for the four of voice.
DOCUMENTED: Mapping[str, Any] = {
    "status": [
        {
            "user_receive_time": "2015-10-17 08:03:04",
            "nationcode": "86",
            "mobile": "13xxxxxxxxx",
            "report_status": "SUCCESS",
            "errmsg": "DELIVRD",
            "description": "用户短信送达成功",
            "sid": "xxxxxxx",
        }
    ],
    "reply": {
        "extend": "",
        "mobile": "13xxxxxxxxx",
        "nationcode": "86",
        "sign": "xxxx",
        "text": "xxxx",
        "time": 1457336869,
    },
    "voicekey_callback": {
        "call_from": "",
        "callid": "xxxxxx",
        "keypress": "2",
        "mobile": "13xxxxxxxxx",
        "nationcode": "86",
    },
    "voiceprompt_callback": {
        "result": "0",
        "accept_time": "1470197211",
        "call_from": "",
        "callid": "xxxxxx",
        "end_calltime": "1470197221",
        "fee": "1",
        "mobile": "13xxxxxxxxx",
        "nationcode": "86",
        "start_calltime": "1470197196",
    },
    "voicecode_callback": {
        "result": "0",
        "accept_time": "1470196835",
        "call_from": "075583763333",
        "callid": "xxxxxx",
        "end_calltime": "1470196843",
        "fee": "1",
        "mobile": "13xxxxxxxxx",
        "nationcode": "86",
        "start_calltime": "1470196821",
    },
    "voice_failure_callback": {
        "call_from": "075583763333",
        "callid": "xxxxxx",
        "failure_code": 8,
        "failure_reason": "空号",
        "mobile": "13xxxxxxxxx",
        "nationcode": "86",
    },
}
#: Answers that do not take a callback; 307 would lead to where it was pushed before.
NOT_TAKEN: Mapping[str, tuple[int, str]] = {
    "HTTP 500": (500, '{"result":0}'),
    "HTTP 307": (307, ""),
    "result 1": (200, '{"result":1,"errmsg":"no"}'),
    "no JSON": (200, "OK"),
}
TAKEN = tuple(Tried(CALLBACKS, name, DOCUMENTATION, way="POST") for name in DOCUMENTED)
REPEATED = tuple(
    Tried(CALLBACKS, name, DOCUMENTATION, code=answer)
    for name in DOCUMENTED
    for answer in NOT_TAKEN
)
CELLS = (*TAKEN, *REPEATED)
