"""Templates, signatures and packages as Tencent last listed them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.rules.content import (
    Content,
    Package,
    QualificationState,
    ReviewState,
    Signature,
    Template,
)
from bot.rules.limits import MAINLAND_COUNTRY
from bot.rules.review_hours import ReviewKind
from storage.db import Row, Tx
from storage.ids import from_ms, to_ms

PUT_TEMPLATE = """
INSERT INTO templates (template_id, name, content, mainland, international, review, review_reply,
                       created_at_ms, seen_at_ms)
VALUES (:template_id, :name, :content, :mainland, :international, :review, :review_reply,
        :created, :now)
ON CONFLICT (template_id) DO UPDATE SET name = excluded.name, content = excluded.content,
  mainland = excluded.mainland, international = excluded.international,
  review = excluded.review, review_reply = excluded.review_reply,
  created_at_ms = excluded.created_at_ms, seen_at_ms = excluded.seen_at_ms
"""
REMOVE_TEMPLATE = "DELETE FROM templates WHERE template_id = :id"
GET_TEMPLATE = "SELECT * FROM templates WHERE template_id = :template_id"
LIST_TEMPLATES = "SELECT * FROM templates ORDER BY template_id"
TEMPLATE_TIMES = "SELECT template_id AS id, seen_at_ms FROM templates"
PUT_SIGNATURE = """
INSERT INTO signatures (signature_id, name, international, review, review_reply, created_at_ms,
                        qualification_id, qualification, seen_at_ms)
VALUES (:signature_id, :name, :international, :review, :review_reply, :created,
        :qualification_id, :qualification, :now)
ON CONFLICT (signature_id) DO UPDATE SET name = excluded.name,
  international = excluded.international, review = excluded.review,
  review_reply = excluded.review_reply, created_at_ms = excluded.created_at_ms,
  qualification_id = excluded.qualification_id, qualification = excluded.qualification,
  seen_at_ms = excluded.seen_at_ms
"""
REMOVE_SIGNATURE = "DELETE FROM signatures WHERE signature_id = :id"
GET_SIGNATURE = "SELECT * FROM signatures WHERE signature_id = :signature_id"
FIND_SIGNATURES = "SELECT * FROM signatures WHERE name = :name ORDER BY review DESC, signature_id"
LIST_SIGNATURES = "SELECT * FROM signatures ORDER BY name, signature_id"
SIGNATURE_TIMES = "SELECT signature_id AS id, seen_at_ms FROM signatures"
PUT_PACKAGE = """
INSERT INTO packages (package_id, amount_segments, used_segments, effective_at_ms, expires_at_ms,
                      is_gift, created_at_ms, seen_at_ms)
VALUES (:package_id, :amount, :used, :effective, :expires, :is_gift, :created, :now)
ON CONFLICT (package_id) DO UPDATE SET amount_segments = excluded.amount_segments,
  used_segments = excluded.used_segments, effective_at_ms = excluded.effective_at_ms,
  expires_at_ms = excluded.expires_at_ms, is_gift = excluded.is_gift,
  created_at_ms = excluded.created_at_ms, seen_at_ms = excluded.seen_at_ms
