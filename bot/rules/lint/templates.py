"""Linting a body template, and the values it is filled with when it is sent."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.rules.lint import characters, contacts, lengths, purposes, repeats, variables, worded
from bot.rules.lint.checking import checked, finding_of, holds, sorted_worst_first
from bot.rules.lint.drafts import LintFacts, TemplateDraft
from bot.rules.lint.findings import WORST_FIRST, Finding, Hit, Rule, Severity, Span
from bot.rules.lint.subject import Subject
from bot.rules.lint.table import LintTable
from bot.rules.lint.worded import word_hits
from bot.rules.templates import VARIABLE, fill, variables_of

Check = Callable[[Subject], Hit | None]

CHECKS: Mapping[Rule, Check] = {
    Rule.EMPTY: lengths.empty,
    Rule.INVISIBLE: characters.invisible,
    Rule.BRACKET: characters.bracket,
    Rule.VARIABLE_FORM: variables.form,
    Rule.VARIABLE_NUMBERING: variables.numbering,
    Rule.WIDE: characters.wide,
    Rule.GLYPH: characters.glyph,
    Rule.SYMBOL: characters.symbol,
    Rule.VARIABLE_ADJACENT: variables.adjacent,
    Rule.VARIABLE_COMBINED: variables.combined,
    Rule.VARIABLE_ONLY: variables.only,
    Rule.VARIABLE_THIN: variables.thin,
    Rule.VARIABLE_COUNT: variables.count,
    Rule.VARIABLE_FORBIDDEN: variables.forbidden,
    Rule.OTP_WORD: purposes.otp_word,
    Rule.OTP_VARIABLE: purposes.otp_variable,
    Rule.OTP_DIGITS: purposes.otp_digits,
    Rule.OTP_LINK: contacts.otp_link,
    Rule.TYPE_OTP: purposes.type_otp,
    Rule.TYPE_UNSUBSCRIBE: purposes.type_unsubscribe,
    Rule.INDIVIDUAL_MARKETING: purposes.individual_marketing,
    Rule.LINK_VARIABLE: contacts.link_variable,
    Rule.LINK_IP: contacts.link_ip,
    Rule.LINK_SHORT: contacts.link_short,
    Rule.LINK: contacts.link,
    Rule.MOBILE: contacts.mobile,
    Rule.PLACEHOLDER: worded.placeholder,
    Rule.REMARK: worded.remark,
    Rule.RESUBMITTED: repeats.resubmitted,
    Rule.DUPLICATE: repeats.duplicate,
    Rule.NEAR_DUPLICATE: repeats.near_duplicate,
    Rule.SPACE: characters.space,
    # What must stand at the end comes last, so that no other fix cuts it off again.
    Rule.UNSUBSCRIBE: purposes.unsubscribe,
    Rule.UNSUBSCRIBE_ABROAD: purposes.unsubscribe_abroad,
    Rule.UNSUBSCRIBE_NOTICE: purposes.unsubscribe_notice,
    Rule.LENGTH: lengths.too_long,
    Rule.LENGTH_WITH_VALUES: lengths.too_long_with_values,
    Rule.SEGMENTS: lengths.one_segment_less,
    Rule.GSM: lengths.not_gsm,
}
"""Every check but the words', in the order their fixes are applied."""

# Of a text beyond any limit only that is told.
TEXT_LIMIT = 10_000
# Ours and Tencent's own rules for values are `bot.rules.templates.check_values`.
VALUE_CHECKS: Mapping[Rule, Check] = {
    Rule.GLYPH: characters.glyph,
    Rule.SYMBOL: characters.symbol,
    Rule.MOBILE: contacts.mobile,
}
FIX_ROUNDS = 3 * len(CHECKS)


def lint_template(draft: TemplateDraft, facts: LintFacts, table: LintTable) -> tuple[Finding, ...]:
    """Everything Tencent would find in a template, worst first; takes any text.

    A rule speaks at most once, of the first place it is broken at; its fix mends all of them.
    """
    subject = Subject(draft, facts, table)
    checks = {Rule.LENGTH: lengths.too_long} if len(draft.content) > TEXT_LIMIT else CHECKS
    found = list(checked(subject, checks))
    if checks is CHECKS:
        found += _worded(subject)
    return sorted_worst_first(found)


def lint_values(
    draft: TemplateDraft, values: Sequence[str], facts: LintFacts, table: LintTable
) -> tuple[Finding, ...]:
    """What the values bring into an approved template that Tencent or a carrier may drop it for.

    `check_values` tells what is refused for certain; this is what it lets pass. `span` is a place
    of the filled text, ``values["variable"]`` the variable concerned; nothing is fixed.
    """
    plain = Subject(draft, facts, table)
    # The reviewer let pass what the template says by itself.
    known = {_essence(finding) for finding in (*checked(plain, VALUE_CHECKS), *_worded(plain))}
    filled = plain.with_text(fill(draft.content, values))
    found = (*checked(filled, VALUE_CHECKS), *_worded(filled))
    new = (finding for finding in found if _essence(finding) not in known)
    places = _value_places(draft.content, values)
    return sorted_worst_first(_of_value(finding, places) for finding in new)


def fix_template(draft: TemplateDraft, facts: LintFacts, table: LintTable) -> TemplateDraft:
    """The draft after every fix there is, one after the other."""
    for _ in range(FIX_ROUNDS):
        fixed = next(
            (each.fixed for each in checked(Subject(draft, facts, table), CHECKS) if each.fixed),
            None,
        )
        if fixed is None:
            break
        draft = replace(draft, content=fixed)
    return draft


def _worded(subject: Subject) -> Iterator[Finding]:
    rows = subject.table.words
    for row, hit in word_hits(rows, subject.squeezed, subject.draft.class_):
        if holds(subject, row.rule):
            yield finding_of(subject, row.rule, hit)


def _essence(finding: Finding) -> tuple[Rule, frozenset[tuple[str, str | int]]]:
    return finding.rule, frozenset(finding.values.items())


def _of_value(finding: Finding, places: Sequence[tuple[int, Span]]) -> Finding:
    """The finding as one of values: Tencent takes the message, so nothing is refused for it."""
    span = finding.span
    touched = (n for n, place in places if place.start < span.end and span.start < place.end)
    severity = max(finding.severity, Severity.LIKELY, key=WORST_FIRST.index)
    values = {**finding.values, "variable": next(touched, 0)}
    return replace(finding, severity=severity, values=values, fixed=None)


def _value_places(content: str, values: Sequence[str]) -> list[tuple[int, Span]]:
    """Where in the filled text the value of which variable stands."""
    given = dict(zip(variables_of(content), values, strict=False))
    places, longer = [], 0
    for found in VARIABLE.finditer(content):
        number = int(found[1])
        start = found.start() + longer
        end = start + len(given.get(number, found[0]))
        longer += end - start - len(found[0])
        places.append((number, Span(start, end)))
    return places
