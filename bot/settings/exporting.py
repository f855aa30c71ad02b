"""app.yaml with the limits of its apps as they hold: what was changed since, written back.

Only the figures that differ are touched; comments and everything else stay as they are. What
stands in braces (`{day: 5}`) is written anew as a whole.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import yaml

from bot.rules.policies import CLASSES, NUMBER, PROFILES, SAME, WINDOWS, Policy, read_key
from bot.rules.provenance import reading_order
from bot.settings.limits import OFF, Limits, place_of

#: A figure, a word, or more of the same below keys.
Value = int | str
Tree = dict[str, "Value | Tree"]
APPS, LIMITS, PROFILE, NAME = "apps", "limits", "profile", "name"
#: What counts one number: each has a place of its own in `limits`.
OF_NUMBERS = (
    f"{SAME}.30s",
    *(f"{scope}.{window}" for scope in (NUMBER, *CLASSES) for window in WINDOWS),
)
INDENT = 2
#: Lines around a change, as `diff -u` has them.
CONTEXT = 3
LINE = re.compile(r"[^\n]*\n|[^\n]+")
#: What ends a line to YAML.
BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
WHOLE = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters from `start` to before `end` give way to `text`."""

    start: int
    end: int
    text: str


def with_limits(written: str, policies: Mapping[str, Policy]) -> str:
    """The text of a sound app.yaml, changed so that each app named has these limits, and no others.

    Raises ValueError for a file without one of the apps.
    """
    root = yaml.compose(written, Loader=yaml.SafeLoader)
    listed = _child(root, APPS)
    if not isinstance(listed, yaml.SequenceNode):
        raise ValueError(APPS)
    apps = {_name_of(each): each for each in listed.value if isinstance(each, yaml.MappingNode)}
    edits: list[Edit] = []
    for name, policy in policies.items():
        if name not in apps:
            raise ValueError(name)
        edits += _Editor(written).edits_of_app(apps[name], policy)
    # Of several at one place the inner one comes first in the text, so it is put there last.
    in_order = sorted(enumerate(edits), key=lambda each: (each[1].start, each[0]), reverse=True)
    for _, edit in in_order:
        written = written[: edit.start] + edit.text + written[edit.end :]
    return written


def diff(written: str, wanted: str, name: str, context: int = CONTEXT) -> str:
    """What makes `wanted` of `written`, as `patch -p1` and `git apply` take it; "" for nothing.

    With no lines of `context` around the changes `git apply` wants to be told `--unidiff-zero`.
    """
    before, after = LINE.findall(written), LINE.findall(wanted)
    lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", n=context)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


class _Editor:
    """Finds what to change in one text."""

    def __init__(self, written: str) -> None:
        self._written = written
        self._newline = "\r\n" if "\r\n" in written else "\n"

    def edits_of_app(self, app: yaml.MappingNode, policy: Policy) -> list[Edit]:
        limits = _child(app, LIMITS)
        given = _tree(limits) if isinstance(limits, yaml.MappingNode) else {}
        wanted = _wanted(given, policy)
        if wanted == given:
            return []
        if not isinstance(limits, yaml.MappingNode):
            return [self._added(app, {LIMITS: wanted})]
        if not wanted and not limits.flow_style:
            return [self._emptied(app, limits)]
        return list(self._changed(limits, wanted))

    def _changed(self, node: yaml.MappingNode, wanted: Tree) -> Iterable[Edit]:
        """What makes `wanted` of a mapping."""
        if node.flow_style:
            if _tree(node) != wanted:
                yield Edit(node.start_mark.index, node.end_mark.index, _in_braces(wanted))
            return
        for key, value in node.value:
            new = wanted.get(key.value)
            if new is None:
                yield self._removed(key, value)
            elif isinstance(new, dict):
                yield from self._changed(value, new)
            elif _value(value) != new:
                yield Edit(value.start_mark.index, value.end_mark.index, str(new))
        known = {key.value for key, _ in node.value}
        more = {key: new for key, new in wanted.items() if key not in known}
        if more:
            yield self._added(node, more)

    def _added(self, node: yaml.MappingNode, more: Tree) -> Edit:
        """More keys at the end of a mapping."""
        if node.flow_style:
            at = node.end_mark.index - 1
            return Edit(at, at, ("" if not node.value else ", ") + _in_braces(more)[1:-1])
        column = node.value[0][0].start_mark.column
        lines = self._newline.join(_lines(more, column))
        at = self._line_end(_end_of(node))
        if at and BREAK.fullmatch(self._written[at - 1 : at]):
            return Edit(at, at, lines + self._newline)
        return Edit(at, at, self._newline + lines)

    def _removed(self, key: yaml.Node, value: yaml.Node) -> Edit:
        """All lines of a key."""
        start = key.start_mark.index - key.start_mark.column
        return Edit(start, self._line_end(max(_end_of(value), key.end_mark.index)), "")

    def _emptied(self, app: yaml.MappingNode, limits: yaml.MappingNode) -> Edit:
        """A key with nothing below it would be a fault."""
        key = next(key for key, _ in app.value if key.value == LIMITS)
        colon = self._written.index(":", key.end_mark.index)
        return Edit(colon + 1, _end_of(limits), " {}")

    def _line_end(self, at: int) -> int:
        """Where the line ends in which the character before `at` stands, its break included."""
        found = BREAK.search(self._written, max(at - 1, 0))
        return len(self._written) if found is None else found.end()


