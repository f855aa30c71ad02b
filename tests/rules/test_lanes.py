"""Slack is spoken to as slowly as it asks for, and no slower."""

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.lanes import EDIT, POST, Holds, Pace, Rate, after, may_go_at, taken

PACE = Pace()


def test_a_channel_has_one_message_a_second_counted_from_the_answer() -> None:
    assert after(10.0, PACE) == 11.0


@given(st.lists(st.floats(0, 5), max_size=200), st.sampled_from(sorted(PACE.rates)))
def test_no_minute_has_more_calls_of_a_method_than_slack_allows(
    pauses: list[float], method: str
) -> None:
    rate = PACE.rates[method]
    allowed = {EDIT: 50}.get(method, 100)
    now_s, full_at_s, calls = 0.0, 0.0, list[float]()
    for pause in pauses:
        now_s = max(now_s + pause, may_go_at(full_at_s, rate))
        full_at_s = taken(full_at_s, rate, now_s)
        calls.append(now_s)
    for at in calls:
        assert sum(at <= call < at + 60 for call in calls) <= allowed


def test_a_method_rests_no_longer_than_it_has_to() -> None:
    rate, full_at_s = Rate(3, 2.0), 0.0
    for _ in range(3):
        assert may_go_at(full_at_s, rate) <= 100.0
        full_at_s = taken(full_at_s, rate, 100.0)
    assert may_go_at(full_at_s, rate) == 102.0


def test_a_channel_that_slack_holds_up_holds_up_no_other() -> None:
    holds = Holds()
    holds.add(POST, "C1", 130.0, 100.0)
    holds.add(POST, "C2", 110.0, 100.0)
    assert [holds.until_s(POST, channel) for channel in ("C1", "C2", "C3")] == [130.0, 110.0, 0.0]
    assert holds.until_s(EDIT, "C1") == 0.0


def test_a_method_that_two_channels_meet_refused_rests_everywhere() -> None:
    holds = Holds()
    holds.add(EDIT, "C1", 130.0, 100.0)
    assert holds.until_s(EDIT, "C3") == 0.0
    holds.add(EDIT, "C2", 110.0, 100.0)
    assert holds.until_s(EDIT, "C3") == 110.0
    # What is over is forgotten: this is the only one of its kind again.
    holds.add(EDIT, "C4", 190.0, 180.0)
    assert holds.until_s(EDIT, "C3") == 0.0
