"""What must never be shown: secrets are known by their look, and by the name of their key."""

import json
import re
from collections.abc import Iterator

SHOWN_CHARACTERS = 60

# Slack documents its token prefixes; AKID and IKID begin every Tencent Cloud SecretId.
KNOWN_SECRET = re.compile(
    r"(?:xox[a-z](?:\.xox[a-z])?-|xapp-|hooks\.slack\.com/services/)[0-9A-Za-z/-]{8,}"
    r"|\b[AI]KID[0-9A-Za-z]{9,}"
)
_TELLING_KEY = re.compile(r"secret|token|passw|credential|(^|[_-])key$", re.IGNORECASE)
_LOOKS_RANDOM = re.compile(r"(?=[^\s]*[0-9])(?=[^\s]*[A-Za-z])[0-9A-Za-z+/=_-]{24,}")
_USER_IN_URL = re.compile(r"//[^/@\s]*@")


def known_secrets(line: str) -> Iterator[int]:
    """Where in a line of text something stands that can only be a secret (columns from 0)."""
    return (match.start() for match in KNOWN_SECRET.finditer(line))


def shown(value: object, key: str | int = "") -> str | None:
    """`value` as a fault may show it: short, on one line, secrets left out; None for nothing."""
    match value:
        case None:
            return None
        case dict():
            return "{…}"
        case list():
            return "[…]"
        case str():
            return _shown_text(value, str(key))
        case _:
            return shortened(json.dumps(value, default=str))


def _shown_text(value: str, key: str) -> str:
    if _TELLING_KEY.search(key) or _looks_secret(value):
        return f"•••• ({len(value)})"
    return shortened(json.dumps(_USER_IN_URL.sub("//••••@", value), ensure_ascii=False))


def shown_key(key: str) -> str:
    """A key as a fault may show it."""
    return "••••" if _looks_secret(key) else shortened(key)


def _looks_secret(words: str) -> bool:
    # The second pattern looks ahead from every character: on a long text that never ends, and
    # what stands behind the shown part needs no mask.
    start = words[: 4 * SHOWN_CHARACTERS]
    return bool(KNOWN_SECRET.search(start) or _LOOKS_RANDOM.search(start))


def shortened(words: str) -> str:
    """One line of at most 60 characters, with what does not print made visible."""
    cut = words if len(words) <= SHOWN_CHARACTERS else words[: SHOWN_CHARACTERS - 1] + "…"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in cut)
