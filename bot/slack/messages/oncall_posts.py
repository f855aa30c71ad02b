"""What people on call are told: a mention under the card of the alert, the card in a message of
their own, and what came of a call to try a number."""

from collections.abc import Mapping
from typing import Any

from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.rules.alert_life import GroupState
from bot.rules.escalation import Means, StepState
from bot.rules.trials import SILENT, Unmade
from bot.slack import blocks
from bot.slack.blocks import code, esc
from bot.slack.messages import alerts
from bot.slack.messages.escalations import MARKS, person, reason_of
from bot.slack.messages.faults import note

Facts = Mapping[str, Any]
#: Somebody is wanted.
CALLING = frozenset({GroupState.PENDING, GroupState.FIRING})


def mention(facts: Facts, locale: Locale) -> SlackMessage:
    """Under the card: whose turn it is to act, or that nobody did."""
    who = " ".join(alerts.mention(each) for each in facts["mention"])
    key = "oncall.over_line" if facts["is_over"] else "oncall.mention"
    said = text(locale, key, who=who or text(locale, "oncall.everybody"), group=facts["group"])
    mark = ":warning:" if facts["is_over"] else ":speech_balloon:"
    return note(f"{mark} {said}")


def direct(facts: Facts, locale: Locale) -> SlackMessage:
    """The card as it is by now, and whether there is anything left to do about it."""
    card = alerts.card(facts["card"], locale, is_copy=True)
    state, owner = alerts.state_of(facts["card"]), facts["card"]["acked_by"]
    # One that an earlier program stored does not say whose it is.
    is_own = state is GroupState.ACKNOWLEDGED and facts.get("user") == owner
    said = text(
        locale,
        "oncall.dm.own" if is_own else f"oncall.dm.{state.name.lower()}",
        group=facts["group"],
        person=f"<@{owner}>",
    )
    mark = ":envelope:" if state in CALLING else alerts.STATE_MARKS[state]
    return SlackMessage(card.text, (blocks.section(f"{mark} {said}"), *card.blocks))


def trial(facts: Facts, locale: Locale) -> SlackMessage:
    """What came of a call that was to try a number, for whoever asked for it."""
    state, detail = facts["state"], facts["detail"]
    is_step = state not in {SILENT, *Unmade}
    said = text(
        locale,
        f"oncall.trial.{state}",
        who=person(facts["user"]),
        number=esc(facts["number"]),
        code=code(detail),
        why=reason_of(StepState(state), detail, locale) if is_step else "",
    )
    return note(f"{MARKS[Means.VOICE]} {said}")


NOTICES = {"oncall.mention": mention, "oncall.dm": direct, "oncall.trial": trial}
