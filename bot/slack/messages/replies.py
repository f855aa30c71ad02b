"""What a channel reads of people's answers: who, to what as it seems, and that nothing typed there
goes to them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, assert_never

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.rules.numbers import cover_typed, mask
from bot.rules.replies import beginning, readable
from bot.slack import blocks
from bot.slack.blocks import Block, code, cut, inert
from bot.slack.messages.faults import moment, note

SAID, GATHERED = "reply.said", "reply.gathered"
VIEW, ANSWER = "reply.view", "reply.answer"
#: The button of `bot.slack.messages.timelines`, which shows all notices and is not asked from here.
STORY = "why.message"
SIGNATURE_MAX, NAME_MAX = 40, 60
#: In notifications and on lock screens.
PREVIEW_MAX = 100
#: A picture by its name. 10:30:00 is none.
EMOJI = re.compile(r":(?=[a-z0-9_+'-]*[a-z+][a-z0-9_+'-]*:)", re.IGNORECASE)
#: Marks and line beginnings of a quotation come on top of it.
WHOLE_MAX = 2_000


class Words(StrEnum):
    """What a channel is shown of what somebody wrote."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    """The channel is not to read it."""
    NONE = "none"
    """There is nothing: it was empty, or its time is over."""


def said(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """One reply. Beside the facts it takes `words` and `text` (`handlers.flows.replies`)."""
    head = _head(facts, locale)
    parts: list[Block] = [
        blocks.section(f":speech_balloon: {head} · {moment(_at(facts['at_ms']))}"),
        *_words(facts, locale),
    ]
    if facts["declined"] is not None:
        parts.append(blocks.section(f":no_bell: {_declined(facts['declined'], locale)}"))
    parts.append(blocks.context(*_guess(facts, locale)))
    buttons = _buttons(facts, locale)
    if buttons:
        parts.append(blocks.actions(f"reply.{facts['reply']}", *buttons))
    parts.append(blocks.context(text(locale, "reply.one_way")))
    return SlackMessage(_summary(head, facts, locale), tuple(parts))


def gathered(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """More replies within an hour than are shown one by one."""
    many, optouts = facts["many"], facts["optouts"]
    said_ = text(locale, "reply.gathered_one" if many == 1 else "reply.gathered", many=f"{many:,}")
    from_ = moment(datetime.fromtimestamp(facts["hour_s"], UTC))
    parts = [
        text(locale, "reply.gathered_since", time=from_),
        text(locale, "reply.gathered_optouts", optouts=f"{optouts:,}"),
    ]
    where = blocks.context(text(locale, "reply.gathered_where"))
    lines = blocks.section(f":speech_balloon: *{said_}*\n{join(locale, *parts)}")
    return SlackMessage(said_, (lines, where))


def whole(number: str, written: str, at: datetime, locale: Locale) -> SlackMessage:
    """What somebody wrote, to one person alone; a number in it is covered as everywhere."""
    if not written:
        return note(text(locale, "reply.words_none"))
    title = text(locale, "reply.whole", number=mask(number))
    plain = _plain(cover_typed(readable(written)))
    parts = (
        blocks.section(f"{title} · {moment(at)}"),
        blocks.section(blocks.quote(cut(plain, WHOLE_MAX))),
        blocks.context(text(locale, "reply.whole_note")),
    )
    return SlackMessage(title, parts)


def none_fits(number: str, locale: Locale, *, is_out: bool) -> SlackMessage:
    """Why there is no template to answer with."""
    key = "reply.none_wanted" if is_out else "reply.none_fits"
    return note(text(locale, key, number=mask(number)))


def _has_more(facts: Mapping[str, Any]) -> bool:
    """Whether somebody wrote more than is shown."""
    match Words(facts["words"]):
        case Words.SHOWN:
            return _shown(facts["text"]) != _plain(readable(facts["text"]).strip())
        case Words.HIDDEN:
            return True
        case Words.NONE:
            return False
        case never:
            assert_never(never)


def _shown(written: str) -> str:
    """What a channel reads of a text: its beginning, with numbers in it covered, one that is cut in
    the middle too."""
    return _plain(beginning(cover_typed(readable(written))))


def _plain(outside: str) -> str:
    """A text from outside in which no name of an emoji becomes a picture: the colon before it gives
    way to its look-alike, as `blocks.inert` has it with other marks."""
    return EMOJI.sub("\u2236", outside)


def _head(facts: Mapping[str, Any], locale: Locale) -> str:
    if not facts["signature"]:
        return text(locale, "reply.said", number=facts["number"])
    signature = _signature(facts["signature"], locale)
    return text(locale, "reply.said_to", number=facts["number"], signature=signature)


def _summary(head: str, facts: Mapping[str, Any], locale: Locale) -> str:
    """For who hears it read out, or sees no more than this."""
    parts = [head]
    if facts["declined"] is not None:
        parts.append(text(locale, "reply.opted_out"))
    if facts["words"] == Words.SHOWN:
        line = " ".join(_shown(facts["text"]).split())
        parts.append(inert(cut(line, PREVIEW_MAX)))
    return " · ".join(parts)


def _words(facts: Mapping[str, Any], locale: Locale) -> list[Block]:
    match Words(facts["words"]):
        case Words.SHOWN:
            return [blocks.section(blocks.quote(_shown(facts["text"])))]
        case Words.HIDDEN:
            return [blocks.context(text(locale, "reply.words_hidden"))]
        case Words.NONE:
            return [blocks.context(text(locale, "reply.words_none"))]
        case never:
            assert_never(never)


def _declined(declined: Mapping[str, str], locale: Locale) -> str:
    scope = text(locale, f"optout.scope.{declined['scope']}")
    signature = _signature(declined["signature"], locale)
    return text(locale, "reply.declined", scope=scope, signature=signature)


def _signature(signature: str, locale: Locale) -> str:
    """A signature as it came from outside."""
    if not signature:
        return text(locale, "optout.any_signature")
    return f"【{inert(cut(_plain(cover_typed(readable(signature))), SIGNATURE_MAX))}】"


def _guess(facts: Mapping[str, Any], locale: Locale) -> list[str]:
    """What it seems to be about, and why that is no more than a guess."""
    guess = facts["guess"]
    if guess is None:
        return [text(locale, "reply.no_guess")]
    template = code(guess["template"])
    if guess["name"]:
        template = f"{template} {inert(cut(guess['name'], NAME_MAX))}"
    time = moment(_at(guess["at_ms"]))
    said_ = text(locale, "reply.guess", template=template, time=time, request=guess["request"])
    return [said_, join(locale, _limits(facts["signature"], locale), _others(guess, locale))]


def _limits(signature: str, locale: Locale) -> str:
    if not signature:
        return text(locale, "reply.guess_limits_any")
    return text(locale, "reply.guess_limits", signature=_signature(signature, locale))


def _others(guess: Mapping[str, Any], locale: Locale) -> str:
    others = guess["others"]
    if others == 0:
        return ""
    if not guess["is_counted"]:
        return text(locale, "reply.others_many", others=others)
    return text(locale, "reply.others_one" if others == 1 else "reply.others", others=others)


def _buttons(facts: Mapping[str, Any], locale: Locale) -> list[Block]:
    reply, number = facts["reply"], facts["number"]
    elements: list[Block] = []
    if _has_more(facts):
        label, says = text(locale, "reply.view"), text(locale, "reply.view_says", number=number)
        elements.append(blocks.button(VIEW, label, value=reply, says=says))
    if facts["declined"] is None:
        label, says = text(locale, "reply.answer"), text(locale, "reply.answer_says", number=number)
        elements.append(blocks.button(ANSWER, label, value=reply, says=says))
    if facts["guess"] is not None:
        label = text(locale, "reply.what_became")
        elements.append(blocks.button(STORY, label, value=facts["guess"]["message"]))
    return elements


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


NOTICES = {SAID: said, GATHERED: gathered}
