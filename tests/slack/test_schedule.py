"""Times as sentences: the team's clock first, the reader's beside it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.locales import Locale
from bot.rules.schedule import Scheduled, ScheduleFault, ScheduleReason, read, show
from bot.slack.messages import schedule

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("at", "locale", "wanted"),
    [
        ("23 18:00", Locale.EN, "18:00 Asia/Shanghai (11:00 your time, Europe/Berlin)"),
        (
            "24 02:00",
            Locale.EN,
            "tomorrow 02:00 Asia/Shanghai (19:00 your time, Europe/Berlin)",
        ),
        (
            "27 09:00",
            Locale.ZH_CN,
            "2026-11-27 09:00 Asia/Shanghai（你的时间 2026-11-27 02:00，Europe/Berlin）",
        ),
    ],
)
def test_the_viewers_time_stands_beside_the_teams(at: str, locale: Locale, wanted: str) -> None:
    facts = show(datetime.fromisoformat(f"2026-11-{at}+08:00"), SHANGHAI, NOW, BERLIN)
    assert schedule.when(facts, locale) == wanted


def test_nothing_stands_beside_it_where_the_clocks_agree() -> None:
    facts = show(NOW.replace(hour=18), SHANGHAI, NOW, SHANGHAI)
    assert schedule.when(facts, Locale.EN) == "18:00 Asia/Shanghai"


def test_on_a_card_every_reader_sees_their_own_time_and_the_day_by_its_date() -> None:
    at = NOW.replace(hour=18)
    said = schedule.when_for_all(at, SHANGHAI, NOW, Locale.EN)
    assert said.startswith("2026-11-23 18:00 Asia/Shanghai (<!date^")
    assert f"<!date^{int(at.timestamp())}^" in said
    assert "|2026-11-23 10:00 UTC>" in said


def test_what_was_read_as_tomorrow_says_so() -> None:
    found = read("09:00", NOW, SHANGHAI)
    assert isinstance(found, Scheduled)
    said = schedule.next_day_note(found, Locale.EN)
    assert said == "09:00 has passed today, so tomorrow is meant."
    facts = show(found.at, SHANGHAI, NOW)
    assert schedule.when(facts, Locale.EN) == "tomorrow 09:00 Asia/Shanghai"
    later = read("18:00", NOW, SHANGHAI)
    assert isinstance(later, Scheduled)
    assert schedule.next_day_note(later, Locale.EN) == ""


def test_a_day_that_may_be_taken_for_another_is_said_by_its_date() -> None:
    over = read("周一9点", NOW, SHANGHAI)
    assert isinstance(over, Scheduled)
    said = schedule.next_day_note(over, Locale.EN)
    assert said == "09:00 has passed today, so 2026-11-30 is meant."
    night = read("明早9点", NOW.replace(hour=0, minute=30), SHANGHAI)
    assert isinstance(night, Scheduled)
    assert "2026-11-24" in schedule.next_day_note(night, Locale.EN)


@pytest.mark.parametrize("locale", Locale)
def test_every_reason_has_its_sentence_and_what_is_offered_can_be_typed(locale: Locale) -> None:
    times = (datetime(2026, 11, 24, 9, tzinfo=BERLIN), datetime(2026, 11, 25, 9, tzinfo=SHANGHAI))
    for reason in ScheduleReason:
        said = schedule.fault(ScheduleFault(reason, times), locale)
        assert "{" not in said
        if "2026-11-24" in said:
            assert "2026-11-25 09:00 +08:00" in said
    offered = schedule.fault(ScheduleFault(ScheduleReason.PAST, times[:1]), locale)
    assert "2026-11-24 09:00 +01:00" in offered
    assert read("2026-11-24 09:00 +01:00", NOW, SHANGHAI) == Scheduled(times[0])
