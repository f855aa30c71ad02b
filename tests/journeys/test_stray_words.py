"""A word too many is told, and nothing is answered as if it had not been typed."""

import pytest

from bot.cli.local import Local
from bot.rules.requests import RequestKind
from bot.settings import SlackMode
from handlers.flows import approvals
from storage.db import Tx
from storage.requests import Request
from tests.handlers.flows.asks import CREATE
from tests.journeys.people import BO, EVE, LIN, MAYA, OMAR, SMS, Page, buttons_of, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
#: What is typed, the word that is not understood, and what is said to be meant.
STRAY = [
    ("package foo", "foo", "/sms package"),
    ("doctor foo", "foo", "/sms doctor"),
    ("doctor snd", "snd", "/sms doctor send"),
    ("oncall foo=1", "foo=1", "/sms oncall"),
    ("oncall shwo", "shwo", "/sms oncall show"),
    ("oncall show now", "now", "/sms oncall show"),
    ("approve policy now", "now", "/sms approve policy"),
    ("approve list foo", "foo", "/sms approve [list or id]"),
    ("approve R-7K3Q foo", "foo", "/sms approve [list or id]"),
    ("stats demo 24h 7d", "7d", "/sms stats [app or all] [24h, 7d or 30d]"),
    ("app pasue", "pasue", "/sms app pause"),
    ("app use demo please", "please", "/sms app use &lt;name&gt;"),
    ("audit verify all", "all", "/sms audit verify"),
    ("alerts silences all", "all", "/sms alerts silences"),
    ("limit show demo other", "other", "/sms limit show [app]"),
    ("optout foo", "foo", "/sms optout [number]"),
    ("optout list 13955117001 foo", "foo", "/sms optout [number]"),
    ("help send foo", "foo", "/sms help [command]"),
    ("package 13955117001", "+86 139****7001", "/sms package"),
]


async def test_what_is_not_understood_is_named_with_how_it_is_typed(
    local: Local, page: Page
) -> None:
    unexpected = {}
    for typed, word, usage in STRAY:
        said = words_of(await page.type(OMAR, f"/sms {typed}"))
        if f"`{word}` is not understood here." not in said or f"`{usage}" not in said:
            unexpected[typed] = said
    assert unexpected == {}
    said = words_of(await page.type(BO, "/sms package 现在"))
    assert "这里看不懂 `现在`。" in said
    assert "`/sms package`" in said


async def test_help_for_a_verb_is_the_help_of_its_noun(page: Page) -> None:
    for typed in ("limit set", "limit 设置", "limit send"):
        assert "/sms limit set" in words_of(await page.type(OMAR, f"/sms help {typed}"))


async def test_who_may_not_run_a_command_is_told_that_first(page: Page) -> None:
    said = words_of(await page.type(EVE, "/sms doctor foo"))
    assert "foo" not in said


@pytest.mark.parametrize("typed", ["limit sett day=5", "limit simulte day=5", "limit 设 day=5"])
async def test_a_mistyped_verb_is_named_and_not_the_good_words_behind_it(
    page: Page, typed: str
) -> None:
    said = words_of(await page.type(OMAR, f"/sms {typed}"))
    verb = "simulate" if "simulte" in typed else "set"
    assert f"`{typed.split()[1]}` is not understood" in said
    assert f"Did you mean `/sms limit {verb}`?" in said
    # The name of an app is none, however like a verb it looks.
    assert "`x`" in words_of(await page.type(OMAR, "/sms limit demo x"))


def ask(tx: Tx, local: Local) -> Request:
    services = local.bot.services
    return approvals.ask(
        tx,
        RequestKind.TEMPLATE_CREATE,
        "demo",
        CREATE.payload(),
        requester=LIN,
        channel=SMS,
        settings=services.settings,
        now=services.clock(),
    )


async def test_behind_an_id_a_request_is_shown_with_the_place_of_its_card(
    local: Local, page: Page
) -> None:
    request = await local.bot.services.db.write(ask, local)
    for typed in (f"{request.id}", f"list {request.id.lower()}"):
        shown = await page.type(MAYA, f"/sms approve {typed}")
        assert CREATE.name in words_of(shown)
        assert f"The card itself is in <#{SMS}>." in words_of(shown)
        assert "approve.yes_here" in buttons_of(shown)
    own = await page.type(LIN, f"/sms approve {request.id}")
    assert "approve.withdraw_here" in buttons_of(own)


async def test_a_request_that_is_none_of_ones_business_is_as_unknown_as_none(
    local: Local, page: Page
) -> None:
    request = await local.bot.services.db.write(ask, local)
    for typed in (request.id, "R-9999"):
        said = await page.type(EVE, f"/sms approve {typed}")
        assert f"No request `{typed}` waits for you" in words_of(said)
        assert CREATE.name not in words_of(said)
    # No number is repeated, whatever it is called.
    number = words_of(await page.type(EVE, "/sms approve R-13955117001"))
    assert "No request" in number
    assert "13955117001" not in number
