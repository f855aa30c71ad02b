"""People in front of the page: what they type, press and see, through the page's own HTTP API."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeVar

import httpx

from bot.cli.local import Local
from bot.rules.delivery import MessageState
from bot.sandbox.workspace import Workspace
from storage import posts
from storage.db import Tx

Json = dict[str, Any]
T = TypeVar("T")

LIN, MAYA, BO, OMAR, EVE = "U0LIN", "U0MAYA", "U0BO", "U0OMAR", "U0EVE"
SMS, ALERTS, GENERAL = "C0SMS", "C0ALERTS", "C0GENERAL"
#: It ends as soon as there is what is waited for; a machine that does other things too needs it.
WAIT_S = 30.0
#: Why the page brings no click to the app: the message moved on, and its button is gone.
NOT_THERE = frozenset({"unknown_action", "not_on_offer", "not_found"})
ANSWERED = frozenset(
    {
        MessageState.ACCEPTED,
        MessageState.REFUSED,
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
        MessageState.UNREPORTED,
    }
)


class Page:
    """The page of one workspace."""

    def __init__(self, workspace: Workspace, http: httpx.AsyncClient) -> None:
        self._workspace = workspace
        self._http = http

    async def do(self, path: str, **body: Any) -> Json:
        """One POST of the page's."""
        answer = await self._http.post(
            f"{self._workspace.url}/ui/{path}", json=body, headers={"X-Workspace-Page": "1"}
        )
        found: Json = answer.json()
        return found

    async def type(self, user: str, text: str, channel: str = SMS) -> Json:
        """A line in the composer; returns the newest answer only `user` sees, if there is one."""
        before = len(self.whispers(user, channel))
        done = await self.do("say", user=user, channel=channel, text=text)
        assert done["ok"], done
        whispers = self.whispers(user, channel)
        return whispers[-1] if len(whispers) > before else {}

    async def share(self, user: str, name: str, body: bytes, channel: str = SMS) -> Json:
        """A file from the person's machine, shared in a channel; returns the message it is in."""
        answer = await self._http.post(
            f"{self._workspace.url}/ui/upload",
            params={"user": user, "name": name},
            content=body,
            headers={"X-Workspace-Page": "1"},
        )
        file_id = answer.json()["file"]["id"]
        done = await self.do("say", user=user, channel=channel, text="", files=[file_id])
        assert done["ok"], done
        return next(
            each
            for each in self._workspace.messages(channel)
            if file_id in [file["id"] for file in each.get("files") or ()]
        )

    async def send(self, user: str, line: str, channel: str = SMS) -> Json:
        """Types `line`, presses Send under the preview; returns the preview."""
        preview = await self.type(user, line, channel)
        await self.press(user, preview, "send.confirm", channel)
        return preview

    async def press(
        self, user: str, message: Mapping[str, Any], action_id: str, channel: str = SMS
    ) -> Json:
        """A button under a message, which must still be there."""
        done = await self.click(user, message, action_id, channel)
        assert done.get("error") not in NOT_THERE, f"{action_id} is gone by now: {done}"
        return done

    async def click(
        self, user: str, message: Mapping[str, Any], action_id: str, channel: str = SMS
    ) -> Json:
        """The same, whether anybody hears of it or not."""
        button = find_button(message["blocks"], action_id)
        action = {
            "type": "button",
            "action_id": action_id,
            "block_id": button["block_id"],
            "value": button.get("value", ""),
        }
        return await self.do(
            "action",
            user=user,
            channel=channel,
            message_ts=message["ts"],
            action=action,
        )

    async def react(
        self, user: str, message: Mapping[str, Any], name: str, *, add: bool = True
    ) -> None:
        """An emoji put under a message, or taken away."""
        channel, ts = message.get("channel", SMS), message["ts"]
        done = await self.do("react", user=user, channel=channel, ts=ts, name=name, add=add)
        assert done["ok"], done

    async def fill(self, user: str, values: Mapping[str, Mapping[str, Json]]) -> Json:
        """Hands in the form on top, with `values` in it."""
        view = await self.see(lambda: next(iter(self._workspace.views(user)[-1:]), {}))
        return await self.do("view/submit", user=user, view_id=view["id"], state={"values": values})

    def replies(self, card: Mapping[str, Any], channel: str = SMS) -> list[str]:
        """What is said under a card, in order."""
        return [
            words_of(message)
            for message in self._workspace.messages(channel)
            if message.get("thread_ts") == card["ts"] != message["ts"]
        ]

    async def see_reply(self, card: Mapping[str, Any], words: str, channel: str = SMS) -> str:
        """Waits for a line under a card that holds `words`."""
        return await self.see(
            lambda: next((said for said in self.replies(card, channel) if words in said), "")
        )

    async def see_whisper(self, user: str, words: str, channel: str = SMS) -> Json:
        """Waits for what only `user` sees and that holds `words`."""
        return await self.see(
            lambda: next(
                (each for each in self.whispers(user, channel) if words in words_of(each)), {}
            )
        )

    def whispers(self, user: str, channel: str = SMS) -> list[Json]:
        return self._workspace.ephemeral(user, channel)

    def cards(self, channel: str = SMS) -> list[Json]:
        """The bot's messages in a channel."""
        return [m for m in self._workspace.messages(channel) if m.get("bot_id")]

    async def see(self, look: Callable[[], T], timeout_s: float = WAIT_S) -> T:
        """Waits until `look` finds something in the workspace; of other things it hears nothing."""
        return await self._workspace.wait_for(look, timeout_s)

    async def eventually(self, look: Callable[[], Awaitable[T]], timeout_s: float = WAIT_S) -> T:
        """Waits for what no page shows: a row, a phone."""
        async with asyncio.timeout(timeout_s):
            while not (found := await look()):  # noqa: ASYNC110 - rows ring no bell here
                await asyncio.sleep(0.02)
            return found

    async def see_card(self, words: str, channel: str = SMS, timeout_s: float = WAIT_S) -> Json:
        """Waits for a card that says `words`."""
        try:
            return await self.see(
                lambda: next((c for c in self.cards(channel) if words in words_of(c)), {}),
                timeout_s,
            )
        except TimeoutError:
            shown = "\n---\n".join(words_of(card) for card in self.cards(channel))
            raise AssertionError(f"no card says {words!r}; there are:\n{shown}") from None


