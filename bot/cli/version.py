"""`smsops version`: which smsops this is."""

import json
from argparse import Namespace
from importlib.metadata import version

from bot.cli.terminal import say


def run(args: Namespace) -> int:
    """Prints the version of the installed program."""
    installed = version("smsops")
    say(json.dumps({"version": installed}) if args.json else f"smsops {installed}")
    return 0
