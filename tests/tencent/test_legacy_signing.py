"""Signatures of legacy v5: the vendor's own examples come out exactly."""

from datetime import UTC, datetime

import pytest

from bot.tencent.legacy_signing import legacy_signature, mobile_tail, tel_tail

KEY, RANDOM, AT = "0123456789abcdef0123456789abcdef", 123_456, 1_700_000_000
DOCS = ("5f03a35d00ee52a21327ab048186a2c4", 7_226_249_334, 1_457_336_869)


@pytest.mark.parametrize(
    ("tail", "signature"),
    [
        (
            mobile_tail(["18501234444"]),
            "f38c12c0347676df13448d1273a229e59eef0ff5b7e30fb4e5751c86c5a7525a",
        ),
        (
            mobile_tail(["18501234444", "18501234445"]),
            "0e27d65f95cab9b372699b719809607a98d77948513dca3db95ea7c2aafea164",
        ),
        ("", "bab0e0952abd62ca764bce8b82f3c9e1e40f19c2f1717c1d81f3cdd28b33a6d7"),
        (
            tel_tail("+8618501234444"),
            "04ebd43c22284f4cb403d800ee9077ab8150b5e43eb6820a962094a710964710",
        ),
    ],
)
def test_the_computed_vectors_come_out_exactly(tail: str, signature: str) -> None:
    at = datetime.fromtimestamp(AT, UTC)
    assert legacy_signature(KEY, random=RANDOM, signed_at=at, tail=tail) == signature


@pytest.mark.parametrize(
    ("tail", "signature"),
    [
        (
            mobile_tail(["13788888888"]),
            "ecab4881ee80ad3d76bb1da68387428ca752eb885e52621a3129dcf4d9bc4fd4",
        ),
        (
            mobile_tail(["13788888888", "13788888889"]),
            "be66bb4aeb54701ed0637d0996a0b75111d5b8eda9b3a71bdc579a3d26f3edfb",
        ),
        ("", "c13e54f047ed75e821e698730c72d030dc30e5b510b3f8a0fb6fb7605283d7df"),
        (
            tel_tail("+8613788888888"),
            "f272b136949f9e6faa5fae01cfc240caf5e6d89f2e18e8d47adf3d87ea0715fb",
        ),
    ],
)
def test_the_examples_of_the_documents_come_out_exactly(tail: str, signature: str) -> None:
    key, random, seconds = DOCS
    at = datetime.fromtimestamp(seconds, UTC)
    assert legacy_signature(key, random=random, signed_at=at, tail=tail) == signature


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        legacy_signature(KEY, random=1, signed_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
