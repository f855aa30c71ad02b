"""Templates, signatures and packages: from Tencent's lists into ours."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.rules import content as known
from bot.tencent import wire
from storage import content
from storage.db import Tx

REVIEW = {
    wire.ReviewState.USABLE: known.ReviewState.USABLE,
    wire.ReviewState.IN_REVIEW: known.ReviewState.UNDER_REVIEW,
    wire.ReviewState.APPROVED_NOT_EFFECTIVE: known.ReviewState.APPROVED_NOT_USABLE,
    wire.ReviewState.REJECTED: known.ReviewState.REJECTED,
    wire.ReviewState.UNKNOWN: known.ReviewState.UNKNOWN,
}
FAR_AHEAD = datetime(9999, 1, 1, tzinfo=UTC)


def keep_templates(tx: Tx, templates: Iterable[wire.Template], now: datetime) -> None:
    """Both sides' lists together: one template may stand in both."""
    merged: dict[str, known.Template] = {}
    for template in templates:
        merged[template.template_id] = known.Template(
            template_id=template.template_id,
            name=template.name,
            content=template.content,
            mainland=wire.Side.MAINLAND in template.sides,
            international=wire.Side.INTERNATIONAL in template.sides,
            review=REVIEW[template.review],
            review_reply=template.review_reply,
        )
    content.replace_templates(tx, list(merged.values()), now)


def keep_signatures(tx: Tx, signatures: Iterable[wire.Signature], now: datetime) -> None:
    kept = [
        known.Signature(
            signature_id=signature.signature_id,
            name=signature.name,
            international=signature.side is wire.Side.INTERNATIONAL,
            review=REVIEW[signature.review],
            review_reply=signature.review_reply,
        )
        for signature in signatures
    ]
    content.replace_signatures(tx, kept, now)


def keep_packages(tx: Tx, packages: Iterable[wire.Package], now: datetime) -> None:
    """A package whose times Tencent does not tell counts as in effect."""
    kept = [
        known.Package(
            package_id=package.package_id,
            amount_segments=package.amount_segments,
            used_segments=package.used_segments,
            effective_at=package.effective_at or now,
            expires_at=package.expires_at or FAR_AHEAD,
        )
        for package in packages
    ]
    content.replace_packages(tx, kept, now)
