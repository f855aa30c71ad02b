"""Numbers of people on call that are called once to try them: asked for, made, and what came of it.

A trial goes the way of every call (`handlers/flows/calls.py`): committed before Tencent is asked,
never made twice, and told of by the same callbacks.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.locales import text
from bot.rules import trials
from bot.rules.audit import What
from bot.rules.escalation import StepState
from bot.rules.numbers import mask
from bot.rules.trials import SILENT, Trial, TrialRefusal, Unmade
from bot.settings import Settings
from bot.settings.oncall import Fact, FactName
from handlers.flows import audit
from handlers.flows.reaching import Dial
from storage import escalations, oncall, posts, voice_calls
from storage.db import Tx
from storage.ids import new_attempt_id, to_ms
from storage.oncall import OncallNumber
from storage.voice_calls import VoiceCall

TOLD = "oncall.trial"
CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is to be called, by the number that was set at `set_at_ms`; who asks, and whether they
    may have anybody's number called."""

    user_id: str
    set_at_ms: int
    asked_by: str
    is_owner: bool


def ask(tx: Tx, wish: Wish, settings: Settings, now: datetime) -> OncallNumber | TrialRefusal:
    """The number that is called in a moment, or why it is not."""
    known = oncall.number_of(tx, wish.user_id)
    if known is None or to_ms(known.set_at) != wish.set_at_ms:
        return TrialRefusal.OUTDATED
    voice = settings.oncall.voice
    if voice is None:
        return TrialRefusal.NOT_SET_UP
    if not wish.is_owner and oncall.is_of_another(tx, wish.user_id, known.number):
        return TrialRefusal.OF_ANOTHER
    if _is_anybody_wanted(tx):
        return TrialRefusal.ALERT
    since = now - trials.COUNTED_FOR
    calls = voice_calls.meant_to(tx, known.number, since)
    tried = voice_calls.trials(tx, known.number, wish.asked_by, since)
    no = trials.why_not(Trial(known.number, calls, *tried), voice.limits, now)
    if no is not None:
        return no
    attempt = new_attempt_id()
    voice_calls.want(
        tx, attempt, user_id=wish.user_id, number=known.number, asked_by=wish.asked_by, now=now
    )
    shown = mask(known.number)
    audit.enter(tx, What.ONCALL_TRIED, wish.asked_by, now, subject=wish.user_id, number=shown)
    return known


def has_any(tx: Tx, now: datetime) -> bool:
    """Whether `take` has anything to do."""
    return voice_calls.has_untold(tx, *_span(now))


def take(tx: Tx, settings: Settings, now: datetime) -> tuple[Dial, ...]:
    """The calls that are to be made now. Of what cannot be made any more, and of what nothing was
    told, that is said."""
    dials = []
    for call in voice_calls.find_untold(tx, *_span(now)):
        dial = None
        with tx.apart("trial"):
            dial = _take(tx, call, settings, now)
        if dial is not None:
            dials.append(dial)
    return tuple(dials)


def _take(tx: Tx, call: VoiceCall, settings: Settings, now: datetime) -> Dial | None:
    if call.fate != voice_calls.WANTED:
        _tell(tx, call, SILENT, "", now)
        return None
    no = _why_unmade(tx, call, settings, now)
    if no is not None:
        voice_calls.settle(tx, call.attempt, voice_calls.UNSENT)
        _tell(tx, call, no.value, "", now)
        return None
    if not voice_calls.depart(tx, call.attempt, now):
        return None
    voice = settings.oncall.voice
    return Dial(call.attempt, call.number, _values(voice.values if voice else (), settings), now)


def _why_unmade(tx: Tx, call: VoiceCall, settings: Settings, now: datetime) -> Unmade | None:
    """Whether all still holds that held when it was asked for."""
    if now - call.signed_at > trials.WITHIN:
        return Unmade.LATE
    voice = settings.oncall.voice
    if voice is None:
        return Unmade.VOICE_GONE
    known = oncall.number_of(tx, call.user_id)
    if known is None or known.number != call.number:
        return Unmade.CHANGED
    if _is_anybody_wanted(tx):
        return Unmade.ALERT_FIRST
    # How often it was tried counted when it was asked for; this one is not among the calls.
    calls = voice_calls.calls_to(tx, call.number, now - trials.COUNTED_FOR)
    no = trials.why_not(Trial(call.number, calls), voice.limits, now)
    return None if no is None else Unmade.LIMITED_BY_NOW


def _is_anybody_wanted(tx: Tx) -> bool:
    """Whether somebody is being reached about any alert."""
    return escalations.next_due(tx) is not None


def came(tx: Tx, call: VoiceCall, state: StepState, detail: str, now: datetime) -> None:
    """What came of one, told to whoever asked once there is anything to tell, and told anew where
    it came to something else. That it did not reach anybody and why may be told apart, and seconds
    apart (`voice_failure_callback`)."""
    is_cause = state in {StepState.FAILED, StepState.UNANSWERED} and detail
    said = f"{state.value} {detail}" if is_cause else state.value
    if state not in trials.TOLD or call.said == said:
        return
    if state is StepState.ACKNOWLEDGED:
        shown = mask(call.number)
        facts = {"number": shown, "outcome": CONFIRMED}
        audit.enter(tx, What.ONCALL_TRIED, audit.BY_RULE, now, subject=call.user_id, **facts)
    _tell(tx, call, state.value, detail, now, said)


def _tell(tx: Tx, call: VoiceCall, state: str, detail: str, now: datetime, said: str = "") -> None:
    """`said` tells it from what else may be told of the call: its state, where that is enough."""
    said = said or state
    facts: dict[str, Any] = {
        "user": call.user_id,
        "number": mask(call.number),
        "state": state,
        "detail": detail,
    }
    key = f"oncall:trial:{call.attempt}"
    if not posts.add(tx, key, TOLD, facts, user_id=call.asked_by, now=now):
        posts.correct(tx, key, f"{key}:{said}", TOLD, facts, now)
    voice_calls.note_said(tx, call, said)


def _span(now: datetime) -> tuple[datetime, datetime]:
    """Since when trials are looked at, and before when one was taken that is silent."""
    return now - trials.COUNTED_FOR, now - trials.SILENT_AFTER


def _values(names: tuple[FactName, ...], settings: Settings) -> tuple[str, ...]:
    """What fills a template's variables where there is no alert."""
    language = settings.language
    known = {
        Fact.KIND: text(language, "oncall.trial.alert"),
        Fact.APP: "-",
        Fact.SEVERITY: text(language, "alerts.severity.info"),
        Fact.GROUP: "-",
        Fact.COUNT: "1",
    }
    return tuple(known[Fact(name)] for name in names)
