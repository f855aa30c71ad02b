"""Which way to the app: its sockets in Socket Mode, its URLs otherwise."""

from collections.abc import Callable
from datetime import datetime

from bot.sandbox.workspace.delivery import Delivery, Failed, HttpCarrier, Outcome, RetryReason
from bot.sandbox.workspace.installation import App
from bot.sandbox.workspace.sockets import SocketCarrier
from bot.sandbox.workspace.trace import Trace


class Courier:
    """Delivers to the app, whichever way its manifest asks for."""

    def __init__(self, trace: Trace, clock: Callable[[], datetime], answer_within_s: float) -> None:
        self.http = HttpCarrier(trace, clock)
        self.sockets = SocketCarrier(trace)
        self._answer_within_s = answer_within_s

    async def deliver(self, app: App, delivery: Delivery) -> Outcome:
        """Deliver once and wait for the acknowledgement."""
        if app.manifest.socket_mode:
            return await self.sockets.deliver(delivery, self._answer_within_s)
        if not delivery.url:
            return Failed(RetryReason.CONNECTION_FAILED)
        secret = app.installation.signing_secret
        return await self.http.deliver(delivery, secret, self._answer_within_s)
