"""`smsops check` lists every fault with its place, or says what the settings amount to."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]

ROLES = """\
    roles: {approver: [], requester: ["@shop in C0123456789", U0123456789]}
roles: {viewer: ["@all"], approver: ["@leads"]}
"""
GOOD = 'apps:\n  - {name: demo, sdk_app_id: "1400006666", signature: 腾讯云}\n'
BAD = GOOD + "language: fr\nservr: {}\n"


def write(folder: Path, content: str) -> None:
    (folder / "app.yaml").write_text(content, encoding="utf-8")


def test_good_settings_are_summed_up_without_secrets(
    smsops: Run, tmp_path: Path, secrets: dict[str, str]
) -> None:
    write(tmp_path, GOOD)
    done = smsops("check", **secrets)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "app.yaml is fine.",
        "  apps: demo (1400006666)",
        "  Slack: http://127.0.0.1:3000/slack/events",
        "  callbacks: http://127.0.0.1:3000/callbacks/<secret>/demo",
        "  replies: http://127.0.0.1:3000/callbacks/<secret>/account/replies",
        "  Tencent: https://sms.tencentcloudapi.com (v3)",
        f"  database: {tmp_path}/.smsops/smsops.db",
        "  Nobody holds a role, so nobody may do anything: name groups or people under `roles`.",
    ]


def test_it_says_who_holds_what_for_the_account_and_for_an_app(
    smsops: Run, tmp_path: Path, secrets: dict[str, str]
) -> None:
    written = "apps:\n  - name: demo\n    sdk_app_id: 1400006666\n    signature: 腾讯云\n"
    write(tmp_path, written + ROLES)
    said = smsops("check", **secrets).stdout
    assert "  role viewer: @all\n  role requester: nobody\n  role approver: @leads\n" in said
    assert "  role approver of demo: nobody\n" in said
    assert "  role requester of demo: @shop in C0123456789, U0123456789\n" in said
    assert "role viewer of demo" not in said


def test_every_fault_is_listed_with_place_and_what_is_accepted(
    smsops: Run, tmp_path: Path, secrets: dict[str, str]
) -> None:
    write(tmp_path, BAD)
    del secrets["SMSOPS_DATA_KEY"]
    done = smsops("check", **secrets)
    assert (done.returncode, done.stderr) == (1, "")
    first, second, third, count = done.stdout.strip().split("\n\n")
    assert first.splitlines() == [
        "app.yaml:3:1  language",
        "  This value is not accepted.",
        '  found: "fr"',
        "  accepted: en or zh_CN",
    ]
    assert second.startswith("app.yaml:4:1  servr\n  There is no such key here. Did you mean ser")
    assert third.startswith("environment  SMSOPS_DATA_KEY\n  Not set.\n  accepted: 64 random bytes")
    assert count == "Faults: 3"


def test_json_holds_the_same_for_programs(smsops: Run, tmp_path: Path) -> None:
    write(tmp_path, BAD)
    done = smsops("check", "--json", "--file-only", LC_ALL="zh_CN.UTF-8")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert report["faults"][0] == {
        "key": "language",
        "line": 3,
        "column": 1,
        "problem": "not_accepted",
        "found": '"fr"',
        "cause": "不接受这个值。",
        "accepted": "en 或 zh_CN",
    }


def test_without_faults_json_says_so(smsops: Run, tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    done = smsops("check", "--json", "--file-only")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"ok": True, "faults": []})


def test_socket_mode_has_no_address_to_tell(smsops: Run, tmp_path: Path) -> None:
    write(tmp_path, GOOD + "slack: {mode: socket}\n")
    assert "  Slack: socket\n" in smsops("check", "--file-only").stdout


def test_a_file_that_is_not_there_is_named(smsops: Run) -> None:
    done = smsops("check", "--file-only", "--config", "nowhere.yaml")
    assert done.returncode == 1
    assert "nowhere.yaml" in done.stdout
    assert "No such file or directory" in done.stdout


def test_a_bad_setting_stops_run_before_anything_starts(smsops: Run, tmp_path: Path) -> None:
    write(tmp_path, BAD)
    done = smsops("run")
    assert (done.returncode, done.stdout) == (1, "")
    assert "app.yaml:3:1  language" in done.stderr
    assert not (tmp_path / ".smsops").exists()
