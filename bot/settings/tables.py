"""Reads the linter's table of an operator: a TOML file beside app.yaml."""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings.faults import Fault, Problem
from bot.settings.masking import shown_key
from bot.settings.places import Mark

if TYPE_CHECKING:
    from bot.rules.lint import LintTable, TableFault

KEY = "content.lint_table"
LARGEST_BYTES = 256 * 1024


def read_table(path: Path, mark: Mark | None) -> "LintTable | list[Fault]":
    """Our table with the file's laid over it, or everything that is wrong with the file.

    `mark` is where app.yaml names the file.
    """
    from bot.rules.lint import LintTable, extend, own_table

    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            return [_unreadable(mark, f"more than {LARGEST_BYTES // 1024} KB")]
        more = tomllib.loads(content.decode())
    except OSError as error:
        return [_unreadable(mark, error.strerror or type(error).__name__)]
    except ValueError as error:
        return [_unreadable(mark, str(error))]
    found = extend(own_table(), more)
    return found if isinstance(found, LintTable) else [_fault(each, path, mark) for each in found]


def _unreadable(mark: Mark | None, reason: str) -> Fault:
    line, column = mark or (None, None)
    return Fault(Problem.FILE_UNREADABLE, KEY, line, column, values={"reason": reason})


def _fault(fault: "TableFault", path: Path, mark: Mark | None) -> Fault:
    line, column = mark or (None, None)
    return Fault(
        Problem.IN_TABLE,
        KEY,
        line,
        column,
        accepts=fault.accepts_key,
        values={"file": path.name, "place": shown_key(fault.place)},
        terms={"says": fault.says_key},
    )
