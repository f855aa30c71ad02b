"""Numbers, values, words and secrets no two of which are alike go through everything the bot does,
and stand nowhere where they must not: database, write-ahead log, log, metrics, Slack."""

import io
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretBytes, SecretStr

from bot import logs
from bot.cli.local import Local, Plan, running_locally
from bot.rules.lanes import UNPACED
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.sandbox.workspace import Pace
from bot.sandbox.workspace.trace import KEPT, Direction
from bot.settings import SlackMode
from storage import optouts
from storage.db import Tx, connect, open_database
from storage.rotation import rotate
from storage.vault import Vault
from tests.journeys.clock import HandClock
from tests.journeys.conftest import APP_YAML, QUICK
from tests.journeys.people import (
    ALERTS,
    BO,
    EVE,
    LIN,
    MAYA,
    OMAR,
    Json,
    Page,
    buttons_of,
    words_of,
)
from tests.policies import plain, row

#: National digits of a number, by what is done with it. No two share more than their first five.
NUMBERS: Mapping[str, str] = {
    "code": "13955117001",
    "notice": "13955227012",
    "discarded": "13955337023",
    "malformed": "139554470341",
    "misspelt": "13955557045",
    "listed": "13955667056",
    "listed again": "13955777067",
    "bad row": "139558870789",
    "replied": "13955997089",
    "said no": "13956017090",
    "in a reply": "13956127101",
    "in a list of no": "13956237112",
    "reason of a no": "13956347123",
    "exempt": "13956457134",
    "reason of that": "13956567145",
    "on call": "13956677156",
    "asked about": "13956787167",
    "silence": "13956897178",
    "stopped app": "13956907189",
    "limit": "13957017190",
    "declared": "13957127201",
    "rejected": "13957237212",
    "report of a stranger": "13957347223",
    "words of a report": "13957457234",
    "code of a report": "13957567245",
    "broken callback": "13957677256",
    "call": "13957787267",
    "lost answer": "13957897278",
    "no answer": "13957907289",
    "guest": "13958017290",
    "resolved": "13958127301",
    "cancelled": "13958237312",
    "erased": "13958347323",
}
#: As people part those of other countries, and ours: in words they type, and in carriers'.
APART: Mapping[str, str] = {
    "in a silence, of Hong Kong": "+852 9123 4501",
    "resolved, of Britain": "+44 7911 123405",
    "declared, of America": "(202) 555-0104",
    "stopped app, with dots": "139.6123.1706",
    "rejected, in pairs": "139 62 34 17 17",
    "in a reply, with dots": "139.6345.1728",
    "reason of a no, in pairs": "139-64-56-17-39",
    "words of a report, apart": "139 6567 1740",
    "code of a report, apart": "139.6678.1751",
}
CODES = {"sent": "947261", "discarded": "385014", "again": "726158"}
VALUES = {"typed": "TYPEDQX71", "pasted": "PASTEDQX72"}
REPLY = "REPLYQX73"
DIGITS = frozenset("0123456789")
Found = list[tuple[str, str]]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the program writes to its standard error, with every logger as `smsops run` has it."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    logs.set_up(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    for name, of_it in levels.items():
        logging.getLogger(name).setLevel(of_it)


