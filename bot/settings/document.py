"""Reads app.yaml: bounded, without tags, aliases or doubled keys, and with every line remembered.

Only the YAML 1.2 core words are values (true, false, null, whole and decimal numbers); everything
else is text, so that `no`, `12:30` and `2026-01-01` mean what they say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.settings.faults import Fault, Problem, fault_at
from bot.settings.masking import KNOWN_SECRET, shortened
from bot.settings.places import Mark, Place, place_of

LARGEST_BYTES = 256 * 1024
DEEPEST = 12

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]

_WORDS: Mapping[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}
# More digits than any setting needs would cost the square of their number to read.
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_UNQUOTED = re.compile(r"found character '([@`%])' that cannot start any token")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and where it says it."""

    data: dict[str, Value]
    marks: Mapping[Place, Mark]
    text: str

    def at(self, place: Place) -> Value:
        """What stands there; None where nothing does, whatever shape the rest has."""
        found: Value = self.data
        for part in place:
            if isinstance(part, int):
                found = found[part] if isinstance(found, list) else None
            else:
                found = found.get(part) if isinstance(found, dict) else None
        return found

    def mark(self, place: Place) -> Mark | None:
        """Where `place` stands, or the nearest thing around it that stands anywhere."""
        while place and place not in self.marks:
            place = place[:-1]
        return self.marks.get(place)

    def replaced(self, overrides: Mapping[str, object]) -> "Document":
        """This document with other values under dotted keys; None leaves a key out.

        What is replaced has no line any more.
        """
        data, marks = self.data, dict(self.marks)
        for key, value in overrides.items():
            place = place_of(key)
            data = _with(data, place, value)
            marks = {known: mark for known, mark in marks.items() if known[: len(place)] != place}
        return Document(data, marks, self.text)


