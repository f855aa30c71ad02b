"""A word that a command has no use for: it is told which, and how the command is typed."""

from bot.registry import Command, Typed, Whisper
from bot.rules.words import Word, did_you_mean
from bot.slack.messages import help as help_messages
from handlers import scopes
from handlers.services import Services


async def too_many(command: Command, knock: Typed, services: Services) -> Whisper:
    """The first of more words than a command takes; where that one may be a verb, mistyped, the
    very first."""
    word, known = knock.words[0], scopes.names_known(knock.person, services.settings)
    is_verb = not command.verb and word.key is None and word.text not in known
    if is_verb and _verb_near(command.noun, word.text, services):
        return not_understood(command, word, knock, services)
    return not_understood(command, knock.words[command.takes or 0], knock, services)


def not_understood(command: Command, word: Word, knock: Typed, services: Services) -> Whisper:
    """Nothing was done: `word` is none that stands there, but may be a verb, mistyped."""
    typed = word.text if word.key is None else f"{word.key}={word.text}"
    near = "" if command.verb else _verb_near(command.noun, typed, services)
    return Whisper(help_messages.stray(typed, command, near, knock.person.locale))


def of(noun: str, verb: str, word: Word, knock: Typed, services: Services) -> Whisper:
    """The same for whoever looks at the words of a command themselves."""
    command = services.registry.command(noun, verb)
    if command is None:
        raise LookupError(f"no command {noun} {verb}")
    return not_understood(command, word, knock, services)


def _verb_near(noun: str, typed: str, services: Services) -> str:
    registry = services.registry
    verbs = [each.verb for each in registry.commands if each.noun == noun and each.verb]
    names = {name: verb for name, verb in registry.synonyms.items() if verb in verbs}
    return did_you_mean(typed, verbs, names) or ""
