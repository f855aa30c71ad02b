"""Emoji on the card of a group of alerts: 👀 acknowledges, ✅ resolves, as the buttons do."""

import asyncio
from datetime import timedelta

from bot.errors import SlackError
from bot.registry import Answer, Event, Happened, Json, Nothing, Person, Whisper
from bot.rules.alert_life import GroupState, Move
from bot.slack.messages import help as help_messages
from bot.slack.messages.faults import note
from handlers import refusing
from handlers.commands.alerts import ACTING, carry_out, too_late
from handlers.flows.alerts import TooLate
from handlers.services import Services
from storage import alert_groups, alert_moves, alert_posts, alerts
from storage.alert_posts import AlertPost
from storage.db import Tx

#: A card can be touched before its post was confirmed to us; then it is waited for. Cards of
#: requests are waited for after that, and all of it has to be over before Slack loses patience.
CARD_WITHIN, LOOK_EVERY_S = timedelta(seconds=0.6), 0.05
SCOPES = ("reactions:read",)


async def is_about_alert(services: Services, event: Json) -> bool:
    """Whether a reaction is one that says something, on the card of an alert or in its thread."""
    item = event.get("item")
    if not isinstance(item, dict) or item.get("type") != "message":
        return False
    if _move(services, event) is None:
        return False
    return bool(await _touched(services, item))


async def reacted(knock: Happened, services: Services) -> Answer:
    """An emoji that says something, put on a card or taken away."""
    move = _move(services, knock.event)
    group_id = await _touched(services, knock.event["item"])
    if move is None or not group_id:
        return Nothing()
    if knock.event["type"] == "reaction_removed":
        return await _taken_back(move, group_id, knock, services)
    no = await _kept_out(group_id, knock.person, services)
    if no is not None:
        return no
    end = await carry_out(move, group_id, "reaction", knock, services)
    if isinstance(end, TooLate) and end.by != knock.person.user_id:
        return Whisper(note(too_late(end, group_id, knock.person.locale)))
    return Nothing()


async def _taken_back(move: Move, group_id: str, knock: Happened, services: Services) -> Answer:
    """Taking back the emoji that acknowledged gives it back; anybody else's changes nothing."""
    user_id = knock.person.user_id
    is_theirs = move is Move.ACKNOWLEDGE and await services.db.read(_is_theirs, group_id, user_id)
    if is_theirs and await _kept_out(group_id, knock.person, services) is None:
        await carry_out(Move.UNACKNOWLEDGE, group_id, "reaction", knock, services)
    return Nothing()


def _is_theirs(tx: Tx, group_id: str, user_id: str) -> bool:
    """Whether they have it in hand, and by an emoji."""
    group = alert_groups.get(tx, group_id)
    if group is None or group.state is not GroupState.ACKNOWLEDGED or group.acked_by != user_id:
        return False
    moves = alert_moves.of_group(tx, group_id)
    last = next((each for each in reversed(moves) if each.move is Move.ACKNOWLEDGE), None)
    return last is not None and last.via == "reaction"


def _move(services: Services, event: Json) -> Move | None:
    name = str(event.get("reaction") or "")
    # A skin tone says nothing else: thumbsup::skin-tone-3.
    plain = name.partition("::")[0]
    reactions = services.settings.alerts.reactions
    if plain in reactions.acknowledge:
        return Move.ACKNOWLEDGE
    return Move.RESOLVE if plain in reactions.resolve else None


async def _kept_out(group_id: str, person: Person, services: Services) -> Whisper | None:
    """Why they may not act on what the card tells of; None where they may."""
    apps = await services.db.read(alerts.apps_of_group, group_id)
    lacking = [app for app in apps if not person.may(ACTING, app)]
    if not lacking:
        return None
    roles = [role.value for role in ACTING]
    await refusing.note(person, services, lacking[0], roles, "reaction_added")
    groups = {role: services.settings.grants.entries(role, lacking[0]) for role in ACTING}
    return Whisper(help_messages.not_allowed_any(groups, person.locale))


async def _touched(services: Services, item: Json) -> str:
    """The group whose card or line a message is; "" for any other message."""
    channel, ts = str(item.get("channel") or ""), str(item.get("ts") or "")
    until = services.clock() + CARD_WITHIN
    while True:
        found, is_leaving = await services.db.read(alert_posts.find, ts)
        for each in found:
            if await _stands_in(services, each, channel):
                return each.group_id
        if not is_leaving or services.clock() >= until:
            return ""
        await asyncio.sleep(LOOK_EVERY_S)


async def _stands_in(services: Services, post: AlertPost, channel: str) -> bool:
    """Whether a post is in that channel: the time alone is not one of a kind."""
    try:
        if post.user_id:
            return await services.slack.open_conversation(post.user_id) == channel
        return await services.slack.locate(post.channel) == channel
    except SlackError:
        return False


EVENTS = tuple(
    Event(name, name, SCOPES, None, reacted, is_about_alert)
    for name in ("reaction_added", "reaction_removed")
)
