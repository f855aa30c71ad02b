"""What stands between an account and its first delivered message: the steps, and how far each is.

In the order of Tencent's guide. Every step is found out from what is known anyway; where nothing
can be known from outside the console, the step says so. Nobody ticks anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.rules.content import ReviewState, Signature, Template
from bot.rules.roles import Role

#: With this code every action on signatures and templates refuses an account that is verified as an
#: individual's (API 3.0, documentation of these actions, SDK 3.1.195).
NOT_ENTERPRISE = "FailedOperation.NotEnterpriseCertification"
#: With these SendSms refuses an SDK AppID (API 3.0, error codes, SDK 3.1.195).
NOT_OURS = frozenset(
    {
        "InvalidParameterValue.SdkAppIdNotExist",
        "UnauthorizedOperation.SdkAppIdIsDisabled",
        "UnauthorizedOperation.SmsSdkAppIdVerifyFail",
    }
)


class Standing(StrEnum):
    """How far a step is."""

    DONE = "done"
    #: Somebody else's turn: a review, a second person.
    WAITING = "waiting"
    OPEN = "open"
    #: Nothing has shown it yet, and something may.
    UNSEEN = "unseen"
    #: Only the console shows it.
    UNKNOWABLE = "unknowable"


class Finding(StrEnum):
    """What was found; before the dot stands the step it is about."""

    ENTERPRISE = "account.enterprise"
    INDIVIDUAL = "account.individual"
    SAID_INDIVIDUAL = "account.said_individual"
    NOT_VERIFIED = "account.not_verified"
    LISTS_REFUSED = "account.lists_refused"
    ACCOUNT_UNREAD = "account.unread"
    ACCOUNT_LEGACY = "account.legacy"

    APP_SENDS = "application.sends"
    APP_ANSWERED = "application.answered"
    APP_REFUSED = "application.refused"
    APP_UNSEEN = "application.unseen"

    SIGNATURE_USABLE = "signature.usable"
    SIGNATURE_REVIEWED = "signature.reviewed"
    SIGNATURE_NOT_EFFECTIVE = "signature.not_effective"
    SIGNATURE_REJECTED = "signature.rejected"
    SIGNATURE_MISSING = "signature.missing"
    SIGNATURE_UNREAD = "signature.unread"
    SIGNATURE_UNLISTED = "signature.unlisted"

    TEMPLATE_USABLE = "template.usable"
    TEMPLATE_REVIEWED = "template.reviewed"
    TEMPLATE_NOT_EFFECTIVE = "template.not_effective"
    TEMPLATE_REJECTED = "template.rejected"
    TEMPLATE_MISSING = "template.missing"
    TEMPLATE_UNREAD = "template.unread"
    TEMPLATE_UNLISTED = "template.unlisted"

    LIMITS_CONFIRMED = "limits.confirmed"
    LIMITS_DECLARED = "limits.declared"
    LIMITS_CONTRADICTED = "limits.contradicted"
    LIMITS_UNDECLARED = "limits.undeclared"
    LIMITS_INDIVIDUAL = "limits.individual"

    CONTACTS = "contacts.unknowable"

    REPORTS_COME = "reports.come"
    REPORTS_COUNTED = "reports.counted"
    REPORTS_SILENT = "reports.silent"
    REPORTS_UNSEEN = "reports.unseen"
    REPORTS_PRIVATE = "reports.private"

    REPLIES_COME = "replies.come"
    REPLIES_UNSEEN = "replies.unseen"
    REPLIES_PRIVATE = "replies.private"

    PACKAGE_LEFT = "package.left"
    PACKAGE_EMPTY = "package.empty"
    PACKAGE_UNREAD = "package.unread"

    @property
    def topic(self) -> str:
        """The step."""
        return self.value.partition(".")[0]


_OF_REVIEW = ("usable", "reviewed", "not_effective", "rejected", "missing", "unread", "unlisted")
_STANDING_OF_REVIEW = dict(
    zip(
        _OF_REVIEW,
        (
            Standing.DONE,
            Standing.WAITING,
            Standing.WAITING,
            Standing.OPEN,
            Standing.OPEN,
            Standing.UNSEEN,
            Standing.UNKNOWABLE,
        ),
        strict=True,
    )
)
STANDINGS: Mapping[Finding, Standing] = {
    Finding.ENTERPRISE: Standing.DONE,
    Finding.INDIVIDUAL: Standing.DONE,
    Finding.SAID_INDIVIDUAL: Standing.OPEN,
    Finding.NOT_VERIFIED: Standing.OPEN,
    Finding.LISTS_REFUSED: Standing.OPEN,
    Finding.ACCOUNT_UNREAD: Standing.UNSEEN,
    Finding.ACCOUNT_LEGACY: Standing.UNKNOWABLE,
    Finding.APP_SENDS: Standing.DONE,
    Finding.APP_ANSWERED: Standing.DONE,
    Finding.APP_REFUSED: Standing.OPEN,
    Finding.APP_UNSEEN: Standing.UNSEEN,
    **{
        Finding(f"{topic}.{found}"): standing
        for topic in ("signature", "template")
        for found, standing in _STANDING_OF_REVIEW.items()
    },
    Finding.LIMITS_CONFIRMED: Standing.DONE,
    Finding.LIMITS_DECLARED: Standing.WAITING,
    Finding.LIMITS_CONTRADICTED: Standing.OPEN,
    Finding.LIMITS_UNDECLARED: Standing.OPEN,
    Finding.LIMITS_INDIVIDUAL: Standing.UNKNOWABLE,
    Finding.CONTACTS: Standing.UNKNOWABLE,
    Finding.REPORTS_COME: Standing.DONE,
    Finding.REPORTS_COUNTED: Standing.DONE,
    Finding.REPORTS_SILENT: Standing.OPEN,
    Finding.REPORTS_UNSEEN: Standing.UNSEEN,
    Finding.REPORTS_PRIVATE: Standing.OPEN,
    Finding.REPLIES_COME: Standing.DONE,
    Finding.REPLIES_UNSEEN: Standing.UNSEEN,
    Finding.REPLIES_PRIVATE: Standing.OPEN,
    Finding.PACKAGE_LEFT: Standing.DONE,
    Finding.PACKAGE_EMPTY: Standing.OPEN,
    Finding.PACKAGE_UNREAD: Standing.UNSEEN,
}
#: Whose command the sentence names.
ROLES: Mapping[Finding, Role] = {
    Finding.LISTS_REFUSED: Role.VIEWER,
    Finding.APP_UNSEEN: Role.REQUESTER,
    Finding.SIGNATURE_REJECTED: Role.VIEWER,
    Finding.SIGNATURE_MISSING: Role.REQUESTER,
    Finding.TEMPLATE_REJECTED: Role.VIEWER,
    Finding.TEMPLATE_MISSING: Role.REQUESTER,
    Finding.LIMITS_CONTRADICTED: Role.LIMIT_ADMIN,
    Finding.LIMITS_UNDECLARED: Role.LIMIT_ADMIN,
    Finding.REPORTS_UNSEEN: Role.REQUESTER,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was found, and what its sentence tells of it. Texts are as they came."""

    finding: Finding
    facts: Mapping[str, str | int | datetime] = field(default_factory=dict)

    @property
    def standing(self) -> Standing:
        return STANDINGS[self.finding]


