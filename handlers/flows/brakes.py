"""Unusual traffic: looking for it, one alert of each kind and app, and what is done about it.

What is known of it is in the table of brakes; whatever fires there, and nobody expected, is an
alert like any other."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.rules import brake as rules
from bot.rules.alert_life import Move as Life
from bot.rules.alerts import traffic as traffic_alerts
from bot.rules.brake import (
    DAY_S,
    HISTORY_S,
    HOUR_S,
    WEEK_S,
    Baseline,
    Hour,
    Kind,
    Measure,
    Place,
    Unusual,
)
from bot.rules.figures import Counts
from bot.rules.limits import day_of, end_of_day, total_of
from bot.settings import App, Settings
from handlers.flows import alerts, jobs
from handlers.flows import app_stops as stops
from handlers.flows.delivery import BY_RULE
from handlers.flows.limits import policy_of
from storage import alert_groups, app_stops, brakes, limit_counts, requests, traffic
from storage import alerts as stored
from storage.alert_groups import Group
from storage.brakes import Brake, Ended
from storage.db import Tx
from storage.ids import to_ms
from storage.traffic import hour_of

IGNORED_FOR = timedelta(hours=1)
#: Countries an alert names.
COUNTRIES_SHOWN = 3


class Move(StrEnum):
    """What is to be done about an alert."""

    RAISE = "raise"
    #: Nobody wanted to hear of it for a while, which is over, and it goes on.
    RAISE_AGAIN = "raise_again"
    CORRECT = "correct"
    END = "end"


class Late(StrEnum):
    """Why a click on an alert changes nothing."""

    UNKNOWN = "unknown"
    OVER = "over"
    STOPPED = "stopped"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class TooLate:
    """What came before the click: who did it and when, where somebody did."""

    reason: Late
    app: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is unusual of one kind, None where nothing is, and where most of it goes."""

    kind: Kind
    unusual: Unusual | None
    countries: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """One look at an app; `found` is what changes something."""

    found: tuple[Found, ...]
    baseline: Baseline | None


def look(tx: Tx, app: App, known: Baseline | None, now: datetime) -> Look:
    """What is unusual in the hour there is and in the one before it, as far as that is news.

    The hour before is looked at too: reports come late, and the watch may have slept over its end.
    `known` is the last look's baseline. Most looks end at the first two hours: below every floor.
    """
    hour_s = hour_of(now)
    opened = {each.kind: each for each in brakes.find_open(tx) if each.app == app.name}
    counted = traffic.by_hour(tx, app.name, hour_s - HOUR_S, hour_s + HOUR_S)
    fresh = {at: _hour(counts) for at, counts in counted.items()}
    if not opened and not any(_is_worth_it(app, hour) for hour in fresh.values()):
        return Look((), known)
    baseline = _baseline(tx, app, opened.get(Kind.NEW_NUMBERS), known, hour_s)
    found = (_find(tx, app, kind, fresh, baseline) for kind in Kind)
    news = [each for each in found if _move(tx, app, opened.get(each.kind), each, now) is not None]
    return Look(tuple(news), baseline)


def note(tx: Tx, app: App, found: Sequence[Found], settings: Settings, now: datetime) -> None:
    """Raises, corrects and ends alerts; where app.yaml says so, stops the app at once."""
    for each in found:
        opened = brakes.open_of(tx, app.name, each.kind)
        match _move(tx, app, opened, each, now):
            case Move.RAISE:
                _raise(tx, app, each, now)
            case Move.RAISE_AGAIN if opened is not None:
                _end(tx, opened, Ended.RAISED_AGAIN, settings, now)
                _raise(tx, app, each, now)
            case Move.CORRECT if opened is not None:
                _correct(tx, app, opened, each, now)
            case Move.END if opened is not None:
                _end(tx, opened, _ending(tx, app, opened, now), settings, now)
    _tell(tx, app.name, settings, now)


