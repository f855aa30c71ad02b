"""How somebody was looked for: a line a step on the card of the alert."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.locales import Locale, enumerated, text
from bot.rules.codes import code_of
from bot.rules.escalation import Failure, Late, Means, StepState
from bot.rules.sending import Area, SendFault
from bot.slack.blocks import code, inert
from bot.slack.messages.faults import moment, sentence

Facts = Mapping[str, Any]
#: The detail of a mention that the first card made itself, so that nothing is said under it.
ON_CARD = "on_card"
MARKS: Mapping[Means, str] = {
    Means.MENTION: ":speech_balloon:",
    Means.DM: ":envelope:",
    Means.VOICE: ":telephone_receiver:",
    Means.SMS: ":iphone:",
}


def line(step: Facts, locale: Locale) -> str:
    """One step and what came of it, with its time. `step` is one of `flows.escalations.steps`."""
    means = Means(step["means"])
    at = moment(datetime.fromtimestamp(step["at_ms"] / 1000, UTC), "{time}")
    return f"{MARKS[means]} {at} {_said(means, StepState(step['state']), step, locale)}"


def person(who: str) -> str:
    """A user, a user group or a rota, as its id, its handle or its name has it."""
    if who.startswith(("U", "W")):
        return f"<@{who}>"
    if who.startswith("S"):
        return f"<!subteam^{who}>"
    return inert(who) if who.startswith("@") else code(who)


def _said(means: Means, state: StepState, step: Facts, locale: Locale) -> str:
    who = person(step["user"] or step["whom"])
    match state:
        case StepState.OVER:
            return text(locale, "oncall.step.over")
        case StepState.NOBODY:
            return _nobody(means, step, locale)
        case StepState.TOLD if means is Means.MENTION:
            place = "told" if step["detail"] != ON_CARD else ON_CARD
            return text(locale, f"oncall.step.mention.{place}", who=who)
        case StepState.TOLD:
            key = "told" if step["user"] else "everybody"
            return text(locale, f"oncall.step.dm.{key}", who=who)
        case StepState.REFUSED if step["detail"].startswith("{"):
            why = sentence(_fault(step["detail"]), locale)
            return text(locale, "oncall.step.sms.faulty", who=who, why=why)
    return text(
        locale,
        f"oncall.step.{means.value}.{state.value}",
        who=who,
        code=code(step["detail"]),
        why=reason_of(state, step["detail"], locale),
    )


def _nobody(means: Means, step: Facts, locale: Locale) -> str:
    """A gap, the end of the line, or nobody who can be reached."""
    whom = person(step["whom"])
    detail = step["detail"]
    if not detail:
        return text(locale, "oncall.step.nobody_left", whom=whom)
    if not detail.startswith("{"):
        return text(locale, "oncall.step.nobody", whom=whom, fallback=person(detail))
    reasons = "; ".join(
        text(locale, f"oncall.none.{reason}", people=enumerated(locale, map(person, people)))
        for reason, people in json.loads(detail).items()
    )
    return text(locale, f"oncall.step.{means.value}.none", reasons=reasons)


def reason_of(state: StepState, detail: str, locale: Locale) -> str:
    """The detail of what came of a step, in words; "" where there are none."""
    if state is StepState.TOO_LATE:
        why, _, by = detail.partition(":")
        return text(locale, f"oncall.late.{why}", who=person(by)) if why in set(Late) else ""
    if state is StepState.REFUSED:
        return text(locale, code_of(detail).cause_key) if detail else ""
    is_known = detail in set(Failure)
    return text(locale, f"oncall.failure.{detail}") if is_known else ""


def _fault(detail: str) -> SendFault:
    found = json.loads(detail)
    return SendFault(Area(found["area"]), found["reason"], found["values"])
