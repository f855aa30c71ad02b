"""Templates and signatures: looked at, drafted under the linter's eyes, asked for."""

from dataclasses import replace

from bot.cli.local import Local
from storage import form_drafts, requests
from tests.journeys.forms import OpenForm
from tests.journeys.people import BO, EVE, LIN, MAYA, Json, Page, buttons_of, words_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 2_000
SIGNED = "【腾讯云】您的注册码是{1}，请勿泄露。"
MENDED = "您的验证码是{1}，请勿泄露。"


async def test_a_finding_is_mended_by_a_click_and_the_template_asked_for(
    local: Local, page: Page
) -> None:
    await page.type(MAYA, "/sms template new")
    form = await OpenForm.opened(local, page, MAYA, "template.form")
    await form.choose("template.class", "otp")
    await form.type("template.name", "注册码")
    await form.type("template.remark", "用户注册时发送，例如 123456")
    await form.type("template.content", SIGNED)
    await form.see("template.form", "A code template has to say 验证码")
    assert "【】 is kept for the signature" in form.words

    errors = await form.hand_in()
    assert "【】 is kept" in errors["content"]

    await form.press("template.fix_one", "T-BRACKET")
    await form.see("template.form", "> 【腾讯云】您的注册码")
    await form.press("template.fix_one", "T-OTP-WORD")
    await form.see("template.form", "Nothing in it that Tencent is known to refuse.")
    assert form.holds("template.content") == MENDED
    assert form.holds("template.name") == "注册码"

    assert await form.hand_in() == {}
    await form.see("", "is asked for")
    card = await page.see_card("Waiting for approval")
    assert MENDED in words_of(card)
    kept = await local.bot.services.db.read(form_drafts.get, MAYA, "template.new")
    assert kept is None


async def test_what_was_typed_comes_back_when_the_form_is_opened_again(
    local: Local, page: Page
) -> None:
    await page.type(LIN, "/sms 模板 新建")
    form = await OpenForm.opened(local, page, LIN, "template.form")
    await form.choose("template.side", "abroad")
    await form.type("template.content", "Your code is {1}.")
    await form.close()

    await page.type(LIN, "/sms template new")
    form = await OpenForm.opened(local, page, LIN, "template.form")
    assert "已恢复" in form.words
    assert form.holds("template.content") == "Your code is {1}."
    assert form.holds("template.side") == "abroad"

    await form.press("template.afresh")
    await form.see("template.form")
    assert "已恢复" not in form.words
    assert form.holds("template.content") is None


async def test_a_likely_refusal_is_shown_once_more_and_may_be_asked_all_the_same(
    local: Local, page: Page
) -> None:
    await _press_shown(page, MAYA, "1115", "review.fix")
    form = await OpenForm.opened(local, page, MAYA, "template.form")
    assert "营销内容须以“拒收请回复R”结尾。" in form.words
    await form.choose("template.class", "notice")
    await form.type("template.remark", "红包到账后发送")
    assert await form.hand_in() == {}
    await form.see("template.anyway", "reads like marketing")

    await form.press("template.back")
    await form.see("template.form")
    assert form.holds("template.remark") == "红包到账后发送"
    assert await form.hand_in() == {}
    await form.see("template.anyway")
    assert await form.hand_in() == {}
    await form.see("", "is asked for")

    request = (await local.bot.services.db.read(requests.find_open_changes))[0]
    assert request.payload["base"] == {"name": "限时活动", "content": "点击领取您的专属红包！"}
    await _press_shown(page, LIN, "1115", "review.fix")
    await page.see_whisper(LIN, f"{request.id} 已经在申请")
    assert local.workspace.views(LIN) == []


async def test_a_file_that_is_no_image_is_refused_under_its_field(local: Local, page: Page) -> None:
    await page.type(MAYA, "/sms sign new")
    form = await OpenForm.opened(local, page, MAYA, "sign.form")
    assert form.holds("sign.qualification_id") == "6001"
    await form.type("sign.name", "明月电子")
    await form.choose("sign.type", "0")
    await form.see("sign.form", "What the proof shows")
    await form.choose("sign.document", "0")
    await form.choose("sign.purpose", "another")
    await form.see("sign.form", "Letter of authorisation")

    await form.put_file("sign.proof", "licence.png", b"MZ, no picture at all")
    await form.put_file("sign.commission", "letter.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 5_100_000)
    errors = await form.hand_in()
    assert errors["proof"] == "This is no png or jpg, whatever its name says."
    assert "5.1 MB" in errors["commission"]

    await form.put_file("sign.proof", "licence.png", PNG)
    await form.put_file("sign.commission", "letter.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 900)
    assert await form.hand_in() == {}
    await form.see("", "is asked for")
    request = (await local.bot.services.db.read(requests.find_open_changes))[0]
    assert request.payload["proof"]["name"] == "licence.png"
    assert request.payload["commission"]["size_bytes"] == 904
    assert "明月电子" in words_of(await page.see_card("Waiting for approval"))


async def test_lists_are_narrowed_turned_and_lead_to_one(local: Local, page: Page) -> None:
    templates = local.sandbox.world.state.templates
    for number in range(2000, 2009):
        templates[number] = replace(templates[1111], template_id=number)
    listed = await page.type(MAYA, "/sms template list")
    await page.press(MAYA, listed, "template.list_refresh")
    listed = await page.see_whisper(MAYA, "18 in all · page 1 of 2")
    assert _ids(listed)[:2] == ["1115", "1114"]

    await page.press(MAYA, listed, "template.list_next")
    last = await page.see_whisper(MAYA, "page 2 of 2")
    assert len(_ids(last)) == 8
    assert "template.list_next" not in buttons_of(last)

    narrowed = await page.type(BO, "/sms 模板 列表 已驳回 限时")
    assert _ids(narrowed) == ["1115"]
    shown = await page.type(BO, "/sms template 限时活动")
    assert "已被驳回" in words_of(shown)
    assert "There is no template 111O. Did you mean `1110`?" in words_of(
        await page.type(MAYA, "/sms template show 111O")
    )
    refused = await page.type(EVE, "/sms template list")
    assert "You need the role" in words_of(refused)


async def _press_shown(page: Page, user: str, template_id: str, action_id: str) -> None:
    """Looks at a template and presses a button under it."""
    shown = await page.type(user, f"/sms template {template_id}")
    done = await page.press(user, shown, action_id)
    assert done["ok"], done


def _ids(listed: Json) -> list[str]:
    table = next(block for block in listed["blocks"] if block["type"] == "table")
    return [row[0]["text"] for row in table["rows"][1:]]
