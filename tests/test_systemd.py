"""systemd hears when the bot is ready, in its own words; who did not start it that way is left."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import systemd


@pytest.fixture
def manager() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.settimeout(5)
        yield wire


@pytest.mark.parametrize("is_file", [True, False])
def test_a_word_comes_to_the_address_that_was_given(
    is_file: bool, manager: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manager.bind("notify" if is_file else "\0" + tmp_path.name)
    monkeypatch.setenv(systemd.ADDRESS, "notify" if is_file else "@" + tmp_path.name)
    systemd.notify(systemd.READY)
    systemd.notify(systemd.STOPPING)
    assert [manager.recv(100), manager.recv(100)] == [b"READY=1", b"STOPPING=1"]


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "@nobody-listens", "x" * 200])
def test_nobody_who_listens_stops_nothing(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(systemd.ADDRESS, address)
    systemd.notify(systemd.READY)
