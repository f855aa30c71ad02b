"""The form of a change of limits: caps of one number, others, from when, until when, and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from bot.locales import Locale, text
from bot.registry import Json
from bot.rules.policies import Policy
from bot.rules.schedule import zone_name
from bot.slack import blocks
from bot.slack.blocks import Block, code
from bot.slack.messages import limit_keys
from bot.slack.messages.carried import reading

SET_FORM = "limit.set_form"
OTHERS, STARTS, ENDS, REASON = "limit.others", "limit.starts", "limit.ends", "limit.reason"
OTHERS_BLOCK, STARTS_BLOCK, ENDS_BLOCK, REASON_BLOCK = "others", "starts", "ends", "reason"
#: The caps that have a field of their own, in the order of the form.
FIELDS = ("number.day", "number.hour", "number.30s", "same.30s")
CAP_MAX, OTHERS_MAX, TIME_MAX, REASON_MAX = 20, 2_500, 80, 300


@dataclass(frozen=True, slots=True)
class Carried:
    """What the form remembers: where it was opened, and the app it is about."""

    channel: str
    app: str


@dataclass(frozen=True, slots=True)
class LimitFields:
    """What the form holds, as typed; `caps` by key."""

    caps: Mapping[str, str] = field(default_factory=dict)
    others: str = ""
    starts: str = ""
    ends: str = ""
    reason: str = ""


NOTHING_TYPED = LimitFields()


@dataclass(frozen=True, slots=True)
class Held:
    """What holds now. `until`: when those caps end by themselves that are changed for a while;
    `zone` is the team's, which times are read in."""

    policy: Policy
    until: Mapping[str, datetime]
    zone: tzinfo


def carry(carried: Carried) -> str:
    return json.dumps({"channel": carried.channel, "app": carried.app}, ensure_ascii=False)


@reading
def uncarry(written: str) -> Carried:
    """What `carry` wrote. Raises Outdated for anything else."""
    found = json.loads(written)
    if not isinstance(found, dict) or found.keys() != {"channel", "app"}:
        raise ValueError("not what a form of ours carries")
    return Carried(str(found["channel"]), str(found["app"]))


def action_of(key: str) -> str:
    """The action id of the field of a cap."""
    return f"limit.cap.{key}"


def block_of(key: str) -> str:
    """The block of the field of a cap; that of the others where it has none of its own."""
    return f"cap.{key}" if key in FIELDS else OTHERS_BLOCK


def fields_of(filled: Mapping[str, str]) -> LimitFields:
    """What the form that was handed in holds."""
    return LimitFields(
        caps={key: typed for key in FIELDS if (typed := filled.get(action_of(key), "").strip())},
        others=filled.get(OTHERS, "").strip(),
        starts=filled.get(STARTS, "").strip(),
        ends=filled.get(ENDS, "").strip(),
        reason=filled.get(REASON, "").strip(),
    )


def set_form(
    carried: Carried, locale: Locale, held: Held, *, fields: LimitFields = NOTHING_TYPED
) -> Json:
    """The form; `fields` is what it holds already."""
    return blocks.form(
        SET_FORM,
        title=text(locale, "limit.form.title"),
        submit=text(locale, "limit.form.submit"),
        close=text(locale, "form.close"),
        blocks=[
            blocks.section(text(locale, "limit.form.what", app=code(carried.app))),
            *(_cap(key, held, fields, locale) for key in FIELDS),
            _others(held.policy, fields, locale),
            *_times(fields, zone_name(held.zone), locale),
            blocks.field(
                REASON_BLOCK,
                text(locale, "limit.card.why"),
                blocks.text_input(
                    REASON,
                    multiline=True,
                    max_length=REASON_MAX,
                    initial=blocks.cut(fields.reason, REASON_MAX),
                ),
                hint=text(locale, "limit.form.reason_hint"),
            ),
        ],
        carried=carry(carried),
    )


def _cap(key: str, held: Held, fields: LimitFields, locale: Locale) -> Block:
    cap = limit_keys.cap(held.policy.as_mapping().get(key), locale)
    now = text(locale, "limit.form.now", cap=cap)
    if key in held.until:
        there = held.until[key].astimezone(held.zone)
        time = f"{there:%Y-%m-%d %H:%M} {zone_name(held.zone)}"
        now = text(locale, "limit.form.now_until", cap=cap, time=time)
    element = blocks.text_input(
        action_of(key),
        initial=blocks.cut(fields.caps.get(key, ""), CAP_MAX),
        placeholder=now,
        max_length=CAP_MAX,
    )
    return blocks.field(block_of(key), limit_keys.label(key, locale), element, optional=True)


def _others(policy: Policy, fields: LimitFields, locale: Locale) -> Block:
    """Caps of classes, countries and totals, as one types them."""
    known = [key for key in policy.as_mapping() if key not in FIELDS]
    now = " ".join(limit_keys.assigned(key, policy.as_mapping()[key]) for key in known)
    element = blocks.text_input(
        OTHERS,
        multiline=True,
        initial=blocks.cut(fields.others, OTHERS_MAX),
        placeholder=text(locale, "limit.form.now", cap=now) if now else "",
        max_length=OTHERS_MAX,
    )
    label, hint = text(locale, "limit.form.others"), text(locale, "limit.form.others_hint")
    return blocks.field(OTHERS_BLOCK, label, element, hint=hint, optional=True)


def _times(fields: LimitFields, zone: str, locale: Locale) -> tuple[Block, Block]:
    starts = blocks.text_input(
        STARTS,
        initial=blocks.cut(fields.starts, TIME_MAX),
        placeholder=text(locale, "limit.card.at_once"),
        max_length=TIME_MAX,
    )
    ends = blocks.text_input(
        ENDS,
        initial=blocks.cut(fields.ends, TIME_MAX),
        placeholder=text(locale, "limit.card.never"),
        max_length=TIME_MAX,
    )
    return (
        blocks.field(
            STARTS_BLOCK,
            text(locale, "limit.card.starts"),
            starts,
            hint=text(locale, "limit.form.starts_hint", zone=zone),
            optional=True,
        ),
        blocks.field(
            ENDS_BLOCK,
            text(locale, "limit.card.ends"),
            ends,
            hint=text(locale, "limit.form.ends_hint", zone=zone),
            optional=True,
        ),
    )
