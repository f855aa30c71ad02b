"""`smsops completion`: what makes bash, zsh or fish complete the command line."""

from argparse import Namespace
from collections.abc import Iterator

from bot.cli import SUB_COMMANDS, VERBOSE, Option, SubCommand
from bot.cli.terminal import write
from bot.locales import Locale, text

#: Sub-commands that take a file, whose names the shell itself knows.
OF_FILES = frozenset({"file"})
#: What stands for the value of an option that takes one.
FILES = frozenset({"FILE", "DIR"})

BASH = """\
_smsops() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}"
    local words="{commands}" each
    case "$before" in
        {files})
            local IFS=$'\\n'
            COMPREPLY=( $(compgen -f -- "$word") )
            compopt -o filenames 2>/dev/null
            return;;
        {values}) COMPREPLY=(); return;;
    esac
    for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$each" in
            -*) continue;;
{cases}
        esac
        break
    done
    COMPREPLY=( $(compgen -W "$words" -- "$word") )
}}
complete -F _smsops smsops
"""
# Loaded from a folder of $fpath it is itself the function that completes; sourced, it names one.
ZSH = """\
#compdef smsops
_smsops() {{
    local state line
    local -a commands=(
{commands}
    )
    _arguments -C {general} '1: :->command' '*:: :->rest'
    case "$state" in
        command) _describe command commands;;
        rest)
            case "$line[1]" in
{cases}
            esac;;
    esac
}}
if [ "$funcstack[1]" = _smsops ]; then _smsops "$@"; else compdef _smsops smsops; fi
"""


def run(args: Namespace) -> int:
    """Prints the script for the shell that is named."""
    match args.shell:
        case "fish":
            write("\n".join(_fish(args.locale)) + "\n")
        case "zsh":
            write(_zsh(args.locale))
        case _:
            write(_bash())
    return 0


def _bash() -> str:
    cases = "\n".join(f'            {each.name}) words="{_words(each)}";;' for each in SUB_COMMANDS)
    return BASH.format(
        commands=" ".join((*(each.name for each in SUB_COMMANDS), "--help", "--verbose")),
        files="|".join((*_options(of_files=True), *_with_files())),
        values="|".join(_options(of_files=False)),
        cases=cases,
    )


def _options(*, of_files: bool) -> list[str]:
    """Those that take a value: the name of a file or folder, or anything else."""
    every = {option.name: option for command in SUB_COMMANDS for option in command.options}
    return [
        f"--{name}"
        for name, option in every.items()
        if _takes_value(option) and (option.settings.get("metavar") in FILES) is of_files
    ]


def _takes_value(option: Option) -> bool:
    return option.settings.get("action") != "store_true"


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


def _zsh(locale: Locale) -> str:
    general = (
        f"'--{name}[{_in_brackets(text(locale, f'cli.option.{name}'))}]'"
        for name in ("help", "verbose")
    )
    commands = (
        f"        '{each.name}:{_in_brackets(text(locale, f'cli.command.{each.name}'))}'"
        for each in SUB_COMMANDS
    )
    cases = (
        f"                {each.name}) _arguments {' '.join(_specs(each, locale))};;"
        for each in SUB_COMMANDS
    )
    return ZSH.format(
        general=" ".join(general), commands="\n".join(commands), cases="\n".join(cases)
    )


def _specs(command: SubCommand, locale: Locale) -> Iterator[str]:
    """What zsh's own _arguments is told of a sub-command."""
    yield f"'--help[{_in_brackets(text(locale, 'cli.option.help'))}]'"
    for option in (*command.options, VERBOSE):
        about = _in_brackets(text(locale, f"cli.option.{option.name}"))
        meant = option.settings.get("metavar")
        value = f":{meant}:{'_files' if meant in FILES else ''}" if _takes_value(option) else ""
        yield f"'--{option.name}[{about}]{value}'"
    for argument in command.arguments:
        choices = argument.settings.get("choices", ())
        yield f"'1: :{'(' + ' '.join(choices) + ')' if choices else '_files'}'"


def _in_brackets(words: str) -> str:
    """For zsh: within [ ] and single quotes."""
    return words.replace("\\", "").replace("]", "\\]").replace("'", "'\\''")


def _fish(locale: Locale) -> Iterator[str]:
    yield "complete -c smsops -f"
    for command in SUB_COMMANDS:
        name, about = command.name, text(locale, f"cli.command.{command.name}")
        yield f"complete -c smsops -n __fish_use_subcommand -a {name} -d {_quoted(about)}"
        seen = f"'__fish_seen_subcommand_from {name}'"
        for option in command.options:
            about = text(locale, f"cli.option.{option.name}")
            is_file = option.settings.get("metavar") in FILES
            takes = (" -r -F" if is_file else " -x") if _takes_value(option) else ""
            yield f"complete -c smsops -n {seen} -l {option.name}{takes} -d {_quoted(about)}"
        for argument in command.arguments:
            choices = argument.settings.get("choices", ())
            what = f"-a {_quoted(' '.join(choices))}" if choices else "-F"
            yield f"complete -c smsops -n {seen} {what}"


def _quoted(words: str) -> str:
    """For fish: nothing but backslash and the quote itself means anything in single quotes."""
    escaped = words.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
