"""The audit trail: what is entered in it, how each entry is chained to the one before, and the
proof that nobody has changed, left out, put in or moved one since."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple

#: What the first entry follows.
GENESIS = "0" * 64
DIGEST, MAC_DIGITS = "sha256", 64


class What(StrEnum):
    """What happened; the value is stored, so it never changes its meaning. The word before the dot
    is the area people look through the trail by."""

    REQUEST_ASKED = "request.asked"
    #: Asked for, and app.yaml has nobody asked about it.
    REQUEST_WAIVED = "request.waived"
    #: An approval that is not the last one needed.
    REQUEST_COUNTED = "request.counted"
    REQUEST_APPROVED = "request.approved"
    REQUEST_REJECTED = "request.rejected"
    REQUEST_WITHDRAWN = "request.withdrawn"
    #: Somebody tried to take back what another asked for.
    WITHDRAWAL_REFUSED = "request.withdrawal_refused"
    REQUEST_EXPIRED = "request.expired"
    REQUEST_SUPERSEDED = "request.superseded"
    #: Approved, and too few of those who did so still may when it is carried out.
    REQUEST_LAPSED = "request.lapsed"
    REQUEST_EXECUTED = "request.executed"
    REQUEST_FAILED = "request.failed"
    VOTE_TAKEN_BACK = "vote.taken_back"
    #: Somebody whose word does not count said one.
    VOTE_REFUSED = "vote.refused"
    SEND_CONFIRMED = "send.confirmed"
    SEND_STARTED = "send.started"
    JOB_PAUSED = "job.paused"
    JOB_RESUMED = "job.resumed"
    JOB_CANCELLED = "job.cancelled"
    JOB_RESCHEDULED = "job.rescheduled"
    APP_STOPPED = "app.stopped"
    APP_RESUMED = "app.resumed"
    OPTOUT_ADDED = "optout.added"
    OPTOUT_REMOVED = "optout.removed"
    LIMITS_CHANGED = "limits.changed"
    LIMITS_UNDONE = "limits.undone"
    LIMITS_DECLARED = "limits.declared"
    LIMITS_CONFIRMED = "limits.confirmed"
    LIMITS_EXEMPTED = "limits.exempted"
    LIMITS_EXEMPTION_ENDED = "limits.exemption_ended"
    DOUBT_DECIDED = "doubt.decided"
    ALERT_MOVED = "alert.moved"
    SILENCE_BEGUN = "silence.begun"
    SILENCE_ENDED = "silence.ended"
    ONCALL_OVERRIDDEN = "oncall.overridden"
    ONCALL_OVERRIDE_ENDED = "oncall.override_ended"
    ONCALL_NUMBER = "oncall.number"
    #: Called once to try it, and whether 1 was pressed.
    ONCALL_TRIED = "oncall.tried"
    REPLY_VIEWED = "reply.viewed"
    NUMBER_REVEALED = "privacy.revealed"
    #: Asked for in full, and not shown.
    REVEAL_REFUSED = "privacy.reveal_refused"
    #: Asked about, by typing it: what was told shows it masked.
    NUMBER_LOOKED_UP = "privacy.looked_up"
    #: Part of what there was of a number is gone, of one that is being erased.
    NUMBER_CLEARED = "privacy.cleared"
    #: All of it is, and no file has it.
    NUMBER_ERASED = "privacy.erased"
    DATA_FORGOTTEN = "privacy.forgotten"
    KEYS_ROTATED = "privacy.keys_rotated"
    #: Somebody asked for what their roles do not allow.
    ACCESS_REFUSED = "access.refused"
    TRAIL_EXPORTED = "audit.exported"
    PROGRAM_STARTED = "program.started"
    PROGRAM_STOPPED = "program.stopped"
    #: A backup was put in the place of the database; entered when that is let go.
    PROGRAM_RESTORED = "program.restored"
    #: A restored database was let go, and all that was open in it ended.
    PROGRAM_RELEASED = "program.released"
    #: A copy of the whole file was made.
    PROGRAM_BACKED_UP = "program.backed_up"
    SETTINGS_CHANGED = "settings.changed"

    @property
    def area(self) -> str:
        return self.value.partition(".")[0]


class Via(StrEnum):
    """How it came about; the value is stored."""

    SLACK = "slack"
    """A command, a button or a form."""
    REACTION = "reaction"
    TERMINAL = "terminal"
    ITSELF = "itself"
    """Nobody did it: its time had come, or Tencent answered."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What is to be entered.

    `actor` is a user id, "" for nobody; `subject` what it is about: the id of a request or an
    alert, the name of an app or a rota, the month before which all is forgotten. `facts` is plain
    JSON, kept sealed: full numbers, texts and values of messages never stand there, and words of
    people only as reasons.
    """

    what: What
    actor: str
    subject: str = ""
    app: str = ""
    via: Via = Via.SLACK
    facts: Mapping[str, Any] = field(default_factory=dict)


class Link(NamedTuple):
    """An entry as it is stored; `facts` is ciphertext, `prev` and `mac` 64 hexadecimal digits."""

    nth: int
    at_ms: int
    actor: str
    via: str
    what: str
    subject: str
    app: str
    facts: str
    prev: str
    mac: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry there is: how many there are, and the code that stands for all of them."""

    nth: int
    mac: str

    def written(self) -> str:
        """The head as it is posted; `head_of` reads it."""
        return f"{self.nth}:{self.mac}"


