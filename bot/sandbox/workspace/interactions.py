"""What people do with blocks and modals: delivered to the app, its answer carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.workspace import payloads
from bot.sandbox.workspace.blocks import check_options
from bot.sandbox.workspace.delivery import Answered, Delivery, DeliveryKind, Failed
from bot.sandbox.workspace.form_rules import unmet
from bot.sandbox.workspace.inputs import find_element, read_action, read_values
from bot.sandbox.workspace.installation import App
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.people import Channel, User
from bot.sandbox.workspace.refusals import Json, Refusal
from bot.sandbox.workspace.showing import open_view, read_view, show_closed, show_updated
from bot.sandbox.workspace.tickets import ResponseHook
from bot.sandbox.workspace.views import View
from bot.sandbox.workspace.world import World


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody acts: in a message of a channel, or in a view."""

    user: User
    message: Message | None = None
    channel: Channel | None = None
    view: View | None = None

    @property
    def blocks(self) -> object:
        """What is shown there."""
        if self.view is not None:
            return self.view.body.get("blocks")
        return self.message.all_blocks if self.message is not None else ()

    def described(self, world: World, app: App) -> Json:
        """The place as payloads name it."""
        if self.view is not None:
            return payloads.in_view(app, self.view)
        assert self.message is not None
        assert self.channel is not None
        return payloads.in_message(self.message, self.channel, world.show(self.message))


@dataclass(frozen=True, slots=True)
class Unsent:
    """The act was not carried out: an error's name, or messages by block for the form."""

    error: str
    errors: Mapping[str, str] | None = None


async def act(
    world: World, app: App, place: Place, given: Mapping[str, Any], values: object
) -> Unsent | None:
    """Use an element: ``block_actions``. Nothing comes back but whether the app took it."""
    element = find_element(place.blocks, given.get("block_id"), given.get("action_id"))
    if element is None:
        return Unsent("unknown_action")
    ts = world.messages.next_ts(world.clock())
    action = read_action(element, str(given["block_id"]), given, ts)
    state = _state(world, place.user, place.blocks, values)
    if action is None or state is None:
        return Unsent("not_on_offer")
    payload = _action_payload(world, app, place, action, state)
    return await _deliver(world, app, payload, app.manifest.actions_url)


def _action_payload(world: World, app: App, place: Place, action: Json, state: Json) -> Json:
    now, user = world.clock(), place.user
    if place.view is not None:
        view = world.views.remember_values(place.view, state)
        where = payloads.in_view(app, view)
        trigger_id = world.tickets.issue_trigger(user.id, now, view.id)
        return {**payloads.block_action(app, user, where, action), "trigger_id": trigger_id}
    message = place.message
    assert message is not None
    return {
        **payloads.block_action(app, user, place.described(world, app), action),
        "state": {"values": state},
        **message_keys(world, user, message),
    }


def message_keys(world: World, user: User, message: Message) -> Json:
    """What an act in a message allows: a modal, and answers beside the message."""
    thread_ts = message.thread_ts if message.is_reply else None
    hook = ResponseHook(user.id, message.channel, world.clock(), message.ts, thread_ts)
    return {
        "trigger_id": world.tickets.issue_trigger(user.id, world.clock()),
        "response_url": f"{world.url}/response/{world.tickets.issue_hook(hook)}",
    }


async def suggest(world: World, app: App, place: Place, given: Mapping[str, Any]) -> Json | Unsent:
    """Ask the app for the options that fit what somebody typed: ``block_suggestion``."""
    element = find_element(place.blocks, given.get("block_id"), given.get("action_id"))
    if element is None or not element["type"].endswith("external_select"):
        return Unsent("unknown_action")
    asked = {
        "action_id": given["action_id"],
        "block_id": given["block_id"],
        "value": str(given.get("value") or "")[:300],
    }
    payload = payloads.suggestion(app, place.user, place.described(world, app), asked)
    url = app.manifest.options_url
    delivery = Delivery(DeliveryKind.INTERACTIVE, "block_suggestion", url, payload)
    outcome = await world.courier.deliver(app, delivery)
    if isinstance(outcome, Failed):
        return Unsent(outcome.error)
    if check_options(outcome.payload):
        return Unsent("invalid_options")
    return {k: outcome.payload[k] for k in ("options", "option_groups") if k in outcome.payload}


