"""`smsops completion`: what makes bash, zsh or fish complete the command line."""

from argparse import Namespace
from collections.abc import Iterator

from bot.cli import SUB_COMMANDS, SubCommand
from bot.cli.terminal import write
from bot.locales import Locale, text

#: Sub-commands that take a file, whose names the shell itself knows.
OF_FILES = frozenset({"file"})

BASH = """\
_smsops() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words=""
    case "$before" in {files}) COMPREPLY=( $(compgen -f -- "$word") ); return;; esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="{commands}"
    else
        case "${{COMP_WORDS[1]}}" in
{cases}
        esac
    fi
    COMPREPLY=( $(compgen -W "$words" -- "$word") )
}}
complete -F _smsops smsops
"""
ZSH = """\
#compdef smsops
autoload -U +X bashcompinit && bashcompinit
{bash}"""


def run(args: Namespace) -> int:
    """Prints the script for the shell that is named."""
    match args.shell:
        case "fish":
            write("\n".join(_fish(args.locale)) + "\n")
        case "zsh":
            write(ZSH.format(bash=_bash()))
        case _:
            write(_bash())
    return 0


def _bash() -> str:
    cases = "\n".join(f'            {each.name}) words="{_words(each)}";;' for each in SUB_COMMANDS)
    return BASH.format(
        commands=" ".join((*(each.name for each in SUB_COMMANDS), "--help", "--verbose")),
        files="--config|--data|--data-dir" + "".join(f"|{each}" for each in _with_files()),
        cases=cases,
    )


def _with_files() -> list[str]:
    return [
        each.name
        for each in SUB_COMMANDS
        if any(argument.name in OF_FILES for argument in each.arguments)
    ]


def _words(command: SubCommand) -> str:
    """What may follow the sub-command, as the shell splits it."""
    choices = command.arguments[0].settings.get("choices", ()) if command.arguments else ()
    options = (f"--{option.name}" for option in command.options)
    return " ".join((*choices, *options, "--help", "--verbose"))


def _fish(locale: Locale) -> Iterator[str]:
    yield "complete -c smsops -f"
    for command in SUB_COMMANDS:
        name, about = command.name, text(locale, f"cli.command.{command.name}")
        yield f"complete -c smsops -n __fish_use_subcommand -a {name} -d {_quoted(about)}"
        seen = f"'__fish_seen_subcommand_from {name}'"
        for option in command.options:
            about = text(locale, f"cli.option.{option.name}")
            takes = "" if option.settings.get("action") == "store_true" else " -r -F"
            yield f"complete -c smsops -n {seen} -l {option.name}{takes} -d {_quoted(about)}"
        for argument in command.arguments:
            choices = argument.settings.get("choices", ())
            what = f"-a {_quoted(' '.join(choices))}" if choices else "-F"
            yield f"complete -c smsops -n {seen} {what}"


def _quoted(words: str) -> str:
    """For fish: nothing but backslash and the quote itself means anything in single quotes."""
    escaped = words.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
