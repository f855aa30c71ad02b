"""What qcloudsms_py, the vendor's old SDK, is made to try of legacy v5."""

from collections.abc import Callable, Mapping
from typing import Any

from qcloudsms_py import sms, voice

from tests.sandbox.tencent.tried import QCLOUDSMS, V5, Tried

MOBILE, OTHER = "18501234444", "18501234445"
FID = "seed.wav"
BY_TEMPLATE = (1110, ["4370"], "腾讯云")
PROMPT = "您的验证码是1，请勿告诉他人。"
#: Cell → class, method and arguments of the library, and what must hold of its answer.
CALLS: Mapping[Tried, tuple[Any, str, tuple[Any, ...], Callable[[Any], object]]] = {
    Tried(V5, command, QCLOUDSMS, way="POST"): call
    for command, call in {
        "sendsms": (
            sms.SmsSingleSender,
            "send_with_param",
            ("86", MOBILE, *BY_TEMPLATE),
            lambda answer: answer["sid"] and answer["fee"] == 1,
        ),
        "sendmultisms2": (
            sms.SmsMultiSender,
            "send_with_param",
            ("86", [MOBILE, OTHER], *BY_TEMPLATE),
            lambda answer: [row["result"] for row in answer["detail"]] == [0, 0],
        ),
        "pullstatus": (
            sms.SmsStatusPuller,
            "pull_callback",
            (10,),
            lambda answer: (answer["count"], answer["data"]) == (0, []),
        ),
        "pullstatus4mobile": (
            sms.SmsMobileStatusPuller,
            "pull_callback",
            ("86", MOBILE, 1, 2_000_000_000, 10),
            lambda answer: (answer["count"], answer["data"]) == (0, []),
        ),
        "sendcvoice": (
            voice.CodeVoiceSender,
            "send",
            ("86", MOBILE, "1234"),
            lambda answer: answer["callid"],
        ),
        "sendtvoice": (
            voice.TtsVoiceSender,
            "send",
            (4357, ["A1", "明天"], MOBILE),
            lambda answer: answer["callid"],
        ),
        "sendvoiceprompt": (
            voice.PromptVoiceSender,
            "send",
            ("86", MOBILE, 2, PROMPT),
            lambda answer: answer["callid"],
        ),
        "sendfvoice": (
            voice.FileVoiceSender,
            "send",
            (FID, MOBILE),
            lambda answer: answer["callid"],
        ),
        "uploadvoicefile": (
            voice.VoiceFileUploader,
            "upload",
            (b"ID3 sound",),
            lambda answer: answer["fid"],
        ),
    }.items()
}
CELLS = tuple(CALLS)
