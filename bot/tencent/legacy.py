"""Tencent Cloud SMS over legacy v5 (SdkAppID and AppKey): the few functions of `SmsProvider`.

Source: the vendor's v5 documentation, archived (snapshot of 2021-07-20). For accounts that still
have no API key; everything new is in API 3.0 only.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import phonenumbers

from bot.tencent.asking import ENDS, Listing, Posted, T, ask, failure, pages, understood
from bot.tencent.callbacks import StatusReport
from bot.tencent.exchange import Poster, endpoint_url
from bot.tencent.figures import CallbackFigures, SendFigures, hours
from bot.tencent.legacy_reading import (
    open_legacy,
    read_callback_figures,
    read_many,
    read_package,
    read_records,
    read_reports,
    read_send_figures,
    read_signature,
    read_single,
    read_taken,
    read_template,
)
from bot.tencent.legacy_signing import legacy_signature, mobile_tail, tel_tail
from bot.tencent.line import CONNECT_TIMEOUT_S, CONTENT_TYPE, DEADLINE_S, utc_now
from bot.tencent.provider import SmsProvider
from bot.tencent.reading import Envelope, Received, judged, proved
from bot.tencent.strict_json import JSONObject
from bot.tencent.wire import (
    Package,
    SendOrder,
    SendOutcome,
    SendRecord,
    Side,
    Signature,
    Template,
)

PATH = "/v5/tlssmssvr/"
PAGE = 50
REPORTS_MOST = 100
RECEIPTS = 0
"""The kind of status to pull; 1 would be replies."""
RANDOM_BELOW = 10**10
MAINLAND = "+86"


class LegacyClient(SmsProvider):
    """The applications of one account at one endpoint."""

    def __init__(
        self,
        *,
        endpoint: str,
        app_keys: Mapping[str, str],
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        deadline_s: float = DEADLINE_S,
        clock: Callable[[], datetime] = utc_now,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`endpoint` is scheme and host: ``https://yun.tim.qq.com``; `app_keys` has the AppKey of
        each SdkAppID, and its first application lists the account's content. Raises ValueError
        for another kind of address, or without an application."""
        if not app_keys:
            raise ValueError("no application")
        self._url = endpoint_url(endpoint)
        self._app_keys = dict(app_keys)
        self._poster = Poster(connect_timeout_s=connect_timeout_s, deadline_s=deadline_s)
        self._clock = clock
        self._pause = pause
        self.wire = self._poster.wire

    async def close(self) -> None:
        """Hangs up. Questions still open end in TencentUnreachable, sends in Unknown."""
        await self._poster.close()

    async def send_sms(self, order: SendOrder, *, signed_at: datetime) -> SendOutcome:
        """Sends `order` once, signed as of `signed_at`: the time that was committed before.

        A late copy is accepted for up to ten minutes after `signed_at` (API 3.0: five), and only
        numbers and time are signed, not the text. Never raises for what the network or Tencent
        does; cancelled, the outcome is unknown. Raises ValueError for an application without key.
        """
        if len(order.numbers) > 1:
            return proved(await self._send_many(order, signed_at), read_many)
        (number,) = order.numbers
        if number.startswith(MAINLAND):
            answer = await self._send_mainland(order, number, signed_at)
        else:
            answer = await self._send_abroad(order, number, signed_at)
        return proved(answer, lambda found: read_single(found, number))

    async def list_templates(self, *, international: bool) -> tuple[Template, ...]:
        """All templates of one side. Raises TencentError."""
        side = Side.INTERNATIONAL if international else Side.MAINLAND
        found = await self._list("get_template", "tpl_page", Listing("data", read_template, PAGE))
        return tuple(template for template in found if side in template.sides)

    async def list_signatures(self, *, international: bool) -> tuple[Signature, ...]:
        """All signatures of one side. Raises TencentError."""
        side = Side.INTERNATIONAL if international else Side.MAINLAND
        found = await self._list("get_sign", "sign_page", Listing("data", read_signature, PAGE))
        return tuple(signature for signature in found if signature.side is side)

    async def list_packages(self, sdk_app_id: str) -> tuple[Package, ...]:
        """All packages of the account. Raises TencentError."""
        return await pages(
            "getsmspackages",
            Listing("data", read_package, PAGE),
            lambda offset: self._ask(
                "getsmspackages", sdk_app_id, {"offset": offset, "length": PAGE}
            ),
        )

    async def list_send_records(
        self, number: str, *, sdk_app_id: str, since: datetime, until: datetime | None = None
    ) -> tuple[SendRecord, ...]:
        """Tencent's books on one number (E.164). Raises TencentError, also where they hold more
        than the hundred rows v5 gives out: what is left out might be the one that matters."""
        fields = self._span(number, since, until)
        tail = mobile_tail([split(number)[1]])
        envelope = await self._ask("querysms4mobile", sdk_app_id, fields, tail)
        return understood(envelope, read_records)

    async def pull_status_by_number(
        self, number: str, *, sdk_app_id: str, since: datetime, until: datetime | None = None
    ) -> tuple[StatusReport, ...]:
        """The last hundred carrier reports on one number; may be asked again and again. Raises
        TencentError."""
        span = self._span(number, since, until)
        fields: JSONObject = {"type": RECEIPTS, "max": REPORTS_MOST, **span}
        envelope = await self._ask("pullstatus4mobile", sdk_app_id, fields)
        return understood(envelope, read_reports)

    async def take_statuses(self, sdk_app_id: str) -> tuple[StatusReport, ...]:
        """Takes up to a hundred reports out of the application's queue; empty when it is.

        Each is handed out once, so this is asked once. One that cannot be read is left out. Off
        until support enables it. Raises TencentError.
        """
        fields: JSONObject = {"type": RECEIPTS, "max": REPORTS_MOST}
        answer = await self._post("pullstatus", sdk_app_id, fields, "", self._clock())
        if not isinstance(answer, Envelope):
            raise failure("pullstatus", answer)
        return understood(answer, read_taken)

    async def count_sends(self, sdk_app_id: str, since: datetime, until: datetime) -> SendFigures:
        """What was sent from the hour of `since` to the end of the hour of `until`. Raises
        TencentError."""
        envelope = await self._ask("pullsendstatus", sdk_app_id, hours_of(since, until))
        return understood(envelope, read_send_figures)

    async def count_callbacks(
        self, sdk_app_id: str, since: datetime, until: datetime
    ) -> CallbackFigures:
        """What carriers reported on what was sent in these hours. Raises TencentError."""
        envelope = await self._ask("pullcallbackstatus", sdk_app_id, hours_of(since, until))
        return understood(envelope, read_callback_figures)

    async def _send_mainland(self, order: SendOrder, number: str, signed_at: datetime) -> Posted:
        tel = tel_of(number)
        fields: JSONObject = {"tel": tel, **send_fields(order)}
        tail = mobile_tail([split(number)[1]])
        return await self._post("sendsms", order.sdk_app_id, fields, tail, signed_at)

    async def _send_abroad(self, order: SendOrder, number: str, signed_at: datetime) -> Posted:
        fields: JSONObject = {"tel": number, **send_fields(order)}
        return await self._post("sendisms", order.sdk_app_id, fields, tel_tail(number), signed_at)

    async def _send_many(self, order: SendOrder, signed_at: datetime) -> Posted:
        tels = [tel_of(number) for number in order.numbers]
        fields: JSONObject = {"tel": [*tels], **send_fields(order)}
        tail = mobile_tail(split(number)[1] for number in order.numbers)
        return await self._post("sendmultisms2", order.sdk_app_id, fields, tail, signed_at)

    async def _list(self, command: str, paging: str, listing: Listing[T]) -> tuple[T, ...]:
        app = next(iter(self._app_keys))
        return await pages(
            command,
            listing,
            lambda offset: self._ask(
                command, app, {paging: {"max": listing.page, "offset": offset}}
            ),
        )

    def _span(self, number: str, since: datetime, until: datetime | None) -> JSONObject:
        end = until or self._clock()
        times = {"begin_time": int(since.timestamp()), "end_time": int(end.timestamp())}
        return {**times, **tel_of(number)}

    async def _ask(
        self, command: str, sdk_app_id: str, fields: JSONObject, tail: str = ""
    ) -> Envelope:
        """One question, repeated as the rule allows. Raises TencentError."""
        return await ask(
            command,
            lambda: self._post(command, sdk_app_id, fields, tail, self._clock()),
            self._pause,
        )

    async def _post(
        self, command: str, sdk_app_id: str, fields: JSONObject, tail: str, signed_at: datetime
    ) -> Posted:
        app_key = self._app_keys.get(sdk_app_id)
        if app_key is None:
            raise ValueError("the application has no AppKey")
        random = secrets.randbelow(RANDOM_BELOW)
        sig = legacy_signature(app_key, random=random, signed_at=signed_at, tail=tail)
        signed = {**fields, "sig": sig, "time": int(signed_at.timestamp())}
        # ASCII with escapes: no surrogate can break the encoding.
        body = json.dumps(signed, separators=(",", ":")).encode("ascii")
        target = f"{PATH}{command}?sdkappid={sdk_app_id}&random={random}"
        url = self._url.copy_with(raw_path=target.encode("ascii"))
        began_s = time.perf_counter()
        received = await self._poster.post(url, body, {"Content-Type": CONTENT_TYPE})
        answer = judged(received, open_legacy) if isinstance(received, Received) else received
        self.wire.calls.note(command, ENDS[type(answer)], time.perf_counter() - began_s)
        return answer


def hours_of(since: datetime, until: datetime) -> JSONObject:
    """A span as v5 takes it: the hours of API 3.0, as numbers."""
    span = hours(since, until)
    return {"begin_date": int(span["BeginTime"]), "end_date": int(span["EndTime"])}


def send_fields(order: SendOrder) -> JSONObject:
    """What the three send commands have in common."""
    return {
        "sign": order.sign or "",
        "tpl_id": int(order.template_id),
        "params": list(order.values),
        "extend": "",
        "ext": order.session_context,
    }


def tel_of(number: str) -> JSONObject:
    """A number in E.164 as v5 writes it."""
    country, mobile = split(number)
    return {"nationcode": country, "mobile": mobile}


def split(number: str) -> tuple[str, str]:
    """The country code and the rest of a number in E.164. Raises ValueError."""
    try:
        country = str(phonenumbers.parse(number).country_code)
    except phonenumbers.NumberParseException:
        raise ValueError("not a number in E.164") from None
    # Not the parsed national number: that has lost zeros an Italian number is dialled with.
    return country, number.removeprefix(f"+{country}")
