"""Two apps, each with people of its own: what is of one is none of the others' business."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

import pytest

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Answer, AppOf, Chosen, Filled, Pressed, Typed, Whisper
from bot.rules.alerts import AlertKind, Severity, Signal
from bot.rules.brake import Kind
from bot.rules.roles import ACCOUNT
from bot.rules.words import Word, Words, read
from bot.settings import SlackMode
from bot.slack.messages import reveals, silences
from handlers.flows import alerts
from storage import brakes, replies
from storage.db import Tx
from storage.replies import Reply
from tests.journeys.clock import HandClock
from tests.journeys.people import (
    ALERTS,
    LIN,
    MAYA,
    OMAR,
    SMS,
    Json,
    Page,
    until_said,
    words_of,
)
from tests.journeys.test_home import Tab
from tests.journeys.watching import see_alert
from tests.policies import everything

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
#: Lin and Maya hold every role for the account; Omar holds all there are, and for `shop` alone.
EVERYBODY = ("viewer", "requester", "approver", "limit_admin", "oncall", "auditor")
MALL = {
    "name": "mall",
    "sdk_app_id": "1400006666",
    "signature": "腾讯云",
    "exclusive": True,
    "channels": ["sms"],
    "templates": {"1110": {"class": "otp"}, "1109": {"class": "alert"}},
    "limits": {"profile": "classic"},
}
SHOP = {
    **MALL,
    "name": "shop",
    "sdk_app_id": "1400007777",
    "channels": ["sms-alerts"],
    "roles": {role: [OMAR] for role in EVERYBODY},
}
ONE, OTHER = "+8613800000001", "+8613800000002"
THIRD = "+8613800000003"
#: What says no by the policy of the request, and what opens an empty form.
OTHERWISE = frozenset({"approve.yes", "approve.no", "approve.withdraw", "silences.new"})
PRESSED = frozenset(
    {
        "job.undo",
        "job.confirm",
        "limit.ask",
        "limit.exempt_remove",
        "send.confirm",
        "app.pause",
        "limit.declare",
        "limit.change",
        "limit.export",
        "stats.span_0",
        "figures.csv",
        "silences.end",
        "why.message",
        "alerts.ack",
        "alerts.silence",
        "alerts.resolve",
    }
)
#: Of a request, whatever people may change; what a limit would do is worked out meanwhile.
REQUESTS = "SELECT id, kind, app, requester, state, reason FROM requests"
#: Where else something is changed by people.
TABLES = (
    "approvals",
    "votes",
    "messages",
    "jobs",
    "limit_exemptions",
    "limit_declarations",
    "limit_policies",
    "silences",
    "alert_groups",
    "alert_moves",
    "app_stops",
    "app_choices",
    "optouts",
    "form_drafts",
)


HOSTILE = (
    "",
    ":",
    "|||",
    "\0",
    "\ud800",
    "nobody",
    "R-0000:x",
    "A-0000|9",
    "mall|\ud800",
    "[" * 3000,
    "{}",
    '{"app": 1, "channel": []}',
    '{"app": "mall", "channel": "", "file": {"x": 1}}',
    '["C", "mall"]',
    "9" * 2000,
    "app=~(",
    'app="x" for 4h',
    "💥 <!channel> *x*",
)
IDS = ("requests", "alert_groups", "silences")
REFUSED = (
    f"send {THIRD} 1110 code=123456",
    f"send {THIRD} 1110 code=123456 app=mall",
    "send app=mall",
    "limit",
    "limit show mall",
    "limit set day=9 because more",
    "limit set day=9 app=mall because more",
    "limit simulate day=3",
    "limit declare mall day=9",
    "limit declare app=mall",
    "limit exempt",
    f"limit exempt remove {OTHER}",
    "app use mall",
    "app pause mall",
    "app resume mall because why not",
    "stats",
    "stats mall 7d",
    "alerts silence alert=limit_hit for 4h",
    "template new",
    "template delete 1110",
    "sign new",
    f"optout add {THIRD}",
    "optout import",
    "audit",
    "audit verify",
    "doctor",
    f"doctor send {THIRD} 1110 code=123456",
    "oncall set nobody",
)
#: Those that name no app: another one may be meant from then on.
MEANT = {
    f"send {THIRD} 1110 code=123456",
    "limit",
    "limit set day=9 because more",
    "limit simulate day=3",
    "limit exempt",
    f"limit exempt remove {OTHER}",
    "stats",
    f"doctor send {THIRD} 1110 code=123456",
}
#: Ids of what is another app's; one that nothing has is answered alike.
NAMED = (
    "alerts {alert}",
    "alerts show {alert}",
    "alerts ack {alert}",
    "alerts unack {alert} {alert}",
    "alerts resolve {alert} because over",
    "alerts reopen {alert}",
    "alerts silence {alert} for 4h",
    "alerts silence {alert}",
    "alerts ack id={alert}",
    "alerts unsilence {silence}",
    "alerts unsilence id={silence}",
    "alerts unsilence {silence} because over",
)
NOBODYS = {"alert": "A-9ZZZ", "silence": "S-9ZZZ"}
UNKNOWN = (
    "job",
    "job show {request}",
    "job cancel {request}",
    "job cancel id={request}",
    "job cancel",
    "why {request}",
    f"why {ONE}",
    "reveal {request} because the customer asks",
    "app",
    "alerts",
    "alerts list alert=limit_hit",
    "alerts list resolved",
    "alerts ack",
    "alerts silences",
    "alerts unsilence",
    "stats all",
    "package",
    "optout",
    "template show 1110",
    "sign",
    "oncall",
    "approve",
)
WORKS = (
    (f"send {THIRD} 1110 code=123456", "shop"),
    ("limit", "shop"),
    ("limit show shop", "shop"),
    ("limit exempt app=shop", "shop"),
    ("app", "shop"),
    ("stats", "shop"),
    ("stats all", "Figures of `shop`"),
    ("alerts", "shop"),
    ("alerts ack {alert}", "{alert}"),
    ("alerts silence {alert} for 4h", "S-"),
    ("alerts silences", "shop"),
    ("template", "1110"),
    ("package", "segments left"),
    ("help", "/sms send"),
)


@pytest.fixture
def overrides() -> Mapping[str, object]:
    return {
        **everything(),
        "default_app": "mall",
        "roles": {role: [LIN, MAYA] for role in (*EVERYBODY, "owner")},
        "apps": [MALL, SHOP],
        # However long it takes: the job of theirs is not to begin meanwhile.
        "sending.undo_s": 3600,
    }


def stored(tx: Tx) -> dict[str, list[str]]:
    """Everything somebody could have changed."""
    asked = {name: f"SELECT * FROM {name}" for name in TABLES}
    return {
        name: sorted(repr(tuple(row)) for row in tx.all(sql))
        for name, sql in {**asked, "requests": REQUESTS}.items()
    }


def actions_of(message: Json) -> Iterator[Json]:
    """Every button and list of a message, as a click sends it."""
    for block in message.get("blocks") or []:
        for element in (*block.get("elements", []), block.get("accessory") or {}):
            if "action_id" not in element:
                continue
            click = {key: element[key] for key in ("type", "action_id")}
            click["block_id"] = block["block_id"]
            if element["type"] == "button":
                yield {**click, "value": element.get("value", "")}
            else:
                yield {**click, "selected_option": element["options"][0]}


class Team:
    """Lin works with mall; Omar, who has nothing to do with it, tries all he can reach."""

    def __init__(self, local: Local, page: Page, clock: HandClock) -> None:
        self.local, self.page, self.clock = local, page, clock

    async def stored(self) -> dict[str, list[str]]:
        return await self.local.bot.services.db.read(stored)

    async def works(self) -> list[tuple[str, Json]]:
        """One of each thing that is of mall; the messages about them, and where they stand."""
        page = self.page
        await page.send(LIN, f"/sms send {ONE} 1110 code=123456")
        await page.see_card("Delivered")
        await page.type(LIN, f"/sms limit exempt add {OTHER} for 7d because test")
        await self.agree("exempt from limits")
        await self.ask_job("A1")
        await self.agree("A1")
        await self.with_button("job.undo", "")
        for line in (
            f"send {OTHER} 1110 code=123456",
            "limit set day=9 because more",
            'alerts silence alert="volume", app="mall" for 4h because quiet',
        ):
            await page.type(LIN, f"/sms {line}")
        await self.with_button("limit.ask", "day=9")
        await self.ask_job("B2")
        await self.raise_alert("mall")
        await see_alert(self.local, page, self.clock, "mall")
        for line in ("app", "limit", "limit exempt", "stats", "alerts silences", f"why {ONE}"):
            await page.type(LIN, f"/sms {line}")
        await until_said(self.local, page)
        shown = [(SMS, each) for each in (*page.cards(SMS), *page.whispers(LIN))]
        return [*shown, *((ALERTS, each) for each in page.cards(ALERTS))]

    async def ask_job(self, value: str) -> None:
        """A send to two, which waits for Lin."""
        await self.page.type(LIN, f"/sms send {ONE},{OTHER} 1111 {value} 9:00")
        await self.with_button("job.confirm", value)

    async def agree(self, words: str) -> None:
        """Lin asks for it, where that is a step of its own, and Maya says yes."""
        card = await self.page.see_card(words)
        if "job.confirm" in [each["action_id"] for each in actions_of(card)]:
            await self.page.press(LIN, card, "job.confirm")
        await self.page.press(MAYA, await self.with_button("approve.yes", words), "approve.yes")
        await self.page.see(lambda: "approve.yes" not in buttons_in(self.page.cards()))

    async def with_button(self, action_id: str, words: str) -> Json:
        def look() -> Json:
            fitting = (each for each in self.page.cards() if words in words_of(each))
            return next((each for each in fitting if action_id in buttons_in([each])), {})

        return await self.page.see(look)

    async def raise_alert(self, app: str) -> None:
        services = self.local.bot.services
        signal = Signal(AlertKind.LIMIT_HIT, Severity.WARNING, {"app": app}, {}, 1)
        await services.db.write(alerts.raise_event, signal, services.settings, self.clock())
        services.wake()

    async def ids(self, table: str) -> list[str]:
        def read(tx: Tx) -> list[str]:
            return [str(row["id"]) for row in tx.all(f"SELECT id FROM {table} ORDER BY id")]

        return await self.local.bot.services.db.read(read)

    async def plants(self) -> None:
        """What comes by itself: an answer to a message, and more traffic than usual."""
        now = self.clock()
        said = Reply(ONE, "thanks", "腾讯云", "", "", now, is_optout=False, stored_at=now)

        def write(tx: Tx) -> None:
            replies.add(tx, said)
            brakes.open_new(tx, "mall", Kind.VOLUME, {}, now)

        await self.local.bot.services.db.write(write)

    async def values(self) -> list[tuple[str, str]]:
        """What no card shows at the moment, with the value it would carry."""
        await self.plants()
        (brake,), (reply,), (alert,) = [
            await self.ids(each) for each in ("brakes", "replies", "alert_groups")
        ]
        message, request = (await self.ids("messages"))[0], (await self.ids("requests"))[0]
        return [
            ("brake.stop", brake),
            ("brake.ignore", brake),
            ("brake.tighten", brake),
            ("reply.view", reply),
            ("reply.answer", reply),
            ("alerts.show", alert),
            ("alerts.leaf_next", f"{alert}|1"),
            ("alerts.resolve_here", alert),
            ("alerts.evidence_0", request),
            ("doubt.send_again", f"{message}:1"),
            ("doubt.all_treat_as_sent", f"{request}:1"),
            ("job.results", request),
            ("job.errors", request),
            ("job.pause_here", request),
            ("job.show", request),
            ("limit.again", f"{request}:x"),
            ("limit.roll_back", f"{request}:x"),
            ("limit.declare_confirm", "1:mall"),
            ("limit.exempt_turn_on", "mall|1"),
            ("why.request", request),
            ("figures.csv", "mall:0:3600"),
        ]

    async def press(self, channel: str, action: Json) -> Answer:
        """A click of Omar's, also on what only another one sees: he got hold of its value."""
        payload = {"user": {"id": OMAR}, "channel": {"id": channel}, "actions": [action]}
        return await Router(self.local.bot.services).action(payload)

    def heard(self, channel: str = SMS) -> list[str]:
        return [words_of(each) for each in self.page.whispers(OMAR, channel)]

    async def hears(self, channel: str, before: int) -> str:
        """What he is told next, as soon as he is."""
        return await self.page.see(lambda: "".join(self.heard(channel)[before:]))


