"""The sub-commands of `smsops`: one line here and one module with `run(args) -> int` each.

Their texts are in the catalogue, under ``cli.command`` and ``cli.option``. This package is read
for every `--help`, so nothing heavy may be imported here.
"""

from typing import Any, NamedTuple


class Option(NamedTuple):
    """An option `--<name>`, with what argparse needs to know beside its help."""

    name: str
    settings: dict[str, Any]


class SubCommand(NamedTuple):
    """A word after `smsops`; the module ``bot.cli.<name>`` does it."""

    name: str
    options: tuple[Option, ...] = ()


def port(written: str) -> int:
    """A TCP port; 0 lets the system choose. Raises ValueError for what is none."""
    number = int(written)
    if not 0 <= number <= 65535:
        raise ValueError(written)
    return number


APP = Option("app", {"metavar": "NAME", "default": None})
CONFIG = Option("config", {"metavar": "FILE", "default": "app.yaml"})
FILE_ONLY = Option("file-only", {"action": "store_true"})
JSON = Option("json", {"action": "store_true"})
DATA = Option("data", {"metavar": "DIR", "default": None})
PORT = Option("port", {"metavar": "N", "type": port, "default": 0})
PAGE_PORT = Option("port", {"metavar": "N", "type": port, "default": None})
SOCKET = Option("socket", {"action": "store_true"})
URL = Option("url", {"metavar": "URL", "default": "https://sms-bot.example.com"})
VERBOSE = Option("verbose", {"action": "store_true", "default": False})

SUB_COMMANDS = (
    SubCommand("demo", (CONFIG, DATA, PAGE_PORT, JSON)),
    SubCommand("tour", (CONFIG, JSON)),
    SubCommand("run", (CONFIG,)),
    SubCommand("check", (CONFIG, FILE_ONLY, JSON)),
    SubCommand("limits", (CONFIG, APP)),
    SubCommand("manifest", (SOCKET, URL)),
    SubCommand("schema"),
    SubCommand("sandbox", (PORT, JSON)),
    SubCommand("version"),
)
