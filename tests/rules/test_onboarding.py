"""How far each step of the set-up is: found out, and said to be unknown where it cannot be."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import onboarding
from bot.rules.content import ReviewState, Signature, Template
from bot.rules.onboarding import NOT_ENTERPRISE, NOT_OURS, ROLES, STANDINGS, Finding, Standing, Step

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ADDRESS = "https://sms.example.com/callbacks/<SMSOPS_CALLBACK_SECRET>/demo"


def signature(
    review: ReviewState, name: str = "腾讯云", *, international: bool = False
) -> Signature:
    return Signature("1", name, international, review, "")


def template(review: ReviewState, *, mainland: bool = True) -> Template:
    return Template("1", "a", "b", mainland, not mainland, review, "")


def account(
    *,
    is_individual: bool = False,
    is_legacy: bool = False,
    is_listed: bool = False,
    barred: str = "",
) -> Finding:
    return onboarding.account(
        is_individual=is_individual, is_legacy=is_legacy, is_listed=is_listed, barred=barred
    ).finding


def test_every_finding_says_how_far_its_step_is() -> None:
    assert set(STANDINGS) == set(Finding)
    assert set(ROLES) <= set(Finding)
    assert {each.topic for each in Finding} == {
        "account",
        "application",
        "signature",
        "template",
        "limits",
        "contacts",
        "reports",
        "replies",
        "package",
    }


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (account(is_listed=True), Finding.ENTERPRISE),
        (account(is_listed=True, is_individual=True), Finding.SAID_INDIVIDUAL),
        (account(barred=NOT_ENTERPRISE), Finding.NOT_VERIFIED),
        # It was one once: what Tencent said last counts.
        (account(barred=NOT_ENTERPRISE, is_listed=True), Finding.NOT_VERIFIED),
        (account(barred=NOT_ENTERPRISE, is_individual=True), Finding.INDIVIDUAL),
        (account(barred="UnauthorizedOperation.RequestPermissionDeny"), Finding.LISTS_REFUSED),
        (account(), Finding.ACCOUNT_UNREAD),
        (account(is_individual=True), Finding.INDIVIDUAL),
        (account(is_legacy=True, is_listed=True), Finding.ACCOUNT_LEGACY),
        (account(is_legacy=True, is_individual=True), Finding.INDIVIDUAL),
    ],
)
def test_the_kind_of_account_is_what_tencents_answers_show(
    found: Finding, finding: Finding
) -> None:
    assert found is finding


def test_an_application_is_known_once_tencent_took_something_of_it() -> None:
    app = onboarding.application
    refused = {"FailedOperation.PhoneNumberInBlacklist": 2, min(NOT_OURS): 1}
    assert app(accepted=3, refused_by=refused, is_answered=False) == Step(
        Finding.APP_SENDS, {"count": 3}
    )
    assert app(accepted=0, refused_by=refused, is_answered=True) == Step(
        Finding.APP_REFUSED, {"code": min(NOT_OURS)}
    )
    assert app(accepted=0, refused_by={}, is_answered=True).finding is Finding.APP_ANSWERED
    blacklist = {"FailedOperation.PhoneNumberInBlacklist": 2}
    assert app(accepted=0, refused_by=blacklist, is_answered=False).finding is Finding.APP_UNSEEN


@pytest.mark.parametrize(
    ("listed", "finding"),
    [
        ([ReviewState.REJECTED, ReviewState.USABLE], Finding.SIGNATURE_USABLE),
        ([ReviewState.REJECTED, ReviewState.UNDER_REVIEW], Finding.SIGNATURE_REVIEWED),
        ([ReviewState.UNKNOWN], Finding.SIGNATURE_REVIEWED),
        ([ReviewState.APPROVED_NOT_USABLE], Finding.SIGNATURE_NOT_EFFECTIVE),
        ([ReviewState.REJECTED], Finding.SIGNATURE_REJECTED),
        ([], Finding.SIGNATURE_MISSING),
    ],
)
def test_a_signature_is_as_far_as_the_best_of_its_name(
    listed: list[ReviewState], finding: Finding
) -> None:
    signatures = [signature(each) for each in listed]
    others = [
        signature(ReviewState.USABLE, "别的"),
        signature(ReviewState.USABLE, international=True),
    ]
    found = onboarding.signature("腾讯云", [*signatures, *others], is_read=True, barred="")
    assert found == Step(finding, {"name": "腾讯云"})


def test_a_list_nobody_could_read_proves_nothing() -> None:
    unread = onboarding.signature("腾讯云", [], is_read=False, barred="")
    assert unread.standing is Standing.UNSEEN
    barred = onboarding.signature("腾讯云", [], is_read=False, barred=NOT_ENTERPRISE)
    assert barred.standing is Standing.UNKNOWABLE
    assert barred.facts == {"name": "腾讯云", "code": NOT_ENTERPRISE}
    # What is known from before still counts.
    known = [signature(ReviewState.USABLE)]
    kept = onboarding.signature("腾讯云", known, is_read=True, barred=NOT_ENTERPRISE)
    assert kept.standing is Standing.DONE


@given(st.lists(st.tuples(st.sampled_from(ReviewState), st.booleans())), st.booleans())
def test_templates_are_done_where_one_can_be_sent(
    listed: list[tuple[ReviewState, bool]], is_international: bool
) -> None:
    templates = [template(review, mainland=mainland) for review, mainland in listed]
    found = onboarding.template(
        templates, is_international=is_international, is_read=True, barred=""
    )
    sendable = [
        review
        for review, mainland in listed
        if review is ReviewState.USABLE and (mainland or is_international)
    ]
    assert (found.standing is Standing.DONE) == bool(sendable)
    if sendable:
        assert found.facts == {"count": len(sendable)}


def test_limits_are_believed_once_two_people_looked_and_nothing_contradicts_them() -> None:
    def limits(by: str, *, second: bool = False, contradictions: int = 0) -> Standing:
        return onboarding.limits(
            is_individual=False,
            declared_by=by,
            is_confirmed=second,
            contradictions=contradictions,
        ).standing

    assert limits("") is Standing.OPEN
    assert limits("U0LIN") is Standing.WAITING
    assert limits("U0LIN", second=True) is Standing.DONE
    assert limits("U0LIN", second=True, contradictions=1) is Standing.OPEN
    found = onboarding.limits(
        is_individual=True, declared_by="", is_confirmed=False, contradictions=0
    )
    assert found.standing is Standing.UNKNOWABLE


def test_alert_contacts_are_never_called_done() -> None:
    assert onboarding.contacts().standing is Standing.UNKNOWABLE


@pytest.mark.parametrize(
    ("last_at", "came", "absent", "is_reachable", "finding"),
    [
        (NOW, 0, 0, False, Finding.REPORTS_COME),
        (None, 5, 3, False, Finding.REPORTS_COUNTED),
        (None, 0, 3, True, Finding.REPORTS_SILENT),
        (None, 0, 3, False, Finding.REPORTS_PRIVATE),
        (None, 0, 0, True, Finding.REPORTS_UNSEEN),
    ],
)
def test_reports_are_done_once_one_came(
    last_at: datetime | None, came: int, absent: int, is_reachable: bool, finding: Finding
) -> None:
    found = onboarding.reports(
        last_at, came=came, absent=absent, address=ADDRESS, is_reachable=is_reachable
    )
    assert found.finding is finding


def test_that_nobody_answered_does_not_say_that_answers_get_lost() -> None:
    def replies(last_at: datetime | None, *, is_reachable: bool = True) -> Standing:
        return onboarding.replies(last_at, address=ADDRESS, is_reachable=is_reachable).standing

    assert replies(None) is Standing.UNSEEN
    assert replies(None, is_reachable=False) is Standing.OPEN
    assert replies(NOW, is_reachable=False) is Standing.DONE


@pytest.mark.parametrize(
    ("left", "standing"), [(None, Standing.UNSEEN), (0, Standing.OPEN), (1, Standing.DONE)]
)
def test_a_package_is_there_while_something_is_left_of_it(
    left: int | None, standing: Standing
) -> None:
    assert onboarding.package(left).standing is standing
