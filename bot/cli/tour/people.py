"""People in front of the page, and Tencent's side: what one does and sees there, over HTTP alone.

A seat sends the requests the page sends and hears the events the page hears.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar

import httpx

from bot.cli.tour.reading import lines_of

Json = dict[str, Any]
T = TypeVar("T")

CHANNEL = "C0SMS"
WAIT_S = 12.0
NAME = re.compile(r"@\w+")


class NotSeenError(Exception):
    """What was expected and never came; `there` is what was there in its place."""

    def __init__(self, wanted: str, there: Sequence[str] = ()) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.there = tuple(there)


class Seat:
    """One person with the page open. `versions` is every state of every message, as it came."""

    def __init__(self, http: httpx.AsyncClient, url: str, boot: Json) -> None:
        self.id: str = boot["me"]["id"]
        self.name: str = boot["me"]["real_name"]
        self.messages: dict[str, Json] = {}
        self.versions: list[Json] = []
        self.views: list[Json] = []
        self._names = {f"@{user['id']}": f"@{user['real_name']}" for user in boot["users"]}
        self._http = http
        self._url = url
        self._news = asyncio.Condition()

    async def listen(self, stream: httpx.Response) -> None:
        """Takes in the page's events until the workspace ends."""
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                async with self._news:
                    self._take(json.loads(line.removeprefix("data: ")))
                    self._news.notify_all()

    def _take(self, event: Json) -> None:
        match event["type"]:
            case "message" | "message_changed":
                self.messages[event["message"]["ts"]] = event["message"]
                self.versions.append(event["message"])
            case "message_deleted":
                self.messages.pop(event["ts"], None)
            case "view_opened" | "view_updated":
                self._close(event["view"]["id"])
                self.views.append(event["view"])
            case "view_closed":
                self._close(event["view_id"])

    def _close(self, view_id: str) -> None:
        self.views = [view for view in self.views if view["id"] != view_id]

    async def see(self, wanted: str, look: Callable[[], T | None]) -> T:
        """What `look` finds, as soon as it does. Raises NotSeenError after WAIT_S seconds."""
        try:
            async with asyncio.timeout(WAIT_S), self._news:
                while True:
                    if found := look():
                        return found
                    await self._news.wait()
        except TimeoutError:
            raise NotSeenError(wanted, self._latest()) from None

    async def type(self, line: str) -> Json:
        """A line in the composer, and the bot's answer to it that nobody else sees."""
        before = max(self._whispers(), default="")
        await self.do("say", channel=CHANNEL, text=line)
        newest = await self.see(line, lambda: max(self._whispers(after=before), default=""))
        return self.messages[newest]

    async def press(self, message: Json, action_id: str) -> Json:
        """A button under a message."""
        action = {"type": "button", **button_in(message, action_id)}
        return await self.do("action", channel=CHANNEL, message_ts=message["ts"], action=action)

    def form_with(self, block_id: str) -> Json | None:
        """The form on top, if it has that field."""
        top = self.views[-1] if self.views else None
        return top if top and any(b["block_id"] == block_id for b in top["blocks"]) else None

    def form_titled(self, title: str) -> Json | None:
        """The form on top, if it has that title."""
        top = self.views[-1] if self.views else None
        return top if top and top["title"]["text"] == title else None

    async def choose(
        self, view: Json, block_id: str, action_id: str, *, search: str, value: str
    ) -> None:
        """Types into a searchable list and takes the option of that value."""
        where = {"block_id": block_id, "action_id": action_id}
        found = await self.do("suggest", view_id=view["id"], **where, value=search)
        options = {option["value"]: option for option in found.get("options", ())}
        if value not in options:
            raise NotSeenError(value, [str(each["text"]["text"]) for each in options.values()])
        select = {"type": "external_select", "selected_option": options[value]}
        state = {"values": {block_id: {action_id: select}}}
        await self.do("action", view_id=view["id"], action={**select, **where}, state=state)

    async def do(self, act: str, **body: Any) -> Json:
        """One request of the page's. Raises NotSeenError with the workspace's words if refused."""
        answer = await self._http.post(
            f"{self._url}/ui/{act}",
            json={"user": self.id, **body},
            headers={"X-Workspace-Page": "1"},
        )
        done: Json = answer.json()
        if done.get("ok") is False:
            said = str(done.get("message") or done.get("errors") or done.get("error"))
            raise NotSeenError(act, [said])
        return done

    def read(self, shown: Json) -> list[str]:
        """A message or a form, line by line, people by their names."""
        return [NAME.sub(lambda found: self._names.get(found[0], found[0]), line)
                for line in lines_of(shown)]  # fmt: skip

    def cards(self, number: str) -> Iterator[Json]:
        """Every state so far of the bot's cards about a masked number, the newest first."""
        for message in reversed(self.versions):
            if message.get("bot_id") and not message["ephemeral"] and number in message["text"]:
                yield message

    def _whispers(self, after: str = "") -> Iterator[str]:
        return (ts for ts, each in self.messages.items() if each["ephemeral"] and ts > after)

    def _latest(self) -> list[str]:
        return self.read(self.versions[-1]) if self.versions else []


class Tencent:
    """The sandbox as a test sees it: phones, requests, and slowness to order."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = f"{url}/_sandbox"

    async def texts_on(self, number: str) -> list[str]:
        """What a phone shows, in the order of arrival."""
        answer = await self._http.get(f"{self._url}/phones")
        phones = {phone["number"]: phone for phone in answer.json()["phones"]}
        return [sms["text"] for sms in phones.get(number, {"messages": ()})["messages"]]

    async def sends_to(self, number: str) -> int:
        """How many SendSms requests named a number."""
        answer = await self._http.get(f"{self._url}/requests")
        sends = [each for each in answer.json()["requests"] if each["action"] == "SendSms"]
        return sum(number in each["body"] for each in sends)

    async def answer_late(self, action: str, latency_ms: int) -> None:
        """Lets the next request of `action` wait."""
        fault = {"action": action, "kind": "latency_ms", "latency_ms": latency_ms}
        answer = await self._http.post(f"{self._url}/faults", json=fault)
        answer.raise_for_status()


def button_in(message: Json, action_id: str) -> Json:
    """The ids of a button under a message. Raises NotSeenError where there is none."""
    for block in message.get("blocks") or ():
        for element in block.get("elements") or ():
            if element.get("action_id") == action_id:
                return {"action_id": action_id, "block_id": block["block_id"]}
    raise NotSeenError(action_id, lines_of(message))


@asynccontextmanager
async def seats(
    page_url: str, sandbox_url: str, user_ids: Sequence[str]
) -> AsyncIterator[tuple[list[Seat], Tencent]]:
    """Everybody seated and hearing what happens, for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=WAIT_S))
        people = [await _seated(stack, http, page_url, user_id) for user_id in user_ids]
        yield people, Tencent(http, sandbox_url)


async def _seated(stack: AsyncExitStack, http: httpx.AsyncClient, url: str, user_id: str) -> Seat:
    boot = await http.get(f"{url}/ui/boot", params={"user": user_id})
    seat = Seat(http, url, boot.json())
    stream = await stack.enter_async_context(
        http.stream("GET", f"{url}/ui/events", params={"user": user_id}, timeout=None)
    )
    listening = asyncio.create_task(seat.listen(stream))
    stack.push_async_callback(_end, listening)
    return seat


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
