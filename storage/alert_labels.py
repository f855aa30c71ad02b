"""The labels of open alerts, by their values: what matchers pick is found without reading all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.rules.alerts import KIND, SEVERITY, Severity, Signal
from bot.rules.matchers import WORDS, Matcher, Op, matches
from storage.db import Tx

ADD_LABEL = """
INSERT INTO alert_labels (name, value, alert_id, kind, severity)
VALUES (:name, :value, :alert_id, :kind, :severity)
"""
CHANGE_SEVERITY = """
UPDATE alert_labels SET severity = :severity
WHERE name = :name AND value = :value AND alert_id = :alert_id AND severity <> :severity
"""
FORGET_LABEL = """
DELETE FROM alert_labels WHERE name = :name AND value = :value AND alert_id = :alert_id
"""
FORGET_ALL = "DELETE FROM alert_labels WHERE alert_id = :alert_id"
#: From one value to the next: a label has few, however many alerts have it.
VALUES = """
WITH RECURSIVE known(value) AS (
  SELECT min(value) FROM alert_labels WHERE name = :name
  UNION ALL
  SELECT (SELECT min(value) FROM alert_labels WHERE name = :name AND value > known.value)
  FROM known WHERE known.value IS NOT NULL
)
SELECT value FROM known WHERE value IS NOT NULL
"""
ALL_LABELS = "SELECT alert_id, name, value, kind, severity FROM alert_labels"
MEMBERS = """
SELECT alert_groups.id AS group_id, alert_members.alert_id AS alert_id
FROM alert_groups JOIN alert_members ON alert_members.group_id = alert_groups.id
WHERE alert_groups.resolved_at_ms IS NULL
ORDER BY alert_groups.severity DESC, alert_groups.opened_at_ms DESC, alert_groups.id
"""
#: The name of the one row every alert has; kind and severity stand in columns of all its rows.
EVERY = ""
COLUMNS = {KIND: "kind", SEVERITY: "severity"}
#: Values one statement may name, of all conditions together; SQLite takes 32,766.
VALUES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Condition:
    """A label has one of `values`; with `is_none` it has none of them, or is not there."""

    name: str
    values: tuple[str, ...]
    is_none: bool

    @property
    def is_of_row(self) -> bool:
        """Whether an alert that meets it has a row of that name."""
        return not self.is_none and self.name not in COLUMNS

    def stored(self, value: str) -> int | str:
        """`value` as the column of its label has it."""
        return int(Severity[value.upper()]) if self.name == SEVERITY else value


def add(tx: Tx, alert_id: str, signal: Signal) -> None:
    """Notes the labels of an alert that begins."""
    tx.run_many(ADD_LABEL, _rows(alert_id, signal))


def change(tx: Tx, alert_id: str, signal: Signal) -> None:
    """Notes the severity of an alert: it may be worse by now, or less bad."""
    tx.run_many(CHANGE_SEVERITY, _rows(alert_id, signal))


def forget(tx: Tx, alert_id: str, signal: Signal) -> None:
    """Drops the labels of an alert that has ended."""
    tx.run_many(FORGET_LABEL, _rows(alert_id, signal))


def forget_all(tx: Tx, alert_id: str) -> None:
    """Drops all labels of an alert that has ended, where nobody can read what they were."""
    tx.run(FORGET_ALL, alert_id=alert_id)


def count(tx: Tx, matchers: Iterable[Matcher]) -> int:
    """How many open alerts all of `matchers` fit."""
    wanted = tuple(matchers)
    found = _conditions(tx, wanted)
    if found is None:
        return 0
    if _is_too_much(found):
        return len(_by_hand(tx, wanted))
    row = tx.one(counting(found), **_given(found))
    return 0 if row is None else int(row["many"])


def open_groups(tx: Tx, matchers: Iterable[Matcher]) -> list[str]:
    """The open groups with an open alert that all of `matchers` fit, the worst first."""
    wanted = tuple(matchers)
    found = _conditions(tx, wanted)
    if found is None:
        return []
    if _is_too_much(found):
        fitting = _by_hand(tx, wanted)
        members = (row for row in tx.all(MEMBERS) if row["alert_id"] in fitting)
        return list(dict.fromkeys(row["group_id"] for row in members))
    rows = tx.all(finding_groups(found), **_given(found))
    return [row["id"] for row in rows]


def _rows(alert_id: str, signal: Signal) -> list[dict[str, object]]:
    same = {"alert_id": alert_id, "kind": signal.kind.value, "severity": int(signal.severity)}
    return [
        {"name": name, "value": value, **same}
        for name, value in ((EVERY, EVERY), *signal.labels.items())
    ]


def _is_too_much(found: Sequence[Condition]) -> bool:
    return sum(len(each.values) for each in found) > VALUES_MAX


def _by_hand(tx: Tx, matchers: Sequence[Matcher]) -> frozenset[str]:
    """The open alerts all of `matchers` fit, every one looked at: for an expression that picks
    among more values than a statement can name."""
    found: dict[str, dict[str, str]] = {}
    for row in tx.all(ALL_LABELS):
        own = {KIND: row["kind"], SEVERITY: Severity(row["severity"]).word}
        found.setdefault(row["alert_id"], own)[row["name"]] = row["value"]
    return frozenset(each for each, labels in found.items() if matches(matchers, labels))


def _conditions(tx: Tx, matchers: Iterable[Matcher]) -> list[Condition] | None:
    """What `matchers` come to among the values there are; None where nothing fits them."""
    found: list[Condition] = []
    for matcher in matchers:
        values = _values(tx, matcher)
        # Every alert has a kind and a severity.
        is_none = matcher.label not in WORDS and matcher.accepts("")
        taken = tuple(each for each in values if matcher.accepts(each) is not is_none)
        if not taken and is_none:
            continue
        if matcher.label in WORDS and len(taken) == len(values):
            continue
        if not taken:
            return None
        found.append(Condition(matcher.label, taken, is_none))
    return found


def _values(tx: Tx, matcher: Matcher) -> Sequence[str]:
    """Those of its label that may matter."""
    if matcher.label not in WORDS and matcher.op in {Op.EQUAL, Op.NOT_EQUAL}:
        return [matcher.value] if matcher.value else _known(tx, matcher.label)
    return _known(tx, matcher.label)


def _known(tx: Tx, label: str) -> Sequence[str]:
    if label in WORDS:
        return WORDS[label]
    return [row["value"] for row in tx.all(VALUES, name=label)]


def counting(conditions: Sequence[Condition]) -> str:
    """How many open alerts meet them all."""
    return f"SELECT count(*) AS many FROM alert_labels WHERE {_where(conditions)}"


def finding_groups(conditions: Sequence[Condition]) -> str:
    """The open groups of those that do, the worst first."""
    return f"""