def account(*, is_individual: bool, is_legacy: bool, is_listed: bool, barred: str) -> Step:
    """Whether the account is verified as an enterprise.

    `is_listed`: Tencent has told its signatures; `barred`: the code with which it last refused to,
    "" where it did not. The legacy API (`is_legacy`) tells them to anybody.
    """
    if is_legacy:
        return Step(Finding.INDIVIDUAL if is_individual else Finding.ACCOUNT_LEGACY)
    if barred == NOT_ENTERPRISE:
        return Step(Finding.INDIVIDUAL if is_individual else Finding.NOT_VERIFIED)
    if barred:
        return Step(Finding.LISTS_REFUSED, {"code": barred})
    if is_listed:
        return Step(Finding.SAID_INDIVIDUAL if is_individual else Finding.ENTERPRISE)
    return Step(Finding.INDIVIDUAL if is_individual else Finding.ACCOUNT_UNREAD)


def application(*, accepted: int, refused_by: Mapping[str, int], is_answered: bool) -> Step:
    """Whether Tencent knows the SDK AppID.

    `accepted` messages of it lately and what was refused by code; `is_answered`: Tencent answers
    other questions about it.
    """
    if accepted:
        return Step(Finding.APP_SENDS, {"count": accepted})
    refusal = next((code for code in refused_by if code in NOT_OURS), "")
    if refusal:
        return Step(Finding.APP_REFUSED, {"code": refusal})
    return Step(Finding.APP_ANSWERED if is_answered else Finding.APP_UNSEEN)


