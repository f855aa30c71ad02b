"""A person sends one SMS: type, preview, confirm, card, row, phone."""

from bot.cli.local import Local
from tests.journeys.people import LIN, Page, buttons_of, words_of

DELIVERED = "+8613800000001"


async def test_a_typed_send_is_previewed_confirmed_and_delivered(local: Local, page: Page) -> None:
    preview = await page.type(LIN, f"/sms send {DELIVERED} 1110 code=123456")

    assert "+86 138****0001" in words_of(preview)
    assert "123456" in words_of(preview)
    assert DELIVERED not in words_of(preview)
    assert buttons_of(preview) == ["send.confirm", "send.discard"]
    assert local.sandbox.phones.messages(DELIVERED) == []

    await page.press(LIN, preview, "send.confirm")
    card = await page.see_card("Delivered in")

    assert "+86 138****0001" in words_of(card)
    assert "123456" not in words_of(card)
    received = local.sandbox.phones.messages(DELIVERED)
    assert [(m.sign, "123456" in m.text) for m in received] == [("腾讯云", True)]