async def until_said(local: Local, page: Page) -> None:
    """Waits until Slack shows every alert and line there is, and the bot knows where they stand."""

    async def is_said() -> bool:
        return await local.bot.services.db.read(posts.count_waiting) == 0

    await page.eventually(is_said)


async def until_answered(local: Local, page: Page, count: int) -> None:
    """Waits until Tencent's answers to so many messages are stored: that a request arrived, or an
    SMS, says nothing of that."""

    async def is_answered() -> bool:
        return await local.bot.services.db.read(_count_answered) >= count

    await page.eventually(is_answered)


def _count_answered(tx: Tx) -> int:
    states = [row["state"] for row in tx.all("SELECT state FROM messages")]
    return sum(state in ANSWERED for state in states)


def sends_of(local: Local) -> list[Json]:
    """The bodies of the SendSms requests that reached the sandbox."""
    return [json.loads(r.body) for r in local.sandbox.requests if r.action == "SendSms"]


def words_of(message: Mapping[str, Any]) -> str:
    """Everything a message says, top-level text and blocks."""
    return "\n".join([message.get("text") or "", *_texts(message.get("blocks") or [])])


def find_button(blocks: list[Json], action_id: str) -> Json:
    for block in blocks:
        for element in (*block.get("elements", []), block.get("accessory", {})):
            if element.get("action_id") == action_id:
                return {**element, "block_id": block["block_id"]}
    raise AssertionError(f"no button {action_id}")


def buttons_of(message: Mapping[str, Any]) -> list[str]:
    return [
        element["action_id"]
        for block in message.get("blocks") or []
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if node.get("type") in {"mrkdwn", "plain_text"}:
            yield str(node["text"])
        else:
            for value in node.values():
                yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
