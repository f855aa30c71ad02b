"""How fast the simulator reviews, changed while it runs. Ours: no reviewer can be told to hurry."""

from dataclasses import dataclass, replace

from aiohttp import web

from bot.sandbox.tencent.admin import PREFIX, read_object
from bot.sandbox.tencent.records import RecordError, decode, encode
from bot.sandbox.tencent.world import World

MAX_DELAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The delays of SandboxConfig, in seconds; without `review_delay_s` only the desk decides."""

    review_delay_s: float | int | None
    filing_delay_s: float | int


class ReviewPace:
    """The handlers; every answer is JSON."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Both doors."""
        path = f"{PREFIX}reviews/pace"
        return [web.get(path, self.pace), web.put(path, self.set_pace)]

    async def pace(self, request: web.Request) -> web.StreamResponse:
        """``{"review_delay_s": 20.0, "filing_delay_s": 10.0}``."""
        return web.json_response(encode(self._now()))

    async def set_pace(self, request: web.Request) -> web.StreamResponse:
        """Either or both, for what comes from now on, until the sandbox stops."""
        changed = decode(Pace, await read_object(request), encode(self._now()))
        for name, delay_s in encode(changed).items():
            if delay_s is not None and not 0 <= delay_s <= MAX_DELAY_S:
                raise RecordError(f"{name}: 0 to {MAX_DELAY_S:.0f} seconds")
        self._world.config = replace(self._world.config, **encode(changed))
        return await self.pace(request)

    def _now(self) -> Pace:
        config = self._world.config
        return Pace(config.review_delay_s, config.filing_delay_s)
