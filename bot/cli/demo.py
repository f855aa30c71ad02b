"""`smsops demo`: the bot, a Tencent sandbox and a Slack look-alike, with a page to click in."""

import asyncio
import json
import os
import sys
import webbrowser
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from bot.cli.local import Local, Plan, running_locally
from bot.cli.stopping import is_port_taken, until_stopped
from bot.cli.terminal import complain, say
from bot.locales import text
from bot.logs import set_up
from bot.sandbox.tencent import SandboxConfig
from bot.sandbox.tencent.voice_config import RAISED_NOTICE_RULES, VoiceConfig

#: Tried first, so that the address stays the same from one day to the next.
PAGE_PORT = 8321
#: As Tencent's support raises them: who tries calls has the same phone called again and again, and
#: half of the world does so in the mainland's night.
CALLS = RAISED_NOTICE_RULES
#: Reviews take long enough that whoever reads the request's card first still decides on the desk.
TENCENT = SandboxConfig(review_delay_s=180.0, voice=VoiceConfig(notice_rules=CALLS))
OVERRIDES: Mapping[str, object] = {
    "oncall.voice.per_30s": CALLS.thirty_seconds,
    "oncall.voice.per_10m": CALLS.ten_minutes,
    "oncall.voice.per_day": CALLS.day,
    "oncall.voice.per_night": CALLS.night,
}


def run(args: Namespace) -> int:
    """Runs until Ctrl-C; what was sent and said is there again at the next start. 1 where the port
    that was asked for is somebody else's."""
    config = Path(args.config)
    folder = Path(args.data) if args.data else config.absolute().parent / ".smsops" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    without_proxy()
    with (folder / "demo.log").open("a", encoding="utf-8") as log:
        set_up(log)
        try:
            asyncio.run(until_stopped(serve(args, config, folder)))
        except OSError as error:
            if not is_port_taken(error):
                raise
            complain(text(args.locale, "cli.port_taken", port=args.port))
            return 1
    return 0


async def serve(args: Namespace, config: Path, folder: Path) -> None:
    """The page on its usual port, or on any other where that one is taken."""
    wanted = PAGE_PORT if args.port is None else args.port
    try:
        await hold(args, planned(config, folder, wanted))
    except OSError as error:
        if args.port is not None or not is_port_taken(error):
            raise
        await hold(args, planned(config, folder, 0))


def planned(config: Path, folder: Path, port: int) -> Plan:
    """What is started; `port` is the page's, 0 any that is free."""
    return Plan(config, folder, page_port=port, sandbox=TENCENT, overrides=OVERRIDES)


async def hold(args: Namespace, plan: Plan) -> None:
    """Everything up, said, and kept up."""
    async with running_locally(plan) as local:
        announce(local, args)
        await asyncio.Event().wait()


def announce(local: Local, args: Namespace) -> None:
    """Says where the page is, and opens it where there is a desktop."""
    if args.json:
        say(json.dumps({"page": local.workspace.url, "bot": local.bot.url,
                        "sandbox": local.sandbox.url}))  # fmt: skip
    else:
        say(text(args.locale, "cli.demo.ready", url=local.workspace.url))
        say(text(args.locale, "cli.demo.try_it"))
        say(text(args.locale, "cli.demo.stop"))
    sys.stdout.flush()
    if not args.json and has_desktop():
        webbrowser.open(local.workspace.url)


def has_desktop() -> bool:
    """Whether a browser window can open where the person sits."""
    if not sys.stdout.isatty():
        return False
    return sys.platform == "darwin" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def without_proxy() -> None:
    """slack_sdk obeys HTTP(S)_PROXY and ignores NO_PROXY, for this machine's own address too."""
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        os.environ.pop(name, None)
