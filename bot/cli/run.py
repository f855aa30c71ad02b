"""`smsops run`: the bot, until it is told to stop."""

import asyncio
import logging
import os
from argparse import Namespace
from pathlib import Path

from bot.cli.faults import listed
from bot.cli.stopping import until_stopped
from bot.cli.terminal import complain
from bot.settings import Faults, load

log = logging.getLogger("smsops")


def run(args: Namespace) -> int:
    """Runs the bot with the settings there are; 1 where they make no working set."""
    settings = load(Path(args.config), os.environ)
    if isinstance(settings, Faults):
        complain(listed(settings, args.config, args.locale))
        return 1
    # Bolt and its company are imported here: a wrong setting is told without waiting for them.
    from bot.app import run as run_bot
    from bot.logs import set_up

    set_up()
    try:
        asyncio.run(until_stopped(run_bot(settings)))
    except Exception as error:
        # Whoever reads the log finds it there; whoever sits there is told in a sentence.
        log.error(str(error), extra={"event": "ended", "reason": type(error).__name__})
        raise
    log.info("stopped", extra={"event": "stopped"})
    return 0