def signature(name: str, listed: Iterable[Signature], *, is_read: bool, barred: str) -> Step:
    """Whether the signature app.yaml names may be sent under."""
    own = [each for each in listed if each.name == name and each.mainland]
    found = _reviewed([each.review for each in own], is_read=is_read, barred=barred)
    facts: dict[str, str | int] = {"name": name}
    if found == "unlisted":
        facts["code"] = barred
    return Step(Finding(f"signature.{found}"), facts)


def template(
    listed: Iterable[Template], *, is_international: bool, is_read: bool, barred: str
) -> Step:
    """Whether there is a template to send with."""
    own = [each for each in listed if each.mainland or is_international]
    found = _reviewed([each.review for each in own], is_read=is_read, barred=barred)
    usable = sum(each.review is ReviewState.USABLE for each in own)
    facts: dict[str, str | int] = {"count": usable if found == "usable" else len(own)}
    if found == "unlisted":
        facts["code"] = barred
    return Step(Finding(f"template.{found}"), facts)


def limits(
    *, is_individual: bool, declared_by: str, is_confirmed: bool, contradictions: int
) -> Step:
    """Whether it is known which limits the console holds."""
    if is_individual:
        return Step(Finding.LIMITS_INDIVIDUAL)
    if not declared_by:
        return Step(Finding.LIMITS_UNDECLARED)
    if contradictions:
        return Step(Finding.LIMITS_CONTRADICTED, {"count": contradictions})
    if is_confirmed:
        return Step(Finding.LIMITS_CONFIRMED)
    return Step(Finding.LIMITS_DECLARED, {"person": declared_by})


def contacts() -> Step:
    """Whom Tencent tells of trouble: no API shows them."""
    return Step(Finding.CONTACTS)


def reports(
    last_at: datetime | None, *, came: int, absent: int, address: str, is_reachable: bool
) -> Step:
    """Whether delivery reports come.

    `last_at` is that of the latest, where it is known; of the messages of late, so many `came` and
    so many that are due did not (`absent`), though they may have been fetched since;
    `is_reachable`: `address` may be one Tencent can reach.
    """
    if last_at is not None:
        return Step(Finding.REPORTS_COME, {"at": last_at})
    if came:
        return Step(Finding.REPORTS_COUNTED, {"count": came})
    if not is_reachable:
        return Step(Finding.REPORTS_PRIVATE)
    if absent:
        return Step(Finding.REPORTS_SILENT, {"count": absent, "address": address})
    return Step(Finding.REPORTS_UNSEEN, {"address": address})


def replies(last_at: datetime | None, *, address: str, is_reachable: bool) -> Step:
    """Whether answers come. That nobody answered says nothing."""
    if last_at is not None:
        return Step(Finding.REPLIES_COME, {"at": last_at})
    if not is_reachable:
        return Step(Finding.REPLIES_PRIVATE)
    return Step(Finding.REPLIES_UNSEEN, {"address": address})


def package(left_segments: int | None) -> Step:
    """Whether there is anything to send from; None: Tencent has not said yet."""
    if left_segments is None:
        return Step(Finding.PACKAGE_UNREAD)
    if left_segments == 0:
        return Step(Finding.PACKAGE_EMPTY)
    return Step(Finding.PACKAGE_LEFT, {"left": left_segments})


def _reviewed(reviews: list[ReviewState], *, is_read: bool, barred: str) -> str:
    """The best of them says how far the step is."""
    if not reviews and barred:
        return "unlisted"
    if not reviews and not is_read:
        return "unread"
    for state, found in (
        (ReviewState.USABLE, "usable"),
        (ReviewState.APPROVED_NOT_USABLE, "not_effective"),
        (ReviewState.UNDER_REVIEW, "reviewed"),
        (ReviewState.UNKNOWN, "reviewed"),
        (ReviewState.REJECTED, "rejected"),
    ):
        if state in reviews:
            return found
    return "missing"
