"""Temporary keys need their token; permanent ones have none."""

import pytest

from bot.sandbox.tencent.config import TemporaryCredentials
from tests.sandbox.tencent.callers import NOON, Clock
from tests.sandbox.tencent.conftest import Start

NUMBER = "+8613800000001"
END_S = int(NOON.timestamp()) + 60
TEMPORARY = TemporaryCredentials("AKIDTEMPORARY", "secret", "the-token", END_S)
KEYS = {"secret_id": "AKIDTEMPORARY", "secret_key": "secret"}
BAD_TOKEN = "AuthFailure.TokenFailure"


async def test_temporary_keys_are_believed_with_their_token_for_as_long_as_they_last(
    start: Start, clock: Clock
) -> None:
    caller = await start(temporary=(TEMPORARY,))
    headers = {"X-TC-Token": "the-token"}
    good = await caller.call("SendSms", caller.order(NUMBER), headers=headers, **KEYS)
    assert good["SendStatusSet"][0]["Code"] == "Ok"
    clock.advance(seconds=60)
    assert await caller.refusal("SendSms", {}, headers=headers, **KEYS) == BAD_TOKEN


@pytest.mark.parametrize("headers", [{}, {"X-TC-Token": "other"}, {"X-TC-Token": "é"}])
async def test_a_wrong_token_is_refused(start: Start, headers: dict[str, str]) -> None:
    caller = await start(temporary=(TEMPORARY,))
    assert await caller.refusal("SendSms", {}, headers=headers, **KEYS) == BAD_TOKEN


async def test_permanent_keys_have_no_token(start: Start) -> None:
    caller = await start()
    assert await caller.refusal("SendSms", {}, headers={"X-TC-Token": "x"}) == BAD_TOKEN


async def test_every_sandbox_has_temporary_keys_to_try_and_shows_them(start: Start) -> None:
    caller = await start()
    ids = await caller.admin("GET", "ids")
    keys = {name: ids[f"temporary_{name}"] for name in ("secret_id", "secret_key")}
    headers = {"X-TC-Token": ids["temporary_token"]}
    good = await caller.call("SendSms", caller.order(NUMBER), headers=headers, **keys)
    assert good["SendStatusSet"][0]["Code"] == "Ok"
    assert await caller.refusal("SendSms", caller.order(NUMBER), **keys) == BAD_TOKEN


async def test_where_there_are_no_temporary_keys_none_are_shown(start: Start) -> None:
    caller = await start(temporary=())
    assert "temporary_token" not in await caller.admin("GET", "ids")
