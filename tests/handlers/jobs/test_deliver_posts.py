"""What is to be said once, over real HTTP, whatever Slack does on the way."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.rules.alerts import Severity
from bot.rules.escalation import Means, StepState
from bot.sandbox.workspace.faults import Fault, FaultKind
from handlers.flows import alert_cards, oncall_messages
from handlers.jobs import deliver_posts, post_cards
from handlers.jobs.deliver_posts import URGENT_FOR
from storage import alert_groups, escalations, posts
from storage.db import Tx
from storage.escalations import NewStep
from storage.ids import to_ms
from tests.handlers.flows.asks import ask
from tests.handlers.jobs.conftest import Stage
from tests.slack.summed import QUIET
from tests.storage.rows import LIN

POST, REPLIES = "chat.postMessage", "conversations.replies"
FAR = timedelta(hours=1)
KIND = "approval.withdrawn"
FACTS: Mapping[str, Any] = {
    "request_id": "R-1",
    "kind": "template.create",
    "name": "发货通知",
    "requester": LIN,
    "user": LIN,
}


def strike(stage: Stage, target: str, kind: FaultKind, times: int = 1) -> None:
    stage.workspace.faults.add(Fault(target, kind, times))


async def add(stage: Stage, key: str = "k", kind: str = KIND, **place: Any) -> None:
    def run(tx: Tx) -> None:
        posts.add(tx, key, kind, FACTS, now=stage.now, **place)

    await stage.services.db.write(run)


async def deliver(stage: Stage, after: timedelta = FAR) -> None:
    await deliver_posts.run(stage.services, stage.now + after)


async def left(stage: Stage) -> int:
    """How many are still to be said."""
    rows = await stage.services.db.read(
        lambda tx: tx.all("SELECT 1 FROM posts WHERE done_at_ms IS NULL")
    )
    return len(rows)


async def ask_in(stage: Stage) -> str:
    """A request whose card is shown and whose thread has its first line to say."""
    settings = stage.services.settings
    request = await stage.services.db.write(ask, settings, now=stage.now)
    await post_cards.run(stage.services, stage.now + FAR)
    return request.id


def said(stage: Stage, channel: str = "C0SMS", *, in_thread: bool = False) -> list[str]:
    return [
        message["text"]
        for message in stage.workspace.messages(channel)
        if message.get("bot_id") and is_reply(message) is in_thread
    ]


def is_reply(message: Mapping[str, Any]) -> bool:
    # The root of a thread names itself.
    return bool(message.get("thread_ts", message["ts"]) != message["ts"])


async def test_it_is_said_once_in_its_channel(stage: Stage) -> None:
    await add(stage, channel="#sms-reviews")
    await deliver(stage)
    await deliver(stage)
    assert len(said(stage, "C0REVIEWS")) == 1
    assert await left(stage) == 0


async def test_a_person_hears_it_alone_and_in_their_language(stage: Stage) -> None:
    await add(stage, user_id=LIN)
    await deliver(stage)
    (text,) = said(stage, "D0LIN")
    assert "撤回" in text
    assert said(stage) == []


async def test_a_thread_is_under_its_card_and_in_order(stage: Stage) -> None:
    request_id = await ask_in(stage)
    await add(stage, "later", request_id=request_id)
    await deliver(stage)
    first, second = said(stage, in_thread=True)
    assert "asked for this" in first
    assert "withdrew" in second
    messages = stage.workspace.messages("C0SMS")
    (card,) = [message for message in messages if not is_reply(message)]
    assert {message["thread_ts"] for message in messages} == {card["ts"]}


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE])
@pytest.mark.parametrize("in_thread", [True, False])
async def test_what_may_be_there_is_looked_for_before_it_is_said_again(
    stage: Stage, kind: FaultKind, *, in_thread: bool
) -> None:
    if in_thread:
        await ask_in(stage)
    else:
        await add(stage, channel="C0SMS")
    strike(stage, POST, kind)
    await deliver(stage)
    assert await left(stage) == 1
    await deliver(stage)
    assert len(said(stage, in_thread=in_thread)) == 1
    assert await left(stage) == 0


async def test_where_looking_fails_it_is_looked_for_later(stage: Stage) -> None:
    await ask_in(stage)
    strike(stage, POST, FaultKind.DROP_AFTER)
    await deliver(stage)
    strike(stage, REPLIES, FaultKind.SERVER_ERROR)
    await deliver(stage)
    assert await left(stage) == 1
    await deliver(stage)
    assert len(said(stage, in_thread=True)) == 1


@pytest.mark.parametrize("kind", [FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR])
async def test_what_slack_refuses_for_now_is_said_later(stage: Stage, kind: FaultKind) -> None:
    await add(stage, channel="C0SMS")
    strike(stage, POST, kind)
    await deliver(stage)
    assert await left(stage) == 1
    await deliver(stage)
    assert len(said(stage)) == 1


@pytest.mark.parametrize("channel", ["C0NONE", "#nowhere", "general"])
async def test_what_a_channel_will_not_have_is_said_to_who_asked(
    stage: Stage, channel: str
) -> None:
    request_id = await ask_in(stage)
    await add(stage, request_id=request_id, channel=channel)
    await deliver(stage)
    await deliver(stage)
    assert len(said(stage, "D0LIN")) == 1
    assert await left(stage) == 0


async def test_what_nobody_asked_for_and_no_channel_takes_is_said_to_the_admins(
    stage: Stage,
) -> None:
    await add(stage, channel="#nowhere")
    await deliver(stage)
    await deliver(stage)
    (message,) = [each for each in stage.workspace.messages("D0MAYA") if each.get("bot_id")]
    assert "withdrew" in message["text"]
    assert "Meant for #nowhere" in message["blocks"][-1]["elements"][0]["text"]
    assert await left(stage) == 0


@pytest.mark.parametrize("is_told", [True, False])
async def test_while_no_admin_is_known_it_waits_for_its_channel(
    stage: Stage, *, is_told: bool
) -> None:
    if is_told:
        stage.workspace.admin.regroup("S0ADMINS", [])
    else:
        strike(stage, "usergroups.list", FaultKind.SERVER_ERROR, times=9)
    await add(stage, channel="#not-yet")
    await deliver(stage)
    assert await left(stage) == 1


async def test_a_person_who_is_gone_hears_nothing(stage: Stage) -> None:
    await add(stage, user_id="U0NONE")
    await deliver(stage)
    assert await left(stage) == 0


async def test_under_a_card_that_was_deleted_it_is_said_to_who_asked(stage: Stage) -> None:
    await ask_in(stage)
    await stage.change("UPDATE cards SET ts = '1.000001'")
    await deliver(stage)
    await deliver(stage)
    assert len(said(stage, "D0LIN")) == 1


async def test_a_kind_nobody_knows_does_not_keep_the_others(stage: Stage) -> None:
    await add(stage, "bad", "never.heard_of", channel="C0SMS")
    await add(stage, "good", channel="C0SMS")
    await deliver(stage)
    note, good = said(stage)
    assert "`never.heard_of`, `bad`" in note
    assert "withdrew" in good
    assert await left(stage) == 0


async def test_one_that_breaks_does_not_keep_the_others(stage: Stage) -> None:
    await add(stage, "bad", "approval.counted", channel="C0SMS")
    await add(stage, "good", channel="C0SMS")
    await deliver(stage)
    assert len(said(stage)) == 1
    assert await left(stage) == 1


async def test_who_cannot_be_reached_for_a_day_is_let_be(stage: Stage) -> None:
    await add(stage, user_id=LIN)
    fault = Fault("conversations.open", FaultKind.REFUSED, 2, error="not_this_one")
    stage.workspace.faults.add(fault)
    await deliver(stage)
    assert await left(stage) == 1
    await stage.change("UPDATE posts SET created_at_ms = 0")
    await deliver(stage)
    assert await left(stage) == 0


async def test_who_cannot_be_reached_while_slack_is_away_is_told_when_it_is_back(
    stage: Stage,
) -> None:
    await add(stage, user_id=LIN)
    await stage.change("UPDATE posts SET created_at_ms = 0")
    strike(stage, "conversations.open", FaultKind.SERVER_ERROR)
    await deliver(stage)
    await deliver(stage)
    assert len(said(stage, "D0LIN")) == 1


@pytest.mark.parametrize(
    "code",
    [
        *("restricted_action_read_only_channel", "restricted_action_thread_only_channel"),
        *("channel_type_not_supported", "team_access_not_granted", "user_not_in_channel"),
        *("ekm_access_denied", "restricted_action"),
    ],
)
async def test_a_channel_that_will_have_nothing_of_ours_is_not_asked_again(
    stage: Stage, code: str
) -> None:
    await add(stage, channel="#sms-alerts")
    stage.workspace.faults.add(Fault(POST, FaultKind.REFUSED, error=code))
    await deliver(stage)
    await deliver(stage)
    (text,) = said(stage, "D0MAYA")
    assert "withdrew" in text
    assert await left(stage) == 0


async def begin_to_reach(stage: Stage, who: str) -> str:
    """A group of alerts about which `who` is to be written to; its id."""
    settings, now = stage.services.settings, stage.now

    def run(tx: Tx) -> str:
        group = alert_groups.open_new(
            tx,
            key="k",
            receiver="default",
            channel="C0ALERTS",
            labels={},
            severity=Severity.CRITICAL,
            look_at=now,
            now=now,
        )
        begun = escalations.begin(tx, group.id, "default", now)
        escalations.save(tx, replace(begun, due_at=now + FAR))
        step = NewStep(Means.DM, "primary", who, StepState.TOLD)
        nth = escalations.add_step(tx, begun, step, now).nth
        key = oncall_messages.key_of(group.id, begun.nth, nth, who)
        facts = {"group": group.id, "card": alert_cards.facts(tx, group, settings, now)}
        posts.add(tx, key, oncall_messages.DIRECT, facts, user_id=who, now=now)
        return group.id

    return await stage.services.db.write(run)


async def test_after_a_message_of_a_step_that_nobody_can_get_the_next_step_is_due(
    stage: Stage,
) -> None:
    group_id = await begin_to_reach(stage, "U0NONE")
    stage.services.calls_due.clear()
    await deliver(stage)
    assert await left(stage) == 0
    (step,) = await stage.services.db.read(escalations.steps_of, group_id)
    assert (step.state, step.detail) == (StepState.FAILED, "user_not_found")
    due = await stage.services.db.read(escalations.next_due)
    assert due is not None
    assert due <= stage.now
    assert stage.services.calls_due.is_set()


async def test_what_wakes_somebody_waits_minutes_for_its_place_and_not_a_day(
    stage: Stage,
) -> None:
    await begin_to_reach(stage, LIN)
    strange = Fault("conversations.open", FaultKind.REFUSED, None, error="not_this_one")
    stage.workspace.faults.add(strange)
    await deliver(stage)
    assert await left(stage) == 1
    ago = URGENT_FOR + timedelta(seconds=1)
    await stage.change("UPDATE posts SET created_at_ms = :at", at=to_ms(stage.now - ago))
    await deliver(stage)
    assert await left(stage) == 0


async def test_what_is_not_due_is_left(stage: Stage) -> None:
    await add(stage, channel="C0SMS")
    await deliver(stage, -FAR)
    assert said(stage) == []


async def correct(stage: Stage, key: str, requester: str) -> None:
    def run(tx: Tx) -> None:
        facts = {**FACTS, "requester": requester, "user": requester}
        posts.correct(tx, "k", key, KIND, facts, stage.now)

    await stage.services.db.write(run)


async def test_a_correction_changes_the_message_in_its_place(stage: Stage) -> None:
    await add(stage, channel="#sms-reviews")
    await deliver(stage)
    (before,) = said(stage, "C0REVIEWS")
    await correct(stage, "k:1", "U0MAYA")
    await deliver(stage)
    (after,) = said(stage, "C0REVIEWS")
    assert before != after
    assert "U0MAYA" in after
    assert await left(stage) == 0


async def test_a_correction_that_slack_takes_late_is_made_all_the_same(stage: Stage) -> None:
    await add(stage, channel="#sms-reviews")
    await deliver(stage)
    strike(stage, "chat.update", FaultKind.SERVER_ERROR)
    await correct(stage, "k:1", "U0MAYA")
    await deliver(stage)
    assert await left(stage) == 1
    await deliver(stage, 2 * FAR)
    assert "U0MAYA" in said(stage, "C0REVIEWS")[0]


async def test_what_the_admins_were_told_instead_is_corrected_with_each_of_them(
    stage: Stage,
) -> None:
    await add(stage, channel="C0GONE")
    await deliver(stage)
    await correct(stage, "k:1", "U0MAYA")
    await deliver(stage)
    assert [text.count("U0MAYA") for text in said(stage, "D0MAYA")] == [1]
    assert await left(stage) == 0


async def test_what_was_deleted_in_slack_is_said_anew_where_it_changes(stage: Stage) -> None:
    await add(stage, channel="#sms-reviews")
    await deliver(stage)
    await stage.change("UPDATE posts SET ts = '1.000001'")
    await correct(stage, "k:1", "U0MAYA")
    await deliver(stage)
    _, anew = said(stage, "C0REVIEWS")
    assert "U0MAYA" in anew
    await correct(stage, "k:2", "U0BO")
    await deliver(stage)
    assert "U0BO" in said(stage, "C0REVIEWS")[1]
    assert await left(stage) == 0


async def add_summary(stage: Stage, picture: str) -> None:
    """One with a picture Slack may not know."""
    facts = {**QUIET, "is_quiet": False, "picture": picture, "picture_note": ""}
    await stage.services.db.write(
        lambda tx: posts.add(tx, "s", "summary", facts, channel="C0SMS", now=stage.now)
    )


async def test_a_picture_slack_does_not_show_yet_is_waited_for_and_then_left_out(
    stage: Stage,
) -> None:
    await add_summary(stage, "F0NOTYET")
    await deliver(stage, timedelta())
    assert said(stage) == []
    assert await left(stage) == 1
    await stage.change("UPDATE posts SET created_at_ms = created_at_ms - 3600000")
    await deliver(stage)
    (message,) = [each for each in stage.workspace.messages("C0SMS") if each.get("bot_id")]
    assert "image" not in {block["type"] for block in message["blocks"]}
    assert "Slack does not show it" in str(message["blocks"])
    assert await left(stage) == 0
