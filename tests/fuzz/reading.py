"""What a body says, read plainly and with nothing of ours; whether it may be believed is not asked.

Only bodies that were taken are read here: what they say must be what was stored.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

Item = dict[str, Any]
#: Table, and what was said: for a report its serial, number, outcome, code, words and time in ms.
Said = tuple[Any, ...]
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def said_in(body: bytes) -> list[Said]:
    """Everything `body` says, in its order."""
    value = json.loads(body.decode("utf-8-sig"))
    if isinstance(value, list):
        return [_report(item) for item in value]
    calls = [name for name in value if name.startswith("voice")]
    if calls:
        return [_told_of_call(calls[0], value[calls[0]])]
    if "text" in value or "ReplyContent" in value:
        return [_reply(value)]
    return [_report(value)]


def _report(item: Item) -> Said:
    pushed = "sid" in item
    serial = item["sid"] if pushed else item["SerialNo"]
    is_success = item["report_status" if pushed else "ReportStatus"] == "SUCCESS"
    code = item.get("errmsg" if pushed else "Description") or ""
    words = (item.get("description") or "") if pushed else ""
    at = item.get("user_receive_time" if pushed else "UserReceiveTime")
    return ("receipts", serial, _number(item, pushed=pushed), is_success, code, words, _ms(at))


def _reply(item: Item) -> Said:
    pushed = "text" in item
    text = item["text"] if pushed else item["ReplyContent"]
    return (
        "replies",
        _number(item, pushed=pushed, is_reply=True),
        UNSTORABLE.sub("\ufffd", text or ""),
    )


def _told_of_call(name: str, item: Item) -> Said:
    kind, said = {
        "voicekey_callback": ("key", item.get("keypress")),
        "voiceprompt_callback": ("text_ended", item.get("result")),
        "voicecode_callback": ("code_ended", item.get("result")),
        "voice_failure_callback": ("failed", str(item.get("failure_code"))),
    }[name]
    if kind.endswith("_ended") and said not in ("0", "1", "2"):
        said = ""
    return ("voice_events", item["callid"], _number(item, pushed=True), kind, said)


def _number(item: Item, *, pushed: bool, is_reply: bool = False) -> str:
    country = item.get("nationcode" if pushed else "CountryCode")
    # The oldest replies say no country, and are all from the mainland.
    country = "86" if country is None and is_reply else str(country).removeprefix("+")
    mobile = item["mobile" if pushed else "SubscriberNumber"]
    if country == "86" and is_reply:
        mobile = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", mobile)
    return f"+{country}{mobile}"


def _ms(at: object) -> int | None:
    if isinstance(at, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", at, re.ASCII):
        try:
            local = datetime.strptime(at, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            return _of(local - timedelta(hours=8))
        except (ValueError, OverflowError):
            return None
    if isinstance(at, int) and at:
        try:
            return _of(datetime.fromtimestamp(at, UTC))
        except (ValueError, OverflowError, OSError):
            return None
    return None


def _of(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
