"""What became of calls and SMS to people on call: Tencent's answers, keys, how a call ended."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.rules.alert_life import BY_PEOPLE, GroupState, Move
from bot.rules.alerts.health import config_fault
from bot.rules.codes import Kind, Retry, code_of
from bot.rules.delivery import MessageState
from bot.rules.escalation import (
    CALL_AGAIN_S,
    CALL_TRIES,
    NOT_MADE,
    Heard,
    Late,
    Means,
    StepState,
    came_of,
)
from bot.rules.packages import IN_ARREARS
from bot.settings import Settings
from bot.tencent.voice import Called, CallOutcome
from bot.tencent.wire import Refused, Unknown, Unsent
from handlers.flows import alerts, config_faults, trials
from handlers.flows.counting import why_refused
from storage import (
    account_refusals,
    alert_groups,
    alert_moves,
    escalations,
    messages,
    oncall,
    voice_calls,
    voice_events,
)
from storage.db import Tx
from storage.escalations import Escalation, StepTaken
from storage.ids import AttemptId
from storage.voice_calls import VoiceCall
from storage.voice_events import VoiceEvent, VoiceEventKind

#: A key that is told of later says nothing about now.
HEARD_FOR = timedelta(hours=1)
#: What is told of a call whose answer was lost comes at the most so long after it was made.
STRAY_FOR = timedelta(minutes=15)
TEXTS_FOR = timedelta(days=1)
#: What a code is about, where somebody else may be called all the same.
OF_ONE_NUMBER = frozenset({Kind.NUMBER, Kind.NUMBER_LIMIT})
#: A call that ended so brings nobody: the next step need not be waited for.
FRUITLESS = frozenset({StepState.UNANSWERED, StepState.FAILED})
TEXT_STATES: Mapping[MessageState, StepState] = {
    MessageState.ACCEPTED: StepState.ACCEPTED,
    MessageState.UNREPORTED: StepState.ACCEPTED,
    MessageState.DELIVERED: StepState.DELIVERED,
    MessageState.UNDELIVERED: StepState.UNDELIVERED,
    MessageState.REFUSED: StepState.REFUSED,
    MessageState.IN_DOUBT: StepState.UNKNOWN,
    MessageState.DROPPED: StepState.UNKNOWN,
}
WAITING = frozenset({MessageState.QUEUED, MessageState.CLAIMED, MessageState.IN_FLIGHT})


def settle(tx: Tx, attempt: AttemptId, outcome: CallOutcome, now: datetime) -> None:
    """What Tencent answered to a call that was committed."""
    match outcome:
        case Called(call_id=call_id):
            _settle(tx, attempt, voice_calls.TAKEN, StepState.RINGING, now, call_id=call_id)
        case Refused(code=code) if code_of(code).retry is Retry.UNKNOWN_OUTCOME:
            _settle(tx, attempt, voice_calls.UNKNOWN, StepState.UNKNOWN, now, code=code)
        case Refused(code=code) if code_of(code).retry is Retry.BACKOFF:
            call = _settle(tx, attempt, voice_calls.REFUSED, StepState.THROTTLED, now, code=code)
            _try_again(tx, call, now)
        case Refused(code=code):
            call = _settle(tx, attempt, voice_calls.REFUSED, StepState.REFUSED, now, code=code)
            is_of_number = code_of(code).kind in OF_ONE_NUMBER
            _go_on(tx, call, now, Means.VOICE if is_of_number else None)
        case Unsent():
            call = _settle(tx, attempt, voice_calls.UNSENT, StepState.UNSENT, now)
            _try_again(tx, call, now)
        case Unknown():
            _settle(tx, attempt, voice_calls.UNKNOWN, StepState.UNKNOWN, now)
        case never:
            assert_never(never)


def are_all_refused(outcome: CallOutcome) -> bool:
    """Whether Tencent refused it for what meets every other call too."""
    if not isinstance(outcome, Refused):
        return False
    return outcome.code == IN_ARREARS or config_faults.is_of_calls(outcome.code)


def tell(tx: Tx, code: str, settings: Settings, now: datetime) -> None:
    """That every call is refused, with `code`, is an alert: at once, and for as long as it is so
    (`config_faults.of_calls`, `account_refusals`)."""
    if code == IN_ARREARS:
        app = settings.apps[0].name
        account_refusals.note(tx, code, 1, app=app, request_id="", left_segments=None, now=now)
        return
    for signal in config_fault([config_faults.of_call(code)]):
        quiet_s = int(config_faults.CALLED_WITHIN.total_seconds())
        alerts.raise_event(tx, signal, settings, now, quiet_s=quiet_s)


def recover(tx: Tx, now: datetime) -> None:
    """After a start: nobody can tell whether a call that was under way was made. The next step
    comes in its time."""
    for call in voice_calls.find_flying(tx):
        _settle(tx, call.attempt, voice_calls.UNKNOWN, StepState.UNKNOWN, now)


def has_news(tx: Tx, now: datetime) -> bool:
    """Whether `hear` has anything to do."""
    if voice_calls.find_told_of(tx, now - HEARD_FOR):
        return True
    if any(_stray_of(tx, call) for call in voice_calls.find_unknown(tx, now - HEARD_FOR)):
        return True
    return any(_text_state(tx, each) != each.state for each in _texts(tx, now))


def hear(tx: Tx, settings: Settings, now: datetime) -> None:
    """Brings steps after what was told of their calls and messages: 1 acknowledges, 2 passes it on
    to the next one. What breaks keeps nothing else from being heard."""
    _adopt(tx, now)
    for call in voice_calls.find_told_of(tx, now - HEARD_FOR):
        with tx.apart("hearing"):
            _hear(tx, call, settings, now)
    for step in _texts(tx, now):
        with tx.apart("hearing"):
            _read(tx, step, now)


def _adopt(tx: Tx, now: datetime) -> None:
    """Of calls whose answer was lost the latest is asked first, and what is told goes to one of
    them alone: each look knows what the ones before it took."""
    for call in voice_calls.find_unknown(tx, now - HEARD_FOR):
        with tx.apart("hearing"):
            call_id = _stray_of(tx, call)
            if call_id is not None:
                voice_calls.adopt(tx, call, call_id)


def _read(tx: Tx, step: StepTaken, now: datetime) -> None:
    """What became of an SMS."""
    state = _text_state(tx, step)
    if state is not step.state:
        message = messages.of_request(tx, step.reference)[0]
        code = message.carrier_code or why_refused(message.code, message.detail)
        escalations.note_step(tx, step, state, code, now)
        alert_groups.touch(tx, step.group_id, now)


def _settle(
    tx: Tx,
    attempt: AttemptId,
    fate: str,
    state: StepState,
    now: datetime,
    *,
    call_id: str = "",
    code: str = "",
) -> VoiceCall | None:
    call = voice_calls.settle(tx, attempt, fate, call_id=call_id, code=code)
    if call is not None:
        _note(tx, call, state, code, now)
    return call


def _note(tx: Tx, call: VoiceCall, state: StepState, detail: str, now: datetime) -> bool:
    """What came of the step; False where that is known, or where it is none but a trial."""
    if call.asked_by:
        trials.came(tx, call, state, detail, now)
        return False
    step = escalations.get_step(tx, call.group_id, call.escalation, call.nth)
    if step is None or (step.state, step.detail) == (state, detail):
        return False
    escalations.note_step(tx, step, state, detail, now)
    alert_groups.touch(tx, call.group_id, now)
    return step.state is not state


def _hear(tx: Tx, call: VoiceCall, settings: Settings, now: datetime) -> None:
    told = voice_events.of_call(tx, call.call_id)
    heard = _heard(told, call)
    state, detail = came_of(heard)
    voice_calls.note_heard(tx, call, len(told), "".join(heard.keys))
    if state is StepState.ACKNOWLEDGED:
        oncall.note_tried(tx, call.user_id, call.number, now)
    if state is StepState.ACKNOWLEDGED and not call.asked_by:
        _acknowledge(tx, call, detail, settings, now)
        return
    if not _note(tx, call, state, detail, now):
        return
    if state is StepState.PASSED_ON:
        _go_on(tx, call, now, Means.VOICE)
    elif state in FRUITLESS:
        _go_on(tx, call, now, None)


def _heard(told: Sequence[VoiceEvent], call: VoiceCall) -> Heard:
    """What was told of the number that was called, by a call that read a text out."""
    ours = [each for each in told if each.number == call.number]
    if any(each.kind is VoiceEventKind.CODE_ENDED for each in told):
        return Heard()
    keys = [each.said for each in ours if each.kind is VoiceEventKind.KEY]
    failed = [int(each.said) for each in ours if each.kind is VoiceEventKind.FAILED]
    ended = [each.said for each in ours if each.kind is VoiceEventKind.TEXT_ENDED]
    return Heard(keys, ended[-1] if ended else "", failed[-1] if failed else None)


def _acknowledge(tx: Tx, call: VoiceCall, keys: str, settings: Settings, now: datetime) -> None:
    """By whoever was called, whatever became of the chain; not where a person acted since."""
    step = escalations.get_step(tx, call.group_id, call.escalation, call.nth)
    if step is not None and step.state in {StepState.ACKNOWLEDGED, StepState.TOO_LATE}:
        return
    late = _too_late(tx, call)
    if late:
        _note(tx, call, StepState.TOO_LATE, late, now)
        return
    # Before the move: the card it makes shows the step.
    _note(tx, call, StepState.ACKNOWLEDGED, keys, now)
    alerts.move(
        tx,
        call.group_id,
        Move.ACKNOWLEDGE,
        by=call.user_id,
        via="voice",
        settings=settings,
        now=now,
    )


def _too_late(tx: Tx, call: VoiceCall) -> str:
    """Why 1 acknowledges nothing any more, and by whom; "" where it does, or where they have it in
    hand themselves."""
    group = alert_groups.get(tx, call.group_id)
    if group is None or group.state is GroupState.RESOLVED:
        return f"{Late.RESOLVED}:"
    if group.state is GroupState.ACKNOWLEDGED:
        is_own = group.acked_by == call.user_id
        return "" if is_own else f"{Late.ACKNOWLEDGED}:{group.acked_by}"
    for each in reversed(alert_moves.of_group(tx, call.group_id)):
        if each.move in BY_PEOPLE and each.at > call.signed_at:
            return f"{Late.MOVED}:{each.by}"
    return ""


def _open(tx: Tx, call: VoiceCall) -> Escalation | None:
    """What the call is part of, while somebody is still looked for."""
    escalation = escalations.get_open(tx, call.group_id)
    is_same = escalation is not None and escalation.nth == call.escalation
    return escalation if is_same else None


def _go_on(tx: Tx, call: VoiceCall | None, now: datetime, again: Means | None) -> None:
    """The next step is taken at once; with `again`, before it somebody else is reached so."""
    escalation = None if call is None else _open(tx, call)
    if escalation is not None and call is not None and _is_latest(tx, call):
        escalations.save(tx, replace(escalation, again=again, due_at=now))


def _is_latest(tx: Tx, call: VoiceCall) -> bool:
    """Whether nobody was reached since: what is told late must not hurry the step of another."""
    known = escalations.steps_of(tx, call.group_id)
    return not any((each.escalation, each.nth) > (call.escalation, call.nth) for each in known)


def _try_again(tx: Tx, call: VoiceCall | None, now: datetime) -> None:
    """It was not made, and may be in a moment: the same person is called again, a few times."""
    escalation = None if call is None else _open(tx, call)
    if escalation is None or call is None:
        return
    tries = sum(
        each.escalation == call.escalation
        and each.user_id == call.user_id
        and each.state in NOT_MADE
        for each in escalations.steps_of(tx, call.group_id)
    )
    if tries >= CALL_TRIES:
        _go_on(tx, call, now, None)
        return
    due_at = now + timedelta(seconds=CALL_AGAIN_S)
    escalations.save(tx, replace(escalation, again=Means.VOICE, due_at=due_at))


def _stray_of(tx: Tx, call: VoiceCall) -> str | None:
    """The id under which something was told since that may be of a call whose answer was lost."""
    return voice_calls.find_stray(tx, call.number, call.signed_at, call.signed_at + STRAY_FOR)


def _texts(tx: Tx, now: datetime) -> list[StepTaken]:
    return escalations.texts_under_way(tx, now - TEXTS_FOR)


def _text_state(tx: Tx, step: StepTaken) -> StepState:
    found = messages.of_request(tx, step.reference)
    if not found:
        return step.state
    state = found[0].state
    if state in TEXT_STATES:
        return TEXT_STATES[state]
    return StepState.QUEUED if state in WAITING else StepState.REFUSED
