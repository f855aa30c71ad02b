from datetime import timedelta

import pytest

from bot.sandbox.workspace.faults import Fault, FaultKind
from handlers.flows import cards as showing
from handlers.jobs import post_cards
from storage import cards
from storage.cards import Card
from storage.db import Tx
from storage.ids import RequestId
from tests.handlers.flows.asks import ask
from tests.handlers.flows.running import approve_job
from tests.handlers.jobs.conftest import Stage
from tests.handlers.jobs.test_sending_jobs import numbers
from tests.journeys.people import SMS, words_of
from tests.storage.rows import NOW, OTHER_NUMBER

POST, EDIT, HISTORY = "chat.postMessage", "chat.update", "conversations.history"
FAR = timedelta(hours=1)


def strike(stage: Stage, target: str, kind: FaultKind, times: int = 1) -> None:
    stage.workspace.faults.add(Fault(target, kind, times))


async def post(stage: Stage, after: timedelta = FAR) -> None:
    """One look at the cards, long enough after the last for every wait to be over."""
    await post_cards.run(stage.services, stage.now + after)


async def waiting(stage: Stage) -> int:
    return await stage.services.db.read(cards.count_waiting)


async def test_a_card_is_posted_once_and_then_edited(stage: Stage) -> None:
    message = await stage.queue()
    await post(stage)
    assert len(stage.cards()) == 1
    assert await waiting(stage) == 0
    await stage.services.db.write(cards.touch, message.request_id, stage.now)
    await post(stage)
    assert len(stage.cards()) == 1
    assert await waiting(stage) == 0


async def test_the_card_of_a_job_about_to_start_says_so_though_nothing_happens_to_it(
    stage: Stage,
) -> None:
    now = stage.now

    def approve(tx: Tx) -> None:
        approve_job(tx, numbers(3), at=now + FAR, now=now)

    await stage.services.db.write(approve)
    shown = []
    for at in (now, now + FAR - timedelta(seconds=10)):
        await post_cards.run(stage.services, at)
        (card,) = (each for each in stage.workspace.messages(SMS) if each.get("bot_id"))
        shown.append(words_of(card))
    assert shown[0] != shown[1]


async def test_what_is_not_due_is_left(stage: Stage) -> None:
    await stage.queue()
    await post(stage, -FAR)
    assert stage.cards() == []


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE])
async def test_a_post_whose_answer_was_lost_is_looked_for(stage: Stage, kind: FaultKind) -> None:
    await stage.queue()
    strike(stage, POST, kind)
    await post(stage)
    assert await waiting(stage) == 1
    await post(stage)
    assert len(stage.cards()) == 1
    assert await waiting(stage) == 0


@pytest.mark.parametrize(
    "kind", [FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR, FaultKind.DROP_BEFORE]
)
@pytest.mark.parametrize("target", [HISTORY, EDIT])
async def test_a_look_that_failed_does_not_forget_the_post(
    stage: Stage, target: str, kind: FaultKind
) -> None:
    await stage.queue()
    strike(stage, POST, FaultKind.DROP_AFTER)
    await post(stage)
    strike(stage, target, kind, times=2)
    for _ in range(4):
        await post(stage)
    assert len(stage.cards()) == 1
    assert await waiting(stage) == 0


async def test_a_post_that_was_certainly_refused_is_not_looked_for(stage: Stage) -> None:
    await stage.queue()
    strike(stage, POST, FaultKind.RATE_LIMITED)
    await post(stage)
    strike(stage, HISTORY, FaultKind.SERVER_ERROR)
    await post(stage)
    assert len(stage.cards()) == 1


