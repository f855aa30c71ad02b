"""Somebody looks who did what, takes it as a file, and has the trail checked."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Whisper
from bot.rules.approvals import Rule
from bot.rules.audit import Head, Sound, Verdict, What, head_of
from bot.settings import SlackMode
from handlers.commands import asking
from storage import audit
from storage.audit import AuditQuery
from storage.db import Tx
from tests.journeys.clock import HandClock
from tests.journeys.people import EVE, LIN, MAYA, OMAR, SMS, Page, words_of
from tests.journeys.test_job_control import read_csv

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
NUMBER = "13800000001"
HEADS = "C0ALERTS"


@pytest.fixture
def overrides() -> Mapping[str, object]:
    return {"channels.audit": HEADS}


async def test_who_did_what_is_seen_by_an_admin_alone_and_who_may_not_is_entered(
    local: Local, page: Page
) -> None:
    await page.send(LIN, f"/sms send {NUMBER} 1110 code=123456")
    await page.see_card("Delivered in")
    await page.type(LIN, f"/sms optout add {NUMBER} *loud* <!channel> call {NUMBER}")
    refused = words_of(await page.type(LIN, "/sms audit"))
    assert "send" not in refused

    shown = words_of(await page.type(MAYA, "/sms audit @lin"))
    for words in ("confirmed a send", "added opt-outs", "was refused for lack of a role"):
        assert words in shown, shown
    assert NUMBER not in shown
    assert "86 138****0001" in shown
    assert "<!channel>" not in shown
    assert "123456" not in shown
    assert "the program started" not in shown

    only = words_of(await page.type(MAYA, "/sms 审计 退订 24h"))
    assert "added opt-outs" in only
    assert "confirmed a send" not in only
    nothing = words_of(await page.type(MAYA, "/sms audit doubt"))
    assert "No entry fits that." in nothing
    assert "privacy" in nothing
    assert "at most" in words_of(await page.type(MAYA, "/sms audit 99999d"))
    await page.type(EVE, "/sms audit verify")
    await assert_sound(local)


async def assert_sound(local: Local, told: Head | None = None) -> None:
    def look(tx: Tx) -> tuple[Verdict, int]:
        return audit.check(tx, told), audit.head(tx).nth

    found, count = await local.bot.services.db.read(look)
    assert found == Sound(count)


async def test_the_trail_comes_as_a_file_that_no_spreadsheet_runs(local: Local, page: Page) -> None:
    await page.type(MAYA, f"/sms optout add {NUMBER} on the phone")
    listed = await page.type(MAYA, "/sms audit")
    await page.press(MAYA, listed, "audit.export")
    await page.see_whisper(MAYA, "The file is in your conversation with the bot.")
    heading, *rows = await read_csv(local, page, MAYA)
    assert heading[0] == "No."
    assert heading[1].startswith("Time (")
    kinds = [row[4] for row in rows]
    assert kinds[0] == "audit.exported"
    assert kinds[-1] == "program.started"
    assert "optout.added" in kinds
    assert NUMBER not in str(rows)
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    assert [int(row[0]) for row in rows] == list(range(len(rows), 0, -1))


async def test_the_check_names_the_first_entry_that_is_not_as_it_was_entered(
    local: Local, page: Page
) -> None:
    await page.type(LIN, "/sms app pause demo wrong text")
    await page.type(MAYA, "/sms audit verify")
    sound = words_of(await page.see_whisper(MAYA, "entries are as they were entered"))
    head = await local.bot.services.db.read(audit.head)
    assert head.written() in sound

    def forge(tx: Tx) -> None:
        tx.run("UPDATE audit SET actor = 'U0EVE' WHERE what = 'app.stopped'")

    (stopped,) = await local.bot.services.db.read(audit.find, audit.AuditQuery(actor=LIN), 1)
    await local.bot.services.db.write(forge)
    listed = await page.type(MAYA, "/sms audit")
    await page.press(MAYA, listed, "audit.verify")
    await page.see_whisper(MAYA, f"Entry {stopped.nth} is not what was entered.")


async def test_the_head_is_told_to_the_channel_within_the_hour(
    local: Local, page: Page, clock: HandClock
) -> None:
    clock.advance(timedelta(hours=1))
    await local.bot.clock.tick()
    said = await page.see(
        lambda: next(
            (m for m in local.workspace.messages(HEADS) if "audit trail up to here" in str(m)), {}
        )
    )
    written = next(part for part in words_of(said).split("`") if head_of(part) is not None)
    told = head_of(written)
    assert told is not None
    await assert_sound(local, told)


async def test_older_entries_take_the_place_of_those_shown(local: Local, page: Page) -> None:
    for _ in range(6):
        await page.type(LIN, "/sms audit")
        await page.type(EVE, "/sms audit")
    listed = await page.type(MAYA, "/sms audit")
    assert "the program started" not in words_of(listed)
    await page.press(MAYA, listed, "audit.older")
    older = await page.see_whisper(MAYA, "the program started")
    assert older["ts"] == listed["ts"]
    await page.press(MAYA, older, "audit.newest")
    await page.see(
        lambda: all("the program started" not in words_of(w) for w in page.whispers(MAYA))
    )
    assert [each["ts"] for each in page.whispers(MAYA)] == [listed["ts"]]


@pytest.mark.parametrize("action_id", ["audit.older", "audit.export"])
async def test_a_button_of_no_list_is_out_of_date(local: Local, action_id: str) -> None:
    for value in (
        "",
        "[]",
        "9" * 2_000,
        '["", "", "", 1e999, null, null]',
        '["","","",99999999999999,null,1]',
    ):
        pressed = {
            "user": {"id": MAYA},
            "channel": {"id": "C0SMS"},
            "actions": [{"action_id": action_id, "value": value}],
        }
        answer = await Router(local.bot.services).action(pressed)
        assert isinstance(answer, Whisper)
        assert "out of date" in answer.message.text


async def test_what_a_handler_refuses_is_entered_as_well(local: Local, page: Page) -> None:
    services = local.bot.services
    await page.type(OMAR, f"/sms oncall phone @maya {NUMBER}")
    omar = await services.people.look_up(OMAR, SMS)
    askers = Rule(1, ("@sms-approvers",), buttons_only=False, expires_s=60, askers=("@sms-admins",))
    kept = await asking.kept_back_by(askers, "app.resume", omar, services)
    assert isinstance(kept, Whisper)
    query = AuditQuery(actor=OMAR, what=What.ACCESS_REFUSED.value)
    found = await services.db.read(audit.find, query, 9)
    assert [(each.facts or {})["role"] for each in found] == ["@sms-admins", "owner"]
    assert [(each.facts or {})["asked"] for each in found] == ["app.resume", "/sms oncall phone"]
    assert {each.subject for each in found} == {SMS}


async def test_a_refusal_says_what_was_tried_and_each_role_that_would_have_done(
    local: Local, page: Page
) -> None:
    await page.type(EVE, f"/sms audit verify {NUMBER}")
    pressed = {
        "user": {"id": EVE},
        "channel": {"id": SMS},
        "actions": [{"action_id": "brake.stop", "value": "B-0000"}],
    }
    await Router(local.bot.services).action(pressed)
    query = AuditQuery(actor=EVE, what=What.ACCESS_REFUSED.value)
    pushed, typed = await local.bot.services.db.read(audit.find, query, 9)
    assert typed.facts == {"asked": "/sms audit verify", "role": "auditor"}
    assert pushed.facts is not None
    assert pushed.facts["asked"] == "brake.stop"
    (stop,) = (b for b in local.bot.services.registry.buttons if b.action_id == "brake.stop")
    assert isinstance(stop.role, tuple)
    assert pushed.facts["role"] == ", ".join(role.value for role in stop.role)
    shown = words_of(await page.type(MAYA, "/sms audit @eve refused"))
    assert "brake stop" in shown
    assert f"<#{SMS}>" in shown
    assert NUMBER not in shown


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("@Eve", "pick the person from the list"),
        ("limits #nowhere", "pick the channel from the list"),
        ("limts 7d", "Nothing was ever entered about `limts`"),
        (NUMBER, "/sms why"),
        ("138 0000 0001", "/sms why"),
    ],
)
async def test_what_is_not_understood_is_no_all_clear(
    local: Local, page: Page, typed: str, said: str
) -> None:
    shown = await page.type(MAYA, f"/sms audit {typed}")
    assert said in words_of(shown)
    assert "No entry fits" not in words_of(shown)
    assert NUMBER not in str(shown)
    # An app of app.yaml is known, whatever was entered about it.
    assert "Nothing was ever" not in words_of(await page.type(MAYA, "/sms audit demo doubt"))


async def test_the_export_says_in_the_trail_what_was_exported(local: Local, page: Page) -> None:
    listed = await page.type(MAYA, "/sms audit access 7d")
    await page.press(MAYA, listed, "audit.export")
    await page.see_whisper(MAYA, "The file is in your conversation with the bot.")
    query = AuditQuery(what=What.TRAIL_EXPORTED.value)
    (entry,) = await local.bot.services.db.read(audit.find, query, 9)
    assert entry.facts is not None
    assert set(entry.facts) == {"area", "since"}
    assert entry.facts["area"] == "access"
