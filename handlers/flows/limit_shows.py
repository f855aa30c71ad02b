"""Everything there is to know of an app's frequency limits, loaded in one look.

What is read is bounded, however long the app has been in use: `storage.limit_near` looks at the
latest rows alone.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from bot.rules import limits as rules
from bot.rules.classes import TemplateClass
from bot.rules.figures import HOUR_S
from bot.rules.limit_accounts import may_not
from bot.rules.limits import HISTORY, Sent, Use, Wanted
from bot.rules.policies import (
    INTERNATIONAL,
    MAINLAND,
    NUMBER,
    PROFILES,
    Policy,
    policy_of,
    read_key,
)
from bot.rules.provenance import Agreed, trace
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import Apps
from bot.rules.subjects import LimitExempt, LimitsChange, subject_of
from bot.settings import App, Settings
from bot.slack.messages.limits import (
    Exempt,
    Fate,
    Hours,
    LimitsView,
    Listed,
    Near,
    Pace,
    Past,
    Pending,
    Total,
)
from handlers.flows import declarations, limits
from handlers.flows.limit_changes import had_begun, has_begun, has_ended, was_unasked
from storage import (
    approvals,
    limit_counts,
    limit_exemptions,
    limit_near,
    messages,
    posts,
    requests,
    traffic,
)
from storage import limits as stored
from storage.db import Tx
from storage.limit_exemptions import Exemption
from storage.limits import LimitChange
from storage.requests import Request
from storage.vault import SealedNumber

Row = TypeVar("Row")
HOURS = 24
HOUR = timedelta(hours=1)
#: Numbers whose counts are worked out, and rows of each part that are loaded.
CANDIDATES, ROWS = 30, 10
#: Changes looked through for where a cap comes from, the latest first.
TRACED = 500
#: From so much of a cap on, a number is near it.
NEAR_PERCENT = 80
#: What is over within a minute or so keeps nobody waiting.
PASSING = "30s"
_WINDOW_OF = {rules.Rule.PER_HOUR: "hour", rules.Rule.CLASS_HOUR: "hour"}


def load(tx: Tx, app: App, shown: Apps, settings: Settings, now: datetime) -> LimitsView:
    """The whole, as it stands at `now`, for who may look at the apps of `shown`."""
    policy = limits.policy_of(tx, app, now)
    for_good = limits.permanent_policy_of(tx, app, now)
    known = stored.policy_row(tx, app.name)
    changes = stored.history(tx, app.name, TRACED)
    profile = app.limits.profile.value
    return LimitsView(
        app=app.name,
        others=tuple(each.name for each in settings.apps if each != app and each.name in shown),
        profile=profile,
        caps=trace(
            policy,
            for_good,
            known.seeded if known else app.limits.policy,
            PROFILES[profile].policy,
            _agreed(changes, now),
        ),
        differs=differences(app.limits.policy, for_good),
        totals=_totals(tx, app, policy, now),
        hours=_hours(tx, app, now),
        near=_near(tx, app, policy, now),
        exempt=_exempt(tx, app, now),
        pending=_pending(tx, app, changes, now),
        console=declarations.console_of(tx, app, settings, now),
        history=_listed([_past(tx, each, now) for each in changes[:ROWS]], len(changes)),
        may_not=may_not(is_individual=settings.content.is_individual is True),
    )


def differences(given: Policy, held: Policy) -> dict[str, tuple[int | None, int | None]]:
    """What app.yaml says by now and what holds for good, by key, where they are not the same."""
    mine, theirs = given.as_mapping(), held.as_mapping()
    return {key: (mine.get(key), theirs.get(key)) for key in given.changes_to(held)}


def exempt_of(exemption: Exemption) -> Exempt:
    """An exemption as it is shown."""
    return Exempt(
        exemption.number,
        exemption.ends_at,
        exemption.reason,
        exemption.added_by,
        exemption.request_id,
    )


def _agreed(changes: Iterable[LimitChange], now: datetime) -> list[Agreed]:
    """Those that hold whole, what counts most first: temporary ones lie above the others, later
    ones above earlier ones."""
    hold = [each for each in changes if each.holds_at(now) and not each.is_unasked]
    hold.sort(key=lambda each: (each.ends_at is not None, each.starts_at, each.nth), reverse=True)
    return [Agreed(each.request_id, each.caps, each.ends_at) for each in hold]


def _totals(tx: Tx, app: App, policy: Policy, now: datetime) -> tuple[Total, ...]:
    """Both sides, and every country with a figure of its own; what is fullest first of those."""
    begun = limit_counts.totals(tx, app.name, rules.day_of(now))
    countries = {
        key.scope
        for key in policy.keys()  # noqa: SIM118 - a policy is no mapping
        if key.is_total and key.scope not in {MAINLAND, INTERNATIONAL}
    }
    found = [_total(scope, policy, rules.total_of(scope, begun)) for scope in sorted(countries)]
    found.sort(key=_fullness, reverse=True)
    sides = (MAINLAND, INTERNATIONAL) if app.international else (MAINLAND,)
    return (*(_total(side, policy, rules.total_of(side, begun)) for side in sides), *found)


def _total(scope: str, policy: Policy, begun: int) -> Total:
    caps = policy.total(scope)
    return Total(scope, begun, caps.warn, caps.stop)


def _fullness(total: Total) -> float:
    cap = total.stop if total.stop is not None else total.warn
    return total.begun / cap if cap else float(total.begun)


def _hours(tx: Tx, app: App, now: datetime) -> Hours:
    """The clock hour of `now` and those before it."""
    last_s = traffic.hour_of(now)
    first_s = last_s - (HOURS - 1) * HOUR_S
    first = now.replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * HOUR
    begun = traffic.by_hour(tx, app.name, first_s, last_s + HOUR_S)
    refused = limit_near.refused_by_hour(tx, app.name, first)
    starts = range(first_s, last_s + 1, HOUR_S)
    return Hours(
        first=first,
        begun=tuple(begun[at].begun if at in begun else 0 for at in starts),
        kept_back=tuple(refused.by_hour.get(at // HOUR_S, 0) for at in starts),
        kept_back_is_all=refused.is_all,
    )


def _near(tx: Tx, app: App, policy: Policy, now: datetime) -> Listed[Near]:
    """The tightest first; nobody that is exempt."""
    today = rules.end_of_day(now) - timedelta(days=1)
    sealed = limit_near.candidates(tx, app.name, min(today, now - HOUR), CANDIDATES)
    exempt = limit_exemptions.among(tx, app.name, sealed, now)
    known = messages.histories(tx, sealed, app=app.name, since=now - HISTORY, now=now)
    found = []
    for number, history in known.items():
        tightest = None if number in exempt else _tightest(policy, history, now)
        if tightest is not None:
            found.append((number, *tightest))
    found.sort(key=lambda each: (-each[2].used / each[2].allowed, -each[2].used, each[0]))
    day = limits.Day(tx, app, now)
    rows = [
        Near(
            tx.vault.open_number(number),
            key,
            use.used,
            use.allowed,
            _next_at(day, number, key, known[number]) if use.is_hit else None,
        )
        for number, key, use in found[:ROWS]
    ]
    return _listed(rows, len(found))


def _next_at(
    today: limits.Day, number: SealedNumber, key: str, history: list[Sent]
) -> datetime | None:
    """When the next message may go, as a send would be told: a change may begin or end before."""
    scope = key.partition(".")[0]
    class_ = history[-1].class_ if scope == NUMBER else TemplateClass(scope)
    wanted = Wanted(class_, "", rules.MAINLAND_COUNTRY)
    return today.judge(number, wanted, history, is_begun=True).next_permitted_at


def _tightest(policy: Policy, history: list[Sent], now: datetime) -> tuple[str, Use] | None:
    """The cap of an hour or a day that one number is closest to, if it is near any."""
    found: list[tuple[str, Use]] = []
    for class_ in TemplateClass:
        if any(sent.class_ is class_ for sent in history):
            found += _uses(policy, class_, history, now)
    near = [each for each in found if each[1].used * 100 >= NEAR_PERCENT * each[1].allowed]
    return max(near, key=lambda each: each[1].used / each[1].allowed, default=None)


def _uses(
    policy: Policy, class_: TemplateClass, history: list[Sent], now: datetime
) -> list[tuple[str, Use]]:
    """The uses of one number's caps, by key, with what passes within a minute left out."""
    wanted = Wanted(class_, "", rules.MAINLAND_COUNTRY)
    judged = rules.judge(_of_numbers(policy), wanted, history, {}, now)
    found = []
    for use in judged.uses:
        key = f"{use.scope}.{_WINDOW_OF.get(use.rule, 'day')}"
        if use.rule is not rules.Rule.CARRIER_DAY and policy.as_mapping().get(key) == use.allowed:
            found.append((key, use))
    return [(key, use) for key, use in found if use.allowed > 0]


