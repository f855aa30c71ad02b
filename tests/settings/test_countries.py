"""Where an app may send: everywhere, nowhere, or to the countries it names."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.locales import Locale
from bot.settings import AppYaml, Faults, Problem, load_file

Write = Callable[[str | bytes], Path]


def read(write: Write, apps: str, international: str) -> AppYaml | Faults:
    return load_file(write(f"{apps}    international: {international}\n"))


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("true", True),
        ("false", False),
        ("[SG, US]", ("SG", "US")),
        # The Norway of YAML 1.1 is a country here.
        ("[NO]", ("NO",)),
    ],
)
def test_what_is_said_is_what_is_held(
    write: Write, apps: str, said: str, held: bool | tuple[str, ...]
) -> None:
    settings = read(write, apps, said)
    assert isinstance(settings, AppYaml)
    assert settings.apps[0].international == held


@pytest.mark.parametrize("said", ["yes", "SG", "[]", "[1]", "[SG, true]", "{SG: true}", "1"])
def test_anything_else_is_refused(write: Write, apps: str, said: str) -> None:
    found = read(write, apps, said)
    assert isinstance(found, Faults)
    (fault,) = found.faults
    assert (fault.key, fault.problem) == ("apps[0].international", Problem.NOT_ACCEPTED)
    assert "[SG, US]" in (fault.accepted(Locale.EN) or "")


@pytest.mark.parametrize(
    ("code", "near"), [("sg", "SG"), ("UK", "GB"), ("USA", "US"), ("SGP", "SG"), ("ZZ", "")]
)
def test_a_code_of_no_country_is_told_with_what_was_meant(
    write: Write, apps: str, code: str, near: str
) -> None:
    found = read(write, apps, f"[US, {code}]")
    assert isinstance(found, Faults)
    (fault,) = found.faults
    assert (fault.key, fault.found) == ("apps[0].international[1]", f'"{code}"')
    if near:
        assert fault.problem is Problem.MISSPELT_COUNTRY
        assert f"Did you mean {near}?" in fault.cause(Locale.EN)
    else:
        assert fault.problem is Problem.NO_SUCH_COUNTRY
        assert "no country" in fault.cause(Locale.EN)
