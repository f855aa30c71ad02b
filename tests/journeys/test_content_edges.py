"""Forms of templates and signatures where something is in the way: Tencent's side moved, a slow
file, a report's buttons, an app.yaml that lets only some ask."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.local import Local, Plan, running_locally
from bot.rules.lanes import UNPACED
from bot.rules.requests import RequestKind
from bot.settings import SlackMode
from handlers.commands import sign
from storage import content, requests
from storage.requests import Request
from tests.journeys.clock import HandClock
from tests.journeys.conftest import APP_YAML, QUICK
from tests.journeys.forms import OpenForm
from tests.journeys.people import LIN, MAYA, OMAR, Page, words_of
from tests.policies import plain, row

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 2_000
POLICY = plain(row(0, "template.delete"), row(1, "signature.delete", askers=["@sms-admins"]))


@pytest.fixture
async def local(tmp_path: Path, mode: SlackMode, clock: HandClock) -> AsyncIterator[Local]:
    plan = Plan(
        APP_YAML,
        tmp_path,
        slack_pace=UNPACED,
        mode=mode,
        sandbox=QUICK,
        clock=clock,
        overrides=POLICY,
    )
    async with running_locally(plan) as running:
        yield running


async def test_a_template_that_moved_on_is_shown_before_it_is_asked_for(
    local: Local, page: Page
) -> None:
    db, now = local.bot.services.db, local.bot.services.clock()
    await page.type(MAYA, "/sms template edit 1114")
    form = await OpenForm.opened(local, page, MAYA, "template.form")
    await form.type("template.remark", "预约前一天发送，例如 9月1日")
    listed = await db.read(content.get_template, "1114")
    assert listed is not None
    moved = replace(listed, content="预约时间有变：{1}。")
    await db.write(content.put_templates, [moved], now)

    await form.type("template.content", "您预约的时间是{1}，请准时。")
    await form.see("template.form", "has changed at Tencent since you opened this")
    assert await form.hand_in() == {}
    await form.see("template.form", "预约时间有变：{1}。")
    assert form.holds("template.content") == "您预约的时间是{1}，请准时。"
    assert await form.hand_in() == {}
    await form.see("", "is asked for")
    (request,) = await _open(local)
    assert request.payload["base"]["content"] == "预约时间有变：{1}。"


async def test_what_was_typed_about_a_template_that_is_gone_asks_for_a_new_one(
    local: Local, page: Page
) -> None:
    db = local.bot.services.db
    await page.type(MAYA, "/sms template edit 1114")
    form = await OpenForm.opened(local, page, MAYA, "template.form")
    await form.type("template.remark", "预约前一天发送，例如 9月1日")
    await db.write(content.remove_template, "1114")
    assert await form.hand_in() == {}
    await form.see("template.form", "Template 1114 is no longer at Tencent")
    assert await _open(local) == []
    assert form.holds("template.content") == "您预约的时间是{1}，请准时到达。"
    assert await form.hand_in() == {}
    await form.see("", "is asked for")
    assert [each.kind for each in await _open(local)] == [RequestKind.TEMPLATE_CREATE]


async def test_a_deletion_of_what_is_gone_asks_for_nothing(local: Local, page: Page) -> None:
    await page.type(MAYA, "/sms template delete 1115")
    form = await OpenForm.opened(local, page, MAYA, "template.delete_form")
    await local.bot.services.db.write(content.remove_template, "1115")
    assert await form.hand_in() == {}
    await form.see("", "Template 1115 is no longer at Tencent.")
    assert "kept" not in form.words


async def test_only_what_may_be_changed_is_and_the_rest_is_said(local: Local, page: Page) -> None:
    answer = words_of(await page.type(MAYA, "/sms template edit 1110"))
    assert "Template 1110 is usable. Tencent takes changes only" in answer
    assert "There is no template 4711" in words_of(await page.type(MAYA, "/sms template edit 4711"))
    refused = await page.type(OMAR, "/sms sign delete 112")
    assert "Only these may ask for this: `@sms-admins`." in words_of(refused)

    await page.type(MAYA, "/sms template delete 1115")
    form = await OpenForm.opened(local, page, MAYA, "template.delete_form")
    assert "gone for good" in form.words
    assert await form.hand_in() == {}
    await form.see("", "goes to Tencent now")


async def test_a_report_is_mended_by_clicks_and_opens_in_the_form(local: Local, page: Page) -> None:
    report = await page.type(
        LIN, "/sms 模板 检查 type=notice 【腾讯云】您的快递已到★，请到{1}领取。"
    )
    assert "腾讯云会驳回" in words_of(report)
    await page.press(LIN, report, "template.lint_fix")
    report = await page.see_whisper(LIN, "> 【腾讯云】您的快递已到★")
    await page.press(LIN, report, "template.lint_fix")
    report = await page.see_whisper(LIN, "> 【腾讯云】您的快递已到，请到{1}领取。")
    await page.press(LIN, report, "template.lint_use")
    form = await OpenForm.opened(local, page, LIN, "template.form")
    assert form.holds("template.content") == "您的快递已到，请到{1}领取。"
    assert form.holds("template.class") == "notice"

    named = words_of(await page.type(MAYA, "/sms sign lint for=abroad 【Test】"))
    assert "Tencent would refuse this" in named
    assert "Taken as: abroad." in named
    assert "Say what to look at" in words_of(await page.type(MAYA, "/sms sign lint"))


async def test_a_text_is_judged_and_asked_for_in_one_normal_form_however_it_was_typed(
    local: Local, page: Page
) -> None:
    apart, composed = "Votre cafe\u0301 {1} est pre\u0302t.", "Votre caf\u00e9 {1} est pr\u00eat."
    reports = [
        words_of(await page.type(MAYA, f"/sms template lint for=abroad {typed}"))
        for typed in (composed, apart)
    ]
    assert composed in reports[0]
    assert reports[1] == reports[0]

    await page.type(MAYA, "/sms template new")
    form = await OpenForm.opened(local, page, MAYA, "template.form")
    await form.choose("template.side", "abroad")
    await form.choose("template.class", "notice")
    await form.type("template.name", "Cafe\u0301")
    await form.type("template.remark", "Sent once an order is ready, {1} is its number, as 1234")
    await form.type("template.content", apart)
    await form.see("template.form", composed)
    assert await form.hand_in() == {}
    request = (await local.bot.services.db.read(requests.find_open_changes))[0]
    assert (request.payload["name"], request.payload["content"]) == ("Caf\u00e9", composed)


async def test_a_slow_file_is_waited_for_and_its_fault_said_above_the_form(
    local: Local, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign, "FILES_WITHIN_S", 0)
    await page.type(MAYA, "/sms sign new")
    form = await OpenForm.opened(local, page, MAYA, "sign.form")
    await form.type("sign.name", "明月电子")
    await form.choose("sign.type", "0")
    await form.see("sign.form", "What the proof shows")
    await form.choose("sign.document", "1")
    await form.put_file("sign.proof", "licence.png", b"<html>")
    assert await form.hand_in() == {}
    await form.see("sign.form", "This is no png or jpg")
    assert form.holds("sign.name") == "明月电子"
    assert form.holds("sign.document") == "1"

    await form.put_file("sign.proof", "licence.png", PNG)
    assert await form.hand_in() == {}
    await form.see("", "is asked for")
    (request,) = await _open(local)
    assert request.payload["proof"]["size_bytes"] == len(PNG)


async def test_a_file_that_was_fetched_need_not_be_chosen_again(local: Local, page: Page) -> None:
    await page.type(MAYA, "/sms sign new")
    form = await OpenForm.opened(local, page, MAYA, "sign.form")
    await form.type("sign.name", "测试")
    await form.choose("sign.type", "0")
    await form.see("sign.form", "What the proof shows")
    await form.choose("sign.document", "1")
    await form.put_file("sign.proof", "licence.png", PNG)
    assert "anybody" in (await form.hand_in())["name"]
    await form.close()

    await page.type(MAYA, "/sms sign new")
    form = await OpenForm.opened(local, page, MAYA, "sign.form")
    assert "licence.png, 2 KB kept" in form.words
    await form.type("sign.name", "明月电子")
    assert await form.hand_in() == {}
    await form.see("", "is asked for")


async def _open(local: Local) -> list[Request]:
    return await local.bot.services.db.read(requests.find_open_changes)
