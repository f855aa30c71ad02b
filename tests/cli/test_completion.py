"""`smsops completion` gives each shell what it completes the command line with."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli import SHELLS, SUB_COMMANDS

Run = Callable[..., subprocess.CompletedProcess[str]]
ASK = """
{script}
COMP_WORDS=({words}); COMP_CWORD={at}
_smsops
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def printed(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["smsops", "re"], {"restore", "release"}),
        (["smsops", "check", "--f"], {"--file-only"}),
        (["smsops", "release", "--"], {"--config", "--data-dir", "--confirm", "--json", "--help"}),
        (["smsops", "completion", "f"], {"fish"}),
        (["smsops", "restore", "/etc/pass"], {"/etc/passwd"}),
        (["smsops", "run", "--config", "/etc/pass"], {"/etc/passwd"}),
        (["smsops", "--verbose", "chec"], {"check"}),
        (["smsops", "--verbose", "check", "--f"], {"--file-only"}),
    ],
)  # fmt: skip
def test_bash_completes_commands_options_and_files(
    words: list[str], found: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    line = ASK.format(script=printed("bash", capsys), words=" ".join(words), at=len(words) - 1)
    done = subprocess.run(
        ["bash", "--norc", "-c", line], capture_output=True, encoding="utf-8", check=True
    )
    assert found <= set(done.stdout.split())
    assert all(each.startswith(words[-1]) for each in done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("words", "found"),
    [(["smsops", "backup", "a"], ["a b.db", "a c"]), (["smsops", "limits", "--app", "''"], [])],
)
def test_bash_keeps_names_with_spaces_whole_and_guesses_no_value(
    words: list[str], found: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a b.db").touch()
    (tmp_path / "a c").mkdir()
    line = ASK.format(script=printed("bash", capsys), words=" ".join(words), at=len(words) - 1)
    done = subprocess.run(
        ["bash", "--norc", "-c", line],
        capture_output=True,
        encoding="utf-8",
        check=True,
        cwd=tmp_path,
    )
    assert sorted(filter(None, done.stdout.splitlines())) == found


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_that_is_here_can_read_it_in_either_language(
    shell: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if (program := shutil.which(shell)) is None:
        pytest.skip(f"no {shell} here")
    for language in ("C.UTF-8", "zh_CN.UTF-8"):
        monkeypatch.setenv("LC_ALL", language)
        read = subprocess.run(
            [program, "-n"],
            input=printed(shell, capsys),
            capture_output=True,
            encoding="utf-8",
            env={"LC_ALL": "C.UTF-8"},
            check=False,
        )
        assert (read.returncode, read.stderr) == (0, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_hears_of_every_sub_command_and_option(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    script = printed(shell, capsys)
    for command in SUB_COMMANDS:
        assert command.name in script
        for option in command.options:
            assert (f"-l {option.name}" if shell == "fish" else f"--{option.name}") in script


def test_a_shell_nobody_wrote_for_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["completion", "tcsh"])
    assert "argument shell: invalid choice: 'tcsh'" in capsys.readouterr().err
