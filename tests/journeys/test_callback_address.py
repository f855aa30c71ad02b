"""Callbacks at an address of their own: reports come there, and the doctor knocks there."""

from collections.abc import Mapping

import httpx
import pytest

from bot.cli.local import Local
from bot.rules.doctor import Found
from bot.settings import SlackMode
from handlers import examining
from tests.journeys.people import MAYA, Page

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)


@pytest.fixture
def overrides() -> Mapping[str, object]:
    return {"callbacks.listen": {"port": 0}}


async def test_a_report_comes_to_the_address_callbacks_have_for_themselves(
    local: Local, page: Page
) -> None:
    services = local.bot.services
    own = services.listening.callbacks_url
    assert own not in {"", local.bot.url}
    await page.send(MAYA, "/sms send +8613800000001 1110 123456")
    await page.see_card("Delivered in")
    found = await examining.examine(examining.patient_of(services), services.clock())
    answers = [each for each in found if each.found is Found.CALLBACKS_ANSWER]
    assert [each.facts["address"] for each in answers] == [f"{own}/callbacks/…"]
    secret = local.settings.secrets.callback_secrets[0].get_secret_value()
    async with httpx.AsyncClient(trust_env=False) as http:
        path = f"/callbacks/{secret}/demo"
        assert (await http.post(local.bot.url + path, content=b"[]")).status_code == 404
        assert (await http.post(own + path, content=b"[]")).status_code == 200
        assert (await http.get(f"{own}/healthz")).status_code == 404
