"""README.zh-CN.md says what README.md says: the same headings, commands, tables and links."""

import re
import shlex
from itertools import groupby
from pathlib import Path

import pytest

from bot.cli import SUB_COMMANDS
from bot.locales import Locale, text
from bot.sandbox.tencent.fates import FATES
from handlers import registry

ROOT = Path(__file__).parents[2]
#: Made by programs, and shown in English alone.
MADE = re.compile(r"<!-- conformance -->.*?<!-- /conformance -->", re.S)
OF_FIGURES = "| what | against | ratio |"
ENGLISH = MADE.sub("", (ROOT / "README.md").read_text(encoding="utf-8"))
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")

Rows = list[tuple[str, ...]]


def without_blocks(words: str) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", words, flags=re.S | re.M)


def levels(words: str) -> list[int]:
    """How deep each heading is."""
    return [len(found) for found in re.findall(r"^(#+) ", without_blocks(words), re.M)]


def typed(words: str) -> list[list[str]]:
    """Every line of every block, comments and what explains it cut off."""
    found = re.findall(r"^ *```(\w+)\n(.*?)^ *```$", words, re.S | re.M)
    return [[_typed(language, line) for line in body.splitlines()] for language, body in found]


def _typed(language: str, line: str) -> str:
    if language == "sh":
        return shlex.join(shlex.split(line, comments=True))
    return line if language == "python" else re.split(r" {2,}", line.strip())[0]


def tables(words: str) -> list[Rows]:
    """Every table, without the figures of the benchmark."""
    found: list[Rows] = []
    for is_table, lines in groupby(words.splitlines(), lambda line: line.startswith("|")):
        rows = list(lines)
        if is_table and rows[0] != OF_FIGURES:
            found.append([tuple(row.strip("|").split(" | ")) for row in rows[2:]])
    return found


def codes(cell: str) -> list[str]:
    """What stands in a cell as code: it is the same in every language."""
    return re.findall(r"`([^`]+)`", cell)


def test_it_has_the_headings_of_the_other() -> None:
    assert levels(CHINESE) == levels(ENGLISH)


def test_it_shows_the_same_commands() -> None:
    assert typed(CHINESE) == typed(ENGLISH)


def test_its_tables_have_the_same_rows() -> None:
    mine, theirs = tables(CHINESE), tables(ENGLISH)
    assert [len(rows) for rows in mine] == [len(rows) for rows in theirs]
    for rows, others in zip(mine, theirs, strict=True):
        for row, other in zip(rows, others, strict=True):
            # The usage of a command is in its reader's language; its own words are compared below.
            if other[0].strip().startswith("`/sms"):
                continue
            assert codes(row[0]) == codes(other[0])
            assert len(row) == len(other)


def test_its_promises_name_the_same_tests() -> None:
    (mine,) = (rows for rows in tables(CHINESE) if any("make storm" in row[-1] for row in rows))
    (theirs,) = (rows for rows in tables(ENGLISH) if any("make storm" in row[-1] for row in rows))
    assert [codes(row[-1]) for row in mine] == [codes(row[-1]) for row in theirs]


def test_its_commands_numbers_and_command_line_are_the_catalogues() -> None:
    chinese = Locale.ZH_CN
    told = {row for rows in tables(CHINESE) for row in rows}
    wanted = {
        *(
            (
                f" `{text(chinese, f'help.command.{command.key}.usage')}`",
                f"{text(chinese, f'help.command.{command.key}.does')} ",
            )
            for command in registry().commands
        ),
        *(
            (f" `smsops {each.name}`", f"{text(chinese, f'cli.command.{each.name}')} ")
            for each in SUB_COMMANDS
        ),
        *((f" `{fate.number}`", f"{text(chinese, fate.label_key)} ") for fate in FATES),
    }
    missing = "\n".join(f"|{' | '.join(row)}|" for row in sorted(wanted - told))
    assert not missing, missing


@pytest.mark.parametrize("name", ["links", "settings"])
def test_it_points_at_the_same_things(name: str) -> None:
    pattern = r"\]\(([^)#\s]+)\)" if name == "links" else r"`(SMSOPS_\w+|[a-z]+\.[a-z_]+)`"
    own = {"README.md", "README.zh-CN.md", "docs/pictures/page.png", "docs/pictures/page-zh.png"}
    english = re.sub(rf"^{re.escape(OF_FIGURES)}$.*?^$", "", ENGLISH, flags=re.S | re.M)
    mine, theirs = (set(re.findall(pattern, words)) - own for words in (CHINESE, english))
    assert mine == theirs
