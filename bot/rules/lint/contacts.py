"""Rules about ways to reach somebody: links and mobile numbers."""

import re

from bot.rules.lint.findings import Hit, Span
from bot.rules.lint.links import is_ip_address
from bot.rules.lint.subject import Subject

MOBILE = re.compile(r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
SHOWN = 40


def link(subject: Subject) -> Hit | None:
    """A link in a mainland text has to be filed (ICP)."""
    if not subject.links or subject.is_otp or not subject.is_mainland:
        return None
    return _hit(subject, subject.links[0])


def otp_link(subject: Subject) -> Hit | None:
    """A code template carries no link."""
    return _hit(subject, subject.links[0]) if subject.links and subject.is_otp else None


def link_short(subject: Subject) -> Hit | None:
    """A short link says nothing of where it leads."""
    search = subject.table.searches.short_links
    return _first(subject, [each for each in subject.links if search.search(_text(subject, each))])


def link_ip(subject: Subject) -> Hit | None:
    """A bare address of a machine cannot be filed."""
    if not subject.is_mainland:
        return None
    return _first(subject, [each for each in subject.links if is_ip_address(_text(subject, each))])


def link_variable(subject: Subject) -> Hit | None:
    """A link is the same for everybody: no part of it varies."""
    return _first(subject, [each for each in subject.links if "{" in _text(subject, each)])


def mobile(subject: Subject) -> Hit | None:
    """Somebody's own mobile number, in the mainland."""
    found = MOBILE.search(subject.folded.text) if subject.is_mainland else None
    if found is None:
        return None
    return Hit(subject.folded.original(*found.span()), {"number": found[0]})


def _first(subject: Subject, found: list[Span]) -> Hit | None:
    return _hit(subject, found[0]) if found else None


def _hit(subject: Subject, link: Span) -> Hit:
    return Hit(
        subject.folded.original(link.start, link.end), {"link": _text(subject, link)[:SHOWN]}
    )


def _text(subject: Subject, link: Span) -> str:
    return subject.folded.text[link.start : link.end]
