"""The text form of legacy v5: which signature and which template a whole text was written after."""

import re
from dataclasses import dataclass

from bot.sandbox.tencent.content import VARIABLE, Review, SmsType
from bot.sandbox.tencent.world import World

SIGN = re.compile(r"【([^】]{0,64})】")


@dataclass(frozen=True, slots=True)
class Message:
    """A text taken apart; `template_id` is None if it was written after no approved template.

    `lead` is what the handset shows between the signature and the template's own text.
    """

    sign: str
    lead: str
    template_id: int | None
    values: tuple[str, ...]


def read_message(
    world: World, text: str, default_sign: str, *, mainland: bool, marketing: bool
) -> Message:
    """Take `text` apart. A signature that is not approved is silently replaced by the default, its
    name left in brackets: ``【default】[wrong]…`` was seen in the field (qcloudsms_php#3)."""
    found = SIGN.match(text)
    if found is None:
        sign, lead, rest = default_sign, "", text
    else:
        known = world.config.v5_strict_signs or found[1] in _approved(world)
        sign, lead = (found[1], "") if known else (default_sign, f"[{found[1]}]")
        rest = text[found.end() :]
    template_id, values = _match(world, rest, mainland=mainland, marketing=marketing)
    return Message(sign, lead, template_id, values)


def values_in(content: str, text: str) -> tuple[str, ...] | None:
    """The values with which a template's `content` becomes `text`, None if none do.

    Searches from left to right without going back, so that no text takes long.
    """
    first, *others = VARIABLE.split(content)[::2]
    if not others:
        return () if text == first else None
    *inner, last = others
    if not text.startswith(first) or not text.endswith(last):
        return None
    found, at, end = [], len(first), len(text) - len(last)
    for literal in inner:
        position = text.find(literal, at, end)
        if position < 0:
            return None
        found.append(text[at:position])
        at = position + len(literal)
    return None if at > end else _by_position(content, [*found, text[at:end]])


def _by_position(content: str, found: list[str]) -> tuple[str, ...] | None:
    """The values in the order of their numbers; one variable has one value wherever it stands."""
    values: dict[int, str] = {}
    for number, value in zip(map(int, VARIABLE.findall(content)), found, strict=True):
        if values.setdefault(number, value) != value:
            return None
    return tuple(values[number] for number in sorted(values))


def _approved(world: World) -> set[str]:
    signatures = world.state.signatures.values()
    return {each.name for each in signatures if each.status is Review.USABLE}


def _match(
    world: World, text: str, *, mainland: bool, marketing: bool
) -> tuple[int | None, tuple[str, ...]]:
    for template in world.state.templates.values():
        if template.status is not Review.USABLE:
            continue
        if (template.sms_type is SmsType.MARKETING) is not marketing:
            continue
        if not template.international.covers(mainland=mainland):
            continue
        if (values := values_in(template.content, text)) is not None:
            return template.template_id, values
    return None, ()
