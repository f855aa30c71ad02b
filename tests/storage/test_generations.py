"""A file that was put back is recognised, by whatever means it came; the one that ran is not."""

import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import DatabaseQuarantined, StorageError
from storage import generations
from storage.db import connect, open_database
from storage.generations import Held, Hold, look, mark_path, renew
from storage.migrations import migrate
from tests.storage.rows import NOW, VAULT, later


def runs(path: Path) -> None:
    """A bot that starts and stops here."""
    open_database(path, VAULT).close()


def hold_of(path: Path) -> Hold | None:
    with closing(connect(path)) as conn:
        return look(conn, path)


def copy_to(target: Path, path: Path) -> Path:
    """As another tool does it, with the file at rest."""
    with closing(connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(shutil.copy(path, target))


def why(path: Path) -> Held | None:
    hold = hold_of(path)
    return None if hold is None else hold.why


def test_who_ran_here_last_runs_again(path: Path) -> None:
    for _ in range(3):
        runs(path)
        assert hold_of(path) is None


def test_a_file_from_before_there_were_marks_is_taken_as_it_is(path: Path) -> None:
    migrate(path, VAULT)
    assert not mark_path(path).exists()
    runs(path)
    assert mark_path(path).exists()


def test_a_copy_of_another_tool_is_held_once_the_bot_went_on(path: Path, tmp_path: Path) -> None:
    runs(path)
    copy = copy_to(tmp_path / "copy.db", path)
    runs(path)
    shutil.copy(copy, path)
    with pytest.raises(DatabaseQuarantined) as held:
        runs(path)
    assert held.value.path == path
    with pytest.raises(DatabaseQuarantined):
        runs(path)


def test_a_file_without_its_mark_is_held_and_so_is_one_with_the_mark_of_another(
    path: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "smsops.db"
    runs(path)
    runs(other)
    kept = mark_path(path).read_bytes()
    shutil.copy(mark_path(other), mark_path(path))
    assert why(path) is Held.UNLIKE
    mark_path(path).unlink()
    assert why(path) is Held.UNLIKE
    mark_path(path).write_bytes(kept)
    assert hold_of(path) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b'{"instance": 1}'])
def test_a_mark_that_cannot_be_read_holds_the_file(content: bytes, path: Path) -> None:
    runs(path)
    mark_path(path).write_bytes(content)
    assert why(path) is Held.UNLIKE


def test_a_new_file_in_the_place_of_one_that_was_lost_is_held(path: Path) -> None:
    runs(path)
    for each in path.parent.glob("smsops.db*"):
        if each != mark_path(path):
            each.unlink()
    with pytest.raises(DatabaseQuarantined):
        runs(path)
    assert hold_of(path) == Hold(Held.NEVER, None)


def test_a_hold_knows_since_when_the_file_may_have_forgotten(path: Path) -> None:
    migrate(path, VAULT)
    with closing(connect(path)) as conn:
        renew(conn, path, NOW)
        mark_path(path).unlink()
        assert look(conn, path) == Hold(Held.UNLIKE, NOW)
        generations.stamp(conn, later(minutes=1))
        generations.stamp(conn, later(minutes=9))
        assert look(conn, path) == Hold(Held.COPIED, later(minutes=1))


class Killed(BaseException):
    """The process is gone here."""


def renewals(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The same renewal, ended after each of its writes in turn, and once not at all."""
    for at in range(5):
        steps = iter(range(at))
        with closing(connect(path)) as conn, monkeypatch.context() as patch:

            def dies(real: object, steps: Iterator[int] = steps) -> object:
                def step(*args: object) -> object:
                    if next(steps, None) is None:
                        raise Killed
                    return real(*args)  # type: ignore[operator]

                return step

            patch.setattr(generations, "_set", dies(generations._set))
            patch.setattr(generations, "write_mark", dies(generations.write_mark))
            with suppress(Killed):
                renew(conn, path, NOW)
        yield at


def test_a_kill_anywhere_in_a_renewal_leaves_a_file_that_runs(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(path, VAULT)
    for _ in range(2):
        for at in renewals(path, monkeypatch):
            assert hold_of(path) is None, at


def test_a_kill_anywhere_in_a_renewal_leaves_an_older_copy_held(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs(path)
    copy = copy_to(tmp_path / "copy.db", path)
    runs(path)
    for at in renewals(path, monkeypatch):
        now = path.read_bytes()
        shutil.copy(copy, path)
        assert why(path) is Held.UNLIKE, at
        path.write_bytes(now)


def test_a_kill_anywhere_while_it_is_let_leaves_it_held_or_let(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs(path)
    with closing(connect(path)) as conn:
        generations.stamp(conn, NOW)
    for at in renewals(path, monkeypatch):
        assert why(path) is Held.COPIED, at
    with closing(connect(path)) as conn:
        generations.let(conn, path, NOW + timedelta(minutes=1))
    assert hold_of(path) is None


def test_a_folder_that_takes_no_mark_is_told(path: Path) -> None:
    migrate(path, VAULT)
    mark_path(path).with_name(mark_path(path).name + ".new").mkdir()
    with pytest.raises(StorageError, match="no new mark"):
        runs(path)


async def test_the_running_program_renews_it(path: Path) -> None:
    db = open_database(path, VAULT)
    first = mark_path(path).read_text(encoding="utf-8")
    await db.renew_generation(NOW)
    db.close()
    assert mark_path(path).read_text(encoding="utf-8") != first
    assert hold_of(path) is None
