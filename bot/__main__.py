"""The command line `smsops`: finds the sub-command, runs it, and turns failures into sentences.

Every sub-command is imported when it is chosen, so that `--help` costs nothing of what they need.
"""

import importlib
import io
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from bot.cli import QUARANTINED
from bot.cli.parser import build, refuse_unknown_command
from bot.cli.terminal import complain, forget_output, locale_in
from bot.locales import Locale, text

#: Which settings are meant where no --config says so.
CONFIG_VARIABLE, CONFIG_FILE = "SMSOPS_CONFIG", "app.yaml"
REFUSED = 1
UNEXPECTED = 2
# What a shell reports of a program ended by SIGINT and by SIGPIPE: 128 and the signal's number.
INTERRUPTED = 130
PIPE_CLOSED = 141


def main(line: Sequence[str] | None = None) -> int:
    """Runs one command line, by default the program's own; returns the exit code."""
    locale = locale_in(os.environ)
    _print_anything()
    try:
        code = _run(sys.argv[1:] if line is None else line, locale)
        sys.stdout.flush()
    except BrokenPipeError:
        forget_output()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _run(line: Sequence[str], locale: Locale) -> int:
    parser, line = build(locale), _meant(line)
    refuse_unknown_command(parser, line)
    args = parser.parse_args(line)
    if args.command is None:
        parser.print_help()
        return 0
    args.locale = locale
    if "config" in args and args.config is None:
        args.config = os.environ.get(CONFIG_VARIABLE) or CONFIG_FILE
    return _guarded(args)


def _meant(line: Sequence[str]) -> Sequence[str]:
    """What many programs understand, in our words."""
    match line:
        case ["--version", *rest]:
            return ["version", *rest]
        case ["help", *rest]:
            return [*rest, "--help"]
        case _:
            return line


def _guarded(args: Namespace) -> int:
    try:
        module = importlib.import_module(f"bot.cli.{args.command}")
        run: Callable[[Namespace], int] = module.run
        return run(args)
    except BrokenPipeError:
        raise
    except Exception as error:
        return _explained(error, args)


def _explained(error: Exception, args: Namespace) -> int:
    """A sentence for what went wrong: its own, or the cause in a line. Secrets and numbers in what
    others say of it are covered, as in the log."""
    from bot.errors import DatabaseQuarantined, SmsopsError
    from bot.logs import cover

    if args.verbose or os.environ.get("SMSOPS_DEBUG"):
        import traceback

        complain(cover(traceback.format_exc()))
    if isinstance(error, SmsopsError):
        complain(text(args.locale, error.key, **error.values))
        return QUARANTINED if isinstance(error, DatabaseQuarantined) else REFUSED
    first_line = next(iter(str(error).splitlines()), "")
    cause = cover(f"{type(error).__name__}: {first_line}".removesuffix(": "))[:300]
    complain(text(args.locale, "cli.unexpected", cause=cause))
    return UNEXPECTED


def _print_anything() -> None:
    """A terminal that has no Chinese shows escapes instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
