"""What a card says of one alert: a line, what it means, what to do, where the evidence is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.locales import Locale
from bot.registry import Json

Facts: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Described:
    """One alert in words. All of it is mrkdwn: whoever makes it escapes what came from outside."""

    title: str
    """One line, with its figures: "demo: 14 messages refused, 5 an hour to one number"."""
    means: str
    """What that means for the people who get the messages, in a sentence or two."""
    do: str
    """What to do now."""
    evidence: tuple[str, ...] = ()
    """What to type to see more: ``/sms why R-7K3Q``. Shown as code."""
    buttons: tuple[Json, ...] = ()
    """Buttons for this kind alone, at most three; the card has its own beside them."""


#: Facts of a signal, its labels and `count` beside them, to words.
Describe: TypeAlias = Callable[[Facts, Locale], Described]
