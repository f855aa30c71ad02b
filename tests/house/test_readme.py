"""The README says what is so: its tables are the code's, its commands work, its example runs."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from bot.cli import SUB_COMMANDS
from bot.cli.parser import build
from bot.locales import Locale, text
from bot.rules.alerts import AlertKind
from bot.sandbox.tencent.config import Credentials
from bot.sandbox.tencent.content import Review, Side, seed_templates
from bot.sandbox.tencent.fates import FATES
from bot.settings.secrets import EVERY_SECRET
from bot.slack.messages.alert_kinds import DESCRIBE
from handlers import registry

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PAGES = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md"]
BIN = Path(sys.executable).parent

SIDES = {Side.MAINLAND: "mainland", Side.INTERNATIONAL: "abroad", Side.BOTH: "both"}
STATES = {
    Review.USABLE: "approved",
    Review.REVIEWING: "under review",
    Review.NOT_YET_EFFECTIVE: "approved, not in effect yet",
    Review.REJECTED: "rejected",
}


def rows_under(heading: str) -> list[tuple[str, ...]]:
    """The rows of the table under the line that starts with `heading`, its own two left out."""
    below = README.partition(f"\n{heading}")[2].splitlines()
    start = next(i for i, line in enumerate(below) if line.startswith("|--"))
    rows = []
    for line in below[start + 1 :]:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip() for cell in line.strip("|").split(" | ")))
    return rows


def code_blocks(language: str) -> list[str]:
    """The fenced blocks of one language, with the indentation of a list taken off."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", README, re.S | re.M)
    return [re.sub(rf"^{indent}", "", body, flags=re.M) for indent, body in found]


def shell_lines() -> list[str]:
    """Every command in a shell block, comments cut off."""
    lines = (line for block in code_blocks("sh") for line in block.splitlines())
    return [shlex.join(shlex.split(line, comments=True)) for line in lines if line.strip()]


def test_the_test_numbers_are_the_sandboxes() -> None:
    told = [(f"`{fate.number}`", text(Locale.EN, fate.label_key)) for fate in FATES]
    assert rows_under("| number | what happens") == told, _as_table(told)


def test_the_templates_are_the_sandboxes() -> None:
    told = [
        (f"`{each.template_id}`", each.name, SIDES[each.international], STATES[each.status])
        for each in seed_templates(0)
    ]
    assert rows_under("| id | name | for") == told, _as_table(told)


def test_every_kind_of_alert_has_its_row_and_its_words() -> None:
    kinds = [each.value for each in AlertKind]
    assert [name.strip("`") for name, *_ in rows_under("| alert | severity")] == kinds
    assert set(DESCRIBE) == set(kinds)


def test_the_commands_are_the_registrys() -> None:
    told = [
        (
            f"`{text(Locale.EN, f'help.command.{command.key}.usage')}`",
            text(Locale.EN, f"help.command.{command.key}.does"),
        )
        for command in registry().commands
    ]
    assert rows_under("| command | does") == told, _as_table(told)


def test_the_command_line_is_the_programs() -> None:
    told = [
        (f"`smsops {command.name}`", text(Locale.EN, f"cli.command.{command.name}"))
        for command in SUB_COMMANDS
    ]
    assert rows_under("| command line | does") == told, _as_table(told)


def test_every_secret_is_named() -> None:
    told = [cells[0].strip("`") for cells in rows_under("| environment | holds")]
    assert told == [wanted.variable for wanted in EVERY_SECRET]


@pytest.mark.parametrize("line", shell_lines())
def test_every_command_shown_is_one(line: str) -> None:
    program, *words = shlex.split(line)
    if program == "make":
        assert re.search(rf"^{words[0]}:", MAKEFILE, re.M)
    elif program == "smsops":
        assert build(Locale.EN).parse_args(words).command
    else:
        assert program == "curl"


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`make (\w+)`", README))))
def test_every_make_target_named_is_one(name: str) -> None:
    assert re.search(rf"^{name}:", MAKEFILE, re.M)


@pytest.mark.parametrize(
    "line",
    [line for line in shell_lines() if line.startswith("smsops manifest")]
    + ["smsops check --file-only", "smsops version", "smsops schema"],
)
def test_what_is_cheap_to_run_runs(line: str) -> None:
    done = _run(shlex.split(line))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_the_example_prints_what_the_readme_says() -> None:
    (example,) = code_blocks("python")
    said = re.search(r"^It prints `(.+)` and `(.+)`$", README, re.M)
    assert said is not None
    done = _run([sys.executable, "-c", example])
    assert (done.returncode, done.stdout.splitlines()) == (0, list(said.groups())), done.stderr


def test_the_fault_shown_is_one_the_sandbox_takes() -> None:
    (line,) = (line for line in shell_lines() if line.startswith("curl"))
    _, _, _, url, _, body = shlex.split(line)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "sandbox", "--json"],
        stdout=subprocess.PIPE,
        env=_environ(),
        cwd=ROOT,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["url"].rpartition(":")[2]
        posted = _run([sys.executable, "-c", POST, url.replace("PORT", port), body])
        process.terminate()
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert (posted.stdout.strip(), process.returncode) == ("200", 0), posted.stderr


@pytest.mark.parametrize("page", PAGES)
def test_every_file_a_page_points_at_is_there(page: str) -> None:
    words = (ROOT / page).read_text(encoding="utf-8")
    links = {link for link in re.findall(r"\]\(([^)#\s]+)\)", words) if "://" not in link}
    paths = set(re.findall(r"`((?:tests|docs|bot|handlers|storage)/[\w./-]*)`", words))
    assert sorted(path for path in links | paths if not (ROOT / path).exists()) == []


def test_contributing_stays_a_page() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 100


def test_the_changelog_knows_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{project['version']}]" in changelog or "## [Unreleased]" in changelog


def test_the_messages_shown_are_sent_with_the_sandboxes_own_template() -> None:
    sends = re.findall(r"/sms send (\+\d+) (\d+)", README)
    known = {fate.number for fate in FATES}
    assert sends
    assert [s for s in sends if s[0] not in known or s[1] != Credentials().template_id] == []


POST = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], data=sys.argv[2].encode())
print(urllib.request.urlopen(request).status)
"""


def _environ() -> Mapping[str, str]:
    kept = {k: v for k, v in os.environ.items() if "proxy" not in k.lower() and "SMSOPS" not in k}
    return kept | {"PATH": f"{BIN}{os.pathsep}{kept.get('PATH', '')}", "LC_ALL": "C.UTF-8"}


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        env=_environ(),
        cwd=ROOT,
        timeout=60,
        check=False,
    )


def _as_table(rows: Iterable[tuple[str, ...]]) -> str:
    """What belongs into the README, to be copied there."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
