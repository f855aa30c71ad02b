"""What is said of Tencent's console: believed, masked, inert, in both languages, and never more
than an answer proves."""

from dataclasses import asdict
from typing import Any

import pytest

from bot.locales import Locale, text
from bot.rules.drift import ANY, Difference, Direction
from bot.slack.messages import declarations as messages
from bot.slack.messages.declarations import Carried, ConsoleView, DriftView
from tests.slack.made import CONSOLE_URL, DRIFT, NOW, NOW_MS

DIFFERENCES = (
    Difference("number.day", 2, True, 5, is_needed=True),
    Difference("number.hour", None, True, 3, is_needed=False),
    Difference("same.30s", None, False, 1, is_needed=True),
)
LETTERS = "ABCDEFGHIJKLMNOP"
DRIFTS = (
    DriftView("number.day", Direction.STRICTER, NOW, "X", 2, 1, True),
    DriftView("mainland.stop", Direction.STRICTER, NOW, "X", None, 7, True),
    DriftView(ANY, Direction.STRICTER, NOW, "X", None, 7, True),
)


def view(**changes: Any) -> ConsoleView:
    fields: dict[str, Any] = {
        "app": "demo",
        "sdk_app_id": "1400006666",
        "url": CONSOLE_URL,
        "nth": 3,
        "caps": {"number.day": 2, "number.hour": None},
        "evidence": "seen",
        "declared_by": "U0MAYA",
        "declared_at": NOW,
        "confirmed_by": "U0BO",
        "confirmed_at": NOW,
        "differences": DIFFERENCES,
        "drifts": DRIFTS,
    }
    return ConsoleView(**(fields | changes))


def drift(**changes: Any) -> dict[str, Any]:
    return {**DRIFT, **changes}


@pytest.mark.parametrize("locale", Locale)
def test_evidence_is_no_markup_and_numbers_in_it_are_masked(locale: Locale) -> None:
    facts = {
        "app": "demo",
        "sdk_app_id": "1400006666",
        "url": CONSOLE_URL,
        "nth": 1,
        "caps": {f"{country}.stop": 5 for country in ("SG", "US", "JP", "KR", "FR", "DE")}
        | {f"{country}.stop": 5 for country in ("IT", "ES", "PT", "NL", "BE", "CH", "AT", "SE")}
        | {"number.day": 2, "mainland.stop": 9},
        "evidence": "<!channel> *told* by 13800001234",
        "by": "U0MAYA",
        "request_id": "R-7K3Q",
        "confirmed_by": "",
        "differences": [asdict(each) for each in DIFFERENCES],
    }
    said = str(messages.declared(facts, locale))
    assert messages.CONFIRM in said
    assert text(locale, "limit_declare.more", count=1) in said
    for hidden in ("<!channel>", "*told*", "13800001234"):
        assert hidden not in said


@pytest.mark.parametrize("locale", Locale)
def test_the_copy_is_shown_with_who_vouches_and_what_speaks_against_it(locale: Locale) -> None:
    said = str(messages.shown(view(), locale, may_declare=True))
    for part in ("<@U0MAYA>", "<@U0BO>", CONSOLE_URL, messages.DECLARE, ":warning:"):
        assert part in said
    assert messages.DECLARE not in str(messages.shown(view(), locale, may_declare=False))
    nothing = view(nth=0, caps={}, declared_at=None, drifts=())
    assert CONSOLE_URL in str(messages.shown(nothing, locale, may_declare=True))
    unconfirmed = str(messages.shown(view(confirmed_by=""), locale, may_declare=False))
    assert "<@U0BO>" not in unconfirmed


def test_a_limit_that_nobody_declared_is_not_called_declared() -> None:
    said = str(messages.shown(view(), Locale.EN, may_declare=False))
    assert "not declared, yet refused after 7" in said
    assert "declared 2, yet refused after 1" in said


def test_what_names_no_limit_is_counted_by_the_day() -> None:
    said = str(messages.shown(view(), Locale.EN, may_declare=False))
    assert "A limit it does not name: refused after 7 in that day" in said
    alert = str(messages.drifted(drift(key=ANY, declared=None, is_declared=False), Locale.EN))
    assert "it had 2 to that number before it on that day" in alert
    assert "in this limit" not in alert


def test_what_a_later_declaration_left_out_was_declared_all_the_same() -> None:
    left_out = view(caps={"number.hour": None}, drifts=DRIFTS[:1])
    said = str(messages.shown(left_out, Locale.EN, may_declare=False))
    assert "declared 2, yet refused after 1" in said
    assert "not declared" not in said.partition("Our policy differs")[0]


def test_a_difference_is_one_of_what_is_declared() -> None:
    said = str(messages.shown(view(), Locale.EN, may_declare=False))
    assert "To one number in a day: declared 2, policy 5" in said
    assert "Same text to one number in 30 seconds: not declared, policy 1" in said