@pytest.fixture
def team(local: Local, page: Page, clock: HandClock) -> Team:
    return Team(local, page, clock)


def given_away(known: list[str], said: str, typed: str) -> list[str]:
    """What nobody told, and was not typed either."""
    return [each for each in known if each in said and each.strip("*") not in typed]


def buttons_in(messages: list[Json]) -> list[str]:
    return [each["action_id"] for message in messages for each in actions_of(message)]


async def test_nothing_of_another_app_is_done_or_told(team: Team, local: Local, page: Page) -> None:
    shown = await team.works()
    before = await team.stored()
    await clicks(team, shown)
    await reacts(team, next(each for channel, each in shown if channel == ALERTS))
    requests, (alert,), (silence,) = [await team.ids(each) for each in IDS]
    known = [*requests, alert, silence, "****0001", "****0002", "mall"]
    for line in REFUSED:
        typed = line.format(alert=alert, silence=silence)
        said = words_of(await page.type(OMAR, f"/sms {typed}"))
        assert "You need" in said, (typed, said)
        assert "You hold it for `shop`" in said, (typed, said)
        assert ("/sms app use shop" in said) is (line in MEANT), (typed, said)
        assert given_away(known, said, typed) == [], (typed, said)
    for line in UNKNOWN:
        for request in requests if "{request}" in line else [""]:
            typed = line.format(request=request)
            said = words_of(await page.type(OMAR, f"/sms {typed}"))
            assert said, typed
            assert "You need" not in said, (typed, said)
            assert given_away(known, said, typed) == [], (typed, said)
    for line in NAMED:
        theirs = {"alert": alert, "silence": silence}
        said = words_of(await page.type(OMAR, f"/sms {line.format(**theirs)}"))
        for name, other in NOBODYS.items():
            said = said.replace(theirs[name], other)
        assert said == words_of(await page.type(OMAR, f"/sms {line.format(**NOBODYS)}")), line
    home = await Tab(local, page, OMAR).open("as of")
    assert given_away(known, home, "") == [], home
    assert await team.stored() == before


