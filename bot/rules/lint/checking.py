"""Asking every rule of a text, and making findings of what they answer."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol, Self, TypeVar

from bot.rules.lint.drafts import LintFacts
from bot.rules.lint.findings import WORST_FIRST, Finding, Hit, Rule, Severity
from bot.rules.lint.table import LintTable


class Linted(Protocol):
    """A text under the linter, with what its rules ask for."""

    @property
    def facts(self) -> LintFacts: ...
    @property
    def table(self) -> LintTable: ...
    def with_text(self, text: str) -> Self: ...


Subject = TypeVar("Subject", bound=Linted)


def checked(
    subject: Subject, checks: Mapping[Rule, Callable[[Subject], Hit | None]]
) -> Iterator[Finding]:
    """What the checks find whose rules hold that day. A fix is given only if it really mends."""
    for rule, check in checks.items():
        hit = check(subject) if holds(subject, rule) else None
        if hit is not None and hit.fixed is not None and check(subject.with_text(hit.fixed)):
            hit = replace(hit, fixed=None)
        if hit is not None:
            yield finding_of(subject, rule, hit)


def holds(subject: Linted, rule: Rule) -> bool:
    """Whether the table has a rule looked at on the day."""
    return subject.table.rules[rule].holds(subject.facts.today)


def finding_of(subject: Linted, rule: Rule, hit: Hit) -> Finding:
    """The finding a hit makes under its rule, which holds."""
    entry = subject.table.rules[rule]
    return Finding(
        rule=rule,
        severity=hit.severity or entry.severity or Severity.ADVICE,
        span=hit.span,
        values=hit.values,
        terms=hit.terms,
        fixed=hit.fixed,
        source=entry.source.page if entry.source else "",
        dated=entry.source.dated if entry.source else None,
    )


def sorted_worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by severity; those of one severity stay as they were."""
    return tuple(sorted(findings, key=lambda finding: WORST_FIRST.index(finding.severity)))


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The worst severity among findings, None if there are none."""
    return min((each.severity for each in findings), key=WORST_FIRST.index, default=None)
