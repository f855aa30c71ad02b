"""Charts as PNG. `chart` says what is to be drawn; everything else here needs matplotlib, and is
imported by the child alone that draws (``python -m bot.charts``): it is 35 MB and half a second.
"""

from bot.charts.chart import Bar, Chart, Part, Words, chart_of, payload

__all__ = ["Bar", "Chart", "Part", "Words", "chart_of", "payload"]
