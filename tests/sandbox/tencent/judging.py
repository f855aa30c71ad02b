"""The official SDK as a judge, and what a trial before it is made of."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tencentcloud.common import credential
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20190711 import models as models_2019
from tencentcloud.sms.v20190711 import sms_client as client_2019
from tencentcloud.sms.v20210111 import models as models_2021
from tencentcloud.sms.v20210111 import sms_client as client_2021

from bot.sandbox.tencent import TencentSandbox
from tests.sandbox.tencent.callers import Caller, idle
from tests.sandbox.tencent.parameters import MOBILE, Parameters, Row
from tests.sandbox.tencent.tried import NEW, OLD

MULTIPART = "multipart"
SDKS = {NEW: (client_2021, models_2021), OLD: (client_2019, models_2019)}


class Judge:
    """The official SDK, unmodified, in front of one sandbox."""

    def __init__(self, caller: Caller, way: str = "POST") -> None:
        """`way` is POST or GET, or multipart for a POST in parts."""
        self.caller = caller
        self._is_multipart = way == MULTIPART
        self._method = "POST" if self._is_multipart else way

    @property
    def sandbox(self) -> TencentSandbox:
        return self.caller.sandbox

    async def call(self, version: str, action: str, parameters: Row) -> tuple[str, Row]:
        """The code of the failure, "" if there is none, and the answer."""
        return await asyncio.to_thread(self._call, version, action, parameters)

    def _call(self, version: str, action: str, parameters: Row) -> tuple[str, Row]:
        known = self.sandbox.credentials
        endpoint = self.sandbox.url.removeprefix("http://")
        http = HttpProfile(protocol="http", endpoint=endpoint, reqTimeout=5, reqMethod=self._method)
        arguments = (
            credential.Credential(known.secret_id, known.secret_key),
            "ap-guangzhou",
            ClientProfile(httpProfile=http),
        )
        client_module, models = SDKS[version]
        try:
            if self._is_multipart or not hasattr(models, f"{action}Request"):  # newer than this SDK
                client = CommonClient("sms", version, *arguments)
                options = {"IsMultipart": self._is_multipart}
                found: Row = client.call_json(action, parameters, options=options)["Response"]
                return "", found
            request = getattr(models, f"{action}Request")()
            request._deserialize(parameters)
            answer = getattr(client_module.SmsClient(*arguments), action)(request)
            whole: Row = json.loads(answer.to_json_string())
        except TencentCloudSDKException as refused:
            # What never reached the gateway has no request id: that would be no verdict.
            return str(refused.code) if refused.requestId else f"{refused}", {}
        return "", whole


Step = Callable[[Judge], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that fails with `code`, at the top or (`per_number`) in the row of its number."""

    code: str
    parameters: Parameters
    before: tuple[Step, ...] = ()
    per_number: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """How one action is judged: `success` must make `holds` of the answer true."""

    success: Parameters
    holds: Callable[[Row], object]
    before: tuple[Step, ...] = ()
    failures: tuple[Failure, ...] = field(default=())


def put(page: str, **body: Any) -> Step:
    """A setting of the console."""
    return lambda judge: judge.caller.admin("PUT", f"console/{page}", body)


def sent(number: str = MOBILE) -> Step:
    """A message to `number` whose report is in."""

    async def step(judge: Judge) -> None:
        assert await judge.caller.code(number) == "Ok"
        await idle(judge.sandbox)

    return step


def replied(text: str, number: str = MOBILE) -> Step:
    """A reply from there."""
    return lambda judge: judge.caller.admin("POST", f"phones/{number}/reply", {"text": text})


def called(action: str, parameters: Row, times: int = 1) -> Step:
    """Calls made before."""

    async def step(judge: Judge) -> None:
        for _ in range(times):
            code, _ = await judge.call(NEW, action, parameters)
            assert code == ""

    return step


INDIVIDUAL = put("account", kind="individual")
PULLS = put("account", pulls_enabled=True)
