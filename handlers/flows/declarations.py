"""The console copy: who declares what Tencent's console holds, who looks too, and what is left to
type there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.rules.alerts import AlertKind, traffic
from bot.rules.audit import What
from bot.rules.drift import differences, is_over
from bot.rules.numbers import mask
from bot.rules.policies import Policy
from bot.settings import App, Settings
from bot.slack.messages.declarations import ConsoleView, DriftView
from bot.tencent.console import app_page
from handlers.flows import alerts, audit, limit_changes, limits
from storage import cards, declarations, messages, posts
from storage import limits as stored
from storage.db import Tx
from storage.declarations import Declaration, Drift
from storage.ids import to_ms
from storage.limits import LimitChange

#: Changes whose cards people still look at.
CHANGES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class DeclareAsk:
    """What somebody saw in the console, all of it; None: no such rule.

    `request_id` is the change it follows.
    """

    app: App
    caps: Mapping[str, int | None]
    evidence: str
    by: str
    channel: str
    request_id: str = ""


class ConfirmReason(StrEnum):
    """Why somebody's word does not count as the second one; the value names its sentence."""

    GONE = "gone"
    OWN = "own"
    ALREADY = "already"
    ANEW = "anew"


@dataclass(frozen=True, slots=True)
class ConfirmRefusal:
    """`other` is who declared or confirmed instead."""

    reason: ConfirmReason
    other: str = ""


def declare(tx: Tx, ask: DeclareAsk, settings: Settings, now: datetime) -> Declaration:
    """Keeps it as the copy, and shows it where somebody else can look too."""
    last = declarations.latest(tx, ask.app.name)
    kept = declarations.add(
        tx,
        ask.app.name,
        ask.caps,
        evidence=ask.evidence,
        by=ask.by,
        request_id=ask.request_id,
        now=now,
    )
    audit.enter(
        tx,
        What.LIMITS_DECLARED,
        ask.by,
        now,
        subject=ask.app.name,
        app=ask.app.name,
        caps=dict(ask.caps),
        other=ask.request_id,
    )
    # Nobody else reads a direct message.
    is_direct = ask.channel.startswith("D")
    channel = settings.alerts_channel(ask.app, ask.channel) if is_direct else ask.channel
    facts = facts_of(tx, kept, ask.app, settings, now)
    posts.add(tx, card_key(kept), "limits.declared", facts, channel=channel, now=now)
    if last is not None:
        _replace(tx, last, kept, ask.app, settings, now)
    # The cards of the latest changes say what is left to type.
    for change in stored.history(tx, ask.app.name, CHANGES_SHOWN):
        cards.touch(tx, change.request_id, now)
    return kept


def declare_typed(tx: Tx, ask: DeclareAsk, settings: Settings, now: datetime) -> Declaration | None:
    """The same of one typed line. None, and nothing is kept, where more was declared before: nobody
    signs what somebody else saw, nor takes it away, without having been shown it."""
    last = declarations.latest(tx, ask.app.name)
    if last is not None and last.caps.keys() - ask.caps.keys():
        return None
    return declare(tx, ask, settings, now)


def confirm(
    tx: Tx, app: App, nth: int, by: str, channel: str, settings: Settings, now: datetime
) -> Declaration | ConfirmRefusal:
    """A second person has looked too, and saw the same."""
    found = declarations.get(tx, app.name, nth)
    if found is None:
        return ConfirmRefusal(ConfirmReason.GONE)
    if found.declared_by == by:
        return ConfirmRefusal(ConfirmReason.OWN)
    if found.confirmed_by:
        return ConfirmRefusal(ConfirmReason.ALREADY, found.confirmed_by)
    kept = declarations.confirm(tx, app.name, nth, by, now)
    if kept is None:
        latest = declarations.latest(tx, app.name)
        return ConfirmRefusal(ConfirmReason.ANEW, latest.declared_by if latest else "")
    audit.enter(
        tx, What.LIMITS_CONFIRMED, by, now, subject=app.name, app=app.name, caps=dict(kept.caps)
    )
    facts = facts_of(tx, kept, app, settings, now)
    card = card_key(kept)
    posts.correct(tx, card, f"{card}:second", "limits.declared", facts, now)
    posts.add(tx, f"{card}:confirmed", "limits.confirmed", facts, channel=channel, now=now)
    return kept


def console_of(tx: Tx, app: App, settings: Settings, now: datetime) -> ConsoleView:
    """All that is known of an app's page in the console, against the policy that holds now."""
    found = declarations.latest(tx, app.name)
    caps: Mapping[str, int | None] = found.caps if found else {}
    drifts = declarations.drifts(tx, app.name)
    return ConsoleView(
        **_page(app, settings),
        nth=found.nth if found else 0,
        caps=caps,
        evidence=found.evidence if found else "",
        declared_by=found.declared_by if found else "",
        declared_at=found.declared_at if found else None,
        confirmed_by=found.confirmed_by if found else "",
        confirmed_at=found.confirmed_at if found else None,
        differences=differences(limits.policy_of(tx, app, now), caps),
        drifts=tuple(
            DriftView(
                each.cap_key,
                each.direction,
                each.at,
                each.code,
                each.declared,
                each.counted,
                each.is_proof,
            )
            for each in drifts
        ),
        ends_at=None,
    )


