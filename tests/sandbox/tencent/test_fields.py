"""Queries: arrays of objects of arrays, in order, or not at all."""

import pytest

from bot.sandbox.tencent.fields import Fields, read_query
from bot.sandbox.tencent.refusals import CallError


def test_a_query_can_hold_an_array_of_objects_with_arrays() -> None:
    query = "A=1&M.0.P=%2B1&M.0.V.0=a&M.0.V.1=b&M.1.P=%2B2&L.0=x"
    assert read_query(query) == {
        "A": "1",
        "M": [{"P": "+1", "V": ["a", "b"]}, {"P": "+2"}],
        "L": ["x"],
    }


@pytest.mark.parametrize(
    "query",
    ["L.1=a", "L.0=a&L.2=b", "L.x=a&L.0=b", "L=a&L.0=b", "L.0.A=1&L.0.0=1", "A.0.0.0.0.0=1"],
)
def test_a_query_out_of_order_is_refused(query: str) -> None:
    with pytest.raises(CallError) as raised:
        Fields(read_query(query), optional=("L", "A")).texts("L")
    assert raised.value.code == "InvalidParameter"


def test_a_number_in_a_query_is_read_as_one() -> None:
    fields = Fields(read_query("Limit=10&Name=10"), optional=("Limit", "Name"))
    assert (fields.integer("Limit"), fields.text("Name")) == (10, "10")