async def submit(world: World, app: App, user: User, view: View, values: object) -> Unsent | None:
    """Send a form: ``view_submission``, and whatever the app answers is done to the modal."""
    state = _state(world, user, view.body.get("blocks"), values)
    if state is None:
        return Unsent("not_on_offer")
    lacking = unmet(view.body.get("blocks"), state)
    if lacking:
        said = {block: world.words(user.id, *fault) for block, fault in lacking.items()}
        return Unsent("invalid_form", said)
    _give_files(world, state)
    view = world.views.remember_values(view, state)
    trigger_id = world.tickets.issue_trigger(user.id, world.clock(), view.id)
    payload = {**payloads.view_submission(app, user, view), "trigger_id": trigger_id}
    outcome = await world.courier.deliver(
        app,
        Delivery(DeliveryKind.INTERACTIVE, "view_submission", app.manifest.actions_url, payload),
    )
    if isinstance(outcome, Failed):
        return Unsent(outcome.error)
    return _obey(world, app, view, outcome)


def _state(world: World, user: User, blocks: object, values: object) -> Json | None:
    """Form values with each file in full; None where one was never on offer to that person."""
    state = read_values(blocks, values)
    for entry in (entry for block in (state or {}).values() for entry in block.values()):
        if entry["type"] == "file_input":
            own = [world.files.find(file["id"]) for file in entry["files"]]
            if any(file is None or file.user != user.id for file in own):
                return None
            entry["files"] = [world.show_file(file["id"]) for file in entry["files"]]
    return state


def _give_files(world: World, state: Json) -> None:
    """What somebody puts into a form, the app whose form it is may read."""
    for entry in (entry for block in state.values() for entry in block.values()):
        for shown in entry.get("files", ()):
            file = world.files.find(shown["id"])
            if file is not None:
                world.files.put(replace(file, given=True))


def _obey(world: World, app: App, view: View, answer: Answered) -> Unsent | None:
    said = answer.payload
    match said.get("response_action"):
        case None:
            world.views.close(view)
            show_closed(world, [view])
            return None
        case "clear":
            show_closed(world, world.views.clear(view.user))
            return None
        case "errors":
            return _read_errors(view, said.get("errors"))
        case "update" | "push" as change:
            return _change(world, app, view, change, said.get("view"))
        case _:
            return Unsent("invalid_response_action")


def _read_errors(view: View, errors: object) -> Unsent:
    blocks = view.body.get("blocks") or []
    known = {block["block_id"] for block in blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= known:
        return Unsent("invalid_errors")
    return Unsent("invalid_form", {block: str(said)[:3000] for block, said in errors.items()})


def _change(world: World, app: App, view: View, change: str, body: object) -> Unsent | None:
    checked = read_view(world, body)
    if isinstance(checked, Refusal):
        return Unsent(checked.error.value)
    if change == "push":
        pushed = world.views.push(view.user, checked)
        if isinstance(pushed, Refusal):
            return Unsent(pushed.error.value)
        open_view(world, app, pushed)
        return None
    updated = world.views.update(world.views.find(view.id) or view, checked)
    if isinstance(updated, Refusal):
        return Unsent(updated.error.value)
    show_updated(world, app, updated)
    return None


def close(world: World, app: App, user: User, view: View) -> None:
    """Close a modal; the app hears of it if the view asked for that."""
    cleared = bool(view.body.get("clear_on_close"))
    gone = world.views.clear(user.id) if cleared else [view]
    world.views.close(view)
    show_closed(world, gone)
    for closed in gone:
        if closed.body.get("notify_on_close"):
            payload = payloads.view_closed(app, user, closed, cleared=cleared)
            delivery = Delivery(
                DeliveryKind.INTERACTIVE, "view_closed", app.manifest.actions_url, payload
            )
            world.start(_tell(world, app, delivery))


async def _tell(world: World, app: App, delivery: Delivery) -> None:
    await world.courier.deliver(app, delivery)


async def _deliver(world: World, app: App, payload: Json, url: str) -> Unsent | None:
    delivery = Delivery(DeliveryKind.INTERACTIVE, payload["type"], url, payload)
    outcome = await world.courier.deliver(app, delivery)
    return Unsent(outcome.error) if isinstance(outcome, Failed) else None
