"""Numbers the caps of one number do not hold for: the list, the form, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.locales import Locale, join, text
from bot.registry import Json, SlackMessage
from bot.rules.numbers import cover_typed, mask
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc
from bot.slack.messages.faults import note
from bot.slack.messages.limits import Exempt, exempt_line

PAGE_ROWS = 10
ADD, REMOVE, TURN = "limit.exempt_add", "limit.exempt_remove", "limit.exempt_turn"
ADD_FORM = "limit.exempt_form"
NUMBER, ENDS, REASON = "limit.exempt_number", "limit.exempt_ends", "limit.exempt_reason"
NUMBER_BLOCK, ENDS_BLOCK, REASON_BLOCK = "number", "ends", "reason"
NUMBER_MAX, TIME_MAX, REASON_MAX = 40, 80, 300
TYPED_MAX, VERB_MAX = 40, 40


@dataclass(frozen=True, slots=True)
class Row:
    """One exempt number, and the key by which a button names it."""

    exempt: Exempt
    key: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an app's exempt numbers, counted from 0; `tencent_max` is how many Tencent's own
    list takes."""

    app: str
    count: int
    page: int
    rows: tuple[Row, ...]
    tencent_max: int


def overview(
    page: Page, locale: Locale, *, may_ask: bool, may_remove: bool, said: str = ""
) -> SlackMessage:
    """How many there are, and one page of them, latest first; `said` comes before all."""
    title = text(locale, "limit_exempt.title", app=code(page.app), count=f"{page.count:,}")
    parts: list[Block] = [blocks.section(said)] if said else []
    parts.append(blocks.section(f"*{title}*"))
    if not page.rows:
        how = [text(locale, "limit_exempt.how")] if may_ask else []
        parts.append(blocks.section(join(locale, text(locale, "limit_exempt.nobody"), *how)))
    parts += [_row(page.app, each, locale, may_remove=may_remove) for each in page.rows]
    notes = [text(locale, "limit_exempt.what_it_does")]
    if page.count > page.tencent_max:
        notes.append(text(locale, "limit_exempt.too_many", max=page.tencent_max))
    parts.append(blocks.context(*notes))
    buttons = _ways_on(page, locale, may_ask=may_ask)
    if buttons:
        parts.append(blocks.actions(f"limit_exempt.{page.page}", *buttons))
    return SlackMessage(said or title, tuple(parts))


def of_number(number: str, app: str, known: Exempt | None, locale: Locale) -> SlackMessage:
    """Whether one number is exempt, until when and why."""
    if known is None:
        return note(text(locale, "limit_exempt.not_exempt", number=mask(number), app=code(app)))
    parts = (
        blocks.section(exempt_line(known, locale)),
        blocks.context(text(locale, "limit_exempt.what_it_does_one")),
    )
    return SlackMessage(exempt_line(known, locale), parts)


def removed(number: str, app: str, locale: Locale) -> str:
    return text(locale, "limit_exempt.removed", number=mask(number), app=code(app))


def not_exempt(number: str, app: str, locale: Locale) -> str:
    return text(locale, "limit_exempt.not_exempt", number=mask(number), app=code(app))


def asked(request_id: str, number: str, place: str, locale: Locale, *, is_waived: bool) -> str:
    """An exemption is asked for; or, where nobody has to say yes, holds."""
    key = "limit_exempt.waived" if is_waived else "limit_exempt.asked"
    return text(locale, key, request=request_id, number=mask(number), channel=place)


def already_asked(request_id: str, place: str, locale: Locale) -> str:
    return text(locale, "limit_exempt.already_asked", request=request_id, channel=place)


def already(known: Exempt, locale: Locale) -> str:
    """A number is exempt for at least as long already."""
    said = text(locale, "limit_exempt.already", number=mask(known.number))
    return join(locale, said, exempt_line(known, locale))


def which_verb(typed: str, locale: Locale) -> SlackMessage:
    """The word behind `exempt` is none of ours."""
    shown = code(blocks.cut(cover_typed(typed), VERB_MAX))
    return note(text(locale, "limit_exempt.which_verb", typed=shown))


