"""Whether a request of API 3.0 comes from whom it says: signature, and token of temporary keys."""

import hmac

from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.tc3 import RawRequest, secret_id_of, verify
from bot.sandbox.tencent.v1 import verify_pairs
from bot.sandbox.tencent.world import World

BAD_TOKEN = "AuthFailure.TokenFailure"  # noqa: S105 - a code, not a secret


def believe(world: World, raw: RawRequest) -> None:
    """Raises CallError for a request that is not from the holder of one of the key pairs."""
    config = world.config
    secrets = {config.credentials.secret_id: config.credentials.secret_key}
    secrets |= {each.secret_id: each.secret_key for each in config.temporary}
    check = verify if raw.pairs is None else verify_pairs
    if fault := check(raw, secrets, world.clock()):
        raise CallError(fault.value)
    _check_token(world, secret_id_of(raw), raw.headers.get("x-tc-token", ""))


def _check_token(world: World, secret_id: str, token: str) -> None:
    """Temporary keys need their token, and permanent ones have none."""
    known = next((each for each in world.config.temporary if each.secret_id == secret_id), None)
    if known is None:
        if token:
            raise CallError(BAD_TOKEN)
        return
    same = hmac.compare_digest(known.token.encode(), token.encode("utf-8", "surrogateescape"))
    if not same or world.now_ms >= 1000 * known.expires_at_s:
        raise CallError(BAD_TOKEN)