async def clicks(team: Team, shown: list[tuple[str, Json]]) -> None:
    """Every button there is, of every message."""
    pressed = set()
    for channel, message in shown:
        for action in actions_of(message):
            answer = await team.press(channel, action)
            pressed.add(action["action_id"])
            if action["action_id"] not in OTHERWISE:
                assert isinstance(answer, Whisper), (action, answer)
                assert "You need" in answer.message.text, action
    assert pressed >= PRESSED, PRESSED - pressed
    for action_id, value in await team.values():
        action = {"type": "button", "action_id": action_id, "block_id": "b", "value": value}
        answer = await team.press(SMS, action)
        assert isinstance(answer, Whisper), (action, answer)
        assert "You need" in answer.message.text, (action, answer.message.text)


async def reacts(team: Team, card: Json) -> None:
    for emoji in ("eyes", "white_check_mark"):
        heard = len(team.heard(ALERTS))
        await team.page.react(OMAR, {**card, "channel": ALERTS}, emoji)
        assert "You need one of these roles" in await team.hears(ALERTS, heard)


async def test_who_has_roles_for_one_app_works_with_it_as_ever(
    team: Team, local: Local, page: Page
) -> None:
    for app in ("mall", "shop"):
        await team.raise_alert(app)
    await see_alert(local, page, team.clock, "shop")
    listed = words_of(await page.type(OMAR, "/sms alerts", ALERTS))
    (shop,) = [each for each in await team.ids("alert_groups") if each in listed]
    for line, says in WORKS:
        typed = line.format(alert=shop)
        said = words_of(await page.type(OMAR, f"/sms {typed}", ALERTS))
        assert says.format(alert=shop) in said, (typed, said)
        assert "mall" not in said, (typed, said)
    home = await Tab(local, page, OMAR).open("shop")
    assert "mall" not in home


