"""Somebody answers 退订: nothing more goes to them, until a person asks and another one agrees."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Whisper
from bot.rules.delivery import FINAL, MessageState
from bot.rules.optouts import Optout, Scope, Source
from bot.settings import REPLIES, SlackMode
from storage import messages, optouts, replies
from storage.db import Tx
from storage.messages import Message
from tests.journeys.clock import HandClock
from tests.journeys.forms import OpenForm
from tests.journeys.people import (
    BO,
    LIN,
    MAYA,
    SMS,
    Page,
    buttons_of,
    sends_of,
    words_of,
)

NUMBER, OTHER = "+8613800000001", "+8613800000008"
MARKETING = "1112"
once = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)


async def sandbox(local: Local, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
    """One request to the sandbox's own API: a thumb on a handset, a click in the console."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.request(method, f"{local.sandbox.url}/_sandbox/{path}", json=body)


async def answer(local: Local, page: Page, text: str, number: str = NUMBER) -> None:
    """What somebody answers on their phone, once the bot has it."""
    before = len(await local.bot.services.db.read(replies.of_number, number))
    assert (await sandbox(local, "POST", f"phones/{number}/reply", {"text": text})).is_success

    async def is_there() -> bool:
        return len(await local.bot.services.db.read(replies.of_number, number)) > before

    await page.eventually(is_there)


async def known(local: Local, number: str = NUMBER) -> list[Optout]:
    return await local.bot.services.db.read(optouts.of_number, number)


async def send(page: Page, clock: HandClock, what: str = MARKETING, number: str = NUMBER) -> None:
    """A message that arrives, a minute after the last one."""
    clock.advance(timedelta(minutes=1))
    delivered = len(_delivered(page))
    await page.send(MAYA, f"/sms send {number} {what}")
    await page.see(lambda: len(_delivered(page)) > delivered)


def _delivered(page: Page) -> list[str]:
    return [words for card in page.cards() if "Delivered in" in (words := words_of(card))]


async def test_who_answers_so_gets_no_more_until_somebody_asks_and_another_agrees(
    local: Local, page: Page, clock: HandClock
) -> None:
    await send(page, clock)
    await answer(local, page, "【Ｔ退订】。")
    (said,) = await known(local)
    assert (said.signature, said.scope, said.source) == ("腾讯云", Scope.MARKETING, Source.REPLY)

    clock.advance(timedelta(minutes=1))
    refused = await page.type(MAYA, f"/sms send {NUMBER} {MARKETING}")
    assert "said no on 2026-11-23" in words_of(refused)
    assert "They replied that they want no more." in words_of(refused)
    assert buttons_of(refused) == []
    # Their codes are theirs as before.
    await send(page, clock, "1110 code=123456")

    await page.type(MAYA, f"/sms optout remove {NUMBER} signed up again on the phone")
    card = await page.see_card("signed up again on the phone")
    assert "+86 138****0001" in words_of(card)
    assert NUMBER.removeprefix("+86") not in words_of(card)
    await page.press(MAYA, card, "approve.yes")
    assert await known(local)
    await page.press(BO, card, "approve.yes")
    await page.eventually(lambda: _is_gone(local))

    # Tencent has a list of its own, which the console alone can change.
    cleared = await sandbox(local, "PUT", "console/unsubscribes", {"unsubscribes": []})
    assert cleared.is_success
    await send(page, clock)
    assert len(local.sandbox.phones.messages(NUMBER)) == 3


async def _is_gone(local: Local) -> bool:
    return await known(local) == []


@once
async def test_a_preview_made_before_is_refused_at_the_click(
    local: Local, page: Page, clock: HandClock
) -> None:
    await send(page, clock)
    clock.advance(timedelta(minutes=1))
    preview = await page.type(MAYA, f"/sms send {NUMBER} {MARKETING}")
    await answer(local, page, "R")
    await page.press(MAYA, preview, "send.confirm")
    await page.see(lambda: any("said no on" in words_of(each) for each in page.whispers(MAYA)))
    assert len(sends_of(local)) == 1


