"""Why something was not done, as sentences."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.errors import SmsopsError
from bot.locales import Locale, enumerated, find, join, text
from bot.registry import SlackMessage
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.numbers import cover
from bot.rules.sending import Area, SendFault, SendReason
from bot.rules.words import BadText, decode
from bot.slack import blocks
from bot.slack.blocks import esc

#: Rows that are named; the rest is counted.
DAMAGED_SHOWN = 5


def sentence(fault: SendFault, locale: Locale) -> str:
    """One fault in one sentence, as mrkdwn."""
    return _sentence(fault, locale, esc, lambda at: moment(at, "{date_short_pretty} {time_secs}"))


def plain_sentence(fault: SendFault, locale: Locale) -> str:
    """One fault as plain text, for the line under a field of a form; times are Beijing's."""
    return _sentence(
        fault, locale, str, lambda at: f"{at.astimezone(MAINLAND_ZONE):%m-%d %H:%M:%S} UTC+8"
    )


def _sentence(
    fault: SendFault,
    locale: Locale,
    clean: Callable[[str], str],
    show_time: Callable[[datetime], str],
) -> str:
    values = {name: clean(str(value)) for name, value in fault.values.items()}
    if fault.area is Area.LIMIT:
        values["scope"] = limit_scope(values["scope"], locale)
    never = fault.area is Area.LIMIT and fault.values["allowed"] == 0
    reason = "never" if never else fault.reason
    parts = [text(locale, f"faults.{fault.area.value}.{reason}", **values)]
    if fault.reason == SendReason.OPTED_OUT:
        parts.append(text(locale, f"optout.learned.{fault.values['source']}"))
    for extra in ("closest", "reply"):
        if values.get(extra):
            parts.append(text(locale, f"faults.{extra}", **values))
    if fault.next_permitted_at is not None:
        time = show_time(fault.next_permitted_at)
        parts.append(text(locale, "faults.next_time", time=time))
    return join(locale, *parts)


def limit_scope(scope: str, locale: Locale) -> str:
    """What a limit counts: a class, a side of the border, a country by its code."""
    return find(locale, f"faults.limit_scope.{scope}") or scope


def not_sent(faults: Sequence[SendFault], locale: Locale, typed: str = "") -> SlackMessage:
    """Everything that stands in the way of a send, and what was typed, as Slack tells it, so it can
    be mended."""
    return _not_sent([sentence(fault, locale) for fault in faults], locale, typed)


def not_understood(said: Sequence[str], locale: Locale, typed: str) -> SlackMessage:
    """What was typed was not understood, said in sentences of plain text."""
    return _not_sent([esc(each) for each in said], locale, typed)


def _not_sent(said: Sequence[str], locale: Locale, typed: str) -> SlackMessage:
    title = text(locale, "faults.not_sent")
    parts: list[blocks.Block] = [
        blocks.section(f"*{esc(title)}*\n" + "\n".join(f"•  {line}" for line in said))
    ]
    if typed:
        quoted = blocks.code(blocks.cut(f"/sms {cover(decode(typed))}", 300))
        parts.append(blocks.context(text(locale, "faults.you_typed", typed=quoted)))
    return SlackMessage(join(locale, title, *said[:1]), tuple(parts))


def outdated(locale: Locale) -> SlackMessage:
    """A button or a form carries what none of ours carries now."""
    return note(text(locale, "faults.outdated"))


def unreadable(fault: BadText, locale: Locale) -> SlackMessage:
    """A command that cannot be read as words."""
    return note(
        text(
            locale,
            f"faults.text.{fault.reason.value}",
            given=fault.given,
            limit=fault.limit,
            position=fault.position or 0,
            code_point=fault.code_point or "",
        )
    )


def damaged(rows: Sequence[str], locale: Locale) -> list[blocks.Block]:
    """What could not be read of what somebody looks at, to be quoted; nothing where all could."""
    if not rows:
        return []
    named = enumerated(locale, map(blocks.code, rows[:DAMAGED_SHOWN]))
    more = len(rows) - DAMAGED_SHOWN
    if more > 0:
        named = text(locale, "faults.damaged_more", rows=named, more=more)
    return [blocks.context(f":warning: {text(locale, 'faults.damaged', rows=named)}")]


def failed(error: SmsopsError, locale: Locale, reference: str) -> SlackMessage:
    """An error of ours in its own sentence, with an id to quote."""
    said = text(locale, error.key, **{k: esc(v) for k, v in error.values.items()})
    return _with_reference(said, locale, reference)


def crashed(locale: Locale, reference: str) -> SlackMessage:
    """An error nobody foresaw: nothing of it is shown but the id under which it is in the log."""
    return _with_reference(text(locale, "faults.unexpected"), locale, reference)


def busy(locale: Locale) -> SlackMessage:
    """The answer would be late, so nothing was done, and nothing will be."""
    return note(text(locale, "faults.busy"))


def late(locale: Locale) -> SlackMessage:
    """The answer is late, and part of what was asked may have been done."""
    return note(text(locale, "faults.late"))


def too_many(most: int, wait_s: int, locale: Locale, *, is_of_all: bool) -> SlackMessage:
    """More commands than anybody types, or than all together do."""
    key = "faults.too_many_all" if is_of_all else "faults.too_many"
    return note(text(locale, key, most=most, wait=wait_s))


def too_many_lookups(most: int, again_at: datetime, locale: Locale) -> SlackMessage:
    """More numbers looked up than anybody has to."""
    return note(text(locale, "faults.too_many_lookups", most=most, time=moment(again_at)))


def note(sentence_: str) -> SlackMessage:
    """One sentence."""
    return SlackMessage(sentence_, (blocks.section(sentence_),))


def moment(at: datetime, date_format: str = "{date_short_pretty} {time}") -> str:
    """A time in the reader's own zone, with Beijing's beside it where Slack cannot know it."""
    fallback = f"{at:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{date_format}|{fallback}>"


def _with_reference(said: str, locale: Locale, reference: str) -> SlackMessage:
    quote = text(locale, "faults.reference", reference=reference)
    return SlackMessage(join(locale, said, quote), (blocks.section(said), blocks.context(quote)))
