"""The Events API: envelopes for what the app subscribed to, tried up to four times."""

import asyncio
import secrets

from bot.sandbox.workspace.delivery import (
    Answered,
    Delivery,
    DeliveryKind,
    Failed,
    Outcome,
    Retry,
    RetryReason,
)
from bot.sandbox.workspace.faults import FaultKind
from bot.sandbox.workspace.installation import App
from bot.sandbox.workspace.people import TEAM_ID
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.world import World


def publish(world: World, name: str, event: Json, *, channel: str | None = None) -> None:
    """Deliver an event in the background, if the app subscribed and can see the channel.

    `name` is the subscription (``message.im``), which is not always the event's ``type``.
    """
    app = world.app
    if app is None or name not in app.manifest.events:
        return
    if channel is not None:
        members = world.directory.channels[channel].members
        if app.installation.bot_user_id not in members:
            return
    world.start(_deliver(world, app, name, event, channel))


async def _deliver(world: World, app: App, name: str, event: Json, channel: str | None) -> None:
    delivery = Delivery(
        DeliveryKind.EVENT, name, app.manifest.events_url, _envelope(world, app, event)
    )
    fault = world.faults.take_event(name, channel)
    if fault is not None and fault.kind is FaultKind.DROP_BEFORE:
        return
    if fault is not None and fault.kind is FaultKind.SLOW:
        await world.pause(fault.delay_s)
    outcome = await _try_until_taken(world, app, delivery)
    if fault is not None and fault.kind is FaultKind.DUPLICATE and isinstance(outcome, Answered):
        # What Slack does when the acknowledgement got lost on the way.
        retry = Retry(1, RetryReason.HTTP_TIMEOUT)
        await world.courier.deliver(app, _again(delivery, retry))
    world.changes.note()


async def _try_until_taken(world: World, app: App, delivery: Delivery) -> Outcome:
    outcome = await _try(world, app, delivery)
    for number, wait_s in enumerate(world.pace.event_retries_s, start=1):
        if isinstance(outcome, Answered) or outcome.final:
            break
        await asyncio.sleep(wait_s)
        outcome = await _try(world, app, _again(delivery, Retry(number, outcome.reason)))
    return outcome


async def _try(world: World, app: App, delivery: Delivery) -> Outcome:
    if not app.manifest.socket_mode and delivery.url not in world.verified_urls:
        challenged = await _verify(world, app, delivery.url)
        if isinstance(challenged, Failed):
            return challenged
    return await world.courier.deliver(app, delivery)


async def _verify(world: World, app: App, url: str) -> Outcome:
    """Slack sends no event to a URL that has not echoed a challenge."""
    challenge = secrets.token_urlsafe(24)
    token = app.installation.verification_token
    payload = {"type": "url_verification", "token": token, "challenge": challenge}
    outcome = await world.courier.deliver(
        app, Delivery(DeliveryKind.EVENT, "url_verification", url, payload)
    )
    if isinstance(outcome, Answered):
        if challenge not in (outcome.payload.get("challenge"), outcome.payload.get("text")):
            return Failed(RetryReason.HTTP_ERROR)
        world.verified_urls.add(url)
    return outcome


def _again(delivery: Delivery, retry: Retry) -> Delivery:
    return Delivery(delivery.kind, delivery.what, delivery.url, delivery.payload, retry)


def _envelope(world: World, app: App, event: Json) -> Json:
    installation = app.installation
    return {
        "token": installation.verification_token,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": installation.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev0{secrets.token_hex(5).upper()}",
        "event_time": int(world.clock().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": installation.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_urlsafe(24)}",
    }