@once
async def test_the_same_push_again_and_a_late_one_change_nothing(
    local: Local, page: Page, clock: HandClock
) -> None:
    await send(page, clock)
    await answer(local, page, "TD")
    (first,) = await known(local)
    account = local.sandbox.world.state.account
    secret = local.settings.secrets.callback_secrets[0].get_secret_value()
    assert account.reply_url == f"{local.bot.url}/callbacks/{secret}/{REPLIES}"
    pushed = {
        "extend": "",
        "mobile": NUMBER.removeprefix("+86"),
        "nationcode": "86",
        "sign": "腾讯云",
        "text": "TD",
        "time": account.replies[0].at_ms // 1000,
    }
    clock.advance(timedelta(days=4))
    async with httpx.AsyncClient(trust_env=False) as http:
        again = await http.post(account.reply_url, json=pushed)
        assert again.json() == {"result": 0, "errmsg": "OK"}
        assert (await http.post(f"{local.bot.url}/callbacks/x/{REPLIES}", json=pushed)).is_error
        assert (await http.post(account.reply_url, content=b"x" * 300_000)).status_code == 413
    assert await known(local) == [first]


@once
async def test_what_tencent_refuses_because_of_its_list_is_learned(
    local: Local, page: Page, clock: HandClock
) -> None:
    barred = "+8613800000004"
    await page.send(MAYA, f"/sms send {barred} {MARKETING}")
    await page.see_card("FailedOperation.PhoneNumberInBlacklist")
    (learned,) = await known(local, barred)
    assert (learned.source, learned.scope) == (Source.TENCENT, Scope.MARKETING)
    clock.advance(timedelta(minutes=1))
    refused = await page.type(LIN, f"/sms send {barred} {MARKETING}")
    assert "腾讯云因其名单拒绝向该号码发送" in words_of(refused)


@once
async def test_the_team_adds_looks_and_asks_for_a_removal_in_a_form(
    local: Local, page: Page
) -> None:
    bad = await page.type(MAYA, f"/sms optout add {NUMBER} 1380000 asked by mail")
    assert "Nothing was added" in words_of(bad)
    assert "too short" in words_of(bad)
    assert await known(local) == []

    added = await page.type(MAYA, f"/sms optout add {NUMBER}，{OTHER} asked by mail")
    assert "2 added." in words_of(added)
    unknown = await page.type(MAYA, f"/sms optout add {OTHER} for=marketing sign=腾讯雲")
    assert "There is no signature `腾讯雲`" in words_of(unknown)
    assert "Did you mean `腾讯云`?" in words_of(unknown)
    await page.type(MAYA, f"/sms optout add {OTHER} for=marketing sign=【腾讯云】")
    listed = await page.type(LIN, "/sms 退订")
    assert "共 3 条" in words_of(listed)
    assert "+86 138****0008" in str(listed)
    assert OTHER.removeprefix("+86") not in str(listed)

    both = await page.type(MAYA, f"/sms optout remove {OTHER} called us")
    assert "Which of these shall go?" in words_of(both)
    assert OTHER.removeprefix("+86") not in str(both)
    await page.press(MAYA, both, "optout.remove")
    form = await OpenForm.opened(local, page, MAYA, "optout.remove_form")
    form.write("optout.reason", "called us")
    await form.hand_in()
    card = await page.see_card("called us")
    await page.press(BO, card, "approve.no")
    assert len(await known(local, OTHER)) == 2

    again = await page.type(MAYA, f"/sms optout remove {NUMBER} called us")
    assert "is asked for" in words_of(again)
    twice = await page.type(MAYA, f"/sms optout remove {NUMBER} called us")
    assert "asks for this already" in words_of(twice)


