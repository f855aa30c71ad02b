"""What the linter found, as sentences, with a button for what can be mended by a click."""

from collections.abc import Callable, Sequence

from bot.locales import Locale, join, text
from bot.rules.lint import Finding, Severity
from bot.slack import blocks
from bot.slack.blocks import Block, inert

MARKS = {
    Severity.REFUSED: ":no_entry:",
    Severity.LIKELY: ":warning:",
    Severity.ADVICE: ":bulb:",
}
SHOWN = 8
#: Makes the button that mends what one finding is about, if there can be one.
FixButton = Callable[[Finding, str], Block | None]


def finding_blocks(
    findings: Sequence[Finding], locale: Locale, fix_button: FixButton | None = None
) -> list[Block]:
    """A section for each finding, worst first, how many more there are, and what they stand on."""
    shown = findings[:SHOWN]
    parts = [_section(each, locale, fix_button) for each in shown]
    more = len(findings) - SHOWN
    if more > 0:
        parts.append(blocks.context(text(locale, "draft.more_findings", count=more)))
    sources = dict.fromkeys(_source(each) for each in shown if each.dated is not None)
    if sources:
        parts.append(blocks.context(text(locale, "draft.sources", sources=" · ".join(sources))))
    return parts


def sentence(finding: Finding, locale: Locale) -> str:
    """What is the matter and what to do, as plain text for the line under a field."""
    return join(locale, _said(finding, finding.says_key, locale), _cure(finding, locale))


def fix_label(finding: Finding, locale: Locale) -> str:
    """What the button of the fix says."""
    return _said(finding, finding.fix_key, locale)


def _section(finding: Finding, locale: Locale, fix_button: FixButton | None) -> Block:
    severity = text(locale, f"lint.severity.{finding.severity.value}")
    said = inert(sentence(finding, locale))
    mends = fix_button is not None and finding.fixed is not None
    button = fix_button(finding, fix_label(finding, locale)) if fix_button and mends else None
    line = f"{MARKS[finding.severity]} *{severity}* · {said}"
    return blocks.section(line, accessory=button)


def _source(finding: Finding) -> str:
    return f"{inert(finding.source)} ({finding.dated:%Y-%m-%d})"


def _cure(finding: Finding, locale: Locale) -> str:
    return _said(finding, finding.cure_key, locale)


def _said(finding: Finding, key: str, locale: Locale) -> str:
    terms = {name: text(locale, term) for name, term in finding.terms.items()}
    # With a value at all times: only then does {{1}} in a sentence become {1}.
    return text(locale, key, **{"rule": finding.rule.value, **finding.values, **terms})
