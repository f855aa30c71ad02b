"""The story of a request that is no message: who said what, what Tencent did, how a job went."""

from datetime import datetime
from typing import Any

import pytest

from bot.locales import Locale
from bot.rules.approvals import Verdict, Via
from bot.rules.content import ReviewState
from bot.rules.timeline import Id, Person, StepKind, Words
from bot.settings import Settings
from bot.slack.messages import timelines
from bot.slack.messages.timelines import Story
from handlers.flows import approvals, jobs, voting, whys
from storage import approvals as stored
from storage import requests
from storage.db import Tx
from storage.ids import to_ms
from tests.handlers.flows import asks, attempts, running
from tests.handlers.flows.asks import BO, EVE, SETTINGS, ask, ballot, say
from tests.journeys.people import words_of
from tests.policies import everything
from tests.storage.rows import LIN, MAYA, NOW, later


def story_of(tx: Tx, request_id: str, now: datetime = NOW) -> Story:
    found = whys.of_request(tx, request_id, now)
    assert found is not None
    return found


def kinds(story: Story) -> list[StepKind]:
    return [step.kind for step in story.steps]


def facts_of(story: Story, kind: StepKind) -> Any:
    return next(step.facts for step in story.steps if step.kind is kind)


def shown(story: Story, locale: Locale = Locale.EN) -> str:
    message = timelines.of_story(story, locale)
    return words_of({"text": message.text, "blocks": list(message.blocks)})


def test_a_no_with_its_reason_ends_the_story(tx: Tx) -> None:
    request = ask(tx, SETTINGS)
    no = ballot(request, MAYA, Verdict.REJECT)
    voting.vote(
        tx, request.id, no, SETTINGS, later(minutes=5), reason="too *long* for +8613800005678"
    )
    story = story_of(tx, request.id)
    assert kinds(story) == [StepKind.ASKED, StepKind.APPROVAL_ASKED, StepKind.REJECTED]
    assert [step.at for step in story.steps] == [NOW, NOW, later(minutes=5)]
    said = shown(story)
    assert "*Rejected* · New template “发货通知”" in said
    assert "<@U0MAYA> rejected it with the button." in said
    assert "> too ∗long∗ for +86 138" in said
    assert "13800005678" not in said
    assert "<@U0MAYA> 使用按钮拒绝。" in shown(story, Locale.ZH_CN)


def test_a_word_taken_back_and_what_the_thread_says_of_it(tx: Tx) -> None:
    settings = asks.settings_with(**everything(2))
    request = ask(tx, settings)
    assert say(tx, request, MAYA, now=later(minutes=1))
    voting.take_back(tx, request.id, ballot(request), later(minutes=2))
    say(tx, request, BO, now=later(minutes=3))
    approvals.withdraw(tx, request.id, LIN, later(minutes=4))
    story = story_of(tx, request.id)
    assert kinds(story) == [
        StepKind.ASKED,
        StepKind.APPROVAL_ASKED,
        StepKind.APPROVED_TAKEN_BACK,
        StepKind.SAID,
        StepKind.APPROVED,
        StepKind.SAID,
    ]
    assert "<@U0MAYA> took the approval back." in shown(story)


def test_an_emoji_taken_away_that_never_counted_is_no_part_of_the_story(tx: Tx) -> None:
    request = ask(tx, SETTINGS)
    for user in (EVE, LIN):
        gone = ballot(request, user, via=Via.REACTION)
        voting.take_back(tx, request.id, gone, later(minutes=1), event_us=7)
    story = story_of(tx, request.id)
    assert kinds(story) == [StepKind.ASKED, StepKind.APPROVAL_ASKED]
    assert [word.vote.user_id for word in stored.votes_of(tx, request.id)] == [EVE]


def test_what_tencent_took_and_how_its_review_ended(tx: Tx) -> None:
    attempt = attempts.begin(tx)
    attempts.end(tx, attempt, attempts.made(), later(s=2))
    request_id = attempt.request.id
    taken = story_of(tx, request_id)
    assert kinds(taken)[-2:] == [StepKind.TAKEN, StepKind.IN_REVIEW]
    assert facts_of(taken, StepKind.TAKEN) == {"id": Id("2001")}
    decided(tx, "变量太长 <!here>")
    story = story_of(tx, request_id)
    assert kinds(story)[-2:] == [StepKind.TAKEN, StepKind.REVIEW_DECIDED]
    assert facts_of(story, StepKind.REVIEW_DECIDED)["state"] == Words("listing.state.rejected")
    assert "> 变量太长 &lt;!here&gt;" in shown(story)


def decided(tx: Tx, reply: str) -> None:
    tx.run(
        "UPDATE reviews SET state = :state, reply = :reply, decided_at_ms = :at",
        at=to_ms(later(minutes=1)),
        state=ReviewState.REJECTED.value,
        reply=reply,
    )


def test_a_refused_change_has_its_cause_and_cure(tx: Tx) -> None:
    attempt = attempts.begin(tx)
    attempts.end(tx, attempt, attempts.DIRTY, later(s=2))
    story = story_of(tx, attempt.request.id)
    assert StepKind.NOT_TAKEN in kinds(story)
    assert "(`InvalidParameterValue.TemplateWithDirtyWords`)" in shown(story)


def test_a_job_tells_who_paused_and_who_cancelled_it(tx: Tx, settings: Settings) -> None:
    request_id = running.start_job(tx, ["+8613800000001", "+8613800000002"])
    jobs.pause(tx, request_id, MAYA, later(s=2))
    paused = story_of(tx, request_id)
    assert facts_of(paused, StepKind.PAUSED) == {"person": Person(MAYA)}
    jobs.cancel(tx, request_id, LIN, later(s=4))
    cancelled = story_of(tx, request_id)
    assert facts_of(cancelled, StepKind.CANCELLED_JOB) == {"person": Person(LIN)}
    assert StepKind.PAUSED not in kinds(cancelled)
    assert cancelled.job is not None


@pytest.mark.parametrize("locale", Locale)
def test_a_payload_nobody_can_read_is_still_a_story(tx: Tx, locale: Locale) -> None:
    request_id = attempts.approve(tx)
    sealed = tx.vault.seal('{"name": 1}', purpose=requests.PURPOSE)
    tx.run("UPDATE requests SET payload = :p WHERE id = :id", p=sealed, id=request_id)
    assert request_id in shown(story_of(tx, request_id), locale)
