"""Summaries and their pictures over real HTTP, whatever Slack and the child that draws do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.settings import Summary
from handlers.jobs import deliver_posts, post_summaries
from handlers.services import Services
from storage import traffic
from storage.db import Tx
from tests.handlers.jobs.conftest import Stage
from tests.storage.lines import line, put

#: Nine in Shanghai, and an hour of the day before it.
NINE = datetime(2026, 11, 24, 1, tzinfo=UTC)
SENT_AT = NINE - timedelta(hours=20)
DAILY = Summary(channel="#sms-reports", app="demo", daily="09:00")
CHANNEL = "C0REPORTS"


class Desk:
    """The job and the outbox, run by hand at moments of the test's choosing."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.now = stage, NINE - timedelta(days=1)
        settings = stage.services.settings.model_copy(update={"summaries": (DAILY,)})
        self.services: Services = replace(stage.services, settings=settings, clock=self._clock)

    def _clock(self) -> datetime:
        return self.now

    async def run(self) -> None:
        await post_summaries.run(self.services, self.now)
        await deliver_posts.run(self.services, self.now)

    async def prepare(self) -> None:
        """A first look, a day with messages, and the moment its summary is due."""

        def send(tx: Tx) -> None:
            traffic.note_watched(tx, ["demo"], SENT_AT)
            counts = {"begun": 9, "accepted": 8, "refused": 1, "delivered": 8}
            put(tx, line(traffic.hour_of(SENT_AT)), counts)

        await self.run()
        await self.services.db.write(send)
        self.now = NINE

    def strike(self, target: str, kind: FaultKind, **more: Any) -> None:
        self.stage.workspace.faults.add(Fault(target, kind, **more))

    def cards(self) -> list[dict[str, Any]]:
        return [m for m in self.stage.workspace.messages(CHANNEL) if m.get("bot_id")]


@pytest.fixture
async def desk(stage: Stage) -> Desk:
    desk = Desk(stage)
    await desk.prepare()
    return desk


def kinds(card: dict[str, Any]) -> list[str]:
    return [block["type"] for block in card["blocks"]]


async def test_a_picture_slack_takes_late_is_shown_all_the_same_and_said_once(desk: Desk) -> None:
    desk.strike("files.upload", FaultKind.SERVER_ERROR)
    await desk.run()
    assert desk.cards() == []
    desk.now += timedelta(minutes=1)
    await desk.run()
    await desk.run()
    (card,) = desk.cards()
    assert "image" in kinds(card)


async def test_what_slack_will_never_take_is_told_without_a_picture(desk: Desk) -> None:
    desk.strike("files.getUploadURLExternal", FaultKind.REFUSED, error="missing_scope")
    await desk.run()
    (card,) = desk.cards()
    assert "image" not in kinds(card)
    assert "it could not be made" in str(card["blocks"])


async def test_a_picture_that_breaks_three_times_is_left_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No child of ours starts with this.
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    for _ in range(post_summaries.TRIES):
        assert desk.cards() == []
        await desk.run()
        desk.now += timedelta(hours=1)
    (card,) = desk.cards()
    assert "it could not be made" in str(card["blocks"])
