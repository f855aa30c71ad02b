"""Templates, signatures and packages as Tencent last listed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.content import Package, ReviewState, Signature, Template
from storage.db import Row, Tx
from storage.ids import from_ms, to_ms

PUT_TEMPLATE = """
INSERT INTO templates (template_id, name, content, mainland, international, review, review_reply,
                       seen_at_ms)
VALUES (:template_id, :name, :content, :mainland, :international, :review, :review_reply, :now)
ON CONFLICT (template_id) DO UPDATE SET name = excluded.name, content = excluded.content,
  mainland = excluded.mainland, international = excluded.international,
  review = excluded.review, review_reply = excluded.review_reply, seen_at_ms = excluded.seen_at_ms
"""
CLEAR_TEMPLATES = "DELETE FROM templates"
GET_TEMPLATE = "SELECT * FROM templates WHERE template_id = :template_id"
LIST_TEMPLATES = "SELECT * FROM templates ORDER BY template_id"
PUT_SIGNATURE = """
INSERT INTO signatures (signature_id, name, international, review, review_reply, seen_at_ms)
VALUES (:signature_id, :name, :international, :review, :review_reply, :now)
ON CONFLICT (signature_id) DO UPDATE SET name = excluded.name,
  international = excluded.international, review = excluded.review,
  review_reply = excluded.review_reply, seen_at_ms = excluded.seen_at_ms
"""
CLEAR_SIGNATURES = "DELETE FROM signatures"
FIND_SIGNATURES = "SELECT * FROM signatures WHERE name = :name ORDER BY review DESC, signature_id"
LIST_SIGNATURES = "SELECT * FROM signatures ORDER BY name, signature_id"
PUT_PACKAGE = """
INSERT INTO packages (package_id, amount_segments, used_segments, effective_at_ms, expires_at_ms,
                      seen_at_ms)
VALUES (:package_id, :amount, :used, :effective, :expires, :now)
ON CONFLICT (package_id) DO UPDATE SET amount_segments = excluded.amount_segments,
  used_segments = excluded.used_segments, effective_at_ms = excluded.effective_at_ms,
  expires_at_ms = excluded.expires_at_ms, seen_at_ms = excluded.seen_at_ms
"""
CLEAR_PACKAGES = "DELETE FROM packages"
LIST_PACKAGES = "SELECT * FROM packages ORDER BY expires_at_ms, package_id"
# That there is no package at all is an answer too, so the answer's time is kept by itself.
NOTE_PACKAGES_SEEN = """
INSERT INTO about (name, value) VALUES ('packages_seen_at_ms', :now)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
PACKAGES_SEEN = "SELECT value FROM about WHERE name = 'packages_seen_at_ms'"
SEGMENTS_SINCE = """
SELECT coalesce(sum(fee_segments), 0) AS segments FROM messages
WHERE fee_segments IS NOT NULL AND accepted_at_ms >= :since
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """Segments left over all packages of the account, and when Tencent last said so."""

    left_segments: int
    seen_at: datetime


def replace_templates(tx: Tx, templates: Sequence[Template], now: datetime) -> None:
    """Keeps exactly `templates`: what Tencent no longer lists is gone."""
    tx.run(CLEAR_TEMPLATES)
    tx.run_many(
        PUT_TEMPLATE,
        [
            {
                "template_id": template.template_id,
                "name": template.name,
                "content": template.content,
                "mainland": int(template.mainland),
                "international": int(template.international),
                "review": template.review.value,
                "review_reply": template.review_reply,
                "now": to_ms(now),
            }
            for template in templates
        ],
    )


def get_template(tx: Tx, template_id: str) -> Template | None:
    row = tx.one(GET_TEMPLATE, template_id=template_id)
    return None if row is None else _template(row)


def list_templates(tx: Tx) -> list[Template]:
    return [_template(row) for row in tx.all(LIST_TEMPLATES)]


def replace_signatures(tx: Tx, signatures: Sequence[Signature], now: datetime) -> None:
    """Keeps exactly `signatures`."""
    tx.run(CLEAR_SIGNATURES)
    tx.run_many(
        PUT_SIGNATURE,
        [
            {
                "signature_id": signature.signature_id,
                "name": signature.name,
                "international": int(signature.international),
                "review": signature.review.value,
                "review_reply": signature.review_reply,
                "now": to_ms(now),
            }
            for signature in signatures
        ],
    )


def find_signatures(tx: Tx, name: str) -> list[Signature]:
    """All signatures of that name: one may be rejected and another usable."""
    return [_signature(row) for row in tx.all(FIND_SIGNATURES, name=name)]


def list_signatures(tx: Tx) -> list[Signature]:
    return [_signature(row) for row in tx.all(LIST_SIGNATURES)]


def replace_packages(tx: Tx, packages: Sequence[Package], now: datetime) -> None:
    """Keeps exactly `packages`."""
    tx.run(NOTE_PACKAGES_SEEN, now=str(to_ms(now)))
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
                "now": to_ms(now),
            }
            for package in packages
        ],
    )


def get_balance(tx: Tx, now: datetime) -> Balance | None:
    """What is left, less what was accepted since Tencent last said; None before the first word."""
    seen = tx.one(PACKAGES_SEEN)
    if seen is None:
        return None
    rows, seen_at_ms = tx.all(LIST_PACKAGES), int(seen["value"])
    since = tx.one(SEGMENTS_SINCE, since=seen_at_ms)
    spent = int(since["segments"]) if since else 0
    left = sum(_package(row).left_segments(now) for row in rows)
    return Balance(max(0, left - spent), from_ms(seen_at_ms))


def _template(row: Row) -> Template:
    return Template(
        template_id=row["template_id"],
        name=row["name"],
        content=row["content"],
        mainland=bool(row["mainland"]),
        international=bool(row["international"]),
        review=ReviewState(row["review"]),
        review_reply=row["review_reply"],
    )


def _signature(row: Row) -> Signature:
    return Signature(
        signature_id=row["signature_id"],
        name=row["name"],
        international=bool(row["international"]),
        review=ReviewState(row["review"]),
        review_reply=row["review_reply"],
    )


def _package(row: Row) -> Package:
    return Package(
        package_id=row["package_id"],
        amount_segments=row["amount_segments"],
        used_segments=row["used_segments"],
        effective_at=from_ms(row["effective_at_ms"]),
        expires_at=from_ms(row["expires_at_ms"]),
    )
