"""What is known of a send to many when its recipients have been read, found out once.

It becomes part of the request's payload: the hash that a click and an approval are bound to is the
hash of exactly what was shown.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.rules import job_plans, marketing_hours, segments, templates
from bot.rules import limits as rules
from bot.rules.classes import TemplateClass
from bot.rules.limits import HISTORY, MAINLAND_COUNTRY, THIRTY_SECONDS, Rule, Wanted
from bot.rules.numbers import mask
from bot.rules.packages import End, Outlook, Planned
from bot.rules.policies import MAINLAND, Policy
from bot.rules.preflight import Preflight, Sample
from bot.rules.requests import RequestState
from bot.rules.sending import Area, SendFault, SendReason
from bot.settings import App, Settings
from handlers.flows import limits, packages
from storage import (
    cards,
    checks,
    content,
    job_drafts,
    jobs,
    limit_counts,
    limit_exemptions,
    optouts,
    requests,
)
from storage.db import Tx
from storage.ids import RequestId, from_ms, from_ms_or_none, to_ms
from storage.job_drafts import Held, Known
from storage.jobs import Job
from storage.requests import Request

COVERED = "••••••"
#: So many messages are looked at for one that goes to somebody who did not opt out.
LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class OptedOut:
    """Those of a list who opted out, by the segments of what they do not get, and those abroad
    among them."""

    spread: Counter[int]
    abroad: int
    abroad_segments: int

    @property
    def total(self) -> int:
        return sum(self.spread.values())

    @property
    def mainland(self) -> int:
        return self.total - self.abroad


def survey(tx: Tx, request_id: str, settings: Settings, now: datetime) -> Preflight | None:
    """What is known of a job whose recipients are all stored; None where nobody waits for it.

    Reads every row once: it belongs on a reader thread.
    """
    request, job = requests.get(tx, request_id), jobs.get(tx, request_id)
    if request is None or job is None or request.state is not RequestState.DRAFT:
        return None
    app = settings.app(request.app)
    starts_at = soonest_start(job, settings, now)
    is_shut = job.class_ is TemplateClass.MARKETING and not marketing_hours.is_open(
        settings.sending.marketing_hours, starts_at
    )
    out = _opted_out(tx, request, job)
    spread = {each: many for each in job.spread if (many := job.spread[each] - out.spread[each])}
    mainland = job.total - job.abroad - out.mainland
    balance = content.get_balance(tx, now)
    left = balance.left_segments if balance else None
    abroad_segments = job.abroad_segments - out.abroad_segments
    billed = sum(each * many for each, many in spread.items()) - abroad_segments
    lasts = packages.effect(tx, Planned(job.request_id, starts_at, billed), settings, now)
    return Preflight(
        recipients=job.total - out.total,
        duplicates=job.duplicates,
        bad_rows=job.bad_rows,
        opted_out=out.total,
        over_limit=_over_limit(tx, job, app, starts_at) if app else {},
        out_of_hours=mainland if is_shut else 0,
        spread=spread,
        shortest=job.shortest,
        longest=job.longest,
        package_before=left,
        package_after=None if left is None else left - billed,
        samples=_samples(tx, request, job),
        duration_s=(job.total - out.total) / settings.sending.per_s,
        mainland=mainland,
        abroad=job.abroad - out.abroad,
        faults=faults_of(
            job,
            settings,
            now,
            opted_out=out.total,
            left_segments=left,
            is_code_shared=_is_code_shared(tx, request, job),
        ),
        lasts_before=lasts and lasts[0],
        lasts_after=lasts and lasts[1],
    )


def note_checked(
    tx: Tx, request_id: RequestId, found: Preflight | None, settings: Settings, now: datetime
) -> None:
    """The draft is from here on what `found` says of it, and can be confirmed for a while."""
    request, job = requests.get(tx, request_id), jobs.get(tx, request_id)
    if request is None or job is None or found is None:
        return
    payload = {
        **request.payload,
        "rows_sha256": job.rows_sha256,
        "is_equal": job.is_equal,
        "preflight": _written(found),
    }
    expires_at = now + timedelta(seconds=settings.sending.preview_valid_s)
    requests.redraft(tx, request_id, payload, now=now, expires_at=expires_at)
    cards.touch(tx, request_id, now)


def preflight_of(request: Request) -> Preflight | None:
    """What was known of a job when its recipients had been read; None until then."""
    written = request.payload.get("preflight")
    return None if written is None else _read(written)


def soonest_start(job: Job, settings: Settings, now: datetime) -> datetime:
    """When it would start if everybody said yes now."""
    soonest = now + timedelta(seconds=settings.sending.undo_s)
    return soonest if job.at is None else max(soonest, job.at)


def _opted_out(tx: Tx, request: Request, job: Job) -> OptedOut:
    """Those who will get none of it; their texts are read only where texts differ in length."""
    body, spread = str(request.payload["content"]), Counter[int]()
    total = optouts.opted_out_of(tx, job.request_id, job.class_)
    if total and len(job.spread) == 1 and not job.abroad:
        return OptedOut(Counter({next(iter(job.spread)): total}), 0, 0)
    abroad = abroad_segments = 0
    for values, signature in job_drafts.opted_out(tx, job.request_id, job.class_) if total else ():
        whole = _signed(signature, templates.fill(body, values))
        each = segments.count(whole, international=not signature).segments
        spread[each] += 1
        abroad += not signature
        abroad_segments += 0 if signature else each
    return OptedOut(spread, abroad, abroad_segments)


def _over_limit(tx: Tx, job: Job, app: App, starts_at: datetime) -> dict[Rule, int]:
    """Under which limits how many would be held back. Only those who got something are asked
    about: whom nobody wrote to is under every limit of one number."""
    policy = limits.policy_of(tx, app, starts_at, is_foreseen=True)
    nobody = rules.judge(policy, Wanted(job.class_, "", ""), (), None, starts_at).hit
    if nobody is not None:
        # A cap of 0 holds back whoever was sent nothing, too.
        return {nobody.rule: job.total}
    exempt = limit_exemptions.every_number(tx, app.name, starts_at)
    counts = Counter[Rule]()
    known = job_drafts.known(
        tx,
        job.request_id,
        app=job.app,
        since=starts_at - HISTORY,
        at_least=rules.fewest(policy, job.class_),
        lately=starts_at - THIRTY_SECONDS,
    )
    for each in known:
        wanted = Wanted(job.class_, each.content, MAINLAND_COUNTRY if each.is_mainland else "")
        is_exempt = each.sealed in exempt
        counts.update(_rules_hit(each, policy, wanted, starts_at, is_exempt=is_exempt))
    if over := _over_totals(tx, job, policy, starts_at):
        counts[Rule.TOTAL_STOP] = over
    return dict(counts)


def _rules_hit(
    known: Known, policy: Policy, wanted: Wanted, at: datetime, *, is_exempt: bool
) -> list[Rule]:
    """The limit of ours that holds it back longest, and the carriers' beside it."""
    verdict = rules.judge(policy, wanted, known.earlier, None, at, is_exempt=is_exempt)
    own = [verdict.hit.rule] if verdict.hit else []
    return own + [use.rule for use in verdict.uses if use.is_carriers and use.is_hit]


