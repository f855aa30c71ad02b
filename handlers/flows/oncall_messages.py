"""The messages of their own that people on call got about a group of alerts: kept true, and what
follows where one cannot be delivered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.rules.alert_life import GroupState
from bot.rules.escalation import StepState
from bot.settings import Settings
from handlers.flows import alert_cards
from storage import alert_groups, escalations, posts
from storage.alert_groups import Group
from storage.db import Tx
from storage.escalations import StepTaken

DIRECT = "oncall.dm"
_KEY = re.compile(r"alert:([^:]+):oncall:(\d+):(\d+):([^:]+)")


@dataclass(frozen=True, slots=True)
class _Sent:
    """One of them: of which step it is, and to whom."""

    key: str
    escalation: int
    nth: int
    user_id: str


def key_of(group_id: str, escalation: int, nth: int, user_id: str) -> str:
    """The key of the post to `user_id` that the `nth` step of an escalation is."""
    return f"{_steps(group_id)}{escalation}:{nth}:{user_id}"


def facts_for(user_id: str, group_id: str, card: Mapping[str, Any]) -> dict[str, Any]:
    """What the message to `user_id` says: the card of the group, and what is left for them."""
    return {"group": group_id, "user": user_id, "card": card}


def correct(tx: Tx, group: Group, nth: int, settings: Settings, now: datetime) -> None:
    """After the `nth` move of the group each of them says what is so by now; where it fires again,
    the latest one of each person."""
    sent = _sent(tx, group.id)
    if group.state is GroupState.FIRING:
        sent = list({each.user_id: each for each in sent}.values())
    if not sent:
        return
    card = alert_cards.facts(tx, group, settings, now)
    for each in sent:
        facts = facts_for(each.user_id, group.id, card)
        posts.correct(tx, each.key, f"{each.key}:{nth}", DIRECT, facts, now)


def undeliverable(tx: Tx, key: str, fault: str, now: datetime) -> None:
    """Slack will not have the message of that key, by the code `fault`: where its step reached
    nobody so, it has failed, and the next one follows at once."""
    found = _KEY.fullmatch(key)
    if found is None:
        return
    group_id, escalation, nth = found[1], int(found[2]), int(found[3])
    step = escalations.get_step(tx, group_id, escalation, nth)
    if step is None or any(
        (each.escalation, each.nth) == (escalation, nth) for each in _sent(tx, group_id)
    ):
        return
    escalations.note_step(tx, step, StepState.FAILED, fault, now)
    alert_groups.touch(tx, group_id, now)
    _go_on(tx, step, now)


def _go_on(tx: Tx, step: StepTaken, now: datetime) -> None:
    here = escalations.get_open(tx, step.group_id)
    latest = escalations.steps_of(tx, step.group_id)[-1]
    is_latest = (latest.escalation, latest.nth) == (step.escalation, step.nth)
    if here is not None and here.nth == step.escalation and is_latest:
        escalations.save(tx, replace(here, due_at=now))


def _sent(tx: Tx, group_id: str) -> Sequence[_Sent]:
    """Those that stand somewhere, or will, in the order in which they were stored."""
    found = (_KEY.fullmatch(key) for key in posts.standing(tx, DIRECT, _steps(group_id)))
    return [_Sent(each[0], int(each[2]), int(each[3]), each[4]) for each in found if each]


def _steps(group_id: str) -> str:
    return f"alert:{group_id}:oncall:"
