"""A full number for one pair of eyes, or why there is none; and the form that asks for a reason."""

from bot.locales import Locale, text
from bot.registry import Json, SlackMessage
from bot.rules.reveals import MOST, REASON_MAX, REASON_MIN, RevealAsked, RevealRefusal
from bot.slack import blocks
from bot.slack.blocks import Block, code, cut
from bot.slack.messages.faults import note

FORM, WHAT, REASON = "reveal.form", "reveal.what", "reveal.reason"
WHAT_MAX = 130


def shown(number: str, request_id: str, locale: Locale) -> SlackMessage:
    """`number` (E.164) as it is. The text that notifications show has none."""
    return SlackMessage(
        text(locale, "reveal.shown", request=request_id), _lines(number, request_id, locale)
    )


def shown_form(number: str, request_id: str, locale: Locale) -> Json:
    """A full number for one pair of eyes, in the place of the form."""
    return {
        "type": "modal",
        "title": blocks.plain(text(locale, "reveal.title"), 24),
        "close": blocks.plain(text(locale, "form.close"), 24),
        "blocks": list(_lines(number, request_id, locale)),
    }


def refused(refusal: RevealRefusal, locale: Locale) -> SlackMessage:
    return note(refusal_of(refusal, locale))


def refusal_of(refusal: RevealRefusal, locale: Locale) -> str:
    return text(locale, f"reveal.{refusal.value}", most=MOST)


def form(asked: RevealAsked, locale: Locale) -> Json:
    """The form for what is missing; under the reason, why one that was typed will not do."""
    is_short = 0 < len(asked.reason) < REASON_MIN
    what = blocks.text_input(WHAT, initial=cut(" ".join(asked.what), WHAT_MAX), max_length=WHAT_MAX)
    reason = blocks.text_input(REASON, initial=asked.reason, max_length=REASON_MAX)
    return blocks.form(
        FORM,
        title=text(locale, "reveal.title"),
        submit=text(locale, "reveal.submit"),
        close=text(locale, "form.close"),
        blocks=[
            blocks.field(WHAT, text(locale, "reveal.what"), what),
            blocks.field(
                REASON,
                text(locale, "reveal.reason"),
                reason,
                hint=too_short(locale) if is_short else text(locale, "reveal.reason_hint"),
            ),
        ],
    )


def too_short(locale: Locale) -> str:
    return text(locale, "reveal.too_short", least=REASON_MIN)


def _lines(number: str, request_id: str, locale: Locale) -> tuple[Block, ...]:
    title = text(locale, "reveal.shown", request=request_id)
    return (
        blocks.section(f":eye: {title}: {code(number)}"),
        blocks.context(text(locale, "reveal.noted")),
    )
