"""The two pages as the cells have them: docs/conformance.md and the table in the README."""

from collections.abc import Iterable
from pathlib import Path

from tests.sandbox.tencent import (
    callback_conformance,
    conformance,
    v5_conformance,
    v5_sdk_conformance,
    voice_conformance,
)
from tests.sandbox.tencent.tried import CALLBACKS, DOCUMENTATION, NEW, OLD, V5, VOICE, Tried
from tests.sandbox.workspace import conformance as workspace_conformance
from tests.sandbox.workspace.conformance import SLACK

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- conformance -->", "<!-- /conformance -->"
TRIALS = Path("tests") / "sandbox"
TITLES = {
    NEW: "API 3.0, version 2021-01-11",
    OLD: "API 3.0, version 2019-07-11",
    VOICE: "Voice, version 2020-09-02",
    V5: "Legacy v5",
    CALLBACKS: "Callbacks",
    SLACK: "Slack, Web API",
}
#: Where the trials of each part are.
FILES = {
    NEW: ("tencent/test_conformance.py",),
    OLD: ("tencent/test_conformance.py",),
    VOICE: ("tencent/test_voice_sdk.py",),
    V5: ("tencent/test_v5_conformance.py", "tencent/test_v5_sdk.py"),
    CALLBACKS: ("tencent/test_callback_conformance.py",),
    SLACK: ("workspace/test_every_method.py", "workspace/test_sockets.py"),
}
#: Every trial there is.
CELLS: tuple[Tried, ...] = (
    *conformance.CELLS,
    *voice_conformance.CELLS,
    *v5_conformance.CELLS,
    *v5_sdk_conformance.CELLS,
    *callback_conformance.CELLS,
    *workspace_conformance.CELLS,
)
HEAD = f"""# What the stand-ins are judged by

Each action is tried by a client of the vendor's, unmodified, or by what its pages document: {{}}.
It is tried so that it succeeds, and once for each code beside it. For a callback, success is a
body like that on its page, and the errors are answers after which it is pushed twice more.
"{DOCUMENTATION}" stands for bodies and signatures as the vendor's pages show them, where no client
of the vendor's has the action.

`python -m tests.conformance` runs the trials and writes this page from those that passed; with one
that fails, or with an empty cell, it writes nothing. A test fails when the page is not what the
trials are.
"""


class EmptyCellError(Exception):
    """An action without a success, an error or a judge."""


def page(cells: Iterable[Tried]) -> str:
    """docs/conformance.md, as Markdown. Raises EmptyCellError."""
    tried = set(cells)
    judges = ", ".join(sorted({each.judge for each in tried}))
    return "\n".join([HEAD.format(judges), *(_part(part, tried) for part in TITLES)])


def section(cells: Iterable[Tried]) -> str:
    """What stands in the README between the marks, as Markdown. Raises EmptyCellError."""
    tried = set(cells)
    rows = [
        f"| {part} | {action} | {_ways(found)} | {len(_codes(found))} | {_judges(found)} |"
        for part in TITLES
        for action, found in _actions(part, tried).items()
    ]
    head = ["| API | action | succeeds by | errors tried | judge |", "|---|---|---|---|---|"]
    return "\n".join([BEGIN, *head, *rows, END])


def with_section(readme: str, cells: Iterable[Tried]) -> str:
    """The README with its table as the cells have it. Raises EmptyCellError, and ValueError where
    the marks are not there."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} … {END} in the README")
    return f"{before}{section(cells)}{after}"


def _part(part: str, tried: set[Tried]) -> str:
    rows = [
        f"| {action} | {_ways(found)} | {', '.join(f'`{code}`' for code in _codes(found))} "
        f"| {_judges(found)} |"
        for action, found in _actions(part, tried).items()
    ]
    links = ", ".join(
        f"[{Path(name).name}](../{(TRIALS / name).as_posix()})" for name in FILES[part]
    )
    head = ["| action | succeeds by | errors | judge |", "|---|---|---|---|"]
    return "\n".join([f"## {TITLES[part]}", "", f"Trials: {links}.", "", *head, *rows, ""])


def _actions(part: str, tried: set[Tried]) -> dict[str, list[Tried]]:
    """The cells of each action, the actions as the trials have them in order."""
    order = dict.fromkeys(each.action for each in CELLS if each.part == part)
    found: dict[str, list[Tried]] = {action: [] for action in order}
    for each in sorted(tried):
        if each.part == part:
            found[each.action].append(each)
    for action, cells in found.items():
        if not (_ways(cells) and _codes(cells) and _judges(cells)):
            raise EmptyCellError(f"{part} {action}")
    return found


def _ways(cells: list[Tried]) -> str:
    """Most usual first."""
    ways = {each.way for each in cells if each.way}
    return ", ".join(sorted(ways, key=("POST", "GET", "multipart").index))


def _codes(cells: list[Tried]) -> list[str]:
    return sorted({each.code for each in cells if each.code})


def _judges(cells: list[Tried]) -> str:
    """A client of the vendor's first."""
    return ", ".join(sorted({each.judge for each in cells}, key=lambda each: each == DOCUMENTATION))
