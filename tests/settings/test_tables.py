"""The linter's table of an operator: laid over ours, or told with everything that is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.locales import Locale
from bot.rules.lint import Rule, Severity, Variables, own_table
from bot.settings import AppYaml, Fault, Faults, Problem, Settings, load, load_file
from bot.settings.tables import LARGEST_BYTES

Write = Callable[[str | bytes], Path]
NAMED = "content:\n  lint_table: lint.toml\n"


def faults_with(write: Write, apps: str, table: str | bytes | None) -> list[Fault]:
    path = write(apps + NAMED)
    if table is not None:
        content = table if isinstance(table, bytes) else table.encode()
        (path.parent / "lint.toml").write_bytes(content)
    found = load_file(path)
    assert isinstance(found, Faults)
    return list(found.faults)


def test_without_one_it_is_ours(write: Write, apps: str) -> None:
    settings = load_file(write(apps))
    assert isinstance(settings, AppYaml)
    assert settings.content.table is own_table()


def test_what_it_says_is_laid_over_ours(write: Write, apps: str, environ: dict[str, str]) -> None:
    path = write(apps + NAMED)
    (path.parent / "lint.toml").write_text('[rules.T-LENGTH]\nseverity = "advice"\n')
    settings = load(path, environ)
    assert isinstance(settings, Settings)
    table = settings.content.table
    assert table.rules[Rule("T-LENGTH")].severity is Severity.ADVICE
    assert own_table().rules[Rule("T-LENGTH")].severity is not Severity.ADVICE
    assert settings.content.lint_table == path.parent / "lint.toml"


@pytest.mark.parametrize(
    "table",
    [None, b"\xff\xfe", "not toml", "a = 1\na = 2\n", "#" * (LARGEST_BYTES + 1)],
    ids=["missing", "not text", "not toml", "doubled key", "too large"],
)
def test_a_file_that_cannot_be_read_is_told_where_it_is_named(
    write: Write, apps: str, table: str | bytes | None
) -> None:
    (fault,) = faults_with(write, apps, table)
    assert (fault.problem, fault.key) == (Problem.FILE_UNREADABLE, "content.lint_table")
    assert fault.line == 6


def test_everything_wrong_in_it_is_told_at_once(write: Write, apps: str) -> None:
    faults = faults_with(write, apps, '[rules.T-LENGTH]\nseverity = "hard"\n[figurs]\nx = 1\n')
    assert {fault.problem for fault in faults} == {Problem.IN_TABLE}
    assert {fault.values["place"] for fault in faults} == {"rules.T-LENGTH.severity", "figurs"}
    for locale in Locale:
        for fault in faults:
            assert "lint.toml" in fault.cause(locale)
            assert fault.accepted(locale)


@pytest.mark.parametrize(
    ("written", "variables"),
    [
        ("", Variables.UNKNOWN),
        ("content: {newer_account: true}\n", Variables.REFUSED),
        ("content: {newer_account: false}\n", Variables.ALLOWED),
    ],
)
def test_whether_variables_are_taken_is_known_or_not(
    write: Write, apps: str, written: str, variables: Variables
) -> None:
    settings = load_file(write(apps + written))
    assert isinstance(settings, AppYaml)
    assert settings.content.variables is variables
