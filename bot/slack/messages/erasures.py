"""What is stored about one number, the form that asks for its erasure, and how that ended."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.locales import Locale, join, text
from bot.registry import Json, SlackMessage
from bot.rules.erasures import REASON_MAX, REASON_MIN, EraseRefusal
from bot.slack import blocks
from bot.slack.blocks import Block, esc
from bot.slack.messages.faults import note

ASK, FORM, REASON = "erase.ask", "erase.form", "erase.reason"
DONE, FAILED = "erase.done", "erase.failed"
Facts = Mapping[str, Any]


def dry_run(
    masked: str,
    found: Mapping[str, int],
    value: str,
    refused: str,
    locale: Locale,
) -> SlackMessage:
    """What there is of a number, table by table, and the button that asks for its end; `refused`
    says why nobody may, "" where somebody may."""
    title = text(locale, "erase.title", number=masked)
    if not found:
        return note(text(locale, "erase.nothing", number=masked))
    parts: list[Block] = [
        blocks.section(f"*{title}*"),
        blocks.section("\n".join(found_lines(found, locale))),
        blocks.context(text(locale, "erase.what_it_does")),
    ]
    if refused:
        parts.append(blocks.section(f":warning: {refused}"))
    else:
        button = blocks.button(ASK, text(locale, "erase.ask"), value=value)
        parts.append(blocks.actions("erase", button))
    return SlackMessage(title, tuple(parts))


def found_lines(found: Mapping[str, int], locale: Locale) -> list[str]:
    """How much there is of what, a line each."""
    return [
        text(locale, "erase.line", what=text(locale, f"erase.found.{table}"), count=f"{many:,}")
        for table, many in found.items()
        if many
    ]


def looking(locale: Locale) -> SlackMessage:
    return note(text(locale, "erase.looking"))


def refusal_of(reason: EraseRefusal, masked: str, place: str, locale: Locale) -> str:
    """Why it may not be asked for; `place` is where it was asked for already."""
    return text(locale, f"erase.refused.{reason.value}", number=masked, place=place)


def form(carried: str, masked: str, locale: Locale) -> Json:
    """The form for the reason."""
    reason = blocks.text_input(REASON, multiline=True, max_length=REASON_MAX)
    return blocks.form(
        FORM,
        title=text(locale, "erase.form_title"),
        submit=text(locale, "erase.form_submit"),
        close=text(locale, "form.close"),
        carried=carried,
        blocks=[
            blocks.section(f"*{masked}*\n{text(locale, 'erase.what_it_does')}"),
            blocks.field(
                REASON,
                text(locale, "erase.reason"),
                reason,
                hint=text(locale, "erase.reason_hint"),
            ),
        ],
    )


def too_short(locale: Locale) -> str:
    return text(locale, "reveal.too_short", least=REASON_MIN)


def done(facts: Facts, locale: Locale) -> SlackMessage:
    """It is gone; who asked hears of it."""
    said = text(locale, "erase.done", requester=_person(facts), number=esc(facts["number"]))
    gone = int(facts["gone"])
    many = text(locale, "erase.gone_one" if gone == 1 else "erase.gone_many", count=f"{gone:,}")
    return note(f":white_check_mark: {join(locale, said, many)}")


def failed(facts: Facts, locale: Locale) -> SlackMessage:
    """Nothing was erased, and why."""
    reason = EraseRefusal(facts["why"])
    why = refusal_of(reason, esc(facts["number"]), "", locale)
    said = text(locale, "erase.failed", requester=_person(facts))
    return note(f":no_entry: {join(locale, said, why)}")


def _person(facts: Facts) -> str:
    return f"<@{facts['requester']}>"


NOTICES: Mapping[str, Callable[[Facts, Locale], SlackMessage]] = {DONE: done, FAILED: failed}
