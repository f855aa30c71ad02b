"""Looking through the templates and signatures there are: words, a state, a page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

from bot.rules.content import Content, ReviewState, Signature, Template

PAGE_ROWS = 10
# A query rides in the options of a select, whose values end at 150 characters.
WORDS_LIMIT = 40
Item = TypeVar("Item", Template, Signature)

#: What people type for a state, in either language.
STATES = {
    "usable": ReviewState.USABLE,
    "approved": ReviewState.USABLE,
    "passed": ReviewState.USABLE,
    "可用": ReviewState.USABLE,
    "已通过": ReviewState.USABLE,
    "通过": ReviewState.USABLE,
    "review": ReviewState.UNDER_REVIEW,
    "reviewing": ReviewState.UNDER_REVIEW,
    "pending": ReviewState.UNDER_REVIEW,
    "审核中": ReviewState.UNDER_REVIEW,
    "待审核": ReviewState.UNDER_REVIEW,
    "waiting": ReviewState.APPROVED_NOT_USABLE,
    "未生效": ReviewState.APPROVED_NOT_USABLE,
    "待生效": ReviewState.APPROVED_NOT_USABLE,
    "rejected": ReviewState.REJECTED,
    "refused": ReviewState.REJECTED,
    "failed": ReviewState.REJECTED,
    "驳回": ReviewState.REJECTED,
    "已驳回": ReviewState.REJECTED,
    "未通过": ReviewState.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Query:
    """What a list shows: items that hold all of `words`, in one state or any; `page` from 0."""

    words: str = ""
    state: ReviewState | None = None
    page: int = 0

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.words) or self.state is not None

    def turned(self, page: int) -> Self:
        return replace(self, page=page)

    def narrowed(self, state: ReviewState | None) -> Self:
        return replace(self, state=state, page=0)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list: `page` of `pages`, both from 0 and 1; `found` over all pages, of `known`
    there are."""

    query: Query
    items: tuple[Item, ...]
    page: int
    pages: int
    found: int
    known: int


def read_query(words: Sequence[str]) -> Query:
    """Typed words: the first that names a state narrows by it, the rest are looked for."""
    state: ReviewState | None = None
    rest: list[str] = []
    for word in words:
        named = STATES.get(word.casefold())
        if named is not None and state is None:
            state = named
        else:
            rest.append(word)
    return Query(" ".join(rest)[:WORDS_LIMIT], state)


def find(items: Sequence[Item], query: Query) -> Page[Item]:
    """The page of `items` that `query` asks for; one beyond the last is the last.

    Rejected ones come first, then what waits, then the rest, each by id: a list is opened to see
    what needs doing.
    """
    wanted = query.words.casefold().split()
    found = [each for each in items if _holds(each, wanted) and _is_in(each, query.state)]
    found.sort(key=lambda each: (ORDER.get(each.review, 1), len(each.content_id), each.content_id))
    pages = max(1, -(-len(found) // PAGE_ROWS))
    page = min(max(query.page, 0), pages - 1)
    shown = found[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
    return Page(query.turned(page), tuple(shown), page, pages, len(found), len(items))


ORDER = {
    ReviewState.REJECTED: 0,
    ReviewState.UNDER_REVIEW: 1,
    ReviewState.APPROVED_NOT_USABLE: 2,
    ReviewState.USABLE: 3,
}


def pack(query: Query) -> str:
    """A query as a button carries it."""
    state = None if query.state is None else query.state.value
    return json.dumps([query.words, state, query.page], ensure_ascii=False)


def unpack(value: str) -> Query:
    """What `pack` wrote. Raises ValueError for anything else."""
    match json.loads(value):
        case [str(words), None, int(page)]:
            return Query(words, None, page)
        case [str(words), int(state), int(page)]:
            return Query(words, ReviewState(state), page)
        case _:
            raise ValueError("not a query of ours")


def _holds(item: Content, wanted: Sequence[str]) -> bool:
    held = f"{item.content_id} {item.name} {item.text}".casefold()
    return all(word in held for word in wanted)


def _is_in(item: Content, state: ReviewState | None) -> bool:
    return state is None or item.review is state
