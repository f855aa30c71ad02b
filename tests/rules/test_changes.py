"""The payload of a request: written and read back alike, and nothing else is read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.changes import (
    Change,
    Image,
    SignatureBase,
    SignatureChange,
    SignatureText,
    TemplateBase,
    TemplateChange,
    TemplateText,
    change_of,
)
from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestKind

TEXTS = st.text(max_size=9)
IDS = st.text(min_size=1, max_size=9)
TEMPLATE_TEXTS = st.builds(
    TemplateText,
    TEXTS,
    TEXTS,
    st.sampled_from([TemplateClass.OTP, TemplateClass.NOTICE, TemplateClass.MARKETING]),
    st.booleans(),
    TEXTS,
)
TEMPLATE_BASES = st.builds(TemplateBase, TEXTS, TEXTS)
IMAGES = st.builds(Image, TEXTS, TEXTS, st.integers(0, 9))
SIGNATURE_TEXTS = st.builds(
    SignatureText,
    TEXTS,
    st.integers(0, 5),
    st.integers(0, 7),
    st.booleans(),
    st.booleans(),
    TEXTS,
    st.none() | TEXTS,
    IMAGES,
    st.none() | IMAGES,
)
SIGNATURE_BASES = st.builds(SignatureBase, TEXTS)
CHANGES = st.one_of(
    st.builds(TemplateChange, text=TEMPLATE_TEXTS),
    st.builds(TemplateChange, IDS, TEMPLATE_BASES, st.none() | TEMPLATE_TEXTS),
    st.builds(SignatureChange, text=SIGNATURE_TEXTS),
    st.builds(SignatureChange, IDS, SIGNATURE_BASES, st.none() | SIGNATURE_TEXTS),
)


@given(CHANGES)
def test_what_was_written_is_read_back(change: Change) -> None:
    assert change_of(change.kind, change.payload()) == change


@given(CHANGES, st.sampled_from(RequestKind))
def test_a_payload_is_of_one_kind_only(change: Change, kind: RequestKind) -> None:
    if kind is not change.kind:
        with pytest.raises(ValueError, match=r"."):
            change_of(kind, change.payload())


@given(CHANGES, st.data())
def test_a_field_too_many_or_too_few_is_no_payload(change: Change, data: st.DataObject) -> None:
    payload = change.payload()
    with pytest.raises(ValueError, match="unknown: more"):
        change_of(change.kind, {**payload, "more": 1})
    missing = data.draw(st.sampled_from(sorted(payload)))
    with pytest.raises(ValueError, match=r"."):
        change_of(change.kind, {name: value for name, value in payload.items() if name != missing})


TEMPLATE = TemplateChange(text=TemplateText("n", "c", TemplateClass.OTP, False, "r")).payload()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", None),
        ("content", 5),
        ("international", 1),
        ("sms_type", "alert"),
        ("sms_type", "sms"),
        ("remark", ["r"]),
    ],
)
def test_a_value_of_another_shape_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        change_of(RequestKind.TEMPLATE_CREATE, {**TEMPLATE, name: value})


def test_what_hangs_in_the_air_is_no_change() -> None:
    text = TemplateText("n", "c", TemplateClass.OTP, False, "r")
    for make in (
        TemplateChange,
        lambda: TemplateChange(template_id="1", text=text),
        lambda: TemplateChange(base=TemplateBase("n", "c"), text=text),
        SignatureChange,
        lambda: SignatureChange(signature_id="1"),
    ):
        with pytest.raises(ValueError, match=r"."):
            make()


def test_a_change_is_called_what_it_is_to_be_called() -> None:
    text = TemplateText("new", "c", TemplateClass.OTP, False, "r")
    assert TemplateChange("1", TemplateBase("old", "c"), text).name == "new"
    assert TemplateChange("1", TemplateBase("old", "c")).name == "old"
    assert SignatureChange("1", SignatureBase("old")).name == "old"


def test_a_send_is_no_change() -> None:
    with pytest.raises(ValueError, match="send"):
        change_of(RequestKind.SEND, {})
