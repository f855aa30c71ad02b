"""`make fuzz`, at Slack's address: so many requests that are forged, stale, broken or of another
shape, and as the last line one JSON object."""

import asyncio
import json
import logging
import os
import secrets
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from bot.cli.local import Plan, running_locally
from bot.rules.lanes import UNPACED
from bot.sandbox.workspace import Pace
from tests.mounts.knocking import Knocker

APP_YAML = Path(__file__).parents[2] / "app.yaml"
SHOWN = 5
#: What Slack has not signed is one of these, whatever it is; anything else may be taken as well.
TURNED_AWAY, ANSWERED = {400, 401}, {200, 400, 404, 413}


async def fuzz(folder: Path, count: int, seed: int) -> tuple[Counter[int], list[str]]:
    """The statuses of `count` requests, and each answer that should not have been."""
    statuses, wrong, dice = Counter[int](), list[str](), Random(seed)
    plan = Plan(APP_YAML, folder, slack_pace=UNPACED, pace=Pace())
    async with running_locally(plan) as local:
        knocker = Knocker(local, seed)
        for nth in range(count):
            kind = dice.choice((knocker.unsigned, knocker.junk, knocker.disturbed))
            status, said = await kind()
            statuses[status] += 1
            allowed = TURNED_AWAY if kind == knocker.unsigned else ANSWERED
            if status not in allowed or b"Traceback" in said:
                wrong.append(f"{nth}: {kind.__name__} {status} {said[:200]!r}")
    return statuses, wrong


def main() -> int:
    """`python -m tests.fuzz.slack [requests] [seed]`; 1 where anything broke."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbelow(2**32)
    sys.stdout.write(f"{count} requests, seed {seed}\n")
    sys.stdout.flush()
    logging.disable(logging.CRITICAL)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        # slack_sdk would take this machine's own address to the proxy.
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="smsops-fuzz-") as folder:
        statuses, wrong = asyncio.run(fuzz(Path(folder), count, seed))
    for what in wrong[:SHOWN]:
        sys.stdout.write(f"{what}\n")
    sys.stdout.write(json.dumps({"requests": count, **statuses, "wrong": len(wrong)}) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
