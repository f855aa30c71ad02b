"""Shortcuts of the manifest: used anywhere, or on a message; delivered to the app."""

from bot.sandbox.workspace import payloads
from bot.sandbox.workspace.delivery import Delivery, DeliveryKind, Failed
from bot.sandbox.workspace.installation import App, Shortcut
from bot.sandbox.workspace.interactions import Unsent, message_keys
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.people import User
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.world import World


async def use(
    world: World, app: App, user: User, shortcut: Shortcut, message: Message | None
) -> Unsent | None:
    """Deliver a shortcut: ``shortcut``, or ``message_action`` for one that is for messages."""
    if shortcut.is_global:
        payload = _anywhere(world, app, user, shortcut)
    elif message is not None and message.ephemeral_for is None:
        payload = _on_message(world, app, user, shortcut, message)
    else:
        # "Shown to users in the context menus of non-ephemeral messages" (docs.slack.dev, 2026-08).
        return Unsent("message_not_found")
    url = app.manifest.actions_url
    delivery = Delivery(DeliveryKind.INTERACTIVE, payload["type"], url, payload)
    outcome = await world.courier.deliver(app, delivery)
    return Unsent(outcome.error) if isinstance(outcome, Failed) else None


def _anywhere(world: World, app: App, user: User, shortcut: Shortcut) -> Json:
    now = world.clock()
    at_ts = world.messages.next_ts(now)
    payload = payloads.global_shortcut(app, user, shortcut.callback_id, at_ts)
    return {**payload, "trigger_id": world.tickets.issue_trigger(user.id, now)}


def _on_message(world: World, app: App, user: User, shortcut: Shortcut, message: Message) -> Json:
    channel = world.directory.channels[message.channel]
    at_ts = world.messages.next_ts(world.clock())
    shown = world.show(message)
    payload = payloads.message_shortcut(app, user, channel, shown, shortcut.callback_id, at_ts)
    return {**payload, **message_keys(world, user, message)}