def step_of(tx: Tx, app: App, settings: Settings, now: datetime) -> ConsoleView | None:
    """What is left to type in the console for the changes `to_type`; None where the copy agrees
    with them, and where the account may type nothing there."""
    if settings.content.is_individual:
        return None
    view, typed = console_of(tx, app, settings, now), to_type(tx, app, now)
    left = differences(_policy_to_type(tx, app, now), view.caps)
    ends = [each.ends_at for each in typed if each.ends_at is not None]
    return replace(view, differences=left, ends_at=min(ends, default=None)) if left else None


def to_type(tx: Tx, app: App, now: datetime) -> list[LimitChange]:
    """The changes in effect that are worth typing in the console, as they began: not those that are
    stricter for a while alone, which hold here all the same and would have to be typed back."""
    changes = stored.history(tx, app.name, limit_changes.OTHERS_MAX)
    found = [
        each
        for each in changes
        if limit_changes.has_begun(each, now)
        and each.holds_at(now)
        and _is_worth(tx, each, app, now)
    ]
    return stored.in_order(found)


def _policy_to_type(tx: Tx, app: App, now: datetime) -> Policy:
    known, changes = stored.standing(tx, app.name)
    worth = [each for each in changes if _is_worth(tx, each, app, now)]
    return limits.composed(app.limits.policy if known is None else known, worth, now)


def _is_worth(tx: Tx, change: LimitChange, app: App, now: datetime) -> bool:
    if change.ends_at is None:
        return True
    beneath = limits.permanent_policy_of(tx, app, now).as_mapping()
    before = {key: beneath.get(key) for key in change.caps}
    return limit_changes.loosens(before, change.caps)


def facts_of(
    tx: Tx, found: Declaration, app: App, settings: Settings, now: datetime
) -> dict[str, object]:
    """What the card of a declaration shows."""
    policy = limits.policy_of(tx, app, now)
    return {
        **_page(app, settings),
        "nth": found.nth,
        "caps": dict(found.caps),
        "evidence": found.evidence,
        "by": found.declared_by,
        "request_id": found.request_id,
        "confirmed_by": found.confirmed_by,
        "differences": [asdict(each) for each in differences(policy, found.caps)],
    }


def drift_facts(
    tx: Tx, drift: Drift, found: Declaration, app: App, settings: Settings
) -> dict[str, object]:
    """What the alert about an answer of Tencent's shows; the number is masked."""
    message = messages.get(tx, drift.message_id)
    return {
        **_page(app, settings),
        "key": drift.cap_key,
        "direction": drift.direction.value,
        "declared": drift.declared,
        "is_declared": drift.cap_key in found.caps,
        "counted": drift.counted,
        "is_proof": drift.is_proof,
        "exclusive": app.exclusive,
        "code": drift.code,
        "number": "" if message is None else mask(message.number),
        "request_id": "" if message is None else message.request_id,
        "at_ms": to_ms(drift.at),
        "by": found.declared_by,
        "declared_ms": to_ms(found.declared_at),
        "confirmed_by": found.confirmed_by,
    }


def card_key(found: Declaration) -> str:
    """Under which its card is posted, once."""
    return f"limits.declared:{found.app}:{found.nth}"


def tell_drifts(tx: Tx, app: App, settings: Settings, now: datetime) -> None:
    """Has the alerts say what speaks against what is declared of an app: exactly what is open."""
    signals = []
    for each in declarations.drifts(tx, app.name):
        found = declarations.get(tx, each.app, each.nth)
        if found is not None:
            facts = drift_facts(tx, each, found, app, settings)
            signals.append(traffic.drift(app.name, each.cap_key, each.direction, facts))
    alerts.observe(tx, {AlertKind.DRIFT}, signals, settings, now, app=app.name)


def _replace(
    tx: Tx, last: Declaration, kept: Declaration, app: App, settings: Settings, now: datetime
) -> None:
    """The card of the last declaration says that there is a newer one, and the alerts about what
    it says anew are over."""
    anew = {"anew_by": kept.declared_by, "anew_ms": to_ms(kept.declared_at)}
    card = card_key(last)
    facts = {**facts_of(tx, last, app, settings, now), **anew}
    posts.correct(tx, card, f"{card}:anew", "limits.declared", facts, now)
    for drift in declarations.drifts(tx, last.app):
        found = declarations.get(tx, drift.app, drift.nth)
        if found is not None and is_over(drift.cap_key, found.caps, kept.caps):
            declarations.end_drift(tx, drift, kept.nth)
    tell_drifts(tx, app, settings, now)


def _page(app: App, settings: Settings) -> dict[str, str]:
    return {
        "app": app.name,
        "sdk_app_id": app.sdk_app_id,
        "url": app_page(app.sdk_app_id, settings.tencent.endpoint),
    }
