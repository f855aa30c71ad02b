"""The state file: written behind the requests, whole, for its owner only, and at the end."""

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.tencent.keeper import Keeper, write
from tests.sandbox.tencent.callers import until
from tests.sandbox.tencent.conftest import Start

NUMBER = "+8613800000001"


def serials_in(path: Path) -> list[str]:
    """What a restart would know of; nothing where there is no file yet."""
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"attempts": []}
    return [each["serial"] for each in found["attempts"]]


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def test_what_was_accepted_is_on_disk_soon(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "sandbox.json"
    caller = await start(path, report_delay_s=60.0, save_after_s=0.0)
    (row,) = await caller.send(NUMBER)
    await until(lambda: serials_in(path) == [row["SerialNo"]])
    pending = json.loads(path.read_text(encoding="utf-8"))["pending"]
    assert [each["serial"] for each in pending] == [row["SerialNo"]]
    await caller.sandbox.stop()
    assert names_in(tmp_path) == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_no_send_waits_for_the_disk_and_a_stop_loses_none(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "sandbox.json"
    caller = await start(path, save_after_s=3600.0)
    sent = [(await caller.send(f"+861380000000{last}"))[0]["SerialNo"] for last in (1, 2, 3)]
    assert not path.exists()
    await caller.sandbox.stop()
    assert serials_in(path) == sent


async def test_many_changes_become_one_write(tmp_path: Path) -> None:
    asked = 0

    def snapshot() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"asked": asked}

    keeper = Keeper(tmp_path / "state.json", snapshot, every_s=3600.0)
    keeper.start()
    for _ in range(100):
        keeper.note()
        await asyncio.sleep(0)
    await keeper.stop()
    await keeper.stop()  # a second time changes nothing
    assert json.loads((tmp_path / "state.json").read_text()) == {"asked": 1}


async def test_what_changes_while_a_write_is_under_way_is_written_after_it(tmp_path: Path) -> None:
    path, seen = tmp_path / "state.json", {"count": 0}
    keeper = Keeper(path, lambda: dict(seen), every_s=0.0)
    keeper.start()
    for count in range(1, 50):
        seen["count"] = count
        keeper.note()
        await asyncio.sleep(0)
    await until(lambda: path.exists() and json.loads(path.read_text())["count"] == 49)
    await keeper.stop()


async def test_a_disk_that_takes_nothing_is_said_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = Keeper(tmp_path / "nowhere" / "state.json", dict, every_s=0.0)
    keeper.start()
    keeper.note()
    await keeper.stop()
    assert "could not be written" in caplog.text


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    write(path, {"kept": True})
    path.with_name("blocked").mkdir()
    with pytest.raises(OSError, match="blocked"):
        write(path.with_name("blocked"), {})
    assert json.loads(path.read_text()) == {"kept": True}
    assert names_in(tmp_path) == ["blocked", "state.json"]
