"""Voice calls: what was said to whom, how far each call got, and why it failed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any

#: The oldest ended calls are forgotten beyond this.
CAPACITY = 1000
DECLINED = 10
NO_ANSWER = 5

#: failure_code and failure_reason of the voice callbacks (docs snapshot 2021-07-20, 错误码).
#: Sent in Chinese as the vendor sends them, whatever the language of the reader.
FAILURES: Mapping[int, str] = MappingProxyType(
    {
        1: "关机",
        2: "通话中",
        3: "不在服务区",
        4: "欠费",
        5: "无人接听",
        6: "暂时无法接通",
        7: "停机",
        8: "空号",
        9: "电路正忙",
        10: "用户正忙",
        11: "其他原因",
        12: "呼叫受限，请勿越权使用",
        13: "您拨打的号码已暂停服务",
        15: "号码不存在",
        16: "来电提醒",
        17: "号码已过期",
        18: "网络忙",
        19: "未开通语音通话功能",
        20: "无应答",
        22: "系统正忙",
        23: "加拨零",
        24: "您拨打的号码已改号",
        25: "未开通联通秘书服务",
        26: "来电助手",
        27: "暂时无法接通",
        28: "漏话提醒服务",
        29: "留言信箱",
        30: "您拨打的号码有误",
        31: "不在使用中",
    }
)
#: Where it rang, and nobody took it; every other failure is an error of the call.
UNANSWERED = frozenset({2, 5, 10, 20})


class CallKind(IntEnum):
    """Codes and notices have limits and callbacks of their own."""

    CODE = 1
    NOTICE = 2


class Stage(IntEnum):
    """How far a call got."""

    RINGING = 0
    TALKING = 1
    ENDED = 2


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `text` is what is spoken, empty if the recording `fid` is played instead.

    What comes next by itself (a test number picks up, the ringing or the text is over) comes at
    `due_at_ms`. `speech_ms` is all of the text as often as it is played. `failure_code` is 0
    while nothing went wrong, `keys` what the callee has pressed.
    """

    callid: str
    kind: CallKind
    number: str
    app: str
    caller: str
    text: str
    fid: str
    play_times: int
    speech_ms: int
    fate: str
    asked_at_ms: int
    due_at_ms: int
    stage: Stage = Stage.RINGING
    answered_at_ms: int | None = None
    ended_at_ms: int | None = None
    failure_code: int = 0
    keys: str = ""

    @property
    def fee_minutes(self) -> int:
        """Begun minutes of talk."""
        if self.answered_at_ms is None or self.ended_at_ms is None:
            return 0
        return max(1, -(-(self.ended_at_ms - self.answered_at_ms) // 60_000))

    @property
    def result(self) -> int:
        """0 answered, 1 not answered, 2 an error of the call."""
        if not self.failure_code:
            return 0
        return 1 if self.failure_code in UNANSWERED else 2

    def to_json(self) -> dict[str, Any]:
        """As the admin API shows it."""
        return {
            "callid": self.callid,
            "kind": self.kind.name.lower(),
            "number": self.number,
            "app": self.app,
            "caller": self.caller,
            "text": self.text,
            "fid": self.fid,
            "play_times": self.play_times,
            "stage": self.stage.name.lower(),
            "keys": self.keys,
            "failure_code": self.failure_code,
            "failure_reason": FAILURES.get(self.failure_code, ""),
            "asked_at_ms": self.asked_at_ms,
            "answered_at_ms": self.answered_at_ms,
            "ended_at_ms": self.ended_at_ms,
            "fee_minutes": self.fee_minutes,
        }


class CallBook:
    """The calls in the order they were made."""

    def __init__(self, calls: Iterable[Call] = ()) -> None:
        self._calls = {call.callid: call for call in calls}

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls.values())

    def get(self, callid: str) -> Call | None:
        """The call with this id."""
        return self._calls.get(callid)

    def of(self, number: str) -> list[Call]:
        """The calls to an E.164 number, oldest first."""
        return [call for call in self if call.number == number]

    def put(self, call: Call) -> None:
        """Keep a new call, or what has become of one."""
        self._calls[call.callid] = call
        if len(self._calls) > CAPACITY:
            self._forget_one()

    def _forget_one(self) -> None:
        ended = next((each for each in self if each.stage is Stage.ENDED), None)
        if ended is not None:
            del self._calls[ended.callid]
