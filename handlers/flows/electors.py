"""Whose word a request takes: of those named when it was asked for, and by app.yaml now.

Numbers, buttons and expiry stay as they were; who may speak does not. Whoever was taken out of
app.yaml has no say any more, and whoever was put in has one in what is asked for from then on.
"""

from bot.rules.approvals import Electors, Rule
from bot.rules.requests import RequestKind
from bot.rules.roles import holder
from bot.settings import Settings
from handlers.flows.preflights import preflight_of
from storage import approvals, jobs
from storage.db import Tx
from storage.requests import Request


def of(tx: Tx, request: Request, settings: Settings) -> Electors:
    """The entries of both; none of either for what is under no policy."""
    approval = approvals.get(tx, request.id)
    if approval is None:
        return Electors((), ())
    return Electors(approval.approvers, _rule_today(tx, request, settings).approvers)


def may_concern(electors: Electors, entries: frozenset[str], settings: Settings) -> bool:
    """Whether somebody whom `entries` name may have a say. Of a group app.yaml names no more nobody
    is known to be in it before Slack was asked, and so it may be anybody."""
    known = settings.grants.everybody() | settings.approvals.groups()
    was_named = not entries.isdisjoint(electors.frozen) or any(
        holder(each).who not in known for each in electors.frozen
    )
    return was_named and not entries.isdisjoint(electors.today)


def _rule_today(tx: Tx, request: Request, settings: Settings) -> Rule:
    """The policy it would be under if it were asked for now."""
    job, found = jobs.get(tx, request.id), preflight_of(request)
    if job is not None and found is not None:
        return settings.send_rule(job.class_, found.listed, request.app)
    if request.kind is RequestKind.LIMITS_CHANGE:
        loosens = bool(request.payload.get("loosens"))
        return settings.limits_rule(request.app, loosens=loosens)
    return settings.approval_rule(request.kind, request.app)
