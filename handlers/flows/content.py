"""Templates and signatures: from Tencent's lists into ours, and what changed between."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.rules import content as known
from bot.rules.content import Content, Signature, Template
from bot.rules.requests import RequestKind
from bot.rules.review_hours import ReviewKind
from bot.rules.reviews import LIST_LAG, Difference, diff, is_same
from bot.tencent import wire
from storage import changes, content, reviews
from storage.db import Tx

REVIEW = {
    wire.ReviewState.USABLE: known.ReviewState.USABLE,
    wire.ReviewState.IN_REVIEW: known.ReviewState.UNDER_REVIEW,
    wire.ReviewState.APPROVED_NOT_EFFECTIVE: known.ReviewState.APPROVED_NOT_USABLE,
    wire.ReviewState.REJECTED: known.ReviewState.REJECTED,
    wire.ReviewState.UNKNOWN: known.ReviewState.UNKNOWN,
}
QUALIFICATION = {
    wire.QualificationState.PENDING: known.QualificationState.PENDING,
    wire.QualificationState.PASSED: known.QualificationState.PASSED,
    wire.QualificationState.REFUSED: known.QualificationState.REFUSED,
    wire.QualificationState.TO_BE_SUPPLEMENTED: known.QualificationState.TO_BE_SUPPLEMENTED,
    wire.QualificationState.CHANGE_PENDING: known.QualificationState.CHANGE_PENDING,
    wire.QualificationState.CHANGE_REFUSED: known.QualificationState.CHANGE_REFUSED,
    wire.QualificationState.UNKNOWN: known.QualificationState.UNKNOWN,
}
C = TypeVar("C", Template, Signature)
DELETION = {
    ReviewKind.TEMPLATE: RequestKind.TEMPLATE_DELETE,
    ReviewKind.SIGNATURE: RequestKind.SIGNATURE_DELETE,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """What a whole list changed in ours. Against the first list of all, everything is new."""

    differences: list[Difference]
    is_first: bool


def template_of(template: wire.Template) -> Template:
    return Template(
        template_id=template.template_id,
        name=template.name,
        content=template.content,
        mainland=wire.Side.MAINLAND in template.sides,
        international=wire.Side.INTERNATIONAL in template.sides,
        review=REVIEW[template.review],
        review_reply=template.review_reply,
        created_at=template.created_at,
    )


def signature_of(signature: wire.Signature) -> Signature:
    return Signature(
        signature_id=signature.signature_id,
        name=signature.name,
        international=signature.side is wire.Side.INTERNATIONAL,
        review=REVIEW[signature.review],
        review_reply=signature.review_reply,
        created_at=signature.created_at,
        qualification_id=signature.qualification_id or "",
        qualification=QUALIFICATION[signature.qualification],
    )


def keep_templates(
    tx: Tx,
    templates: Iterable[wire.Template],
    gone: Container[str],
    listed_at: datetime,
    now: datetime,
) -> Listed:
    """Keeps both sides' lists together, as they were asked for at `listed_at`; one template may
    stand in both. Of what they lack, only `gone` is."""
    is_first = content.templates_seen_at(tx) is None
    before = {each.template_id: each for each in content.list_templates(tx)}
    listed = {each.template_id: template_of(each) for each in templates}
    newer = _learnt_since(tx, ReviewKind.TEMPLATE, content.template_times(tx), listed_at)
    newer |= _lagging(tx, ReviewKind.TEMPLATE, before, listed, listed_at)
    newer |= _left_out(before, listed, gone)
    kept = _newest(before, listed, newer)
    content.replace_templates(tx, kept, now)
    return Listed(diff(before, kept), is_first)


def keep_signatures(
    tx: Tx,
    signatures: Iterable[wire.Signature],
    gone: Container[str],
    listed_at: datetime,
    now: datetime,
) -> Listed:
    """As `keep_templates`, of signatures."""
    is_first = content.signatures_seen_at(tx) is None
    before = {each.signature_id: each for each in content.list_signatures(tx)}
    listed = {each.signature_id: signature_of(each) for each in signatures}
    newer = _learnt_since(tx, ReviewKind.SIGNATURE, content.signature_times(tx), listed_at)
    newer |= _lagging(tx, ReviewKind.SIGNATURE, before, listed, listed_at)
    newer |= _left_out(before, listed, gone)
    kept = _newest(before, listed, newer)
    content.replace_signatures(tx, kept, now)
    return Listed(diff(before, kept), is_first)


def _learnt_since(
    tx: Tx, kind: ReviewKind, changed_at: Mapping[str, datetime], listed_at: datetime
) -> frozenset[str]:
    """What an answer told us after the list was asked for: to a question about one of them, or to
    a change of ours. A deletion leaves no row to tell it."""
    asked = frozenset(key for key, at in changed_at.items() if at > listed_at)
    return asked | changes.finished_since(tx, DELETION[kind], listed_at)


def _lagging(
    tx: Tx,
    kind: ReviewKind,
    before: Mapping[str, Content],
    listed: Mapping[str, Content],
    listed_at: datetime,
) -> frozenset[str]:
    """What we have just submitted and the list does not show as it was submitted: not yet."""
    submitted = reviews.submitted_since(tx, kind, listed_at - LIST_LAG)
    return frozenset(
        each
        for each in submitted
        if each in before and (each not in listed or not is_same(before[each], listed[each]))
    )


def _left_out(
    before: Mapping[str, Content], listed: Mapping[str, Content], gone: Container[str]
) -> frozenset[str]:
    """What the list lacks although nothing says it is gone: a list may leave out what is there."""
    return frozenset(each for each in before if each not in listed and each not in gone)


def _newest(before: Mapping[str, C], listed: Mapping[str, C], newer: Container[str]) -> list[C]:
    """The list, with what is known better of the `newer`."""
    kept = [each for key, each in listed.items() if key not in newer]
    kept += [each for key, each in before.items() if key in newer]
    return kept