def _of_numbers(policy: Policy) -> Policy:
    """The caps of one number that keep it for an hour or a day."""
    keys = ((key, read_key(key)) for key in policy.as_mapping())
    slow = [
        key
        for key, known in keys
        if known is not None and not known.is_total and known.measure != PASSING
    ]
    return policy_of({key: policy.as_mapping()[key] for key in slow})


def _exempt(tx: Tx, app: App, now: datetime) -> Listed[Exempt]:
    rows = limit_exemptions.latest(tx, app.name, now, ROWS)
    return _listed(map(exempt_of, rows), limit_exemptions.count(tx, app.name, now))


def _pending(tx: Tx, app: App, changes: Iterable[LimitChange], now: datetime) -> Listed[Pending]:
    """What waits for a word first, then what begins or ends by itself, the soonest first."""
    waiting = [
        each
        for each in requests.find_open_changes(tx)
        if each.app == app.name
        and each.kind in {RequestKind.LIMITS_CHANGE, RequestKind.LIMITS_EXEMPT}
        and each.state is RequestState.AWAITING_APPROVAL
    ]
    timed = [found for each in changes if (found := _timed(tx, each, now)) is not None]
    timed.sort(key=lambda each: each.at or now)
    rows = [*(_waiting(tx, each) for each in waiting[:ROWS]), *timed]
    return _listed(rows[:ROWS], len(waiting) + len(timed))