SELECT id FROM alert_groups WHERE resolved_at_ms IS NULL AND id IN (
  SELECT group_id FROM alert_members WHERE alert_id IN (
    SELECT alert_id FROM alert_labels WHERE {_where(conditions)}))
ORDER BY severity DESC, opened_at_ms DESC, id
"""


def _where(found: Sequence[Condition]) -> str:
    """The rows of one label of each alert that meets them all: of the first that it has to have."""
    first = _first(found)
    parts = ["name = :first"]
    for nth, each in enumerate(found):
        names = ", ".join(f":value_{nth}_{at}" for at in range(len(each.values)))
        parts.append(f"value IN ({names})" if each is first else _part(each, nth, names))
    return " AND ".join(parts)


def _part(condition: Condition, nth: int, names: str) -> str:
    if condition.name in COLUMNS:
        return f"{COLUMNS[condition.name]} IN ({names})"
    # Not the bare column: rows are gone through and looked up in the list, not the other way round.
    return (
        f"alert_id || '' {'NOT IN' if condition.is_none else 'IN'} (SELECT alert_id"
        f" FROM alert_labels WHERE name = :name_{nth} AND value IN ({names}))"
    )


def _given(found: Sequence[Condition]) -> dict[str, object]:
    """What the parameters of `_where` stand for."""
    first = _first(found)
    given: dict[str, object] = {"first": first.name if first else EVERY}
    for nth, each in enumerate(found):
        if each is not first and each.name not in COLUMNS:
            given[f"name_{nth}"] = each.name
        for at, value in enumerate(each.values):
            given[f"value_{nth}_{at}"] = each.stored(value)
    return given


def _first(found: Sequence[Condition]) -> Condition | None:
    return next((each for each in found if each.is_of_row), None)
