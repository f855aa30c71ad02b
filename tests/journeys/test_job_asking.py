"""A send to many, from what a person types, pastes or uploads to the phones it reaches."""

from collections.abc import Mapping

import pytest

from bot.cli.local import Local
from bot.locales import Locale, text
from bot.settings import SlackMode
from bot.slack.messages import forms
from tests.journeys.forms import OpenForm
from tests.journeys.people import (
    BO,
    EVE,
    LIN,
    MAYA,
    SMS,
    Json,
    Page,
    buttons_of,
    sends_of,
    until_answered,
    words_of,
)

once = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
ONE, OTHER, THIRD = "+8613800000001", "+8613911112222", "+8613911113333"
LIST = f"""phone,1,2
{ONE},A1,9:00
{OTHER},B2,10:00
95588,C3,11:00
{THIRD},,12:00
{ONE},A1,9:00
"""


@pytest.fixture
def overrides() -> Mapping[str, object]:
    """Nobody takes anything back here."""
    return {"sending.undo_s": 0}


async def open_form(local: Local, page: Page, user: str = MAYA) -> OpenForm:
    await page.type(user, "/sms send")
    return await OpenForm.opened(local, page, user, forms.SEND_FORM)


async def choose(form: OpenForm, template_id: str) -> None:
    """A template from the searchable list, and the fields it brings."""
    await form.find(forms.TEMPLATE, template_id)
    await form.see(forms.SEND_FORM, "{1}")


def numbers_of(sends: list[Json]) -> list[str]:
    return sorted(number for send in sends for number in send["PhoneNumberSet"])


async def test_several_typed_numbers_are_one_card_and_one_request(local: Local, page: Page) -> None:
    said = await page.type(MAYA, f"/sms send {ONE}, 13911112222、{ONE} 1111 A1 9:00")
    assert "Its card in the channel" in words_of(said)
    card = await page.see_card("Send to 2 recipients?")
    assert "1 row repeats a number" in words_of(card)
    assert "【腾讯云】您的订单A1已发货，预计9:00送达。" in words_of(card)
    assert "13911112222" not in words_of(card)
    assert sends_of(local) == []

    await page.press(MAYA, card, "job.confirm")
    done = await page.see_card("2 of 2 delivered")
    assert done["ts"] == card["ts"]
    [send] = sends_of(local)
    assert sorted(send["PhoneNumberSet"]) == [ONE, OTHER]


@once
async def test_a_pasted_column_goes_the_same_way(local: Local, page: Page) -> None:
    form = await open_form(local, page)
    await choose(form, "1111")
    form.write(forms.NUMBER, f"138 0000 0001\n{OTHER}\n\n0086-139-1111-3333\n")
    form.write("value.1", "A1")
    form.write("value.2", "9:00")
    assert await form.hand_in() == {}
    card = await page.see_card("Send to 3 recipients?")
    for shown in ("+86 138****0001", "+86 139****2222", "+86 139****3333"):
        assert shown in words_of(card)


async def test_of_a_file_with_errors_the_good_rows_go_when_somebody_says_so(
    local: Local, page: Page
) -> None:
    form = await open_form(local, page)
    await choose(form, "1111")
    await form.put_file(forms.FILE, "list.csv", LIST.encode())
    assert await form.hand_in() == {}
    card = await page.see_card("Send to 2 recipients?")
    assert "2 rows cannot be used" in words_of(card)
    assert "1 row repeats a number" in words_of(card)
    assert "job.confirm" not in buttons_of(card)
    assert {"job.confirm_good", "job.discard", "job.errors"} <= set(buttons_of(card))
    assert sends_of(local) == []

    await page.press(MAYA, card, "job.confirm_good")
    await page.see_card("2 of 2 delivered")
    said = {send["PhoneNumberSet"][0]: send["TemplateParamSet"] for send in sends_of(local)}
    assert said == {ONE: ["A1", "9:00"], OTHER: ["B2", "10:00"]}


@once
async def test_a_column_wins_over_what_the_form_says_for_everybody(
    local: Local, page: Page
) -> None:
    form = await open_form(local, page)
    await choose(form, "1111")
    await form.put_file(forms.FILE, "list.csv", f"手机号,{{1}}\n{ONE},A1\n{OTHER},B2\n".encode())
    form.write("value.1", "for nobody")
    form.write("value.2", "9:00")
    assert await form.hand_in() == {}
    card = await page.see_card("Send to 2 recipients?")
    for shown in ("您的订单A1已发货，预计9:00送达。", "您的订单B2已发货，预计9:00送达。"):
        assert shown in words_of(card)
    assert "for nobody" not in words_of(card)


