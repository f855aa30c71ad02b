"""What would make app.yaml say the limits that hold, as a diff to read and to copy."""

from collections.abc import Sequence

from bot.locales import Locale, enumerated, join, text
from bot.registry import SlackMessage
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc
from bot.slack.messages.faults import note

#: Of one section with its fences, below Slack's 3,000; and sections of one message.
PIECE_MAX, PIECES_MAX = 2_800, 10


def exported(
    app: str, diff: str, locale: Locale, *, temporary: Sequence[str], is_bare: bool = False
) -> SlackMessage:
    """The diff; `temporary` are the requests whose changes end by themselves, and are not in it.
    `is_bare`: there are no lines around the changes."""
    command = code(f"smsops limits --app {app}")
    ending = [_ending(temporary, locale)] if temporary else []
    if not diff:
        said = text(locale, "limit_show.export.same", app=code(app))
        return note(join(locale, said, *ending))
    title = text(locale, "limit_show.export.title", app=code(app))
    pieces = _pieces(diff)
    parts: list[Block] = [blocks.section(title)]
    parts += [blocks.section(f"```{piece}```") for piece in pieces[:PIECES_MAX]]
    notes = [text(locale, "limit_show.export.how", command=command)]
    notes += [text(locale, "limit_show.export.bare")] if is_bare else []
    if len(pieces) > PIECES_MAX:
        notes.insert(0, text(locale, "limit_show.export.cut", command=command))
    return SlackMessage(title, (*parts, blocks.context(*notes, *ending)))


def not_exported(app: str, locale: Locale) -> SlackMessage:
    """The file as it is now cannot be read, or does not have the app."""
    said = text(locale, "limit_show.export.unreadable", app=code(app), command=code("smsops check"))
    return note(said)


def _ending(temporary: Sequence[str], locale: Locale) -> str:
    named = enumerated(locale, temporary[:PIECES_MAX])
    return text(locale, "limit_show.export.temporary", requests=named)


def _pieces(diff: str) -> list[str]:
    """The diff in as many sections as it takes, line by line, with nothing in it that is markup."""
    pieces, held = [], ""
    for line in diff.splitlines():
        shown = blocks.cut(esc(line).replace("```", "'''"), PIECE_MAX)
        if len(held) + len(shown) >= PIECE_MAX:
            pieces.append(held)
            held = ""
        held = f"{held}\n{shown}" if held else shown
    return [*pieces, held] if held else pieces
