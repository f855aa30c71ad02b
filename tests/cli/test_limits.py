"""`smsops limits` prints what makes app.yaml say the limits that hold, while the bot runs."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.rules.policies import policy_of
from bot.rules.requests import RequestKind
from bot.settings import AppYaml, load_file
from storage import limits, requests
from storage.db import Tx, connect, take_lock
from storage.migrations import migrate
from tests.storage.rows import VAULT

Run = Callable[..., subprocess.CompletedProcess[str]]
Caps = dict[str, int | None]

FILE = """apps:
  - name: demo
    sdk_app_id: "1400006666"
    signature: 腾讯云
    limits:
      profile: classic  # as the console
  - {name: other, sdk_app_id: "1400007777", signature: 云通信}
default_app: demo
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Tx]:
    """The store of a bot that runs, with both apps seeded."""
    (tmp_path / "app.yaml").write_text(FILE, encoding="utf-8")
    path = tmp_path / ".smsops" / "smsops.db"
    lock = take_lock(path)
    migrate(path, VAULT)
    with closing(connect(path)) as conn:
        tx = Tx(conn, VAULT)
        settings = load_file(tmp_path / "app.yaml")
        assert isinstance(settings, AppYaml)
        for app in settings.apps:
            limits.seed(tx, app.name, app.limits.policy, datetime.now(UTC))
        yield tx
    os.close(lock)


def change(tx: Tx, app: str, caps: Caps, *, lasts: timedelta | None = None) -> None:
    """A change that somebody asked for and others agreed to."""
    now = datetime.now(UTC)
    request = requests.add(
        tx,
        kind=RequestKind.LIMITS_CHANGE,
        app=app,
        payload={},
        requester="U0MAYA",
        channel="C0SMS",
        now=now,
        expires_at=now,
    )
    ends_at = None if lasts is None else now + lasts
    before: Caps = dict.fromkeys(caps)
    limits.add_change(tx, request.id, app, caps, before, starts_at=now, ends_at=ends_at)


def test_what_holds_for_good_is_printed_as_a_diff_that_patch_takes(
    running: Tx, smsops: Run, tmp_path: Path
) -> None:
    change(running, "demo", {"number.day": 5, "mainland.stop": 1_000})
    change(running, "other", {"same.30s": None})
    change(running, "demo", {"number.day": 3}, lasts=timedelta(days=2))
    done = smsops("limits")
    assert done.returncode == 0
    assert done.stderr.startswith("Not in it, because it ends by itself: R-")
    assert done.stdout.startswith("--- a/app.yaml\n+++ b/app.yaml\n@@")
    if shutil.which("patch"):
        command = ["patch", "-p1", "-s", "-d", str(tmp_path)]
        subprocess.run(command, input=done.stdout, encoding="utf-8", check=True)
        written = load_file(tmp_path / "app.yaml")
        assert isinstance(written, AppYaml)
        demo, other = (app.limits.policy for app in written.apps)
        assert demo == policy_of({"number.day": 5, "same.30s": 1, "mainland.stop": 1_000})
        assert other == policy_of({"number.day": 2})
        again = smsops("limits")
        assert (again.returncode, again.stdout) == (0, "")
        assert again.stderr.startswith("app.yaml says what holds for good")
        assert "Not in it, because it ends by itself: R-" in again.stderr


def test_one_app_alone_is_printed_and_an_unknown_one_refused(running: Tx, smsops: Run) -> None:
    change(running, "demo", {"number.day": 5})
    change(running, "other", {"number.day": 7})
    done = smsops("limits", "--app", "other")
    assert [line for line in done.stdout.splitlines() if "per_number_day" in line] == [
        '+  - {name: other, sdk_app_id: "1400007777", signature: 云通信, '
        "limits: {per_number_day: 7}}"
    ]
    told = json.loads(smsops("limits", "--app", "other", "--json").stdout)
    assert told == {"diff": done.stdout, "temporary": []}
    unknown = smsops("limits", "--app", "nobody")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "There is no app nobody in it. There are: demo, other." in unknown.stderr


def test_without_a_store_or_a_sound_file_it_says_so(smsops: Run, tmp_path: Path) -> None:
    missing = smsops("limits")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "No such file" in missing.stderr
    (tmp_path / "app.yaml").write_text(FILE, encoding="utf-8")
    unused = smsops("limits", LC_ALL="zh_CN.UTF-8")
    assert (unused.returncode, unused.stdout) == (1, "")
    assert "smsops.db 中没有频率限制" in unused.stderr
    assert not (tmp_path / ".smsops").exists()
