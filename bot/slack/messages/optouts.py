"""People who said no: how many and since when, masked; and the forms about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.locales import Locale, join, labelled, text
from bot.registry import Json, SlackMessage
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.numbers import cover, mask
from bot.rules.optouts import Optout, Source
from bot.rules.recipients import BadRow
from bot.slack import blocks
from bot.slack.blocks import Block, code, cut, inert
from bot.slack.messages.faults import moment, note
from bot.slack.messages.recipients import row_sentence

PAGE_ROWS = 10
#: Of one number there are at most two a signature.
ENTRIES_MAX = 20
TURN, REMOVE, IMPORT = "optout.turn", "optout.remove", "optout.import"
REMOVE_FORM, IMPORT_FORM = "optout.remove_form", "optout.import_form"
REASON, FILE = "optout.reason", "optout.file"
REASON_MAX, SIGNATURE_MAX = 500, 40
COLUMNS = ("number", "scope", "signature", "source", "since")
KINDS = ("csv", "tsv", "txt", "xlsx")
BAD_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """One opt-out, and the key by which a button names it."""

    optout: Optout
    key: str


@dataclass(frozen=True, slots=True)
class BadWord:
    """A typed word that is no number: `reason` names its sentence."""

    typed: str
    reason: str
    values: Mapping[str, str | int]


def overview(
    counts: Mapping[Source, int],
    shown: Sequence[Optout],
    page: int,
    locale: Locale,
    *,
    may_add: bool,
) -> SlackMessage:
    """How many there are, and one page of them, latest first; `page` counts from 0."""
    known = sum(counts.values())
    title = text(locale, "optout.list_title")
    said = _count(known, locale)
    parts: list[Block] = [blocks.section(f"*{title}* · {said}")]
    if known:
        by_source = [
            f"{text(locale, f'optout.source.{source.value}')} {counts[source]:,}"
            for source in Source
            if source in counts
        ]
        parts.append(blocks.context(" · ".join(by_source)))
    if shown:
        parts.append(blocks.table([_heading(locale), *(_row(each, locale) for each in shown)]))
    parts.append(blocks.context(text(locale, "optout.what_it_does")))
    buttons = _ways_on(known, page, locale, may_add=may_add)
    if buttons:
        parts.append(blocks.actions(f"optouts.{page}", *buttons))
    return SlackMessage(f"{title} · {said}", tuple(parts))


def of_number(
    number: str,
    listed: Sequence[Listed],
    locale: Locale,
    *,
    may_ask: bool,
    is_choice: bool = False,
) -> SlackMessage:
    """All of one number; a button under each asks for its removal. `is_choice`: one of them was
    meant."""
    if not listed:
        return note(text(locale, "optout.unknown", number=mask(number)))
    title = text(locale, "optout.of_number", number=mask(number))
    parts: list[Block] = [blocks.section(f"*{title}*")]
    if is_choice:
        parts.append(blocks.section(text(locale, "optout.choose_one")))
    for each in listed[:ENTRIES_MAX]:
        button = blocks.button(REMOVE, text(locale, "optout.remove"), value=each.key)
        said = _entry(each.optout, locale)
        parts.append(blocks.section(said, accessory=button if may_ask else None))
    return SlackMessage(title, tuple(parts))


def added(new: int, known: int, locale: Locale) -> SlackMessage:
    """What came of adding numbers."""
    said = text(locale, "optout.added", count=f"{new:,}")
    if known:
        said = join(locale, said, text(locale, "optout.known_before", count=f"{known:,}"))
    return note(join(locale, said, text(locale, "optout.undo")))


def unknown_signature(wanted: str, closest: str | None, locale: Locale) -> SlackMessage:
    """No message bears this signature; nothing was added."""
    said = text(locale, "optout.unknown_signature", given=code(cut(cover(wanted), SIGNATURE_MAX)))
    meant = text(locale, "optout.did_you_mean", closest=code(closest)) if closest else ""
    return note(join(locale, said, meant))


def not_added(bad: Sequence[BadWord], locale: Locale) -> SlackMessage:
    """Typed words that are no numbers; nothing was added."""
    said = [text(locale, "optout.not_added"), *_bad_lines(bad, locale)]
    return note("\n".join(said))


def unreadable(bad: Sequence[BadWord], locale: Locale) -> SlackMessage:
    """A typed word that is no number."""
    return note("\n".join(_bad_lines(bad, locale)))


def carry(channel: str, key: str) -> str:
    """What the form remembers: where it was asked for, and what about."""
    return f"{channel} {key}"


def carried(written: str) -> tuple[str, str]:
    """What `carry` wrote."""
    channel, _, key = written.partition(" ")
    return channel, key


def remove_form(remembered: str, optout: Optout, locale: Locale) -> Json:
    """The form for why somebody may be written to again."""
    reason = blocks.text_input(REASON, multiline=True, max_length=REASON_MAX)
    return blocks.form(
        REMOVE_FORM,
        title=text(locale, "optout.remove_title"),
        submit=text(locale, "optout.remove_submit"),
        close=text(locale, "form.close"),
        carried=remembered,
        blocks=[
            blocks.section(f"*{mask(optout.number)}*\n{_entry(optout, locale)}"),
            blocks.field(
                REASON,
                text(locale, "optout.reason"),
                reason,
                hint=text(locale, "optout.reason_hint"),
            ),
            blocks.context(text(locale, "optout.remove_note")),
        ],
    )


def import_form(locale: Locale) -> Json:
    """The form for a file with numbers."""
    file = blocks.file_input(FILE, kinds=KINDS)
    reason = blocks.text_input(REASON, max_length=REASON_MAX)
    return blocks.form(
        IMPORT_FORM,
        title=text(locale, "optout.import_title"),
        submit=text(locale, "optout.import_submit"),
        close=text(locale, "form.close"),
        blocks=[
            blocks.field(
                FILE, text(locale, "optout.file"), file, hint=text(locale, "optout.file_hint")
            ),
            blocks.field(REASON, text(locale, "optout.reason"), reason, optional=True),
        ],
    )


def imported(new: int, known: int, bad: int, shown: Sequence[BadRow], locale: Locale) -> str:
    """What came of a file: `bad` rows are no numbers, the first of them `shown`."""
    lines = [text(locale, "optout.added", count=f"{new:,}")]
    if known:
        lines.append(text(locale, "optout.known_before", count=f"{known:,}"))
    if bad:
        lines.append(text(locale, "optout.bad_rows", count=f"{bad:,}"))
        lines += [
            "•  " + text(locale, "optout.row", row=each.file_row, reason=row_sentence(each, locale))
            for each in shown[:BAD_SHOWN]
        ]
    if bad > len(shown):
        lines.append(text(locale, "optout.more_bad_rows", count=f"{bad - len(shown):,}"))
    return "\n".join(lines)


def broke_off(why: str, taken: str, locale: Locale) -> str:
    """A file that could not be read to its end: `why`, and what was `taken` of it until there."""
    return "\n".join((why, text(locale, "optout.broke_off"), taken))


def _bad_lines(bad: Sequence[BadWord], locale: Locale) -> list[str]:
    said = [(each, text(locale, f"faults.number.{each.reason}", **each.values)) for each in bad]
    return [f"•  {blocks.code(cover(each.typed))}: {why}" for each, why in said[:BAD_SHOWN]]


def _entry(optout: Optout, locale: Locale) -> str:
    scope, signature = _scope(optout, locale), inert(_signature(optout, locale))
    return join(
        locale,
        text(locale, "optout.entry", scope=scope, signature=signature, time=moment(optout.at)),
        text(locale, f"optout.learned.{optout.source.value}"),
        _why(optout, locale),
    )


def _why(optout: Optout, locale: Locale) -> str:
    """Who added it and why, or the code."""
    if optout.source is Source.REPLY or not (optout.detail or optout.added_by):
        return ""
    if optout.source in {Source.TENCENT, Source.CARRIER}:
        return blocks.code(cover(optout.detail))
    by = f"<@{optout.added_by}>"
    return labelled(locale, by, inert(cover(optout.detail))) if optout.detail else by


def _heading(locale: Locale) -> tuple[str, ...]:
    return tuple(text(locale, f"optout.column_{each}") for each in COLUMNS)


def _row(optout: Optout, locale: Locale) -> tuple[str, ...]:
    since = f"{optout.at.astimezone(MAINLAND_ZONE):%Y-%m-%d %H:%M}"
    return (
        mask(optout.number),
        _scope(optout, locale),
        _signature(optout, locale),
        text(locale, f"optout.source.{optout.source.value}"),
        since,
    )


def _scope(optout: Optout, locale: Locale) -> str:
    return text(locale, f"optout.scope.{optout.scope.value}")


def _signature(optout: Optout, locale: Locale) -> str:
    return f"【{optout.signature}】" if optout.signature else text(locale, "optout.any_signature")


def _count(known: int, locale: Locale) -> str:
    return text(locale, "optout.count_one" if known == 1 else "optout.count", count=f"{known:,}")


def _ways_on(known: int, page: int, locale: Locale, *, may_add: bool) -> list[Block]:
    found: list[Block] = []
    if page > 0:
        found.append(
            blocks.button(f"{TURN}_back", text(locale, "listing.previous"), value=str(page - 1))
        )
    if (page + 1) * PAGE_ROWS < known:
        found.append(blocks.button(f"{TURN}_on", text(locale, "listing.next"), value=str(page + 1)))
    if may_add:
        found.append(blocks.button(IMPORT, text(locale, "optout.import")))
    return found
