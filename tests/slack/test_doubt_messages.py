"""What is known of a doubt, and what a person may choose, in both languages."""

import dataclasses
import json
from datetime import timedelta

import pytest
from slack_sdk.models.blocks import Block

from bot.locales import Locale, text
from bot.registry import Json, SlackMessage
from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.doubts import DoubtFacts, JobDoubts
from bot.slack.messages import cards, doubts
from tests.slack.made import NOW, make_card

JOB = JobDoubts(
    total=12,
    asked=0,
    since=NOW,
    decidable_at=NOW + timedelta(minutes=15),
    numbers=("+86 138****0001", "+86 138****0002"),
    hinted=0,
    waited_by="",
    ask_at=None,
    asked_to=None,
)
ASKED = dataclasses.replace(JOB, asked=12, decidable_at=None, asked_to=NOW, hinted=3)
WAITED = dataclasses.replace(
    JOB, decidable_at=None, waited_by="U0MAYA", ask_at=NOW + timedelta(hours=1)
)


def one(facts: DoubtFacts, *, is_asked: bool, class_: TemplateClass) -> SlackMessage:
    card = make_card(
        MessageState.IN_DOUBT, doubt=facts, is_asked=is_asked, class_=class_, values=("A1",)
    )
    return cards.card(card, Locale.EN)


def buttons(blocks: tuple[Json, ...]) -> list[str]:
    found = [element for block in blocks for element in block.get("elements", ())]
    return [element["action_id"] for element in found if element["type"] == "button"]


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("facts", [JOB, ASKED, WAITED], ids=["new", "asked", "waited"])
def test_the_part_of_a_jobs_card_fits_block_kit(facts: JobDoubts, locale: Locale) -> None:
    for block in Block.parse_all([dict(each) for each in doubts.of_job(facts, "R-7K3Q", locale)]):
        assert block is not None
        block.validate_json()


def test_a_job_is_decided_on_as_a_whole_once_a_person_is_asked() -> None:
    assert buttons(doubts.of_job(JOB, "R-7K3Q", Locale.EN)) == []
    asked = doubts.of_job(ASKED, "R-7K3Q", Locale.EN)
    assert buttons(asked) == [
        doubts.ALL_TREAT_AS_SENT,
        doubts.ALL_SEND_AGAIN,
        doubts.ALL_KEEP_WAITING,
    ]
    treat, again, wait = asked[1]["elements"]
    assert "confirm" in again
    assert "confirm" not in treat
    assert doubts.read_job_value(wait["value"]) == ("R-7K3Q", int(NOW.timestamp()) * 1000)


@pytest.mark.parametrize(
    "value", ["", "R-7K3Q", "R-7K3Q:", "R-7K3Q:-1", "R-7K3Q:²", f"R-7K3Q:{'9' * 14}"]
)
def test_a_value_nobody_of_us_wrote_is_not_read(value: str) -> None:
    assert doubts.read_job_value(value) is None


def test_a_job_says_how_many_and_whose_they_are() -> None:
    said = json.dumps(doubts.of_job(ASKED, "R-7K3Q", Locale.EN), ensure_ascii=False)
    assert "12 messages in doubt" in said
    assert "+86 138****0002 and 10 more" in said
    assert "For 3 of them" in said
    waited = json.dumps(doubts.of_job(WAITED, "R-7K3Q", Locale.EN))
    assert "<@U0MAYA> chose to keep waiting" in waited


def test_a_single_doubt_of_a_job_is_not_spoken_of_as_many() -> None:
    single = dataclasses.replace(JOB, total=1, hinted=1, numbers=("+86 138****0001",))
    asked = dataclasses.replace(single, asked=1, decidable_at=None, asked_to=NOW)
    new = json.dumps(doubts.of_job(single, "R-7K3Q", Locale.EN))
    said = json.dumps(doubts.of_job(asked, "R-7K3Q", Locale.EN))
    assert "A report came for it" in new
    assert "may still take it." in new
    assert "You can decide on it now" in said
    assert "1 of them" not in new + said


@pytest.mark.parametrize(
    ("class_", "offered"),
    [
        (
            TemplateClass.NOTICE,
            [doubts.TREAT_AS_SENT, doubts.SEND_AGAIN, doubts.KEEP_WAITING],
        ),
        (TemplateClass.OTP, [doubts.TREAT_AS_SENT, doubts.KEEP_WAITING]),
    ],
)
def test_one_message_has_three_ways_and_a_code_is_not_repeated(
    class_: TemplateClass, offered: list[str]
) -> None:
    asked = one(DoubtFacts(2, "", None), is_asked=True, class_=class_)
    assert buttons(asked.blocks) == offered
    assert "hold 2 SMS" in json.dumps(asked.blocks)


def test_who_waits_sees_when_they_are_asked_again() -> None:
    waited = one(
        DoubtFacts(1, "U0MAYA", NOW + timedelta(hours=1)),
        is_asked=False,
        class_=TemplateClass.NOTICE,
    )
    said = json.dumps(waited.blocks)
    assert "<@U0MAYA> chose to keep waiting" in said
    assert "nothing proves it" in said
    assert "Until <!date" not in said
    assert buttons(waited.blocks) == []


@pytest.mark.parametrize("locale", Locale)
def test_deleted_values_are_covered_and_said_to_be_deleted(locale: Locale) -> None:
    kept = make_card(MessageState.DELIVERED, class_=TemplateClass.NOTICE, values=("A1",))
    gone = dataclasses.replace(kept, values=())
    deleted = text(locale, "doubt.values_deleted")
    for card, is_deleted in ((kept, False), (gone, True)):
        said = json.dumps(cards.card(card, locale).blocks, ensure_ascii=False)
        assert (deleted in said, "••••••" in said, "A1" in said) == (
            is_deleted,
            is_deleted,
            not is_deleted,
        )
