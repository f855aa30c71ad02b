"""The table of approvals is read as its one sentence says, by a reader who does nothing clever."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.approval_table import (
    KIND_NAMES,
    SEND,
    Matter,
    Scope,
    first_fit,
    never_read,
    reached_above,
)
from bot.rules.classes import TemplateClass

MOST = 12
KINDS = (SEND, "app.resume", "limits.tighten")
SIZES = st.none() | st.integers(2, MOST)
SENDS = st.builds(
    Scope,
    kinds=st.just((SEND,)),
    types=st.lists(st.sampled_from(TemplateClass), max_size=3, unique=True).map(tuple),
    up_to=SIZES,
)
OTHERS = st.builds(
    Scope, kinds=st.lists(st.sampled_from(KINDS), max_size=3, unique=True).map(tuple)
)
TABLES = st.lists(SENDS | OTHERS, max_size=6).map(lambda rows: [*rows, Scope()])
#: Everything there can be, of so few sizes; one more stands for all that are larger.
MATTERS = [
    *(Matter(SEND, type_, many) for type_ in TemplateClass for many in range(2, MOST + 2)),
    *(Matter(kind) for kind in KIND_NAMES if kind != SEND),
]


def read(rows: Sequence[Scope], matter: Matter) -> int:
    """The first row, from the top, whose kinds name it, whose types name its type, and whose
    `up_to` its recipients do not exceed; what a row leaves out fits everything."""
    for at, row in enumerate(rows):
        if row.kinds and matter.kind not in row.kinds:
            continue
        if row.types and matter.type not in row.types:
            continue
        if row.up_to is not None and (matter.recipients or 0) > row.up_to:
            continue
        return at
    raise AssertionError("the last row fits everything")


@settings(deadline=None)
@given(rows=TABLES)
def test_every_request_is_under_the_row_that_a_plain_reading_finds(rows: list[Scope]) -> None:
    for matter in MATTERS:
        fitting = first_fit(rows, matter)
        assert fitting is not None
        assert fitting.number - 1 == read(rows, matter)
        row = rows[fitting.number - 1]
        assert (fitting.types, fitting.up_to) == (row.types, row.up_to)
        assert fitting.kind == (matter.kind if row.kinds else "")


@settings(deadline=None)
@given(rows=TABLES)
def test_a_row_that_is_never_read_is_one_no_request_comes_to(rows: list[Scope]) -> None:
    come_to = {read(rows, matter) for matter in MATTERS}
    unread = {at for at in range(len(rows)) if at not in come_to}
    is_rest = not any(row.is_all for row in rows[:-1])
    told = dict(never_read(rows))
    assert set(told) == unread - ({len(rows) - 1} if is_rest else set())
    assert all(by < at for at, by in told.items())


@settings(deadline=None)
@given(rows=TABLES)
def test_the_size_a_row_begins_above_is_where_the_rows_before_end(rows: list[Scope]) -> None:
    sends = [matter for matter in MATTERS if matter.kind == SEND]
    for matter in sends:
        fitting = first_fit(rows, matter)
        assert fitting is not None
        assert matter.recipients is not None
        assert fitting.above < matter.recipients
        # One fewer than it begins with comes to an earlier row.
        if fitting.above >= 2:
            assert read(rows, Matter(SEND, matter.type, fitting.above)) < fitting.number - 1
        assert reached_above(rows, fitting.number - 1) <= fitting.above


def test_a_send_of_which_nothing_is_known_yet_is_as_one_to_everybody() -> None:
    rows = [
        Scope((SEND,), (TemplateClass.MARKETING,)),
        Scope((SEND,), (), 10),
        Scope((SEND,)),
        Scope(),
    ]
    fitting = first_fit(rows, Matter(SEND))
    assert fitting is not None
    assert fitting.number == 3
    assert first_fit(rows[:2], Matter(SEND)) is None
