"""One process that forks the lives, for all tests of a worker."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.crash.nursery import zygote as forking


@pytest.fixture(scope="session")
def zygote() -> Iterator["subprocess.Popen[bytes]"]:
    with forking() as process:
        yield process
