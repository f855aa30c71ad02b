"""Reaching whoever is on call about a group of alerts: one step after another, until somebody acts.

`begin`, `end`, `mentions` and `steps` are for the alerts; `handlers/flows/reaching.py` takes the
steps.
"""

from datetime import datetime
from typing import Any

from bot.rules.escalation import Chain
from bot.rules.routes import Receiver
from bot.settings import Settings
from handlers.flows import rotas
from storage import escalations
from storage.alert_groups import Group
from storage.db import Tx
from storage.escalations import StepTaken
from storage.ids import to_ms


def begin(tx: Tx, group: Group, receiver: Receiver, settings: Settings, now: datetime) -> None:
    """Looks for somebody from the first step on; nobody is looked for where `receiver` names no
    chain."""
    escalations.end(tx, group.id, now)
    if settings.oncall.chain(receiver.chain) is not None:
        escalations.begin(tx, group.id, receiver.chain, now)


def go_on(
    tx: Tx, group: Group, receiver: Receiver, settings: Settings, since: datetime, now: datetime
) -> None:
    """Looks for somebody from where it stopped, if it did so at `since` or later; else from the
    first step on."""
    known = settings.oncall.chain(receiver.chain)
    if known is None or not escalations.go_on(tx, group.id, receiver.chain, since):
        begin(tx, group, receiver, settings, now)


def end(tx: Tx, group_id: str, now: datetime) -> None:
    """No step follows: somebody acts, or nobody need to."""
    escalations.end(tx, group_id, now)


def mentions(tx: Tx, receiver: Receiver, settings: Settings, now: datetime) -> tuple[str, ...]:
    """Whom a card or a line speaks to: the receiver's own, and who is on call for it now. User ids,
    group ids, or handles where Slack has not told their id yet."""
    known = rotas.look(tx, settings, now)
    chain = settings.oncall.chain(receiver.chain)
    found = [receiver.mention, "" if chain is None else known.spoken_to(first_whom(chain))]
    return tuple(dict.fromkeys(known.group_id(each) for each in found if each))


def first_whom(chain: Chain) -> str:
    """Whom a chain turns to first."""
    return chain.steps[0].whom


def steps(tx: Tx, group_id: str) -> list[dict[str, Any]]:
    """What was done to reach somebody, oldest first, for the card
    (`bot.slack.messages.escalations.line`)."""
    return [_facts(each) for each in escalations.steps_of(tx, group_id)]


def _facts(step: StepTaken) -> dict[str, Any]:
    return {
        "means": step.means.value,
        "whom": step.whom,
        "user": step.user_id,
        "state": step.state.value,
        "detail": step.detail,
        "at_ms": to_ms(step.at),
        "changed_at_ms": to_ms(step.changed_at),
    }
