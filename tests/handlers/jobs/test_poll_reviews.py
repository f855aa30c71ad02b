from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.alerts import AlertKind
from bot.rules.content import ReviewState
from bot.rules.review_hours import ReviewKind
from bot.sandbox.tencent.config import AccountKind
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.sandbox.tencent.review import approve as pass_
from bot.sandbox.tencent.review import approve_unusable, reject
from handlers.flows.reviews import AFTER_REFUSAL
from handlers.jobs import poll_reviews, refresh_content, watch_reviews
from storage import alerts, reviews
from storage.db import Tx
from storage.reviews import Review
from tests.handlers.jobs.conftest import Stage
from tests.handlers.jobs.submitting import approve, change_of, posts, submit
from tests.journeys.clock import HandClock

LIST, SIGN_LIST = "DescribeSmsTemplateList", "DescribeSmsSignList"
PENDING = 1000


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


async def poll(stage: Stage) -> None:
    await poll_reviews.run(stage.services, stage.now)


async def submitted(stage: Stage) -> int:
    """A template of ours in review; returns its id."""
    request_id = await approve(stage)
    await submit(stage)
    template_id = int((await change_of(stage, request_id)).content_id)
    templates = stage.sandbox.world.state.templates
    # Nobody but the test decides on it.
    templates[template_id] = replace(templates[template_id], decide_at_ms=None)
    return template_id


def open_reviews(tx: Tx) -> list[Review]:
    return reviews.find_open(tx, ReviewKind.TEMPLATE)


@contextmanager
def watched(stage: Stage) -> Iterator[list[str]]:
    """What the writer runs."""
    ran: list[str] = []
    stage.services.db._writer_conn.set_trace_callback(ran.append)
    yield ran
    stage.services.db._writer_conn.set_trace_callback(None)


async def test_a_verdict_is_found_and_told_once(stage: Stage, clock: HandClock) -> None:
    template_id = await submitted(stage)
    await poll(stage)
    assert await posts(stage, "review.") == []
    templates = stage.sandbox.world.state.templates
    templates[template_id] = reject(templates[template_id], "内容太短。")
    for _ in range(3):
        clock.advance(timedelta(minutes=2))
        await poll(stage)
        await refresh_content.run(stage.services, stage.now)
    told = await posts(stage, "review.")
    assert [each.kind for each in told] == ["review.result"] * len(told)
    assert told[0].facts["reply"] == "内容太短。"
    assert len({(each.channel, each.request_id) for each in told}) == len(told)
    assert stage.services.posts_due.is_set()


async def test_a_damaged_request_keeps_no_verdict_from_being_told(
    stage: Stage, clock: HandClock
) -> None:
    template_id = await submitted(stage)
    await poll(stage)
    await stage.change("UPDATE requests SET payload = 'broken'")
    templates = stage.sandbox.world.state.templates
    templates[template_id] = reject(templates[template_id], "内容太短。")
    clock.advance(timedelta(minutes=2))
    await poll(stage)
    assert "review.result" in {each.kind for each in await posts(stage, "review.")}
    assert await stage.services.db.read(alerts.find_open) != []


async def test_what_is_approved_and_not_usable_is_followed_until_it_is(
    stage: Stage, clock: HandClock
) -> None:
    template_id = await submitted(stage)
    templates = stage.sandbox.world.state.templates
    config = stage.sandbox.world.config
    waiting = approve_unusable(templates[template_id])
    for verdict in (waiting, pass_(waiting, config, 0)):
        templates[template_id] = verdict
        clock.advance(timedelta(minutes=2))
        await poll(stage)
    seen = [each.facts["state"] for each in await posts(stage, "review.") if each.request_id]
    assert seen[:1] == [ReviewState.APPROVED_NOT_USABLE]
    assert seen[-1:] == [ReviewState.USABLE]
    asked = stage.asked(LIST)
    clock.advance(timedelta(days=1))
    await poll(stage)
    assert stage.asked(LIST) == asked


async def test_a_thousand_pending_cost_ten_questions_and_one_transaction(
    stage: Stage, clock: HandClock
) -> None:
    templates = stage.sandbox.world.state.templates
    pattern = templates[1114]
    for number in range(5000, 5000 + PENDING):
        templates[number] = replace(pattern, template_id=number)

    def begin(tx: Tx) -> None:
        for number in range(5000, 5000 + PENDING):
            reviews.begin(
                tx,
                ReviewKind.TEMPLATE,
                str(number),
                international=False,
                request_id=None,
                submitted_at=stage.now,
                poll_at=stage.now,
            )

    await stage.services.db.write(begin)
    clock.advance(timedelta(seconds=15))
    with watched(stage) as ran:
        await poll(stage)
    assert stage.asked(LIST) == 10
    assert ran.count("BEGIN IMMEDIATE") == 1
    polled = [each.polled_at for each in await stage.services.db.read(open_reviews)]
    assert len(polled) == PENDING
    assert None not in polled
    clock.advance(timedelta(seconds=15))
    with watched(stage) as ran:
        await poll(stage)
    assert stage.asked(LIST) == 10
    assert ran == []


async def test_questions_that_fail_are_put_again(stage: Stage, clock: HandClock) -> None:
    template_id = await submitted(stage)
    stage.sandbox.world.faults.add(Fault(LIST, FaultKind.NOT_JSON))
    await poll(stage)
    templates = stage.sandbox.world.state.templates
    templates[template_id] = reject(templates[template_id], "内容太短。")
    clock.advance(timedelta(minutes=1))
    await poll(stage)
    assert await posts(stage, "review.result")


async def test_an_account_that_may_not_ask_is_told_so_once(stage: Stage, clock: HandClock) -> None:
    await submitted(stage)
    account = stage.sandbox.world.state.account
    account.settings = replace(account.settings, kind=AccountKind.INDIVIDUAL)
    asked = stage.asked(LIST)
    for _ in range(10):
        await poll(stage)
        clock.advance(timedelta(minutes=5))
    assert stage.asked(LIST) == asked + 1
    for _ in range(3):
        await refresh_content.run(stage.services, stage.now)
    barred = await posts(stage, "review.barred")
    assert sorted({each.facts["kind"] for each in barred}) == ["template"]
    assert {each.facts["code"] for each in barred} == {"FailedOperation.NotEnterpriseCertification"}
    assert len(barred) == 1
    clock.advance(AFTER_REFUSAL)
    await poll(stage)
    assert len(await posts(stage, "review.barred")) == 1


async def test_a_review_that_drags_on_is_told_of_once(stage: Stage, clock: HandClock) -> None:
    await submitted(stage)
    for _ in range(5):
        clock.advance(timedelta(hours=1))
        await watch_reviews.run(stage.services, stage.now)
    # Nobody has looked yet: it may have ended long ago.
    assert await posts(stage, "review.overdue") == []
    for _ in range(5):
        clock.advance(timedelta(minutes=30))
        await poll(stage)
        await watch_reviews.run(stage.services, stage.now)
    told = await posts(stage, "review.overdue")
    assert len({(each.channel, each.request_id) for each in told}) == len(told) > 0
    firing = await stage.services.db.read(alerts.find_open_of, (AlertKind.REVIEW_OVERDUE,), None)
    assert len(firing) == len(told)
