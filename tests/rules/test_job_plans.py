from datetime import datetime, timedelta

import pytest

from bot.rules import job_plans
from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Signature, Template
from bot.rules.job_plans import JobAsk, JobPlan
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.marketing_hours import CARRIERS
from bot.rules.sending import Facts

NOTICE = Template(
    "1111", "shipped", "您的订单{1}已发货，预计{2}送达。", True, False, ReviewState.USABLE, ""
)
CODE = Template("1110", "code", "验证码 {1}", True, False, ReviewState.USABLE, "")
ABROAD = Template("1116", "abroad", "Order {1} is on its way", False, True, ReviewState.USABLE, "")
SIGNED = (Signature("1", "腾讯云", False, ReviewState.USABLE, ""),)
NOON = datetime(2026, 11, 23, 12, tzinfo=MAINLAND_ZONE)
EVENING = NOON.replace(hour=23)
HOUR = timedelta(hours=1)


def facts(template: Template | None = NOTICE, signatures: tuple[Signature, ...] = SIGNED) -> Facts:
    return Facts(True, template, None, signatures, None)


def ask(
    *pairs: tuple[str | None, str],
    typed: int | None = 2,
    at: datetime | None = None,
    template: str = "1111",
) -> JobAsk:
    return JobAsk(template, pairs, "腾讯云", {}, typed, at)


def reasons(found: object) -> list[tuple[str, str]]:
    assert isinstance(found, tuple), found
    return [(fault.area.value, fault.reason) for fault in found]


def test_typed_numbers_share_all_values() -> None:
    plan = job_plans.plan(ask((None, "A1"), (None, "9:00")), facts())
    assert plan == JobPlan(NOTICE, TemplateClass.NOTICE, "腾讯云", {1: "A1", 2: "9:00"})


def test_typed_numbers_need_every_value() -> None:
    found = job_plans.plan(ask((None, "A1")), facts())
    assert reasons(found) == [("values", "bind_missing")]


def test_a_file_may_bring_what_was_not_typed() -> None:
    plan = job_plans.plan(ask(("2", "9:00"), typed=None), facts())
    assert isinstance(plan, JobPlan)
    assert plan.values == {2: "9:00"}


def test_a_value_is_checked_wherever_it_was_typed() -> None:
    found = job_plans.plan(ask(("2", "http://a.cn"), typed=None), facts())
    assert isinstance(found, tuple)
    assert [(fault.reason, fault.values["variable"]) for fault in found] == [("url", 2)]


def test_the_template_and_the_signature_are_looked_at_before_a_row_is_read() -> None:
    gone = job_plans.plan(ask(template="9"), facts(template=None))
    assert reasons(gone) == [("template", "unknown")]
    unsigned = job_plans.plan(ask((None, "A"), (None, "B")), facts(signatures=()))
    assert reasons(unsigned) == [("signature", "unknown")]


def test_a_template_for_abroad_needs_no_signature() -> None:
    assert isinstance(job_plans.plan(ask((None, "A")), facts(ABROAD, ())), JobPlan)


def test_the_same_code_never_goes_to_two() -> None:
    assert reasons(job_plans.plan(ask((None, "123456")), facts(CODE))) == [
        ("recipients", "otp_shared")
    ]
    assert isinstance(job_plans.plan(ask((None, "123456"), typed=1), facts(CODE)), JobPlan)
    assert isinstance(job_plans.plan(ask(typed=None), facts(CODE)), JobPlan)


def test_a_code_goes_now_or_not_at_all() -> None:
    later = job_plans.plan(ask((None, "123456"), typed=1, at=NOON + HOUR), facts(CODE))
    assert reasons(later) == [("time", "otp_later")]


def test_a_code_typed_with_wide_digits_is_the_same_code() -> None:
    plan = job_plans.plan(ask((None, "１２３"), typed=1), facts(CODE))
    assert isinstance(plan, JobPlan)
    assert plan.values == {1: "123"}


@pytest.mark.parametrize(
    ("class_", "recipients", "opted_out", "is_shared", "reason"),
    [
        (TemplateClass.NOTICE, 0, 0, True, "nobody"),
        (TemplateClass.NOTICE, 2, 2, True, "all_opted_out"),
        (TemplateClass.OTP, 2, 0, True, "otp_shared"),
        (TemplateClass.OTP, 2, 0, False, None),
        (TemplateClass.OTP, 1, 0, True, None),
        (TemplateClass.MARKETING, 2, 1, True, None),
    ],
)
def test_a_list_nobody_of_which_may_get_it_is_refused(
    class_: TemplateClass, recipients: int, opted_out: int, is_shared: bool, reason: str | None
) -> None:
    found = job_plans.whole_faults(
        class_, recipients=recipients, opted_out=opted_out, is_code_shared=is_shared
    )
    assert [fault.reason for fault in found] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("rows", "is_shared"),
    [
        ([("5555",), ("5555",)], True),
        ([("5555",), ("5555",), ("1234",)], False),
        # {1} is the code, {2} the minutes.
        ([("5555", "5"), ("5555", "10")], True),
        ([("5555", "5"), ("1234", "5")], False),
        ([("5", "5555"), ("10", "5555")], True),
        ([("5", "5555"), ("5", "1234")], False),
        ([("5", "5555"), ("5", "5555")], True),
    ],
)
def test_a_code_that_all_rows_have_is_seen_wherever_it_stands(
    rows: list[tuple[str, ...]], is_shared: bool
) -> None:
    assert job_plans.repeats_code(rows) is is_shared


def test_no_more_rows_are_read_than_show_that_codes_differ() -> None:
    rows = iter([("5555", "5"), ("1234", "5"), ("1111", "5")])
    assert not job_plans.repeats_code(rows)
    assert list(rows) == [("1111", "5")]


def test_marketing_that_is_over_before_it_may_go_is_refused() -> None:
    def reason(starts_at: datetime, lasts: timedelta) -> list[str]:
        found = job_plans.time_faults(CARRIERS, starts_at, starts_at + lasts)
        return [fault.reason for fault in found]

    assert reason(NOON, HOUR) == []
    assert reason(EVENING, HOUR) == ["marketing_never"]
    assert reason(EVENING, 9 * HOUR) == ["marketing_never"]
    assert reason(EVENING, 10 * HOUR) == []
    assert job_plans.time_faults(None, EVENING, EVENING + HOUR) == []


def test_a_time_that_is_over_is_refused_whatever_the_class() -> None:
    found = job_plans.time_faults(None, NOON, NOON - HOUR)
    assert [fault.reason for fault in found] == ["over"]
