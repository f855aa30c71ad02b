"""What people type for a time: one moment, or why it is none; never a guess."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.schedule import (
    MAX_AHEAD,
    Day,
    Hint,
    LocalTime,
    Scheduled,
    ScheduleFault,
    ScheduleReason,
    read,
    show,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
#: A Monday, ten in the morning.
NOW = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
FORMAT = "%m-%d %H:%M"


def understood(typed: str, now: datetime = NOW, zone: tzinfo = SHANGHAI) -> str:
    """What it is read as, by the clocks of `zone`; the reason where it is none."""
    found = read(typed, now, zone, {"Europe/Berlin": BERLIN})
    if isinstance(found, ScheduleFault):
        return found.reason.value
    return f"{found.at.astimezone(zone):{FORMAT}}"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("18:00", "11-23 18:00"),
        ("at 18:00", "11-23 18:00"),
        ("６：３０ ＰＭ", "11-23 18:30"),
        ("6pm", "11-23 18:00"),
        ("6:30 p.m.", "11-23 18:30"),
        ("12pm", "11-23 12:00"),
        ("tomorrow 12am", "11-24 00:00"),
        ("noon", "11-23 12:00"),
        ("明天9点", "11-24 09:00"),
        ("明早9点半", "11-24 09:30"),
        ("今晚8点", "11-23 20:00"),
        ("今晚八点一刻", "11-23 20:15"),
        ("今天下午3点20", "11-23 15:20"),
        ("今晚12点", "11-24 00:00"),
        ("24:00", "11-24 00:00"),
        ("今晚0点", "11-24 00:00"),
        ("midnight", "11-24 00:00"),
        ("tonight at midnight", "11-24 00:00"),
        ("午夜", "11-24 00:00"),
        ("凌晨12点", "11-24 00:00"),
        ("明天凌晨12点半", "11-24 00:30"),
        ("18h30", "11-23 18:30"),
        ("tonight 8pm", "11-23 20:00"),
        ("tonight at 8", "11-23 20:00"),
        ("tomorrow morning 9am", "11-24 09:00"),
        ("tomorrow at 9", "11-24 09:00"),
        ("at 9 tomorrow", "11-24 09:00"),
        ("tomorrow 9 in the morning", "11-24 09:00"),
        ("27号9点", "11-27 09:00"),
        ("27日15:00", "11-27 15:00"),
        ("1号9点", "12-01 09:00"),
        ("on the 1st at 9am", "12-01 09:00"),
        ("in 2 days 9am", "11-25 09:00"),
        ("in 1.5 hours", "11-23 11:30"),
        ("1.5小时后", "11-23 11:30"),
        ("中午1点", "11-23 13:00"),
        ("后天 14:05", "11-25 14:05"),
        ("大后天凌晨2点", "11-26 02:00"),
        ("三天后9點", "11-26 09:00"),
        ("周五上午10点", "11-27 10:00"),
        ("星期天早上8点", "11-29 08:00"),
        ("下周一9点", "11-30 09:00"),
        ("下下周一9点", "12-07 09:00"),
        ("tomorrow 9am", "11-24 09:00"),
        ("tomorrow at 9 am", "11-24 09:00"),
        ("next mon 09:00", "11-30 09:00"),
        ("fri 10:00", "11-27 10:00"),
        ("10:00 on Friday", "11-27 10:00"),
        ("mon 11:00", "11-23 11:00"),
        ("mon 09:00", "11-30 09:00"),
        ("2026-12-01 09:00 +08:00", "12-01 09:00"),
        ("2026-12-01T01:00Z", "12-01 09:00"),
        ("2026/12/1 9:00", "12-01 09:00"),
        ("2026年12月1日上午九点", "12-01 09:00"),
        ("12-01 09:00", "12-01 09:00"),
        ("12月1日9点", "12-01 09:00"),
        ("Dec 1 9am", "12-01 09:00"),
        ("1st December 2026, 9am", "12-01 09:00"),
        ("12-01 tue 09:00", "12-01 09:00"),
        ("12/13 09:00", "12-13 09:00"),
        # The twelfth of January is too far ahead to be meant.
        ("12/1 09:00", "12-01 09:00"),
        ("18:00 UTC+8", "11-23 18:00"),
        ("18:00 北京时间", "11-23 18:00"),
        ("18:00 +9", "11-23 17:00"),
        ("12:00 Europe/Berlin", "11-23 19:00"),
        ("2026-12-01 09:00-05:00", "12-01 22:00"),
        ("in 30 min", "11-23 10:30"),
        ("in half an hour", "11-23 10:30"),
        ("in 1h 30m", "11-23 11:30"),
        ("30分钟后", "11-23 10:30"),
        ("两个半小时后", "11-23 12:30"),
        ("1小时30分钟以后", "11-23 11:30"),
    ],
)
def test_what_people_type_is_read_as_they_mean_it(typed: str, wanted: str) -> None:
    assert understood(typed) == wanted


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", ScheduleReason.EMPTY),
        ("at", ScheduleReason.EMPTY),
        ("soon", ScheduleReason.UNREADABLE),
        ("9", ScheduleReason.UNREADABLE),
        ("18:00 19:00", ScheduleReason.UNREADABLE),
        ("09:00-10:00", ScheduleReason.UNREADABLE),
        ("tomorrow 12-01 09:00", ScheduleReason.UNREADABLE),
        ("9" * 5_000, ScheduleReason.UNREADABLE),
        ("18:00 CST", ScheduleReason.UNKNOWN_ZONE),
        ("18:00 America/Nowhere", ScheduleReason.UNKNOWN_ZONE),
        ("18:00 +15:00", ScheduleReason.UNKNOWN_ZONE),
        ("tomorrow", ScheduleReason.NO_CLOCK),
        ("周五", ScheduleReason.NO_CLOCK),
        # As 两天后: at what time of that day is not said.
        ("in 2 days", ScheduleReason.NO_CLOCK),
        ("27号", ScheduleReason.NO_CLOCK),
        ("tonight 8am", ScheduleReason.UNREADABLE),
        ("tomorrow morning 9pm", ScheduleReason.UNREADABLE),
        ("1h30", ScheduleReason.UNREADABLE),
        ("at 9 10", ScheduleReason.UNREADABLE),
        ("32号9点", ScheduleReason.NO_SUCH_DATE),
        ("25:00", ScheduleReason.NO_SUCH_CLOCK),
        ("24:01", ScheduleReason.NO_SUCH_CLOCK),
        ("18:60", ScheduleReason.NO_SUCH_CLOCK),
        ("13pm", ScheduleReason.NO_SUCH_CLOCK),
        ("上午14点", ScheduleReason.NO_SUCH_CLOCK),
        ("十十点", ScheduleReason.NO_SUCH_CLOCK),
        ("2026-02-30 09:00", ScheduleReason.NO_SUCH_DATE),
        ("0000-01-01 09:00", ScheduleReason.NO_SUCH_DATE),
        ("9999-12-31 24:00", ScheduleReason.NO_SUCH_DATE),
        ("12-01 fri 09:00", ScheduleReason.CONTRADICTION),
        ("今天9点", ScheduleReason.PAST),
        ("2025-12-01 09:00", ScheduleReason.PAST),
        ("10-05 09:00", ScheduleReason.PAST),
        ("in 0 min", ScheduleReason.PAST),
        ("10:00 today", ScheduleReason.PAST),
        ("2027-03-01 09:00", ScheduleReason.TOO_FAR),
        ("12-24 09:00", ScheduleReason.TOO_FAR),
    ],
)
def test_what_is_no_moment_is_told_why(typed: str, reason: ScheduleReason) -> None:
    assert understood(typed) == reason.value


def test_a_clock_that_is_over_today_is_tomorrows_and_that_is_said() -> None:
    evening = NOW.replace(hour=18, minute=1)
    found = read("18:00", evening, SHANGHAI)
    assert found == Scheduled(datetime(2026, 11, 24, 18, tzinfo=SHANGHAI), Hint.NEXT_DAY)
    earlier = read("18:00", NOW, SHANGHAI)
    assert isinstance(earlier, Scheduled)
    assert earlier.hint is None


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("周一9点", "11-30 09:00"), ("mon 09:30", "11-30 09:30"), ("23号9点", "12-23 09:00")],
)
def test_a_day_that_fits_and_is_over_is_the_next_one_and_that_is_said(
    typed: str, wanted: str
) -> None:
    found = read(typed, NOW, SHANGHAI)
    assert isinstance(found, Scheduled)
    assert (f"{found.at:{FORMAT}}", found.hint) == (wanted, Hint.LATER_DAY)


@pytest.mark.parametrize("typed", ["周一11点", "周三9点", "27号9点", "明早9点", "12-01 09:00"])
def test_a_day_nobody_could_take_for_another_needs_no_word(typed: str) -> None:
    found = read(typed, NOW, SHANGHAI)
    assert isinstance(found, Scheduled)
    assert found.hint is None


def test_tomorrow_is_the_calendars_after_midnight_too_and_that_is_said() -> None:
    night = NOW.replace(hour=0, minute=30)
    for typed in ("明早9点", "tomorrow 9am", "in 1 day 9am"):
        found = read(typed, night, SHANGHAI)
        assert found == Scheduled(datetime(2026, 11, 24, 9, tzinfo=SHANGHAI), Hint.AFTER_MIDNIGHT)
    assert read("今早9点", night, SHANGHAI) == Scheduled(NOW.replace(hour=9))


@pytest.mark.parametrize(
    ("typed", "choices"),
    [
        ("8点", ["11-23 20:00", "11-24 08:00"]),
        ("8:30", ["11-23 20:30", "11-24 08:30"]),
        ("next fri 09:00", ["11-27 09:00", "12-04 09:00"]),
        ("tomorrow midnight", ["11-24 00:00", "11-25 00:00"]),
    ],
)
def test_what_can_mean_two_moments_names_both(typed: str, choices: list[str]) -> None:
    found = read(typed, NOW, SHANGHAI)
    assert isinstance(found, ScheduleFault)
    assert found.reason is ScheduleReason.AMBIGUOUS
    assert [f"{at:{FORMAT}}" for at in found.choices] == choices


def test_a_leading_zero_or_a_part_of_the_day_says_which_eight_is_meant() -> None:
    assert understood("08:00") == understood("早上8点") == "11-24 08:00"
    assert understood("晚上8点") == "11-23 20:00"


def test_a_month_and_a_day_are_not_guessed_where_either_order_is_near() -> None:
    found = read("12/11 09:00", datetime(2026, 11, 11, 10, tzinfo=SHANGHAI), SHANGHAI)
    assert isinstance(found, ScheduleFault)
    assert found.reason is ScheduleReason.AMBIGUOUS
    assert [f"{at:{FORMAT}}" for at in found.choices] == ["11-12 09:00", "12-11 09:00"]
    assert understood("12/11 09:00") == "12-11 09:00"


def test_the_turn_of_the_year_is_crossed() -> None:
    eve = datetime(2026, 12, 31, 23, tzinfo=SHANGHAI)
    assert read("01-02 09:00", eve, SHANGHAI) == Scheduled(datetime(2027, 1, 2, 9, tzinfo=SHANGHAI))
    assert understood("02-29 09:00", datetime(2028, 2, 20, tzinfo=SHANGHAI)) == "02-29 09:00"


def test_clocks_put_forward_leave_a_time_out_and_the_next_is_named() -> None:
    found = read("02:30", datetime(2026, 3, 29, 1, tzinfo=BERLIN), BERLIN)
    assert isinstance(found, ScheduleFault)
    assert found.reason is ScheduleReason.SKIPPED
    assert [str(at) for at in found.choices] == ["2026-03-29 03:30:00+02:00"]


def test_clocks_put_back_show_a_time_twice_and_the_offset_says_which() -> None:
    before = datetime(2026, 10, 24, 20, tzinfo=BERLIN)
    found = read("02:30", before, BERLIN)
    assert isinstance(found, ScheduleFault)
    assert found.reason is ScheduleReason.TWICE
    assert [str(at) for at in found.choices] == [
        "2026-10-25 02:30:00+02:00",
        "2026-10-25 02:30:00+01:00",
    ]
    second = read("2026-10-25 02:30 +01:00", before, BERLIN)
    assert isinstance(second, Scheduled)
    assert second.at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    only = read("02:30", between, BERLIN)
    assert isinstance(only, Scheduled), "the first has passed, so it is the second"
    assert only.at.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


ZONES = st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")])
START = datetime(2026, 1, 1, tzinfo=UTC)
NOWS = st.integers(0, 2 * 365 * 86_400).map(lambda s: START + timedelta(seconds=s))
CLOCKS = ("18:00", "8点", "9点半", "6pm", "12am", "noon", "上午", "凌晨")
DAYS = ("明天", "今晚", "tomorrow", "fri", "next mon", "下周一", "3天后")
DATES = ("12-01", "2026-12-01", "12/1", "12月1日", "年", "月")
ZONE_NAMES = ("+08:00", "-5", "Z", "utc", "Europe/Berlin")
OTHER = ("in", "30", "min", "小时", "后", "分钟", "at", " ", ",", "：", "十", "半", ":", "T")
PIECES = st.sampled_from([*CLOCKS, *DAYS, *DATES, *ZONE_NAMES, *OTHER])


@given(st.lists(PIECES, max_size=6).map("".join) | st.text(max_size=30), NOWS, ZONES)
def test_whatever_is_typed_the_answer_is_ahead_and_in_reach_or_says_why(
    typed: str, now: datetime, zone: ZoneInfo
) -> None:
    found = read(typed, now, zone, {"Europe/Berlin": BERLIN})
    if isinstance(found, Scheduled):
        assert timedelta() < found.at - now <= MAX_AHEAD
        assert found.at.tzinfo is not None
    else:
        wanted = {ScheduleReason.AMBIGUOUS: 2, ScheduleReason.TWICE: 2}
        once = {ScheduleReason.PAST, ScheduleReason.TOO_FAR, ScheduleReason.SKIPPED}
        assert len(found.choices) == wanted.get(found.reason, int(found.reason in once))


@given(NOWS, st.integers(1, 30 * 24 * 60 - 1), ZONES)
def test_a_whole_time_with_its_offset_is_that_moment_anywhere(
    now: datetime, ahead_min: int, zone: ZoneInfo
) -> None:
    at = (now + timedelta(minutes=ahead_min)).replace(second=0, microsecond=0)
    local = at.astimezone(zone)
    offset = f"{local:%z}"
    typed = f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"
    found = read(typed, now, SHANGHAI)
    if at <= now:
        assert isinstance(found, ScheduleFault)
        return
    assert isinstance(found, Scheduled)
    assert found.at.astimezone(UTC) == at


@given(NOWS, st.integers(0, 23), st.integers(0, 59), ZONES)
def test_a_bare_clock_is_the_next_time_the_clocks_show_it(
    now: datetime, hour: int, minute: int, zone: ZoneInfo
) -> None:
    found = read(f"{hour:02}:{minute:02}", now, zone)
    if isinstance(found, ScheduleFault):
        assert found.reason in {ScheduleReason.SKIPPED, ScheduleReason.TWICE}
        return
    assert (found.at.hour, found.at.minute) == (hour, minute)
    days = (found.at.date() - now.astimezone(zone).date()).days
    assert days == int(found.hint is Hint.NEXT_DAY)


@given(st.integers(1, 12), st.integers(1, 59), st.sampled_from(["上午", "下午"]))
def test_digits_and_chinese_numbers_are_the_same(hour: int, minute: int, half: str) -> None:
    plain = read(f"明天{half}{hour}点{minute}分", NOW, SHANGHAI)
    assert plain == read(f"明天{half}{_chinese(hour)}点{_chinese(minute)}分", NOW, SHANGHAI)
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    assert plain == read(f"明天{half}{hour}点{minute}分".translate(wide), NOW, SHANGHAI)


def test_a_time_is_shown_by_the_teams_clock_and_the_viewers_where_it_differs() -> None:
    at = datetime(2026, 11, 23, 18, tzinfo=SHANGHAI)
    facts = show(at, SHANGHAI, NOW, BERLIN)
    assert facts.here == LocalTime(Day.TODAY, at.date(), "18:00", "Asia/Shanghai")
    assert facts.viewer == LocalTime(Day.TODAY, at.date(), "11:00", "Europe/Berlin")
    assert show(at, SHANGHAI, NOW, ZoneInfo("Asia/Singapore")).viewer is None
    assert show(at, SHANGHAI, NOW).viewer is None


def test_the_day_is_that_of_each_clock() -> None:
    at = datetime(2026, 11, 24, 2, tzinfo=SHANGHAI)
    facts = show(at, SHANGHAI, NOW, BERLIN)
    assert facts.viewer is not None
    assert (facts.here.day, facts.viewer.day) == (Day.TOMORROW, Day.TODAY)
    later = show(at + timedelta(days=3), SHANGHAI, NOW)
    assert (later.here.day, later.here.date.isoformat()) == (Day.OTHER, "2026-11-27")


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    digits = "零一二三四五六七八九"
    if tens == 0:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")
