from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from storage.ids import (
    ALPHABET,
    first_message_id,
    from_ms,
    from_ms_or_none,
    new_attempt_id,
    new_message_id,
    new_request_id,
    to_ms,
)
from tests.storage.rows import NOW, later

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(MOMENTS)
def test_a_moment_comes_back_to_the_millisecond(moment: datetime) -> None:
    assert timedelta(0) <= moment - from_ms(to_ms(moment)) < timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS)
def test_the_ids_of_messages_sort_by_when_they_were_made(one: datetime, other: datetime) -> None:
    is_later = to_ms(one) >= to_ms(other)
    assert (new_message_id(one) >= first_message_id(other)) is is_later


def test_a_moment_is_the_same_in_every_zone() -> None:
    assert to_ms(NOW.astimezone(timezone(timedelta(hours=8)))) == to_ms(NOW)
    assert from_ms_or_none(None) is None
    assert from_ms_or_none(to_ms(NOW)) == NOW


def test_messages_made_later_sort_behind() -> None:
    ids = [new_message_id(later(s=s)) for s in range(100)]
    assert ids == sorted(ids)
    at_once = [new_message_id(NOW) for _ in range(1000)]
    assert at_once == sorted(set(at_once))


def test_ids_have_no_letter_that_reads_as_another() -> None:
    assert not set("ILOU") & set(ALPHABET)
    assert all(set(new_request_id()[2:]) <= set(ALPHABET) for _ in range(100))
    assert len(new_attempt_id()) == 16
