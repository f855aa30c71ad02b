"""docs/GUIDE.md names what there is: commands, settings, secrets, and a unit that fits."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.__main__ import CONFIG_VARIABLE, REFUSED, UNEXPECTED
from bot.app import FINISH_WITHIN_S
from bot.cli import QUARANTINED
from bot.cli.parser import build
from bot.locales import Locale
from bot.mounts.clock import STOP_WITHIN_S
from bot.mounts.slack_door import ANSWER_WITHIN_S
from bot.rules.onboarding import Finding
from bot.rules.roles import Role
from bot.settings import AppYaml, json_schema, load_file
from bot.settings.secrets import EVERY_SECRET
from handlers import registry

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "GUIDE.md").read_text(encoding="utf-8")
APP_YAML = (ROOT / "app.yaml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
#: Programs of the machine, and what is made of them in the walk (tests/journeys/test_going_live).
OTHERS = {"python3", "sudo", "docker"}
#: What stands before a line of the program: whose settings, secrets and files are meant.
AS_BOT = ("sudo", "-u", "smsops")
CHAPTERS = {
    "account": "account",
    "certification": None,
    "application": "application",
    "signature": "signature",
    "template": "template",
    "limits": "limits",
    "alert contacts": "contacts",
    "callbacks": "reports",
    "package": "package",
}


def blocks(language: str, words: str = GUIDE) -> list[str]:
    """The fenced blocks of one language, with the indentation of a list taken off."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", words, re.S | re.M)
    return [re.sub(rf"^{indent}", "", body, flags=re.M) for indent, body in found]


def shell_lines() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line.strip()]


def without_user(line: str) -> list[str]:
    """The words of a line, without whose they are typed as."""
    words = shlex.split(line)
    return words[3:] if tuple(words[:3]) == AS_BOT else words


def spoken() -> list[str]:
    """Everything said of Slack's commands, in blocks and in passing."""
    inline = re.findall(r"`(/sms[^`]*)`", GUIDE)
    return inline + [line for block in blocks("text") for line in block.splitlines()]


@pytest.mark.parametrize("line", shell_lines())
def test_every_command_shown_is_one(line: str) -> None:
    program, *words = without_user(line)
    if program == "smsops":
        assert build(Locale.EN).parse_args(words).command
    elif "smsops" in words and program == "docker":
        words = words[len(words) - words[::-1].index("smsops") :]
        assert words in ([], ["."]) or build(Locale.EN).parse_args(words).command
    else:
        assert program in OTHERS


@pytest.mark.parametrize("line", spoken())
def test_every_slash_command_is_one(line: str) -> None:
    known = {(command.noun, command.verb) for command in registry().commands}
    nouns = {noun for noun, _ in known}
    _, *words = line.split()
    assert not words or words[0] in nouns
    if len(words) > 1 and words[1].isalpha():
        assert (words[0], words[1]) in known


def keys(schema: dict[str, Any], defs: dict[str, Any], before: str = "") -> set[str]:
    """Every setting, dotted."""
    found: set[str] = set()
    for option in [schema, *schema.get("anyOf", ()), *schema.get("allOf", ())]:
        meant = defs[option["$ref"].rpartition("/")[2]] if "$ref" in option else option
        for name, inner in meant.get("properties", {}).items():
            found |= {before + name} | keys(inner, defs, f"{before}{name}.")
    return found


def test_every_setting_named_is_one() -> None:
    schema = json_schema()
    known = keys(schema, schema.get("$defs", {}))
    tops = {name.partition(".")[0] for name in known}
    named = {
        name
        for name in re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", GUIDE)
        if name.partition(".")[0] in tops
    }
    assert {"callbacks.proxies", "metrics.allow_from", "heartbeat.url"} <= named
    assert named <= known


def test_every_secret_that_v3_needs_is_in_the_file(tmp_path: Path) -> None:
    told = re.findall(r"^(SMSOPS_\w+)=", "\n".join(blocks("ini")), re.M)
    named = {each.variable for each in EVERY_SECRET}
    assert (
        set(re.findall(r"SMSOPS_\w+", GUIDE))
        == {*told, CONFIG_VARIABLE}
        <= {*named, CONFIG_VARIABLE}
    )
    optional = {"SMSOPS_TENCENT_SDK_APP_KEY", "SMSOPS_CALLBACK_AUTH"}
    assert told == [each.variable for each in EVERY_SECRET if each.variable not in optional]