def _waiting(tx: Tx, request: Request) -> Pending:
    subject, approval = subject_of(request.kind, request.payload), approvals.get(tx, request.id)
    return Pending(
        request_id=request.id,
        pace=Pace.WAITING,
        caps=subject.caps if isinstance(subject, LimitsChange) else {},
        number=subject.number if isinstance(subject, LimitExempt) else "",
        requester=request.requester,
        at=approval.expires_at if approval else None,
        undoes=subject.undoes if isinstance(subject, LimitsChange) else "",
    )


def _timed(tx: Tx, change: LimitChange, now: datetime) -> Pending | None:
    """A change that begins later, or ends by itself."""
    if change.undone_at is not None:
        return None
    if not has_begun(change, now) and not has_ended(change, now):
        pace = Pace.SCHEDULED if now < change.starts_at else Pace.UNASKED
        at = change.starts_at
    elif change.ends_at is not None and change.ends_at > now:
        pace, at = Pace.TEMPORARY, change.ends_at
    else:
        return None
    return Pending(change.request_id, pace, change.caps, "", _requester(tx, change), at)


def _past(tx: Tx, change: LimitChange, now: datetime) -> Past:
    request = requests.get(tx, change.request_id)
    fate, at, by = Fate.HOLDS, None, request.requester if request else ""
    reason, by_request = str(request.payload.get("reason", "")) if request else "", ""
    if change.undone_at is not None:
        is_undone = had_begun(tx, change, change.undone_at)
        fate = Fate.UNDONE if is_undone else Fate.CANCELLED
        if change.has_lapsed:
            fate = Fate.UNASKED if was_unasked(tx, change) else Fate.LAPSED
        at, by = change.undone_at, change.undone_by
        told = posts.last_of(tx, change.request_id, "limit.undone")
        by_request = told[0]["by_request"] if told else ""
    elif change.ends_at is not None and change.ends_at <= now:
        fate, at = Fate.ENDED, change.ends_at
    elif not has_begun(change, now):
        fate = Fate.TO_COME if now < change.starts_at else Fate.WAITING
        at = change.starts_at
    return Past(
        request_id=change.request_id,
        caps=change.caps,
        before=change.before,
        starts_at=change.starts_at,
        fate=fate,
        at=at,
        by=by,
        reason=reason,
        by_request=by_request,
    )


def _requester(tx: Tx, change: LimitChange) -> str:
    request = requests.get(tx, change.request_id)
    return request.requester if request else ""


def _listed(rows: Iterable[Row], count: int) -> Listed[Row]:
    found = tuple(rows)
    return Listed(found, max(count, len(found)))
