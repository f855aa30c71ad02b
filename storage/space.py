"""What the database takes of its disk, and what is left of that."""

import os
from pathlib import Path

from bot.rules.vitals import Space


def look(path: Path) -> Space:
    """The space of the database at `path`; a file that is not there takes none. Raises OSError
    where the disk itself cannot be asked."""
    disk = os.statvfs(path.parent)
    return Space(
        free_bytes=disk.f_bavail * disk.f_frsize,
        file_bytes=_size(path),
        wal_bytes=_size(path.with_name(path.name + "-wal")),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
