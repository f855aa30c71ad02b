"""Which file system a folder is on, as Linux tells it, and whether a database is kept there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.disks import LAYERED, MEMORY, NETWORK, Disk, disk_of, file_system_of

MOUNTS = """\
22 1 0:21 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/a
30 22 0:25 / /tmp rw - tmpfs tmpfs rw
31 22 8:1 / /srv rw master:1 - ext4 /dev/sda1 rw
32 31 0:40 / /srv/shared rw - nfs4 filer:/export rw
33 22 8:2 / /srv/my\\040data rw - xfs /dev/sdb1 rw
34 31 0:41 / /srv/twice rw - tmpfs tmpfs rw
35 31 8:3 / /srv/twice rw - btrfs /dev/sdc1 rw
no line of a mount at all
36 22
"""


@pytest.mark.parametrize(
    ("folder", "file_system"),
    [
        ("/", "overlay"),
        ("/var/lib/smsops", "overlay"),
        ("/tmp/x", "tmpfs"),
        ("/srv", "ext4"),
        ("/srvother", "overlay"),
        ("/srv/shared/deep/down", "nfs4"),
        ("/srv/my data/sms", "xfs"),
        ("/srv/twice/x", "btrfs"),
    ],
)
def test_the_deepest_mount_over_a_folder_counts(folder: str, file_system: str) -> None:
    assert file_system_of(folder, MOUNTS) == file_system


@pytest.mark.parametrize("told", ["", "nonsense", "1 2 3 4 /x - "])
def test_what_is_not_told_is_unknown(told: str) -> None:
    assert disk_of(file_system_of("/data", told)) is Disk.UNKNOWN


@given(st.text(), st.text())
def test_any_text_is_read_to_its_end(folder: str, told: str) -> None:
    assert isinstance(disk_of(file_system_of(folder, told)), Disk)


def test_each_kind_is_one_kind() -> None:
    assert not NETWORK & MEMORY | NETWORK & LAYERED | MEMORY & LAYERED
    assert disk_of("nfs4") is Disk.NETWORK
    assert disk_of("tmpfs") is Disk.MEMORY
    assert disk_of("overlay") is Disk.LAYERED
    assert disk_of("ext4") is Disk.LOCAL
