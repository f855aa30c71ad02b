"""The command line explains itself, in two languages, and fails in sentences."""

import json
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from importlib.metadata import version as version_of
from pathlib import Path

import pytest

from bot.__main__ import CONFIG_VARIABLE, main
from bot.cli import SUB_COMMANDS, SubCommand, port, version
from bot.cli.terminal import locale_in
from bot.locales import Locale, text

Run = Callable[..., subprocess.CompletedProcess[str]]
NAMES = [command.name for command in SUB_COMMANDS]
# Each takes 30 to 450 ms to import; `--help` needs none of them.
HEAVY = ("pydantic", "yaml", "aiohttp", "slack_bolt", "slack_sdk", "httpx", "sqlite_utils",
         "cryptography", "phonenumbers", "apscheduler", "asyncio", "inspect")  # fmt: skip


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.mark.parametrize("line", [["--help"], [], ["-h"]])
def test_help_lists_every_sub_command_and_ends_well(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(line)
    except SystemExit as ended:
        code = int(ended.code or 0)
    written = " ".join(capsys.readouterr().out.split())
    assert code == 0
    for name in NAMES:
        assert f"{name} {text(Locale.EN, f'cli.command.{name}')}" in written


@pytest.mark.parametrize("command", SUB_COMMANDS, ids=NAMES)
@pytest.mark.parametrize("language", ["C.UTF-8", "zh_CN.UTF-8"])
def test_every_sub_command_has_help_for_all_its_options(
    command: SubCommand,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    with pytest.raises(SystemExit, match="0"):
        main([command.name, "--help"])
    written = "".join(capsys.readouterr().out.split())
    for name in ("help", "verbose", *(option.name for option in command.options)):
        about = text(locale_in({"LC_ALL": language}), f"cli.option.{name}")
        assert "".join(about.split()) in written
        assert f"--{name}" in written
    for argument in command.arguments:
        about = text(locale_in({"LC_ALL": language}), f"cli.argument.{argument.name}")
        assert "".join(about.split()) in written


def test_help_in_chinese_has_no_english_headings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main([]) == 0
    written = capsys.readouterr().out
    for english_word in ("usage", "options", "positional", "show this help"):
        assert english_word not in written.lower()


def test_help_imports_nothing_heavy(plain_environ: dict[str, str]) -> None:
    script = (
        "import sys; from bot.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        env=plain_environ,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["chek"], "There is no command chek. Did you mean check?"),
        (["--verbose", "fly"], "There is no command fly. There are: demo, tour, run, check"),
        (["check", "--jsn"], "not understood: unrecognized arguments: --jsn"),
        (["sandbox", "--port", "70000"], "not understood: argument --port: invalid port"),
        (["sandbox", "--port", "x"], "not understood: argument --port: invalid port"),
    ],
)
def test_a_line_that_is_not_understood_ends_with_2_and_the_way_to_help(
    line: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 2
    written = capsys.readouterr()
    assert words in written.err
    assert "--help" in written.err
    assert written.out == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--version"], f"smsops {version_of('smsops')}"),
        (["help"], "Usage: smsops"),
        (["help", "audit"], "Usage: smsops audit"),
    ],
)
def test_what_many_programs_understand_is_understood(
    line: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(line)
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 0
    assert capsys.readouterr().out.startswith(said)


@pytest.mark.parametrize(
    ("environ", "locale"),
    [
        ({}, Locale.EN),
        ({"LANG": "zh_CN.UTF-8"}, Locale.ZH_CN),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"}, Locale.EN),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_CN", "LANG": "C"}, Locale.ZH_CN),
    ],
)
def test_the_language_is_the_terminals(environ: dict[str, str], locale: Locale) -> None:
    assert locale_in(environ) == locale


def test_version_is_the_installed_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"smsops {version_of('smsops')}\n"
    assert main(["version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"version": version_of("smsops")}


def test_the_settings_are_those_of_the_line_else_of_the_environment_else_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def read(*words: str) -> str:
        assert main(["check", "--file-only", *words]) == 1
        return capsys.readouterr().out.split()[0]

    assert read() == "app.yaml"
    monkeypatch.setenv(CONFIG_VARIABLE, "other.yaml")
    assert read() == "other.yaml"
    assert read("--config", "third.yaml") == "third.yaml"


@pytest.mark.parametrize("number", ["0", "65535"])
def test_a_port_is_a_number_of_16_bits(number: str) -> None:
    assert port(number) == int(number)


@pytest.mark.parametrize(
    ("line", "debug", "traceback"),
    [
        (["check", "--config", "a\0b"], "", False),
        (["--verbose", "check", "--config", "a\0b"], "", True),
        (["check", "--config", "a\0b", "--verbose"], "", True),
        (["check", "--config", "a\0b"], "1", True),
    ],
)
def test_what_nobody_expected_is_one_line_and_2_with_the_traceback_on_request(
    line: list[str],
    debug: str,
    traceback: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SMSOPS_DEBUG", debug)
    assert main(line) == 2
    written = capsys.readouterr().err
    assert written.splitlines()[-1].startswith("smsops stopped: ValueError: embedded null byte.")
    assert ("Traceback" in written) is traceback
    assert traceback or len(written.splitlines()) == 1


@pytest.mark.parametrize("line", [["version"], ["version", "--verbose"]])
def test_what_nobody_expected_tells_no_secret_and_no_number(
    line: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumble(_: Namespace) -> int:
        raise RuntimeError("xoxb-1-marker refused +8613955117001 at /callbacks/marker/demo")

    monkeypatch.setattr(version, "run", stumble)
    assert main(line) == 2
    written = capsys.readouterr().err
    # The line of the program itself that is quoted is this test's own.
    told = [each for each in written.splitlines() if "raise RuntimeError" not in each]
    assert "RuntimeError: *** refused +86 139****7001" in told[-1]
    assert "marker" not in "".join(told)
    assert "13955117001" not in written


def test_a_terminal_without_chinese_gets_escapes(smsops: Run) -> None:
    done = smsops("--help", LC_ALL="zh_CN.UTF-8", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u7528\\u6cd5" in done.stdout


def test_a_reader_who_leaves_ends_it_without_a_word(plain_environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", "bot", "schema"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=plain_environ
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (141, b"")
