"""The tour as it is read: a story for a person, or one JSON object a step for a program."""

import json
import sys
import time
from pathlib import Path

from bot.cli.terminal import say
from bot.cli.tour.story import Seen
from bot.locales import Locale, text

MARGIN = "    "
SOME_MISSED = 1
# What a shell reports of a program ended by SIGINT.
INTERRUPTED = 130


class Transcript:
    """Writes each step as it is played, and remembers what was not seen."""

    def __init__(self, locale: Locale, steps: int, *, as_json: bool) -> None:
        self.locale = locale
        self._steps = steps
        self._as_json = as_json
        self._did = ""
        self._played = 0
        #: The steps that were not seen.
        self.missed: list[str] = []
        self._started_s = time.monotonic()

    def begin(self, page: str, bot: str, sandbox: str) -> None:
        """Where everything listens."""
        self._say("tour.title")
        self._say("tour.where", page=page, bot=bot, sandbox=sandbox)

    def did(self, name: str, **people: str) -> None:
        """A step starts."""
        self._did = text(self.locale, f"tour.{name}.did", **people)
        if not self._as_json:
            say(f"\n{self._played + 1:>2}. {self._did}")
            sys.stdout.flush()

    def saw(self, name: str, seen: Seen) -> None:
        """A step ends."""
        self._played += 1
        if seen.missing:
            self.missed.append(name)
        key = "tour.missing" if seen.missing else f"tour.{name}.shows"
        end = text(self.locale, key, wanted=seen.missing)
        if self._as_json:
            saw = "\n".join([end, *seen.lines])
            ok = not seen.missing
            record = {"step": name, "did": self._did, "saw": saw, "ok": ok}
            say(json.dumps(record, ensure_ascii=False))
        else:
            say("\n".join(f"{MARGIN}│ {line}" for line in seen.lines) or f"{MARGIN}│")
            say(f"{MARGIN}{'✗' if seen.missing else '✓'} {end}")
        sys.stdout.flush()

    def end(self, log: Path) -> int:
        """Says how it went and returns the exit code."""
        seconds = f"{time.monotonic() - self._started_s:.0f}"
        if self.missed:
            self._say("tour.bad", steps=", ".join(self.missed), log=log)
            return SOME_MISSED
        if self._played < self._steps:
            self._say("tour.stopped", played=self._played, count=self._steps)
            return INTERRUPTED
        self._say("tour.good", count=self._played, seconds=seconds)
        return 0

    def _say(self, key: str, **values: object) -> None:
        if not self._as_json:
            lead = "" if key in ("tour.title", "tour.where") else "\n"
            say(lead + text(self.locale, key, **values))
