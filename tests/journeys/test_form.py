"""The form: opened when something is missing, searchable, with a field for each variable."""

from bot.cli.local import Local
from tests.journeys.people import LIN, MAYA, Json, Page, sends_of, words_of


async def test_from_the_bare_command_to_the_delivered_card(local: Local, page: Page) -> None:
    await page.type(MAYA, "/sms send")
    form = await _form(local, page)
    found = await _search(page, form, "发货")
    assert [option["value"] for option in found] == ["1111"]

    await _choose(page, form, "+8613800000001", found[0])
    form = await page.see(lambda: next((v for v in _views(local) if len(v["blocks"]) > 3), {}))
    assert "您的订单{1}已发货" in str(form["blocks"])

    wrong = await _submit(page, form, "+8613800000001", found[0], {"1": "http://a.cn", "2": "9:00"})
    assert wrong["ok"] is False
    assert "link" in wrong["errors"]["value.1111.1"]

    done = await _submit(page, form, "+8613800000001", found[0], {"1": "A1", "2": "9:00"})
    assert done["ok"] is True
    preview = await page.see(
        lambda: next((v for v in _views(local) if v["callback_id"] == "send.preview"), None)
    )
    assert preview
    assert "【腾讯云】您的订单A1已发货，预计9:00送达。" in words_of({"blocks": preview["blocks"]})
    assert sends_of(local) == []

    sent = await page.do("view/submit", user=MAYA, view_id=preview["id"], state={"values": {}})
    assert sent["ok"] is True
    card = await page.see_card("Delivered in")
    assert "您的订单A1已发货" in words_of(card)
    assert _views(local) == []


async def test_a_send_without_values_opens_the_form_with_what_was_typed(
    local: Local, page: Page
) -> None:
    await page.type(MAYA, "/sms send 13800000001 1111")
    form = await _form(local, page)
    assert "13800000001" in str(form["blocks"])
    assert "value.1111.2" in str(form["blocks"])


async def test_a_bad_number_is_said_under_its_field(local: Local, page: Page) -> None:
    await page.type(MAYA, "/sms send 13800000001 1110")
    form = await _form(local, page)
    option = {"text": {"type": "plain_text", "text": "1110"}, "value": "1110"}
    wrong = await _submit(page, form, "95588", option, {"1": "abc"})
    assert wrong["ok"] is False
    assert "service number" in wrong["errors"]["number"]
    assert "6 digits" in wrong["errors"]["value.1110.1"]
    assert sends_of(local) == []


async def test_the_form_is_in_the_persons_language(local: Local, page: Page) -> None:
    await page.type(LIN, "/sms send")
    form = await page.see(lambda: next(iter(local.workspace.views(LIN)), None)) or {}
    assert form["title"]["text"] == "发送短信"


def _views(local: Local) -> list[Json]:
    return local.workspace.views(MAYA)


async def _form(local: Local, page: Page) -> Json:
    found = await page.see(lambda: next(iter(_views(local)), None))
    assert found
    assert found["callback_id"] == "send.form"
    return found


async def _search(page: Page, form: Json, typed: str) -> list[Json]:
    found = await page.do(
        "suggest",
        user=MAYA,
        view_id=form["id"],
        block_id="template",
        action_id="send.template",
        value=typed,
    )
    options: list[Json] = found["options"]
    return options


async def _choose(page: Page, form: Json, number: str, option: Json) -> None:
    action = {
        "type": "external_select",
        "action_id": "send.template",
        "block_id": "template",
        "selected_option": option,
    }
    state = {"values": _values(number, option, {})}
    await page.do("action", user=MAYA, view_id=form["id"], action=action, state=state)


async def _submit(
    page: Page, form: Json, number: str, option: Json, values: dict[str, str]
) -> Json:
    state = {"values": _values(number, option, values)}
    return await page.do("view/submit", user=MAYA, view_id=form["id"], state=state)


def _values(number: str, option: Json, values: dict[str, str]) -> Json:
    text = "plain_text_input"
    filled: Json = {
        "number": {"send.number": {"type": text, "value": number}},
        "template": {"send.template": {"type": "external_select", "selected_option": option}},
    }
    for variable, value in values.items():
        block = f"value.{option['value']}.{variable}"
        filled[block] = {f"value.{variable}": {"type": text, "value": value or None}}
    return filled
