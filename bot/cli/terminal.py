"""Writing to the terminal, in the language of whoever sits there."""

import os
import sys
from collections.abc import Mapping

from bot.locales import Locale, locale_of


def say(words: str) -> None:
    """One line, or several, to the standard output."""
    sys.stdout.write(words + "\n")


def write(content: str) -> None:
    """What another program reads on, to the standard output, as it is."""
    sys.stdout.write(content)


def complain(words: str) -> None:
    """One line, or several, to the standard error."""
    sys.stderr.write(words + "\n")


def locale_in(environ: Mapping[str, str]) -> Locale:
    """The language POSIX's variables name; the first that is set decides."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return locale_of(next((environ[name] for name in names if environ.get(name)), None))


def forget_output() -> None:
    """After the reader of a pipe is gone: what is still buffered goes nowhere, without a complaint.

    Otherwise the interpreter would write it on its way out, and fail again.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
