"""The child that draws: a chart in JSON on its standard input, the picture on its standard output.

The answer is JSON too: ``png`` in base64, and ``is_plain`` where no font of this machine has the
characters wanted, and the plain words stand in it.
"""

import base64
import json
import os
import sys

from bot.charts.chart import chart_of
from bot.charts.drawing import png
from bot.charts.fonts import LATIN, families_for

#: Behind everything else that wants the processor.
NICE = 10


def main() -> None:
    os.nice(NICE)
    chart = chart_of(json.load(sys.stdin))
    families = families_for(chart.words.characters)
    words = chart.plain if families is None else chart.words
    picture = png(chart, words, families or [LATIN])
    answer = {"png": base64.b64encode(picture).decode(), "is_plain": families is None}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