"""
CLEAR_PACKAGES = "DELETE FROM packages"
LIST_PACKAGES = "SELECT * FROM packages ORDER BY expires_at_ms, package_id"
# That a list is empty, or the same as before, is an answer too: its time is kept by itself.
NOTE_SEEN = """
INSERT INTO about (name, value) VALUES (:list, :now)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
SEEN = "SELECT value FROM about WHERE name = :list"
TEMPLATES, SIGNATURES, PACKAGES = (
    "templates_seen_at_ms",
    "signatures_seen_at_ms",
    "packages_seen_at_ms",
)
# '' is what an earlier program sent, which kept no country.
SEGMENTS_SINCE = """
SELECT coalesce(sum(fee_segments), 0) AS segments FROM messages
WHERE fee_segments IS NOT NULL AND accepted_at_ms >= :since AND country IN (:mainland, '')
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """Segments left over all packages of the account, and when Tencent last said so."""

    left_segments: int
    seen_at: datetime


def replace_templates(tx: Tx, templates: Sequence[Template], now: datetime) -> None:
    """Keeps exactly `templates`, writing only what changed: what is no longer listed is gone."""
    known = {each.template_id: each for each in list_templates(tx)}
    put_templates(tx, [each for each in templates if known.get(each.template_id) != each], now)
    gone = known.keys() - {each.template_id for each in templates}
    tx.run_many(REMOVE_TEMPLATE, [{"id": each} for each in sorted(gone)])
    _note_seen(tx, TEMPLATES, now)


def put_templates(tx: Tx, templates: Iterable[Template], now: datetime) -> None:
    """Keeps these templates as they are now; the others stay."""
    rows = [
        {
            "template_id": each.template_id,
            "name": each.name,
            "content": each.content,
            "mainland": int(each.mainland),
            "international": int(each.international),
            "review": each.review.value,
            "review_reply": each.review_reply,
            "created": _ms_or_zero(each.created_at),
            "now": to_ms(now),
        }
        for each in templates
    ]
    tx.run_many(PUT_TEMPLATE, rows)


def remove_template(tx: Tx, template_id: str) -> None:
    """Forgets a template that is gone."""
    tx.run(REMOVE_TEMPLATE, id=template_id)


def get_template(tx: Tx, template_id: str) -> Template | None:
    """The template of that id, as last listed."""
    row = tx.one(GET_TEMPLATE, template_id=template_id)
    return None if row is None else _template(row)


def list_templates(tx: Tx) -> list[Template]:
    """All templates, as last listed."""
    return [_template(row) for row in tx.all(LIST_TEMPLATES)]


def template_times(tx: Tx) -> dict[str, datetime]:
    """When each template's row last changed."""
    return {row["id"]: from_ms(row["seen_at_ms"]) for row in tx.all(TEMPLATE_TIMES)}


def templates_seen_at(tx: Tx) -> datetime | None:
    """When all templates were last read; None before the first time."""
    return _seen_at(tx, TEMPLATES)


def replace_signatures(tx: Tx, signatures: Sequence[Signature], now: datetime) -> None:
    """Keeps exactly `signatures`, writing only what changed."""
    known = {each.signature_id: each for each in list_signatures(tx)}
    put_signatures(tx, [each for each in signatures if known.get(each.signature_id) != each], now)
    gone = known.keys() - {each.signature_id for each in signatures}
    tx.run_many(REMOVE_SIGNATURE, [{"id": each} for each in sorted(gone)])
    _note_seen(tx, SIGNATURES, now)


def put_signatures(tx: Tx, signatures: Iterable[Signature], now: datetime) -> None:
    """Keeps these signatures as they are now; the others stay."""
    rows = [
        {
            "signature_id": each.signature_id,
            "name": each.name,
            "international": int(each.international),
            "review": each.review.value,
            "review_reply": each.review_reply,
            "created": _ms_or_zero(each.created_at),
            "qualification_id": each.qualification_id,
            "qualification": each.qualification.value,
            "now": to_ms(now),
        }
        for each in signatures
    ]
    tx.run_many(PUT_SIGNATURE, rows)


def remove_signature(tx: Tx, signature_id: str) -> None:
    """Forgets a signature that is gone."""
    tx.run(REMOVE_SIGNATURE, id=signature_id)


def get_signature(tx: Tx, signature_id: str) -> Signature | None:
    """The signature of that id, as last listed."""
    row = tx.one(GET_SIGNATURE, signature_id=signature_id)
    return None if row is None else _signature(row)


def find_signatures(tx: Tx, name: str) -> list[Signature]:
    """All signatures of that name: one may be rejected and another usable."""
    return [_signature(row) for row in tx.all(FIND_SIGNATURES, name=name)]


def list_signatures(tx: Tx) -> list[Signature]:
    """All signatures, as last listed."""
    return [_signature(row) for row in tx.all(LIST_SIGNATURES)]


def signature_times(tx: Tx) -> dict[str, datetime]:
    """When each signature's row last changed."""
    return {row["id"]: from_ms(row["seen_at_ms"]) for row in tx.all(SIGNATURE_TIMES)}


