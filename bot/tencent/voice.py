"""Calls over Tencent Cloud's voice service (语音消息, vms 2020-09-02): a text read out, or a code.

Mainland numbers only. Source: the official SDK, vms v20200902, and
cloud.tencent.com/document/product/1128/51558.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bot.tencent.line import CONNECT_TIMEOUT_S, DEADLINE_S, VOICE, ApiLine
from bot.tencent.reading import Envelope, ShapeError, object_of, proved, text_of
from bot.tencent.signing import Credentials
from bot.tencent.strict_json import JSONObject
from bot.tencent.wire import Refused, Unknown, Unsent, check_context

ENDPOINT = "https://vms.tencentcloudapi.com"
MAX_PLAYS = 3


@dataclass(frozen=True, slots=True)
class Callee:
    """Who is called and how. Raises ValueError for an over-long context, or plays beyond 1 to 3."""

    number: str
    """E.164."""
    sdk_app_id: str
    """An application of the voice service, not of SMS."""
    session_context: str
    """Comes back with the answer, but with no callback: those are matched by the call's id."""
    plays: int = 2
    """How often the text is read out."""

    def __post_init__(self) -> None:
        check_context(self.session_context)
        if not 1 <= self.plays <= MAX_PLAYS:
            raise ValueError(f"{self.plays} plays, not 1 to {MAX_PLAYS}")


@dataclass(frozen=True, slots=True)
class Called:
    """Tencent took the call. Not yet answered: a callback under `call_id` tells."""

    call_id: str
    session_context: str
    request_id: str


CallOutcome: TypeAlias = Called | Refused | Unsent | Unknown


class VoiceClient:
    """One account; one for the life of the process, closed with `close()`.

    A call is posted once, signed as of `signed_at` (refused five minutes after it), and never
    raises for what the network or Tencent does; cancelled, the outcome is unknown.
    """

    def __init__(
        self,
        *,
        credentials: Credentials,
        region: str,
        endpoint: str = ENDPOINT,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """Raises ValueError where `endpoint` is not scheme and host."""
        self._line = ApiLine(
            VOICE,
            endpoint=endpoint,
            credentials=credentials,
            region=region,
            connect_timeout_s=connect_timeout_s,
            deadline_s=deadline_s,
        )
        self.wire = self._line.wire

    async def close(self) -> None:
        """Hangs up. Calls being asked for end in Unknown."""
        await self._line.close()

    async def call_with_text(
        self, callee: Callee, template_id: str, values: tuple[str, ...], *, signed_at: datetime
    ) -> CallOutcome:
        """Reads an approved voice template out, filled with `values` (SendTtsVoice)."""
        fields: JSONObject = {
            "TemplateId": template_id,
            **callee_fields(callee),
            "TemplateParamSet": list(values),
        }
        answer = await self._line.post("SendTtsVoice", fields, signed_at=signed_at)
        return proved(answer, _called)

    async def call_with_code(
        self, callee: Callee, digits: str, *, signed_at: datetime
    ) -> CallOutcome:
        """Reads a code out, digit by digit, with Tencent's own words before it (SendCodeVoice)."""
        fields: JSONObject = {"CodeMessage": digits, **callee_fields(callee)}
        answer = await self._line.post("SendCodeVoice", fields, signed_at=signed_at)
        return proved(answer, _called)


def callee_fields(callee: Callee) -> JSONObject:
    """What both calls have in common; the service writes ``Appid`` where SMS has ``AppId``."""
    return {
        "CalledNumber": callee.number,
        "VoiceSdkAppid": callee.sdk_app_id,
        "PlayTimes": callee.plays,
        "SessionContext": callee.session_context,
    }


def _called(envelope: Envelope) -> Called:
    status = object_of(envelope.fields.get("SendStatus"), "SendStatus")
    call_id = text_of(status, "CallId")
    if not call_id:
        # Without its id a call can never be matched with its callbacks.
        raise ShapeError("CallId")
    return Called(call_id, text_of(status, "SessionContext"), envelope.request_id)
