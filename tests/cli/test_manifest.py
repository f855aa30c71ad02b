"""`smsops manifest` names an address Slack can call: the line's, app.yaml's, or an example."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.cli.manifest import EXAMPLE

FILE = 'apps: [{name: demo, sdk_app_id: "1400006666", signature: 腾讯云}]\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[Any, str]:
    assert main(["manifest", *words]) == 0
    said = capsys.readouterr()
    return json.loads(said.out)["settings"], said.err


def address(settings: Any) -> str:
    found: str = settings["event_subscriptions"]["request_url"]
    return found


def test_the_address_is_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    settings, said = printed(capsys, "--url", "https://sms.example.org/")
    assert (address(settings), said) == ("https://sms.example.org/slack/events", "")


def test_without_one_it_is_that_of_app_yaml(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = folder / "app.yaml"
    written.write_text(FILE + "server: {public_url: 'https://a.example'}\n", encoding="utf-8")
    settings, said = printed(capsys)
    assert (address(settings), said) == ("https://a.example/slack/events", "")
    written.write_text(FILE + "slack: {mode: socket}\n", encoding="utf-8")
    settings, said = printed(capsys)
    assert (settings["socket_mode_enabled"], said) == (True, "")


@pytest.mark.parametrize("content", [None, FILE])
def test_an_example_is_told_to_be_one(
    content: str | None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (folder / "app.yaml").write_text(content, encoding="utf-8")
    settings, said = printed(capsys)
    assert address(settings) == f"{EXAMPLE}/slack/events"
    assert said.startswith(f"{EXAMPLE} in it is an example.")


@pytest.mark.parametrize(
    "url", ["nonsense", "http://sms.example.org", "https://", "https://a:b@c.example", "ftp://a/"]
)
def test_what_slack_cannot_call_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "--url", url]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"{url} is no address Slack can call")


def test_a_faulty_file_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "app.yaml").write_text("apps: 3\n", encoding="utf-8")
    assert main(["manifest"]) == 1
    assert "app.yaml:1:" in capsys.readouterr().err
