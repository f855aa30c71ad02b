"""`make storm`: 5,000 events in a minute, a table of what became of them, and as the last line one
JSON object."""

import asyncio
import json
import logging
import os
import sys
import tempfile
from pathlib import Path

from tests.storm.storm import Weather, pairs, storm

SHOWN = 20


def main() -> int:
    """`python -m tests.storm [events] [seconds]`; 1 where anything was lost, said twice, or too
    fast."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    over_s = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    logging.disable(logging.CRITICAL)
    # slack_sdk would take this machine's own address to the proxy.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="smsops-storm-") as folder:
        verdict = asyncio.run(storm(Path(folder), Weather(events=events, over_s=over_s)))
    table = dict(pairs(verdict))
    width = max(map(len, table))
    for finding in verdict.findings[:SHOWN]:
        sys.stdout.write(f"{finding}\n")
    for name, figure in table.items():
        sys.stdout.write(f"{name:{width}}  {figure:>9}\n")
    found = {
        "events": verdict.events,
        "posts": verdict.posts,
        "lost": verdict.lost,
        "duplicated": verdict.duplicated,
        "max_posts_per_s": verdict.max_posts_per_s,
        "first_notice_s": round(verdict.first_notice_s, 2),
    }
    sys.stdout.write(json.dumps(found) + "\n")
    is_well = not verdict.lost and not verdict.duplicated and verdict.max_posts_per_s <= 1
    return 0 if is_well and verdict.first_notice_s < 10 else 1


if __name__ == "__main__":
    sys.exit(main())
