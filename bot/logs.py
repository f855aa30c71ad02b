"""Logs are events: one JSON object a line, a fixed `event` name, numbers and secrets covered."""

import json
import logging
import re
import sys
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import TextIO

from bot import trail
from bot.rules import numbers

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
#: What must never stand in a log: tokens, key ids, callback secrets.
SECRETS = re.compile(r"x(?:ox[a-z]|app)-[\w-]+|[AI]KID\w+|(?<=/callbacks/)[^/\s\"]+")
#: What JSON may hold as it stands and a terminal or a collector takes for an order or for the end
#: of a line: control characters beyond ASCII, line separators, marks of direction and without a
#: width, half of a pair.
UNSEEN = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)
#: They tell every request, bodies and addresses included.
QUIET = ("slack_bolt", "slack_sdk", "httpx", "apscheduler", "aiohttp.access")


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": cover(record.getMessage()),
        }
        # What the work under way is about, then what the line itself says.
        line |= trail.here()
        line |= {k: _covered(v) for k, v in vars(record).items() if k not in STANDARD}
        if record.exc_info:
            line["trace"] = cover(self.formatException(record.exc_info))
        return UNSEEN.sub(_escaped, json.dumps(line, ensure_ascii=False))


class Lines(logging.StreamHandler[TextIO]):
    """Writes the lines. One that cannot be made is told without anything of it: what the standard
    library says of such a line holds its arguments as they are."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        told = {"level": "error", "logger": record.name, "event": "line_lost"}
        try:
            self.stream.write(json.dumps(told) + self.terminator)
        except (OSError, ValueError):
            return  # Nowhere to say it: the stream is closed.


def cover(text: str) -> str:
    """`text` with secrets and what looks like a phone number covered."""
    return numbers.cover(SECRETS.sub("***", text))


def set_up(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Sends every logger's lines through the one formatter."""
    handler = Lines(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _covered(value: object) -> object:
    """`value` as JSON has it, with every text in it covered, whatever it is in."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return cover(value)
        case Mapping():
            return {cover(str(k)): _covered(v) for k, v in value.items()}
        case Sequence() | Set() if not isinstance(value, bytes | bytearray):
            return [_covered(each) for each in value]
        case _:
            return cover(str(value))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
