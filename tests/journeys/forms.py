"""A person in front of an open form: what they choose, type, put in, press and hand in."""

from collections.abc import Mapping
from typing import Any, Protocol, Self

import httpx

from bot.sandbox.workspace import Workspace
from tests.journeys.people import Json, Page, words_of


class Placed(Protocol):
    """Whatever has the workspace in which somebody has a form open."""

    @property
    def workspace(self) -> Workspace: ...


class OpenForm:
    """The form on top of what one person has open; knows what was put into it, as the page does."""

    def __init__(self, local: Placed, page: Page, user: str) -> None:
        self._local, self._page, self._user = local, page, user
        self.view: Json = {}
        self._values: dict[str, Any] = {}

    @classmethod
    async def opened(cls, local: Placed, page: Page, user: str, callback_id: str) -> Self:
        """The form of that kind, once it is there."""
        form = cls(local, page, user)
        await form.see(callback_id)
        return form

    async def see(self, callback_id: str, words: str = "") -> None:
        """Waits until the form on top is of that kind and says `words`."""

        def look() -> Json:
            top = next(iter(self._local.workspace.views(self._user)[-1:]), {})
            is_it = top.get("callback_id", "") == callback_id and words in words_of(top)
            return top if is_it else {}

        try:
            self.view = await self._page.see(look)
        except TimeoutError:
            shown = [words_of(each) for each in self._local.workspace.views(self._user)]
            raise AssertionError(f"no {callback_id} says {words!r}; there is: {shown}") from None

    @property
    def words(self) -> str:
        return words_of(self.view)

    def holds(self, action_id: str) -> Any:
        """What a field holds: what was put in, else what it began with."""
        block = self._block(action_id)
        element = block["element"]
        value = self._values.get(block["block_id"], {}).get(action_id)
        if value is not None:
            chosen = value.get("selected_option") or value
            return chosen.get("value") or chosen.get("selected_user")
        at_first = element.get("initial_value") or element.get("initial_user")
        return at_first or element.get("initial_option", {}).get("value")

    async def type(self, action_id: str, typed: str) -> None:
        """A text, of which the app hears as it is typed."""
        block = self._put(action_id, {"type": "plain_text_input", "value": typed})
        await self._act(action_id, block, {"type": "plain_text_input", "value": typed})

    def write(self, action_id: str, typed: str) -> None:
        """A text of which the app hears when the form is handed in."""
        self._put(action_id, {"type": "plain_text_input", "value": typed})

    async def choose(self, action_id: str, value: str) -> None:
        """One option of a list or of radio buttons."""
        element = self._block(action_id)["element"]
        option = next(each for each in element["options"] if each["value"] == value)
        given = {"type": element["type"], "selected_option": option}
        block = self._put(action_id, given)
        await self._act(action_id, block, given)

    def pick(self, action_id: str, user: str) -> None:
        """One of the workspace's people."""
        self._put(action_id, {"type": "users_select", "selected_user": user})

    async def find(self, action_id: str, value: str) -> None:
        """An option of a list that is searched: looked for by its value, and taken."""
        block = self._block(action_id)
        found = await self.options(action_id, value)
        option = next(each for each in found if each["value"] == value)
        given = {"type": "external_select", "selected_option": option}
        self._put(action_id, given)
        await self._act(action_id, block["block_id"], given)

    async def options(self, action_id: str, typed: str) -> list[Json]:
        """What a list that is searched offers."""
        found = await self._page.do(
            "suggest",
            user=self._user,
            view_id=self.view["id"],
            block_id=self._block(action_id)["block_id"],
            action_id=action_id,
            value=typed,
        )
        options: list[Json] = found["options"]
        return options

    async def press(self, action_id: str, value: str | None = None) -> None:
        """A button in the form."""
        for block in self.view["blocks"]:
            for each in (*block.get("elements", []), block.get("accessory", {})):
                if each.get("action_id") == action_id and value in {None, each.get("value")}:
                    given = {"type": "button", "value": each.get("value", "")}
                    await self._act(action_id, block["block_id"], given)
                    return
        raise AssertionError(f"no button {action_id} in: {self.words}")

    async def put_file(self, action_id: str, name: str, body: bytes) -> None:
        """A file from the person's machine."""
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.post(
                f"{self._local.workspace.url}/ui/upload",
                params={"user": self._user, "name": name},
                content=body,
                headers={"X-Workspace-Page": "1"},
            )
        file = answer.json()["file"]
        self._put(action_id, {"type": "file_input", "files": [{"id": file["id"]}]})

    def take_out(self, action_id: str) -> None:
        """The file, out of the form again."""
        self._put(action_id, {"type": "file_input", "files": []})

    async def hand_in(self) -> Mapping[str, str]:
        """Submits; the sentences by field, none where it was taken."""
        done = await self._page.do(
            "view/submit",
            user=self._user,
            view_id=self.view["id"],
            state={"values": self._values},
        )
        errors: dict[str, str] = done.get("errors", {})
        assert done["ok"] or errors, done
        return {
            block.partition(".")[2].split(".")[0] or block: said for block, said in errors.items()
        }

    async def close(self) -> None:
        await self._page.do("view/close", user=self._user, view_id=self.view["id"])

    def _block(self, action_id: str) -> Json:
        for block in self.view["blocks"]:
            if block.get("element", {}).get("action_id") == action_id:
                found: Json = block
                return found
        raise AssertionError(f"no field {action_id} in: {self.words}")

    def _put(self, action_id: str, value: Json) -> str:
        block_id: str = self._block(action_id)["block_id"]
        self._values.setdefault(block_id, {})[action_id] = value
        return block_id

    async def _act(self, action_id: str, block_id: str, given: Json) -> None:
        action = {**given, "action_id": action_id, "block_id": block_id}
        done = await self._page.do(
            "action",
            user=self._user,
            view_id=self.view["id"],
            action=action,
            state={"values": self._values},
        )
        assert done["ok"], done
        self.view = self._local.workspace.views(self._user)[-1]
