"""Logs are lines of JSON in which no secret and no full number stands."""

import io
import json
import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import JsonLines, Lines, cover


def written(message: str, *args: object, **extra: object) -> str:
    """What stands in the log of one warning."""
    stream = io.StringIO()
    handler = Lines(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("smsops.test")
    logger.handlers, logger.propagate = [handler], False
    logger.warning(message, *args, extra=extra)
    return stream.getvalue()


def logged(message: str, **extra: object) -> dict[str, object]:
    line: dict[str, object] = json.loads(written(message, **extra))
    return line


def test_a_record_is_one_line_with_its_event_and_fields() -> None:
    line = logged("sent\nagain", event="send_settled", request="R-7K3Q")
    assert (line["event"], line["request"], line["level"]) == ("send_settled", "R-7K3Q", "warning")
    assert line["message"] == "sent\nagain"


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1-marker",
        "xapp-1-marker",
        "xoxe.xoxp-1-marker",
        "AKIDmarkermarker",
        "IKIDmarkermarker",
        "+8613812341234",
        "13812341234",
        "/callbacks/marker-marker/demo",
    ],
)
def test_secrets_and_numbers_are_covered_wherever_they_stand(secret: str) -> None:
    line = json.dumps(
        logged(
            f"a {secret} b",
            event="x",
            detail=f"say {secret}",
            more={"a": secret, secret: "b", "c": [1, {"d": (secret,)}]},
            several=[secret],
            error=ValueError(f"no {secret}"),
            raw=f"x {secret} y".encode(),
        )
    )
    assert "marker" not in line
    assert "13812341234" not in line


ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=30)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_whatever_is_said_is_one_line_that_says_it_and_orders_nothing(
    said: str, key: str, value: str
) -> None:
    """No text from outside begins a line of its own, or moves the cursor of who reads it."""
    text = written("%s", said, event="x", more={key: value})
    line, end = text[:-1], text[-1]
    assert end == "\n"
    assert [line] == line.splitlines()
    assert all(each.isprintable() or unicodedata.category(each) in {"Zs", "Cn", "Co"}
               for each in line)  # fmt: skip
    read = json.loads(line)
    assert (read["message"], read["more"]) == (cover(said), {cover(key): cover(value)})


def test_a_line_that_cannot_be_made_is_told_without_anything_of_it() -> None:
    assert json.loads(written("%d %d", "13812341234"))["event"] == "line_lost"
    assert "1381" not in written("%d %d", "13812341234")


def test_ids_and_dates_are_left_alone() -> None:
    text = "R-7K3Q 2026-11-22 5000:1045710669157053657849499619 E-12ab34 port 8321"
    assert cover(text) == text
