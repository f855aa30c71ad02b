"""What kind of disk a file lies on, by the name its file system goes by in Linux."""

from enum import StrEnum

#: The write-ahead log is memory two processes share: over a network it is not one memory
#: (sqlite.org/wal.html, 2025).
NETWORK = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.glusterfs", "fuse.s3fs",
        "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3",
        "smbfs", "virtiofs",
    }
)  # fmt: skip
MEMORY = frozenset({"ramfs", "tmpfs"})
#: What a container writes beside its volumes goes with the container.
LAYERED = frozenset({"aufs", "fuse-overlayfs", "fuse.fuse-overlayfs", "overlay"})


class Disk(StrEnum):
    """Whether a database is kept there."""

    LOCAL = "local"
    NETWORK = "network"
    MEMORY = "memory"
    """Gone with the next start of the machine."""
    LAYERED = "layered"
    """A container's own layer, gone with the container."""
    UNKNOWN = "unknown"


def disk_of(file_system: str) -> Disk:
    """The kind of a file system; "" for one nobody could name."""
    if not file_system:
        return Disk.UNKNOWN
    if file_system in NETWORK:
        return Disk.NETWORK
    if file_system in MEMORY:
        return Disk.MEMORY
    return Disk.LAYERED if file_system in LAYERED else Disk.LOCAL


def file_system_of(folder: str, mounts: str) -> str:
    """The file system `folder` (absolute, without links in it) is on, as `mounts` has it; "" where
    it does not say.

    `mounts` is the text of ``/proc/self/mountinfo`` (man 5 proc): the fifth word of a line is where
    something is mounted, the one behind the lone dash is its file system. The deepest place counts,
    and of several at one place the last.
    """
    best, found = -1, ""
    for line in mounts.splitlines():
        before, dash, behind = line.partition(" - ")
        words = before.split()
        if not dash or len(words) < 5:
            continue
        place = _unescaped(words[4])
        if _is_in(folder, place) and len(place) >= best:
            best, found = len(place), behind.split()[0] if behind.split() else ""
    return found


def _is_in(folder: str, place: str) -> bool:
    return folder == place or folder.startswith(place.rstrip("/") + "/")


def _unescaped(place: str) -> str:
    """Spaces and the like stand as octal numbers."""
    for written, meant in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        place = place.replace(written, meant)
    return place