def test_the_settings_shown_are_good_ones(tmp_path: Path) -> None:
    (body,) = blocks("yaml")
    path = tmp_path / "app.yaml"
    path.write_text(body, encoding="utf-8")
    assert isinstance(load_file(path), AppYaml)
    assert yaml.safe_load(body)["slack"]["mode"] == "http"


@pytest.mark.parametrize("words", [*blocks("yaml"), APP_YAML], ids=["guide", "app.yaml"])
def test_in_the_settings_shown_somebody_holds_each_role_and_all_of_them_may_look(
    words: str,
) -> None:
    """No role includes another: an administrator who is no viewer is refused every figure."""
    roles = yaml.safe_load(words)["roles"]
    assert set(roles) == set(Role)
    assert set(roles["viewer"]) == {each for held in roles.values() for each in held}


def test_the_chapters_are_those_of_the_home_tab_in_its_order() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| .* \| .* \|$", GUIDE, re.M)
    told = [row for row in rows if row != "chapter" and row in CHAPTERS]
    assert told == list(CHAPTERS)
    order = list(dict.fromkeys(finding.topic for finding in Finding))
    topics = [topic for topic in CHAPTERS.values() if topic is not None]
    assert topics == [topic for topic in order if topic in topics]


def test_the_exit_codes_are_the_programs() -> None:
    codes = re.findall(r"^\| (\d[\d, ]*) \| ", GUIDE, re.M)
    assert codes == ["0", str(REFUSED), str(UNEXPECTED), str(QUARANTINED), "130, 141"]
    unit = next(block for block in blocks("ini") if "[Service]" in block)
    assert f"RestartPreventExitStatus={REFUSED} {UNEXPECTED} {QUARANTINED}\n" in unit


def test_the_unit_gives_a_stop_the_time_it_takes() -> None:
    unit = next(block for block in blocks("ini") if "[Service]" in block)
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.M)
    # What answers is heard out twice over, at both addresses; and what people are told.
    assert int(seconds) > STOP_WITHIN_S + ANSWER_WITHIN_S + 4 * FINISH_WITHIN_S
    assert f"--stop-timeout {seconds} " in "".join(shell_lines())
    (command,) = re.findall(r"^ExecStart=\S+/smsops (.*)$", unit, re.M)
    assert build(Locale.EN).parse_args(shlex.split(command)).command == "run"


def test_what_is_typed_gets_the_settings_and_secrets_of_the_service(tmp_path: Path) -> None:
    (script,) = blocks("bash")
    program, unit = tmp_path / "smsops", next(each for each in blocks("ini") if "Service" in each)
    program.write_text('#!/bin/sh\necho "$SMSOPS_CONFIG|$SMSOPS_DATA_KEY|$*"\n', encoding="utf-8")
    program.chmod(0o755)
    (config,) = re.findall(r"--config (\S+)$", unit, re.M)
    (secrets,) = re.findall(r"^EnvironmentFile=(\S+)$", unit, re.M)
    (started,) = re.findall(r"^ExecStart=(\S+)", unit, re.M)
    here = script.replace(secrets, str(tmp_path / "secrets.env")).replace(started, str(program))

    def typed() -> str:
        line = ["sh", "-c", here, "sh", "backup", "a b.db"]
        return subprocess.run(line, capture_output=True, encoding="utf-8", check=True).stdout

    assert typed() == f"{config}||backup a b.db\n"
    (tmp_path / "secrets.env").write_text("SMSOPS_DATA_KEY=ab+/c==,de==\n", encoding="utf-8")
    assert typed() == f"{config}|ab+/c==,de==|backup a b.db\n"


def test_the_image_is_what_the_guide_says_of_it() -> None:
    assert "--uid 10001" in DOCKERFILE
    assert "/healthz" in DOCKERFILE
    assert 'ENTRYPOINT ["smsops"]' in DOCKERFILE
    assert "VOLUME /data" in DOCKERFILE
    assert "WORKDIR /app" in DOCKERFILE


def test_every_file_it_points_at_is_there() -> None:
    links = {link for link in re.findall(r"\]\(([^)#\s]+)", GUIDE) if "://" not in link}
    assert "prometheus-rules.yaml" in links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
