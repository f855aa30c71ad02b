"""What asking who somebody is and what they may do adds to a command's acknowledgement."""

import time
from itertools import count
from pathlib import Path
from statistics import median

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.cli.demo import without_proxy
from bot.cli.local import Plan, running_locally
from bot.mounts.routing import Router
from bot.mounts.slack_door import SlackDoor
from bot.registry import Person
from handlers.services import Services
from tests.bench.figures import Reading

APP_YAML = Path(__file__).parents[2] / "app.yaml"
USER, CHANNEL = "U0MAYA", "C0SMS"
#: It asks for a role for the app that is meant in the channel.
COMMAND = "job"
#: An app has roles of its own, so that it is looked which one is meant.
OWN = {"apps.0.roles": {"requester": ["@sms-senders", f"@sms-admins in {CHANNEL}"]}}


class Unasked(Router):
    """The same way, and everybody is somebody who may."""

    person: Person

    async def _person(self, user_id: str, channel: str) -> Person:
        return self.person

    async def _barred(self, *_: object) -> None:
        return None


async def authorising(folder: Path, rounds: int = 41, each: int = 40) -> Reading:
    """Milliseconds of one command with and without, in turn, each stored before it is answered."""
    without_proxy()
    async with running_locally(Plan(APP_YAML, folder / "authorising", overrides=OWN)) as local:
        services = local.bot.services
        person = await services.people.look_up(USER, CHANNEL)
        doors = (SlackDoor(services), SlackDoor(services))
        Unasked.person, doors[1]._router = person, Unasked(services)
        bolts = [_bolt(services, door) for door in doors]
        ours, theirs = [], []
        for _ in range(rounds):
            taken: dict[int, list[float]] = {0: [], 1: []}
            for turn in range(each):
                # Who comes second finds the machine warm.
                for nth in (0, 1) if turn % 2 else (1, 0):
                    taken[nth].append(await _typed(bolts[nth]))
            ours.append(median(taken[0]) * 1e3)
            theirs.append(median(taken[1]) * 1e3)
        for door in doors:
            await door.stop()
        return Reading.of(ours, theirs)


def _bolt(services: Services, door: SlackDoor) -> AsyncApp:
    bolt = AsyncApp(
        client=services.slack.web, request_verification_enabled=False, process_before_response=True
    )
    door.mount(bolt)
    return bolt


TRIGGERS = count(1)


async def _typed(bolt: AsyncApp) -> float:
    """Seconds until the command is acknowledged."""
    body = {
        "command": "/sms",
        "text": COMMAND,
        "user_id": USER,
        "channel_id": CHANNEL,
        "team_id": "T0LOCAL",
        "trigger_id": f"{next(TRIGGERS)}.1",
    }
    began = time.perf_counter()
    answer = await bolt.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    took_s = time.perf_counter() - began
    if answer.status != 200 or "blocks" not in str(answer.body):
        raise ValueError(f"not acknowledged: {answer.status}")
    return took_s
