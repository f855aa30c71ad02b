"""Takes the steps of a chain: each one is committed before anything leaves this machine.

A call is committed here and made by the worker; a line in Slack and an SMS go the ways all of them
go.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.locales import text
from bot.rules.alert_life import CALLS, SETTLE, GroupState, Move
from bot.rules.escalation import (
    CALL_TRIES,
    NEXT,
    NOT_MADE,
    ONCALL,
    SOON,
    CallLimits,
    Chain,
    Means,
    Reachable,
    Step,
    StepState,
    why_not,
)
from bot.rules.sending import SendFault
from bot.rules.trials import free_at
from bot.settings import Settings
from bot.settings.oncall import Fact, FactName
from bot.slack.messages.escalations import ON_CARD
from handlers.flows import alert_cards, drafts, escalations, oncall_messages, rotas
from handlers.flows.alert_rounds import Round
from handlers.flows.drafts import Queued, SendAsk
from storage import alert_groups, alert_moves, alerts, oncall, posts, voice_calls
from storage import escalations as stored
from storage.alert_groups import Group
from storage.db import Tx
from storage.escalations import Escalation, NewStep, StepTaken
from storage.ids import AttemptId, new_attempt_id

MENTION = "oncall.mention"
#: People of one group that are written to, and numbers that are tried in one step.
DMS_MAX, TRIED_MAX = 20, 10
#: Steps that nobody can be reached by, one right after the other; more wait for the next look.
AT_ONCE = 20
#: Where nothing fires any more, and nobody said so yet.
LOOK_AGAIN = timedelta(seconds=15)
#: Where nobody is to hear of it at this hour.
MUTED_LOOK = timedelta(seconds=60)
#: Steps that named nobody in particular, or could not be taken at all.
NOBODY_REACHED = frozenset({StepState.NOBODY, StepState.NOT_SET_UP})
#: Calls that count for a limit are no older.
COUNTED_FOR = timedelta(days=1)
#: After these whom a chain turns to first was spoken to by what told of it.
SPOKEN_TO = frozenset({Move.TELL, Move.RISE, Move.UNMUTE, Move.AGAIN, Move.FORGET})


@dataclass(frozen=True, slots=True)
class Dial:
    """A call that is committed and is to be made now. `number` is the full number."""

    attempt: AttemptId
    number: str
    values: tuple[str, ...]
    signed_at: datetime


def find_due(tx: Tx, now: datetime) -> list[str]:
    """The groups of alerts about which the next step is to be taken."""
    return [each.group_id for each in stored.find_due(tx, now, AT_ONCE)]


def take(
    tx: Tx,
    group_id: str,
    settings: Settings,
    now: datetime,
    *,
    began_at: datetime | None = None,
) -> tuple[Dial, ...]:
    """Takes the steps that are due until one has to be waited for; the call that is to be made.
    `began_at`: when this process began, where what was so before it may be over since."""
    escalation, group = stored.get_open(tx, group_id), alert_groups.get(tx, group_id)
    if escalation is None or escalation.due_at > now:
        return ()
    if group is None:
        # It cannot be read: without an end it would be due for ever.
        stored.end(tx, group_id, now)
        return ()
    chain = settings.oncall.chain(escalation.chain)
    if chain is None or group.state is not GroupState.FIRING:
        stored.end(tx, group_id, now)
        return ()
    look = Round(tx, settings, now)
    if look.is_off_hours(look.destination(group)):
        stored.save(tx, replace(escalation, due_at=now + MUTED_LOOK))
        return ()
    later = _waits_until(tx, group_id, now, began_at)
    if later is not None:
        stored.save(tx, replace(escalation, due_at=later))
        return ()
    turn = _Turn(tx, group, escalation, chain, settings, now)
    turn.take()
    alert_groups.touch(tx, group_id, now)
    return tuple(turn.dials)


def _waits_until(
    tx: Tx, group_id: str, now: datetime, began_at: datetime | None
) -> datetime | None:
    """When to see whether somebody is to be woken; None for now."""
    seen_at = alerts.last_seen(tx, group_id, now)
    if seen_at is None:
        # All of it is over, and is told so in a moment: nobody is woken for it.
        return now + LOOK_AGAIN
    if began_at is None or seen_at >= began_at or not began_at <= now < began_at + SETTLE:
        return None
    return began_at + SETTLE


def put_off(tx: Tx, group_id: str, until: datetime) -> None:
    """Something broke: the step is tried again then."""
    escalation = stored.get_open(tx, group_id)
    if escalation is not None:
        stored.save(tx, replace(escalation, due_at=until))


class _Turn:
    """One look at one group of alerts."""

    def __init__(
        self,
        tx: Tx,
        group: Group,
        escalation: Escalation,
        chain: Chain,
        settings: Settings,
        now: datetime,
    ) -> None:
        self.tx, self.group, self.chain = tx, group, chain
        self.escalation, self.settings, self.now = escalation, settings, now
        self.people = rotas.look(tx, settings, now)
        self.dials: list[Dial] = []
        #: Who is to be tried in the step that is taken, one after the other.
        self.ahead: list[str] = []
        #: Where only a call that tried a number keeps everybody from being called: until when.
        self.free_at: datetime | None = None
        self.ways: dict[Means, Callable[[Step], bool]] = {
            Means.MENTION: self._mention,
            Means.DM: self._write,
            Means.VOICE: self._call,
            Means.SMS: self._text,
        }

    def take(self) -> None:
        """Takes one step after another, until one of them may bring somebody."""
        for _ in range(AT_ONCE):
            before = self.escalation
            step = self._next()
            if step is None:
                self._end()
                return
            if self._place(step) and self.ways[step.means](step):
                self._save(self.now + timedelta(seconds=step.wait_s))
                return
            if self.free_at is not None:
                self.escalation = before
                self._save(self.free_at)
                return
        self._save(self.now + timedelta(seconds=self.chain.steps[0].wait_s))

    def _save(self, due_at: datetime) -> None:
        self.escalation = replace(self.escalation, due_at=due_at)
        stored.save(self.tx, self.escalation)

    def _next(self) -> Step | None:
        """What is to be done now; None where all was done as often as it is to be."""
        here, steps = self.escalation, self.chain.steps
        if here.again is not None:
            self.escalation = replace(here, again=None)
            last = steps[min(max(here.next_step - 1, 0), len(steps) - 1)]
            return Step(here.again, NEXT, last.wait_s)
        if here.next_step >= len(steps):
            if here.rounds >= self.chain.repeats:
                return None
            here = replace(here, rounds=here.rounds + 1, next_step=0)
        self.escalation = replace(here, next_step=here.next_step + 1)
        return steps[here.next_step]

    def _place(self, step: Step) -> bool:
        """Goes to whom it is for; False where there is nobody. What is no one's week is said."""
        here, known = self.escalation, self._steps()
        if step.whom == NEXT:
            self.escalation = replace(here, whom=here.whom or escalations.first_whom(self.chain))
        else:
            self.escalation = replace(here, whom=step.whom, turned=len(known))
            if self.people.is_gap(step.whom) and self.people.fallback:
                self._note_gap(step)
        reached = self._reached(known, step.means) if step.whom == NEXT else frozenset()
        line = self.people.line(self.escalation.whom)
        self.ahead = [each for each in line if each not in reached][:TRIED_MAX]
        if self.ahead:
            return True
        self._note(step, "", StepState.NOBODY)
        return False

    def _note_gap(self, step: Step) -> None:
        """Once each time somebody is looked for."""
        gap = (self.escalation.nth, step.whom, StepState.NOBODY, self.people.fallback)
        known = stored.steps_of(self.tx, self.group.id)
        if gap not in [(each.escalation, each.whom, each.state, each.detail) for each in known]:
            self._note(step, "", StepState.NOBODY, self.people.fallback)

    def _steps(self) -> list[StepTaken]:
        """What was done so far, of this time somebody is looked for."""
        known = stored.steps_of(self.tx, self.group.id)
        return [each for each in known if each.escalation == self.escalation.nth]

    def _reached(self, known: Sequence[StepTaken], means: Means) -> frozenset[str]:
        """Who was turned to since the chain turned to these people, as people and not as places in
        the line: whose week it is may change on the way. What went to all of a group counts for the
        same means alone, and a call that was not made once there were too many of them."""
        found: set[str] = set()
        tries = Counter[str]()
        for each in known:
            if each.nth < self.escalation.turned or each.state in NOBODY_REACHED:
                continue
            if each.state in NOT_MADE:
                tries[each.user_id] += 1
            elif each.user_id.startswith(("U", "W")):
                found.add(each.user_id)
            elif each.means is means:
                found.update(self.people.together(each.whom))
        return frozenset(found) | {who for who, times in tries.items() if times >= CALL_TRIES}

    def _mention(self, step: Step) -> bool:
        """In the thread, where the card or the line that began this did not speak to them."""
        whom = self.escalation.whom
        who = self.ahead[0]
        if step.whom != NEXT:
            who = self.people.group_id(self.people.spoken_to(whom))
        is_spoken_to = self._is_first() and self._was_spoken_to()
        is_on_card = is_spoken_to and self._began_with_card()
        nth = self._note(step, who, StepState.TOLD, ON_CARD if is_on_card else "")
        if not is_spoken_to:
            self._say(f"{nth}", who, is_over=False)
        return True

    def _is_first(self) -> bool:
        return self.escalation.next_step == 1 and self.escalation.rounds == 0

    def _was_spoken_to(self) -> bool:
        moves = alert_moves.of_group(self.tx, self.group.id)
        last = next((each for each in reversed(moves) if each.move in CALLS), None)
        # A chain that a changed app.yaml began later has other people.
        is_of_it = last is not None and last.at >= self.escalation.begun_at
        return last is not None and is_of_it and last.move in SPOKEN_TO

    def _began_with_card(self) -> bool:
        """Whether the last move that calls somebody has the card itself to tell it, and no line."""
        moves = alert_moves.of_group(self.tx, self.group.id)
        last = next((each for each in reversed(moves) if each.move in CALLS), None)
        key = "" if last is None else f"alert:{self.group.id}:line:{last.nth}"
        return not posts.is_known(self.tx, key)

    def _say(self, name: str, who: str, *, is_over: bool) -> None:
        facts = {"group": self.group.id, "mention": [who] if who else [], "is_over": is_over}
        root = f"alert:{self.group.id}"
        key = f"{root}:oncall:{self.escalation.nth}:{name}"
        posts.add_under(self.tx, root, key, MENTION, facts, self.now)

    def _write(self, step: Step) -> bool:
        """To each of those who are on call together, or of the fallback in a gap; or to whose turn
        it is."""
        who = self.ahead[:1]
        if step.whom != NEXT:
            who = list(self.people.together(step.whom)) or who
        group = ""
        if self.people.is_gap(step.whom):
            group = self.people.group_id(self.people.fallback)
        nth = self._note(step, who[0] if len(who) == 1 else group, StepState.TOLD)
        card = alert_cards.facts(self.tx, self.group, self.settings, self.now)
        for user_id in who[:DMS_MAX]:
            key = oncall_messages.key_of(self.group.id, self.escalation.nth, nth, user_id)
            facts = oncall_messages.facts_for(user_id, self.group.id, card)
            posts.add(self.tx, key, oncall_messages.DIRECT, facts, user_id=user_id, now=self.now)
        return True

    def _call(self, step: Step) -> bool:
        """The first of them who can be called now; the others are named with why not."""
        voice = self.settings.oncall.voice
        if voice is None:
            self._note(step, "", StepState.NOT_SET_UP)
            return False
        kept: list[tuple[str, StepState]] = []
        for user_id in self.ahead:
            known = self._reachable(user_id)
            reason = why_not(known, step.means, voice.limits, self.now)
            if reason is None:
                self._note_all(step, kept)
                self._dial(step, known)
                return True
            kept.append((user_id, reason))
        limited = [user_id for user_id, reason in kept if reason is StepState.LIMITED]
        frees = [at for each in limited if (at := self._frees_at(each, voice.limits))]
        self.free_at = min(frees, default=None)
        if self.free_at is None:
            self._note_none(step, kept)
        return False

    def _frees_at(self, user_id: str, limits: CallLimits) -> datetime | None:
        known = self._reachable(user_id)
        tried = voice_calls.trials_to(self.tx, known.number, self.now - SOON)
        return free_at(known.calls, tried, limits, self.now)

    def _note_all(self, step: Step, kept: Sequence[tuple[str, StepState]]) -> None:
        for user_id, reason in kept:
            self._note(step, user_id, reason)

    def _note_none(self, step: Step, kept: Sequence[tuple[str, StepState]]) -> None:
        """One line for all of them: nobody could be reached so."""
        reasons: dict[str, list[str]] = {}
        for user_id, reason in kept:
            reasons.setdefault(reason.value, []).append(user_id)
        self._note(step, "", StepState.NOBODY, json.dumps(reasons))

    def _reachable(self, user_id: str) -> Reachable:
        known = oncall.number_of(self.tx, user_id)
        if known is None:
            return Reachable(user_id, "")
        since = self.now - COUNTED_FOR
        return Reachable(user_id, known.number, voice_calls.calls_to(self.tx, known.number, since))

    def _dial(self, step: Step, known: Reachable) -> None:
        attempt = new_attempt_id()
        nth = self._note(step, known.user_id, StepState.CALLING, reference=attempt)
        voice_calls.add(
            self.tx,
            attempt,
            group_id=self.group.id,
            escalation=self.escalation.nth,
            nth=nth,
            user_id=known.user_id,
            number=known.number,
            now=self.now,
        )
        voice = self.settings.oncall.voice
        values = self._values(voice.values if voice else ())
        self.dials.append(Dial(attempt, known.number, values, self.now))

    def _text(self, step: Step) -> bool:
        """To the first of them whose number is known, under all that holds for any SMS."""
        if self.settings.oncall.sms is None:
            self._note(step, "", StepState.NOT_SET_UP)
            return False
        kept: list[tuple[str, StepState]] = []
        for user_id in self.ahead:
            known = oncall.number_of(self.tx, user_id)
            if known is None:
                kept.append((user_id, StepState.NO_NUMBER))
                continue
            self._note_all(step, kept)
            kept = []
            end = self._send(known.number)
            if isinstance(end, Queued):
                self._note(step, user_id, StepState.QUEUED, reference=end.request_id)
                return True
            self._note(step, user_id, StepState.REFUSED, _written(end[0]))
        if kept:
            self._note_none(step, kept)
        return False

    def _send(self, number: str) -> Queued | tuple[SendFault, ...]:
        texting = self.settings.oncall.sms
        app = self.settings.app((texting and texting.app) or "") or self.settings.app_in()
        ask = SendAsk(
            number=number,
            template=texting.template if texting else "",
            pairs=[(None, each) for each in self._values(texting.values if texting else ())],
            app=app,
            signature=None,
            requester=ONCALL,
            channel=self.group.channel,
        )
        return drafts.send_by_rule(self.tx, ask, self.settings, self.now)

    def _values(self, names: tuple[FactName, ...]) -> tuple[str, ...]:
        """What of the alerts fills a template's variables."""
        worst = alerts.worst_of_group(self.tx, self.group.id, 1)
        tally = alerts.tally_of_group(self.tx, self.group.id)
        kind = worst[0].kind.value if worst else ""
        language = self.settings.language
        known = {
            Fact.KIND: text(language, f"alerts.kind.{kind}") if kind else self.group.id,
            Fact.APP: (worst[0].labels.get("app", "") if worst else "") or "-",
            Fact.SEVERITY: text(language, f"alerts.severity.{self.group.severity.word}"),
            Fact.GROUP: self.group.id,
            Fact.COUNT: str(sum(each.events for each in tally.values())),
        }
        return tuple(known[Fact(name)] for name in names)

    def _note(
        self,
        step: Step,
        user_id: str,
        state: StepState,
        detail: str = "",
        reference: str = "",
    ) -> int:
        """Keeps a step, for the card; its number."""
        whom = self.escalation.whom or step.whom
        new = NewStep(step.means, whom, user_id, state, detail, reference)
        return stored.add_step(self.tx, self.escalation, new, self.now).nth

    def _end(self) -> None:
        """Nobody acknowledged: the fallback is spoken to once, and the card says so."""
        who = self.people.group_id(self.people.fallback)
        self._note(Step(Means.MENTION, who, 0), who, StepState.OVER)
        self._say("over", who, is_over=True)
        stored.end(self.tx, self.group.id, self.now)


def _written(fault: SendFault) -> str:
    found = {"area": fault.area.value, "reason": str(fault.reason), "values": dict(fault.values)}
    return json.dumps(found)
