"""Multipart bodies: read as the official SDK writes them, refused when they are none."""

import contextlib
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.sandbox.tencent.multipart import MAX_PARTS, read_multipart
from bot.sandbox.tencent.refusals import CallError
from tests.sandbox.tencent.callers import Caller

TYPE = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
JSON_PART = (
    b'--b\r\nContent-Disposition: form-data; name="%s"\r\nContent-Type: application/json\r\n\r\n'
    b"%s\r\n"
)
END = b"--b--\r\n"


def test_values_arrays_and_json_are_read() -> None:
    body = (
        PART % (b"A", "值\r\n--b".encode()[:-5])
        + JSON_PART % (b"Set", b'["1", "2"]')
        + PART % (b"L.0", b"x")
        + PART % (b"L.1", b"")
        + END
    )
    assert read_multipart(TYPE, body) == {"A": "值", "Set": ["1", "2"], "L": ["x", ""]}


def test_a_boundary_may_be_quoted_and_a_preamble_may_stand_before_it() -> None:
    body = b"hello\r\n" + PART % (b"A", b"1") + END + b"bye"
    assert read_multipart('Multipart/Form-Data; charset=x; boundary="b"', body) == {"A": "1"}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", END),
        ("multipart/form-data; boundary=", END),
        ("multipart/form-data; boundary=" + "b" * 71, END),
        (TYPE, b""),
        (TYPE, PART % (b"A", b"1")),
        (TYPE, b"--bA\r\n" + END),
        (TYPE, b"--b\r\n\r\n1\r\n" + END),
        (TYPE, b'--b\r\nContent-Disposition: form-data; name="A"\r\n' + END),
        (TYPE, JSON_PART % (b"A", b"[") + END),
        (TYPE, JSON_PART % (b"A", b"[" * 100_000) + END),
        (TYPE, PART % (b"A", b"1") * MAX_PARTS + END),
    ],
)
def test_a_body_that_is_no_multipart_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(CallError) as raised:
        read_multipart(content_type, body)
    assert raised.value.code == "InvalidRequest"


@settings(max_examples=300, database=None)
@given(st.text(max_size=90), st.binary(max_size=200))
@example("; boundary=b", b"--b\r\n--b--")
def test_nothing_whatever_does_anything_but_be_read_or_refused(tail: str, body: bytes) -> None:
    with contextlib.suppress(CallError):
        assert isinstance(read_multipart("multipart/form-data" + tail, body), dict)


async def test_a_signed_multipart_body_sends(caller: Caller) -> None:
    parts = [
        (JSON_PART if isinstance(value, list) else PART)
        % (name.encode(), (json.dumps(value) if isinstance(value, list) else value).encode())
        for name, value in caller.order("+8613800000001").items()
    ]
    body = b"".join(parts) + END
    _, _, answer = await caller.post("SendSms", body, content_type=TYPE)
    assert json.loads(answer)["Response"]["SendStatusSet"][0]["Code"] == "Ok"
