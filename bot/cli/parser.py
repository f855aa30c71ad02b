"""The argparse parser of the whole command line, in the catalogue's words."""

import argparse
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from bot.cli import SUB_COMMANDS, VERBOSE, Argument, Option
from bot.locales import Locale, text

USAGE_ERROR = 2


class Parser(argparse.ArgumentParser):
    """A parser whose headings and refusals are in the language of `locale`."""

    def __init__(self, *, locale: Locale, prog: str, about: str) -> None:
        super().__init__(
            prog=prog,
            description=about,
            add_help=False,
            allow_abbrev=False,
            formatter_class=lambda prog: Formatter(prog, locale),
        )
        self.locale = locale
        # argparse shows no group that stays empty.
        self.words = self.add_argument_group(text(locale, "cli.arguments"))

    def add_options(self, options: Iterable[Option]) -> None:
        """Adds the options, and --help, with what the catalogue says about each."""
        group = self.add_argument_group(text(self.locale, "cli.options"))
        group.add_argument("-h", "--help", action="help", help=text(self.locale, "cli.option.help"))
        for option in options:
            about = text(self.locale, f"cli.option.{option.name}")
            group.add_argument(f"--{option.name}", help=about, **option.settings)

    def add_words(self, arguments: Iterable[Argument]) -> None:
        """Adds the words that stand for themselves."""
        for argument in arguments:
            about = text(self.locale, f"cli.argument.{argument.name}")
            self.words.add_argument(argument.name, help=about, **argument.settings)

    def error(self, message: str) -> NoReturn:
        """Says that the line is not understood; the detail is in argparse's own words."""
        self.refuse("cli.not_understood", detail=message)

    def refuse(self, key: str, **values: object) -> NoReturn:
        """Ends the program with a sentence and the way to the help."""
        sentence = text(self.locale, key, **values)
        where = text(self.locale, "cli.see_help", command=self.prog)
        self.exit(USAGE_ERROR, f"{sentence}\n{where}\n")


class Formatter(argparse.HelpFormatter):
    """argparse's layout, with its one word that is no heading translated as well."""

    def __init__(self, prog: str, locale: Locale) -> None:
        super().__init__(prog)
        self.usage_word = text(locale, "cli.usage") + " "

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, prefix or self.usage_word)


def build(locale: Locale) -> Parser:
    """The parser; `command` is None in what it reads where no sub-command is given."""
    parser = Parser(locale=locale, prog="smsops", about=text(locale, "cli.about"))
    commands = parser.add_subparsers(
        dest="command",
        prog="smsops",
        title=text(locale, "cli.commands"),
        metavar=text(locale, "cli.command_word"),
    )
    for command in SUB_COMMANDS:
        about = text(locale, f"cli.command.{command.name}")
        child = commands.add_parser(
            command.name, help=about, locale=locale, prog=f"smsops {command.name}", about=about
        )
        child.add_words(command.arguments)
        # The same option before the sub-command must not be undone by its default behind it.
        child.add_options((*command.options, Option("verbose", _without_default(VERBOSE))))
    parser.add_options((VERBOSE,))
    return parser


def _without_default(option: Option) -> dict[str, Any]:
    return {**option.settings, "default": argparse.SUPPRESS}


def refuse_unknown_command(parser: Parser, line: Sequence[str]) -> None:
    """Ends the program where the first word is no sub-command, with the nearest one there is."""
    names = [command.name for command in SUB_COMMANDS]
    word = next((word for word in line if not word.startswith("-")), None)
    if word is None or word in names:
        return
    near = get_close_matches(word, names, n=1)
    if near:
        parser.refuse("cli.misspelt_command", word=word, near=near[0])
    parser.refuse("cli.unknown_command", word=word, known=", ".join(names))
