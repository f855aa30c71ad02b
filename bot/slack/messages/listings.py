"""Lists of templates and signatures: a table, a page at a time, narrowed by words and by state."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic

from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.rules import catalogue
from bot.rules.catalogue import Item, Page, Query
from bot.rules.content import Content, ReviewState, Signature, Template
from bot.slack import blocks
from bot.slack.blocks import Block, inert
from bot.slack.messages.carried import reading
from bot.slack.messages.faults import moment, note

NAME_MAX, TEXT_MAX = 30, 60
#: In the order a person looks for them.
STATES = (
    ReviewState.REJECTED,
    ReviewState.UNDER_REVIEW,
    ReviewState.APPROVED_NOT_USABLE,
    ReviewState.USABLE,
)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Item]):
    """What a list is of: the area of its sentences and action ids, and a row of its table."""

    area: str
    row: Callable[[Item, Locale], tuple[str, ...]]

    def action(self, name: str) -> str:
        """The action id of an element of the list."""
        return f"{self.area}.{name}"


@reading
def query_of(value: str) -> Query:
    """What a button of a list carries. Raises Outdated for anything else."""
    return catalogue.unpack(value)


def listing(
    kind: Kind[Item],
    page: Page[Item],
    seen_at: datetime | None,
    locale: Locale,
    *,
    may_ask: bool,
    remark: str = "",
) -> SlackMessage:
    """One page, how old it is, and the ways on from it. `remark` is said under the table."""
    if seen_at is None:
        return note(text(locale, f"{kind.area}.not_listed_yet"))
    title = text(locale, f"{kind.area}.list_title")
    parts: list[Block] = [blocks.section(f"*{title}* · {_count(page, locale)}")]
    if page.items:
        heading = tuple(text(locale, f"{kind.area}.column_{each}") for each in COLUMNS[kind.area])
        rows = [heading, *(kind.row(each, locale) for each in page.items)]
        parts.append(blocks.table(rows, wrapped=(1, len(heading) - 1)))
    elif page.query.is_narrowed:
        parts.append(blocks.section(text(locale, "listing.nothing_found")))
    else:
        parts.append(blocks.section(text(locale, f"{kind.area}.none")))
    parts.append(blocks.context(*filter(None, (remark, _age(seen_at, locale)))))
    parts += _ways_on(kind, page, locale, may_ask=may_ask)
    return SlackMessage(f"{title} · {_plain_count(page, locale)}", tuple(parts))


def state_word(review: ReviewState, locale: Locale) -> str:
    """A state in a word or two."""
    return text(locale, f"listing.state.{review.name.lower()}")


def side_word(item: Content, locale: Locale) -> str:
    """For which numbers it is."""
    if item.mainland and item.international:
        return text(locale, "listing.side.both")
    return text(locale, "listing.side.abroad" if item.international else "listing.side.mainland")


def template_row(template: Template, locale: Locale) -> tuple[str, ...]:
    return (*_shared_cells(template, locale), blocks.cut(template.content, TEXT_MAX))


def signature_row(signature: Signature, locale: Locale) -> tuple[str, ...]:
    return _shared_cells(signature, locale)


def _shared_cells(item: Content, locale: Locale) -> tuple[str, ...]:
    name = blocks.cut(item.name, NAME_MAX)
    return item.content_id, name, side_word(item, locale), state_word(item.review, locale)


TEMPLATES = Kind("template", template_row)
SIGNATURES = Kind("sign", signature_row)
COLUMNS = {
    TEMPLATES.area: ("id", "name", "side", "state", "text"),
    SIGNATURES.area: ("id", "name", "side", "state"),
}


def _count(page: Page[Item], locale: Locale) -> str:
    said = _plain_count(page, locale)
    if not page.query.words:
        return said
    return f"{said} · {text(locale, 'listing.with_words', words=inert(page.query.words))}"


def _plain_count(page: Page[Item], locale: Locale) -> str:
    if page.query.is_narrowed:
        said = text(locale, "listing.found", found=page.found, known=page.known)
    else:
        said = text(locale, "listing.known", known=page.known)
    if page.pages == 1:
        return said
    return f"{said} · {text(locale, 'listing.page', page=page.page + 1, pages=page.pages)}"


def _age(seen_at: datetime, locale: Locale) -> str:
    return text(locale, "listing.as_of", time=moment(seen_at, "{ago}"))


def _ways_on(
    kind: Kind[Item], page: Page[Item], locale: Locale, *, may_ask: bool
) -> Sequence[Block]:
    query = page.query
    picks: list[Block] = [_state_select(kind, query, locale)]
    if page.items:
        options = [
            blocks.option(f"{each.content_id} · {each.name}", each.content_id)
            for each in page.items
        ]
        placeholder = text(locale, f"{kind.area}.show_one")
        picks.append(blocks.select(kind.action("show"), options, placeholder=placeholder))
    buttons: list[Block] = []
    if page.page > 0:
        buttons.append(_turn(kind, "previous", query.turned(page.page - 1), locale))
    if page.page + 1 < page.pages:
        buttons.append(_turn(kind, "next", query.turned(page.page + 1), locale))
    if query.words:
        buttons.append(_turn(kind, "all", Query(state=query.state), locale))
    buttons.append(_turn(kind, "refresh", query, locale))
    if may_ask:
        label = text(locale, f"{kind.area}.new")
        buttons.append(blocks.button(kind.action("new"), label, style="primary"))
    # A message that is drawn again must not keep what was chosen in it before.
    again = catalogue.pack(query)
    return (
        blocks.actions(blocks.cut(f"picks.{again}", 255), *picks),
        blocks.actions(blocks.cut(f"turns.{again}", 255), *buttons),
    )


def _turn(kind: Kind[Item], name: str, query: Query, locale: Locale) -> Block:
    label = text(locale, f"listing.{name}")
    return blocks.button(kind.action(f"list_{name}"), label, value=catalogue.pack(query))


def _state_select(kind: Kind[Item], query: Query, locale: Locale) -> Block:
    """The states to narrow by; each option carries the whole query it leads to."""
    anything = blocks.option(
        text(locale, "listing.any_state"), catalogue.pack(query.narrowed(None))
    )
    options = [anything]
    chosen = anything
    for state in STATES:
        narrowed = query.narrowed(state)
        option = blocks.option(state_word(state, locale), catalogue.pack(narrowed))
        options.append(option)
        if query.state is state:
            chosen = option
    placeholder = text(locale, "listing.any_state")
    return blocks.select(
        kind.action("list_state"), options, placeholder=placeholder, initial=chosen
    )
