"""One id leads from the command to the delivery report, in every line of the log."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.cli.local import Local
from bot.logs import JsonLines
from tests.journeys.people import MAYA, Page

NUMBER = "13800000001"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What an operator's log holds."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("smsops")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.setLevel(level)
    logger.removeHandler(handler)


async def test_the_id_on_the_card_finds_all_of_a_send(
    local: Local, page: Page, log: io.StringIO
) -> None:
    await page.send(MAYA, f"/sms send {NUMBER} 1110 123456")

    async def is_logged() -> bool:
        return "report_taken" in log.getvalue()

    await page.eventually(is_logged)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    sent = await local.bot.services.db.read(lambda tx: tx.one("SELECT * FROM messages"))
    assert sent is not None
    ours = [line for line in lines if line.get("request") == sent["request_id"]]
    events = [line["event"] for line in ours]
    # The command with its preview, the click, Tencent's answer, the carrier's report.
    assert [each for each in events if each != "envelope_taken"] == ["send_settled", "report_taken"]
    kinds = {line["kind"] for line in ours if line["event"] == "envelope_taken"}
    assert kinds >= {"command", "block_actions"}
    settled, reported = (ours[events.index(each)] for each in ("send_settled", "report_taken"))
    known = {"message_id": sent["id"], "attempt": sent["attempt"], "serial": sent["serial"]}
    for line in (settled, reported):
        assert {name: line[name] for name in known} == known
    envelopes = {line["envelope"] for line in ours if line["event"] == "envelope_taken"}
    assert len(envelopes) == events.count("envelope_taken")
    assert NUMBER not in log.getvalue()
