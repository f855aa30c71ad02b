"""Typed reading of the parameters of a call; whatever is wrong becomes the vendor's refusal."""

import json
import re
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl

from bot.sandbox.tencent.records import is_unicode
from bot.sandbox.tencent.refusals import CallError

MAX_INTEGER = 2**63 - 1
#: Steps behind the name of a parameter in a query: array, object, array.
MAX_DEPTH = 4


class Fields:
    """The parameters of one call.

    Missing required names are found before unknown ones: field names of 2019-07-11 sent with the
    newer version are answered ``MissingParameter``. A null counts as absent.
    """

    def __init__(
        self,
        raw: Mapping[str, object],
        *,
        required: Collection[str] = (),
        optional: Collection[str] = (),
    ) -> None:
        self._raw = {name: value for name, value in raw.items() if value is not None}
        self.check_names("", required=required, optional=optional)

    def check_names(
        self, prefix: str, *, required: Collection[str], optional: Collection[str]
    ) -> None:
        """Refuse a missing and an unknown name; `prefix` is where this object stands."""
        before = f"{prefix}." if prefix else ""
        for name in required:
            if name not in self._raw:
                raise CallError("MissingParameter", name=before + name)
        for name in self._raw:
            if name not in required and name not in optional:
                raise CallError("UnknownParameter", name=before + printable(name))

    def text(self, name: str, default: str = "") -> str:
        """A string."""
        return _text(self._raw.get(name, default), name)

    def integer(self, name: str, default: int = 0) -> int:
        """A 64-bit integer."""
        return _integer(self._raw.get(name, default), name)

    def texts(self, name: str) -> tuple[str, ...]:
        """An array of strings, empty if absent."""
        return tuple(_text(each, f"{name}.{at}") for at, each in enumerate(self._array(name)))

    def integers(self, name: str) -> tuple[int, ...]:
        """An array of integers, empty if absent."""
        return tuple(_integer(each, f"{name}.{at}") for at, each in enumerate(self._array(name)))

    def mapping(self, name: str) -> "Fields":
        """An object whose own names are not checked; a v5 body has them."""
        return _mapping(self._raw.get(name), name)

    def mappings(self, name: str) -> tuple["Fields", ...]:
        """An array of such objects."""
        return tuple(_mapping(each, f"{name}.{at}") for at, each in enumerate(self._array(name)))

    def has(self, name: str) -> bool:
        """Whether the parameter was given."""
        return name in self._raw

    def text_or_integer(self, name: str) -> str:
        """A string, or an integer written out; v5 clients send country codes as either."""
        value = self._raw.get(name)
        return str(_integer(value, name)) if type(value) is int else _text(value, name)

    def _array(self, name: str) -> list[object]:
        value = self._raw.get(name, [])
        if not isinstance(value, list):
            raise CallError("InvalidParameter", name=name)
        return value


class FromQuery(str):
    """A value out of a query string, where a number has no type of its own."""

    __slots__ = ()


def read_json(body: bytes) -> dict[str, object]:
    """The JSON object in a body. Raises CallError for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise CallError("InvalidRequest") from None
    if not isinstance(value, dict):
        raise CallError("InvalidRequest")
    return value


def read_query(query: str) -> dict[str, object]:
    """The parameters of a GET; ``X.0=…&X.1.Y=…`` is the array X with an object in its second place.

    The members of an array must come in order.
    """
    found: dict[str, object] = {}
    for key, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        put_parameter(found, key, FromQuery(value))
    return found


def put_parameter(found: dict[str, object], key: str, value: object) -> None:
    """Add one parameter to those `found`; its `key` is written as in a query. Raises CallError."""
    name, *steps = key.split(".")
    if len(steps) > MAX_DEPTH:
        raise CallError("InvalidParameter", name=printable(key))
    _put(found, [name, *steps], value, key)


def _put(into: dict[str, object], steps: list[str], value: object, key: str) -> None:
    """Put `value` where `steps` lead: names into objects, positions into arrays."""
    place: dict[str, object] | list[object] = into
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        empty: object = value if following is None else [] if following.isdigit() else {}
        if isinstance(place, dict):
            inner = place.setdefault(step, empty) if following is not None else empty
            place[step] = inner
        elif step == str(len(place)):
            inner = empty
            place.append(inner)
        elif following is not None and step == str(len(place) - 1):
            inner = place[-1]
        else:
            raise CallError("InvalidParameter", name=printable(key))
        if following is None:
            return
        if not isinstance(inner, dict | list) or isinstance(inner, list) != following.isdigit():
            raise CallError("InvalidParameter", name=printable(key))
        place = inner


def printable(text: str) -> str:
    """The head of a stranger's text, fit to be quoted in an answer."""
    return text[:64].encode("utf-8", "replace").decode()


def _mapping(value: object, name: str) -> Fields:
    if not isinstance(value, dict):
        raise CallError("InvalidParameter", name=name)
    return Fields(value, optional=value.keys())


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not is_unicode(value):
        raise CallError("InvalidParameter", name=name)
    return str(value)


def _integer(value: object, name: str) -> int:
    if isinstance(value, FromQuery) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    if type(value) is int and abs(value) <= MAX_INTEGER:
        return value
    raise CallError("InvalidParameter", name=name)