def not_asked(said: Sequence[str], locale: Locale) -> SlackMessage:
    """Everything that stands in the way; nothing was asked for."""
    lines = [f"•  {line}" for line in said]
    return note("\n".join((text(locale, "limit_exempt.not_asked"), *lines)))


def number_fault(typed: str, reason: str, values: Mapping[str, Any], locale: Locale) -> str:
    """Why what was typed is no number, as mrkdwn."""
    shown = code(blocks.cut(cover_typed(typed), TYPED_MAX))
    why = text(locale, f"faults.number.{reason}", **values)
    return text(locale, "limit_exempt.number_fault", typed=shown, why=why)


def carry(channel: str, app: str) -> str:
    """What the form remembers: where it was opened, and the app it is about."""
    return f"{channel} {app}"


def carried(written: str) -> tuple[str, str]:
    """What `carry` wrote."""
    channel, _, app = written.partition(" ")
    return channel, app


def add_form(
    remembered: str, app: str, locale: Locale, *, number: str = "", ends: str = "", reason: str = ""
) -> Json:
    """The form for one more number, with what was typed before in it."""
    return blocks.form(
        ADD_FORM,
        title=text(locale, "limit_exempt.form.title"),
        submit=text(locale, "limit_exempt.form.submit"),
        close=text(locale, "form.close"),
        carried=remembered,
        blocks=[
            blocks.section(text(locale, "limit_exempt.form.what", app=code(app))),
            blocks.field(
                NUMBER_BLOCK,
                text(locale, "limit_exempt.form.number"),
                blocks.text_input(
                    NUMBER, initial=blocks.cut(number, NUMBER_MAX), max_length=NUMBER_MAX
                ),
            ),
            blocks.field(
                ENDS_BLOCK,
                text(locale, "limit_exempt.form.ends"),
                blocks.text_input(ENDS, initial=blocks.cut(ends, TIME_MAX), max_length=TIME_MAX),
                hint=text(locale, "limit_exempt.form.ends_hint"),
                optional=True,
            ),
            blocks.field(
                REASON_BLOCK,
                text(locale, "limit_exempt.form.reason"),
                blocks.text_input(
                    REASON,
                    initial=blocks.cut(reason, REASON_MAX),
                    multiline=True,
                    max_length=REASON_MAX,
                ),
                hint=text(locale, "limit_exempt.form.reason_hint"),
            ),
            blocks.context(text(locale, "limit_exempt.what_it_does_one")),
        ],
    )


def told_removed(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """Under the card of the request that lifted the caps: they hold again."""
    said = text(
        locale,
        "limit_exempt.told_removed",
        person=f"<@{facts['user']}>",
        number=esc(facts["number"]),
        app=code(facts["app"]),
    )
    return note(f":leftwards_arrow_with_hook: {said}")


NOTICES = {"limit.exempt_removed": told_removed}


def _row(app: str, row: Row, locale: Locale, *, may_remove: bool) -> Block:
    line = exempt_line(row.exempt, locale)
    if not may_remove:
        return blocks.section(line)
    number = mask(row.exempt.number)
    dialog = blocks.confirm(
        text(locale, "limit_exempt.remove.title"),
        text(locale, "limit_exempt.remove.text", number=number),
        text(locale, "limit_exempt.remove.yes"),
        text(locale, "limit_exempt.remove.no"),
    )
    label = text(locale, "limit_exempt.button.remove")
    says = text(locale, "limit_exempt.button.remove_says", number=number)
    button = blocks.button(REMOVE, label, value=f"{app}|{row.key}", confirm=dialog, says=says)
    return blocks.section(line, accessory=button)


def _ways_on(page: Page, locale: Locale, *, may_ask: bool) -> list[Block]:
    found: list[Block] = []
    for name, label, other in (
        ("back", "listing.previous", page.page - 1),
        ("on", "listing.next", page.page + 1),
    ):
        if other >= 0 and other * PAGE_ROWS < page.count:
            value = f"{page.app}|{other}"
            found.append(blocks.button(f"{TURN}_{name}", text(locale, label), value=value))
    if may_ask:
        label = text(locale, "limit_exempt.button.add")
        found.append(blocks.button(ADD, label, value=page.app))
    return found
