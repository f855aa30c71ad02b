"""Listing templates, signatures and packages with legacy v5."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from bot.sandbox.tencent.content import Review, Side, Signature, SmsType, Template
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.packages import Package
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.v5_answers import MALFORMED, Result, local_time, read_page
from bot.sandbox.tencent.world import World

T = TypeVar("T")
PAGE_MAX = 50
PACKAGES_MAX = 500
#: v5 knows three states; 2 means rejected, where API 3.0 means "approved, not yet in effect".
STATUS = MappingProxyType(
    {
        Review.USABLE: 0,
        Review.REVIEWING: 1,
        Review.NOT_YET_EFFECTIVE: 1,
        Review.REJECTED: 2,
    }
)


def get_templates(world: World, fields: Fields) -> Result:
    """get_template: by ids or by page."""
    rows, total = _listed(fields, world.state.templates, "tpl")
    return Result(_listing([_template_row(each) for each in rows], total))


def get_signs(world: World, fields: Fields) -> Result:
    """get_sign: by ids or by page."""
    rows, total = _listed(fields, world.state.signatures, "sign")
    return Result(_listing([_sign_row(each) for each in rows], total))


def get_packages(world: World, fields: Fields) -> Result:
    """getsmspackages: oldest first."""
    listed = sorted(world.state.packages, key=lambda each: each.created_at_ms)
    most = fields.integer("length")
    rows = read_page(listed, fields.integer("offset"), most, largest=PACKAGES_MAX)
    data = [_package_row(each) for each in rows]
    return Result({"result": 0, "errmsg": "OK", "total": len(listed), "data": data})


def _listed(fields: Fields, rows: Mapping[int, T], noun: str) -> tuple[Sequence[T], int | None]:
    if fields.has(f"{noun}_id") == fields.has(f"{noun}_page"):
        raise CallError(MALFORMED)
    if fields.has(f"{noun}_id"):
        ids = fields.integers(f"{noun}_id")
        return [rows[key] for key in dict.fromkeys(ids) if key in rows], None
    page = fields.mapping(f"{noun}_page")
    listed = [rows[key] for key in sorted(rows)]
    most, offset = page.integer("max"), page.integer("offset")
    return read_page(listed, offset, most, largest=PAGE_MAX), len(rows)


def _listing(rows: list[dict[str, Any]], total: int | None) -> dict[str, Any]:
    payload: dict[str, Any] = {"result": 0, "errmsg": "", "msg": "", "count": len(rows)}
    if total is not None:
        payload["total"] = total
    return {**payload, "data": rows}


def _template_row(template: Template) -> dict[str, Any]:
    return {
        "id": template.template_id,
        "international": int(template.international is Side.INTERNATIONAL),
        "text": template.content,
        "title": template.name,
        "type": int(template.sms_type is SmsType.MARKETING),
        **_review(template),
    }


def _sign_row(sign: Signature) -> dict[str, Any]:
    return {
        "id": sign.signature_id,
        "international": int(sign.international is Side.INTERNATIONAL),
        "text": sign.name,
        **_review(sign),
    }


def _package_row(package: Package) -> dict[str, Any]:
    return {
        "from_time": local_time(package.effective_at_ms),
        "to_time": local_time(package.expires_at_ms),
        "create_time": local_time(package.created_at_ms),
        "amount": package.amount_segments,
        "type": package.kind,
        "package_id": package.package_id,
        "used": package.used_segments,
    }


def _review(content: Template | Signature) -> dict[str, Any]:
    at = local_time(content.created_at_ms)
    return {
        "status": STATUS[content.status],
        "reply": content.review_reply,
        "apply_time": at,
        "reply_time": "" if content.status is Review.REVIEWING else at,
    }
