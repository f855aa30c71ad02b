"""What is longer than Slack takes keeps its beginning and its buttons, and loses no word."""

from hypothesis import given
from hypothesis import strategies as st

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.slack import blocks
from bot.slack.messages.overlong import BLOCKS_MAX, TEXT_MAX, WORDS_MAX, file_facts, fit, plain

BUTTONS = blocks.actions("a", blocks.button("b", "Do it", value="v"))


def test_what_fits_is_left_as_it_is() -> None:
    message = SlackMessage("short", (blocks.section("words"), BUTTONS))
    assert fit(message, Locale.EN) == (message, "")


@given(
    st.lists(st.text(min_size=1, max_size=2_000), max_size=80),
    st.integers(0, 2),
    st.text(min_size=1, max_size=6_000),
)
def test_whatever_is_said_fits_and_nothing_is_lost(
    lines: list[str], buttons: int, text: str
) -> None:
    said = tuple({"type": "section", "text": {"type": "mrkdwn", "text": line}} for line in lines)
    message = SlackMessage(text, (*said, *(BUTTONS for _ in range(buttons))))
    short, whole = fit(message, Locale.EN)
    assert len(short.text) <= TEXT_MAX
    assert len(short.blocks) <= BLOCKS_MAX + 1
    shown = [block["text"]["text"] for block in short.blocks if block["type"] == "section"]
    assert sum(map(len, shown)) <= WORDS_MAX
    assert [block["type"] for block in short.blocks].count("actions") == buttons
    if whole:
        assert all(line in whole for line in lines)


def test_words_alone_are_all_of_them() -> None:
    message = SlackMessage(
        "short", (blocks.section("one"), BUTTONS, blocks.context("two", "three"))
    )
    assert plain(message) == SlackMessage("one\n\ntwo\n\nthree")


def test_a_file_is_told_from_every_other_by_its_name() -> None:
    names = {file_facts(key, "words")["name"] for key in ("a", "b", "a")}
    assert len(names) == 2
    assert all(name.isascii() and name.endswith(".txt") for name in names)
