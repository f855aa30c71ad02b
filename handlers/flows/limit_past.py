"""What limits held for one number at a time gone by, worked out from what is kept."""

from dataclasses import replace
from datetime import datetime

from bot.rules import limits as rules
from bot.rules.limits import HISTORY, Use, Wanted
from bot.rules.policies import Policy
from handlers.flows.limits import composed
from storage import limit_exemptions, messages
from storage import limits as stored
from storage.db import Tx
from storage.limits import LimitChange
from storage.vault import SealedNumber

#: Changes looked through, the latest first.
LOOKED_THROUGH = 500


def uses_at(
    tx: Tx, app: str, number: SealedNumber, wanted: Wanted, at: datetime
) -> tuple[Use, ...]:
    """How much of each limit of one number was used before a message of `at`; the totals of its
    app on that day are not kept for each moment."""
    policy = policy_at(tx, app, at)
    known = messages.histories(tx, [number], app=app, since=at - HISTORY).get(number, [])
    before = [sent for sent in known if sent.at < at]
    return rules.judge(policy, wanted, before, None, at).uses


def was_exempt(tx: Tx, app: str, number: str, at: datetime, now: datetime) -> bool:
    """Whether the exemption that holds now held then; one that was taken away left no trace."""
    found = limit_exemptions.get(tx, app, number, now)
    return found is not None and found.added_at <= at


def policy_at(tx: Tx, app: str, at: datetime) -> Policy:
    """What held for an app at `at`: what it began with, and every change that held by then."""
    known = stored.policy_row(tx, app)
    if known is None:
        return Policy()
    changes = [_as_of(each, at) for each in stored.history(tx, app, LOOKED_THROUGH)]
    return composed(known.seeded, changes, at)


def _as_of(change: LimitChange, at: datetime) -> LimitChange:
    """What was taken back later was not taken back yet."""
    is_later = change.undone_at is not None and change.undone_at > at
    return replace(change, undone_at=None) if is_later else change
