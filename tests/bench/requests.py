"""The requests: Slack's slash commands, signed, and Tencent's status reports. No two are alike."""

import hmac
import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from urllib.parse import urlencode

from bot.sandbox.tencent.config import Credentials

#: Runs through the whole bench: a repeat would be answered without being stored.
NUMBERS = itertools.count(1)
SHANGHAI = timezone(timedelta(hours=8))
FIRST_SERIAL_AT_S = 1_760_000_000
#: How closely the serials lie in time.
REPORTS_A_SECOND = 500


def commands(count: int, *, signing_secret: str, port: int, text: str = "help") -> Iterator[bytes]:
    """`count` slash commands as Slack posts them, each with its own trigger and signature."""
    for number in itertools.islice(NUMBERS, count):
        body = urlencode(
            {
                "token": "unused",
                "team_id": "T0LOCAL",
                "team_domain": "local",
                "channel_id": "C0SMS",
                "channel_name": "sms",
                "user_id": "U0LIN",
                "user_name": "lin",
                "command": "/sms",
                "text": text,
                "api_app_id": "A0SMSOPS",
                "is_enterprise_install": "false",
                "response_url": f"http://127.0.0.1:{port}/response/{number}",
                "trigger_id": f"{number}.1045710669157.a1b2c3d4e5f6",
            }
        ).encode()
        at = str(int(time.time()))
        mac = hmac.new(signing_secret.encode(), b"v0:%s:%s" % (at.encode(), body), sha256)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={mac.hexdigest()}",
        }
        yield post("/slack/events", headers, body)


def reports(count: int, *, path: str, each: int = 1) -> Iterator[bytes]:
    """`count` POSTs of `each` status reports, every one with its own serial and number."""
    headers = {"Content-Type": "application/json"}
    for _ in range(count):
        told = [report(number) for number in itertools.islice(NUMBERS, each)]
        yield post(path, headers, json.dumps(told, ensure_ascii=False).encode())


def report(number: int) -> dict[str, str]:
    """A report as in cloud.tencent.com/document/product/382/59178 (2026-01-05)."""
    accepted_at_s = FIRST_SERIAL_AT_S + number // REPORTS_A_SECOND
    received_at = datetime.fromtimestamp(accepted_at_s, SHANGHAI)
    return {
        "user_receive_time": received_at.strftime("%Y-%m-%d %H:%M:%S"),
        "nationcode": "86",
        "mobile": f"138{number % 100_000_000:08}",
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "用户短信送达成功",
        "sid": f"5000:104571{accepted_at_s}{number:012}",
    }


def post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = {"Host": "127.0.0.1", **headers, "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def sends(count: int, *, port: int) -> Iterator[bytes]:
    """`count` SendSms to one number each, signed with TC3 for the sandbox's own credentials."""
    known = Credentials()
    for number in itertools.islice(NUMBERS, count):
        order = {
            "PhoneNumberSet": [f"+86139{number % 100_000_000:08}"],
            "SmsSdkAppId": known.sdk_app_id,
            "TemplateId": known.template_id,
            "SignName": known.sign,
            "TemplateParamSet": [f"{number % 1_000_000:06}"],
        }
        body = json.dumps(order).encode()
        at_s = int(time.time())
        headers = {
            "Host": f"127.0.0.1:{port}",
            "Content-Type": "application/json",
            "X-TC-Action": "SendSms",
            "X-TC-Version": "2021-01-11",
            "X-TC-Region": "ap-guangzhou",
            "X-TC-Timestamp": str(at_s),
            "Authorization": _tc3(known, f"127.0.0.1:{port}", at_s, body),
        }
        yield post("/", headers, body)


def _tc3(known: Credentials, host: str, at_s: int, body: bytes) -> str:
    """The Authorization header as cloud.tencent.com/document/product/382/38766 has it."""
    day = datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d")
    signed = "content-type;host"
    canonical = (
        f"POST\n/\n\ncontent-type:application/json\nhost:{host}\n\n{signed}\n"
        f"{sha256(body).hexdigest()}"
    )
    scope = f"{day}/sms/tc3_request"
    text = f"TC3-HMAC-SHA256\n{at_s}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{known.secret_key}".encode()
    for part in (day, "sms", "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return (
        f"TC3-HMAC-SHA256 Credential={known.secret_id}/{scope}, "
        f"SignedHeaders={signed}, Signature={signature}"
    )
