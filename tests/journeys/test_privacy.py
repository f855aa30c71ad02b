"""What a code was and whom it went to is written nowhere once it was sent."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from storage import messages, requests
from storage.db import Tx
from tests.journeys.people import MAYA, Page, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)

SUBSCRIBER, CODE, OTHER_CODE = "13912345678", "947261", "385014"


def left(tx: Tx) -> Mapping[str, object]:
    """What the rows of a confirmed code and of a discarded one still say."""
    found = [requests.get(tx, row["id"]) for row in tx.all("SELECT id FROM requests")]
    ids = [request.id for request in found if request is not None]
    envelopes = tx.one("SELECT count(*) AS n FROM envelopes WHERE body IS NOT NULL")
    return {
        "payloads": [request.payload["values"] for request in found if request is not None],
        "messages": [each.values for one in ids for each in messages.of_request(tx, one)],
        "hashes": all(request.sha256 for request in found if request is not None),
        "envelopes": envelopes["n"] if envelopes else None,
    }


def written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("*.db*"))


async def test_a_code_and_its_number_are_nowhere_to_be_read(
    local: Local, page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "smsops")
    preview = await page.type(MAYA, f"/sms send +86{SUBSCRIBER} 1110 code={OTHER_CODE}")
    await page.press(MAYA, preview, "send.discard")
    await page.send(MAYA, f"/sms send +86{SUBSCRIBER} 1110 code={CODE}")
    card = await page.see_card("Delivered in")
    assert CODE in local.sandbox.phones.messages(f"+86{SUBSCRIBER}")[0].text
    assert CODE not in words_of(card)

    db = local.bot.services.db
    assert await page.eventually(lambda: db.read(is_done_with)) is True
    assert await db.read(left) == {
        "payloads": [None, None],
        "messages": [()],
        "hashes": True,
        "envelopes": 0,
    }
    await db.checkpoint()
    files = written(db.path.parent)
    assert len(files) > 100_000
    for secret in (SUBSCRIBER, CODE, OTHER_CODE):
        assert secret.encode() not in files
        assert secret not in caplog.text


def is_done_with(tx: Tx) -> bool:
    """Whether every envelope that came was handled."""
    return tx.one("SELECT 1 FROM envelopes WHERE handled_at_ms IS NULL") is None
