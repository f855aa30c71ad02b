"""The outbox under fire: nothing lost, nothing twice, in order, slowly enough, and each channel for
itself."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from bot.registry import SlackMessage
from bot.rules.lanes import Pace
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.slack.lanes import Lanes
from bot.slack.messages.overlong import BLOCKS_MAX
from handlers.flows import cards as showing
from handlers.jobs import deliver_posts, lane_work, post_cards
from handlers.jobs.lane_work import SUSPECT_AFTER
from storage import posts
from storage.db import Tx
from tests.handlers.jobs.conftest import Stage
from tests.handlers.jobs.test_deliver_posts import (
    FACTS,
    KIND,
    POST,
    add,
    correct,
    deliver,
    is_reply,
    left,
    said,
    strike,
)

PLACES = ("#sms", "#sms-alerts", "#sms-reviews", "#sms-replies")
IDS = ("C0SMS", "C0ALERTS", "C0REVIEWS", "C0REPLIES")
LINES = 12


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again soon."""
    monkeypatch.setattr(showing, "FIRST_RETRY", timedelta(milliseconds=5))
    monkeypatch.setattr(showing, "LAST_RETRY", timedelta(milliseconds=20))


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen failures within a moment tell nothing about a message."""
    for name in ("SUSPECT_AFTER", "SUSPECT_AT_LAST"):
        monkeypatch.setattr(lane_work, name, 1_000)


def paced(stage: Stage, pace: Pace) -> Stage:
    return replace(stage, services=replace(stage.services, lanes=Lanes(pace)))


def ids_of(stage: Stage, channel: str, *, in_thread: bool = False) -> list[str]:
    """The keys of what stands in a channel, as it came."""
    return [
        message["metadata"]["event_payload"]["id"]
        for message in stage.workspace.messages(channel)
        if message.get("metadata") and is_reply(message) is in_thread
    ]


async def drain(stage: Stage) -> None:
    """As the worker does, until nothing waits."""
    now = stage.services.clock()
    while (due := await deliver_posts.run(stage.services, now)) is not None:
        await asyncio.sleep(max(0.0, (due - stage.services.clock()).total_seconds()))
        now = stage.services.clock()
    assert await left(stage) == 0


async def fill(stage: Stage) -> None:
    """In every channel a line of posts and a thread."""

    def run(tx: Tx) -> None:
        for nth in range(LINES):
            for place in PLACES:
                posts.add(tx, f"{place}:{nth:02}", KIND, FACTS, channel=place, now=stage.now)
                posts.add_under(tx, f"{place}:00", f"{place}:t{nth:02}", KIND, FACTS, stage.now)

    await stage.services.db.write(run)


@pytest.mark.usefixtures("impatient", "trusting")
@pytest.mark.parametrize("seed", range(3))
async def test_whatever_slack_does_all_is_said_once_and_in_order(stage: Stage, seed: int) -> None:
    dice = Random(seed)
    await fill(stage)
    methods = (POST, "conversations.history", "conversations.replies", "users.conversations")
    kinds = (FaultKind.SERVER_ERROR, FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER)
    for _ in range(36):
        strike(stage, dice.choice((POST, POST, *methods)), dice.choice(kinds), times=1)
    await drain(stage)
    for place, channel in zip(PLACES, IDS, strict=True):
        assert ids_of(stage, channel) == [f"{place}:{nth:02}" for nth in range(LINES)]
        replies = ids_of(stage, channel, in_thread=True)
        assert replies == [f"{place}:t{nth:02}" for nth in range(LINES)]


async def test_a_channel_has_no_more_than_one_message_in_its_time(stage: Stage) -> None:
    pace = Pace(between_posts_s=0.04, rates={})
    stage = paced(stage, pace)
    await fill(stage)
    await drain(stage)
    for channel in IDS:
        times = sorted(float(message["ts"]) for message in stage.workspace.messages(channel))
        assert len(times) == 2 * LINES
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert min(gaps) >= pace.between_posts_s


async def test_cards_and_posts_share_the_lane_of_their_channel(stage: Stage) -> None:
    pace = Pace(between_posts_s=0.04, rates={})
    stage = paced(stage, pace)
    for number in ("+8613800000001", "+8613800000002", "+8613800000003"):
        await stage.queue(number)
    for nth in range(3):
        await add(stage, f"k{nth}", channel="C0SMS")
    now = stage.services.clock()
    await asyncio.gather(
        deliver_posts.run(stage.services, now), post_cards.run(stage.services, now)
    )
    times = sorted(float(message["ts"]) for message in stage.workspace.messages("C0SMS"))
    assert len(times) == 6
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= pace.between_posts_s


async def test_where_slack_asks_for_time_it_is_given_and_no_other_channel_waits(
    stage: Stage,
) -> None:
    stage.workspace.faults.add(
        Fault(POST, FaultKind.RATE_LIMITED, None, channel="C0SMS", retry_after_s=30)
    )
    began = stage.services.clock()
    for nth in range(3):
        await add(stage, f"stuck{nth}", channel="C0SMS")
        await add(stage, f"free{nth}", channel="C0ALERTS")
    for _ in range(3):
        await deliver_posts.run(stage.services, stage.services.clock())
    assert ids_of(stage, "C0ALERTS") == ["free0", "free1", "free2"]
    asked = [e for e in stage.workspace.trace.exchanges(POST) if e.request["channel"] == "C0SMS"]
    assert len(asked) == 1
    due = await deliver_posts.run(stage.services, stage.services.clock())
    assert due is not None
    assert began + timedelta(seconds=30) <= due <= stage.services.clock() + timedelta(seconds=30)


async def test_after_a_restart_a_channel_is_still_given_the_time_it_asked_for(stage: Stage) -> None:
    stage.workspace.faults.add(
        Fault(POST, FaultKind.RATE_LIMITED, None, channel="C0SMS", retry_after_s=30)
    )
    await add(stage, "stuck", channel="C0SMS")
    await deliver_posts.run(stage.services, stage.services.clock())
    again = paced(stage, Pace(0.0, {}, 0.0))
    await add(again, "behind", channel="C0SMS")
    await add(again, "free", channel="C0ALERTS")
    await deliver_posts.run(again.services, again.services.clock())
    assert ids_of(stage, "C0ALERTS") == ["free"]
    asked = [e for e in stage.workspace.trace.exchanges(POST) if e.request["channel"] == "C0SMS"]
    assert len(asked) == 1


async def test_a_channel_that_does_not_answer_holds_up_no_other(stage: Stage) -> None:
    stage.workspace.faults.add(Fault(POST, FaultKind.SLOW, None, channel="C0SMS", delay_s=60))
    await add(stage, "stuck", channel="C0SMS")
    running = asyncio.create_task(deliver_posts.run(stage.services, stage.services.clock()))
    await stage.workspace.wait_for(lambda: ids_of(stage, "C0SMS"), 30)
    # It came later, while the other one is under way.
    await add(stage, "free", channel="C0ALERTS")
    stage.services.posts_due.set()
    await stage.workspace.wait_for(lambda: ids_of(stage, "C0ALERTS"), 30)
    assert not running.done()
    stage.services.stopping.set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_damaged_row_says_that_it_is_and_holds_up_nothing(stage: Stage) -> None:
    await add(stage, "damaged", channel="C0SMS")
    await add(stage, "good", channel="C0SMS")
    await stage.change("UPDATE posts SET facts = 'k1:AAAA' WHERE key = 'damaged'")
    await deliver(stage)
    note, good = said(stage)
    assert "cannot be shown" in note
    assert "`damaged`" in note
    assert "withdrew" in good
    assert await left(stage) == 0


@pytest.mark.usefixtures("impatient")
async def test_a_message_slack_stumbles_over_lets_others_by_and_is_tried_again(
    stage: Stage,
) -> None:
    """What is behind it is said as soon as it is clear that Slack is not in trouble."""
    await add(stage, "elsewhere", channel="C0ALERTS")
    await deliver(stage)
    for key in ("poison", "one", "two"):
        await add(stage, key, channel="C0SMS")
    strike(stage, POST, FaultKind.SERVER_ERROR, times=SUSPECT_AFTER + 1)
    await drain(stage)
    first, *others = ids_of(stage, "C0SMS")
    assert first == "one"
    assert sorted(others) == ["poison", "two"]


@pytest.mark.parametrize("how", ["archived", "removed"])
async def test_what_a_channel_takes_no_more_goes_to_the_fallback_channel(
    stage: Stage, how: str
) -> None:
    settings = stage.services.settings
    channels = settings.channels.model_copy(update={"fallback": "#sms"})
    settings = settings.model_copy(update={"channels": channels})
    stage = replace(stage, services=replace(stage.services, settings=settings))
    await add(stage, "root", channel="#sms-alerts")
    await deliver(stage)
    if how == "archived":
        stage.workspace.admin.archive("C0ALERTS")
    else:
        stage.workspace.admin.remove("C0ALERTS", "U0SMSBOT")

    def more(tx: Tx) -> None:
        facts = {**FACTS, "user": "U0BO"}
        posts.correct(tx, "root", "root:1", KIND, facts, stage.now)
        posts.add_under(tx, "root", "line", KIND, FACTS, stage.now)
        posts.add(tx, "next", KIND, FACTS, channel="#sms-alerts", now=stage.now)

    await stage.services.db.write(more)
    await deliver(stage)
    assert await left(stage) == 0
    # A message in a channel the bot is not in can still be changed; in an archived one it cannot.
    keys = ids_of(stage, "C0SMS") + ids_of(stage, "C0SMS", in_thread=True)
    assert sorted(keys) == ["line", "next", *(["root"] if how == "archived" else [])]
    for message in stage.workspace.messages("C0SMS"):
        assert "Meant for #sms-alerts" in str(message["blocks"])
    corrected = said(stage, "C0SMS" if how == "archived" else "C0ALERTS")
    assert any("U0BO" in text for text in corrected)


@pytest.mark.parametrize("closed", ["C0SMS", "D0MAYA"])
async def test_where_the_fallback_channel_is_closed_too_the_admins_are_told(
    stage: Stage, closed: str
) -> None:
    settings = stage.services.settings
    channels = settings.channels.model_copy(update={"fallback": "#nowhere"})
    settings = settings.model_copy(update={"channels": channels})
    stage = replace(stage, services=replace(stage.services, settings=settings))
    strike(stage, "conversations.open", FaultKind.SERVER_ERROR, times=int(closed == "D0MAYA"))
    await add(stage, channel="#also-nowhere")
    await deliver(stage)
    await deliver(stage)
    (text,) = [m for m in stage.workspace.messages("D0MAYA") if m.get("bot_id")]
    assert "Meant for #also-nowhere" in str(text["blocks"])
    assert await left(stage) == 0


async def test_while_the_token_is_revoked_everything_waits(stage: Stage) -> None:
    await fill(stage)
    stage.workspace.admin.revoke()
    await deliver(stage)
    await deliver(stage)
    assert await left(stage) == 2 * LINES * len(PLACES)
    stage.workspace.admin.revoke(revoked=False)
    for _ in range(2):
        await deliver(stage)
    assert await left(stage) == 0
    assert Counter(ids_of(stage, "C0SMS")).most_common(1)[0][1] == 1


def long_message(lines: int, *, buttons: bool = True) -> Any:
    def render(facts: Mapping[str, Any], locale: Any) -> Any:
        section = {"type": "section", "text": {"type": "mrkdwn", "text": ""}}
        blocks = [
            {**section, "text": {"type": "mrkdwn", "text": f"line {nth} {'x' * 100}"}}
            for nth in range(lines)
        ]
        button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Do"}}
        actions = {"type": "actions", "elements": [button]}
        return SlackMessage("long", (*blocks, *([actions] if buttons else [])))

    return render


@pytest.mark.parametrize("lines", [BLOCKS_MAX + 10, 40])
async def test_what_is_too_long_becomes_a_file_in_its_thread(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    render = long_message(lines)
    monkeypatch.setattr(deliver_posts, "KINDS", {KIND: render})
    monkeypatch.setattr("bot.slack.messages.overlong.WORDS_MAX", 3_000)
    await add(stage, channel="C0SMS")
    strike(stage, "files.completeUploadExternal", FaultKind.DROP_AFTER)
    await deliver(stage)
    await stage.workspace.wait_for(
        lambda: [m for m in stage.workspace.messages("C0SMS") if m.get("files")], 30
    )
    await deliver(stage)
    short, *files = stage.workspace.messages("C0SMS")
    assert len(short["blocks"]) <= BLOCKS_MAX + 1
    assert "actions" in {block["type"] for block in short["blocks"]}
    assert "in the file" in str(short["blocks"][-1])
    (shown,) = [file for message in files for file in message["files"]]
    assert files[0]["thread_ts"] == short["ts"]
    body = await stage.services.slack.download(shown["url_private"], 100_000, 5)
    assert isinstance(body, bytes)
    assert f"line {lines - 1} " in body.decode()
    assert await left(stage) == 0


async def test_what_slack_refuses_for_its_form_is_said_in_words_alone(stage: Stage) -> None:
    await add(stage, channel="C0SMS")
    stage.workspace.faults.add(Fault(POST, FaultKind.REFUSED, error="invalid_blocks"))
    await deliver(stage)
    (message,) = [each for each in stage.workspace.messages("C0SMS") if each.get("bot_id")]
    assert "withdrew" in message["text"]
    assert await left(stage) == 0


async def test_edits_are_made_no_faster_than_slack_allows_and_the_last_one_counts(
    stage: Stage,
) -> None:
    await add(stage, channel="C0SMS")
    await deliver(stage)
    for nth in range(30):
        await correct(stage, f"k:{nth}", f"U{nth}")
    await deliver(stage)
    assert len(stage.workspace.trace.exchanges("chat.update")) == 1
    assert "<@U29>" in said(stage)[0]


async def test_the_age_of_the_outbox_is_that_of_what_waits_longest(stage: Stage) -> None:
    read = stage.services.db.read
    assert await read(posts.oldest_waiting, stage.now) is None
    began = stage.now
    await add(stage, "first", channel="#nowhere-yet")
    await add(stage, "second", channel="C0SMS")
    since = await read(posts.oldest_waiting, stage.now)
    assert since is not None
    assert began - timedelta(seconds=1) < since <= stage.now
    stage.workspace.admin.regroup("S0ADMINS", [])
    await deliver(stage)
    assert await read(posts.oldest_waiting, stage.now) == since
