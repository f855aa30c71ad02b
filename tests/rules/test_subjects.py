"""What a request asks for that is no content: what is written is read back, and nothing else is."""

from dataclasses import replace
from typing import Any

import pytest

from bot.rules.changes import TemplateBase, TemplateChange
from bot.rules.optouts import Scope
from bot.rules.requests import RequestKind
from bot.rules.subjects import (
    AppResume,
    LimitExempt,
    LimitsChange,
    ManySend,
    NumberErasure,
    OptoutRemoval,
    Subject,
    subject_of,
)

REMOVAL = OptoutRemoval("+8613812341234", "腾讯云", Scope.ALL, "本人要求", 1_795_000_000_000)
RESUME = AppResume("欠费已补缴", 1_795_000_000_000, "rule", "FailedOperation.InsufficientBalance")
DELETE = TemplateChange("1111", TemplateBase("发货通知", "您的订单{1}已发货。"))
LIMITS = LimitsChange(
    caps={"number.day": 5, "otp.hour": None},
    before={"number.day": 2, "otp.hour": 1},
    at_ms=None,
    for_s=86_400,
    until_ms=None,
    reason="活动",
    simulation={"sends": 3},
)
EXEMPT = LimitExempt("+8613812341234", "压测", 3_600, None)
ERASURE = NumberErasure("+8613812341234", "+86 138****1234", "本人要求", {"messages": 2}, "ab")
SEND = {"template_id": "1111", "content": "您的订单{1}已发货。", "signature": "腾讯云", "more": [1]}


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (RequestKind.OPTOUT_REMOVE, REMOVAL),
        (RequestKind.APP_RESUME, RESUME),
        (RequestKind.TEMPLATE_DELETE, DELETE),
        (RequestKind.LIMITS_CHANGE, LIMITS),
        (RequestKind.LIMITS_CHANGE, replace(LIMITS, simulation=None, until_ms=1, for_s=None)),
        (RequestKind.LIMITS_EXEMPT, EXEMPT),
        (RequestKind.LIMITS_EXEMPT, replace(EXEMPT, for_s=None, until_ms=1)),
        (RequestKind.NUMBER_ERASE, ERASURE),
    ],
)
def test_what_is_written_is_read_back_and_says_what_kind_it_is(
    kind: RequestKind,
    subject: OptoutRemoval
    | AppResume
    | TemplateChange
    | LimitsChange
    | LimitExempt
    | NumberErasure,
) -> None:
    payload = subject.payload()
    assert subject_of(kind, payload) == subject
    for name in payload:
        with pytest.raises(ValueError, match=r"."):
            subject_of(kind, {key: value for key, value in payload.items() if key != name})
    with pytest.raises(ValueError, match="more"):
        subject_of(kind, {**payload, "more": 1})


@pytest.mark.parametrize(
    ("name", "value"),
    [("number", 13812341234), ("scope", "everything"), ("opted_out_at_ms", "1"), ("reason", None)],
)
def test_a_removal_of_another_shape_is_none(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        subject_of(RequestKind.OPTOUT_REMOVE, {**REMOVAL.payload(), name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("caps", {}),
        ("caps", {"number.day": 5}),
        ("caps", {"number.day": 2, "otp.hour": 1}),
        ("caps", {"number.day": -1, "otp.hour": None}),
        ("caps", {"number.day": True, "otp.hour": None}),
        ("caps", {"number.week": 5, "otp.hour": None}),
        ("caps", [5]),
        ("before", {"number.day": "2", "otp.hour": 1}),
        ("for_s", "1"),
        ("undoes", None),
        ("simulation", [1]),
    ],
)
def test_a_change_of_limits_of_another_shape_is_none(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        subject_of(RequestKind.LIMITS_CHANGE, {**LIMITS.payload(), name: value})


def test_of_a_send_only_what_its_texts_are_made_of_is_read() -> None:
    wanted: Subject = ManySend("1111", "您的订单{1}已发货。", "腾讯云")
    assert subject_of(RequestKind.SEND, SEND) == wanted
    for name in ("template_id", "content", "signature"):
        with pytest.raises(ValueError, match="template"):
            subject_of(RequestKind.SEND, {**SEND, name: None})


def test_a_number_is_called_by_what_of_it_may_be_shown() -> None:
    assert REMOVAL.name == "+86 138****1234"
