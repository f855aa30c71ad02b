"""The sub-commands of `smsops`: one line here and one module with `run(args) -> int` each.

Their texts are in the catalogue, under ``cli.command`` and ``cli.option``. This package is read
for every `--help`, so nothing heavy may be imported here.
"""

from typing import Any, NamedTuple


class Option(NamedTuple):
    """An option `--<name>`, with what argparse needs to know beside its help."""

    name: str
    settings: dict[str, Any]


class Argument(NamedTuple):
    """A word the sub-command needs, with what argparse needs to know beside its help."""

    name: str
    settings: dict[str, Any]


class SubCommand(NamedTuple):
    """A word after `smsops`; the module ``bot.cli.<name>`` does it."""

    name: str
    options: tuple[Option, ...] = ()
    arguments: tuple[Argument, ...] = ()


def port(written: str) -> int:
    """A TCP port; 0 lets the system choose. Raises ValueError for what is none."""
    number = int(written)
    if not 0 <= number <= 65535:
        raise ValueError(written)
    return number


#: What the program ends with where the database is held until it is released.
QUARANTINED = 3
SHELLS = ("bash", "zsh", "fish")

CHECK = Argument("check", {"metavar": "verify", "choices": ("verify",)})
ACTION = Argument("action", {"metavar": "rotate", "choices": ("rotate",)})
WHICH = Argument("which", {"metavar": "refused", "choices": ("refused",)})
FILE = Argument("file", {"metavar": "FILE"})
SHELL = Argument("shell", {"choices": SHELLS})
BODY = Option("body", {"metavar": "ID", "default": None})
APP = Option("app", {"metavar": "NAME", "default": None})
CONFIG = Option("config", {"metavar": "FILE", "default": None})
CONFIRM = Option("confirm", {"action": "store_true"})
DATA_DIR = Option("data-dir", {"metavar": "DIR", "default": None})
FILE_ONLY = Option("file-only", {"action": "store_true"})
HEAD = Option("head", {"metavar": "N:CODE", "default": None})
JSON = Option("json", {"action": "store_true"})
DATA = Option("data", {"metavar": "DIR", "default": None})
PORT = Option("port", {"metavar": "N", "type": port, "default": 0})
PAGE_PORT = Option("port", {"metavar": "N", "type": port, "default": None})
SOCKET = Option("socket", {"action": "store_true"})
URL = Option("url", {"metavar": "URL", "default": None})
VERBOSE = Option("verbose", {"action": "store_true", "default": False})

SEND_TEST = Option("send-test", {"metavar": "NUMBER", "default": None})
TEMPLATE = Option("template", {"metavar": "ID", "default": ""})
VALUE = Option("value", {"metavar": "NAME=VALUE", "action": "append", "default": []})

SUB_COMMANDS = (
    SubCommand("demo", (CONFIG, DATA, PAGE_PORT, JSON)),
    SubCommand("tour", (CONFIG, JSON)),
    SubCommand("run", (CONFIG,)),
    SubCommand("check", (CONFIG, FILE_ONLY, JSON)),
    SubCommand("doctor", (CONFIG, JSON, SEND_TEST, TEMPLATE, VALUE, APP)),
    SubCommand("limits", (CONFIG, APP, JSON)),
    SubCommand("backup", (CONFIG, DATA_DIR, JSON), (FILE,)),
    SubCommand("restore", (CONFIG, DATA_DIR, JSON), (FILE,)),
    SubCommand("release", (CONFIG, DATA_DIR, CONFIRM, JSON)),
    SubCommand("audit", (CONFIG, HEAD, JSON), (CHECK,)),
    SubCommand("callbacks", (CONFIG, BODY, JSON), (WHICH,)),
    SubCommand("keys", (CONFIG, DATA_DIR, JSON), (ACTION,)),
    SubCommand("manifest", (CONFIG, SOCKET, URL)),
    SubCommand("schema"),
    SubCommand("sandbox", (PORT, JSON)),
    SubCommand("completion", (), (SHELL,)),
    SubCommand("version", (JSON,)),
)