def has_left(tx: Tx, watched: Sequence[str]) -> bool:
    """Whether an alert is open of an app that app.yaml does not want watched any more."""
    return any(each.app not in watched for each in brakes.find_open(tx))


def leave(tx: Tx, watched: Sequence[str], settings: Settings, now: datetime) -> None:
    """Ends those alerts."""
    for each in brakes.find_open(tx):
        if each.app not in watched:
            _end(tx, each, Ended.UNWATCHED, settings, now)
            _tell(tx, each.app, settings, now)


def stop(tx: Tx, brake_id: str, user_id: str, settings: Settings, now: datetime) -> App | TooLate:
    """Stops the app of an alert: of two people who click at once, one does."""
    opened = _opened(tx, brake_id, settings)
    if isinstance(opened, TooLate):
        return opened
    brake, app = opened
    stopped = _stop_of(tx, app.name)
    if stopped is not None:
        return TooLate(Late.STOPPED, app.name, stopped.stopped_by, stopped.stopped_at)
    channel = settings.alerts_channel(app) or requests.last_channel(tx, app.name)
    stops.stop(tx, app, user_id, "", channel, now)
    brakes.note_facts(tx, brake, _with_stop(tx, brake))
    _tell(tx, app.name, settings, now)
    return app


def ignore(tx: Tx, brake_id: str, user_id: str, settings: Settings, now: datetime) -> App | TooLate:
    """Somebody expected it: its alert is over, and nobody is called about it any more. If it went
    on since the click, an hour later there is another one."""
    opened = _opened(tx, brake_id, settings)
    if isinstance(opened, TooLate):
        return opened
    brake, app = opened
    if not brakes.note_ignored(tx, brake, user_id, now + IGNORED_FOR):
        return TooLate(Late.IGNORED, app.name, brake.ignored_by, brake.ignored_until)
    ignored = brakes.get(tx, brake_id) or brake
    brakes.note_facts(tx, ignored, {**_with_stop(tx, ignored), "expected": _expected(tx, ignored)})
    _say_last(tx, brake_id, settings, now)
    groups = _groups_of(tx, brake)
    _tell(tx, app.name, settings, now)
    for group in groups:
        # What else is on the same card goes on.
        if not any(each.fires() for each in stored.of_group(tx, group.id)):
            alerts.move(
                tx, group.id, Life.RESOLVE, by=user_id, via="button", settings=settings, now=now
            )
    return app


def _groups_of(tx: Tx, brake: Brake) -> list[Group]:
    """The cards its alert is on."""
    kind = traffic_alerts.KINDS_OF_BRAKE[brake.kind]
    found = stored.find_open_of(tx, {kind}, brake.app)
    return [group for alert in found for group in alert_groups.of_alert(tx, alert.id)]


def _expected(tx: Tx, brake: Brake) -> dict[str, int]:
    """What there is of the alert's hour by now: whatever came since it was told is part of it."""
    said = brake.facts
    hour_s, many, total = said["hour_s"], said["many"], said["total"]
    counted = traffic.by_hour(tx, brake.app, hour_s, hour_s + HOUR_S)
    more = sum(max(0, _hour(counts).begun - total) for counts in counted.values())
    return {"hour_s": hour_s, "many": many + more, "total": total + more}


@dataclass(frozen=True, slots=True)
class Tightening:
    """Caps somebody may want to ask for, and what the alert says; `begun` is how many messages of
    today a stop among them counts already."""

    app: App
    caps: Mapping[str, int | None]
    begun: int
    facts: Mapping[str, Any]


