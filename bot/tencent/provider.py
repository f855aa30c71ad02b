"""What the rest of the program may ask of Tencent Cloud SMS, whichever API answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.meters import Wire
from bot.tencent.callbacks import StatusReport
from bot.tencent.drafts import SignatureDraft, TemplateDraft
from bot.tencent.figures import CallbackFigures, SendFigures
from bot.tencent.wire import (
    ChangeOutcome,
    Package,
    SendOrder,
    SendOutcome,
    SendRecord,
    Signature,
    Template,
)


class SmsProvider(Protocol):
    """One for the life of the process, closed with `close()`.

    `bot.tencent.client.TencentClient` speaks API 3.0 and has every other action too;
    `bot.tencent.legacy.LegacyClient` speaks v5. `send_sms` answers with a value and sends exactly
    once. The questions change nothing, are repeated as `bot.rules.retries` allows, and raise the
    TencentError branch of `bot.errors`.
    """

    wire: Wire
    """What its exchanges came to, and how long they took."""

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

    async def take_statuses(self, sdk_app_id: str) -> tuple[StatusReport, ...]:
        """Up to a hundred carrier reports off the application's queue, which has them no more.
        Raises TencentError."""
        ...

    async def count_sends(self, sdk_app_id: str, since: datetime, until: datetime) -> SendFigures:
        """What was sent from the hour of `since` to the end of the hour of `until`. Raises
        TencentError."""
        ...

    async def count_callbacks(
        self, sdk_app_id: str, since: datetime, until: datetime
    ) -> CallbackFigures:
        """What carriers reported on what was sent in these hours. Raises TencentError."""
        ...


@runtime_checkable
class ContentProvider(Protocol):
    """What submits content for review and follows it: API 3.0 does, our v5 client does not.

    A change goes out exactly once, signed as of `signed_at`: the time that was committed before. It
    answers with a value and never raises for what the network or Tencent does; cancelled, the
    outcome is unknown. The questions raise TencentError.
    """

    async def add_template(self, draft: TemplateDraft, *, signed_at: datetime) -> ChangeOutcome:
        """Submits a new template; the answer has its id."""
        ...

    async def modify_template(
        self, template_id: str, draft: TemplateDraft, *, signed_at: datetime
    ) -> ChangeOutcome:
        """Puts `draft` in the place of a template under review or rejected."""
        ...

    async def delete_template(self, template_id: str, *, signed_at: datetime) -> ChangeOutcome:
        """Deletes a template for good."""
        ...

    async def add_signature(self, draft: SignatureDraft, *, signed_at: datetime) -> ChangeOutcome:
        """Submits a new signature; the answer has its id."""
        ...

    async def modify_signature(
        self, signature_id: str, draft: SignatureDraft, *, signed_at: datetime
    ) -> ChangeOutcome:
        """Puts `draft` in the place of a signature under review or rejected."""
        ...

    async def delete_signature(self, signature_id: str, *, signed_at: datetime) -> ChangeOutcome:
        """Deletes a signature for good."""
        ...

    async def find_templates(
        self, ids: Sequence[str], *, international: bool
    ) -> tuple[Template, ...]:
        """The templates of one side among at most 100 `ids`, in one request."""
        ...

    async def find_signatures(
        self, ids: Sequence[str], *, international: bool
    ) -> tuple[Signature, ...]:
        """The signatures of one side among at most 100 `ids`, in one request."""
        ...

    async def list_templates(self, *, international: bool) -> tuple[Template, ...]:
        """All templates of one side."""
        ...

    async def list_signatures(self, *, international: bool) -> tuple[Signature, ...]:
        """All signatures of one side."""
        ...


def content_provider(provider: SmsProvider) -> ContentProvider | None:
    """`provider` where it can submit content, else None: v5 only lists it."""
    return provider if isinstance(provider, ContentProvider) else None