@once
async def test_a_file_is_imported_and_its_bad_rows_are_told(local: Local, page: Page) -> None:
    await page.type(MAYA, f"/sms optout add {NUMBER} asked by mail")
    await page.type(MAYA, "/sms optout import")
    form = await OpenForm.opened(local, page, MAYA, "optout.import_form")
    await form.put_file("optout.file", "no.csv", b"phone\n13800000001\n13800000008\n1.38E+10\n")
    form.write("optout.reason", "from the old system")
    await form.hand_in()
    told = await page.see(
        lambda: next(
            (
                words_of(view)
                for view in local.workspace.views(MAYA)
                if "1 added." in words_of(view)
            ),
            "",
        )
    )
    assert "Known already: 1." in told
    assert "Row 4: The spreadsheet shortened the number" in told
    (new,) = await known(local, OTHER)
    assert (new.source, new.detail, new.added_by) == (Source.IMPORT, "from the old system", MAYA)

    await page.type(MAYA, "/sms optout import")
    form = await OpenForm.opened(local, page, MAYA, "optout.import_form")
    assert await form.hand_in()
    await form.put_file("optout.file", "no.csv", b"\x89PNG\r\n\x1a\n")
    await form.hand_in()
    await page.see(
        lambda: any("is a picture" in words_of(view) for view in local.workspace.views(MAYA))
    )

    # One that breaks off in the middle says what was taken until there.
    rows = b"".join(b"136%08d\n" % nth for nth in range(2_500))
    await page.type(MAYA, "/sms optout import")
    form = await OpenForm.opened(local, page, MAYA, "optout.import_form")
    await form.put_file("optout.file", "cut.csv", b"phone\n" + rows + b'"open\n13900000000\n')
    await form.hand_in()
    told = await page.see(
        lambda: next(
            (
                words_of(view)
                for view in local.workspace.views(MAYA)
                if "What stood before that place was taken" in words_of(view)
            ),
            "",
        )
    )
    assert "2,000" in told


@once
async def test_a_send_to_many_counts_who_said_no_and_leaves_them_out(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.type(MAYA, f"/sms optout add {NUMBER}")
    await page.type(MAYA, f"/sms send {NUMBER},{OTHER} {MARKETING}")
    card = await page.see_card("1 opted out and is left out")
    await page.press(MAYA, card, "job.confirm")
    card = await page.see_card("Waiting for approval")
    await page.press(BO, card, "approve.yes")
    await page.see_reply(card, "approved")
    clock.advance(timedelta(minutes=1))
    rows = await page.eventually(lambda: _ended(local))
    assert {each.number for each in rows if each.state is MessageState.SKIPPED} == {NUMBER}
    assert local.sandbox.phones.messages(NUMBER) == []
    assert len(local.sandbox.phones.messages(OTHER)) == 1
    assert len(sends_of(local)) == 1


async def _ended(local: Local) -> list[Message]:
    """The messages there are, once all have come to their end."""

    def read(tx: Tx) -> list[Message]:
        ids = [row["request_id"] for row in tx.all("SELECT request_id FROM jobs")]
        return [each for request_id in ids for each in messages.of_request(tx, request_id)]

    rows = await local.bot.services.db.read(read)
    return rows if all(each.state in FINAL for each in rows) else []


@once
@pytest.mark.parametrize(
    ("action_id", "value"),
    [
        ("optout.remove", "x"),
        ("optout.remove", "k1:AAAA|all|"),
        ("optout.turn_on", "²"),
        ("optout.turn_on", "9" * 30),
        ("doubt.all_send_again", f"R-7K3Q:{'9' * 30}"),
        ("doubt.all_send_again", "R-7K3Q"),
    ],
)
async def test_a_button_with_a_value_none_of_ours_has_is_out_of_date(
    local: Local, action_id: str, value: str
) -> None:
    pressed = {
        "user": {"id": MAYA},
        "channel": {"id": SMS},
        "actions": [{"action_id": action_id, "value": value}],
    }
    answer = await Router(local.bot.services).action(pressed)
    assert isinstance(answer, Whisper)
    assert "out of date" in answer.message.text