def tighten(tx: Tx, brake_id: str, settings: Settings, now: datetime) -> Tightening | TooLate:
    """What a tighter policy could be: for a form that a person looks over."""
    opened = _opened(tx, brake_id, settings)
    if isinstance(opened, TooLate):
        return opened
    brake, app = opened
    hour_s = hour_of(brake.began_at)
    counted = traffic.by_hour(tx, app.name, hour_s - HISTORY_S, hour_s)
    hours = {at: _hour(counts) for at, counts in counted.items()}
    rest = rules.usual_rest(hours, hour_of(now), hour_of(end_of_day(now)))
    country = next((country for country, _ in brake.facts["countries"]), "")
    totals = limit_counts.totals(tx, app.name, day_of(now))
    scope = rules.scope_of(country)
    begun = total_of(scope, totals)
    caps = rules.tightened(
        brake.facts["new_countries"],
        country,
        rules.Day(begun, rest, rules.usual_day(hours, hour_s)),
        policy_of(tx, app, now),
    )
    return Tightening(app, caps, begun if f"{scope}.stop" in caps else 0, shown(brake))


def shown(brake: Brake) -> dict[str, Any]:
    """What the alert says, as plain JSON."""
    return {
        **brake.facts,
        "id": brake.id,
        "app": brake.app,
        "kind": brake.kind.value,
        "ended_at_ms": None if brake.ended_at is None else to_ms(brake.ended_at),
        "ended_how": "" if brake.ended_how is None else brake.ended_how.value,
        "ignored_by": brake.ignored_by,
        "ignored_until_ms": None if brake.ignored_until is None else to_ms(brake.ignored_until),
    }


def _opened(tx: Tx, brake_id: str, settings: Settings) -> tuple[Brake, App] | TooLate:
    brake = brakes.get(tx, brake_id)
    app = None if brake is None else settings.app(brake.app)
    if brake is None or app is None:
        return TooLate(Late.UNKNOWN)
    if brake.ended_at is not None:
        return TooLate(Late.OVER, app.name, at=brake.ended_at)
    return brake, app


def _is_worth_it(app: App, hour: Hour) -> bool:
    """Whether an hour has so much that anything about it could be unusual."""
    least = app.brake.thresholds
    outcomes = max(hour.accepted + hour.refused, hour.delivered + hour.undelivered)
    return hour.begun >= min(least.volume_from, least.new_from) or outcomes >= least.success_from


def _baseline(
    tx: Tx, app: App, opened: Brake | None, known: Baseline | None, hour_s: int
) -> Baseline:
    # What an open alert is about is not taken for known meanwhile, for a week at the most.
    since_s = hour_s if opened is None else hour_of(opened.began_at)
    until_s = max(since_s - DAY_S, hour_s - WEEK_S)
    if known is not None and (known.hour_s, known.places_until_s) == (hour_s, until_s):
        return known
    # The earlier of the two hours that are judged needs the one before its own, weeks ago.
    first_s = hour_s - 2 * HOUR_S - HISTORY_S
    counted = traffic.by_hour(tx, app.name, first_s, hour_s - HOUR_S)
    placed = traffic.by_place(tx, app.name, until_s - HISTORY_S, until_s)
    return Baseline(
        hour_s,
        {at: _hour(counts) for at, counts in counted.items()},
        until_s,
        {Place(*place): counts.begun for place, counts in placed.items()},
        sum(1 for at in counted if at < until_s),
    )


def _find(tx: Tx, app: App, kind: Kind, fresh: Mapping[int, Hour], baseline: Baseline) -> Found:
    """The first of the two hours, the later one first, that is unusual in one way."""
    for hour_s in sorted(fresh, reverse=True):
        unusual = _judge(tx, app, kind, hour_s, fresh, baseline)
        if unusual is not None:
            return Found(kind, unusual, _countries(_places(tx, app, hour_s)))
    return Found(kind, None)


def _judge(
    tx: Tx, app: App, kind: Kind, hour_s: int, fresh: Mapping[int, Hour], baseline: Baseline
) -> Unusual | None:
    thresholds, hours = app.brake.thresholds, {**baseline.hours, **fresh}
    match kind:
        case Kind.VOLUME:
            return rules.judge_volume(hours, hour_s, thresholds)
        case Kind.SUCCESS:
            return rules.judge_success(hours, hour_s, thresholds)
        case Kind.NEW_NUMBERS:
            if fresh[hour_s].begun < thresholds.new_from:
                return None
            places = _places(tx, app, hour_s)
            known = baseline.places_hours
            return rules.judge_new(baseline.places, places, hour_s, thresholds, hours_known=known)