def _over_totals(tx: Tx, job: Job, policy: Policy, starts_at: datetime) -> int:
    """How many are more than the day of its start has room for, if nothing else is sent."""
    if not rules.has_totals(policy):
        return 0
    begun = limit_counts.totals(tx, job.app, rules.day_of(starts_at))
    listed = job_drafts.countries(tx, job.request_id)
    over = Counter[bool]()
    for scope in {scope for country in listed for scope in rules.total_scopes(country)}:
        stop, more = policy.get(scope, "stop"), rules.total_of(scope, listed)
        if stop is not None:
            beyond = min(more, rules.total_of(scope, begun) + more - stop)
            over[scope == MAINLAND] = max(over[scope == MAINLAND], beyond)
    return over.total()


def _samples(tx: Tx, request: Request, job: Job) -> tuple[Sample, ...]:
    """The first message, one from the middle and the last, of those that will go."""
    found: dict[str, Held] = {}
    for place, step in ((0, 1), (job.total // 2, 1), (job.total - 1, -1)):
        held = _nearest(tx, job, place, step, found)
        if held is not None:
            found[held.number] = held
    is_code = job.class_ is TemplateClass.OTP
    text = str(request.payload["content"])
    return tuple(_sample(held, text, is_code=is_code) for held in found.values())


def _nearest(tx: Tx, job: Job, place: int, step: int, but: Mapping[str, Held]) -> Held | None:
    """The first message from `place` on that is none of `but`, and whose number did not opt out."""
    for at in range(place, place + step * LOOKED_AT, step):
        held = job_drafts.nth(tx, job.request_id, at) if 0 <= at < job.total else None
        if held is None:
            return None
        is_out = optouts.is_out(tx, held.number, held.signature, job.class_)
        if not is_out and held.number not in but:
            return held
    return None


def _sample(held: Held, text: str, *, is_code: bool) -> Sample:
    whole = _signed(held.signature, templates.fill(text, held.values))
    length = segments.count(whole, international=not held.signature)
    values = [COVERED] * len(held.values) if is_code else held.values
    shown = _signed(held.signature, templates.fill(text, values))
    return Sample(mask(held.number), shown, length.characters, length.segments)


def _signed(signature: str, body: str) -> str:
    return f"【{signature}】{body}" if signature else body


def _is_code_shared(tx: Tx, request: Request, job: Job) -> bool:
    """Whether several people would get one code: it was typed for all of them, or every row of the
    list says the same."""
    if job.class_ is not TemplateClass.OTP or job.total < 2:
        return False
    variables = templates.variables_of(str(request.payload["content"]))
    if not variables or variables[0] not in checks.facts(tx, request.id).columns:
        return True
    return job_plans.repeats_code(job_drafts.values(tx, request.id))


def faults_of(
    job: Job,
    settings: Settings,
    now: datetime,
    *,
    opted_out: int,
    left_segments: int | None,
    is_code_shared: bool,
) -> tuple[SendFault, ...]:
    """What stands in the way of the whole."""
    mainland = job.total - job.abroad
    faults = job_plans.whole_faults(
        job.class_, recipients=job.total, opted_out=opted_out, is_code_shared=is_code_shared
    )
    if mainland and left_segments is not None and left_segments <= 0:
        values: dict[str, str | int] = {"left": left_segments, "needed": mainland}
        faults.append(SendFault(Area.PACKAGE, SendReason.PACKAGE_EMPTY, values))
    is_bound = mainland > 0 and job.class_ is TemplateClass.MARKETING
    hours = settings.sending.marketing_hours if is_bound else None
    starts_at = soonest_start(job, settings, now)
    ends_at = (job.at or starts_at) + timedelta(seconds=job.valid_for_s)
    return (*faults, *job_plans.time_faults(hours, starts_at, ends_at))


def _written(found: Preflight) -> dict[str, Any]:
    """A preflight as JSON."""
    return {
        "recipients": found.recipients,
        "duplicates": found.duplicates,
        "bad_rows": found.bad_rows,
        "opted_out": found.opted_out,
        "over_limit": {rule.value: many for rule, many in found.over_limit.items()},
        "out_of_hours": found.out_of_hours,
        "spread": {str(each): many for each, many in found.spread.items()},
        "shortest": found.shortest,
        "longest": found.longest,
        "package": [found.package_before, found.package_after],
        "samples": [
            [each.number, each.text, each.characters, each.segments] for each in found.samples
        ],
        "duration_s": found.duration_s,
        "mainland": found.mainland,
        "abroad": found.abroad,
        "faults": [[each.area.value, each.reason, each.values] for each in found.faults],
        "lasts": [_written_outlook(found.lasts_before), _written_outlook(found.lasts_after)],
    }


def _read(written: Mapping[str, Any]) -> Preflight:
    """What `_written` wrote."""
    before, after = written["package"]
    # What an earlier program wrote does not say.
    lasts_before, lasts_after = written.get("lasts", (None, None))
    return Preflight(
        recipients=written["recipients"],
        duplicates=written["duplicates"],
        bad_rows=written["bad_rows"],
        opted_out=written["opted_out"],
        over_limit={Rule(rule): many for rule, many in written["over_limit"].items()},
        out_of_hours=written["out_of_hours"],
        spread={int(each): many for each, many in written["spread"].items()},
        shortest=written["shortest"],
        longest=written["longest"],
        package_before=before,
        package_after=after,
        samples=tuple(Sample(*each) for each in written["samples"]),
        duration_s=written["duration_s"],
        mainland=written["mainland"],
        abroad=written["abroad"],
        faults=tuple(
            SendFault(Area(area), reason, dict(values))
            for area, reason, values in written["faults"]
        ),
        lasts_before=_read_outlook(lasts_before),
        lasts_after=_read_outlook(lasts_after),
    )


def _written_outlook(told: Outlook | None) -> list[Any] | None:
    if told is None or told.empty_at is None or told.end is None:
        return None
    width = None if told.width is None else told.width.total_seconds()
    earliest = None if told.earliest is None else to_ms(told.earliest)
    return [to_ms(told.empty_at), told.end.value, width, earliest]


def _read_outlook(written: list[Any] | None) -> Outlook | None:
    if written is None:
        return None
    empty_ms, end, width_s, earliest_ms = written
    width = None if width_s is None else timedelta(seconds=width_s)
    return Outlook(from_ms(empty_ms), End(end), width, from_ms_or_none(earliest_ms))
