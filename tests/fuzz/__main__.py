"""`make fuzz`: so many hostile callbacks, and as the last line one JSON object."""

import asyncio
import json
import secrets
import sys
import tempfile
from pathlib import Path

from tests.fuzz.judging import fuzz

SHOWN = 5


def main() -> int:
    """`python -m tests.fuzz [bodies] [seed]`; 1 where anything broke or is wrong."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbelow(2**32)
    sys.stdout.write(f"{count} bodies, seed {seed}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="smsops-fuzz-") as folder:
        verdict = asyncio.run(fuzz(Path(folder), count, seed))
    for what in (*verdict.broken[:SHOWN], *verdict.turned_away[:SHOWN], *verdict.wrong[:SHOWN]):
        sys.stdout.write(f"{what!r}\n")
    found = {
        "bodies": verdict.bodies,
        "taken": verdict.taken,
        "refused": sum(verdict.refused.values()),
        "turned_away": len(verdict.turned_away),
        "crashes": len(verdict.broken),
        "wrong_rows": len(verdict.wrong),
    }
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
