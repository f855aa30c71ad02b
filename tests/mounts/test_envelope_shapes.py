"""What Slack sends is an envelope; what is of another shape is told before anything stumbles."""

from random import Random
from typing import Any

import pytest

from bot.mounts.envelope_shapes import is_envelope
from handlers import registry
from tests.journeys.people import MAYA, SMS
from tests.mounts.envelopes import EVENT, VIEW, WHO, disturbed, every

EVERY = every(registry())
CLICK: dict[str, Any] = {"type": "block_actions", **WHO, "actions": [{"action_id": "a"}]}
FORM: dict[str, Any] = {"type": "view_submission", **WHO, "view": {**VIEW, "callback_id": "f"}}


def test_all_that_slack_sends_is_one() -> None:
    assert [each for each in EVERY if not is_envelope(each)] == []
    # What nobody takes is Bolt's business.
    assert is_envelope({"type": "url_verification", "challenge": "c"})
    assert is_envelope({"ssl_check": "1", "token": "t"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        "command",
        {"command": "/sms", "user_id": "U1"},
        {"command": "/sms", "user_id": "U1", "channel_id": ["C1"]},
        {"command": "/sms", "user_id": "U1; DROP", "channel_id": "C1"},
        {"type": ["block_actions"]},
        {**CLICK, "user": None},
        {**CLICK, "trigger_id": None},
        {**CLICK, "view": {"id": "V1", "type": "modal"}},
        {**CLICK, "user": {"id": "\ud800"}},
        {**CLICK, "actions": []},
        {**CLICK, "actions": {"0": {"action_id": "a"}}},
        {**CLICK, "actions": [{"action_id": "a", "value": {}}]},
        {**CLICK, "actions": [{"action_id": "a", "selected_option": "1"}]},
        {**CLICK, "channel": "C1"},
        {**FORM, "view": {**VIEW}},
        {**FORM, "view": {**FORM["view"], "private_metadata": 1}},
        {**FORM, "view": {**FORM["view"], "state": {"values": {"a": {"b": []}}}}},
        {"type": "event_callback", "event": {"type": "message"}},
        {"type": "event_callback", "event_id": "E", "event": None},
        {"type": "event_callback", "event_id": "E", "event": {**EVENT, "type": "x", "item": {}}},
        {"type": "message_action", **WHO, "callback_id": "c", "message": {"files": ["F1"]}},
        {"type": "block_suggestion", **WHO, "action_id": "a", "value": 1},
        {"type": "anything", "event": 1},
    ],
)
def test_what_is_of_another_shape_is_none(body: object) -> None:
    assert not is_envelope(body)


def test_whatever_becomes_of_one_it_is_one_or_none() -> None:
    dice = Random(20261123)
    answers = {is_envelope(disturbed(dice.choice(EVERY), dice)) for _ in range(2_000)}
    assert answers == {True, False}


def test_what_slack_leaves_out_or_adds_is_no_other_shape() -> None:
    """Of organisations with several workspaces, of bots, of messages only one person sees."""
    of_org = {
        "team": None,
        "enterprise": {"id": "E1", "name": "Org"},
        "is_enterprise_install": True,
    }
    assert is_envelope({**CLICK, **of_org, "channel": None, "message": None, "response_url": None})
    assert is_envelope({**FORM, **of_org, "response_urls": []})
    for event in (
        {"type": "message", "subtype": "message_changed", "channel": SMS, "message": {"user": 1}},
        {"type": "message", "subtype": "bot_message", "bot_id": "B1", "user": "", "channel": SMS},
        {"type": "channel_rename", "channel": {"id": SMS, "name": "new", "created": 1}},
        {"type": "user_change", "user": {"id": MAYA, "profile": {}}},
        {"type": "tokens_revoked", "tokens": {"bot": ["U1"]}},
        {"type": "app_home_opened", "user": MAYA, "channel": "D1", "event_ts": 1515449522.16},
    ):
        assert is_envelope({"type": "event_callback", "event_id": "Ev1", "event": event}), event
    held = {
        "b": {"type": "plain_text_input", "value": None},
        "c": {"type": "file_input", "files": [{"name": None}]},
        "d": {"type": "static_select", "selected_option": None},
        "e": {"type": "users_select", "selected_user": None},
        "f": {"type": "users_select", "selected_user": MAYA},
    }
    assert is_envelope({**FORM, "view": {**FORM["view"], "state": {"values": {"a": held}}}})
    nobody = {"a": {"type": "users_select", "selected_user": {"id": MAYA}}}
    assert not is_envelope({**FORM, "view": {**FORM["view"], "state": {"values": {"a": nobody}}}})
    chosen = {"type": "multi_users_select", "action_id": "a", "selected_users": ["U1"]}
    assert is_envelope({**CLICK, "actions": [chosen]})
