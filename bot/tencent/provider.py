"""What the rest of the program may ask of Tencent Cloud SMS, whichever API answers."""

from datetime import datetime
from typing import Protocol

from bot.tencent.callbacks import StatusReport
from bot.tencent.wire import Package, SendOrder, SendOutcome, SendRecord, Signature, Template


class SmsProvider(Protocol):
    """One for the life of the process, closed with `close()`.

    `bot.tencent.client.TencentClient` speaks API 3.0 and has every other action too;
    `bot.tencent.legacy.LegacyClient` speaks v5. `send_sms` answers with a value and sends exactly
    once. The questions change nothing, are repeated as `bot.rules.retries` allows, and raise the
    TencentError branch of `bot.errors`.
    """

    async def close(self) -> None:
        """Hangs up. Questions still open end in TencentUnreachable, sends in Unknown."""

    async def send_sms(self, order: SendOrder, *, signed_at: datetime) -> SendOutcome:
        """Sends `order` once, signed as of `signed_at`: the time that was committed before.

        Never raises for what the network or Tencent does; cancelled, the outcome is unknown.
        """
        ...

    async def list_templates(self, *, international: bool) -> tuple[Template, ...]:
        """All templates of one side. Raises TencentError."""
        ...

    async def list_signatures(self, *, international: bool) -> tuple[Signature, ...]:
        """All signatures of one side. Raises TencentError."""
        ...

    async def list_packages(self, sdk_app_id: str) -> tuple[Package, ...]:
        """The packages of the account `sdk_app_id` belongs to. Raises TencentError."""
        ...

    async def list_send_records(
        self, number: str, *, sdk_app_id: str, since: datetime, until: datetime | None = None
    ) -> tuple[SendRecord, ...]:
        """Tencent's books on one number (E.164). Raises TencentError."""
        ...

    async def pull_status_by_number(
        self, number: str, *, sdk_app_id: str, since: datetime, until: datetime | None = None
    ) -> tuple[StatusReport, ...]:
        """The last hundred carrier reports on one number. Raises TencentError."""
        ...