@pytest.mark.parametrize("locale", Locale)
def test_the_form_says_whose_figures_it_begins_with(locale: Locale) -> None:
    assert "<@U0MAYA>" in str(messages.declare_form("", view(), {}, locale))
    nothing = view(nth=0, caps={}, declared_at=None, drifts=())
    assert "<@U0MAYA>" not in str(messages.declare_form("", nothing, {}, locale))


@pytest.mark.parametrize("locale", Locale)
def test_the_step_says_what_to_type_and_where_and_which_of_it_matters(locale: Locale) -> None:
    _, needed, optional, how, buttons = messages.step(view(), locale, "R-7K3Q")
    said = needed["text"]["text"]
    assert said.index("*5*") < said.index("*1*")
    assert "*3*" in optional["text"]["text"]
    assert CONSOLE_URL in how["text"]["text"]
    carried = messages.uncarry(buttons["elements"][0]["value"])
    assert carried == Carried(request_id="R-7K3Q", is_step=True, app="demo")
    assert messages.step(view(differences=()), locale) == ()


@pytest.mark.parametrize(
    ("locale", "back"),
    [(Locale.EN, "type the old values back then."), (Locale.ZH_CN, "改回原值。")],
)
def test_what_is_typed_for_a_while_is_to_be_typed_back(locale: Locale, back: str) -> None:
    *_, how, _ = messages.step(view(ends_at=NOW), locale)
    assert how["text"]["text"].endswith(back)
    *_, for_good, _ = messages.step(view(), locale)
    assert back not in for_good["text"]["text"]


def test_who_declared_it_stands_before_the_time() -> None:
    (first, *_) = messages.shown(view(), Locale.EN, may_declare=False)
    assert "Declared by <@U0MAYA> · <!date^" in first["text"]["text"]


@pytest.mark.parametrize(
    ("changes", "says", "is_silent_on"),
    [
        ({}, "it lets through 2 at the most", "Nothing yet"),
        ({"exclusive": False, "is_proof": False}, "Nothing yet. Others may send", "at the most"),
        (
            {"declared": None, "is_declared": False},
            "There is such a limit, and it lets through 2 at the most",
            "Nothing yet",
        ),
        (
            {"declared": None, "is_declared": False, "exclusive": False},
            "How much it lets through, this does not show",
            "at the most",
        ),
        ({"key": ANY, "declared": None, "is_declared": False}, "one of its limits", "at the most"),
        (
            {
                "key": ANY,
                "declared": None,
                "is_declared": False,
                "exclusive": False,
                "is_proof": False,
            },
            "Nothing yet",
            "at the most",
        ),
        (
            {"key": "mainland.stop", "declared": 9, "is_proof": False},
            "billed segments",
            "at the most",
        ),
        (
            {"key": "SG.stop", "declared": None, "is_declared": False, "exclusive": False},
            "Others may send with this app too.",
            "at the most",
        ),
        ({"key": "same.30s", "is_proof": False}, "either fewer go through", "at the most"),
        (
            {"key": "same.30s", "declared": None, "is_declared": False},
            "How many it lets through, and for how long",
            "at the most",
        ),
        ({"key": "SG.stop", "direction": "looser"}, "how soon Tencent stops", "at the most"),
        ({"direction": "looser"}, "The declared limit did not hold", "at the most"),
    ],
)
def test_an_alert_says_what_it_proves_and_no_more(
    changes: dict[str, Any], says: str, is_silent_on: str
) -> None:
    message = messages.drifted(drift(**changes), Locale.EN)
    said = str(message)
    assert says in said
    assert is_silent_on not in said
    assert "changed at Tencent" not in said
    assert str(messages.drifted(drift(**changes), Locale.ZH_CN)) != said


@pytest.mark.parametrize("locale", Locale)
def test_an_alert_that_is_over_asks_for_nothing(locale: Locale) -> None:
    said = str(messages.drifted(drift(anew_by="U0BO", anew_ms=NOW_MS), locale))
    assert "<@U0BO>" in said
    assert messages.DECLARE not in said


@pytest.mark.parametrize(
    "carried", [Carried("C0SMS", "R-7K3Q", True, "demo"), Carried(app="a:b"), Carried()]
)
def test_what_a_button_carries_comes_back_whatever_it_is(carried: Carried) -> None:
    assert messages.uncarry(messages.carry(carried)) == carried
    assert messages.uncarry("anything") == Carried(channel="anything")


def test_the_form_holds_as_many_totals_as_its_field_takes() -> None:
    caps = {f"{one}{other}.stop": 10**9 for one in LETTERS for other in LETTERS}
    form = messages.declare_form("", view(), caps, Locale.EN)
    (field,) = [
        block["element"]
        for block in form["blocks"]
        if block.get("element", {}).get("action_id") == messages.TOTALS
    ]
    assert len(field["initial_value"]) <= field["max_length"]
    assert field["initial_value"].endswith("=1000000000")
