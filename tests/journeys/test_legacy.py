"""The same journeys through Tencent's legacy v5 API: `provider: v5` in app.yaml."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.local import Local, Plan, running_locally
from bot.rules.lanes import UNPACED
from bot.settings import SlackMode
from tests.journeys.clock import HandClock
from tests.journeys.conftest import APP_YAML, QUICK
from tests.journeys.people import MAYA, Page, words_of
from tests.policies import PLAIN

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)


@pytest.fixture
async def local(tmp_path: Path, mode: SlackMode, clock: HandClock) -> AsyncIterator[Local]:
    provider = {**PLAIN, "tencent.provider": "v5"}
    plan = Plan(
        APP_YAML,
        tmp_path,
        slack_pace=UNPACED,
        mode=mode,
        sandbox=QUICK,
        clock=clock,
        overrides=provider,
    )
    async with running_locally(plan) as running:
        yield running


async def test_a_send_arrives_and_a_refusal_is_explained(local: Local, page: Page) -> None:
    preview = await page.send(MAYA, "/sms send +8613800000001 1110 code=123456")
    assert "package 1,000 → 999 segments" in words_of(preview)
    await page.see_card("Delivered in")
    assert len(local.sandbox.phones.messages("+8613800000001")) == 1

    await page.send(MAYA, "/sms send +8613800000004 1110 code=123456")
    refused = await page.see_card("Not sent")
    assert "FailedOperation.PhoneNumberInBlacklist" in words_of(refused)
    assert {entry.path for entry in local.sandbox.requests} != set()
    assert all(entry.path.startswith("/v5/") for entry in local.sandbox.requests)


async def test_a_lost_answer_is_settled_by_the_records(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.send(MAYA, "/sms send +8613800000010 1110 code=123456")
    await page.see_card("In doubt")
    clock.advance(timedelta(seconds=6))
    await local.bot.clock.tick()
    card = await page.see_card("*Delivered*")
    assert "settled by Tencent's records" in words_of(card)
    assert len(local.sandbox.phones.messages("+8613800000010")) == 1


async def test_what_v5_cannot_change_is_said_and_what_it_lists_is_shown(
    local: Local, page: Page
) -> None:
    assert "takes no changes" in words_of(await page.type(MAYA, "/sms template new"))
    assert "takes no changes" in words_of(await page.type(MAYA, "/sms sign delete 112"))
    assert "限时活动" in words_of(await page.type(MAYA, "/sms template 1115"))
