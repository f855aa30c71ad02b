"""The card of a group of alerts and the lines under it: in every state, within what Slack takes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.alert_life import GroupState, Move
from bot.rules.alerts import AlertKind
from bot.rules.matchers import Fault, parse
from bot.sandbox.workspace.blocks import Surface, check_blocks, check_view
from bot.slack.messages import alert_lists, alerts, silences
from bot.slack.messages.alert_lists import Page, Query, Row, Whole
from bot.slack.messages.notices import KINDS
from bot.slack.messages.silences import Covered, Draft, Looked, Quiet
from storage.ids import to_ms
from tests.journeys.people import buttons_of, words_of
from tests.slack.made import HOSTILE, NOW

MS = to_ms(NOW)
GROUP = "A-7K3Q"
HIT: dict[str, Any] = {
    "kind": "limit_hit",
    "severity": "warning",
    "labels": {"app": "demo", "cap": "number.hour"},
    "count": 14,
    "facts": {"cap": "number.hour", "allowed": 5, "request_id": "R-7K3Q"},
    "raised_at_ms": MS,
    "ended_at_ms": None,
}
OVER = {**HIT, "ended_at_ms": MS + 60_000}
STEP = {
    "means": "dm",
    "whom": "primary",
    "user": "U0OMAR",
    "state": "told",
    "detail": "",
    "at_ms": MS,
    "changed_at_ms": MS,
}
QUIET = {
    "id": "S-7K3Q",
    "matchers": f'app="{HOSTILE * 20}"',
    "author": "U0OMAR",
    "comment": HOSTILE * 20,
    "ends_at_ms": MS + 3_600_000,
}


def facts(**changes: Any) -> dict[str, Any]:
    """Of a card that fires, with one alert."""
    return {
        "group": GROUP,
        "state": "firing",
        "severity": "warning",
        "labels": {"alert": "limit_hit", "app": "demo"},
        "receiver": "default",
        "mention": ["U0OMAR", "S0ONCALL", "@sms-oncall"],
        "opened_at_ms": MS,
        "acked_by": "",
        "acked_at_ms": None,
        "acked_via": "",
        "moved_to": "",
        "resolved_by": "",
        "resolved_at_ms": None,
        "kinds": {"limit_hit": 1},
        "firing": 1,
        "alerts": 1,
        "goes_on": True,
        "lately": [0] * 9 + [1, 4, 9],
        "shown": [HIT],
        "silences": [],
        "steps": [STEP],
        "reactions": {"acknowledge": ["eyes"], "resolve": ["white_check_mark"]},
        **changes,
    }


MANY = {"alerts": 5_000, "firing": 4_990, "shown": [HIT] * 9 + [OVER], "kinds": {"limit_hit": 9}}
ACKED: dict[str, Any] = {
    "state": "acknowledged",
    "acked_by": "U0OMAR",
    "acked_at_ms": MS,
    "acked_via": "voice",
}
RESOLVED: dict[str, Any] = {"state": "resolved", "resolved_at_ms": MS, "shown": [OVER], "firing": 0}
STRANGE: dict[str, Any] = {
    "labels": {f"l{nth}": HOSTILE * 9 for nth in range(9)},
    "receiver": HOSTILE,
    "kinds": dict.fromkeys(AlertKind, 1),
    "mention": [HOSTILE],
}
CARDS: dict[str, dict[str, Any]] = {
    "firing": {},
    "many": MANY,
    "strange": {**MANY, **STRANGE},
    "critical": {"severity": "critical"},
    "acknowledged": ACKED,
    "acknowledged many": {**MANY, **ACKED, "acked_via": "reaction"},
    "silenced": {"state": "silenced", "silences": [QUIET] * 3},
    "explained": {"state": "silenced"},
    "cleared": RESOLVED,
    "moved": {**RESOLVED, "moved_to": "A-0000", "alerts": 0, "shown": [], "kinds": {}},
    "resolved": {**RESOLVED, "resolved_by": "U0OMAR", "firing": 1, "shown": [HIT]},
    "unknown kind": {"shown": [{**HIT, "kind": "of_tomorrow"}], "kinds": {"of_tomorrow": 1}},
    "other facts": {"shown": [{**HIT, "facts": {"allowed": None}}]},
    "no emoji": {"reactions": {"acknowledge": [], "resolve": []}},
}
ACTIVE = [alerts.ACK, alerts.SILENCE, alerts.RESOLVE]
OFFERED = {
    "acknowledged": [alerts.UNACK, alerts.SILENCE, alerts.RESOLVE],
    "acknowledged many": [alerts.UNACK, alerts.SILENCE, alerts.RESOLVE],
    "cleared": [alerts.REOPEN],
    "moved": [alerts.REOPEN],
    "resolved": [alerts.REOPEN],
}


def card(name: str, locale: Locale = Locale.EN) -> SlackMessage:
    return KINDS["alert.card"](facts(**CARDS[name]), locale)


def said(message: SlackMessage) -> str:
    return words_of({"text": message.text, "blocks": list(message.blocks)})


def check(message: SlackMessage) -> None:
    """Slack takes it, it is told whole in words, and nothing in it is alive."""
    assert check_blocks([dict(each) for each in message.blocks], Surface.MESSAGE) == []
    assert message.text
    whole = said(message)
    for alive in ("<!channel>", "<@U1>", "<https"):
        assert alive not in whole
    assert "{" not in whole.replace("{time}", "").replace("{date_short_pretty}", "")


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("name", CARDS)
def test_slack_takes_every_card_and_it_offers_what_can_be_done(name: str, locale: Locale) -> None:
    message = card(name, locale)
    check(message)
    assert GROUP in message.text
    offered = buttons_of({"blocks": list(message.blocks)})
    own = [each for each in offered if not each.startswith(alerts.EVIDENCE)]
    assert own == OFFERED.get(name, ACTIVE)
    copy = alerts.card(facts(**CARDS[name]), locale, is_copy=True)
    check(copy)
    here = buttons_of({"blocks": list(copy.blocks)})
    assert [each.removesuffix(alerts.HERE) for each in here] == offered


def test_it_says_in_words_what_its_colours_say() -> None:
    for name, state, severity in (
        ("firing", "Firing", "warning"),
        ("critical", "Firing", "critical"),
        ("acknowledged", "In hand", "warning"),
        ("silenced", "Silenced", "warning"),
        ("cleared", "Resolved", "warning"),
    ):
        assert card(name).text.startswith(f"{state} · {severity} · ")


@pytest.mark.parametrize("state", ["firing", "resolved"])
def test_news_stay_news_when_they_are_over_and_ask_nothing_of_anybody(state: str) -> None:
    verdict = {
        **HIT,
        "kind": "review_ended",
        "facts": {"what": "template", "id": "2001", "verdict": "rejected", "request_id": "R-7K3Q"},
    }
    shown = facts(
        state=state, kinds={"review_ended": 1}, shown=[verdict], resolved_at_ms=MS, resolved_by=""
    )
    message = alerts.card(shown, Locale.EN)
    check(message)
    assert message.text.startswith("News · warning · ")
    offered = buttons_of({"blocks": list(message.blocks)})
    assert [each for each in offered if not each.startswith(alerts.EVIDENCE)] == []


def test_it_tells_what_it_means_what_to_do_and_where_to_look() -> None:
    whole = said(card("firing"))
    assert "*What it means*" in whole
    assert "*What to do*" in whole
    assert "`/sms why R-7K3Q`" in whole
    assert "Why R-7K3Q" in whole
    assert "14 events in the last hour" in whole
    assert "<@U0OMAR> <!subteam^S0ONCALL> @sms-oncall" in whole


def test_alerts_that_do_not_fit_are_counted() -> None:
    whole = said(card("many"))
    assert "4,990 of 5,000 alerts go on" in whole
    assert "… and 4,990 more: `/sms alerts show A-7K3Q`" in whole
    assert "over since" in whole


def test_it_says_who_has_it_and_how_it_ended() -> None:
    assert "has it in hand since" in said(card("acknowledged"))
    assert "(by a key on the phone)" in said(card("acknowledged"))
    assert "silenced it until" in said(card("silenced"))
    assert "Another alert explains it" in said(card("explained"))
    assert "Over by itself" in said(card("cleared"))
    assert "Goes on under A-0000" in said(card("moved"))
    assert "Its facts go on" in said(card("resolved"))


@pytest.mark.parametrize(
    ("receiver", "is_named"), [("default", False), ("reviews", False), ("urgent", True)]
)
def test_a_receiver_is_named_where_app_yaml_has_it(receiver: str, *, is_named: bool) -> None:
    told = said(alerts.card(facts(receiver=receiver), Locale.EN))
    assert (f"receiver `{receiver}` in app.yaml" in told) is is_named


def test_what_another_alert_keeps_quiet_is_not_called_silenced() -> None:
    by_itself = alerts.card(facts(state="silenced"), Locale.EN)
    assert "*Explained · warning*" in said(by_itself)
    assert "Silenced" not in said(by_itself)
    assert "*Silenced · warning*" in said(card("silenced"))


@pytest.mark.parametrize("locale", Locale)
def test_what_is_over_names_the_silence_that_holds_on(locale: Locale) -> None:
    over = facts(**{**CARDS["resolved"], "silences": [QUIET]})
    message = alerts.card(over, locale)
    check(message)
    assert "/sms alerts unsilence S-7K3Q" in said(message)
    assert "S-7K3Q" not in said(alerts.card(facts(**CARDS["resolved"]), locale))


@pytest.mark.parametrize("locale", Locale)
def test_a_card_says_how_many_more_silences_there_are(locale: Locale) -> None:
    quiet = {**CARDS["silenced"], "more_silences": 4}
    message = alerts.card(facts(**quiet), locale)
    check(message)
    assert "7" in said(message).partition("/sms alerts silences`")[0].rpartition("\n")[2]
    assert "/sms alerts silences" not in said(alerts.card(facts(**CARDS["silenced"]), locale))


def test_what_only_happened_does_not_go_on_once_somebody_resolved_it() -> None:
    resolved = facts(**{**CARDS["resolved"], "goes_on": False})
    assert "Its facts go on" not in said(alerts.card(resolved, Locale.EN))


def test_the_receiver_is_named_where_app_yaml_has_one_for_it() -> None:
    assert "receiver" not in said(card("firing"))
    urgent = alerts.card(facts(receiver="urgent"), Locale.EN)
    assert "receiver `urgent` in app.yaml" in said(urgent)


def test_a_card_whose_facts_are_of_another_program_still_names_its_alert() -> None:
    for name, words in (("unknown kind", "of_tomorrow · demo"), ("other facts", "Our limits")):
        assert words in said(card(name))


def line(move: Move, **changes: Any) -> dict[str, Any]:
    return {
        **facts(),
        "move": move.value,
        "by": "U0OMAR",
        "via": "reaction",
        "note": HOSTILE * 30,
        "silence": None,
        "at_ms": MS,
        "shown": [HIT] * 5,
        "alerts": 700,
        "also_in_channel": False,
        **changes,
    }


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("move", Move)
def test_slack_takes_every_line(move: Move, locale: Locale) -> None:
    for more in ({}, {"silence": QUIET, "note": ""}, {"moved_to": "A-0000", "mention": []}):
        check(KINDS["alert.line"](line(move, **more), locale))


@pytest.mark.parametrize("locale", Locale)
def test_a_line_says_how_many_other_silences_there_are(locale: Locale) -> None:
    given = line(Move.MUTE, silence=QUIET, note="")
    assert " 3" not in alerts.told(given, locale)
    assert " 3" in alerts.told({**given, "other_silences": 3}, locale)


def test_new_alerts_are_named_and_a_reminder_can_be_answered() -> None:
    news = said(KINDS["alert.line"](line(Move.NEWS), Locale.EN))
    assert "700 more:" in news
    assert "… and 695 more" in news
    remind = KINDS["alert.line"](line(Move.REMIND), Locale.EN)
    assert buttons_of({"blocks": list(remind.blocks)}) == [
        alerts.ACK,
        alerts.RESOLVE,
        alerts.UNACK,
    ]


@pytest.mark.parametrize("locale", Locale)
def test_a_line_that_stands_in_the_channel_too_says_which_alert_it_is_about(
    locale: Locale,
) -> None:
    given = line(Move.CLEAR, note="", mention=[])
    name = alerts.group_name({"limit_hit": 1}, {"app": "demo"}, locale)
    under = alerts.line(given, locale)
    assert name not in said(under)
    shown = alerts.line({**given, "also_in_channel": True}, locale)
    check(shown)
    # Where it is text alone, its colon is that of the language.
    colon = {Locale.EN: ": ", Locale.ZH_CN: "："}[locale]
    assert shown.text == f"{GROUP} · {name}{colon}{alerts.told(given, locale)}"
    assert f"*{GROUP} · {name}*" in said(shown)
    strange = {**given, **STRANGE, "also_in_channel": True, "move": "rise", "mention": []}
    check(alerts.line(strange, locale))


def test_what_is_told_again_is_not_said_to_have_been_silenced() -> None:
    told = said(alerts.line(line(Move.UNMUTE, note=""), Locale.EN))
    assert "Nothing keeps it quiet any more" in told


def row(nth: int, state: GroupState = GroupState.FIRING) -> Row:
    return Row(
        group_id=f"A-AA{nth:02}",
        state=state,
        severity="critical",
        kinds={"limit_hit": 4_000, "arrears": 1, "drift": 1},
        labels={"app": HOSTILE * 9},
        since=NOW,
        acked_by="U0OMAR",
        resolved_by="U0OMAR" if nth % 2 else "",
        resolved_at=NOW if state is GroupState.RESOLVED else None,
    )


@pytest.mark.parametrize("locale", Locale)
def test_slack_takes_every_list(locale: Locale) -> None:
    for query in (Query(), Query('app="x"' * 400, page=1), Query("", is_resolved=True)):
        for state in GroupState:
            rows = tuple(row(nth, state) for nth in range(10))
            check(alert_lists.listing(Page(query, rows, 30, 900, 3), locale))
        check(alert_lists.listing(Page(query, (), 0, 0, 1), locale))
        check(alert_lists.listing(Page(query, (), 0, 7, 1), locale))


def test_a_list_turns_its_pages_with_what_narrows_it() -> None:
    for query in (Query(), Query('app=~"a|b"', is_resolved=True, page=3)):
        assert alert_lists.unpack(alert_lists.pack(query)) == query
    for value in ("", "{}", "[1,2,3]", '["x", true, -1]', '["x", 1, 1]', "null"):
        assert alert_lists.unpack(value) is None


@pytest.mark.parametrize("locale", Locale)
def test_all_of_one_is_shown_within_what_slack_takes(locale: Locale) -> None:
    moves = tuple(line(each) for each in Move) * 2
    shown = Whole(facts(**CARDS["strange"]), (HIT,) * 20, 1, 250, moves[:25])
    check(alert_lists.whole(shown, locale))


@pytest.mark.parametrize("locale", Locale)
def test_slack_takes_the_list_and_the_form_of_silences(locale: Locale) -> None:
    quiet = Quiet(
        "S-7K3Q", HOSTILE * 20, "U0OMAR", HOSTILE * 20, NOW, NOW + timedelta(hours=1), 12_345
    )
    later = Quiet(
        "S-0000", "app", "U0OMAR", "", NOW + timedelta(hours=1), NOW + timedelta(hours=2), 0
    )
    for held, more in (([quiet, later] * 10, 40), ([], 0)):
        for may_act in (True, False):
            check(silences.listing(held, more, NOW, locale, may_act=may_act))
    draft = Draft(GROUP, "m" * silences.MATCHERS_MAX, "4h", "c" * silences.COMMENT_MAX)
    for sure in (True, False):
        view = silences.form(
            Draft(GROUP, draft.matchers, "4h", draft.comment, is_sure=sure),
            Looked(covered=Covered(3, 9), is_sweeping=True),
            "30d",
            locale,
        )
        assert check_view(dict(view)) == []


def test_what_is_wrong_is_named_in_one_line_however_it_was_typed() -> None:
    found = parse('app="one\ntwo')
    assert isinstance(found, Fault)
    assert '`app="one two`' in silences.looked_said(Looked(fault=found), Locale.EN)


def test_a_form_comes_back_as_it_went() -> None:
    fields: Mapping[str, str] = {
        silences.MATCHERS: ' app="x" ',
        silences.LASTS: "4h",
        silences.COMMENT: "a\n b",
    }
    draft = Draft(GROUP, 'app="x"', "4h", "a b", is_sure=True)
    assert silences.carried(silences.carry(draft), fields) == draft
    for broken in ("", "{}", "[1]", '["x", 1]'):
        assert silences.carried(broken, {}).group_id == ""
