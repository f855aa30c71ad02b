"""Faults of the settings, for a person and for a program."""

from bot.locales import Locale, text
from bot.settings import Fault, Faults


def listed(faults: Faults, config: str, locale: Locale) -> str:
    """All faults, each with its place as editors and terminals make links of: file:line:column."""
    count = text(locale, "cli.check.count", count=len(faults.faults))
    return "\n\n".join([*(_paragraph(fault, config, locale) for fault in faults.faults), count])


def described(fault: Fault, locale: Locale) -> dict[str, object]:
    """A fault as an object: the sentences in `cause` and `accepted`, the rest for programs."""
    return {
        "key": fault.key,
        "line": fault.line,
        "column": fault.column,
        "problem": fault.problem.value,
        "found": fault.found,
        "cause": fault.cause(locale),
        "accepted": fault.accepted(locale),
    }


def _paragraph(fault: Fault, config: str, locale: Locale) -> str:
    lines = [f"{_place(fault, config, locale)}  {fault.key}", "  " + fault.cause(locale)]
    if fault.found is not None:
        lines.append("  " + text(locale, "cli.check.found", found=fault.found))
    if accepted := fault.accepted(locale):
        lines.append("  " + text(locale, "cli.check.accepted", accepted=accepted))
    return "\n".join(lines)


def _place(fault: Fault, config: str, locale: Locale) -> str:
    if fault.line is not None:
        return f"{config}:{fault.line}:{fault.column}"
    return text(locale, "cli.check.environment") if fault.in_environment else config
