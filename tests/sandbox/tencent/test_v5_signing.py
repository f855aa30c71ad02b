"""The AppKey signature: published vectors pass, and nothing that differs from them does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.v5_commands import SMS_COMMANDS, VOICE_COMMANDS
from bot.sandbox.tencent.v5_signing import content_tail, signature

KEY = "0123456789abcdef0123456789abcdef"
DOC_KEY = "5f03a35d00ee52a21327ab048186a2c4"


@pytest.mark.parametrize(
    ("tail", "sig"),
    [
        ("&mobile=18501234444", "f38c12c0347676df13448d1273a229e59eef0ff5b7e30fb4e5751c86c5a7525a"),
        (
            "&mobile=18501234444,18501234445",
            "0e27d65f95cab9b372699b719809607a98d77948513dca3db95ea7c2aafea164",
        ),
        ("", "bab0e0952abd62ca764bce8b82f3c9e1e40f19c2f1717c1d81f3cdd28b33a6d7"),
        ("&tel=+8618501234444", "04ebd43c22284f4cb403d800ee9077ab8150b5e43eb6820a962094a710964710"),
        (
            "&fid=8550911c8631f8bcee5e31da6bb551c996dc4a26.wav",
            "cc205f0e33e0b0c0fae2df45e689469d163893abe246745b04eb3b415790149d",
        ),
    ],
)
def test_a_published_vector_is_reproduced(tail: str, sig: str) -> None:
    assert signature(KEY, "123456", 1700000000, tail) == sig


@pytest.mark.parametrize(
    ("tail", "sig"),
    [
        ("&mobile=13788888888", "ecab4881ee80ad3d76bb1da68387428ca752eb885e52621a3129dcf4d9bc4fd4"),
        ("", "c13e54f047ed75e821e698730c72d030dc30e5b510b3f8a0fb6fb7605283d7df"),
        ("&tel=+8613788888888", "f272b136949f9e6faa5fae01cfc240caf5e6d89f2e18e8d47adf3d87ea0715fb"),
    ],
)
def test_the_documentations_own_example_is_reproduced(tail: str, sig: str) -> None:
    assert signature(DOC_KEY, "7226249334", 1457336869, tail) == sig


@pytest.mark.parametrize(
    ("command", "body", "tail"),
    [
        ("sendsms", {"tel": {"nationcode": "86", "mobile": "1"}}, "&mobile=1"),
        (
            "sendmultisms2",
            {"tel": [{"nationcode": 86, "mobile": "2"}, {"nationcode": "86", "mobile": "1"}]},
            "&mobile=2,1",
        ),
        ("sendisms", {"tel": "+8613788888888"}, "&tel=+8613788888888"),
        ("querysms4mobile", {"nationcode": "86", "mobile": "1"}, "&mobile=1"),
        ("pullstatus4mobile", {"nationcode": "86", "mobile": "1"}, ""),
        ("sendfvoice", {"fid": "f.wav", "tel": {"nationcode": "86", "mobile": "1"}}, "&mobile=1"),
        ("statusvoicefile", {"fid": "f.wav"}, "&fid=f.wav"),
    ],
)
def test_a_command_signs_its_own_part_of_the_body(
    command: str, body: dict[str, object], tail: str
) -> None:
    commands = {**SMS_COMMANDS, **VOICE_COMMANDS}
    assert commands[command].tail(Fields(body, optional=body.keys())) == tail


def test_an_upload_signs_the_digest_of_its_content() -> None:
    tail = content_tail("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d")
    expected = "b2f155804b91e13859cc301583fc32a9781fb29cab1de1ac64c49dbc246637c2"
    assert signature(KEY, "123456", 1700000000, tail) == expected


@given(key=st.text(), random=st.text(), time_s=st.integers(), tail=st.text(), at=st.integers(0, 3))
def test_another_part_makes_another_signature(
    key: str, random: str, time_s: int, tail: str, at: int
) -> None:
    parts = (key, random, time_s, tail)
    others = (key + "x", random + "x", time_s + 1, tail + "x")
    changed = parts[:at] + others[at : at + 1] + parts[at + 1 :]
    assert signature(*parts) != signature(*changed)  # type: ignore[arg-type] # slices lose types