async def test_one_card_that_cannot_be_made_does_not_keep_the_others(stage: Stage) -> None:
    poison = await stage.queue()
    await stage.queue(OTHER_NUMBER)
    await stage.change(
        "UPDATE messages SET state = 6, detail = 'never_heard_of' WHERE id = :id", id=poison.id
    )
    await post(stage)
    assert len(stage.cards()) == 1
    # It waits longer each time, and is shown as soon as it can be.
    (left,) = await stage.services.db.read(cards.find_due, stage.now + FAR, 10)
    assert left.failures == 1
    await stage.change("UPDATE messages SET detail = 'shape' WHERE id = :id", id=poison.id)
    await post(stage)
    assert len(stage.cards()) == 2


async def test_a_request_that_cannot_be_read_does_not_keep_the_others(stage: Stage) -> None:
    poison = await stage.services.db.write(ask, stage.services.settings, now=stage.now)
    await stage.services.db.write(ask, stage.services.settings, now=stage.now)
    await stage.change("UPDATE requests SET kind = 'signature.create' WHERE id = :id", id=poison.id)
    await post(stage)
    assert len(stage.cards()) == 1
    assert await waiting(stage) == 1


async def test_a_channel_closed_to_the_bot_sends_the_card_to_its_requester(stage: Stage) -> None:
    await stage.queue()
    await stage.change("UPDATE requests SET channel = 'C0NONE'")
    await stage.change("UPDATE cards SET channel = 'C0NONE'")
    await post(stage)
    await post(stage)
    assert stage.cards() == []
    assert len(stage.cards("D0LIN")) == 1


@pytest.mark.parametrize("place", ["C0NONE", "#sms-approvals", "general"])
async def test_where_its_own_place_is_closed_the_card_goes_where_it_was_asked_for(
    stage: Stage, place: str
) -> None:
    await stage.queue()
    await stage.change("UPDATE cards SET channel = :place", place=place)
    await post(stage)
    await post(stage)
    assert len(stage.cards()) == 1
    assert stage.cards("D0LIN") == []


async def test_a_card_that_no_place_takes_is_given_up(stage: Stage) -> None:
    await stage.queue()
    await stage.change("UPDATE requests SET channel = 'C0NONE', requester = 'U0NONE'")
    await stage.change("UPDATE cards SET channel = 'C0NONE'")
    for _ in range(3):
        await post(stage)
    assert await waiting(stage) == 0


async def test_a_place_may_be_given_by_its_name(stage: Stage) -> None:
    await stage.queue()
    await stage.change("UPDATE cards SET channel = '#sms-reviews'")
    await post(stage)
    assert len(stage.cards("C0REVIEWS")) == 1
    rows = await stage.services.db.read(lambda tx: tx.all("SELECT channel FROM cards"))
    assert [row["channel"] for row in rows] == ["C0REVIEWS"]


async def test_a_lost_post_is_looked_for_where_the_name_leads(stage: Stage) -> None:
    await stage.queue()
    await stage.change("UPDATE cards SET channel = '#sms-reviews'")
    strike(stage, POST, FaultKind.DROP_AFTER)
    await post(stage)
    await post(stage)
    assert len(stage.cards("C0REVIEWS")) == 1


def test_waits_double_up_to_a_minute_unless_slack_says() -> None:
    cards_ = [Card(RequestId("R-1"), "C0SMS", None, 1, None, failures) for failures in range(12)]
    waits = [showing.next_try(card.failures, NOW, None) - NOW for card in cards_]
    assert waits[:3] == [timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=4)]
    assert waits[-1] == timedelta(minutes=1)
    assert showing.next_try(cards_[3].failures, NOW, 30.0) - NOW == timedelta(seconds=30)


async def test_the_card_of_a_damaged_request_does_not_keep_the_others(stage: Stage) -> None:
    damaged = await stage.queue()
    await stage.queue(OTHER_NUMBER)
    broken = "UPDATE requests SET payload = 'broken' WHERE id = :id"
    await stage.change(broken, id=damaged.request_id)
    await post(stage)
    assert len(stage.cards()) == 1
    (left,) = await stage.services.db.read(cards.find_due, stage.now + FAR, 10)
    assert (left.request_id, left.failures) == (damaged.request_id, 1)
