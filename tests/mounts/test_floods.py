"""Who types commands, writes to the bot or mentions it again and again is answered so often, and
no more."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Answer, Event, Nothing, Registry, Whisper
from bot.rules.audit import What
from bot.sandbox.workspace import Standing
from bot.slack.messages.faults import note
from storage import audit
from storage.audit import AuditQuery
from tests.journeys.people import BO, EVE, MAYA, SMS

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


async def answer(_: object, __: object) -> Answer:
    return Whisper(note("well?"))


@pytest.fixture
def router(local: Local) -> Router:
    services, settings = local.bot.services, local.settings
    few = settings.slack.model_copy(update={"commands_per_min": 3})
    names = ("message", "app_mention", "reaction_added")
    registry = Registry(
        commands=(), events=tuple(Event(name, name, (), None, answer) for name in names)
    )
    changed = settings.model_copy(update={"slack": few})
    return Router(replace(services, settings=changed, registry=registry, clock=lambda: NOON))


async def heard(router: Router, kind: str) -> bool:
    event: dict[str, Any] = {"type": kind, "user": MAYA, "channel": SMS, "text": "hi", "ts": "1.2"}
    return not isinstance(await router.event(event), Nothing)


async def test_words_to_the_bot_count_as_commands_and_a_flood_of_them_meets_silence(
    router: Router,
) -> None:
    kinds = ("message", "app_mention", "message", "app_mention", "message")
    assert [await heard(router, kind) for kind in kinds] == [True] * 3 + [False] * 2
    # What is asked of the bot otherwise goes on: a vote is no flood.
    assert [await heard(router, "reaction_added") for _ in range(9)] == [True] * 9


def busy(local: Local, each: int, together: int) -> Router:
    """The real handlers, with so little room."""
    few = {"commands_per_min": each, "commands_per_min_all": together}
    slack = local.settings.slack.model_copy(update=few)
    settings = local.settings.model_copy(update={"slack": slack})
    return Router(replace(local.bot.services, settings=settings, clock=lambda: NOON))


async def said(router: Router, user: str, text: str) -> str:
    typed = {"user_id": user, "channel_id": SMS, "text": text}
    answer = await router.command(typed)
    assert isinstance(answer, Whisper)
    return answer.message.text


async def test_guests_take_nothing_from_what_members_have_together(local: Local) -> None:
    router = busy(local, each=6, together=4)
    for user in (EVE, BO):
        local.workspace.admin.restand(user, Standing.GUEST)
        heard = [await said(router, user, "help") for _ in range(7)]
        assert heard[:6] == [heard[0]] * 6
        assert heard[6] != heard[0]
        event = {"type": "message", "user": user, "channel": SMS, "text": "hi", "ts": "1.2"}
        assert isinstance(await router.event(event), Nothing)
    assert ["in a minute" in await said(router, MAYA, "help") for _ in range(5)] == [False] * 4 + [
        True
    ]


@pytest.mark.parametrize(("each", "together"), [(2, 60), (10, 2)])
async def test_the_brake_is_never_held_back_from_who_may_pull_it(
    local: Local, each: int, together: int
) -> None:
    router = busy(local, each, together)
    for user in (MAYA, EVE):
        heard = [await said(router, user, "help") for _ in range(each + together)]
        assert "in a minute" in heard[-1]
    before = await refused(local)
    assert "in a minute" in await said(router, EVE, "app pause demo")
    assert await refused(local) == before
    assert "in a minute" in await said(router, MAYA, "app")
    assert "stopped" in await said(router, MAYA, "app pause demo")


async def refused(local: Local) -> int:
    query = AuditQuery(what=What.ACCESS_REFUSED.value)
    return len(await local.bot.services.db.read(audit.find, query, 100))
