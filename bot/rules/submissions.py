"""A change nobody answered for: what Tencent's lists prove about it, and what may follow.

Neither Add, Modify nor Delete has an idempotency key. A lost answer leaves a doubt; a list that
shows what was asked ends it, and only lists read after Tencent can no longer take a late copy prove
that nothing happened.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import assert_never

from bot.rules.content import Content, normal_form
from bot.rules.delivery import settles_at

#: Tencent refuses a signature that is more than five minutes off its clock (API 3.0, 382/38766), so
#: its CreateTime and our committed time differ by no more; CreateTime has whole seconds.
CLOCK_MARGIN = timedelta(minutes=5, seconds=1)
FIRST_LOOK = timedelta(seconds=2)
LOOK_AT_LEAST_EVERY = timedelta(seconds=60)
#: Lists that cannot be read for this long are a person's business.
ASK_AFTER = timedelta(hours=1)
#: How often the same change is sent again after a doubt.
MOST_REPEATS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: the name, and the text that is reviewed (a signature's name)."""

    name: str
    text: str

    @property
    def normal(self) -> "Wanted":
        """What is wanted, as Tencent may list it."""
        return Wanted(normal_form(self.name), normal_form(self.text))

    def is_same(self, other: "Wanted") -> bool:
        """Whether Tencent may list both alike."""
        return self.normal == other.normal

    def is_like(self, listed: Content) -> bool:
        return self.is_same(Wanted(listed.name, listed.text))

    def is_named_like(self, listed: Content) -> bool:
        return self.normal.name == normal_form(listed.name)


@dataclass(frozen=True, slots=True)
class There:
    """What was asked for is at Tencent, under this id."""

    content_id: str


class Proof(Enum):
    """What a list says that does not show what was asked for."""

    #: It is not there.
    ABSENT = "absent"
    #: The list has something that may be it and may not.
    UNCLEAR = "unclear"


Evidence = There | Proof


class Next(Enum):
    """What follows from a list that does not show it."""

    LOOK_AGAIN = "look_again"
    #: Nothing happened and nothing can any more: the same may be sent once more.
    SEND_AGAIN = "send_again"
    #: As before, but it has been sent often enough.
    GIVE_UP = "give_up"
    #: No list will prove anything: a person looks.
    ASK_PERSON = "ask_person"


def judge_add(
    wanted: Wanted,
    listed: Iterable[Content],
    claimed: Container[str],
    signed_at: datetime,
    *,
    is_whole: bool = True,
) -> Evidence:
    """What one whole side's list says of an Add signed at `signed_at`.

    `claimed` are the ids other requests of ours made: two requests may want the same text. A list
    that may lack what is there (`is_whole` false) never proves an absence. Nor does one that shows
    the name with another text: Tencent may have made ours into that.
    """
    named = [
        each
        for each in listed
        if wanted.is_named_like(each)
        and each.content_id not in claimed
        and each.content_id.isdecimal()
        and not was_before(each, signed_at)
    ]
    alike = [each for each in named if wanted.is_like(each)]
    if any(each.created_at is None for each in alike):
        return Proof.UNCLEAR
    if alike:
        # Several can only be somebody else's beside ours, all alike: the first is as good as ours.
        return There(str(min(int(each.content_id) for each in alike)))
    return Proof.UNCLEAR if named or not is_whole else Proof.ABSENT


def was_before(listed: Content, signed_at: datetime) -> bool:
    """Whether it was made before a change signed at `signed_at`, for certain."""
    return listed.created_at is not None and listed.created_at < signed_at - CLOCK_MARGIN


def may_be(wanted: Wanted, listed: Content, signed_at: datetime) -> bool:
    """Whether `listed` may be what an Add signed at `signed_at` made. Another text may be ours only
    where it is known to be as new as the Add."""
    if not wanted.is_named_like(listed) or was_before(listed, signed_at):
        return False
    return wanted.is_like(listed) or listed.created_at is not None


def judge_modify(
    content_id: str, wanted: Wanted, base: Wanted, listed: Iterable[Content]
) -> Evidence:
    """What the lists say of a Modify that was to turn `base` into `wanted`.

    Where only what the list does not show was to change, it proves nothing; "absent" is safe then,
    for the same Modify once more changes nothing.
    """
    found = next((each for each in listed if each.content_id == content_id), None)
    if found is not None and not wanted.is_same(base) and wanted.is_like(found):
        return There(content_id)
    return Proof.ABSENT


def judge_delete(
    content_id: str, listed: Iterable[Content], missed: Container[str] = frozenset()
) -> Evidence:
    """What the lists say of a Delete.

    `missed` are ids Tencent was asked for by themselves and did not have: lists alone may leave out
    what is there (signatures cannot always be listed).
    """
    if any(each.content_id == content_id for each in listed):
        return Proof.ABSENT
    return There(content_id) if content_id in missed else Proof.UNCLEAR


def conclude(
    proof: Proof,
    *,
    signed_at: datetime,
    asked_at: datetime,
    now_listed: str,
    before_listed: str,
    repeats: int,
) -> Next:
    """What follows from a list asked for at `asked_at` that does not show the change.

    A list that Tencent answered although it was signed fifteen minutes after the change proves by
    Tencent's own clock that it takes no late copy any more, whatever ours did meanwhile. Two such
    lists must agree (`now_listed` and `before_listed` are their fingerprints): one alone may have
    been turned over between two pages.
    """
    if asked_at < settles_at(signed_at):
        return Next.LOOK_AGAIN
    match proof:
        case Proof.UNCLEAR:
            return Next.ASK_PERSON
        case Proof.ABSENT if now_listed != before_listed:
            return Next.LOOK_AGAIN
        case Proof.ABSENT:
            return Next.GIVE_UP if repeats >= MOST_REPEATS else Next.SEND_AGAIN
    assert_never(proof)


def without_list(*, signed_at: datetime, now: datetime, permanent: bool) -> Next:
    """What follows where the lists cannot be read; `permanent`: nor will they be."""
    if now < settles_at(signed_at):
        return Next.LOOK_AGAIN
    is_time = permanent or now >= signed_at + ASK_AFTER
    return Next.ASK_PERSON if is_time else Next.LOOK_AGAIN


def counts_as_proof(*, signed_at: datetime, asked_at: datetime) -> bool:
    """Whether a list asked for at `asked_at` comes after every late copy of the attempt."""
    return asked_at >= settles_at(signed_at)


def next_look_at(signed_at: datetime, now: datetime) -> datetime:
    """When to look again: as long again as it has been so far, between 2 and 60 seconds, and as
    soon as a list can prove something."""
    wait = min(max(now - signed_at, FIRST_LOOK), LOOK_AT_LEAST_EVERY)
    settled = settles_at(signed_at)
    return settled if now < settled < now + wait else now + wait


def fingerprint(listed: Sequence[Content]) -> str:
    """Tells one list's ids from another's; never empty."""
    ids = "\n".join(sorted(each.content_id for each in listed))
    return sha256(ids.encode()).hexdigest()[:16]