def signatures_seen_at(tx: Tx) -> datetime | None:
    """When all signatures were last read; None before the first time."""
    return _seen_at(tx, SIGNATURES)


def ids(tx: Tx, kind: ReviewKind) -> frozenset[str]:
    """The ids of all templates or signatures, as last seen."""
    match kind:
        case ReviewKind.TEMPLATE:
            return frozenset(template_times(tx))
        case ReviewKind.SIGNATURE:
            return frozenset(signature_times(tx))
        case never:
            assert_never(never)


def find(tx: Tx, kind: ReviewKind, content_id: str) -> Content | None:
    """The template or signature of that id, as last seen."""
    match kind:
        case ReviewKind.TEMPLATE:
            return get_template(tx, content_id)
        case ReviewKind.SIGNATURE:
            return get_signature(tx, content_id)
        case never:
            assert_never(never)


def replace_packages(tx: Tx, packages: Sequence[Package], now: datetime) -> None:
    """Keeps exactly `packages`."""
    _note_seen(tx, PACKAGES, now)
    tx.run(CLEAR_PACKAGES)
    tx.run_many(
        PUT_PACKAGE,
        [
            {
                "package_id": package.package_id,
                "amount": package.amount_segments,
                "used": package.used_segments,
                "effective": to_ms(package.effective_at),
                "expires": to_ms(package.expires_at),
                "is_gift": int(package.is_gift),
                "created": _ms_or_zero(package.created_at),
                "now": to_ms(now),
            }
            for package in packages
        ],
    )


def list_packages(tx: Tx) -> list[Package]:
    """All packages, those that expire first."""
    return [_package(row) for row in tx.all(LIST_PACKAGES)]


def get_balance(tx: Tx, now: datetime) -> Balance | None:
    """What is left of the packages, less what was accepted since Tencent last said; None before the
    first word."""
    seen_at = packages_seen_at(tx)
    if seen_at is None:
        return None
    left = sum(package.left_segments(now) for package in list_packages(tx))
    return Balance(max(0, left - spent_since(tx, seen_at)), seen_at)


def packages_seen_at(tx: Tx) -> datetime | None:
    """When the packages were last read; None before the first time."""
    return _seen_at(tx, PACKAGES)


def spent_since(tx: Tx, since: datetime) -> int:
    """Segments of messages to the mainland that Tencent has accepted since."""
    found = tx.one(SEGMENTS_SINCE, since=to_ms(since), mainland=MAINLAND_COUNTRY)
    return int(found["segments"]) if found else 0


def _note_seen(tx: Tx, list_: str, now: datetime) -> None:
    tx.run(NOTE_SEEN, list=list_, now=str(to_ms(now)))


def _seen_at(tx: Tx, list_: str) -> datetime | None:
    row = tx.one(SEEN, list=list_)
    return None if row is None else from_ms(int(row["value"]))


def _ms_or_zero(moment: datetime | None) -> int:
    return 0 if moment is None else to_ms(moment)


def _moment_or_none(value: int) -> datetime | None:
    return from_ms(value) if value else None


def _template(row: Row) -> Template:
    return Template(
        template_id=row["template_id"],
        name=row["name"],
        content=row["content"],
        mainland=bool(row["mainland"]),
        international=bool(row["international"]),
        review=ReviewState(row["review"]),
        review_reply=row["review_reply"],
        created_at=_moment_or_none(row["created_at_ms"]),
    )


def _signature(row: Row) -> Signature:
    return Signature(
        signature_id=row["signature_id"],
        name=row["name"],
        international=bool(row["international"]),
        review=ReviewState(row["review"]),
        review_reply=row["review_reply"],
        created_at=_moment_or_none(row["created_at_ms"]),
        qualification_id=row["qualification_id"],
        qualification=QualificationState(row["qualification"]),
    )


def _package(row: Row) -> Package:
    return Package(
        package_id=row["package_id"],
        amount_segments=row["amount_segments"],
        used_segments=row["used_segments"],
        effective_at=from_ms(row["effective_at_ms"]),
        expires_at=from_ms(row["expires_at_ms"]),
        is_gift=bool(row["is_gift"]),
        created_at=_moment_or_none(row["created_at_ms"]),
    )