def _wanted(given: Tree, policy: Policy) -> Tree:
    """What `limits` has to say for `policy`: its profile stays, a figure that is written stays
    written, and one is added where the profile says otherwise."""
    name = str(given.get(PROFILE, Limits().profile.value))
    profile, caps = PROFILES[name].policy.as_mapping(), policy.as_mapping()
    written = {key for key in OF_NUMBERS if _at(given, _place(key)) is not None}
    wanted: Tree = {PROFILE: given[PROFILE]} if PROFILE in given else {}
    for key in sorted({*profile, *caps, *written}, key=reading_order):
        cap = caps.get(key)
        if key in written or cap != profile.get(key):
            _put(wanted, _place(key), OFF if cap is None else cap)
    return wanted


def _place(key: str) -> tuple[str, ...]:
    known = read_key(key)
    if known is None:
        raise ValueError(key)
    return place_of(known)


def _at(tree: Tree, place: tuple[str, ...]) -> Value | Tree | None:
    found: Value | Tree | None = tree
    for name in place:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _put(tree: Tree, place: tuple[str, ...], value: Value) -> None:
    for name in place[:-1]:
        below = tree.setdefault(name, {})
        if not isinstance(below, dict):
            raise ValueError(name)
        tree = below
    tree[place[-1]] = value


def _child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    found: yaml.Node | None = next((value for key, value in node.value if key.value == name), None)
    return found


def _name_of(app: yaml.MappingNode) -> str:
    name = _child(app, NAME)
    return str(name.value) if name is not None else ""


def _tree(node: yaml.MappingNode) -> Tree:
    return {
        key.value: _tree(value) if isinstance(value, yaml.MappingNode) else _value(value)
        for key, value in node.value
    }


def _value(node: yaml.Node) -> Value:
    text = str(node.value)
    is_plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return int(text) if is_plain and WHOLE.fullmatch(text) else text


def _end_of(node: yaml.Node) -> int:
    """Behind the last character of a node: PyYAML ends a block where the next thing begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        if not isinstance(last, tuple):
            return _end_of(last)
        return max(_end_of(last[1]), int(last[0].end_mark.index))
    at = int(node.end_mark.index)
    is_block_text = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
    return at - 1 if is_block_text else at


def _lines(tree: Tree, column: int) -> list[str]:
    """A mapping in block style."""
    found: list[str] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            found += [f"{' ' * column}{key}:", *_lines(value, column + INDENT)]
        else:
            found.append(f"{' ' * column}{key}: {value}")
    return found


def _in_braces(tree: Tree) -> str:
    pairs = (
        f"{key}: {_in_braces(value) if isinstance(value, dict) else value}"
        for key, value in tree.items()
    )
    return "{" + ", ".join(pairs) + "}"
