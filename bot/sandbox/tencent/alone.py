"""The sandbox on its own, for ``smsops sandbox`` and for anybody's tests."""

import asyncio
import json
from pathlib import Path
from typing import TextIO

from bot.locales import Locale, text
from bot.sandbox.tencent.admin import identity
from bot.sandbox.tencent.config import SandboxConfig
from bot.sandbox.tencent.fates import FATES
from bot.sandbox.tencent.server import TencentSandbox
from bot.sandbox.tencent.voice_fates import VOICE_FATES


async def serve(
    host: str,
    port: int,
    *,
    json_line: bool,
    config: SandboxConfig,
    out: TextIO,
    locale: Locale = Locale.EN,
    state_path: Path | None = None,
) -> None:
    """Run until cancelled. The first thing on `out` says how to reach the sandbox: one JSON line,
    or words. Raises OSError if the port is taken, ValueError for a host that is
    not loopback."""
    sandbox = TencentSandbox(config=config, state_path=state_path)
    url = await sandbox.start(host, port)
    try:
        found = identity(config, url)
        out.write(json.dumps(found) + "\n" if json_line else introduction(found, locale))
        out.flush()
        await asyncio.Event().wait()
    finally:
        await sandbox.stop()


def introduction(found: dict[str, str], locale: Locale) -> str:
    """The address, the keys and the test numbers, in words."""
    lines = [text(locale, "sandbox.alone.running", url=found["url"])]
    lines += [f"  {name:<20} {value}" for name, value in found.items() if name != "url"]
    lines.append(text(locale, "sandbox.alone.numbers"))
    lines += [f"  {fate.number:<15} {text(locale, fate.label_key)}" for fate in FATES]
    lines.append(text(locale, "sandbox.alone.calls"))
    lines += [f"  {fate.number:<15} {text(locale, fate.label_key)}" for fate in VOICE_FATES]
    lines.append(text(locale, "sandbox.alone.stop"))
    return "\n".join(lines) + "\n"
