"""The numbers of legacy v5 are judged by the table of API 3.0."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.codes import CODES, code_of
from bot.rules.legacy_codes import GATEWAY, NUMBERS, RESULTS, VOICE, legacy_code
from bot.rules.retries import Exchange, Verdict, judge_number, judge_request

NOON = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
# The result codes of the vendor's v5 page, beyond 0.
DOCUMENTED = {
    *(1001, 1002, 1003, 1004, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 1015, 1016, 1017),
    *(1019, 1020, 1021, 1022, 1023, 1024, 1025, 1026, 1029, 1030, 1031, 1032, 1033, 1034, 1036),
    *(1038, 1045, 1046, 1047, 1048),
}
GATEWAYS = {60002, 60003, 60006, 60007, 60008, 60009, 60012, 60013}
# Those of voice that SMS does not answer with.
VOICES = {3001, 3002, 3003, 3004, 3011, 3014}


def test_every_documented_number_has_a_code_of_the_table() -> None:
    assert (set(RESULTS), set(GATEWAY), set(VOICE)) == (DOCUMENTED, GATEWAYS, VOICES)
    assert set(NUMBERS) == DOCUMENTED | GATEWAYS | VOICES
    assert {legacy_code(number) for number in NUMBERS} <= set(CODES)


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        (1001, Verdict.REFUSED),
        (1008, Verdict.IN_DOUBT),
        (1014, Verdict.REFUSED),
        (1023, Verdict.RETRY_LATER),
        (1025, Verdict.RETRY_LATER),
        (60007, Verdict.RETRY_LATER),
        (60008, Verdict.IN_DOUBT),
        (60013, Verdict.IN_DOUBT),
        (3001, Verdict.IN_DOUBT),
        (3014, Verdict.REFUSED),
    ],
)
def test_a_number_has_the_fate_of_its_code(number: int, verdict: Verdict) -> None:
    code = legacy_code(number)
    assert judge_number(code, now=NOON).verdict is verdict
    assert judge_request(Exchange.REFUSED, now=NOON, code=code).verdict is verdict


@given(st.integers().filter(lambda number: number not in DOCUMENTED | GATEWAYS | VOICES))
def test_a_number_nobody_documents_leaves_the_outcome_open(number: int) -> None:
    code = code_of(legacy_code(number))
    assert not code.known
    assert judge_number(code.name, now=NOON).verdict is Verdict.IN_DOUBT