class Team:
    """Everybody who types, answers and pushes something, one after the other."""

    def __init__(self, local: Local, page: Page, clock: HandClock, http: httpx.AsyncClient) -> None:
        self.local, self.page, self._clock, self._http = local, page, clock, http

    async def do_everything(self) -> None:
        await self.send()
        await self.send_many()
        await self.answer()
        await self.push()
        await self.set_up()
        await self.erase()
        await self.go_wrong()
        await self.give_reasons()

    async def send(self) -> None:
        page = self.page
        preview = await page.type(
            MAYA, f"/sms send {NUMBERS['discarded']} 1110 {CODES['discarded']}"
        )
        await page.press(MAYA, preview, "send.discard")
        await page.send(MAYA, f"/sms send +86{NUMBERS['code']} 1110 code={CODES['sent']}")
        await self.arrived(NUMBERS["code"])
        await page.send(MAYA, f"/sms send {NUMBERS['notice']} 1111 {VALUES['typed']} 今天")
        await self.arrived(NUMBERS["notice"])
        await page.type(MAYA, f"/sms send {NUMBERS['malformed']} 1110 {CODES['sent']}")
        await page.type(MAYA, f"/sms snd {NUMBERS['misspelt']} 1110 {CODES['sent']}")
        await page.type(EVE, f"/sms send {NUMBERS['guest']} 1110 {CODES['sent']}")
        await page.type(LIN, f"/sms why {NUMBERS['asked about']}")
        await page.type(LIN, f"/sms why +86-{NUMBERS['notice']}")
        for line in ("optout", "limit exempt"):
            await page.type(LIN, f"/sms {line} {NUMBERS['asked about']}")

    async def send_many(self) -> None:
        some = f"{NUMBERS['listed']},{NUMBERS['listed again']},{NUMBERS['bad row']}"
        await self.page.type(MAYA, f"/sms send {some} 1111 {VALUES['pasted']} 9:00")
        card = await self.see_card("Send to 2 recipients?")
        button = next(each for each in buttons_of(card) if each.startswith("job.confirm"))
        await self.page.press(MAYA, card, button)
        await self.arrived(NUMBERS["listed again"])
        await self.page.type(MAYA, f"/sms send {NUMBERS['cancelled']} 1111 later 9:00 at 18:00")
        card = await self.see_card("Send to 1 recipient?")
        await self.page.press(MAYA, card, "job.confirm")
        request = card["text"].rpartition(" · ")[2]
        why = f"call {NUMBERS['cancelled']} instead"
        await self.page.type(MAYA, f"/sms job cancel {request} because {why}")

    async def answer(self) -> None:
        for number in (NUMBERS["replied"], NUMBERS["said no"]):
            await self.wait(minutes=1)
            await self.page.send(MAYA, f"/sms send {number} 1112")
            await self.arrived(number)
        spoken = f"{REPLY} {NUMBERS['in a reply']} {APART['in a reply, with dots']}"
        await self.post(f"phones/+86{NUMBERS['replied']}/reply", text=spoken)
        told = await self.see_card("replied", "C0REPLIES")
        await self.page.press(MAYA, told, "reply.view", "C0REPLIES")
        await self.page.see_whisper(MAYA, REPLY, "C0REPLIES")
        await self.post(f"phones/+86{NUMBERS['said no']}/reply", text="退订")
        await self.see_card("Opted out", "C0REPLIES")

    async def push(self) -> None:
        """What anybody who knows the address may post, and what nobody may."""
        report = {
            "user_receive_time": "2026-11-23 11:00:00",
            "nationcode": "86",
            "mobile": NUMBERS["report of a stranger"],
            "report_status": "FAIL",
            "errmsg": NUMBERS["code of a report"],
            "description": f"no such user {NUMBERS['words of a report']}",
            "sid": "5000:1045710669157053657849499619",
        }
        apart = {
            **report,
            "errmsg": APART["code of a report, apart"],
            "description": f"no such user {APART['words of a report, apart']}",
        }
        call = {
            "voicekey_callback": {
                "result": "0",
                "callid": "marker-call",
                "mobile": NUMBERS["call"],
                "nationcode": "86",
                "keypress": "1",
                "call_from": "",
            }
        }
        broken = f'[{{"mobile": "{NUMBERS["broken callback"]}", "errmsg": '
        for body in (json.dumps([report, apart]), json.dumps(call), broken):
            await self._http.post(self.callback_url, content=body)
        await self._http.post(f"{self.local.bot.url}/callbacks/wrong/demo", content=broken)
        await self._http.get(f"{self.local.bot.url}/?number={NUMBERS['broken callback']}")

    async def set_up(self) -> None:
        page = self.page
        await page.type(OMAR, f"/sms oncall phone {NUMBERS['on call']}")
        why = f"see {NUMBERS['reason of a no']} {APART['reason of a no, in pairs']}"
        await page.type(MAYA, f"/sms optout add {NUMBERS['in a list of no']} {why}")
        why = f"QA phone, {NUMBERS['reason of that']}"
        await page.type(MAYA, f"/sms limit exempt add {NUMBERS['exempt']} for 7d because {why}")
        card = await self.see_card("exempt from limits")
        await page.press(BO, card, "approve.no")
        words = f"that is {NUMBERS['rejected']}, {APART['rejected, in pairs']}"
        reason = {"type": "plain_text_input", "value": words}
        await page.fill(BO, {"reason": {"approve.reason": reason}})
        await self.see_card("Rejected")

    async def erase(self) -> None:
        """Looked up, asked for with the number in the reason, and approved."""
        number, page = NUMBERS["erased"], self.page
        await page.type(MAYA, f"/sms optout add {number} they called from {number}")
        await page.type(OMAR, f"/sms erase {number}")
        await page.type(OMAR, f"/sms erase {number} because {number} asked us to")
        for user in (MAYA, BO):
            await page.press(user, await self.see_card("Erasure of"), "approve.yes")
        await self.see_card("Number erased")

    async def give_reasons(self) -> None:
        """Words somebody types, with a number in them."""
        said = {name: f"ask {NUMBERS[name]} first" for name in NUMBERS}
        page, silence = self.page, f"{said['silence']} {APART['in a silence, of Hong Kong']}"
        await page.type(OMAR, f'/sms alerts silence alert=drift for 1h because "{silence}"', ALERTS)
        await page.type(OMAR, f"/sms limit set day=3 because {said['limit']}")
        declared = f"{said['declared']} {APART['declared, of America']}"
        await page.type(MAYA, f"/sms limit declare day=3 because {declared}")
        # A second message within half a minute: a limit is hit.
        line = f"/sms send {NUMBERS['asked about']} 1110 {CODES['again']}"
        await page.send(MAYA, line)
        await page.type(MAYA, line)
        card = await self.see_card("Firing", ALERTS)
        alert = card["text"].rpartition(" ")[2]
        resolved = f"{said['resolved']} {APART['resolved, of Britain']}"
        await page.type(OMAR, f"/sms alerts resolve {alert} because {resolved}", ALERTS)
        stopped = f"{said['stopped app']} {APART['stopped app, with dots']}"
        await page.type(MAYA, f"/sms app pause demo because {stopped}")
        await page.type(MAYA, "/sms app")

    async def go_wrong(self) -> None:
        """Answers that do not come: what was asked stands in no error."""
        faults = self.local.sandbox.world.faults
        for what, kind in (("no answer", FaultKind.NOT_JSON), ("lost answer", FaultKind.HALF_BODY)):
            faults.add(Fault("SendSms", kind))
            await self.page.send(MAYA, f"/sms send {NUMBERS[what]} 1111 A1 今天")
        await self.wait(minutes=20)

    async def arrived(self, number: str) -> None:
        phones = self.local.sandbox.phones

        async def look() -> bool:
            if not phones.messages(f"+86{number}"):
                await self.wait(seconds=1)
            return bool(phones.messages(f"+86{number}"))

        await self.page.eventually(look)

    async def see_card(self, words: str, channel: str = "C0SMS") -> Json:
        """Lets time pass until a card says `words`."""

        async def look() -> Json:
            await self.wait(seconds=2)
            cards = [each for each in reversed(self.page.cards(channel)) if is_card(each)]
            return next((each for each in cards if words in words_of(each)), {})

        try:
            return await self.page.eventually(look)
        except TimeoutError:
            shown = "\n---\n".join(words_of(each) for each in self.page.cards(channel))
            raise AssertionError(f"no card says {words!r}; there are:\n{shown}") from None

    async def wait(self, **time: float) -> None:
        self._clock.advance(timedelta(**time))
        await self.local.bot.clock.tick()

    async def post(self, path: str, **body: object) -> None:
        answer = await self._http.post(f"{self.local.sandbox.url}/_sandbox/{path}", json=body)
        assert answer.is_success, answer.text

    @property
    def callback_url(self) -> str:
        secret = self.local.settings.secrets.callback_secrets[0].get_secret_value()
        return f"{self.local.bot.url}/callbacks/{secret}/demo"


