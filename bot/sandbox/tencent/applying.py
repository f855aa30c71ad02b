"""What applications for signatures and for templates have in common."""

from typing import Any

from bot.sandbox.tencent.config import AccountKind
from bot.sandbox.tencent.content import Review, Side
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.world import World


def check_enterprise(world: World) -> None:
    """Refuse the account of a person: it has no signature or template API."""
    if world.state.account.settings.kind is not AccountKind.ENTERPRISE:
        raise CallError("FailedOperation.NotEnterpriseCertification")


def check_unlocked(status: Review, code: str) -> None:
    """Refuse, with `code`, to change what has been approved."""
    if status not in (Review.REVIEWING, Review.REJECTED):
        raise CallError(code)


def read_side(fields: Fields) -> Side:
    """``International``: 0 or 1."""
    side = fields.integer("International")
    if side not in (Side.MAINLAND, Side.INTERNATIONAL):
        raise CallError("InvalidParameterValue.InvalidInternational")
    return Side(side)


def application_moments(world: World) -> tuple[int, int | None]:
    """When an application of now is made, and when it is decided if no reviewer comes first."""
    delay_s = world.config.review_delay_s
    now_ms = world.now_ms
    return now_ms, None if delay_s is None else now_ms + round(1000 * delay_s)


def deleted(world: World) -> dict[str, Any]:
    """The answer to a deletion, in the vendor's words."""
    return {"DeleteStatus": "return successfully!", "DeleteTime": world.now_ms // 1000}
