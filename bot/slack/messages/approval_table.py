"""The table of approvals in plain words: one row, for a card, and all of it, for whoever asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.locales import Locale, enumerated, join, text
from bot.registry import SlackMessage
from bot.rules.approval_table import SEND, Fitting, Scope
from bot.rules.classes import TemplateClass
from bot.slack import blocks
from bot.slack.blocks import code
from bot.slack.messages.approvals import groups_of

AWAY_CHARS = 400
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the table; `approvers` and `askers` as it names them, () where it names none.

    `rest` are, of a row about everything, the kinds that no row above decides.
    """

    scope: Scope
    rest: tuple[str, ...]
    above: int
    needed: int
    buttons_only: bool
    expires_s: int
    approvers: tuple[str, ...]
    askers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The whole table, and who approves with an app where a row names nobody."""

    app: str
    rows: tuple[RowView, ...]
    approvers: tuple[str, ...]


def why(row: Fitting, locale: Locale) -> str:
    """Which row a request came to, and what that is about."""
    said = _about([row.kind] if row.kind else [], row.types, row.above, row.up_to, locale)
    return text(locale, "requests.policy.row", number=row.number, what=said)


def listed(view: PolicyView, locale: Locale) -> SlackMessage:
    """The table from top to bottom, a line a row."""
    title = text(locale, "requests.policy.title")
    who = groups_of(view.approvers, locale)
    rows = [
        blocks.section(f"{at}. {_row(row, locale)}") for at, row in enumerate(view.rows, start=1)
    ]
    below = join(
        locale,
        text(locale, "requests.policy.who", groups=who, app=code(view.app)),
        text(locale, "requests.policy.single"),
        text(locale, "requests.policy.codes"),
    )
    head = blocks.section(f"*{title}*\n{text(locale, 'requests.policy.reading')}")
    return SlackMessage(title, (head, *rows, blocks.context(below)))


def _row(row: RowView, locale: Locale) -> str:
    scope = row.scope
    what = _about(scope.kinds, scope.types, row.above, scope.up_to, locale)
    if row.rest:
        what = text(locale, "requests.policy.all_else", kinds=_kinds(row.rest, locale))
    if not row.needed:
        return text(locale, "requests.policy.nobody", what=what)
    number = "one" if row.needed == 1 else "many"
    by = "buttons" if row.buttons_only else "reactions"
    said = text(
        locale,
        f"requests.policy.{number}_{by}",
        what=what,
        needed=row.needed,
        duration=_in_words(row.expires_s, locale),
    )
    named = [
        text(
            locale, f"requests.policy.{key}", groups=blocks.cut(groups_of(who, locale), AWAY_CHARS)
        )
        for key, who in (("approvers", row.approvers), ("askers", row.askers))
        if who
    ]
    return join(locale, said, *named)


def _about(
    kinds: Sequence[str],
    types: Iterable[TemplateClass],
    above: int,
    up_to: int | None,
    locale: Locale,
) -> str:
    """What a row is about."""
    if not kinds:
        return text(locale, "requests.policy.rest")
    if list(kinds) != [SEND]:
        return _kinds(kinds, locale)
    named = [text(locale, f"requests.policy.type_{each.value}") for each in types]
    types_said = _either(named, locale)
    key = "sends_of" if named else "sends"
    size = {(True, True): "between", (True, False): "above", (False, True): "up_to"}
    return text(
        locale,
        f"requests.policy.{key}",
        types=types_said,
        size=text(
            locale,
            f"requests.policy.{size.get((above > 0, up_to is not None), 'any')}",
            above=f"{above:,}",
            least=f"{above + 1:,}",
            up_to=f"{up_to or 0:,}",
        ),
    )


def _kinds(kinds: Sequence[str], locale: Locale) -> str:
    names = [text(locale, f"requests.policy.kind_{each.replace('.', '_')}") for each in kinds]
    return enumerated(locale, names)


def _either(names: Sequence[str], locale: Locale) -> str:
    """One of several things."""
    said = names[0] if names else ""
    for name in names[1:]:
        said = text(locale, "requests.policy.or", these=said, this=name)
    return said


def _in_words(seconds: int, locale: Locale) -> str:
    """A length of time: ``1 day 12 hours``."""
    parts = []
    for unit, unit_s in UNITS:
        amount, seconds = divmod(seconds, unit_s)
        if amount:
            name = unit if amount == 1 else f"{unit}s"
            parts.append(text(locale, f"requests.policy.{name}", count=amount))
    return " ".join(parts)
