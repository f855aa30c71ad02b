"""Stopping and starting again: nothing is forgotten, nothing is done twice."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.cli.local import Local, Plan, running_locally
from bot.rules.lanes import UNPACED
from bot.sandbox.tencent import SandboxConfig
from bot.settings import SlackMode
from storage import envelopes
from storage.envelopes import Envelope
from tests.journeys.clock import HandClock
from tests.journeys.conftest import APP_YAML, QUICK
from tests.journeys.people import MAYA, SMS, Page, buttons_of, find_button, sends_of, words_of
from tests.policies import PLAIN

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
LINE = "/sms send +8613800000001 1110 code=123456"
NUMBER = "+8613800000001"


@asynccontextmanager
async def started(
    folder: Path,
    mode: SlackMode,
    clock: HandClock,
    sandbox: SandboxConfig = QUICK,
    overrides: Mapping[str, object] | None = None,
) -> AsyncIterator[tuple[Local, Page]]:
    plan = Plan(
        APP_YAML,
        folder,
        slack_pace=UNPACED,
        mode=mode,
        sandbox=sandbox,
        clock=clock,
        overrides={**PLAIN, **(overrides or {})},
    )
    async with (
        running_locally(plan) as local,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        yield local, Page(local.workspace, http)


async def test_cards_and_phones_are_there_again_and_go_on(
    tmp_path: Path, mode: SlackMode, clock: HandClock
) -> None:
    # The report is due when both are there again, and pushed until the bot hears it.
    slow = replace(QUICK, report_delay_s=3_600, callback_attempts=10_000)
    async with started(tmp_path, mode, clock, slow) as (_, page):
        await page.send(MAYA, LINE)
        await page.see_card("Accepted by Tencent")
    clock.advance(timedelta(hours=1))
    async with started(tmp_path, mode, clock, slow) as (local, page):
        card = await page.see_card("Delivered in")
        assert len(page.cards()) == 1
        assert len(local.sandbox.phones.messages(NUMBER)) == 1
        assert "+86 138****0001" in words_of(card)
        refused = await page.type(MAYA, LINE)
        assert "1 of 10 to this number today" in words_of(refused)


async def test_a_click_that_was_stored_and_not_finished_is_finished_after_the_start(
    tmp_path: Path, mode: SlackMode, clock: HandClock
) -> None:
    async with started(tmp_path, mode, clock) as (local, page):
        preview = await page.type(MAYA, LINE)
        click = Envelope("block_actions:killed", "block_actions", json.dumps(_click(preview)))
        await local.bot.services.db.write(envelopes.add, click, local.bot.services.clock())
    async with started(tmp_path, mode, clock) as (local, page):
        await page.see_card("Delivered in")
        assert len(sends_of(local)) == 1
    async with started(tmp_path, mode, clock) as (local, page):
        assert len(local.sandbox.phones.messages(NUMBER)) == 1
        assert buttons_of(page.cards()[0]) == []


async def test_a_job_under_way_ends_where_app_yaml_names_another_application(
    tmp_path: Path, mode: SlackMode, clock: HandClock
) -> None:
    slow = {"sending.per_s": 1, "sending.batch": 1, "sending.undo_s": 0}
    numbers = ",".join(f"+86137{nth:08}" for nth in range(30))
    async with started(tmp_path, mode, clock, overrides=slow) as (_, page):
        await page.type(MAYA, f"/sms send {numbers} 1111 A1 今天")
        await page.press(MAYA, await page.see_card("Send to 30 recipients?"), "job.confirm")
        await page.see_card("Sending:")
    other = {**slow, "apps.0.sdk_app_id": "1400006667"}
    async with started(tmp_path, mode, clock, overrides=other) as (local, page):
        card = await page.see_card("Cancelled")
        assert "app.yaml says something else" in words_of(card)
        assert all("1400006667" not in str(each) for each in sends_of(local))


async def test_no_number_and_no_text_stands_in_the_files(
    tmp_path: Path, mode: SlackMode, clock: HandClock
) -> None:
    async with started(tmp_path, mode, clock) as (_, page):
        await page.send(MAYA, "/sms send +8613812345678 1111 1=MARKER42 2=9:00")
        await page.see_card("Delivered in")
        names = sorted(tmp_path.glob("smsops.db*"))  # noqa: ASYNC240 - a test may wait
        assert len(names) >= 2
        for path in names:
            content = path.read_bytes()
            assert b"13812345678" not in content, path.name
            assert b"MARKER42" not in content, path.name


def _click(preview: dict[str, object]) -> dict[str, object]:
    button = find_button(preview["blocks"], "send.confirm")  # type: ignore[arg-type]  # JSON
    return {
        "type": "block_actions",
        "user": {"id": MAYA},
        "channel": {"id": SMS, "name": "sms"},
        "trigger_id": "killed",
        "response_url": "",
        "actions": [{"action_id": "send.confirm", "value": button["value"]}],
    }
