"""The card of an app's limits and all about exempt numbers: within Slack's bounds however much
there is, numbers masked, nothing from outside as markup."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.drift import Difference, Direction
from bot.rules.limit_accounts import MayNot
from bot.rules.numbers import COUNTRIES
from bot.rules.provenance import Origin, Traced
from bot.sandbox.workspace.blocks import Surface, check_blocks, check_view
from bot.slack.messages import limit_accounts, limit_exempt, limits
from bot.slack.messages.declarations import ConsoleView, DriftView
from bot.slack.messages.limit_exempt import Page, Row
from bot.slack.messages.limit_exports import exported, not_exported
from bot.slack.messages.limits import (
    Exempt,
    Fate,
    Hours,
    LimitsView,
    Listed,
    Near,
    Pace,
    Past,
    Pending,
    Total,
)
from tests.journeys.people import words_of
from tests.slack.made import HOSTILE, NOW

NUMBER = "+8613812345678"
OTHERS = sorted(COUNTRIES - {"CN"})
KEYS = [f"{country}.{measure}" for country in OTHERS for measure in ("warn", "stop")]
MANY: dict[str, int | None] = dict.fromkeys(KEYS, 10**9)
EXEMPT = Exempt(NUMBER, NOW, HOSTILE * 9, "U0MAYA", "R-7K3Q")
CONSOLE = ConsoleView(
    app="demo",
    sdk_app_id="1400006666",
    url="https://console.cloud.tencent.com/smsv2",
    nth=3,
    caps=MANY,
    evidence=HOSTILE,
    declared_by="U0MAYA",
    declared_at=NOW,
    confirmed_by="U0BO",
    confirmed_at=NOW,
    differences=tuple(Difference(key, 2, True, 5, is_needed=True) for key in KEYS),
    drifts=tuple(DriftView(key, Direction.STRICTER, NOW, "X", 2, 1, True) for key in KEYS[:40]),
)
NOTHING = LimitsView(
    app="demo",
    others=(),
    profile="classic",
    caps=(),
    differs={},
    totals=(Total("mainland", 0),),
    hours=Hours(NOW, (0,) * 24, (0,) * 24, True),
    near=Listed((), 0),
    exempt=Listed((), 0),
    pending=Listed((), 0),
    console=replace(CONSOLE, declared_at=None, differences=(), drifts=(), caps={}),
    history=Listed((), 0),
    may_not=None,
)
EVERYTHING = LimitsView(
    app="demo",
    others=tuple(f"{'a' * 28}{at}" for at in range(300)),
    profile="2025",
    caps=tuple(
        Traced(key, 10**9, origin, "R-7K3Q", NOW if origin is Origin.CHANGE else None, 10**9)
        for key in KEYS
        for origin in Origin
    ),
    differs=dict.fromkeys(KEYS, (10**9, None)),
    totals=tuple(Total(country, 10**9, 10**9, 10**9) for country in OTHERS),
    hours=Hours(NOW, (10**9,) * 24, (10**9,) * 24, False),
    near=Listed((Near(NUMBER, "marketing.30s", 10**4, 10**4, NOW),) * 300, 900),
    exempt=Listed((EXEMPT,) * 300, 900),
    pending=Listed(
        tuple(
            Pending("R-7K3Q", pace, MANY, number, "U0MAYA", NOW)
            for pace in Pace
            for number in ("", NUMBER)
            for _ in range(99)
        ),
        900,
    ),
    console=CONSOLE,
    history=Listed(
        tuple(Past("R-7K3Q", MANY, MANY, NOW, fate, NOW, "U0MAYA") for fate in Fate) * 99, 900
    ),
    may_not=MayNot.INDIVIDUAL,
)
PAGE = Page("demo", 900, 3, (Row(EXEMPT, "k1:" + "A" * 60),) * 10, 300)
DIFF = "".join(f"+ {'x' * at}```<!channel>&\n" for at in range(400)) + "+" + "y" * 9_000


def words(message: SlackMessage) -> str:
    return words_of({"blocks": list(message.blocks)})


def english(view: LimitsView) -> str:
    return words(limits.card(view, Locale.EN, may_ask=True))


def every_message(locale: Locale) -> Iterator[SlackMessage]:
    for view in (NOTHING, EVERYTHING, replace(EVERYTHING, may_not=None)):
        for may_ask in (True, False):
            yield limits.card(view, locale, may_ask=may_ask)
    for page in (PAGE, Page("demo", 0, 0, (), 300)):
        for may in (True, False):
            yield limit_exempt.overview(
                page, locale, may_ask=may, may_remove=may, said=HOSTILE if may else ""
            )
    yield limit_exempt.of_number(NUMBER, "demo", EXEMPT, locale)
    yield limit_exempt.of_number(NUMBER, "demo", None, locale)
    yield limit_exempt.which_verb(HOSTILE * 9, locale)
    yield limit_exempt.not_asked([HOSTILE], locale)
    yield limit_exempt.told_removed({"user": "U0BO", "number": "+86 1", "app": "demo"}, locale)
    yield limit_accounts.refused(MayNot.INDIVIDUAL, locale)
    for diff in (DIFF, "--- a/app.yaml\n", ""):
        yield exported("demo", diff, locale, temporary=["R-7K3Q"] * 99)
        yield exported("demo", diff, locale, temporary=[], is_bare=True)
    yield not_exported("demo", locale)


@pytest.mark.parametrize("locale", Locale)
def test_every_message_is_within_slacks_limits_however_much_there_is(locale: Locale) -> None:
    for message in every_message(locale):
        assert message.text.strip()
        assert len(message.text) <= 4_000
        blocks = [dict(block) for block in message.blocks]
        assert check_blocks(blocks, Surface.MESSAGE) == []
        assert NUMBER.removeprefix("+86") not in str(message)


@pytest.mark.parametrize("locale", Locale)
def test_nothing_is_cut_off_in_the_middle_of_a_line(locale: Locale) -> None:
    card = limits.card(EVERYTHING, locale, may_ask=True)
    cut = [
        text
        for block in card.blocks
        if block["type"] in {"section", "context"}
        for text in _texts(dict(block))
        if text.endswith("…") and len(text) > 1_900
    ]
    assert cut == []


@pytest.mark.parametrize("locale", Locale)
def test_the_form_is_within_slacks_limits(locale: Locale) -> None:
    long = HOSTILE * 99
    form = limit_exempt.add_form(
        limit_exempt.carry("C0SMS", "demo"), "demo", locale, number=long, ends=long, reason=long
    )
    assert check_view(dict(form)) == []


def test_what_was_typed_is_no_markup() -> None:
    line = limits.exempt_line(EXEMPT, Locale.EN)
    assert "<!channel>" not in line
    assert "<https" not in line
    shown = words(exported("demo", DIFF, Locale.EN, temporary=[]))
    assert "<!channel>" not in shown
    assert "'''&lt;!channel&gt;&amp;" in shown


@pytest.mark.parametrize("diff", ["", "--- a/app.yaml\n"])
def test_an_export_names_what_is_not_in_it_though_the_file_says_all_of_the_rest(diff: str) -> None:
    shown = words(exported("demo", diff, Locale.EN, temporary=["R-7K3Q"]))
    assert "Not in it, because it ends by itself: R-7K3Q." in shown
    assert ("app.yaml says what holds for `demo` for good" in shown) is (diff == "")
    assert "Not in it" not in words(exported("demo", diff, Locale.EN, temporary=[]))


def test_what_is_pending_says_whether_it_holds_and_what_it_takes_back() -> None:
    temporary = Pending("R-1111", Pace.TEMPORARY, {"number.day": 9}, "", "U0MAYA", NOW)
    roll_back = Pending("R-2222", Pace.WAITING, {"number.day": 5}, "", "U0MAYA", NOW, "R-1111")
    view = replace(NOTHING, pending=Listed((temporary, roll_back), 2))
    shown = english(view)
    assert "*Pending or temporary* · 2" in shown
    assert "*R-1111* · `day=9` · in effect, ends <!date" in shown
    assert "*R-2222* · takes back R-1111 · waits for approval" in shown
    chinese = words(limits.card(view, Locale.ZH_CN, may_ask=True))
    assert "*待处理与临时* · 2" in chinese
    assert "*R-2222* · 回滚 R-1111" in chinese


def test_the_history_says_why_and_which_request_took_it_back() -> None:
    past = Past(
        "R-1111", {"number.day": 9}, {"number.day": 5}, NOW, Fate.UNDONE, NOW, "U0BO", HOSTILE
    )
    with_request = replace(past, request_id="R-3333", reason="campaign", by_request="R-2222")
    shown = english(replace(NOTHING, history=Listed((past, with_request), 2)))
    assert "<!channel>" not in shown
    (line,) = [each for each in shown.splitlines() if "R-3333" in each]
    assert line.endswith("^{date_short_pretty} {time}|2026-11-23 03:00 UTC> (R-2222) · campaign")


def test_what_never_began_has_no_start_in_the_history() -> None:
    past = Past("R-1111", {"number.day": 9}, {}, NOW, Fate.CANCELLED, NOW, "U0BO", "")
    with_request = replace(past, request_id="R-3333", by_request="R-2222")
    for each in (past, with_request):
        shown = english(replace(NOTHING, history=Listed((each,), 1)))
        (line,) = [line for line in shown.splitlines() if each.request_id in line]
        assert "cancelled by <@U0BO> before it began" in line
        assert "from <!date" not in line


def test_everything_says_how_much_more_there_is() -> None:
    shown = english(EVERYTHING)
    for more in ("… and 895 more.", "… and 892 more.", f"… and {len(KEYS) * 3 - 40} more;"):
        assert more in shown
    assert "Kept back by these limits: more than 24,000,000,000." in shown


def test_an_individuals_account_is_told_why_and_offered_no_change() -> None:
    card = limits.card(EVERYTHING, Locale.EN, may_ask=True)
    assert [each["action_id"] for each in card.blocks[-1]["elements"]] == [
        limits.EXEMPT,
        limits.EXPORT,
    ]
    shown = words(card)
    assert "this account is an individual's" in shown
    assert "so they are only shown here." in shown
    assert "/sms limit set" not in shown
    refused = words(limit_accounts.refused(MayNot.INDIVIDUAL, Locale.EN))
    assert "so nothing was changed here." in refused
    empty = Page("demo", 0, 0, (), 300)
    listed = words(limit_exempt.overview(empty, Locale.EN, may_ask=False, may_remove=True))
    assert "exempt add" not in listed


def test_both_rows_of_the_chart_share_one_scale() -> None:
    hours = Hours(NOW, (0,) * 23 + (8,), (0,) * 23 + (1,), True)
    shown = english(replace(NOTHING, hours=hours))
    assert "█  handed to Tencent" in shown
    assert "▁  kept back" in shown


@pytest.mark.parametrize(
    ("begun", "warn", "stop", "mark"),
    [
        (4, 5, 10, "•  "),
        (5, 5, 10, ":warning: "),
        (10, 5, 10, ":no_entry: "),
        (0, None, 0, ":no_entry: "),
        (9, None, None, "•  "),
    ],
)
def test_a_total_is_marked_as_it_fills(
    begun: int, warn: int | None, stop: int | None, mark: str
) -> None:
    view = replace(NOTHING, totals=(Total("mainland", begun, warn, stop),))
    shown = english(view)
    (line,) = [each for each in shown.splitlines() if "To the mainland" in each]
    assert line.startswith(mark)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=48))
def test_a_bar_stands_for_its_count(counts: list[int]) -> None:
    heights = [limits.STEPS.find(each) for each in limits.bars(counts)]
    assert len(heights) == len(counts)
    assert [each == -1 for each in heights] == [each == 0 for each in counts]
    in_order = [height for _, height in sorted(zip(counts, heights, strict=True))]
    assert in_order == sorted(in_order)
    assert not any(counts) or max(heights) == len(limits.STEPS) - 1


def test_the_hours_of_the_chart_are_beijings() -> None:
    hours = Hours(NOW, (0, 3, *[0] * 21, 9), (0,) * 24, True)
    shown = english(replace(NOTHING, hours=hours))
    drawn = next(each for each in shown.split("```") if "handed" in each and "·" in each)
    first, marks = drawn.splitlines()
    assert first == "·▃" + "·" * 21 + "█  handed to Tencent"
    assert marks == "11 14 17 20 23 02 05 08"
    assert (
        "12 handed to Tencent in the last 24 hours (clock in UTC+8), most from 10:00: 9." in shown
    )


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
