"""The story: one function a step, each returns what was seen or raises NotSeenError.

Nothing is taken for granted: a step looks for the catalogue's own sentences with the figures they
must hold, at the phones, and at what reached Tencent.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

from bot.cli.tour.people import Json, NotSeenError, Seat, Tencent, button_in
from bot.cli.tour.reading import moments_in, sentence
from bot.locales import Locale, text

DELIVERED, EMPTY, FORM = "+8613800000001", "+8613800000002", "+8613800000009"
DROPPED, DOUBLE = "+8613800000010", "+8613800000014"
MANY = ("+8613800000041", "+8613800000042")
ORDER = "A2026"
LANDLINE = "021-12345678"
CODE = "123456"
SAME_TEXT_S = 30
#: Long enough that the doubt is seen before Tencent's records end it.
RECORDS_LATE_MS = 3500
CONFIRM, CONFIRM_JOB = "send.confirm", "job.confirm"


@dataclass(slots=True)
class Stage:
    """Who plays, and the preview that the next step presses."""

    locale: Locale
    teller: Seat
    other: Seat
    guest: Seat
    tencent: Tencent
    preview: Json | None = None

    def need(self, lines: Sequence[str], key: str, **known: object) -> None:
        """Raises NotSeenError unless the lines hold that sentence of the catalogue."""
        need(lines, self.locale, key, **known)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the story; its words are in the catalogue under ``tour.<name>``."""

    name: str
    run: Callable[[Stage], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Seen:
    """How a step ended: the lines seen, and what was missing, empty where nothing was."""

    lines: tuple[str, ...]
    missing: str = ""


async def play(step: Step, stage: Stage) -> Seen:
    """Plays one step."""
    try:
        return Seen(tuple(await step.run(stage)))
    except NotSeenError as fault:
        return Seen(fault.there, fault.wanted)
    except (httpx.HTTPError, KeyError, ValueError) as fault:
        return Seen((), f"{type(fault).__name__}: {fault}")


def need(lines: Sequence[str], locale: Locale, key: str, **known: object) -> None:
    """Raises NotSeenError unless the lines hold that sentence of the catalogue."""
    wanted = sentence(locale, key, **known)
    if not wanted.search("\n".join(lines)):
        raise NotSeenError(text(locale, key), lines)


def masked(number: str) -> str:
    """A mainland number as it may be shown: ``+86 138****0001``."""
    return f"{number[:3]} {number[3:6]}****{number[-4:]}"


def send_line(number: str) -> str:
    return f"/sms send {number} 1110 code={CODE}"


async def menu(stage: Stage) -> list[str]:
    """Asked again until the package is known: it is read from Tencent right after the start."""
    seat = stage.teller
    lines: list[str] = []
    unknown = sentence(stage.locale, "help.standing_unknown")
    for _ in range(20):
        answer = await seat.type("/sms")
        lines = seat.read(answer)
        if not unknown.search("\n".join(lines)):
            break
        await asyncio.sleep(0.25)
    stage.need(lines, "help.menu_title")
    stage.need(lines, "help.menu_send")
    stage.need(lines, "help.standing", app="demo", left="1,000")
    return lines


async def language(stage: Stage) -> list[str]:
    """The menu, for somebody whose Slack speaks the other language."""
    lines = stage.other.read(await stage.other.type("/sms"))
    other = Locale.EN if stage.locale is Locale.ZH_CN else Locale.ZH_CN
    need(lines, other, "help.menu_title")
    need(lines, other, "help.standing", app="demo", left="1,000")
    return lines


async def typo(stage: Stage) -> list[str]:
    lines = stage.teller.read(await stage.teller.type("/sms snd"))
    stage.need(lines, "help.did_you_mean", closest="/sms send")
    return lines


async def landline(stage: Stage) -> list[str]:
    lines = stage.teller.read(await stage.teller.type(send_line(LANDLINE)))
    stage.need(lines, "faults.number.landline")
    await _need_sends(stage, LANDLINE.replace("-", ""), 0)
    return lines


async def preview(stage: Stage) -> list[str]:
    seat = stage.teller
    stage.preview = await seat.type(send_line(DELIVERED))
    lines = seat.read(stage.preview)
    _need_masked(lines, DELIVERED)
    _need_text(lines, CODE)
    stage.need(lines, "preview.length_one", characters=30, segments=1)
    stage.need(lines, "preview.package", before="1,000", after="999")
    stage.need(lines, "preview.use.per_day", used=0, allowed=10)
    button_in(stage.preview, CONFIRM)
    await _need_sends(stage, DELIVERED, 0)
    return lines


async def delivered(stage: Stage) -> list[str]:
    """Send is pressed; the card lives, and the phone shows the message."""
    if stage.preview is None:
        raise NotSeenError(CONFIRM)
    await stage.teller.press(stage.preview, CONFIRM)
    accepted = await _card(stage, DELIVERED, "accepted")
    end = await _card(stage, DELIVERED, "delivered")
    if CODE in "\n".join(end):
        raise NotSeenError("••••••", end)
    return [accepted[0], *end, await _on_phone(stage, DELIVERED)]


async def again(stage: Stage) -> list[str]:
    """The same text at once: refused with the rule and the time it may go."""
    seat = stage.teller
    asked_s = time.time()
    answer = await seat.type(send_line(DELIVERED))
    lines = seat.read(answer)
    stage.need(lines, "preview.use.same_content_30s", used=1, allowed=1)
    stage.need(lines, "faults.limit.same_content_30s")
    stage.need(lines, "faults.next_time")
    if not any(asked_s < at_s <= asked_s + SAME_TEXT_S + 1 for at_s in moments_in(answer)):
        raise NotSeenError(text(stage.locale, "tour.wanted.within_30s"), lines)
    if CONFIRM in str(answer["blocks"]):
        raise NotSeenError(text(stage.locale, "tour.wanted.no_button"), lines)
    await _need_sends(stage, DELIVERED, 1)
    return lines


async def undelivered(stage: Stage) -> list[str]:
    await _send(stage, EMPTY)
    lines = await _card(stage, EMPTY, "undelivered")
    stage.need(lines, "card.cause")
    stage.need(lines, "card.cure")
    if await stage.tencent.texts_on(EMPTY):
        raise NotSeenError(text(stage.locale, "tour.wanted.nothing_arrived"), lines)
    return lines


async def doubt(stage: Stage) -> list[str]:
    """The connection breaks after Tencent took the message: nobody can tell, until records do."""
    await stage.tencent.answer_late("DescribeSendRecordList", RECORDS_LATE_MS)
    await _send(stage, DROPPED)
    first = await _card(stage, DROPPED, "in_doubt")
    end = await _card(stage, DROPPED, "delivered_untimed")
    stage.need(end, "card.settled_by_record")
    await _need_sends(stage, DROPPED, 1)
    return [first[0], *_reason(first, stage), *end, await _on_phone(stage, DROPPED)]


async def stranger(stage: Stage) -> list[str]:
    before = await stage.tencent.sends_to(DELIVERED)
    lines = stage.guest.read(await stage.guest.type(send_line(DELIVERED)))
    # Eve's Slack is in English, whatever the terminal is in.
    role = text(Locale.EN, "help.role.requester")
    need(lines, Locale.EN, "help.role_missing", role=role, groups="@sms-senders")
    await _need_sends(stage, DELIVERED, before)
    return lines


async def form(stage: Stage) -> list[str]:
    """Nothing but `/sms send`: the form asks, searches, previews and sends."""
    seat = stage.teller
    await seat.do("say", channel="C0SMS", text="/sms send")
    name = text(stage.locale, "preview.template")
    view = await seat.see(name, lambda: seat.form_with("template"))
    await seat.choose(view, "template", "send.template", search="验证码", value="1110")
    name = text(stage.locale, "form.variable", variable="{1}")
    view = await seat.see(name, lambda: seat.form_with("value.1110.1"))
    typed = {
        "number": {"send.number": {"type": "plain_text_input", "value": FORM}},
        "value.1110.1": {"value.1": {"type": "plain_text_input", "value": CODE}},
    }
    await seat.do("view/submit", view_id=view["id"], state={"values": typed})
    title = text(stage.locale, "form.preview_title")
    view = await seat.see(title, lambda: seat.form_titled(title))
    lines = seat.read(view)
    _need_masked(lines, FORM)
    await seat.do("view/submit", view_id=view["id"], state={"values": {}})
    end = await _card(stage, FORM, "delivered")
    return [*lines, end[0], await _on_phone(stage, FORM)]


async def double_click(stage: Stage) -> list[str]:
    """Send is pressed three times at once."""
    seat = stage.teller
    shown = await seat.type(send_line(DOUBLE))
    await asyncio.gather(*(seat.press(shown, CONFIRM) for _ in range(3)), return_exceptions=True)
    end = await _card(stage, DOUBLE, "delivered")
    await _need_sends(stage, DOUBLE, 1)
    cards = {card["ts"] for card in seat.cards(masked(DOUBLE))}
    if len(cards) != 1:
        raise NotSeenError(text(stage.locale, "tour.wanted.one_card"), end)
    return [end[0], await _on_phone(stage, DOUBLE)]


async def many(stage: Stage) -> list[str]:
    """Two numbers in one line, one of them twice: one card from the question to the last report."""
    seat, numbers = stage.teller, ",".join((*MANY, MANY[0]))
    await seat.type(f"/sms send {numbers} 1111 {ORDER} 9:00")
    asked = await _job_card(stage, "preflight", count=len(MANY))
    lines = seat.read(asked)
    stage.need(lines, "job.preflight.duplicates_one")
    for number in MANY:
        _need_masked(lines, number)
    await seat.press(asked, CONFIRM_JOB)
    end = seat.read(await _job_card(stage, "done", delivered=len(MANY), total=len(MANY)))
    found = [await stage.tencent.texts_on(number) for number in MANY]
    if any(len(texts) != 1 or ORDER not in texts[0] for texts in found):
        wanted = text(stage.locale, "tour.wanted.one_message", number=" ".join(MANY))
        raise NotSeenError(wanted, [text for texts in found for text in texts])
    return [*lines, *end]


STEPS = (
    Step("menu", menu),
    Step("language", language),
    Step("typo", typo),
    Step("landline", landline),
    Step("preview", preview),
    Step("delivered", delivered),
    Step("again", again),
    Step("undelivered", undelivered),
    Step("doubt", doubt),
    Step("stranger", stranger),
    Step("form", form),
    Step("double_click", double_click),
    Step("many", many),
)


async def _send(stage: Stage, number: str) -> None:
    shown = await stage.teller.type(send_line(number))
    await stage.teller.press(shown, CONFIRM)


async def _card(stage: Stage, number: str, state: str) -> list[str]:
    """The card of the message to a number, once it says that state."""
    seat, wanted = stage.teller, sentence(stage.locale, f"card.state.{state}")

    def look() -> list[str] | None:
        shown = (seat.read(card) for card in seat.cards(masked(number)))
        return next((lines for lines in shown if wanted.fullmatch(lines[0].strip())), None)

    lines = await seat.see(text(stage.locale, f"tour.wanted.{state}"), look)
    _need_masked(lines, number)
    return lines


async def _job_card(stage: Stage, headline: str, **known: object) -> Json:
    """The newest card of a send to many with that headline."""
    seat, wanted = stage.teller, sentence(stage.locale, f"job.headline.{headline}", **known)

    def look() -> Json | None:
        cards = (each for each in reversed(seat.versions) if each.get("bot_id"))
        return next((card for card in cards if wanted.search("\n".join(seat.read(card)))), None)

    return await seat.see(text(stage.locale, f"job.headline.{headline}", **known), look)


async def _on_phone(stage: Stage, number: str) -> str:
    """The one message on a phone. Raises NotSeenError where there is none, or a second one."""
    texts = await stage.tencent.texts_on(number)
    if len(texts) != 1 or CODE not in texts[0]:
        raise NotSeenError(text(stage.locale, "tour.wanted.one_message", number=number), texts)
    return text(stage.locale, "tour.phone", number=number, text=texts[0])


async def _need_sends(stage: Stage, number: str, count: int) -> None:
    found = await stage.tencent.sends_to(number)
    if found != count:
        wanted = text(stage.locale, "tour.wanted.requests", count=count, found=found)
        raise NotSeenError(wanted)


def _reason(lines: Sequence[str], stage: Stage) -> list[str]:
    wanted = sentence(stage.locale, "card.doubt")
    return [line for line in lines if wanted.search(line)]


def _need_masked(lines: Sequence[str], number: str) -> None:
    _need_text(lines, masked(number))
    if number in "\n".join(lines):
        raise NotSeenError(masked(number), lines)


def _need_text(lines: Sequence[str], wanted: str) -> None:
    if wanted not in "\n".join(lines):
        raise NotSeenError(wanted, lines)
