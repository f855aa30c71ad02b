"""Everything that stands in the way of a message is found at once, before anything is sent."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Signature, Template
from bot.rules.limits import THIRTY_SECONDS, Sent, Wanted, judge
from bot.rules.marketing_hours import Hours
from bot.rules.numbers import read_number
from bot.rules.policies import CLASSIC
from bot.rules.sending import (
    Ask,
    Facts,
    Plan,
    SendFault,
    SendReason,
    limit_fault,
    plan,
    recipient_fault,
)

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NOTICE = Template("1111", "发货", "订单{1}已发货", True, False, ReviewState.USABLE, "")
SIGN = Signature("1", "腾讯云", False, ReviewState.USABLE, "")


def ask(**changes: Any) -> Ask:
    fields: dict[str, Any] = {
        "number": read_number("+8613800000001"),
        "template": "1111",
        "pairs": [(None, "A1")],
        "signature": "腾讯云",
        "may_go_abroad": True,
        "classes": {},
    }
    return Ask(**(fields | changes))


def facts(**changes: Any) -> Facts:
    fields: dict[str, Any] = {
        "is_listed": True,
        "template": NOTICE,
        "closest_template": None,
        "signatures": [SIGN],
        "left_segments": 10,
    }
    return Facts(**(fields | changes))


def template(**changes: Any) -> Template:
    fields = {name: getattr(NOTICE, name) for name in NOTICE.__dataclass_fields__}
    return Template(**(fields | changes))


def reasons(asked: Ask, known: Facts, now: datetime = NOON) -> list[tuple[str, str]]:
    found = plan(asked, known, now)
    assert not isinstance(found, Plan)
    return [(fault.area.value, fault.reason) for fault in found]


def test_a_message_that_may_go_is_planned_whole() -> None:
    found = plan(ask(), facts(), NOON)
    assert isinstance(found, Plan)
    assert (found.text, found.class_) == ("【腾讯云】订单A1已发货", TemplateClass.NOTICE)
    assert (found.signature, found.values, found.segments.segments) == ("腾讯云", ("A1",), 1)


def test_abroad_goes_without_signature_and_package() -> None:
    abroad = template(mainland=False, international=True)
    found = plan(
        ask(number=read_number("+14155550101")),
        facts(template=abroad, signatures=[], left_segments=0),
        NOON,
    )
    assert isinstance(found, Plan)
    assert (found.signature, found.text) == ("", "订单A1已发货")


def test_a_country_that_is_allowed_and_the_mainland_go() -> None:
    abroad = template(international=True)
    for number in ("+14155550101", "+8613800000001"):
        asked = ask(number=read_number(number), may_go_abroad=("SG", "US"))
        assert isinstance(plan(asked, facts(template=abroad), NOON), Plan)
    refused = plan(
        ask(number=read_number("+14155550101"), may_go_abroad=("SG", "GB")),
        facts(template=abroad),
        NOON,
    )
    assert not isinstance(refused, Plan)
    assert refused[0].values == {"country": "US", "allowed": "GB, SG"}


@pytest.mark.parametrize(
    ("asked", "known", "expected"),
    [
        ({"number": read_number("95588")}, {}, ("number", "service_number")),
        (
            {"number": read_number("+14155550101"), "may_go_abroad": False},
            {"template": template(international=True)},
            ("number", "international_off"),
        ),
        (
            {"number": read_number("+14155550101"), "may_go_abroad": ("SG", "GB")},
            {"template": template(international=True)},
            ("number", "country_not_allowed"),
        ),
        ({}, {"template": None}, ("template", "unknown")),
        ({}, {"template": None, "is_listed": False}, ("template", "not_listed_yet")),
        ({}, {"template": template(review=ReviewState.REJECTED)}, ("template", "rejected")),
        ({}, {"template": template(review=ReviewState.UNKNOWN)}, ("template", "under_review")),
        (
            {},
            {"template": template(review=ReviewState.APPROVED_NOT_USABLE)},
            ("template", "approved_not_usable"),
        ),
        ({}, {"template": template(mainland=False)}, ("template", "international_only")),
        ({"number": read_number("+14155550101")}, {}, ("template", "mainland_only")),
        ({}, {"signatures": []}, ("signature", "unknown")),
        ({"pairs": []}, {}, ("values", "bind_missing")),
        ({"pairs": [(None, "a.cn/x")]}, {}, ("values", "url")),
        ({}, {"left_segments": 0}, ("package", "package_empty")),
        ({}, {"template": template(content="长" * 600 + "{1}")}, ("values", "text_too_long")),
    ],
)
def test_each_obstacle_is_named(
    asked: dict[str, Any], known: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert expected in reasons(ask(**asked), facts(**known))


def test_all_obstacles_are_named_at_once() -> None:
    rejected = Signature("2", "腾讯云", False, ReviewState.REJECTED, "too general")
    found = reasons(
        ask(pairs=[(None, "a.cn/x")]),
        facts(template=template(review=ReviewState.UNDER_REVIEW), signatures=[rejected]),
    )
    assert found == [("template", "under_review"), ("signature", "rejected"), ("values", "url")]


def test_one_usable_signature_of_a_name_is_enough() -> None:
    rejected = Signature("2", "腾讯云", False, ReviewState.REJECTED, "")
    assert isinstance(plan(ask(), facts(signatures=[rejected, SIGN]), NOON), Plan)


def test_marketing_waits_for_the_day_and_everything_else_does_not() -> None:
    marketing = ask(classes={"1111": TemplateClass.MARKETING})
    assert reasons(marketing, facts(), NIGHT) == [("time", "marketing_hours")]
    assert isinstance(plan(marketing, facts(), NOON), Plan)
    assert isinstance(plan(ask(), facts(), NIGHT), Plan)


def test_a_code_typed_in_full_width_digits_is_the_same_code() -> None:
    otp = ask(pairs=[("code", "１２３４")], classes={"1111": TemplateClass.OTP})
    found = plan(otp, facts(), NOON)
    assert isinstance(found, Plan)
    assert found.values == ("1234",)


def test_a_hit_limit_names_its_counts_and_the_next_time() -> None:
    wanted = Wanted(TemplateClass.OTP, "x", "CN")
    history = [Sent(NOON, "x", TemplateClass.OTP)]
    verdict = judge(CLASSIC.policy, wanted, history, {}, NOON)
    fault = limit_fault(verdict)
    assert isinstance(fault, SendFault)
    values = {"used": 1, "allowed": 1, "scope": "same"}
    assert (fault.reason, fault.values) == ("same_content_30s", values)
    assert fault.next_permitted_at == NOON + THIRTY_SECONDS
    assert limit_fault(judge(CLASSIC.policy, wanted, [], {}, NOON)) is None


def test_a_team_may_be_quieter_than_the_carriers() -> None:
    marketing = ask(classes={"1111": TemplateClass.MARKETING}, hours=Hours(time(9), time(12)))
    found = plan(marketing, facts(), NOON)
    assert isinstance(found, tuple)
    assert [(fault.reason, fault.values) for fault in found] == [
        ("marketing_hours", {"opens": "09:00", "closes": "12:00"})
    ]


@pytest.mark.parametrize(
    ("number", "sides", "may_go_abroad", "reason"),
    [
        ("13800000001", (True, False), False, None),
        ("13800000001", (False, True), True, SendReason.INTERNATIONAL_ONLY),
        ("+14155552671", (True, True), False, SendReason.INTERNATIONAL_OFF),
        ("+14155552671", (True, False), True, SendReason.MAINLAND_ONLY),
        ("+14155552671", (False, True), True, None),
    ],
)
def test_a_row_goes_where_its_template_and_its_app_may(
    number: str, sides: tuple[bool, bool], may_go_abroad: bool, reason: SendReason | None
) -> None:
    to, (mainland, international) = read_number(number), sides
    assert not hasattr(to, "reason")
    found = recipient_fault(
        to,
        template(mainland=mainland, international=international),
        may_go_abroad=may_go_abroad,
    )
    assert found is reason
