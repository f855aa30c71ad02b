"""What is said of changes and reviews fits Block Kit in both languages, and gives nothing away."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.content import ReviewState
from bot.rules.requests import RequestKind, RequestState
from bot.rules.review_hours import Percentiles, ReviewKind
from bot.rules.reviews import DECIDED
from bot.slack.messages import changes, reviews
from bot.slack.messages.changes import ChangeView, change_line
from bot.slack.messages.notices import KINDS
from bot.slack.messages.reviews import ReviewView, review_line
from handlers.flows.changes import Failure
from handlers.flows.upstream import WORDS
from tests.slack.made import HOSTILE, NOW

CONTENT_KINDS = [each for each in RequestKind if each.value.startswith(("template.", "signature."))]
WAITING = ChangeView(
    kind=RequestKind.TEMPLATE_CREATE,
    state=RequestState.APPROVED,
    attempts=1,
    due_at=NOW,
    signed_at=None,
    content_id="",
    code="",
    detail="connect",
    is_asked=False,
    settled_by="answer",
)
IN_REVIEW = ReviewView(
    kind=ReviewKind.TEMPLATE,
    content_id="2001",
    state=ReviewState.UNDER_REVIEW,
    reply="",
    submitted_at=NOW,
    expected_at=NOW + timedelta(hours=2),
    is_certain=True,
    history=None,
    is_ended=False,
    is_overdue=False,
)


def is_whole(said: str) -> bool:
    """Whether every placeholder is filled; Slack's own dates have braces."""
    return "{" not in re.sub(r"<!date\^[^>]*>", "", said)


def change_facts(kind: RequestKind, **more: Any) -> dict[str, Any]:
    facts = {
        "kind": kind.value,
        "name": HOSTILE * 9,
        "requester": "U0LIN",
        "content_id": "2001",
        "code": "",
        "detail": "",
        "settled_by": "answer",
        "request_id": "R-7K3Q",
        "attempt": "0123456789abcdef",
    }
    return facts | more


def review_facts(kind: ReviewKind, state: ReviewState, **more: Any) -> dict[str, Any]:
    facts = {
        "kind": kind.value,
        "content_id": "2001",
        "name": HOSTILE * 9,
        "text": HOSTILE * 90,
        "state": state.value,
        "reply": HOSTILE * 90 if state is ReviewState.REJECTED else "",
        "requester": "U0LIN",
        "request_id": "R-7K3Q",
    }
    return facts | more


def every_notice(locale: Locale) -> Iterator[tuple[str, SlackMessage]]:
    for kind in CONTENT_KINDS:
        for name, notice in changes.NOTICES.items():
            for settled_by in ("answer", "record", "U0MAYA"):
                facts = change_facts(kind, settled_by=settled_by, detail="deadline")
                yield f"{name} {kind}", notice(facts, locale)
            yield f"{name} {kind} new", notice(change_facts(kind, content_id=""), locale)
    for why in Failure:
        failed = change_facts(RequestKind.TEMPLATE_MODIFY, detail=why.value)
        yield f"failed {why}", changes.failed(failed, locale)
    coded = change_facts(RequestKind.SIGNATURE_CREATE, code="InvalidParameterValue.ImageInvalid")
    yield "failed with a code", changes.failed(coded, locale)
    yield "gone", changes.done(change_facts(RequestKind.TEMPLATE_DELETE, detail="gone"), locale)
    for of in ReviewKind:
        for state in DECIDED:
            yield f"result {state}", reviews.result(review_facts(of, state), locale)
        silent = review_facts(of, ReviewState.REJECTED, reply="", requester="", request_id="")
        yield "rejected in silence", reviews.result(silent, locale)
        times = {"submitted_ms": 1_764_000_000_000, "expected_ms": 1_764_009_000_000}
        yield (
            "overdue",
            reviews.overdue(review_facts(of, ReviewState.UNDER_REVIEW, **times), locale),
        )
        barred = {"kind": of.value, "code": "FailedOperation.ProhibitSubAccountUse"}
        yield "barred", reviews.barred(barred, locale)
        named = [
            {"what": what, "content_id": "1", "name": HOSTILE, "state": -1, "reply": HOSTILE * 9}
            for what in WORDS.values()
        ]
        flood = {"kind": of.value, "changes": named * 2, "more": 490}
        yield "console", reviews.console(flood, locale)


@pytest.mark.parametrize("locale", Locale)
def test_every_notice_fits_block_kit_and_has_a_text(locale: Locale) -> None:
    for name, message in every_notice(locale):
        assert message.text.strip(), name
        for block in Block.parse_all([dict(block) for block in message.blocks]):
            assert block is not None, name
            block.validate_json()
        said = json.dumps(list(message.blocks), ensure_ascii=False)
        assert is_whole(message.text), name
        assert "<!channel>" not in said, name
        assert "<@U1>" not in said, name
        assert "<https://a.cn" not in said, name


@pytest.mark.parametrize("locale", Locale)
def test_no_language_is_mixed_with_the_other(locale: Locale) -> None:
    for name, message in every_notice(locale):
        is_chinese = any("\u4e00" <= each <= "\u9fff" for each in message.text)
        assert is_chinese is (locale is Locale.ZH_CN), (name, message.text)


def test_every_notice_is_a_kind_of_post() -> None:
    assert {*changes.NOTICES, *reviews.NOTICES} <= set(KINDS)


