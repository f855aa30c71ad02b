"""The alert about unusual traffic in all its states, in both languages."""

from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.slack.messages import brakes, limit_forms
from bot.slack.messages.notices import KINDS
from storage.ids import to_ms
from tests.slack.made import HOSTILE, NOW, UNUSUAL

STOP = {"by": "U0MAYA", "at_ms": to_ms(NOW)}
NEW = {
    "kind": "new_numbers",
    "many": 50,
    "total": 100,
    "usual": 0.02,
    "new_countries": ["UZ", "KZ", *[f"A{letter}" for letter in "ABCDEFGHIJK"]],
    "new_prefixes": 9,
}
STATES: dict[str, dict[str, Any]] = {
    "volume": {},
    "never": {"usual": 0},
    "new": NEW,
    "refused": {"kind": "success", "many": 60, "total": 100, "usual": 0.95, "measure": "accepted"},
    "lost": {"kind": "success", "many": 60, "total": 100, "usual": 0.95, "measure": "delivered"},
    "stopped": {"stop": STOP},
    "stopped by rule": {"stop": {**STOP, "by": "rule"}},
    "ignored": {"ignored_by": "U0LIN", "ignored_until_ms": to_ms(NOW + timedelta(hours=1))},
    "over": {"ended_at_ms": to_ms(NOW), "ended_how": "usual"},
    "over and stopped": {"ended_at_ms": to_ms(NOW), "ended_how": "usual", "stop": STOP},
    "silent": {"ended_at_ms": to_ms(NOW), "ended_how": "silent"},
    "few": {"ended_at_ms": to_ms(NOW), "ended_how": "few"},
    "unseen": {"ended_at_ms": to_ms(NOW), "ended_how": "unseen"},
    "raised again": {"ended_at_ms": to_ms(NOW), "ended_how": "raised_again"},
    "unwatched": {"ended_at_ms": to_ms(NOW), "ended_how": "unwatched"},
}
OFFERED = {
    "stopped": {"brake.tighten", "brake.ignore"},
    "stopped by rule": {"brake.tighten", "brake.ignore"},
    "ignored": {"brake.stop", "brake.tighten"},
    "over": set[str](),
    "over and stopped": set[str](),
    "silent": set[str](),
    "few": set[str](),
    "unseen": set[str](),
    "raised again": set[str](),
    "unwatched": set[str](),
}


def alert(state: str, locale: Locale = Locale.EN, **more: Any) -> SlackMessage:
    return KINDS["brake.alert"]({**UNUSUAL, **STATES[state], **more}, locale)


def words(message: SlackMessage) -> str:
    return "\n".join([message.text, *(b["text"]["text"] for b in message.blocks if "text" in b)])


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("state", STATES)
def test_slack_takes_it_and_it_offers_what_can_be_done(state: str, locale: Locale) -> None:
    message = alert(state, locale)
    for block in Block.parse_all([dict(each) for each in message.blocks]):
        block.validate_json()
    offered = {
        each["action_id"]
        for block in message.blocks
        for each in block.get("elements", ())
        if "action_id" in each
    }
    assert offered == OFFERED.get(state, {brakes.STOP, brakes.TIGHTEN, brakes.IGNORE})
    assert "{" not in words(message).replace("{time}", "").replace("{date_short_pretty}", "")


def test_it_says_how_many_and_how_many_are_usual() -> None:
    assert "demo: 12,640 messages" in alert("volume").text
    assert "usually about 80" in alert("volume").text
    assert "usually none" in alert("never").text
    assert "50 of 100" in alert("new").text
    assert "accepted only 60 % of 100" in alert("refused").text
    assert "only 60 % of 100 reported" in alert("lost").text
    assert "usually 95 %" in alert("lost").text


def test_it_names_countries_as_far_as_they_are_known_and_as_there_is_room() -> None:
    assert "`CN` 12,600" in words(alert("volume"))
    assert "40" not in words(alert("volume")).partition("Goes to")[2]
    said = words(alert("new"))
    assert "New countries (13): `UZ`, `KZ`" in said
    assert "`AK`" not in said


def test_what_stands_in_it_is_no_markup() -> None:
    said = words(alert("new", app=HOSTILE, new_countries=[HOSTILE], countries=[[HOSTILE, 3]]))
    assert "<!channel>" not in said
    assert "<https" not in said


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("state", ["volume", "new", "lost"])
def test_who_asks_for_tighter_limits_need_not_type_why(state: str, locale: Locale) -> None:
    reason = brakes.reason({**UNUSUAL, **STATES[state]}, 0, locale)
    assert "{" not in reason
    assert any(digit.isdigit() for digit in reason)


@pytest.mark.parametrize("locale", Locale)
def test_who_asks_for_tighter_limits_is_told_what_the_stop_counts_already(locale: Locale) -> None:
    alone, counted = (brakes.reason(UNUSUAL, begun, locale) for begun in (0, 31_415))
    assert counted.startswith(alone)
    assert "31,415" in counted.removeprefix(alone)
    assert len(counted) <= limit_forms.REASON_MAX
