"""Where the file lies and how it is written, seen on a real one; and what another process reads."""

from pathlib import Path

import pytest

from bot.errors import StorageError, WrongDataKey
from bot.rules.delivery import MessageState
from bot.rules.disks import Disk
from storage import checkups, durability
from storage.checkups import FileReader
from storage.db import Database, Tx
from storage.ids import to_ms
from storage.vault import KEY_BYTES, Vault
from tests.storage.rows import NOW, NUMBER, OTHER_NUMBER, VAULT, add_message, later


def test_the_disk_is_the_one_the_folder_is_on(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    line = f"9 1 0:4 / {tmp_path.resolve()} rw - nfs4 filer:/export rw\n"
    mounts.write_text("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n" + line)
    place = durability.place_of(tmp_path / "data" / "smsops.db", mounts)
    assert (place.disk, place.file_system) == (Disk.NETWORK, "nfs4")
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(tmp_path)
    assert durability.place_of(link / "smsops.db", mounts).disk is Disk.NETWORK
    assert durability.place_of(tmp_path / "x.db", tmp_path / "none").disk is Disk.UNKNOWN


async def test_our_connections_write_so_that_nothing_is_lost(db: Database) -> None:
    written = await db.read(durability.writing)
    assert (written.journal, written.synchronous) == ("wal", 2)
    assert await FileReader(db.path, VAULT).read(durability.writing) == written


def settle(tx: Tx, number: str, state: MessageState, s: float) -> None:
    found = add_message(tx, number=number)
    tx.run(
        "UPDATE messages SET state = :state, fee_segments = 1, accepted_at_ms = :at WHERE id = :id",
        state=state.value,
        at=to_ms(later(s=s)),
        id=found,
    )


def test_the_latest_that_was_reported_on_is_found(tx: Tx) -> None:
    assert checkups.last_reported(tx, NOW) is None
    settle(tx, NUMBER, MessageState.DELIVERED, 10)
    settle(tx, OTHER_NUMBER, MessageState.UNDELIVERED, 20)
    settle(tx, NUMBER, MessageState.ACCEPTED, 30)
    assert checkups.last_reported(tx, NOW) == ("demo", OTHER_NUMBER)
    assert checkups.last_reported(tx, later(s=21)) is None


async def test_another_process_reads_beside_the_bot_and_changes_nothing(db: Database) -> None:
    reader = FileReader(db.path, VAULT)
    assert await reader.read(checkups.last_reported, NOW) is None

    def change(tx: Tx) -> None:
        tx.run("DELETE FROM about")

    with pytest.raises(StorageError):
        await reader.read(change)


async def test_with_another_key_nothing_is_read(db: Database) -> None:
    with pytest.raises(WrongDataKey):
        await FileReader(db.path, Vault(bytes(KEY_BYTES))).read(checkups.last_reported, NOW)


async def test_a_file_that_is_none_of_ours_is_told_of(tmp_path: Path) -> None:
    for name, body in (("empty.db", b""), ("page.db", b"<html>" * 999)):
        path = tmp_path / name
        path.write_bytes(body)
        with pytest.raises(StorageError):
            await FileReader(path, VAULT).read(checkups.last_reported, NOW)
