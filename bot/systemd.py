"""Tells systemd that the bot runs, or is about to stop; nobody where systemd did not start it.

Protocol: sd_notify(3), systemd 252.
"""

import os
import socket
from contextlib import suppress

ADDRESS = "NOTIFY_SOCKET"
#: It listens, and its clock ticks: what waits for it may begin.
READY = "READY=1"
STOPPING = "STOPPING=1"


def notify(state: str) -> None:
    """One word to whoever started the process. That nobody hears it stops nothing."""
    address = os.environ.get(ADDRESS, "")
    if not address:
        return
    # Linux writes the zero byte of a name that is no file as an @.
    name = "\0" + address[1:] if address.startswith("@") else address
    with (
        suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire,
    ):
        wire.setblocking(False)
        wire.connect(name)
        wire.send(state.encode())
