"""The stores under the server: bounded, and forgetting what they should."""

import asyncio

import pytest

from bot.sandbox.workspace import messages
from bot.sandbox.workspace.messages import Message, Messages
from bot.sandbox.workspace.stream import Stream


def test_a_page_that_stopped_reading_is_cut_off_and_told_so() -> None:
    stream = Stream()
    asleep = stream.open("U0LIN")
    for number in range(1_500):
        stream.send("U0LIN", {"n": number})
    assert asleep.qsize() == 1_001
    lines = [asleep.get_nowait() for _ in range(1_001)]
    assert lines[-1] is None
    stream.send("U0LIN", {"n": "later"})
    assert asleep.empty()


def test_a_closed_page_is_sent_nothing_and_others_still_are() -> None:
    stream = Stream()
    gone, here = stream.open("U0LIN"), stream.open("U0LIN")
    stream.close("U0LIN", gone)
    stream.send_all(["U0LIN", "U0MAYA"], {"n": 1})
    assert gone.empty()
    assert here.get_nowait() == b'data: {"n": 1}\n\n'
    with pytest.raises(asyncio.QueueEmpty):
        here.get_nowait()


@pytest.mark.parametrize("reader", [None, "U0LIN"])
def test_the_oldest_messages_make_room(monkeypatch: pytest.MonkeyPatch, reader: str | None) -> None:
    monkeypatch.setattr(messages, "KEPT_PER_CHANNEL", 3)
    store = Messages()
    for number in range(5):
        store.put(Message(f"{number}.0", "C0SMS", "U0BO", str(number), ephemeral_for=reader))
    kept = store.ephemeral("U0LIN", "C0SMS") if reader else store.in_channel("C0SMS")
    assert [m.text for m in kept] == ["2", "3", "4"]