async def test_whatever_somebody_sends_is_about_something_or_nothing(local: Local) -> None:
    """Values, forms and words that are none of ours break nothing before a role is asked for."""
    services, registry = local.bot.services, local.bot.services.registry
    person = await services.people.look_up(OMAR, SMS)
    place = (person, SMS, "sms", services.clock())
    abouts: set[tuple[str, AppOf]] = set()
    for field in fields(registry):
        for each in getattr(registry, field.name):
            if getattr(each, "about", None) is not None:
                abouts.add((field.name, each.about))
    for kind, about in sorted(abouts, key=repr):
        for text in HOSTILE:
            entered = {reveals.WHAT: text, silences.MATCHERS: text}
            knock = {
                "buttons": Pressed(*place, text, "", ""),
                "submissions": Filled(*place, entered, text),
                "choices": Chosen(*place, entered, text),
                "form_actions": Chosen(*place, entered, text),
            }.get(kind, Typed(*place, tokens_of(text), f"a b {text}", ""))
            found = await about(knock, services)
            named = found if isinstance(found, tuple) else (found,)
            assert set(named) <= {None, ACCOUNT, "mall", "shop"}, (kind, text)


def tokens_of(text: str) -> Sequence[Word]:
    found = read(text)
    return found.tokens if isinstance(found, Words) else ()
