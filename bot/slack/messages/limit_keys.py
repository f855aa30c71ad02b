"""What a cap counts, in words, and what one types for it."""

from bot.locales import Locale, text
from bot.rules.policies import INTERNATIONAL, MAINLAND, NUMBER, SAME, read_key


def label(key: str, locale: Locale) -> str:
    """What the cap under `key` (`otp.hour`, `SG.stop`) counts, as plain text."""
    known = read_key(key)
    if known is None:
        return key
    if not known.is_total:
        window = text(locale, f"limit_keys.window.{known.measure}")
        return text(locale, f"limit_keys.of.{known.scope}", window=window)
    return text(locale, f"limit_keys.total.{known.measure}", place=place(known.scope, locale))


def place(scope: str, locale: Locale) -> str:
    """Where the messages of a total go: a side, or a country by its ISO code."""
    if scope in {MAINLAND, INTERNATIONAL}:
        return text(locale, f"limit_keys.place.{scope}")
    return text(locale, "limit_keys.place.country", country=scope)


def cap(given: int | None, locale: Locale) -> str:
    """A cap as a figure, or that there is none."""
    return text(locale, "limit_keys.no_cap") if given is None else f"{given:,}"


def typed(key: str) -> str:
    """What one types for a key: `day` for `number.day`, `same` for `same.30s`."""
    return SAME if key == f"{SAME}.30s" else key.removeprefix(f"{NUMBER}.")


def assigned(key: str, given: int | None) -> str:
    """A cap with its figure, as one types it: `day=5`, `SG.stop=off`."""
    return f"{typed(key)}={written(given)}"


def written(given: int | None) -> str:
    """A figure as one types it: `5`, `off`."""
    return "off" if given is None else str(given)
