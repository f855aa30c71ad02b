"""The people round the program: they send, say yes, look after doubts and let what stopped go on.

What they do is written as the program writes it, by its own flows, but by this process: between two
lives or beside one. Clicks through Slack are trials of their own.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from bot.rules.requests import RequestState
from bot.sandbox.tencent.phones import Phones
from bot.sandbox.workspace import Workspace
from bot.settings import Settings
from handlers.flows import doubts, job_drafts, jobs
from handlers.flows.doubts import DoubtChoice, DoubtRefusal
from handlers.flows.drafts import ConfirmRefusal, Refusal
from handlers.flows.job_drafts import Attached, Confirmed, JobDraft, Pasted
from storage import jobs as stored_jobs
from storage import requests
from storage.messages import Message
from tests.crash.board import Board
from tests.crash.store import Store
from tests.crash.traffic import NOTICE, Callers, Intent, confirm_single, words_in
from tests.journeys.people import LIN, MAYA, SMS, Page

WHEN = "明天"
#: Said to somebody who says yes once more.
CLICKED = frozenset({ConfirmRefusal.ALREADY_SENT, ConfirmRefusal.ALREADY_ASKED})


@dataclass
class Crowd:
    """`intents` is what they confirmed; `drafted` what they are still asked about."""

    store: Store
    settings: Settings
    board: Board
    phones: Phones
    workspace: Workspace
    page: Page
    dice: Random
    callers: Callers
    intents: list[Intent] = field(default_factory=list)
    drafted: dict[str, list[Intent]] = field(default_factory=dict)
    #: What they could not say yes to, and why.
    turned_down: list[str] = field(default_factory=list)

    def send(self, trial: str, numbers: Sequence[str], template: str | None = None) -> list[Intent]:
        """An SMS to each of `numbers`, one by one, of some template where none is named."""
        made = [
            self.store.write(
                confirm_single,
                self.settings,
                trial,
                number,
                template or self.callers.template(),
                self.callers.mark(),
                self.board.program_time(),
            )
            for number in numbers
        ]
        self.intents += made
        return made

    def draft_many(self, trial: str, numbers: Sequence[str]) -> str:
        """The same text to many; one number is in the list twice. It is confirmed later on."""
        mark = self.callers.mark()
        words = words_in(NOTICE, mark)
        source = Pasted((*numbers, numbers[0]))
        return self._draft(trial, source, [mark, WHEN], dict.fromkeys(numbers, words))

    async def draft_list(self, trial: str, numbers: Sequence[str]) -> str:
        """A file with a text for each; one row of it is bad."""
        marks = {number: self.callers.mark() for number in numbers}
        sheet = io.StringIO()
        rows = [("phone", "1", "2"), ("95588", "0", WHEN)]
        rows += [(number, mark, WHEN) for number, mark in marks.items()]
        csv.writer(sheet).writerows(rows)
        name = f"{self.callers.mark()}.csv"
        await self.page.share(LIN, name, sheet.getvalue().encode())
        # Not the last message: the program may have posted a card meanwhile.
        [file] = [
            file
            for message in self.workspace.messages(SMS)
            for file in message.get("files", [])
            if file["name"] == name
        ]
        source = Attached(file["id"], file["name"], file["size"], file["url_private"])
        words = {number: words_in(NOTICE, mark) for number, mark in marks.items()}
        return self._draft(trial, source, [], words)

    def _draft(
        self, trial: str, source: Pasted | Attached, values: list[str], words: dict[str, str]
    ) -> str:
        draft = JobDraft(
            source=source,
            template=NOTICE,
            pairs=[(None, value) for value in values],
            app=self.settings.apps[0],
            signature=None,
            at=None,
            valid_for_s=self.settings.sending.valid_for_s,
            requester=LIN,
            channel=SMS,
        )
        made = self.store.write(job_drafts.draft_job, draft, self.board.program_time())
        assert isinstance(made, str), made
        self.drafted[made] = [Intent(trial, made, *each) for each in words.items()]
        return made

    def is_checked(self, request_id: str) -> bool:
        job = stored_jobs.get(self.store.tx, request_id)
        return job is not None and job.checked_at is not None

    def confirm_checked(self) -> None:
        """Everybody says yes to what they are shown, where they have not by a click. What they may
        not say yes to any more is not sent: whatever arrives of it is nobody's."""
        for request_id in [each for each in self.drafted if self.is_checked(each)]:
            intents = self.drafted.pop(request_id)
            request = requests.get(self.store.tx, request_id)
            assert request is not None
            end = self.store.write(
                job_drafts.confirm_job,
                request_id,
                request.sha256,
                LIN,
                self.settings,
                self.board.program_time(),
                good_rows_only=True,
            )
            is_clicked = isinstance(end, Refusal) and end.reason in CLICKED
            if isinstance(end, Confirmed) or is_clicked:
                self.intents += intents
            else:
                self.turned_down.append(f"{intents[0].trial}: {end}")

    def see_to(self, *, waits_in_ten: int) -> None:
        """What people do between two lives."""
        self.confirm_checked()
        self.let_go_on()
        self.decide(waits_in_ten=waits_in_ten)

    def let_go_on(self) -> None:
        """What Tencent's answers, or a person, had stopped."""
        now = self.board.program_time()
        for app in self.store.stopped_apps():
            self.store.write(jobs.resume_app, app, MAYA, now)
        for request_id in self.store.requests_in(RequestState.PAUSED):
            self.store.write(jobs.resume, request_id, LIN, now)

    def pause_some(self) -> None:
        """Somebody stops a job in the middle of it."""
        running = self.store.requests_in(RequestState.EXECUTING)
        for request_id in self.dice.sample(running, min(len(running), 2)):
            self.store.write(jobs.pause, request_id, LIN, self.board.program_time())

    def decide(self, *, waits_in_ten: int = 0, but: str = "") -> None:
        """People settle the doubts that are theirs by now, all `but` one: they ask whether it
        arrived, and where it did not, it is sent again. Some wait on."""
        now = self.board.program_time()
        for doubt in self.store.ripe(now):
            if doubt.id == but or self.dice.randrange(10) < waits_in_ten:
                continue
            choice = (
                DoubtChoice.TREAT_AS_SENT if self.has_arrived(doubt) else DoubtChoice.SEND_AGAIN
            )
            if isinstance(self._say(doubt, choice), DoubtRefusal):
                # A code, or a job that is over: it is not sent again.
                self._say(doubt, DoubtChoice.TREAT_AS_SENT)

    def _say(self, doubt: Message, choice: DoubtChoice) -> Message | DoubtRefusal:
        now = self.board.program_time()
        return self.store.write(doubts.decide, doubt.id, doubt.attempt or "", choice, MAYA, now)

    def has_arrived(self, doubt: Message) -> bool:
        """What the recipient says who is asked."""
        words = [
            intent.words
            for intent in self.intents
            if (intent.request_id, intent.number) == (doubt.request_id, doubt.number)
        ]
        texts = [sms.text for sms in self.phones.messages(doubt.number)]
        return any(each in text for text in texts for each in words)

    def pass_time(self) -> None:
        """A while, in which people see to some of what is theirs."""
        self.board.advance(timedelta(seconds=self.dice.uniform(6, 240)))
        self.see_to(waits_in_ten=3)
        if not self.dice.randrange(10):
            self.pause_some()