def _places(tx: Tx, app: App, hour_s: int) -> dict[Place, int]:
    counted = traffic.by_place(tx, app.name, hour_s, hour_s + HOUR_S)
    return {Place(*place): counts.begun - counts.agreed for place, counts in counted.items()}


def _countries(places: Mapping[Place, int]) -> tuple[tuple[str, int], ...]:
    """Where most of it goes."""
    counted = Counter[str]()
    for place, many in places.items():
        counted[place.country] += many
    return tuple(each for each in counted.most_common(COUNTRIES_SHOWN) if each[1] > 0)


def _move(tx: Tx, app: App, opened: Brake | None, found: Found, now: datetime) -> Move | None:
    """What there is to be done, if anything."""
    unusual = found.unusual
    if opened is None:
        is_heard = unusual is not None and not brakes.is_ignored(tx, app.name, found.kind, now)
        return Move.RAISE if is_heard else None
    if unusual is None:
        # The hour it is about may still be in sight, and have come round: another one tells.
        return None if hour_of(now) - opened.facts["hour_s"] in {0, HOUR_S} else Move.END
    if _went_on(app, opened, unusual, now):
        return Move.RAISE_AGAIN
    is_told = opened.facts["stop"] == _stop_fact(tx, app.name) and not _is_more(opened, unusual)
    return None if is_told else Move.CORRECT


def _went_on(app: App, opened: Brake, unusual: Unusual, now: datetime) -> bool:
    """Whether an hour without a word is over, and there is more than was known at the click."""
    if opened.ignored_until is None or opened.ignored_until > now:
        return False
    known = opened.facts.get("expected", opened.facts)
    return rules.goes_on(
        unusual,
        app.brake.thresholds,
        hour_s=known["hour_s"],
        many=known["many"],
        total=known["total"],
    )


def _is_more(opened: Brake, unusual: Unusual) -> bool:
    said, hour_s = opened.facts, int(opened.facts["hour_s"])
    if unusual.hour_s != hour_s:
        return unusual.hour_s > hour_s
    wrong = said["total"] - said["many"] if opened.kind is Kind.SUCCESS else said["many"]
    return rules.has_grown(unusual, wrong) or _is_own_by_now(opened, unusual)


def _is_own_by_now(opened: Brake, unusual: Unusual) -> bool:
    was_own: bool = opened.facts.get("is_own", True)
    return unusual.is_own and not was_own


def _ending(tx: Tx, app: App, opened: Brake, now: datetime) -> Ended:
    """What is known of the whole hours since the one it is about."""
    since_s, until_s = opened.facts["hour_s"] + HOUR_S, hour_of(now)
    counted = traffic.by_hour(tx, app.name, max(since_s, until_s - HISTORY_S), until_s)
    hours = [_hour(counts) for counts in counted.values()]
    if not hours:
        return Ended.UNSEEN
    said = opened.facts["measure"]
    measure = Measure(said) if said else None
    if any(rules.can_judge(opened.kind, hour, app.brake.thresholds, measure) for hour in hours):
        return Ended.USUAL
    is_silent = not any(hour.begun or hour.agreed for hour in hours)
    return Ended.SILENT if is_silent else Ended.FEW


def _raise(tx: Tx, app: App, found: Found, now: datetime) -> None:
    _stop_by_rule(tx, app, found, now)
    brakes.open_new(tx, app.name, found.kind, _facts(tx, app, found), now)