class UnreadableError(Exception):
    """The file cannot be read past this point."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.problem)
        self.fault = fault


def read_document(path: Path) -> tuple[Document | None, list[Fault]]:
    """The file's content, with its doubled and empty keys; None and the cause where it has none."""
    try:
        written = _text_of(path)
        composer = _Composer(written, path)
        return Document(composer.compose(), composer.marks, written), composer.faults
    except UnreadableError as refused:
        return None, [refused.fault]


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise UnreadableError(_of_file(path, Problem.TOO_LARGE, limit_kb=LARGEST_BYTES // 1024))
        return content.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableError(_of_file(path, Problem.UNREADABLE, reason=reason)) from error
    except UnicodeDecodeError as error:
        raise UnreadableError(_of_file(path, Problem.NOT_TEXT)) from error


def _of_file(path: Path, problem: Problem, mark: Mark | None = None, **values: object) -> Fault:
    line, column = mark or (None, None)
    return Fault(problem, path.name, line, column, values=values)


class _Composer:
    """Turns the parser's events into plain values; nothing is ever constructed from a tag."""

    def __init__(self, text: str, path: Path) -> None:
        self.marks: dict[Place, Mark] = {}
        self.faults: list[Fault] = []
        self.path = path
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)

    def compose(self) -> dict[str, Value]:
        """The one mapping the file must be. An empty file is an empty mapping."""
        try:
            return self._document()
        except yaml.MarkedYAMLError as error:
            raise UnreadableError(self._not_yaml(error)) from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # The latter two: PyYAML hands "\\UFFFFFFFF" to chr(), and half a character is no text.
            fault = _of_file(self.path, Problem.NOT_YAML, reason=type(error).__name__)
            raise UnreadableError(fault) from error

    def _document(self) -> dict[str, Value]:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return {}
        value = self._value(next(self.events), ())
        next(self.events)
        end = next(self.events)
        if not isinstance(end, yaml.StreamEndEvent):
            raise UnreadableError(_of_file(self.path, Problem.SECOND_DOCUMENT, _mark(end)))
        if not isinstance(value, dict | None):
            raise UnreadableError(_of_file(self.path, Problem.NOT_A_MAPPING, Mark(1, 1)))
        return value or {}

    def _value(self, event: yaml.Event, place: Place) -> Value:
        self._refuse_tricks(event, place)
        match event:
            case yaml.MappingStartEvent():
                return self._mapping(place)
            case yaml.SequenceStartEvent():
                return self._sequence(place)
            case yaml.ScalarEvent():
                return _scalar(event)
        raise yaml.YAMLError(type(event).__name__)

    def _mapping(self, place: Place) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            self._refuse_tricks(event, place)
            if not isinstance(event, yaml.ScalarEvent):
                raise UnreadableError(fault_at(place, _mark(event), Problem.KEY_NOT_TEXT))
            key = _encodable(event.value)
            inside = (*place, key)
            self._note_doubled(inside, _mark(event))
            value = self._value(next(self.events), inside)
            if value is None:
                self.faults.append(fault_at(inside, _mark(event), Problem.EMPTY))
            else:
                found.setdefault(key, value)
        return found

    def _note_doubled(self, place: Place, mark: Mark) -> None:
        first_line = self.marks.setdefault(place, mark).line
        if self.marks[place] != mark:
            fault = fault_at(place, mark, Problem.DUPLICATE_KEY, first_line=first_line)
            self.faults.append(fault)

    def _sequence(self, place: Place) -> list[Value]:
        found: list[Value] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            item = (*place, len(found))
            self.marks.setdefault(item, _mark(event))
            found.append(self._value(event, item))
        return found

    def _refuse_tricks(self, event: yaml.Event, place: Place) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise UnreadableError(fault_at(place, _mark(event), Problem.ALIAS))
        if getattr(event, "tag", None):
            raise UnreadableError(fault_at(place, _mark(event), Problem.TAG))
        if len(place) > DEEPEST:
            raise UnreadableError(fault_at(place[:DEEPEST], _mark(event), Problem.TOO_DEEP))

    def _not_yaml(self, error: yaml.MarkedYAMLError) -> Fault:
        at = error.problem_mark
        mark = Mark(at.line + 1, at.column + 1) if at else None
        problem = error.problem or type(error).__name__
        if unquoted := _UNQUOTED.search(problem):
            return _of_file(self.path, Problem.NEEDS_QUOTES, mark, character=unquoted[1])
        reason = shortened(KNOWN_SECRET.sub("••••", problem))
        return _of_file(self.path, Problem.NOT_YAML, mark, reason=reason)


def _mark(event: yaml.Event) -> Mark:
    at = event.start_mark
    return Mark(at.line + 1, at.column + 1) if at else Mark(1, 1)


def _scalar(event: yaml.ScalarEvent) -> str | int | float | bool | None:
    written = _encodable(event.value)
    if event.style is not None:
        return written
    if written in _WORDS:
        return _WORDS[written]
    if _WHOLE.fullmatch(written):
        return int(written)
    return float(written) if _DECIMAL.fullmatch(written) else written


def _encodable(written: str) -> str:
    """`written`, if it is text for everybody: YAML can spell halves of characters, and NUL."""
    written.encode()
    if "\0" in written:
        raise ValueError(written)
    return written


def _with(data: dict[str, Value], place: Place, value: object) -> dict[str, Value]:
    """A copy of `data` with `value` at `place`; what is no mapping or list stays to be refused."""
    first, rest = str(place[0]), place[1:]
    put = _set(data.get(first, {}), rest, value)
    return {key: old for key, old in {**data, first: put}.items() if old is not None}


def _set(data: Value, place: Place, value: object) -> Value:
    if not place:
        return _plain(value)
    first, rest = place[0], place[1:]
    if isinstance(data, list) and isinstance(first, int) and first < len(data):
        return [_set(item, rest, value) if at == first else item for at, item in enumerate(data)]
    return _with(data, place, value) if isinstance(data, dict) else data


def _plain(value: object) -> Value:
    """An override as the file would hold it: a Path or an Enum member becomes its text."""
    match value:
        case None | bool() | int() | float():
            return value
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _:
            return str(value)
