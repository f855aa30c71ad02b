"""Alerts that hide others, as in Alertmanager: who knows the cause need not hear of its effects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.rules.alerts import APP, KIND
from bot.rules.alerts import AlertKind as Kind
from bot.rules.matchers import Matcher, Op, matches


@dataclass(frozen=True, slots=True)
class InhibitRule:
    """While an alert fires that `source` picks, those that `target` picks are not told, if all
    labels of `equal` are the same in both; one that neither has is the same."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()

    def may_begin_with(self, kind: Kind) -> bool:
        """Whether an alert of that kind may be a source."""
        return all(each.label != KIND or each.accepts(kind.value) for each in self.source)


def _of(kinds: Iterable[Kind]) -> tuple[Matcher, ...]:
    return (Matcher(KIND, Op.LIKE, "|".join(kind.value for kind in kinds)),)


_NO_MESSAGES = (Kind.SUCCESS_LOW, Kind.DELIVERY_LOW, Kind.CARRIER_LOW)
_NO_RECEIPTS = (Kind.RECEIPTS_MISSING, Kind.CALLBACKS_STOPPED, Kind.COUNTS_DIFFER)
#: What is known to follow from something else: cause, effects, and what has to be the same.
#: Packages and arrears are the account's, and concern every app.
_KNOWN: tuple[tuple[tuple[Kind, ...], tuple[Kind, ...], tuple[str, ...]], ...] = (
    ((Kind.PACKAGE_EMPTY, Kind.ARREARS), (*_NO_MESSAGES, Kind.LIMIT_TENCENT), ()),
    ((Kind.PACKAGE_EMPTY, Kind.ARREARS), (Kind.PACKAGE_LOW, Kind.PACKAGE_RUNWAY), ()),
    ((Kind.ARREARS,), (Kind.PACKAGE_EMPTY,), ()),
    ((Kind.PACKAGE_RUNWAY,), (Kind.PACKAGE_LOW,), ()),
    ((Kind.LIMIT_STOP,), (Kind.LIMIT_WARN,), (APP, "scope")),
    (
        (Kind.TENCENT_UNREACHABLE,),
        (*_NO_MESSAGES, *_NO_RECEIPTS, Kind.IN_DOUBT, Kind.PULL_REFUSED),
        (),
    ),
    # The sharp fall of an hour says it already.
    ((Kind.SUCCESS_LOW,), (Kind.DELIVERY_LOW,), (APP,)),
    (
        (Kind.CALLBACKS_STOPPED,),
        (Kind.RECEIPTS_MISSING, Kind.DELIVERY_LOW, Kind.CARRIER_LOW),
        (APP,),
    ),
    ((Kind.SLACK_UNREACHABLE,), (Kind.POSTS_LATE,), ()),
)
KNOWN: tuple[InhibitRule, ...] = tuple(
    InhibitRule(_of(causes), _of(effects), equal) for causes, effects, equal in _KNOWN
)


@dataclass(frozen=True, slots=True)
class Cause:
    """What a rule hides now, by what the alerts it picks as sources have in common with others."""

    rule: InhibitRule
    shared: frozenset[tuple[str, ...]]
    """The values of ``equal`` of all of them."""
    pure: frozenset[tuple[str, ...]]
    """Of those that are no targets of the rule themselves."""

    def hides(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels is hidden. One that is source and target is hidden by
        none that is both as well: two of a kind never hide each other, nor one itself."""
        if not matches(self.rule.target, labels):
            return False
        known = self.pure if matches(self.rule.source, labels) else self.shared
        return _shared(self.rule, labels) in known


def causes(rules: Iterable[InhibitRule], alerts: Sequence[Mapping[str, str]]) -> tuple[Cause, ...]:
    """What `alerts` hide by `rules`: read once, then asked of any number of alerts."""
    found = ((rule, [each for each in alerts if matches(rule.source, each)]) for rule in rules)
    return tuple(_cause(rule, sources) for rule, sources in found if sources)


def _cause(rule: InhibitRule, sources: Sequence[Mapping[str, str]]) -> Cause:
    pure = [each for each in sources if not matches(rule.target, each)]
    return Cause(
        rule,
        frozenset(_shared(rule, each) for each in sources),
        frozenset(_shared(rule, each) for each in pure),
    )


def hidden(rules: Iterable[InhibitRule], alerts: Sequence[Mapping[str, str]]) -> frozenset[int]:
    """The positions of those that others hide."""
    known = causes(rules, alerts)
    return frozenset(
        at for at, labels in enumerate(alerts) if any(cause.hides(labels) for cause in known)
    )


def _shared(rule: InhibitRule, labels: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(labels.get(name, "") for name in rule.equal)
