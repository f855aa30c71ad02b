"""Makes bodies: good ones of every shape, and what is left of them after something went wrong."""

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

Item = dict[str, Any]
TEXTS = (
    "用户短信送达成功", "", "R", "退订", "<!channel> *bold* <https://x|bank>", "👍🏽", "\x00",
    "\ud83d", "\udc4d\ud83d", "a" * 130, "长" * 2100, "\u202e\u200b", "`;--\n\r", "=cmd()",
    "１３８",
)  # fmt: skip
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 86, 86.0, 1.5e300, 10**30, 13_800_000_001, 13_800_000_001.0, [], {},
    [[]], {"sid": "5000:1"}, "0086", "+86", "86", "SUCCESS", "FAIL", "2026-11-23 11:00:02",
    "2026-11-23T11:00:02+08:00", "2026-02-30 11:00:02", "0001-01-01 00:00:00", 4_102_444_800,
)  # fmt: skip
TIMES = ("2026-11-23 11:00:02", "2026-12-31 23:59:59", "2024-02-29 00:00:00", "soon", "")


class Bodies:
    """Bodies without end, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._nth = 0
        self._shapes: tuple[Callable[[], Any], ...] = (
            self._reports, self._reports, self._report, self._reply, self._pulled_reply,
            self._key, self._ended, self._failed,
        )  # fmt: skip
        self._earlier: list[bytes] = []

    def next(self) -> tuple[bytes, bool]:
        """A body, and whether it is good: stored as it stands, or known already."""
        chance = self._random.random()
        if self._earlier and chance < 0.05:
            return self._random.choice(self._earlier), True
        value = self._random.choice(self._shapes)()
        if chance < 0.35:
            # Half of a surrogate pair can be written as an escape only.
            is_escaped = self._random.random() < 0.5 or "\\ud8" in json.dumps(value)
            body = json.dumps(value, ensure_ascii=is_escaped).encode()
            self._earlier = [*self._earlier[-50:], body]
            return body, True
        if chance < 0.75:
            value = self._disturbed(value)
        body = json.dumps(value).encode()
        return (body if chance < 0.75 else self._damaged(body)), False

    def _disturbed(self, value: Any) -> Any:
        """The value with strange things in the place of some."""
        items = [*value] if isinstance(value, list) else [value]
        for _ in range(self._random.randint(1, 3)):
            self._disturb(self._random.choice(items))
        if self._random.random() < 0.1:
            items.append(deepcopy(self._random.choice((*STRANGE, self._reply()))))
        return self._random.choice((value, value, value, items, [items], {"text": value}))

    def _disturb(self, item: Item) -> None:
        name = self._random.choice([*item])
        if item[name] and isinstance(item[name], dict) and self._random.random() < 0.9:
            self._disturb(item[name])
        elif self._random.random() < 0.15:
            item.pop(name)
            item.setdefault("more", None)
        else:
            item[name] = deepcopy(self._random.choice((*STRANGE, *TEXTS)))

    def _damaged(self, body: bytes) -> bytes:
        """The bytes as a bad line, or somebody who means it, leaves them."""
        at, end = sorted(self._random.randrange(len(body) + 1) for _ in range(2))
        deep = self._random.randint(1, 3_000)
        return self._random.choice(
            (
                body[:at],
                body[:at] + body[end:],
                body[:at] + bytes([self._random.randrange(256)]) + body[at + 1 :],
                body[:at] + body[at:end] * 2 + body[end:],
                body * 2,
                b"\xef\xbb\xbf" + body,
                body.decode().encode("utf-16"),
                b"[" * deep + body + b"]" * deep,
                b'{"text":' * deep + body + b"}" * deep,
                body.replace(b'"sid"', b'"sid": "5000:0", "sid"'),
                body.replace(b'"mobile"', b'"mob\\u0069le": "13899999999", "mobile"'),
                body.replace(b'"86"', b"NaN"),
                body.replace(b'"86"', b"8" * self._random.randint(1, 6_000)),
            )
        )

    def _who(self) -> Item:
        if self._random.random() < 0.9:
            return {"nationcode": "86", "mobile": f"138{self._random.randrange(10**8):08}"}
        country = self._random.choice(("65", 65, "+1", "852"))
        return {"nationcode": country, "mobile": f"{self._random.randrange(10**7, 10**8)}"}

    def _reports(self) -> list[Item]:
        return [self._report() for _ in range(self._random.choice((1, 1, 2, 5)))]

    def _report(self) -> Item:
        self._nth += 1
        serial = f"5000:104571{1_760_000_000 + self._nth // 50}{self._nth:012}"
        status = self._random.choice(("SUCCESS", "FAIL"))
        code = self._random.choice(("DELIVRD", "MK:0001", "UNDELIV", ""))
        if self._random.random() < 0.3:
            who = self._who()
            return {
                "UserReceiveTime": self._random.choice((0, 1_764_000_000, "2026-11-23 11:00:02")),
                "CountryCode": who["nationcode"],
                "SubscriberNumber": who["mobile"],
                "SerialNo": serial,
                "ReportStatus": status,
                "Description": code,
                "SessionContext": "",
            }
        return {
            "user_receive_time": self._random.choice(TIMES),
            **self._who(),
            "report_status": status,
            "errmsg": code,
            "description": self._random.choice(("用户短信送达成功", "空号", "")),
            "sid": serial,
        }

    def _reply(self) -> Item:
        text = self._random.choice([each for each in TEXTS if len(each) < 2_000])
        return {**self._who(), "extend": "", "sign": "腾讯云", "text": text, "time": self._second()}

    def _pulled_reply(self) -> Item:
        who = self._who()
        return {
            "ExtendCode": "",
            "CountryCode": who["nationcode"],
            "SubscriberNumber": who["mobile"],
            "SignName": "腾讯云",
            "ReplyContent": "T",
            "ReplyTime": self._second(),
        }

    def _call(self) -> Item:
        self._nth += 1
        return {**self._who(), "callid": f"call-{self._nth}", "call_from": ""}

    def _key(self) -> Item:
        return {"voicekey_callback": {**self._call(), "keypress": self._random.choice("12*#")}}

    def _ended(self) -> Item:
        name = self._random.choice(("voiceprompt_callback", "voicecode_callback"))
        times = {"accept_time": "0", "end_calltime": "1470197221", "start_calltime": ""}
        result = self._random.choice("012")
        return {name: {**self._call(), **times, "result": result, "fee": "1"}}

    def _failed(self) -> Item:
        code = self._random.randint(1, 31)
        return {
            "voice_failure_callback": {
                **self._call(), "failure_code": code, "failure_reason": "空号"
            }
        }  # fmt: skip

    def _second(self) -> int:
        return 1_764_000_000 + self._random.randrange(10**6)
