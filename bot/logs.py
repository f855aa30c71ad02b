"""Logs are events: one JSON object a line, a fixed `event` name, numbers and secrets covered."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from bot import trail
from bot.rules import numbers

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
#: What must never stand in a log: tokens, key ids, callback secrets.
SECRETS = re.compile(r"x(?:ox[a-z]|app)-[\w-]+|AKID\w+|(?<=/callbacks/)[^/\s\"]+")
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
        return json.dumps(line, ensure_ascii=False, default=str)


def cover(text: str) -> str:
    """`text` with secrets and what looks like a phone number covered."""
    return numbers.cover(SECRETS.sub("***", text))


def set_up(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Sends every logger's lines through the one formatter."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _covered(value: object) -> object:
    if isinstance(value, str):
        return cover(value)
    if isinstance(value, Mapping):
        return {k: _covered(v) for k, v in value.items()}
    return value
