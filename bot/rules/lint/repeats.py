"""Rules about what exists already: the same text again, one much like it, one that was rejected."""

import re

from bot.rules.content import ReviewState
from bot.rules.lint.findings import Hit
from bot.rules.lint.likeness import KnownText, most_alike, print_of
from bot.rules.lint.subject import Subject

SPACES = re.compile(r"\s+")
SHOWN = 60


def resubmitted(subject: Subject) -> Hit | None:
    """Word by word what was rejected before; of the template that is edited, too."""
    text = SPACES.sub(" ", subject.text).strip()
    for known in reversed(subject.facts.templates.with_letters_of(subject.text)):
        is_of_side = known.international is subject.draft.international
        if known.review is not ReviewState.REJECTED or not is_of_side:
            continue
        if SPACES.sub(" ", known.text).strip() == text:
            return Hit(subject.whole, {"id": known.id, "reply": known.review_reply})
    return None


def duplicate(subject: Subject) -> Hit | None:
    """The same words as a template that exists."""
    if not print_of(subject.text).letters:
        return None
    same = subject.facts.templates.with_letters_of(subject.text)
    found = next((known for known in same if _is_standing(subject, known)), None)
    return None if found is None else _about(subject, found)


def near_duplicate(subject: Subject) -> Hit | None:
    """Much like a template that exists, and not the same."""
    if duplicate(subject) is not None:
        return None
    at_least = subject.table.figures.alike_percent / 100
    alike = most_alike(subject.text, subject.facts.templates, at_least)
    nearest = next((known for _, known in alike if _is_standing(subject, known)), None)
    return None if nearest is None else _about(subject, nearest)


def _is_standing(subject: Subject, known: KnownText) -> bool:
    return known.review is not ReviewState.REJECTED and _is_other(subject, known)


def _is_other(subject: Subject, known: KnownText) -> bool:
    draft = subject.draft
    return known.international is draft.international and known.id != draft.template_id


def _about(subject: Subject, known: KnownText) -> Hit:
    return Hit(subject.whole, {"id": known.id, "text": known.text[:SHOWN]})
