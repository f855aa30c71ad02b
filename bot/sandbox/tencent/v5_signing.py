"""The AppKey signature of legacy v5, and what of a request it covers."""

import hashlib
import hmac
import re
from collections.abc import Callable

from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.v5_answers import read_tel
from bot.sandbox.tencent.world import World

MAX_SKEW_S = 600


def believe(
    world: World,
    app: Application,
    sig: str,
    random: str,
    time_s: int,
    tail: Callable[[], str],
) -> None:
    """Refuse what was not signed with the application's AppKey, or not lately. Raises CallError.

    The `tail` is read last: a body without a signature is refused for that, whatever else it lacks.
    """
    if not sig or time_s < 0 or not re.fullmatch(r"[0-9]{1,20}", random):
        raise CallError("InternalError.SigFieldMissing")
    if abs(world.now_ms / 1000 - time_s) > MAX_SKEW_S:
        raise CallError("InternalError.RequestTimeException")
    expected = signature(app.app_key, random, time_s, tail())
    if not hmac.compare_digest(expected.encode(), sig.encode("utf-8", "surrogateescape")):
        raise CallError("InternalError.SigVerificationFail")


def signature(app_key: str, random: str, time_s: int, tail: str) -> str:
    """The hex digest a request must carry. Source: the vendor's v5 documentation, 2021 snapshot."""
    text = f"appkey={app_key}&random={random}&time={time_s}{tail}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def no_tail(fields: Fields) -> str:
    """Nothing but the time is signed."""
    return ""


def tel_tail(fields: Fields) -> str:
    """The one number of ``tel``, without its country code."""
    return f"&mobile={read_tel(fields.mapping('tel'))[1]}"


def tels_tail(fields: Fields) -> str:
    """The numbers of ``tel`` in their order."""
    return "&mobile=" + ",".join(read_tel(each)[1] for each in fields.mappings("tel"))


def e164_tail(fields: Fields) -> str:
    """``tel`` as it is, with a raw plus sign."""
    return f"&tel={fields.text('tel')}"


def mobile_tail(fields: Fields) -> str:
    """The number that lies in the body itself."""
    return f"&mobile={fields.text('mobile')}"


def fid_tail(fields: Fields) -> str:
    """The id of a recording."""
    return f"&fid={fields.text('fid')}"


def content_tail(sha1: str) -> str:
    """The digest of an uploaded recording."""
    return f"&content-sha1={sha1}"
