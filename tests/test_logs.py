"""Logs are lines of JSON in which no secret and no full number stands."""

import io
import json
import logging

import pytest

from bot.logs import JsonLines, cover


def logged(message: str, **extra: object) -> dict[str, object]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("smsops.test")
    logger.handlers, logger.propagate = [handler], False
    logger.warning(message, extra=extra)
    line: dict[str, object] = json.loads(stream.getvalue())
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
        "+8613812341234",
        "13812341234",
        "/callbacks/marker-marker/demo",
    ],
)
def test_secrets_and_numbers_are_covered_wherever_they_stand(secret: str) -> None:
    line = json.dumps(
        logged(f"a {secret} b", event="x", detail=f"say {secret}", more={"a": secret})
    )
    assert "marker" not in line
    assert "13812341234" not in line


def test_ids_and_dates_are_left_alone() -> None:
    text = "R-7K3Q 2026-11-22 5000:1045710669157053657849499619 E-12ab34 port 8321"
    assert cover(text) == text
