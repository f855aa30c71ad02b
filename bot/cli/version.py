"""`smsops version`: which smsops this is."""

from argparse import Namespace
from importlib.metadata import version

from bot.cli.terminal import say


def run(args: Namespace) -> int:
    """Prints the version of the installed program."""
    say(f"smsops {version('smsops')}")
    return 0
