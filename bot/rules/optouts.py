"""Who wants no more messages, and what exactly they decline.

An opt-out is about one number, one signature (or every one) and a scope. Tencent keeps its own by
number, signature and type of SMS, and no API reads it (console guide 管理退订用户, snapshot of
2021-07-20; announcement product/382/100568, 2023), so we keep ours beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from bot.rules.classes import TemplateClass
from bot.rules.receipts import plain

#: A reply counts for a message of the last 72 hours (docs snapshot 2021-07-20, 常见问题).
REPLY_WINDOW = timedelta(hours=72)
#: Clocks differ: a reply may carry a time a little before our own.
CLOCK_MARGIN = timedelta(minutes=5)
PHONE_BLACKLISTED = "FailedOperation.PhoneNumberInBlacklist"
#: Receipt codes that mean an opt-out whichever carrier reports them. The table has more under a
#: black list, but words such as ``ERROR`` or ``34``, which another carrier uses otherwise, are no
#: proof that somebody declined.
CARRIER_BLACKLISTED = frozenset(
    {"MX:0012", "XA:0139", "TD:0001", "DB:0141", "TUIDING", "BLACK", "BLACKMB", "MBBLACK"}
    | {"TSBLACK", "DBBLACK", "BLKLIST", "BWLIST", "BWLIST_006"}
)


class Scope(StrEnum):
    """What somebody declines. Codes and alerts nobody can decline here.

    A code is asked for by whoever receives it, and an alert goes to those who are on call: where
    Tencent's own list bars one, its answer says so.
    """

    MARKETING = "marketing"
    ALL = "all"
    """Marketing and notices."""


class Source(StrEnum):
    """How we know."""

    REPLY = "reply"
    """The person answered with one of the words."""
    TENCENT = "tencent"
    """Tencent refused a message because of its list."""
    CARRIER = "carrier"
    """A carrier's report says the number is on a list."""
    PERSON = "person"
    """Somebody of the team entered it."""
    IMPORT = "import"
    """It was in a file somebody of the team handed in."""


@dataclass(frozen=True, slots=True)
class Optout:
    """One number that wants no more. `number` is the full number: mask it before showing it.

    An empty `signature` is every signature. `detail` is Tencent's or a carrier's code, or the
    reason of a person, never what a reply said. `added_by` is a user id, or empty.
    """

    number: str
    signature: str
    scope: Scope
    source: Source
    detail: str
    added_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message that may have been answered."""

    signature: str
    class_: TemplateClass
    at: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    """What a reply declines; an empty signature is every signature."""

    signature: str
    scope: Scope


def plain_signature(signature: str) -> str:
    """A signature without the brackets and spaces it may come in."""
    return signature.strip(" \u3000【】[]")


def declined(signature: str, earlier: Sequence[Earlier], replied_at: datetime) -> Declined:
    """What a reply to one of `earlier` messages declines.

    The signature is the one the reply names, else the one all messages within its window had, else
    every one. It is marketing alone where nothing but marketing can have been answered; in doubt
    the wider reading holds, for it protects the person.
    """
    within = [
        each
        for each in earlier
        if replied_at - REPLY_WINDOW <= each.at <= replied_at + CLOCK_MARGIN
    ]
    named = plain_signature(signature)
    had = {each.signature for each in within}
    meant = named or (had.pop() if len(had) == 1 else "")
    classes = {each.class_ for each in within if not meant or each.signature == meant}
    is_marketing = classes == {TemplateClass.MARKETING}
    return Declined(meant, Scope.MARKETING if is_marketing else Scope.ALL)


def learned(class_: TemplateClass, code: str) -> tuple[Source, Scope] | None:
    """What a code in Tencent's answer or in a carrier's report tells of a number; None: nothing.

    Who is barred from notices is barred from marketing. A code or an alert that was barred says
    nothing of notices, and is no reason to press marketing on anybody.
    """
    scope = Scope.ALL if class_ is TemplateClass.NOTICE else Scope.MARKETING
    if code == PHONE_BLACKLISTED:
        return Source.TENCENT, scope
    return (Source.CARRIER, scope) if plain(code) in CARRIER_BLACKLISTED else None


def scopes_against(class_: TemplateClass) -> tuple[Scope, ...]:
    """The scopes that keep a message of `class_` from going; none for codes and alerts."""
    match class_:
        case TemplateClass.MARKETING:
            return (Scope.MARKETING, Scope.ALL)
        case TemplateClass.NOTICE:
            return (Scope.ALL,)
        case TemplateClass.OTP | TemplateClass.ALERT:
            return ()
        case never:
            assert_never(never)
