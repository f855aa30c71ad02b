"""Modals and home tabs: each person's stack of at most three, hashes, external ids."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bot.sandbox.workspace.people import TEAM_ID
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal

STACK_LIMIT = 3


@dataclass(frozen=True, slots=True)
class View:
    """One modal or home tab as somebody sees it; `body` is what the app sent, ids filled in."""

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: Json = field(default_factory=dict)

    @property
    def external_id(self) -> str:
        """The app's own name for it, or an empty text."""
        return str(self.body.get("external_id") or "")

    @property
    def is_home(self) -> bool:
        """A home tab, not a modal."""
        return self.body.get("type") == "home"


class Views:
    """Every open modal, bottom first for each person, and every home tab."""

    def __init__(self) -> None:
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def open(self, user: str, body: Json) -> View | Refusal:
        """Show a modal alone; what the person had open is dropped."""
        if self._external_id_taken(body, None):
            return Refusal(ErrorCode.DUPLICATE_EXTERNAL_ID)
        view = _new_view(user, body)
        self._stacks[user] = [view]
        return view

    def push(self, user: str, body: Json) -> View | Refusal:
        """Put a modal on top of what the person has open."""
        stack = self._stacks.get(user, [])
        if not stack:
            return Refusal(ErrorCode.NOT_FOUND)
        if len(stack) >= STACK_LIMIT:
            return Refusal(ErrorCode.PUSH_LIMIT_REACHED)
        if self._external_id_taken(body, None):
            return Refusal(ErrorCode.DUPLICATE_EXTERNAL_ID)
        view = replace(_new_view(user, body), root_id=stack[0].id, previous_id=stack[-1].id)
        self._stacks[user] = [*stack, view]
        return view

    def update(self, view: View, body: Json, expected_hash: str = "") -> View | Refusal:
        """Put new content into a view, if it is still the version somebody read."""
        if expected_hash and expected_hash != view.hash:
            return Refusal(ErrorCode.HASH_CONFLICT)
        if self._external_id_taken(body, view.id):
            return Refusal(ErrorCode.DUPLICATE_EXTERNAL_ID)
        updated = replace(view, body=body, hash=_new_hash(), values=_kept_values(view, body))
        self._store(updated)
        return updated

    def publish(self, user: str, body: Json, expected_hash: str = "") -> View | Refusal:
        """Set somebody's home tab."""
        home = self._homes.get(user)
        if home is not None:
            return self.update(home, body, expected_hash)
        if self._external_id_taken(body, None):
            return Refusal(ErrorCode.DUPLICATE_EXTERNAL_ID)
        self._homes[user] = _new_view(user, body)
        return self._homes[user]

    def remember_values(self, view: View, values: Json) -> View:
        """What the person has typed so far."""
        filled = replace(view, values=values)
        self._store(filled)
        return filled

    def close(self, view: View) -> None:
        """Take a modal, and what lies on top of it, off the person's stack."""
        stack = self._stacks.get(view.user, [])
        ids = [open_view.id for open_view in stack]
        if view.id in ids:
            self._stacks[view.user] = stack[: ids.index(view.id)]

    def clear(self, user: str) -> list[View]:
        """Close everything that person has open; what was open, top first."""
        return list(reversed(self._stacks.pop(user, [])))

    def stack(self, user: str) -> list[View]:
        """The modals that person has open, bottom first."""
        return list(self._stacks.get(user, []))

    def home(self, user: str) -> View | None:
        """That person's home tab."""
        return self._homes.get(user)

    def find(self, view_id: str) -> View | None:
        """A view by its id."""
        return next((v for v in self._all() if v.id == view_id), None)

    def find_external(self, external_id: str) -> View | None:
        """A view by the app's own name for it."""
        return next((v for v in self._all() if external_id and v.external_id == external_id), None)

    def _all(self) -> Iterator[View]:
        for stack in self._stacks.values():
            yield from stack
        yield from self._homes.values()

    def _external_id_taken(self, body: Json, own_id: str | None) -> bool:
        holder = self.find_external(str(body.get("external_id") or ""))
        return holder is not None and holder.id != own_id

    def _store(self, view: View) -> None:
        if view.is_home:
            self._homes[view.user] = view
        else:
            stack = self._stacks.get(view.user, [])
            self._stacks[view.user] = [view if v.id == view.id else v for v in stack]


def _new_view(user: str, body: Json) -> View:
    view_id = f"V0{secrets.token_hex(5).upper()}"
    return View(view_id, user, body, _new_hash(), root_id=view_id)


def _new_hash() -> str:
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"


def _kept_values(view: View, body: Json) -> Json:
    """What was typed stays where block and action keep their ids, as Slack does."""
    blocks = {b.get("block_id") for b in body.get("blocks", ()) if isinstance(b, dict)}
    return {block: actions for block, actions in view.values.items() if block in blocks}


def view_json(view: View, app_id: str, bot_id: str) -> Json:
    """A view as Slack returns it and puts it into payloads."""
    body = view.body
    return {
        "id": view.id,
        "team_id": TEAM_ID,
        "type": body["type"],
        "blocks": body.get("blocks", []),
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "external_id": view.external_id,
        "state": {"values": view.values},
        "hash": view.hash,
        "title": body.get("title"),
        "submit": body.get("submit"),
        "close": body.get("close"),
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": app_id,
        "app_installed_team_id": TEAM_ID,
        "bot_id": bot_id,
    }
