"""Pulled or pushed, of whichever API: one fact is read as one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tencent import callbacks
from bot.tencent.callbacks import BadCallback, BadCallbackReason, StatusReport
from bot.tencent.incoming import Reply, StatusReports, parse_callback

RECEIVED_AT = datetime(2015, 10, 17, 0, 3, 4, tzinfo=UTC)
NUMBER = "+8613800000001"
REPORT = StatusReport("5000:1", NUMBER, True, "DELIVRD", "", RECEIVED_AT, "ctx")
REPLY = Reply(NUMBER, "R", "腾讯云", "7", "", RECEIVED_AT)
UNIX = int(RECEIVED_AT.timestamp())
LOCAL = "2015-10-17 08:03:04"
WHO_2021 = {"CountryCode": "86", "SubscriberNumber": "13800000001", "PhoneNumber": NUMBER}
WHO_2019 = {"NationCode": "86", "PurePhoneNumber": "13800000001", "PhoneNumber": NUMBER}
PULLED = {
    "SerialNo": "5000:1",
    "ReportStatus": "SUCCESS",
    "Description": "DELIVRD",
    "SessionContext": "ctx",
}
REPORTS: dict[str, dict[str, Any]] = {
    "pushed": {
        "user_receive_time": LOCAL,
        "nationcode": "86",
        "mobile": "13800000001",
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "",
        "sid": "5000:1",
        "ext": "ctx",
    },
    "v5": {
        "user_receive_time": LOCAL,
        "nationcode": 86,
        "mobile": "13800000001",
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": None,
        "sid": "5000:1",
        "ext": "ctx",
    },
    "2021": {**PULLED, **WHO_2021, "UserReceiveTime": UNIX},
    "2019": {**PULLED, **WHO_2019, "UserReceiveTime": LOCAL, "UserReceiveUnixTime": UNIX},
}
REPLIES: dict[str, dict[str, Any]] = {
    "pushed": {
        "extend": "7",
        "mobile": "13800000001",
        "nationcode": "86",
        "sign": "腾讯云",
        "text": "R",
        "time": UNIX,
    },
    "2021": {
        **WHO_2021,
        "ExtendCode": "7",
        "SignName": "腾讯云",
        "ReplyContent": "R",
        "ReplyTime": UNIX,
    },
    "2019": {
        **WHO_2019,
        "ExtendCode": "7",
        "Sign": "腾讯云",
        "ReplyContent": "R",
        "ReplyTime": LOCAL,
    },
}


def posted(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_reads_the_same_under_every_name(name: str) -> None:
    item = REPORTS[name]
    assert parse_callback(posted([item])) == StatusReports((REPORT,))
    assert parse_callback(posted(item)) == StatusReports((REPORT,))


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_reads_the_same_under_every_name(name: str) -> None:
    assert parse_callback(posted(REPLIES[name])) == REPLY


def test_a_list_may_mix_the_names() -> None:
    assert parse_callback(posted([*REPORTS.values()])) == StatusReports((REPORT,) * len(REPORTS))


def test_the_callbacks_own_names_count_before_others() -> None:
    both = {**REPORTS["2021"], **REPORTS["pushed"], "SerialNo": "5000:2", "Description": "FAIL"}
    assert parse_callback(posted([both])) == StatusReports((REPORT,))


@pytest.mark.parametrize("missing", ["CountryCode", "SubscriberNumber", "ReportStatus"])
def test_what_is_missing_is_named_as_in_the_callbacks(missing: str) -> None:
    item = {name: value for name, value in REPORTS["2021"].items() if name != missing}
    refused = parse_callback(posted([item]))
    assert isinstance(refused, BadCallback)
    assert refused.reason is BadCallbackReason.MISSING


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(exclude_categories=[]), max_size=140),
    st.sampled_from(["86", "13800000001", "SUCCESS", "FAIL", LOCAL, "0086", "１３８"]),
    st.lists(st.text(max_size=3), max_size=2),
)
FIELDS = st.dictionaries(st.sampled_from([*REPORTS["pushed"]]), VALUES, max_size=4)


@settings(deadline=None)
@given(FIELDS, st.sets(st.sampled_from([*REPORTS["pushed"]]), max_size=2))
def test_the_quick_way_reads_what_the_thorough_one_reads(
    changes: dict[str, Any], left_out: set[str]
) -> None:
    item = {k: v for k, v in {**REPORTS["pushed"], **changes}.items() if k not in left_out}
    quick = callbacks._documented(item)
    if quick is not None:
        assert quick == callbacks._read(item)


def test_the_quick_way_is_taken_for_what_the_document_shows() -> None:
    item = {name: value for name, value in REPORTS["pushed"].items() if name != "ext"}
    assert callbacks._documented(item) == REPORT._replace(session_context="")
