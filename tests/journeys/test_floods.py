"""Commands by the dozen, and numbers looked up one after another: held back, and when to go on."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.cli.local import Local
from bot.rules.audit import What
from bot.rules.lookups import RATE
from bot.settings import SlackMode
from storage import audit
from storage.audit import AuditQuery, Kept
from tests.journeys.clock import HandClock
from tests.journeys.people import LIN, MAYA, Page, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
TOLD = "commands_held_back"
WAYS = ("why", "optout", "limit exempt list", "limit exempt remove")
SENT, OTHER, OPTED_OUT = "+8613800000001", "+8613800000002", "+8613800000003"


FEW = {"slack.commands_per_min": 10, "slack.commands_per_min_all": 12}
HELD = re.compile(r"more than 10 commands in a minute\. Nothing was done; try again in (\d+) s")


@pytest.fixture
def overrides(request: pytest.FixtureRequest) -> Mapping[str, object]:
    few: Mapping[str, object] = getattr(request, "param", {})
    return few


async def said(page: Page, user: str, command: str) -> str:
    return words_of(await page.type(user, command))


@pytest.mark.parametrize("overrides", [FEW], indirect=True)
async def test_a_flood_is_held_back_and_told_when_to_go_on(
    local: Local, page: Page, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    taken, held = await until_held(page, MAYA, f"/sms optout add {OTHER}")
    # Time goes on meanwhile, on a slow machine for longer.
    assert taken >= 10
    found = HELD.search(held)
    assert found is not None, held
    assert 1 <= int(found[1]) <= 6
    # Others are not held back for it, until all of them together are too many.
    others, all_held = await until_held(page, LIN, "/sms help")
    assert others >= 1
    assert "所有人加起来一分钟内超过了 12 条命令" in all_held
    told = [vars(each) for each in caplog.records if vars(each).get("event") == TOLD]
    assert [(each["user"], each["times"]) for each in told] == [(MAYA, 1)]
    clock.advance(timedelta(minutes=2))
    assert "/sms help" in await said(page, MAYA, "/sms help")


async def until_held(page: Page, user: str, command: str) -> tuple[int, str]:
    """How many were taken, and what the first was told that was not."""
    for taken in range(40):
        answer = await said(page, user, command)
        if "commands in a minute" in answer or "一分钟内" in answer:
            return taken, answer
    raise AssertionError(f"{command} was taken forty times")


async def test_numbers_are_looked_up_so_often_and_each_time_for_the_trail(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.send(MAYA, f"/sms send {SENT} 1110 123456")
    await page.see_card("Delivered in")
    await said(page, MAYA, f"/sms optout add {OPTED_OUT}")
    assert "138****0001" in await said(page, MAYA, f"/sms why {SENT}")
    for nth in range(RATE.most - 2):
        await said(page, MAYA, f"/sms {WAYS[nth % len(WAYS)]} {OTHER}")
    assert "138****0003" in await said(page, MAYA, f"/sms optout {OPTED_OUT}")

    # One and the same, whether there is anything to find or not.
    no = {await said(page, MAYA, f"/sms why {number}") for number in (SENT, OTHER, OPTED_OUT)}
    no |= {await said(page, MAYA, f"/sms optout list {number}") for number in (SENT, OPTED_OUT)}
    no.add(await said(page, MAYA, f"/sms optout remove {OPTED_OUT} because she asks"))
    for verb in ("list", "add", "remove"):
        no.add(await said(page, MAYA, f"/sms limit exempt {verb} {SENT} because she asks"))
    (only,) = no
    assert "more than 20 numbers in an hour" in only
    assert "Nothing was looked up" in only
    # What is no number is looked up still, and nobody else is held back.
    assert "more than" not in await said(page, MAYA, "/sms why code 1001")
    assert "138****0001" in await said(page, LIN, f"/sms why {SENT}")

    found = await local.bot.services.db.read(
        audit.find, AuditQuery(actor=MAYA, what=What.NUMBER_LOOKED_UP.value), 100
    )
    assert len(found) == RATE.most
    assert {str(numbers(each)) for each in found} == {
        "+86 138****0001",
        "+86 138****0002",
        "+86 138****0003",
    }
    clock.advance(timedelta(minutes=3, seconds=1))
    assert "138****0001" in await said(page, MAYA, f"/sms why {SENT}")


def numbers(kept: Kept) -> object:
    assert kept.facts is not None
    return kept.facts["number"]