def _correct(tx: Tx, app: App, brake: Brake, found: Found, now: datetime) -> None:
    if found.unusual is not None and _is_cause(brake, found.unusual):
        _stop_by_rule(tx, app, found, now)
    facts = _facts(tx, app, found)
    if "expected" in brake.facts:
        facts["expected"] = brake.facts["expected"]
    brakes.note_facts(tx, brake, facts)


def _is_cause(brake: Brake, unusual: Unusual) -> bool:
    """Whether it stops the app once more where somebody has let it send again.

    More of the same hour does, where messages are counted; what became of them is told late.
    """
    is_late = brake.kind is Kind.SUCCESS and unusual.hour_s == brake.facts["hour_s"]
    return _is_own_by_now(brake, unusual) if is_late else _is_more(brake, unusual)


def _stop_by_rule(tx: Tx, app: App, found: Found, now: datetime) -> None:
    """What app.yaml wants stopped, unless somebody expects it, or it may be what was agreed to."""
    is_own = found.unusual is not None and found.unusual.is_own
    if not is_own or found.kind not in app.brake.pause:
        return
    if not brakes.is_ignored(tx, app.name, found.kind, now):
        jobs.stop_app(tx, app.name, BY_RULE, f"brake_{found.kind.value}", now)


def _end(tx: Tx, brake: Brake, how: Ended, settings: Settings, now: datetime) -> None:
    was_told = traffic_alerts.is_unexpected(shown(brake))
    brakes.note_facts(tx, brake, _with_stop(tx, brake))
    if brakes.end(tx, brake, how, now) and was_told:
        _say_last(tx, brake.id, settings, now)


def _say_last(tx: Tx, brake_id: str, settings: Settings, now: datetime) -> None:
    """What its alert goes on to say of it: how it ended, or who expected it."""
    brake = brakes.get(tx, brake_id)
    if brake is not None:
        signal = traffic_alerts.unusual(brake.app, brake.kind, shown(brake))
        alerts.observe(tx, {signal.kind}, [signal], settings, now, app=brake.app)


def _tell(tx: Tx, app: str, settings: Settings, now: datetime) -> None:
    """Has the alerts of an app say what holds: those that go on and nobody expected."""
    opened = [(each.kind, shown(each)) for each in brakes.find_open(tx) if each.app == app]
    signals = [
        traffic_alerts.unusual(app, kind, facts)
        for kind, facts in opened
        if traffic_alerts.is_unexpected(facts)
    ]
    alerts.observe(tx, traffic_alerts.UNUSUAL, signals, settings, now, app=app)


def _facts(tx: Tx, app: App, found: Found) -> dict[str, Any]:
    unusual = found.unusual
    if unusual is None:
        raise ValueError("nothing is unusual")
    return {
        "hour_s": unusual.hour_s,
        "many": unusual.many,
        "total": unusual.total,
        "usual": unusual.usual,
        "measure": unusual.measure.value if unusual.measure else "",
        "new_countries": list(unusual.new_countries),
        "new_prefixes": unusual.new_prefixes,
        "is_own": unusual.is_own,
        "countries": [list(each) for each in found.countries],
        "stop": _stop_fact(tx, app.name),
    }


def _with_stop(tx: Tx, brake: Brake) -> dict[str, Any]:
    return {**brake.facts, "stop": _stop_fact(tx, brake.app)}


def _stop_of(tx: Tx, app: str) -> app_stops.AppStop | None:
    return next((each for each in app_stops.list_all(tx) if each.app == app), None)


def _stop_fact(tx: Tx, app: str) -> dict[str, Any] | None:
    """Who stopped the app and when, while it is stopped."""
    stopped = _stop_of(tx, app)
    if stopped is None:
        return None
    return {"by": stopped.stopped_by, "at_ms": to_ms(stopped.stopped_at)}


def _hour(counts: Counts) -> Hour:
    return Hour(
        counts.begun - counts.agreed,
        counts.agreed,
        counts.accepted,
        counts.refused,
        counts.delivered,
        counts.undelivered,
    )
