"""Whatever happens in whatever order: nobody is called too often, or twice for one step."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.rules.alert_life import GroupState
from bot.rules.escalation import CallLimits, may_call
from bot.tencent.voice import Called, CallOutcome
from bot.tencent.wire import Refused, Unknown, UnknownReason, Unsent, UnsentReason
from handlers.flows import calls
from handlers.flows.reaching import Dial
from storage import escalations as stored
from storage import voice_events
from storage.db import Tx
from storage.voice_events import VoiceEvent, VoiceEventKind
from tests.handlers.flows.test_reaching import ADA, BEA, CAI, Case, know, plan

KEY, OVER, FAILED = VoiceEventKind.KEY, VoiceEventKind.TEXT_ENDED, VoiceEventKind.FAILED
WAITS = st.sampled_from([1, 5, 15, 30, 60, 61, 120, 600])
OUTCOMES = st.sampled_from(["taken", "refused", "broke", "unsent", "unknown", "crash"])
TOLD = st.lists(
    st.sampled_from([(KEY, "1"), (KEY, "2"), (KEY, "5"), (OVER, "0"), (OVER, "1"), (FAILED, "8")]),
    max_size=3,
)
MEANS = st.tuples(st.sampled_from(["mention", "dm", "voice"]), st.sampled_from(["primary", "next"]))
CHAINS = st.lists(MEANS, max_size=4).map(lambda more: (("voice", "primary"), *more))
#: Until all of a chain of five steps is over, however often nobody can be called.
LOOKS = 40


def outcome_of(word: str, nth: int) -> CallOutcome:
    match word:
        case "taken":
            return Called(f"c{nth}", "", "r")
        case "refused":
            return Refused("LimitExceeded.DeliveryFrequencyLimit", "", "r")
        case "broke":
            return Refused("FailedOperation.TemplateIncorrectOrUnapproved", "", "r")
        case "unsent":
            return Unsent(UnsentReason.CONNECT, "")
    return Unknown(UnknownReason.DEADLINE, "")


class Calls:
    """Every call that was made, and when."""

    def __init__(self, tx: Tx) -> None:
        self.tx, self.made = tx, Counter[str]()
        #: Of calls that may have been taken, by number.
        self.taken: dict[str, list[datetime]] = {}

    def make(self, dial: Dial, word: str, told: Sequence[tuple[VoiceEventKind, str]]) -> None:
        now = dial.signed_at
        assert may_call(self.taken.get(dial.number, ()), CallLimits(), now)
        self.made[dial.attempt] += 1
        nth = len(self.made)
        if word == "crash":
            calls.recover(self.tx, now)
        else:
            calls.settle(self.tx, dial.attempt, outcome_of(word, nth), now)
        if word in {"taken", "unknown", "crash"}:
            self.taken.setdefault(dial.number, []).append(now)
        if word == "taken":
            for kind, said in told:
                event = VoiceEvent(f"c{nth}", dial.number, kind, said, "demo", now)
                voice_events.add(self.tx, event)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    CHAINS,
    st.integers(0, 1),
    st.lists(st.tuples(WAITS, OUTCOMES, TOLD), min_size=LOOKS, max_size=LOOKS),
)
def test_calls_are_few_and_come_to_an_end(
    tx: Tx,
    chain: tuple[tuple[str, str], ...],
    repeats: int,
    story: list[tuple[int, str, list[tuple[VoiceEventKind, str]]]],
) -> None:
    tx.conn.execute("SAVEPOINT story")
    try:
        know(tx, ADA, BEA, CAI)
        case, made, at = Case(tx, plan(*chain, repeats=repeats)), Calls(tx), 1
        for wait_s, word, told in story:
            in_hand = case.state is not GroupState.FIRING
            dials = case.at(at)
            assert not (in_hand and dials)
            for dial in dials:
                made.make(dial, word, told)
            case.hear(at)
            at += wait_s
        assert set(made.made.values()) <= {1}
        # Nothing more comes: it ends, by somebody or by itself.
        for _ in range(LOOKS):
            at += 60
            for dial in case.at(at):
                made.make(dial, "unknown", ())
        assert stored.get_open(tx, case.group_id) is None
        pressed = {said for _, _, told in story for kind, said in told if kind is KEY}
        if "1" not in pressed:
            assert case.state is GroupState.FIRING
    finally:
        tx.conn.execute("ROLLBACK TO story")
        tx.conn.execute("RELEASE story")
