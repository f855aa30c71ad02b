"""Status reports are read as if an attacker had written them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.tencent.callbacks import (
    BadCallback,
    BadCallbackReason,
    StatusReport,
    parse_status_reports,
)

REPORT: dict[str, Any] = {
    "user_receive_time": "2015-10-17 08:03:04",
    "nationcode": "86",
    "mobile": "13800000001",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "5000:1045710669157053657849499619",
}
READ = StatusReport(
    serial="5000:1045710669157053657849499619",
    number="+8613800000001",
    success=True,
    carrier_code="DELIVRD",
    description="用户短信送达成功",
    received_at=datetime(2015, 10, 17, 0, 3, 4, tzinfo=UTC),
    session_context="",
)


def body(**changes: object) -> bytes:
    """The documented example in a list, with some fields changed; None takes one away."""
    report = {name: value for name, value in {**REPORT, **changes}.items() if value is not None}
    return json.dumps([report]).encode()


def one(data: bytes) -> StatusReport:
    reports = parse_status_reports(data)
    assert isinstance(reports, tuple), reports
    (report,) = reports
    return report


def refusal(data: bytes) -> tuple[BadCallbackReason, str]:
    bad = parse_status_reports(data)
    assert isinstance(bad, BadCallback), bad
    return bad.reason, bad.detail


@pytest.mark.parametrize("more", [{}, {"ext": "attempt-1"}], ids=["documented", "with_more"])
def test_a_number_in_a_carriers_code_is_covered_before_anybody_keeps_it(
    more: dict[str, str],
) -> None:
    assert one(body(errmsg="REJ 13812345678", **more)).carrier_code == "REJ +86 138****5678"
    assert one(body(errmsg="0000046", **more)).carrier_code == "0000046"


def test_the_documented_example_is_read() -> None:
    assert parse_status_reports(body()) == (READ,)


def test_a_failure_is_read_with_its_code_and_our_context() -> None:
    report = one(body(report_status="FAIL", errmsg="MK:0001", description="空号", ext="attempt-1"))
    assert (report.success, report.carrier_code) == (False, "MK:0001")
    assert (report.description, report.session_context) == ("空号", "attempt-1")


def test_several_reports_keep_their_order() -> None:
    data = json.dumps([{**REPORT, "sid": f"5000:{n}"} for n in range(100)]).encode()
    reports = parse_status_reports(data)
    assert isinstance(reports, tuple)
    assert [report.serial for report in reports] == [f"5000:{n}" for n in range(100)]


def test_an_empty_list_is_a_valid_ping() -> None:
    assert parse_status_reports(b"[]") == ()


@pytest.mark.parametrize("country", ["86", 86, "+86"])
def test_the_country_may_be_a_string_or_a_number(country: object) -> None:
    assert one(body(nationcode=country)).number == "+8613800000001"


def test_a_byte_order_mark_is_passed_over() -> None:
    assert one(b"\xef\xbb\xbf" + body()) == READ


def test_unknown_fields_are_passed_over() -> None:
    assert one(body(new_field={"deep": [1, 2]})) == READ


@pytest.mark.parametrize(
    "time",
    [
        None,
        "",
        "soon",
        "2015-10-17T08:03:04",
        "2015-10-17 08+08:00",
        "2015-13-41 08:03:04",
        "0001-01-01 00:00:00",
        "２０１５-10-17 08:03:04",
        "2015-10-17 08:03:04.5",
    ],
)
def test_a_time_that_cannot_be_read_is_left_out(time: object) -> None:
    assert one(body(user_receive_time=time)).received_at is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", BadCallbackReason.NOT_JSON),
        (b"result=0", BadCallbackReason.NOT_JSON),
        (b"[NaN]", BadCallbackReason.NOT_JSON),
        (b"[Infinity]", BadCallbackReason.NOT_JSON),
        (b"[" + b"7" * 5000 + b"]", BadCallbackReason.NOT_JSON),
        (b'[{"sid": "a\x00b"}]', BadCallbackReason.NOT_JSON),
        (b"[]]", BadCallbackReason.NOT_JSON),
        (b"\xff\xfe[\x00]\x00", BadCallbackReason.NOT_UTF8),
        (b'["\xc3\x28"]', BadCallbackReason.NOT_UTF8),
        (b"[" * 100_000, BadCallbackReason.TOO_DEEP),
        (b'{"a":' * 100_000, BadCallbackReason.TOO_DEEP),
        (b'[{"sid": "5000:1", "sid": "5000:2"}]', BadCallbackReason.DUPLICATE_KEY),
        (b"{}", BadCallbackReason.NOT_A_LIST),
        (b"null", BadCallbackReason.NOT_A_LIST),
        (b'"[]"', BadCallbackReason.NOT_A_LIST),
        (b"[[]]", BadCallbackReason.NOT_AN_OBJECT),
        (b"[null]", BadCallbackReason.NOT_AN_OBJECT),
    ],
)
def test_what_is_no_list_of_reports_is_refused(data: bytes, reason: BadCallbackReason) -> None:
    assert refusal(data)[0] is reason


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("sid", None, BadCallbackReason.MISSING),
        ("sid", "", BadCallbackReason.MISSING),
        ("sid", 5000, BadCallbackReason.WRONG_TYPE),
        ("sid", ["5000:1"], BadCallbackReason.WRONG_TYPE),
        ("sid", "5" * 129, BadCallbackReason.TOO_LONG),
        ("sid", "5000\x001", BadCallbackReason.UNCLEAN_TEXT),
        ("errmsg", "D" * 129, BadCallbackReason.TOO_LONG),
        ("errmsg", 0, BadCallbackReason.WRONG_TYPE),
        ("description", "\ud83d", BadCallbackReason.UNCLEAN_TEXT),
        ("description", "空" * 2049, BadCallbackReason.TOO_LONG),
        ("description", {}, BadCallbackReason.WRONG_TYPE),
        ("ext", "x" * 2049, BadCallbackReason.TOO_LONG),
        ("report_status", None, BadCallbackReason.MISSING),
        ("report_status", "success", BadCallbackReason.WRONG_VALUE),
        ("report_status", "MAYBE", BadCallbackReason.WRONG_VALUE),
        ("report_status", True, BadCallbackReason.WRONG_TYPE),
        ("user_receive_time", 1_457_336_869.0, BadCallbackReason.WRONG_TYPE),
        ("user_receive_time", True, BadCallbackReason.WRONG_TYPE),
        ("nationcode", None, BadCallbackReason.MISSING),
        ("nationcode", True, BadCallbackReason.WRONG_TYPE),
        ("nationcode", 86.0, BadCallbackReason.WRONG_TYPE),
        ("nationcode", -86, BadCallbackReason.WRONG_VALUE),
        ("nationcode", 10**4000, BadCallbackReason.WRONG_VALUE),
        ("nationcode", "086", BadCallbackReason.WRONG_VALUE),
        ("nationcode", "CN", BadCallbackReason.WRONG_VALUE),
        ("mobile", None, BadCallbackReason.MISSING),
        ("mobile", 13_800_000_001, BadCallbackReason.WRONG_TYPE),
        ("mobile", "", BadCallbackReason.WRONG_VALUE),
        ("mobile", "１３８００００００００１", BadCallbackReason.WRONG_VALUE),
        ("mobile", "138-0000-0001", BadCallbackReason.WRONG_VALUE),
        ("mobile", "13800000001 OR 1=1", BadCallbackReason.WRONG_VALUE),
        ("mobile", "1" * 14, BadCallbackReason.WRONG_VALUE),
    ],
)
def test_a_report_with_a_bad_field_is_refused_and_the_field_named(
    field: str, value: object, reason: BadCallbackReason
) -> None:
    assert refusal(body(**{field: value})) == (reason, f"item 0: {field}")


def test_one_bad_report_refuses_the_whole_post_and_is_named_by_its_place() -> None:
    data = json.dumps([REPORT, REPORT, {**REPORT, "sid": None}]).encode()
    assert refusal(data) == (BadCallbackReason.MISSING, "item 2: sid")


def test_more_than_a_thousand_reports_are_refused() -> None:
    at_most = parse_status_reports(json.dumps([REPORT] * 1000).encode())
    assert isinstance(at_most, tuple)
    assert len(at_most) == 1000
    assert refusal(json.dumps([REPORT] * 1001).encode())[0] is BadCallbackReason.TOO_MANY


def test_a_refusal_repeats_nothing_of_what_came_in() -> None:
    bad = parse_status_reports(body(mobile="13800000001x", sid="5000:secret"))
    assert "13800000001" not in repr(bad)
    assert "secret" not in repr(bad)


@settings(deadline=None)
@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf")
@example(b"[\xed\xa0\x80]")
def test_any_bytes_make_a_value(data: bytes) -> None:
    assert isinstance(parse_status_reports(data), tuple | BadCallback)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from([*REPORT, "ext", "more"]), JSON), max_size=3))
def test_any_json_under_the_documented_names_makes_a_value(items: list[dict[str, Any]]) -> None:
    merged = [{**REPORT, **item} for item in items]
    assert isinstance(parse_status_reports(json.dumps(merged).encode()), tuple | BadCallback)


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from([*REPORT, "ext"]), st.text(max_size=30)), max_size=3)
)
def test_what_is_read_can_always_be_stored_and_shown(items: list[dict[str, str]]) -> None:
    reports = parse_status_reports(json.dumps([{**REPORT, **item} for item in items]).encode())
    if isinstance(reports, tuple):
        for report in reports:
            assert report.number.startswith("+")
            assert report.number[1:].isdecimal()
            texts = (report.serial, report.carrier_code, report.description)
            assert "\x00" not in "".join(texts).encode().decode()
