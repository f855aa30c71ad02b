"""Templates asked for, approved, and submitted by a program that is killed on the way."""

from dataclasses import dataclass, field
from functools import partial

from bot.locales import Locale, text
from bot.sandbox.tencent.content import Template
from tests.crash.gate import Moment
from tests.journeys.crashing import WAIT_S, World
from tests.journeys.forms import OpenForm
from tests.journeys.people import LIN, MAYA, Json, words_of

ADD = "AddSmsTemplate"
DONE = text(Locale.EN, "requests.card.done_create")
#: A program that need not wait a quarter of an hour before a list proves anything. Copies that come
#: late come before the new start here, so the proof is the same.
HASTY = """
import sys
from datetime import timedelta
from bot.rules import delivery, submissions
from handlers.jobs import settle_changes
delivery.SETTLE_TIME = timedelta(0)
submissions.FIRST_LOOK = submissions.LOOK_AT_LEAST_EVERY = timedelta(milliseconds=50)
settle_changes.EVERY_S = 1
{more}
from bot.__main__ import main
sys.exit(main())
"""
#: What many would write: whatever was under way is simply submitted again.
NAIVE = """
from handlers.flows import changes, submissions
from storage.changes import Outcome

def again(tx, now):
    for each in changes.load_open(tx):
        changes.put_back(tx, each, Outcome("rule"), now, now)
    return 0

submissions.recover = again
"""


@dataclass
class Content:
    """What people asked for, by its name, and the program between them and Tencent."""

    bot: World
    cards: dict[str, Json] = field(default_factory=dict)

    async def ask(self) -> str:
        """LIN hands in the form; returns the name of what is wanted."""
        name, page = f"到货通知{len(self.cards)}", self.bot.page
        await page.type(LIN, "/sms template new")
        form = await OpenForm.opened(self.bot, page, LIN, "template.form")
        await form.choose("template.class", "notice")
        form.write("template.name", name)
        form.write("template.remark", "到货后发送")
        form.write("template.content", f"您的订单已到货，请到{len(self.cards)}号柜取件。")
        assert await form.hand_in() == {}
        await form.see("")
        await form.close()
        self.cards[name] = await page.see(partial(self.card_of, name))
        return name

    async def approve(self, name: str) -> None:
        """A click; whether anybody hears it is another matter."""
        await self.bot.page.click(MAYA, self.cards[name], "approve.yes")

    def die_at(self, moment: Moment, action: str = ADD) -> None:
        """The next exchange about `action` ends in the program's death."""
        self.bot.gate.arm(moment, self.bot.program.kill, action)

    def card_of(self, name: str) -> Json:
        """The card as Slack shows it by now."""
        return next((each for each in self.shown() if f"“{name}”" in each["text"]), {})

    def shown(self) -> list[Json]:
        """All cards; what stands under them is left out."""
        return [
            each
            for each in self.bot.page.cards()
            if each.get("thread_ts", each["ts"]) == each["ts"]
        ]

    def made(self, name: str) -> list[Template]:
        """What Tencent's own books have of it."""
        templates = self.bot.sandbox.world.state.templates.values()
        return [each for each in templates if each.name == name]

    def is_done(self, name: str) -> bool:
        """Whether Tencent has it, and the card says so."""
        return bool(self.made(name)) and DONE in words_of(self.card_of(name))

    async def settle(self) -> None:
        """Waits until all of it is at Tencent, and every card says so."""
        try:
            await self.bot.workspace.wait_for(lambda: all(map(self.is_done, self.cards)), WAIT_S)
        except TimeoutError:
            wrong = {
                name: (len(self.made(name)), words_of(self.card_of(name)))
                for name in self.cards
                if not self.is_done(name)
            }
            raise AssertionError(f"{wrong}\n" + "".join(self.bot.program.errors())) from None

    def judge(self) -> None:
        """By Tencent's own books: one of each, and one card for each."""
        assert {name: len(self.made(name)) for name in self.cards} == dict.fromkeys(self.cards, 1)
        cards = [each for each in self.shown() if DONE in words_of(each)]
        assert len(cards) == len(self.cards)
        assert self.bot.program.errors() == []
