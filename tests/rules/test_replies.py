"""Which message a reply probably answers, and what is shown of a text somebody sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.classes import TemplateClass
from bot.rules.replies import (
    SHOWN_CHARS,
    SHOWN_LINES,
    TURNING,
    Answerable,
    Guess,
    beginning,
    probably_answers,
    readable,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SENT = Answerable("m1", "R-1", "demo", "1111", TemplateClass.NOTICE, "腾讯云", NOW)


def sent(nth: int, hours: float, signature: str = "腾讯云") -> Answerable:
    """The `nth` message, so long before now."""
    return replace(SENT, message_id=f"m{nth}", at=NOW - timedelta(hours=hours), signature=signature)


def test_the_last_message_under_the_signature_is_meant() -> None:
    messages = [sent(1, 30), sent(2, 2), sent(3, 1, "云上"), sent(4, 71)]
    assert probably_answers("【腾讯云】", messages, NOW) == Guess(messages[1], others=2)
    assert probably_answers("云上", messages, NOW) == Guess(messages[2], others=0)


def test_without_a_signature_any_message_may_be_meant_and_one_abroad_by_any_signature() -> None:
    messages = [sent(1, 2), sent(2, 1, "云上"), sent(3, 3, "")]
    assert probably_answers("", messages, NOW) == Guess(messages[1], others=2)
    assert probably_answers("无人", messages, NOW) == Guess(messages[2], others=0)


@pytest.mark.parametrize("hours", [72.01, -0.2])
def test_what_was_sent_too_long_before_or_after_it_is_not_meant(hours: float) -> None:
    assert probably_answers("腾讯云", [sent(1, hours)], NOW) is None
    assert probably_answers("腾讯云", [sent(1, 71.99), sent(2, hours)], NOW) == Guess(
        sent(1, 71.99), others=0
    )


def test_another_signature_gives_no_guess() -> None:
    assert probably_answers("云上", [sent(1, 1)], NOW) is None


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=3_000))
def test_what_is_shown_is_bounded_and_turns_no_line(text: str) -> None:
    shown = beginning(text)
    assert len(shown) <= SHOWN_CHARS + 2
    assert len(shown.splitlines()) <= SHOWN_LINES + 1
    assert not TURNING & set(shown)
    assert all(each == "\n" or each >= " " for each in shown)


def test_line_breaks_and_joined_emoji_stay_as_they_were() -> None:
    assert readable("a\r\nb\tc\x00\u202ed 👨\u200d👩\u200d👧") == "a\nb cd 👨\u200d👩\u200d👧"
    assert beginning("  短  ") == "短"
    assert beginning("x\n" * 40).endswith("\n…")
    assert beginning("x" * 700).endswith("x…")
