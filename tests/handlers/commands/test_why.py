"""What people put behind `/sms why code`, one code or a line of a log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.registry import Registry
from bot.rules.roles import Role
from bot.slack.messages.codes import CODE
from bot.slack.messages.timelines import EXPLAIN, MESSAGE, NUMBER, REQUEST, TURN
from handlers.commands.why import BUTTONS, CODES_SHOWN, COMMANDS, meant


def names(typed: str) -> list[str]:
    return [
        name
        for found in meant(typed.split())
        for name in (
            *(each.name for each in found.codes),
            *map(str, found.numbers),
            *(each.code for each in found.receipts),
        )
    ]


@pytest.mark.parametrize(
    ("typed", "explained"),
    [
        ("MK:0001", ["MK:0001"]),
        ("BWLIST _006", ["BWLIST_006"]),
        ("MK:0001, MK:0004", ["MK:0001", "MK:0004"]),
        ("MK:0001 MK:0001 mk0001", ["MK:0001"]),
        # The 15 of the message is nobody's receipt code.
        ("LimitExceeded.AppDailyLimit: more than 15 today", ["LimitExceeded.AppDailyLimit"]),
        ("nothing of that kind, 0001 say", []),
    ],
)
def test_one_code_several_or_a_line_that_holds_some(typed: str, explained: list[str]) -> None:
    assert names(typed) == explained


def test_of_many_codes_the_first_few_are_explained() -> None:
    typed = [f"MK:{number:04}" for number in (0, 1, 4, 10, 11, 12, 13, 17)]
    assert [found.receipts[0].code for found in meant(typed)] == typed[:CODES_SHOWN]


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=100))
def test_any_words_have_between_one_and_five_answers(words: list[str]) -> None:
    assert 1 <= len(meant(words)) <= CODES_SHOWN


def test_whoever_may_look_may_ask_and_every_button_that_is_drawn_has_a_hand() -> None:
    assert {command.role for command in COMMANDS} == {Role.VIEWER}
    assert {button.role for button in BUTTONS} == {Role.VIEWER}
    drawn = {*(f"{CODE}_{place}" for place in range(4)), f"{TURN}_back", f"{TURN}_on"}
    drawn |= {MESSAGE, REQUEST, NUMBER, EXPLAIN}
    assert {button.action_id for button in BUTTONS} == drawn
    assert Registry(COMMANDS).nouns() == ["why"]
