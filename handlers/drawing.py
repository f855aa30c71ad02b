"""Charts are drawn by a process of their own, so that nobody waits for them.

matplotlib is half a second to import and as much to draw with, 35 MB, and knows how to keep a lock:
it is never in the process that answers.
"""

import base64
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.charts import Chart, payload
from handlers import children

CHILD = (sys.executable, "-m", "bot.charts")
#: The first time all fonts of the machine are looked at, which takes a while where there are many.
PATIENCE_S = 120.0
#: Below the data folder: what is known of the fonts.
FOLDER = "charts"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG; `is_plain` where no font here has the characters wanted, and it speaks English."""

    png: bytes
    is_plain: bool


async def draw(
    chart: Chart,
    data_dir: Path,
    *,
    program: Sequence[str] = CHILD,
    patience_s: float = PATIENCE_S,
) -> Picture:
    """The chart as a picture. Raises NoAnswer where none comes of it."""
    # Fonts are looked for once; and whatever stands in somebody's home is none of our business.
    environ = {**os.environ, "MPLCONFIGDIR": str(data_dir / FOLDER)}
    order = json.dumps(payload(chart)).encode()
    found = await children.answer_of(program, order, patience_s=patience_s, environ=environ)
    answer = json.loads(found)
    return Picture(base64.b64decode(answer["png"]), answer["is_plain"])