def test_a_rejection_carries_the_reason_its_meaning_and_the_way_on() -> None:
    facts = review_facts(
        ReviewKind.TEMPLATE, ReviewState.REJECTED, name="码", reply="模板不能全部由变量组成。"
    )
    said = json.dumps(reviews.result(facts, Locale.EN).blocks, ensure_ascii=False)
    assert "> 模板不能全部由变量组成。" in said
    assert "too much variable" in said
    assert '"action_id": "review.fix"' in said
    assert '"value": "template:2001"' in said
    assert "<@U0LIN>" in said
    quiet = json.dumps(reviews.result(facts | {"requester": ""}, Locale.EN).blocks)
    assert "<@" not in quiet


def test_a_reason_nobody_can_read_is_shown_as_it_is() -> None:
    facts = review_facts(ReviewKind.TEMPLATE, ReviewState.REJECTED, reply="xyzzy")
    said = json.dumps(reviews.result(facts, Locale.EN).blocks, ensure_ascii=False)
    assert "> xyzzy" in said
    assert "•" not in said


@pytest.mark.parametrize("kind", ReviewKind)
def test_an_overdue_review_comes_with_a_text_to_paste_in_both_languages(kind: ReviewKind) -> None:
    submitted = int(datetime(2026, 11, 23, 3, 4, tzinfo=UTC).timestamp() * 1000)
    times = {"submitted_ms": submitted, "expected_ms": submitted + 7_200_000}
    facts = review_facts(kind, ReviewState.UNDER_REVIEW, **times)
    for locale in Locale:
        _, paste = reviews.overdue(facts, locale).blocks
        said = paste["text"]["text"]
        assert said.startswith("```您好，")
        assert said.count("2001") == said.count("2026-11-23 11:04") == 2
        assert "Could you please" in said


def test_a_question_names_its_attempt() -> None:
    said = json.dumps(changes.asked(change_facts(RequestKind.TEMPLATE_CREATE), Locale.EN).blocks)
    assert said.count('"value": "R-7K3Q:0123456789abcdef"') == 2
    view = changes.there_form("R-7K3Q:0123456789abcdef", Locale.ZH_CN)
    View(**view).validate_json()
    assert view["private_metadata"] == "R-7K3Q:0123456789abcdef"


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("state", RequestState, ids=lambda each: each.name)
def test_a_card_has_a_line_for_whatever_can_be(locale: Locale, state: RequestState) -> None:
    details = ["", "fenced", "broke", "deadline", "connect", "restarted", "strange", *Failure]
    for detail in details:
        for code in ("", "RequestLimitExceeded", "Never.Seen"):
            for is_asked in (False, True):
                view = replace(
                    WAITING, state=state, detail=detail, code=code, is_asked=is_asked, signed_at=NOW
                )
                assert is_whole(change_line(view, locale))


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (replace(WAITING, detail="", attempts=0), ""),
        (WAITING, "could not be reached. Nothing was sent. Next try"),
        (replace(WAITING, detail="fenced"), "Another change of the same is still open"),
        (replace(WAITING, detail="", code="RequestLimitExceeded"), "Nothing was sent"),
        (replace(WAITING, state=RequestState.EXECUTING, signed_at=NOW), "Being submitted since"),
        (
            replace(WAITING, state=RequestState.IN_DOUBT, signed_at=NOW, detail="deadline"),
            "may or may not have it",
        ),
        (
            replace(WAITING, state=RequestState.IN_DOUBT, is_asked=True, detail="deadline"),
            "Look in the console",
        ),
        (replace(WAITING, state=RequestState.FAILED, detail="gone"), "no longer at Tencent"),
        (replace(WAITING, state=RequestState.DONE, settled_by="record"), "own list shows it"),
        (replace(WAITING, state=RequestState.DONE, settled_by="U0MAYA"), "<@U0MAYA> found it"),
        (replace(WAITING, state=RequestState.DONE), ""),
        (replace(WAITING, state=RequestState.WITHDRAWN), ""),
    ],
)
def test_a_card_says_how_far_a_change_has_got(view: ChangeView, words: str) -> None:
    said = change_line(view, Locale.EN)
    assert (words in said) if words else (said == "")


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (IN_REVIEW, "an answer is usual by"),
        (replace(IN_REVIEW, is_certain=False), "holidays not counted"),
        (replace(IN_REVIEW, is_overdue=True), "longer than usual"),
        (
            replace(
                IN_REVIEW,
                history=Percentiles(timedelta(minutes=50), timedelta(hours=1, minutes=20), 12),
            ),
            "Our last 12: half within 50 min, nine in ten within 1 h 20 min",
        ),
        (replace(IN_REVIEW, is_ended=True), "no longer at Tencent"),
        (replace(IN_REVIEW, state=ReviewState.USABLE), "it can be used"),
        (replace(IN_REVIEW, state=ReviewState.REJECTED, reply=HOSTILE), "&lt;!channel&gt;"),
        (replace(IN_REVIEW, state=ReviewState.REJECTED), "without a reason"),
        (
            replace(IN_REVIEW, kind=ReviewKind.SIGNATURE, state=ReviewState.APPROVED_NOT_USABLE),
            "the carriers have to file it",
        ),
    ],
)
def test_a_card_says_how_a_review_stands(view: ReviewView, words: str) -> None:
    assert words in review_line(view, Locale.EN)
    assert is_whole(review_line(view, Locale.ZH_CN))