class Flaw(StrEnum):
    """What is wrong where a chain breaks; the value names its sentence."""

    MISSING = "missing"
    """The entry with this number is not there, though a later one is, or the head says so."""
    UNLINKED = "unlinked"
    """It does not follow the entry before it."""
    ALTERED = "altered"
    """It is not what was entered."""
    BEYOND = "beyond"
    """There is more than was ever entered."""
    REWRITTEN = "rewritten"
    """At this number stood another entry when it was told last."""
    UNREADABLE = "unreadable"
    """It is as it was entered, and what it says cannot be read, though its time is not over."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Nothing was changed."""

    entries: int


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not as it was entered."""

    nth: int
    flaw: Flaw


Verdict = Sound | Broken


def canonical(link: Link) -> str:
    """The one JSON text of what is stored of an entry, without what chains it."""
    nth, at_ms, actor, via, what, subject, app, facts, _, _ = link
    return (
        f"[{nth},{at_ms},{quoted(actor)},{quoted(via)},{quoted(what)},{quoted(subject)},"
        f"{quoted(app)},{quoted(facts)}]"
    )


def mac_of(key: bytes, link: Link) -> str:
    """HMAC-SHA-256 (RFC 2104) over the code of the entry before and all that is stored of this."""
    return hmac.digest(key, (link.prev + canonical(link)).encode(), DIGEST).hex()


def verify(key: bytes, links: Iterable[Link], head: Head, told: Head | None = None) -> Verdict:
    """Goes through all entries in the order of their numbers, from 1 to the head, and names the
    first that is not as it was entered.

    `told` is a head as somebody noted it earlier: whoever can write the whole file can cut its end
    off, and put the head back with it.
    """
    prev, nth = GENESIS, 0
    for link in links:
        nth += 1
        mac = mac_of(key, link)
        if link.mac != mac or link.prev != prev or link.nth != nth or nth > head.nth:
            return Broken(nth, _flaw(link, nth, prev, head))
        prev = mac
        if told is not None and told.nth == nth and told.mac != mac:
            return Broken(nth, Flaw.REWRITTEN)
    return _ended(nth, prev, head, told)


def _flaw(link: Link, nth: int, prev: str, head: Head) -> Flaw:
    """What is wrong with an entry that should be the one with the number `nth`."""
    if nth > head.nth:
        return Flaw.BEYOND
    if link.nth != nth:
        return Flaw.MISSING
    return Flaw.ALTERED if link.prev == prev else Flaw.UNLINKED


def _ended(nth: int, mac: str, head: Head, told: Head | None) -> Verdict:
    """The chain ends with the entry `nth`; whether it should."""
    if nth < head.nth or (told is not None and nth < told.nth):
        return Broken(nth + 1, Flaw.MISSING)
    return Sound(nth) if mac == head.mac else Broken(nth, Flaw.REWRITTEN)


def head_of(written: str) -> Head | None:
    """A head as it was posted; None for what is none."""
    number, _, mac = written.strip().partition(":")
    is_number = number.isascii() and number.isdigit() and len(number) <= 15
    is_mac = len(mac) == MAC_DIGITS and set(mac) <= set("0123456789abcdef")
    return Head(int(number), mac) if is_number and is_mac else None
