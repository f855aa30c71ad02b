"""What happens all the time, told now and then: a flood of requests is not one in the log."""

import logging
import time

TELL_EVERY_S = 10.0


class Told:
    """Says that something happened, and how often, no more than every few seconds."""

    def __init__(self, log: logging.Logger, sentence: str, event: str) -> None:
        self._log = log
        self._sentence = sentence
        self._event = event
        self._times = 0
        self._next_at = 0.0

    def note(self, **facts: str) -> None:
        self._times += 1
        now = time.monotonic()
        if now >= self._next_at:
            extra = {"event": self._event, "times": self._times, **facts}
            self._log.warning(self._sentence, extra=extra)
            self._times, self._next_at = 0, now + TELL_EVERY_S
