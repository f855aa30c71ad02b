"""What picks alerts by their labels, as Alertmanager writes it: ``alert="limit_hit", app=~"a|b"``.

Expressions are RE2's, matched against the whole value: people type silences, and RE2 takes time in
proportion to what it reads, whatever the expression (Python's own can take for ever).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache

import re2

from bot.rules.alerts.signal import APP, KIND, SEVERITY, AlertKind, Severity
from bot.rules.roles import ACCOUNT

TEXT_LIMIT, MATCHERS_MAX, VALUE_MAX = 3_000, 20, 200
#: What one expression may take once it is ready: twice what the longest of plain words take.
EXPRESSION_BYTES = 1 << 20
#: Labels of which every value is known: another one is a slip.
WORDS: Mapping[str, tuple[str, ...]] = {
    KIND: tuple(kind.value for kind in AlertKind),
    SEVERITY: tuple(severity.word for severity in Severity),
}
#: What those labels are likely to be that nearly every alert has; an app may have any name.
LIKELY: Mapping[str, tuple[str, ...]] = {**WORDS, APP: ("demo", "a-b-c-9", "x")}
#: What input methods and editors make of the signs.
PLAIN = str.maketrans("＝！～，、｛｝（）｜“”„＂", '=!~,,{}()|""""')
_LABEL = r"[A-Za-z_][A-Za-z0-9_]{0,39}"
_ITEM = re.compile(
    rf"\s*(?P<label>{_LABEL})\s*(?P<op>=~|!~|!=|=)\s*"
    r"""(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s{}!=~,\\"'`]+))\s*(?P<comma>,|(?=\s|$|\w))"""
)
_BEGINNING = re.compile(rf"\s*(?P<label>{_LABEL})?\s*(?P<op>=~|!~|!=|=)?\s*(?P<quote>\")?")
_ESCAPE = re.compile(r'\\([n"\\])')


class Op(StrEnum):
    """How a label is compared; the value is how it is written, and stored."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LIKE = "=~"
    NOT_LIKE = "!~"

    @property
    def is_expression(self) -> bool:
        return self in {Op.LIKE, Op.NOT_LIKE}


class MatcherFault(StrEnum):
    """Why a text is no matchers."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    NO_LABEL = "no_label"
    NO_OPERATOR = "no_operator"
    NO_VALUE = "no_value"
    OPEN_QUOTE = "open_quote"
    VALUE_TOO_LONG = "value_too_long"
    #: RE2 does not take it; look-around and back references are none of its.
    EXPRESSION = "expression"
    #: No alert has such a kind, or such a severity.
    UNKNOWN_WORD = "unknown_word"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and the piece of the text it is wrong with; `near` is what was meant."""

    reason: MatcherFault
    text: str = ""
    near: str = ""


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition. A label that is not there counts as an empty one, as in Alertmanager."""

    label: str
    op: Op
    value: str

    def accepts(self, value: str) -> bool:
        """Whether a label of this value meets it. An expression has to be one: ValueError else."""
        match self.op:
            case Op.EQUAL:
                return value == self.value
            case Op.NOT_EQUAL:
                return value != self.value
            case Op.LIKE:
                return _is_like(self.value, value)
            case Op.NOT_LIKE:
                return not _is_like(self.value, value)

    def __str__(self) -> str:
        """A matcher as `parse` reads it."""
        value = self.value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        return f'{self.label}{self.op.value}"{value}"'


def matches(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether all of them accept; none at all accept everything."""
    return all(each.accepts(labels.get(each.label, "")) for each in matchers)


def apps_of(matchers: Iterable[Matcher], apps: Iterable[str]) -> tuple[str, ...]:
    """Which of `apps` they may pick alerts of; `ACCOUNT` among them for alerts of none. Never
    nothing: what picks no app there is may be meant for one to come."""
    of_app = [each for each in matchers if each.label == APP]
    return tuple(app for app in (*apps, ACCOUNT) if matches(of_app, {APP: app})) or (ACCOUNT,)


def written(matchers: Iterable[Matcher]) -> str:
    """All of them as `parse` reads them."""
    return ", ".join(map(str, matchers))


def parse(text: str) -> tuple[Matcher, ...] | Fault:
    """The matchers of a text, with commas or spaces between, in braces or not; or a fault."""
    if len(text) > TEXT_LIMIT:
        return Fault(MatcherFault.TOO_LONG)
    plain = text.translate(PLAIN).strip()
    if plain.startswith("{") and plain.endswith("}"):
        plain = plain[1:-1].strip()
    found: list[Matcher] = []
    at = 0
    while at < len(plain):
        item = _ITEM.match(plain, at)
        matcher = _fault_at(plain[at:]) if item is None else _matcher(item)
        if isinstance(matcher, Fault):
            return matcher
        found.append(matcher)
        if len(found) > MATCHERS_MAX:
            return Fault(MatcherFault.TOO_MANY)
        at = len(plain) if item is None else item.end()
    return tuple(found) or Fault(MatcherFault.EMPTY)


def is_sweeping(matchers: Iterable[Matcher]) -> bool:
    """Whether they let nearly every alert pass that is likely to come: a silence of everything.

    Most alerts have none of the labels beside kind, severity and app.
    """
    return all(each.accepts(value) for each in matchers for value in LIKELY.get(each.label, ("",)))


def _matcher(item: re.Match[str]) -> Matcher | Fault:
    quoted, bare = item["quoted"], item["bare"]
    value = bare if quoted is None else _ESCAPE.sub(_unescaped, quoted)
    matcher = Matcher(item["label"], Op(item["op"]), value)
    if len(value) > VALUE_MAX:
        return Fault(MatcherFault.VALUE_TOO_LONG, matcher.label)
    if matcher.op.is_expression and not _is_expression(value):
        return Fault(MatcherFault.EXPRESSION, value)
    return _unknown(matcher) or matcher


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def _unknown(matcher: Matcher) -> Fault | None:
    words = WORDS.get(matcher.label)
    if words is None:
        return None
    wanted = Matcher(
        matcher.label, Op.LIKE if matcher.op.is_expression else Op.EQUAL, matcher.value
    )
    if any(wanted.accepts(word) for word in words):
        return None
    near = get_close_matches(matcher.value[:40], words, n=1)
    return Fault(MatcherFault.UNKNOWN_WORD, matcher.value, near[0] if near else "")


def _fault_at(rest: str) -> Fault:
    """Why nothing can be read at the beginning of `rest`."""
    found = _BEGINNING.match(rest)
    text = rest[:40].strip()
    if found is None or found["label"] is None:
        return Fault(MatcherFault.NO_LABEL, text)
    if found["op"] is None:
        return Fault(MatcherFault.NO_OPERATOR, text)
    if found["quote"] is not None:
        return Fault(MatcherFault.OPEN_QUOTE, text)
    return Fault(MatcherFault.NO_VALUE, text)


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = EXPRESSION_BYTES
    return options


_OPTIONS = _options()


@lru_cache(maxsize=512)
def _compiled(expression: str) -> "re2._Regexp":
    return re2.compile(expression, _OPTIONS)


def _is_expression(text: str) -> bool:
    try:
        _compiled(text)
    except re2.error:
        return False
    return True


@lru_cache(maxsize=16_384)
def _is_like(expression: str, value: str) -> bool:
    """Labels have few values: most are looked up, not matched."""
    try:
        return _compiled(expression).fullmatch(value) is not None
    except re2.error as error:
        raise ValueError(expression) from error
