"""`smsops sandbox`: the Tencent Cloud SMS stand-in alone, for any program's tests."""

import asyncio
import sys
from argparse import Namespace

from bot.cli.stopping import is_port_taken, until_stopped
from bot.cli.terminal import complain
from bot.locales import text
from bot.sandbox.tencent import SandboxConfig
from bot.sandbox.tencent.alone import serve

HOST = "127.0.0.1"


def run(args: Namespace) -> int:
    """Serves until Ctrl-C; 1 where the port is somebody else's."""
    serving = serve(
        HOST,
        args.port,
        json_line=args.json,
        config=SandboxConfig(),
        out=sys.stdout,
        locale=args.locale,
    )
    try:
        asyncio.run(until_stopped(serving))
    except OSError as error:
        if not is_port_taken(error):
            raise
        complain(text(args.locale, "cli.port_taken", port=args.port))
        return 1
    return 0
