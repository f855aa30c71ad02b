"""Summaries as a channel sees them, their pictures in words, and their files; in both languages."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from slack_sdk.models.blocks import Block

from bot.charts import Part, chart_of
from bot.charts import payload as chart_payload
from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.rules.figures import Counts, Figures, Latency
from bot.rules.kept_figures import payload
from bot.rules.summaries import TroubleKind
from bot.sheets import csv_bytes
from bot.slack.blocks import ALT_MAX
from bot.slack.messages import figure_files, figure_lines, summary_charts
from bot.slack.messages.faults import moment
from bot.slack.messages.figure_files import Asked
from bot.slack.messages.notices import KINDS
from tests.slack.summed import BUSY, FULL, HOSTILE_CODE, NOTHING, QUIET, SINCE, SINCE_S, kept, slot

TROUBLES = [{"kind": kind.value, "many": 12, "total": 100} for kind in TroubleKind]
WEEK = [slot(24 * nth, delivered=1_000 * nth, refused=3, before=None) for nth in range(7)]
CARDS: dict[str, dict[str, Any]] = {
    "busy": BUSY,
    "all apps": {**BUSY, "app": ""},
    "longest name": {**BUSY, "app": "a" * 32},
    "weekly": {**BUSY, "kind": "weekly", "slots": WEEK},
    "hourly": {**BUSY, "kind": "hourly", "troubles": TROUBLES},
    "speaks English": {**BUSY, "picture_note": "plain"},
    "no picture": {**BUSY, "picture": "", "picture_note": "none"},
    "replies alone": kept(replace(NOTHING, total=Counts(replies=3)), picture="F1", picture_note=""),
    "quiet": QUIET,
    "not known": {**QUIET, "is_known": False},
}


def card(name: str, locale: Locale = Locale.EN, **more: Any) -> SlackMessage:
    return KINDS["summary"]({**CARDS[name], **more}, locale)


def said(message: SlackMessage) -> str:
    """All of it, without what Slack puts in."""
    return re.sub(r"<!date[^>]*>", "", f"{message.text}\n{message.blocks}")


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("name", CARDS)
def test_slack_takes_it_nothing_in_it_is_markup_and_no_value_is_missing(
    name: str, locale: Locale
) -> None:
    message = card(name, locale)
    assert message.text.strip()
    for block in Block.parse_all([dict(each) for each in message.blocks]):
        block.validate_json()
    assert "<!channel>" not in said(message)
    assert not re.search(r"\{[a-z_]+\}", said(message))


def test_it_says_what_was_sent_what_came_of_it_and_how_that_compares() -> None:
    whole = said(card("busy"))
    assert card("busy").text == (
        "demo · Sun 22 Nov 2026: 1,247 sent, 88.2 % of them delivered, 100 failed"
    )
    for part in (
        "1,247 · +25 % (1,000 a week before)",
        "1,100 · 88.2 % of those sent (99 % before)",
        "100 · 60 not delivered, 40 refused",
        "30 without a receipt · 7 in doubt",
        "half within 3 s, 95 % within 75 s",
        "97.1 % · 34 missing · 9 back-filled · 25 unknown · 5 still to come",
        "1,310 · +31 % (1,000 a week before)",
        "12 · 3 opted out",
        "Calls*\\n6 · 4 answered, keys pressed: 7",
    ):
        assert part in whole, part


def test_the_three_worst_causes_are_there_with_what_to_do_and_the_rest_is_counted() -> None:
    whole = said(card("busy"))
    assert "*38 ×* This number has received as many messages as it may today." in whole
    assert "Wait until tomorrow" in whole
    assert whole.count("*What to do:*") == 3
    assert "12 more failed for other causes" in whole


def test_a_quiet_day_is_one_line_and_tells_what_was_usual() -> None:
    assert card("quiet").text == "demo · Sun 22 Nov 2026: nothing was sent, and nobody answered."
    assert len(card("quiet").blocks) == 1
    before = replace(NOTHING, compared=replace(NOTHING, total=Counts(begun=1_204)))
    (block,) = KINDS["summary"](kept(before), Locale.EN).blocks
    assert block["text"]["text"].endswith("A week before it was 1,204.")


def test_a_day_nobody_watched_is_not_called_quiet() -> None:
    assert "did not run" in card("not known").text
    assert "nothing was sent" not in card("not known").text


def test_a_week_and_an_hour_have_names_of_their_own() -> None:
    week = {"since_s": SINCE_S - 6 * 86_400}
    weekly = card("weekly", figures={**BUSY["figures"], **week})
    assert weekly.text.startswith("demo · Mon 16 Nov 2026 to Sun 22 Nov 2026: ")
    hour = {"since_s": SINCE_S + 13 * 3_600, "until_s": SINCE_S + 14 * 3_600}
    hourly = card("hourly", figures={**BUSY["figures"], **hour})
    assert hourly.text.startswith("demo · trouble in the hour from 13:00 · Sun 22 Nov 2026: ")
    assert "no receipt for 12 of 100 accepted messages (12 %)" in said(hourly)


def test_where_half_an_hour_is_cut_off_a_day_it_bears_its_own_name() -> None:
    # Midnight in India is half past the hour: the day begins with the hour it falls in.
    since = datetime(2026, 11, 21, 18, tzinfo=UTC)
    span = replace(FULL, since=since, until=since + timedelta(days=1))
    message = KINDS["summary"](kept(span, zone="Asia/Kolkata"), Locale.EN)
    assert message.text.startswith("demo · Sun 22 Nov 2026: ")


@pytest.mark.parametrize("locale", Locale)
def test_who_cannot_see_the_picture_is_told_each_hour_of_it(locale: Locale) -> None:
    (picture,) = [block for block in card("busy", locale).blocks if block["type"] == "image"]
    alt = picture["alt_text"]
    assert picture["slack_file"] == {"id": "F0PICTURE"}
    assert len(alt) <= ALT_MAX
    told = re.findall(r"(\d\d):00[:：] ?(\d+)", alt)
    assert [int(many) for _, many in told] == [93 + 2 * nth + nth // 2 for nth in range(24)]
    assert [int(hour) for hour, _ in told] == list(range(24))
    assert "2,400" in alt


def test_hours_without_messages_are_not_read_out() -> None:
    slots = [slot(nth, delivered=5 * (nth == 9)) for nth in range(24)]
    alt = summary_charts.in_words({**BUSY, "slots": slots}, Locale.EN)
    assert alt == "Bar chart, demo · 22 Nov · by hour; 09:00: 5"


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("name", ["busy", "all apps", "longest name", "weekly", "hourly"])
def test_the_picture_has_a_bar_a_slot_and_can_be_drawn_without_chinese(
    name: str, locale: Locale
) -> None:
    chart = summary_charts.chart(CARDS[name], locale)
    slots = CARDS[name]["slots"]
    assert [bar.parts[Part.DELIVERED] for bar in chart.bars] == [s["delivered"] for s in slots]
    assert [bar.before for bar in chart.bars] == [s["before"] for s in slots]
    assert all(len(words.labels) == len(slots) for words in (chart.words, chart.plain))
    assert max(map(ord, chart.plain.characters)) < 0x2100
    assert chart_of(chart_payload(chart)) == chart


def test_shares_are_never_all_or_nothing_where_they_are_not() -> None:
    shares = [(0, 0), (0, 9), (9, 9), (1, 100_000), (99_999, 100_000), (1, 3)]
    assert [figure_lines.percent(*each, Locale.EN) for each in shares] == [
        "–", "0 %", "100 %", "0.1 %", "99.9 %", "33.3 %",
    ]  # fmt: skip
    assert figure_lines.percent(1, 3, Locale.ZH_CN) == "33.3%"


def test_what_was_not_measured_is_said_to_be_so() -> None:
    bare = replace(FULL, latency=Latency(0, None, None))
    assert "not measured" in str(figure_lines.columns(bare, Locale.EN))


@pytest.mark.parametrize("locale", Locale)
def test_the_file_holds_all_of_it_one_line_for_each_value(locale: Locale) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    lines = list(figure_files.lines(FULL, zone, locale))
    heading = figure_files.heading(locale)
    assert {len(line) for line in lines} == {len(heading)}
    total, hour, *_ = lines
    assert list(total[2:5]) == [1_247, 1_190, 40]
    assert list(total[-3:]) == [3.4, 75.0, ""]
    assert hour[1] == "2026-11-22 03:00"
    refused = {line[1]: line for line in lines if line[0] == lines[-5][0]}
    assert set(refused) == {"LimitExceeded.PhoneNumberDailyLimit", "dns"}
    assert refused["dns"][4] == 2
    assert all(line[-1] for line in lines[-5:])


def test_nothing_in_the_file_runs_as_a_formula() -> None:
    lines = figure_files.lines(FULL, ZoneInfo("UTC"), Locale.EN)
    written = csv_bytes(lines, first=True).decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in written
    assert HOSTILE_CODE in written


def test_a_button_says_which_span_and_others_say_nothing() -> None:
    until = SINCE + timedelta(days=1)
    button = figure_files.button("demo", SINCE, until, Locale.EN)
    assert figure_files.asked(button["value"]) == Asked("demo", SINCE, until)
    everything = figure_files.button("", SINCE, until, Locale.EN)
    assert figure_files.asked(everything["value"]) == Asked("", SINCE, until)
    for value in ("", "demo", "demo:1", "demo:5:5", "demo:9:1", "demo:0:99999999999", "D:1:2"):
        assert figure_files.asked(value) is None, value


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize(("name", "figures"), [("busy", FULL), ("quiet", NOTHING)])
def test_a_span_before_the_first_figures_says_since_when_there_are_any(
    name: str, figures: Figures, locale: Locale
) -> None:
    begins = SINCE + timedelta(hours=9)
    line = text(locale, "figures.known_since", time=moment(begins))
    assert line not in str(card(name, locale).blocks)
    begun = payload(replace(figures, known_since=begins))
    assert line in str(card(name, locale, figures=begun).blocks)