@pytest.mark.parametrize(
    ("mode", "language"),
    [(SlackMode.HTTP, Locale.EN), (SlackMode.SOCKET, Locale.ZH_CN)],
    indirect=True,
)
async def test_the_menu_of_a_message_with_a_list_opens_the_form_for_it(
    local: Local, page: Page, language: Locale
) -> None:
    user = MAYA if language is Locale.EN else LIN
    message = await page.share(user, "list.csv", f"phone\n{ONE}\n{OTHER}\n".encode())
    await page.do(
        "shortcut", user=user, callback_id="send.list", channel=SMS, message_ts=message["ts"]
    )
    form = await OpenForm.opened(local, page, user, forms.SEND_FORM)
    assert "list.csv" in form.words
    await choose(form, "1111")
    form.write("value.1", "A1")
    form.write("value.2", "9:00")
    assert await form.hand_in() == {}
    card = await page.see_card(text(language, "job.headline.preflight", count="2"))
    await page.press(user, card, "job.confirm")
    await until_answered(local, page, 2)
    assert numbers_of(sends_of(local)) == [ONE, OTHER]


@once
async def test_a_message_without_a_list_says_so(local: Local, page: Page) -> None:
    message = await page.share(MAYA, "cat.png", b"\x89PNG\r\n")
    await page.do(
        "shortcut", user=MAYA, callback_id="send.list", channel=SMS, message_ts=message["ts"]
    )
    await page.see_whisper(MAYA, "no list of recipients")


@once
async def test_who_may_not_send_has_no_use_for_the_menu(local: Local, page: Page) -> None:
    message = await page.share(MAYA, "list.csv", f"phone\n{ONE}\n".encode())
    await page.do(
        "shortcut", user=EVE, callback_id="send.list", channel=SMS, message_ts=message["ts"]
    )
    await page.see_whisper(EVE, "@sms-senders")
    assert local.workspace.views(EVE) == []


@once
async def test_faults_stand_under_the_fields_and_nothing_is_lost(local: Local, page: Page) -> None:
    form = await open_form(local, page)
    await choose(form, "1110")
    form.write(forms.NUMBER, f"{ONE}, {OTHER}")
    form.write("value.1", "4370")
    form.write(forms.AT, "yesterday")
    form.write(forms.VALID, "for ever")
    wrong = await form.hand_in()
    assert {"at", "valid"} == set(wrong)
    assert "30m, 2h or 1d" in wrong["valid"]
    form.write(forms.AT, "")
    form.write(forms.VALID, "")
    wrong = await form.hand_in()
    assert set(wrong) == {"number"}
    assert "one person" in wrong["number"]
    await form.put_file(forms.FILE, "list.csv", b"phone\n")
    assert "not both" in (await form.hand_in())["list"]
    form.write(forms.NUMBER, ONE)
    form.take_out(forms.FILE)
    assert await form.hand_in() == {}
    await form.see(forms.PREVIEW_FORM, "验证码")
    assert sends_of(local) == []


@once
async def test_what_is_typed_for_later_says_when(local: Local, page: Page) -> None:
    said = await page.type(MAYA, f"/sms send {ONE} 1111 A1 9:00 at tomorrow 9am valid 2h")
    assert "tomorrow 09:00 Asia/Shanghai" in words_of(said)
    card = await page.see_card("Send to 1 recipient?")
    await page.press(MAYA, card, "job.confirm")
    await page.see_card("Scheduled for")
    assert sends_of(local) == []


@once
async def test_what_cannot_be_read_as_a_time_is_said_and_nothing_is_asked(
    local: Local, page: Page
) -> None:
    said = await page.type(MAYA, f"/sms send {ONE},{OTHER} 1111 A1 9:00 at soonish valid maybe")
    assert "Nothing was sent" in words_of(said)
    assert "30m, 2h or 1d" in words_of(said)
    assert "13911112222" not in words_of(said)
    assert page.cards() == []


@once
async def test_only_who_asked_can_say_yes_and_a_draft_can_be_dropped(
    local: Local, page: Page
) -> None:
    await page.type(MAYA, f"/sms send {ONE},{OTHER} 1111 A1 9:00")
    card = await page.see_card("Send to 2 recipients?")
    await page.press(LIN, card, "job.confirm")
    await page.see_whisper(LIN, "的申请人可以")
    await page.press(BO, card, "job.discard")
    await page.press(MAYA, card, "job.discard")
    gone = await page.see_card("Discarded, nothing was sent")
    assert gone["ts"] == card["ts"]
    assert "job.confirm" not in buttons_of(gone)
    assert sends_of(local) == []
