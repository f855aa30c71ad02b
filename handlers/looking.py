"""What Tencent has right now: the questions that jobs and commands put to its lists."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, assert_never

from bot.rules.content import Content
from bot.rules.review_hours import ReviewKind
from bot.tencent import wire
from bot.tencent.provider import ContentProvider, SmsProvider, content_provider
from handlers.flows.content import signature_of, template_of
from handlers.services import Services
from storage import content

#: Ids one question may name (DescribeSmsTemplateList, 382/55974; DescribeSmsSignList likewise).
PER_QUESTION = 100
W = TypeVar("W", wire.Template, wire.Signature)
W_co = TypeVar("W_co", wire.Template, wire.Signature, covariant=True)


@dataclass(frozen=True, slots=True)
class Read(Generic[W]):
    """Both sides' lists, with what they left out and a question by id found.

    `gone` are the ids we knew that neither the lists nor the question by id has.
    """

    listed: list[W]
    gone: frozenset[str]


async def read_templates(services: Services) -> Read[wire.Template]:
    """All templates. Raises TencentError."""
    tencent = services.tencent
    lists = [await tencent.list_templates(international=side) for side in (False, True)]
    listed = {each.template_id: each for side in lists for each in side}
    asker = content_provider(tencent)
    find = asker.find_templates if asker else None
    return await _read(services, ReviewKind.TEMPLATE, listed, find, lambda each: each.template_id)


async def read_signatures(services: Services) -> Read[wire.Signature]:
    """All signatures. Raises TencentError."""
    tencent = services.tencent
    lists = [await tencent.list_signatures(international=side) for side in (False, True)]
    listed = {each.signature_id: each for side in lists for each in side}
    asker = content_provider(tencent)
    find = asker.find_signatures if asker else None
    return await _read(services, ReviewKind.SIGNATURE, listed, find, lambda each: each.signature_id)


async def list_side(
    tencent: SmsProvider | ContentProvider, kind: ReviewKind, *, international: bool
) -> list[Content]:
    """All templates, or all signatures, of one side. Raises TencentError."""
    match kind:
        case ReviewKind.TEMPLATE:
            templates = await tencent.list_templates(international=international)
            return [template_of(each) for each in templates]
        case ReviewKind.SIGNATURE:
            signatures = await tencent.list_signatures(international=international)
            return [signature_of(each) for each in signatures]
        case never:
            assert_never(never)


async def find_ids(
    tencent: ContentProvider, kind: ReviewKind, ids: Sequence[str], *, international: bool
) -> list[Content]:
    """What Tencent has under at most 100 `ids`, in one question. Raises TencentError."""
    match kind:
        case ReviewKind.TEMPLATE:
            templates = await tencent.find_templates(ids, international=international)
            return [template_of(each) for each in templates]
        case ReviewKind.SIGNATURE:
            signatures = await tencent.find_signatures(ids, international=international)
            return [signature_of(each) for each in signatures]
        case never:
            assert_never(never)


async def find_one(
    tencent: ContentProvider, kind: ReviewKind, content_id: str, sides: Sequence[bool]
) -> Content | None:
    """One by its id; None only where whole lists do not have it either. Raises TencentError."""
    if by_id := await find_id(tencent, kind, content_id, sides):
        return by_id[0]
    for international in sides:
        for found in await list_side(tencent, kind, international=international):
            if found.content_id == content_id:
                return found
    return None


async def find_id(
    tencent: ContentProvider, kind: ReviewKind, content_id: str, sides: Sequence[bool]
) -> list[Content]:
    """What a question by this id alone finds on `sides`. Raises TencentError."""
    found: list[Content] = []
    for international in sides:
        found += await find_ids(tencent, kind, [content_id], international=international)
    return [each for each in found if each.content_id == content_id]


class _Find(Protocol[W_co]):
    """A question by at most 100 ids of one side."""

    def __call__(
        self, ids: Sequence[str], *, international: bool
    ) -> Awaitable[tuple[W_co, ...]]: ...


async def _read(
    services: Services,
    kind: ReviewKind,
    listed: dict[str, W],
    find: _Find[W] | None,
    id_of: Callable[[W], str],
) -> Read[W]:
    """A list may leave out what is there, signatures above all: before anything is gone, it is
    asked for by its id."""
    known = await services.db.read(content.ids, kind)
    missing = sorted(known - listed.keys())
    if find is None:
        # Who cannot ask believes a list that shows something else we know.
        shows_others = not known.isdisjoint(listed)
        return Read(list(listed.values()), frozenset(missing if shows_others else ()))
    found: dict[str, W] = {}
    for start in range(0, len(missing), PER_QUESTION):
        asked = missing[start : start + PER_QUESTION]
        for side in (False, True):
            answer = await find(asked, international=side)
            found |= {id_of(each): each for each in answer if id_of(each) in asked}
    return Read(list({**listed, **found}.values()), frozenset(missing) - found.keys())