def is_card(message: Json) -> bool:
    """Whether it is a card, or a reply that was told; what is said about a card is neither."""
    return "thread_ts" not in message or message["thread_ts"] == message["ts"]


def secrets_of(local: Local) -> dict[str, str]:
    """Every secret the bot was given, by its name."""
    found: dict[str, str] = {}
    for name, value in local.settings.secrets:
        each = value.values() if isinstance(value, Mapping) else value
        for one in each if not isinstance(each, SecretStr | SecretBytes | None) else [each]:
            match one:
                case SecretStr():
                    found[name] = one.get_secret_value()
                case SecretBytes():
                    found[name] = one.get_secret_value().hex()
    return found


def written(marker: str) -> str:
    """How a marker may stand somewhere."""
    return r"[\s().-]*".join(marker) if DIGITS.issuperset(marker) else re.escape(marker)


def in_text(markers: Mapping[str, str], text: str) -> Found:
    """Which of the markers stand in `text`, with what is around them; numbers however they are
    written apart."""
    found: Found = []
    for name, marker in markers.items():
        match = re.search(written(marker), text)
        if match is not None:
            found.append((name, text[max(0, match.start() - 60) : match.end() + 40]))
    return found


def in_files(markers: Mapping[str, str], database: Path) -> Found:
    """Which of the markers stand in the database, its log and whatever else is beside it."""
    found: Found = []
    for path in sorted(database.parent.glob(f"{database.name}*")):
        held = path.read_bytes()
        for name, marker in markers.items():
            match = re.search(written(marker).encode(), held)
            if match is not None:
                around = held[max(0, match.start() - 80) : match.end() + 40]
                found.append((name, f"{path.suffix}: {around!r}"))
    return found


