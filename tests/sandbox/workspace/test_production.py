"""The bot as `smsops run` starts it has nothing of the stand-ins in it, and no door of theirs."""

import subprocess
import sys

import pytest
from aiohttp import web

from bot.sandbox.workspace import Workspace

LOADED = """
import sys
import bot.app, bot.cli.run
print(*(name for name in sys.modules if name.startswith("bot.sandbox")))
"""


def test_the_program_of_production_loads_no_stand_in() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


def doors() -> list[str]:
    """Every address of the workspace that is its own, with something in the place of names."""
    routes = Workspace()._app().router.resources()
    paths = [resource.canonical for resource in routes if isinstance(resource, web.Resource)]
    return sorted({path for path in paths if path not in ("/", "/{name}")})


def test_every_switch_of_the_page_lies_where_the_guard_looks() -> None:
    """What is not under /ui/ asks for a token, a ticket, or a secret in the address itself."""
    others = [path for path in doors() if not path.startswith("/ui/")]
    assert others == [
        "/api/{method}",
        "/files-pri/{key}/download/{name}",
        "/files-pri/{key}/{name}",
        "/link/{ticket}",
        "/response/{token}",
        "/signin",
        "/upload/v1/{token}",
    ]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
async def test_it_never_listens_to_the_network(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        await Workspace().start(host)
