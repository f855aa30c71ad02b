"""`make bench`: runs everything in turn, prints a table, and the figures as one JSON object."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.bench import measures
from tests.bench.figures import report


def main() -> int:
    """Prints; whether a missed goal is bad is for the reader to say, never an exit code."""
    # Not /tmp, which may be memory, where a sync costs nothing.
    build = Path("build").absolute()
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=build) as folder:
        found = asyncio.run(measures.run(Path(folder)))
        sys.stdout.write(report(found.readings, found.sandbox_send_per_s))
    return 0


if __name__ == "__main__":
    sys.exit(main())
