"""What people confirmed: one intent a recipient, with words in it that no other SMS has."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from bot.rules.sending import Draft
from bot.settings import Settings
from handlers.flows import drafts
from storage.db import Tx
from tests.journeys.people import LIN, SMS

#: By class: the template, its values with room for the one that tells them apart, and the text of
#: the SMS round that one.
OTP, NOTICE, ALERT = "1110", "1111", "1117"
TEMPLATES = (OTP, NOTICE, ALERT)
TEXTS = {OTP: "验证码是{}，", NOTICE: "订单{}已发货", ALERT: "starts at {}."}
#: Of ten sends so many go to a number that was written to just before: fences collide.
AGAIN_IN_TEN = 4


@dataclass(frozen=True, slots=True)
class Intent:
    """One SMS somebody asked for; `words` are in its text and in no other's."""

    trial: str
    request_id: str
    number: str
    words: str

    @property
    def mark(self) -> str:
        """The digits in its words, as a request carries them."""
        return "".join(filter(str.isdigit, self.words))


class Callers:
    """Makes up who is written to, and what."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._marks = map(str, range(100_000, 1_000_000))
        self._recent: list[str] = []

    def mark(self) -> str:
        """Six digits nobody else has: a code, an order, a time of day."""
        return next(self._marks)

    def fresh_number(self) -> str:
        number = f"+86139{next(self._marks)}00"
        self._recent = [*self._recent[-5:], number]
        return number

    def any_number(self) -> str:
        """A new one, or one that was written to just before."""
        if self._recent and self._dice.randrange(10) < AGAIN_IN_TEN:
            return self._dice.choice(self._recent)
        return self.fresh_number()

    def template(self) -> str:
        return self._dice.choice(TEMPLATES)


def words_in(template: str, mark: str) -> str:
    return TEXTS[template].format(mark)


def confirm_single(
    tx: Tx, settings: Settings, trial: str, number: str, template: str, mark: str, now: datetime
) -> Intent:
    """A preview and a click, as the flows make them."""
    values = [mark, "明天"] if template == NOTICE else [mark]
    ask = drafts.SendAsk(
        number=number,
        template=template,
        pairs=[(None, value) for value in values],
        app=settings.apps[0],
        signature=None,
        requester=LIN,
        channel=SMS,
    )
    draft = drafts.draft(tx, ask, settings, now)
    assert isinstance(draft, Draft), draft
    queued = drafts.confirm(tx, draft.request_id, draft.sha256, LIN, settings, now)
    assert isinstance(queued, drafts.Queued), queued
    return Intent(trial, draft.request_id, number, words_in(template, mark))
