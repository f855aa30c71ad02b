"""What `/sms template lint` and `/sms sign lint` answer: how it looks, and what is found in it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.rules.classes import TemplateClass
from bot.rules.lint import Finding, Rule, Severity, worst
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.slack.messages.carried import reading
from bot.slack.messages.lint import finding_blocks

#: What a button may carry; a longer text is looked at, but mended in the form only.
VALUE_MAX = 2_000
VERDICTS = {
    Severity.REFUSED: "report.refused",
    Severity.LIKELY: "report.likely",
    Severity.ADVICE: "report.advice",
    None: "report.clean",
}


@dataclass(frozen=True, slots=True)
class Linted:
    """What was looked at. `class_` is None for a signature, and where the text decides."""

    area: str
    wanted: str
    international: bool
    class_: TemplateClass | None = None


def report(
    linted: Linted,
    shown: Sequence[Block],
    findings: Sequence[Finding],
    locale: Locale,
    *,
    may_ask: bool,
) -> SlackMessage:
    """The verdict, how it would look (`shown`), the findings, and the way into the form."""
    said = text(locale, VERDICTS[worst(findings)])
    parts = [blocks.section(said), *shown]

    def fix_button(finding: Finding, label: str) -> Block | None:
        return _button(f"{linted.area}.lint_fix", label, linted, finding.rule)

    parts += finding_blocks(findings, locale, fix_button)
    use = _button(f"{linted.area}.lint_use", text(locale, "report.use"), linted)
    if may_ask and use is not None:
        parts.append(blocks.actions("report", use))
    return SlackMessage(said, tuple(parts))


@reading
def unpack(value: str) -> tuple[Linted, Rule | None]:
    """What a button of a report carries. Raises Outdated for anything else."""
    match json.loads(value):
        case [str(area), str(wanted), bool(international), str(class_), str(rule)]:
            chosen = TemplateClass(class_) if class_ else None
            return Linted(area, wanted, international, chosen), Rule(rule) if rule else None
        case _:
            raise ValueError("not what a report of ours carries")


def _button(action_id: str, label: str, linted: Linted, rule: Rule | None = None) -> Block | None:
    class_ = linted.class_.value if linted.class_ else ""
    carried = [linted.area, linted.wanted, linted.international, class_, rule.value if rule else ""]
    value = json.dumps(carried, ensure_ascii=False)
    return blocks.button(action_id, label, value=value) if len(value) <= VALUE_MAX else None
