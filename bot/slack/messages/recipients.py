"""What is said about a list of recipients: why it is refused, why a row is no message, and which
columns were not read.
"""

from bot.locales import Locale, enumerated, text
from bot.rules.recipients import BadRow, CheckFacts, CheckFault
from bot.slack.blocks import inert


def fault_sentence(fault: str, facts: CheckFacts, locale: Locale) -> str:
    """Why a whole list is refused, as mrkdwn; `fault` is a `CheckFault`'s value."""
    values = {name: inert(str(value)) for name, value in facts.fault_values.items()}
    return text(locale, f"recipients.file.{CheckFault(fault).value}", **values)


def row_sentence(row: BadRow, locale: Locale) -> str:
    """Why a row is no message, as plain text."""
    return text(locale, f"recipients.{row.reason}")


def ignored_sentence(facts: CheckFacts, locale: Locale) -> str:
    """The columns that were not read, as mrkdwn; "" where all were."""
    if not facts.ignored:
        return ""
    return text(locale, "recipients.ignored", columns=inert(enumerated(locale, facts.ignored)))
