"""Who sends: the official SDK with its threads, a bare loop over httpx, and the bot itself.

All three over TLS to the same answers, one number a request, at the same concurrency; all sign.
"""

import asyncio
import gc
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
from tencentcloud.common import credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models, sms_client

from bot.rules.delivery import MessageState
from bot.rules.requests import RequestEvent
from bot.settings import Settings, load
from bot.tencent.client import TencentClient
from bot.tencent.exchange import open_transport
from bot.tencent.signing import Credentials, HttpCall, sign
from handlers.flows import jobs as running
from handlers.jobs import send_messages
from handlers.services import Services
from storage import jobs, requests
from storage.db import Tx, open_database
from storage.ids import RequestId
from storage.vault import Vault
from tests.handlers.flows import job_lists
from tests.handlers.flows.conftest import ENVIRON, ROOT

AT_ONCE = 32
APP, TEMPLATE, SIGNATURE, VALUE = "1400006666", "2220", "腾讯云", "4370"
KEYS = Credentials("AKIDbench", "bench")
REGION = "ap-guangzhou"


@dataclass(frozen=True, slots=True)
class Pace:
    """What sending came to: requests a second, and CPU of this process a request."""

    per_s: float
    cpu_us: float


@contextmanager
def trusting(certificate: str) -> Iterator[None]:
    """Both clients believe this certificate for as long as the block lasts."""
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = certificate
    try:
        yield
    finally:
        if before is None:
            del os.environ["SSL_CERT_FILE"]
        else:
            os.environ["SSL_CERT_FILE"] = before


class Watch:
    """Takes the time and the CPU of `count` requests."""

    def __init__(self, count: int) -> None:
        self._count = count
        # What the others left behind is their garbage: nobody searches it while he is timed.
        gc.collect()
        gc.freeze()
        self._began_s, self._cpu_s = time.perf_counter(), time.process_time()

    def read(self) -> Pace:
        took_s = time.perf_counter() - self._began_s
        cpu_s = time.process_time() - self._cpu_s
        return Pace(self._count / took_s, cpu_s / self._count * 1e6)


def number(index: int) -> str:
    return f"+86138{index:08d}"


def by_sdk(port: int, certificate: str, count: int) -> Pace:
    """The official SDK: one client, shared by 32 threads, as its examples make it."""
    http = HttpProfile(endpoint=f"127.0.0.1:{port}", certification=certificate)
    pair = credential.Credential(KEYS.secret_id, KEYS.secret_key)
    client = sms_client.SmsClient(pair, REGION, ClientProfile(httpProfile=http))

    def send(index: int) -> None:
        request = models.SendSmsRequest()
        request.PhoneNumberSet = [number(index)]
        request.SmsSdkAppId, request.TemplateId = APP, TEMPLATE
        request.SignName, request.TemplateParamSet = SIGNATURE, [VALUE]
        (status,) = client.SendSms(request).SendStatusSet
        assert status.Code == "Ok"

    with ThreadPoolExecutor(AT_ONCE) as threads:
        watch = Watch(count)
        for _ in threads.map(send, range(count)):
            pass
        return watch.read()


async def by_httpx(port: int, count: int) -> Pace:
    """A loop in 32 tasks over an httpx client on the transport that we use; it stores nothing."""
    host, indices = f"127.0.0.1:{port}", iter(range(count))

    async def work(http: httpx.AsyncClient) -> None:
        for index in indices:
            body = json.dumps(
                {
                    "PhoneNumberSet": [number(index)],
                    "SmsSdkAppId": APP,
                    "TemplateId": TEMPLATE,
                    "SignName": SIGNATURE,
                    "TemplateParamSet": [VALUE],
                }
            ).encode()
            call = HttpCall("POST", host, "application/json", body)
            headers = sign(call, service="sms", credentials=KEYS, signed_at=datetime.now(UTC))
            headers |= {"X-TC-Action": "SendSms", "X-TC-Version": "2021-01-11"}
            answer = await http.post(f"https://{host}/", content=body, headers=headers)
            assert answer.json()["Response"]["SendStatusSet"][0]["Code"] == "Ok"

    async with httpx.AsyncClient(transport=open_transport(), trust_env=False) as http:
        watch = Watch(count)
        await asyncio.gather(*(work(http) for _ in range(AT_ONCE)))
        return watch.read()


async def by_bot(port: int, folder: Path, count: int) -> Pace:
    """A job of the bot's own, each recipient with a value of his own: every attempt committed
    before its first byte, every answer after its last."""
    settings, now = _settings(folder), datetime.now(UTC)
    db = open_database(settings.database, Vault(bytes(range(64))))
    tencent = TencentClient(endpoint=f"https://127.0.0.1:{port}", credentials=KEYS, region=REGION)
    # Sending takes nothing else of what a handler is given.
    none = cast(Any, None)
    services = Services(db, tencent, none, none, settings, none, lambda: datetime.now(UTC))
    request_id = await db.write(_start_job, settings, count, now)
    watch = Watch(count)
    await send_messages.run(services, now)
    pace = watch.read()
    counts = await db.read(jobs.counts, request_id)
    await tencent.close()
    db.close()
    assert counts == {MessageState.ACCEPTED: count}
    return pace


def _settings(folder: Path) -> Settings:
    overrides = {
        "data_dir": folder,
        "sending.undo_s": 0,
        "sending.per_s": 3_000,
        "sending.calls_at_once": AT_ONCE + send_messages.KEPT_CALLS,
    }
    settings = load(ROOT / "app.yaml", ENVIRON, overrides)
    assert isinstance(settings, Settings), settings
    return settings


def _start_job(tx: Tx, settings: Settings, count: int, now: datetime) -> RequestId:
    job_lists.list_content(tx)
    rows = [["phone", "1"], *([number(index), f"{index:06d}"] for index in range(count))]
    asked = job_lists.draft_of(settings, job_lists.FILE)
    before = now - timedelta(seconds=1)
    request = job_lists.checked(tx, asked, settings, rows, before)
    requests.advance(tx, request, RequestEvent.WAIVE, before)
    running.schedule(tx, request, settings, before)
    assert running.start_due(tx, settings, now) == 1
    return request.id
