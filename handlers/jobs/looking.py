"""What Tencent has right now: the questions that several jobs put to its lists."""

from collections.abc import Sequence
from typing import assert_never

from bot.rules.content import Content
from bot.rules.review_hours import ReviewKind
from bot.tencent.provider import ContentProvider, SmsProvider
from handlers.flows.content import signature_of, template_of


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
    """Those of at most 100 `ids` that Tencent recognises, in one question. Raises TencentError."""
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
    for international in sides:
        for found in await find_ids(tencent, kind, [content_id], international=international):
            if found.content_id == content_id:
                return found
    for international in sides:
        for found in await list_side(tencent, kind, international=international):
            if found.content_id == content_id:
                return found
    return None