def said_to_slack(local: Local) -> str:
    """Everything the bot has told Slack: its calls, and its answers to what Slack told it."""
    told: list[Any] = []
    exchanges = local.workspace.trace.exchanges()
    assert 100 < len(exchanges) < KEPT
    for each in exchanges:
        told.append(each.request if each.direction is Direction.IN else each.answer)
    return json.dumps(told, ensure_ascii=False)


def said_in_channels(local: Local, page: Page) -> str:
    """What everybody in a channel reads."""
    names = ("C0SMS", "C0ALERTS", "C0REPLIES", "C0REVIEWS", "C0REPORTS")
    return json.dumps([page.cards(name) for name in names], ensure_ascii=False)


async def is_done_with(local: Local) -> bool:
    def look(tx: Tx) -> bool:
        return tx.one("SELECT 1 FROM envelopes WHERE handled_at_ms IS NULL") is None

    return await local.bot.services.db.read(look)


async def test_markers_stand_nowhere_where_they_must_not(
    tmp_path: Path, clock: HandClock, log: io.StringIO
) -> None:
    plan = Plan(
        APP_YAML,
        tmp_path,
        slack_pace=UNPACED,
        mode=SlackMode.HTTP,
        sandbox=QUICK,
        pace=Pace(),
        clock=clock,
        overrides={**plain(row(2, "number.erase")), "sending.undo_s": 0},
    )
    async with running_locally(plan) as local, httpx.AsyncClient(trust_env=False) as http:
        page = Page(local.workspace, http)
        team = Team(local, page, clock, http)
        await team.do_everything()
        await page.eventually(lambda: is_done_with(local))
        secrets = secrets_of(local)
        database = local.settings.database
        metrics = (await http.get(f"{local.bot.url}/metrics")).text
        apart = {name: re.sub(r"^\+\d+|\D", "", each) for name, each in APART.items()}
        every = {**NUMBERS, **apart, **CODES, **VALUES, "reply": REPLY, **secrets}
        # As it is while the bot runs: most of it in the write-ahead log.
        assert database.with_name(f"{database.name}-wal").stat().st_size > 0
        assert in_files(every, database) == []
        assert in_text(every, metrics) == []
        assert in_text({**NUMBERS, **apart, **secrets}, said_to_slack(local)) == []
        assert in_text({**CODES, "reply": REPLY}, said_in_channels(local, page)) == []
        # The journey did what it says: the number that said no is known to have.
        assert await local.bot.services.db.read(optouts.of_number, f"+86{NUMBERS['said no']}")
    # And as it is when the bot has ended.
    assert database.stat().st_size > 100_000
    assert in_files(every, database) == []
    assert "send_settled" in log.getvalue()
    assert in_text(every, log.getvalue()) == []
    # With another key, nothing is left of what the first one sealed.
    first, other = Vault(bytes.fromhex(secrets["data_key"])), Vault(bytes(range(64)))
    sealed = {what: first.seal_number(f"+86{number}") for what, number in NUMBERS.items()}
    # What was erased is not even there sealed.
    assert "erased" not in {what for what, _ in in_files(sealed, database)}
    assert {"code", "replied", "on call"} <= {what for what, _ in in_files(sealed, database)}
    with closing(connect(database)) as conn:
        assert rotate(conn, first, other, clock(), lambda done, total: None) is not None
    assert in_files(sealed, database) == []
    anew = {what: other.seal_number(f"+86{number}") for what, number in NUMBERS.items()}
    assert {"code", "replied", "on call"} <= {what for what, _ in in_files(anew, database)}
    open_database(database, other).close()
