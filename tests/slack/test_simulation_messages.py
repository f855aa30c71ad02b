"""What other limits would have done, in words."""

from datetime import UTC, datetime

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.simulation import BusyHour, Simulation
from bot.slack.messages import simulations
from tests.journeys.people import words_of

FROM, TO = datetime(2026, 10, 22, 16, 0, tzinfo=UTC), datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TIGHTER = Simulation(
    from_at=FROM,
    to_at=TO,
    sends=12_345,
    numbers=4_321,
    blocked={"marketing": 1_200, "otp": 31},
    blocked_by={"number.day": 1_000, "otp.hour": 31, "SG.stop": 200},
    blocked_numbers=987,
    worst_hour=BusyHour(datetime(2026, 11, 11, 2, 0, tzinfo=UTC), 400),
    segments_before=15_000,
    segments_after=13_500,
)
LOOSER = Simulation(
    from_at=FROM,
    to_at=TO,
    sends=10,
    numbers=2,
    newly_let={"alert": 3},
    newly_let_numbers=1,
    worst_hour=BusyHour(datetime(2026, 11, 11, 2, 0, tzinfo=UTC), 3),
    segments_before=7,
    segments_after=10,
)


def said(found: Simulation, locale: Locale = Locale.EN) -> str:
    return words_of({"text": "", "blocks": list(simulations.lines(found, locale))})


def words(message: SlackMessage) -> str:
    return words_of({"text": message.text, "blocks": list(message.blocks)})


def test_what_is_blocked_says_how_much_of_what_when_why_and_what_it_saves() -> None:
    found = said(TIGHTER)
    assert "*Would have been blocked:* 1,231 (codes 31 · marketing 1,200), numbers: 987" in found
    assert "*Newly let through:* nothing" in found
    assert "31 of what would have been blocked are codes" in found
    assert "2026-10-23 – 2026-11-22" in found
    assert "Sends: 12,345" in found
    # The most first.
    assert found.index("day: 1,000") < found.index("stop at: 200") < found.index("an hour: 31")
    assert "Worst hour: 2026-11-11 10:00 UTC+8, 400 blocked." in found
    assert "Cost: 15,000 → 13,500 segments (-1,500)." in found


def test_what_is_newly_let_through_says_what_it_costs() -> None:
    found = said(LOOSER)
    assert "*Would have been blocked:* nothing" in found
    assert "*Newly let through:* 3 (alerts 3), numbers: 1" in found
    assert "Busiest hour of what is new: 2026-11-11 10:00 UTC+8, 3." in found
    assert "Cost: 7 → 10 segments (+3)." in found
    assert "codes" not in found


def test_what_changes_nothing_says_so() -> None:
    found = said(Simulation(FROM, TO, sends=5, numbers=1, segments_before=5, segments_after=5))
    assert found.count("nothing") == 2
    assert "Cost: 5 segments, as before." in found
    assert "hour" not in found


def test_where_nothing_was_sent_there_is_nothing_to_say() -> None:
    found = said(Simulation(FROM, TO)).strip()
    assert (
        found
        == "Nothing was sent from 2026-10-23 to 2026-11-22, so there is nothing to simulate on."
    )


def test_it_is_told_in_chinese_too() -> None:
    found = said(TIGHTER, Locale.ZH_CN)
    assert "*会被拦下：* 1,231 条，987 个号码（验证码 31 条 · 营销 1,200 条）" in found
    assert "费用：15,000 → 13,500 条计费（-1,500）。" in found


def test_the_result_says_what_was_asked_and_how_to_ask_for_it() -> None:
    found = words(
        simulations.result(
            {"number.day": 5, "SG.stop": None}, "demo", TIGHTER, Locale.EN, may_set=True
        )
    )
    assert "What if, in demo: `day=5` `SG.stop=off`" in found
    assert "Nothing has changed. `/sms limit set day=5 SG.stop=off` asks for it." in found


def test_who_cannot_have_the_limits_is_not_told_how_to_ask_for_them() -> None:
    found = words(simulations.result({"number.day": 5}, "demo", TIGHTER, Locale.EN, may_set=False))
    assert "Nothing has changed." in found
    assert "/sms limit set" not in found


def test_words_that_are_no_limits_are_quoted_and_mean_nothing_to_slack() -> None:
    found = words(simulations.usage(["<!channel>", "13800000001", "`x`"], Locale.EN))
    assert "<!channel>" not in found
    assert "13800000001" not in found
    assert "Name the limits to try" in found
