"""`smsops tour`: the README's story, played through the same HTTP doors as the page, and checked.

The whole runs in a folder of its own; nothing of the demo's is touched.
"""

import asyncio
import shutil
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from bot.cli.demo import without_proxy
from bot.cli.local import Local, Plan, running_locally
from bot.cli.stopping import until_stopped
from bot.cli.tour.people import seats
from bot.cli.tour.story import STEPS, Stage, Step, play
from bot.cli.tour.transcript import Transcript
from bot.locales import Locale
from bot.logs import set_up
from bot.sandbox.tencent import SandboxConfig

LOG = "tour.log"
#: Who tells the story, who reads the other language, and who is in no group.
CAST = {
    Locale.EN: ("U0MAYA", "U0LIN", "U0EVE"),
    Locale.ZH_CN: ("U0LIN", "U0MAYA", "U0EVE"),
}
#: A card is edited once a second at the most: with less, "accepted" would go by unseen.
REPORT_DELAY_S = 2.5
#: Long enough to be seen, short enough to wait for.
UNDO_S = 2


def run(args: Namespace) -> int:
    """Plays every step; 0 when each was seen. Where one was not it is 1, and the log is kept."""
    without_proxy()
    folder = Path(tempfile.mkdtemp(prefix="smsops-tour-"))
    transcript = Transcript(args.locale, len(STEPS), as_json=args.json)
    try:
        with (folder / LOG).open("w", encoding="utf-8") as log:
            set_up(log)
            asyncio.run(until_stopped(perform(plan_for(args, folder), transcript, STEPS)))
    finally:
        if not transcript.missed:
            shutil.rmtree(folder, ignore_errors=True)
    return transcript.end(folder / LOG)


def plan_for(args: Namespace, folder: Path) -> Plan:
    """app.yaml as it stands, its cards in the language of the terminal."""
    return Plan(
        Path(args.config),
        folder,
        sandbox=SandboxConfig(report_delay_s=REPORT_DELAY_S, delay_scale=0.0),
        overrides={"language": args.locale.value, "sending.undo_s": UNDO_S},
    )


async def perform(plan: Plan, transcript: Transcript, steps: Sequence[Step]) -> None:
    """Everything up, the story, everything down."""
    async with running_locally(plan) as local:
        transcript.begin(local.workspace.url, local.bot.url, local.sandbox.url)
        await tell(local, transcript, steps)


async def tell(local: Local, transcript: Transcript, steps: Sequence[Step]) -> None:
    """Seats the cast and plays one step after the other, also after one that was not seen."""
    locale = transcript.locale
    async with seats(local.workspace.url, local.sandbox.url, CAST[locale]) as (people, tencent):
        teller, other, guest = people
        stage = Stage(locale, teller, other, guest, tencent)
        for step in steps:
            transcript.did(step.name, teller=teller.name, other=other.name, guest=guest.name)
            transcript.saw(step.name, await play(step, stage))
