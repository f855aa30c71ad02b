"""Whether what is committed stays: which disk the database is on, and how SQLite writes to it."""

from dataclasses import dataclass
from pathlib import Path

from bot.rules.disks import Disk, disk_of, file_system_of
from storage.db import Tx

MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the file lies; `file_system` is "" where nobody can name it."""

    disk: Disk
    file_system: str


@dataclass(frozen=True, slots=True)
class Writing:
    """How SQLite writes: PRAGMA journal_mode and PRAGMA synchronous of our connections."""

    journal: str
    synchronous: int


def place_of(path: Path, mounts: Path = MOUNTS) -> Place:
    """The disk `path` is on, or would be; `mounts` is what Linux tells of its mounts."""
    try:
        told = mounts.read_text(encoding="utf-8", errors="replace")
    except OSError:
        told = ""
    file_system = file_system_of(str(path.parent.resolve()), told)
    return Place(disk_of(file_system), file_system)


def writing(tx: Tx) -> Writing:
    """How SQLite writes through the connection that asks; all of ours are made alike."""
    conn = tx.conn
    (journal,) = conn.execute("PRAGMA journal_mode").fetchone()
    (synchronous,) = conn.execute("PRAGMA synchronous").fetchone()
    return Writing(str(journal), int(synchronous))
