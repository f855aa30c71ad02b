"""Draws a chart: light, wide, and legible where Slack shows it as narrow as 360 pixels."""

import io

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.charts.chart import Bar, Chart, Part, Words

#: Twice what Slack shows at its widest.
WIDTH_PX, HEIGHT_PX, DPI = 1600, 1000, 200
#: At 360 pixels the smallest letters are nine of them high.
TEXT_PT, TITLE_PT = 15, 17
INK, FAINT, PAPER = "#1D1C1D", "#D5D9DD", "#FFFFFF"
#: Told apart without colours too: by order, by brightness, and by what is hatched.
COLOURS = {
    Part.DELIVERED: "#3B7DBD",
    Part.UNDELIVERED: "#C8384B",
    Part.REFUSED: "#F0B23E",
    Part.OPEN: "#BCC3CA",
}
HATCHES = {Part.UNDELIVERED: "//", Part.REFUSED: ".."}
BAR_WIDTH = 0.78
LEGEND_COLUMNS, LEGEND_ROW_PT, LEGEND_GAP_PT = 3, 25, 14
#: Inches of paper around it all.
MARGIN = 0.12


def png(chart: Chart, words: Words, families: list[str]) -> bytes:
    """The picture, with `words` in it, written in `families`."""
    # What somebody's own matplotlibrc says is none of our business.
    mpl.rcdefaults()
    with mpl.rc_context({"font.family": families, "font.size": TEXT_PT, "hatch.linewidth": 1.2}):
        written = io.BytesIO()
        drawn(chart, words).savefig(written, format="png")
    return written.getvalue()


def drawn(chart: Chart, words: Words) -> Figure:
    """A chart as a figure of matplotlib, before it is made of pixels."""
    size = (WIDTH_PX / DPI, HEIGHT_PX / DPI)
    figure = Figure(figsize=size, dpi=DPI, facecolor=PAPER)
    figure.set_layout_engine("constrained", w_pad=MARGIN, h_pad=MARGIN)
    axes = figure.add_subplot()
    _draw_bars(axes, chart, words)
    _draw_frame(axes, chart.bars, words)
    _draw_legend(axes, words)
    return figure


def _draw_bars(axes: Axes, chart: Chart, words: Words) -> None:
    places = range(len(chart.bars))
    feet = [0] * len(chart.bars)
    for part in Part:
        heights = [bar.parts.get(part, 0) for bar in chart.bars]
        if any(heights):
            axes.bar(
                places,
                heights,
                BAR_WIDTH,
                bottom=feet,
                color=COLOURS[part],
                edgecolor=PAPER,
                linewidth=0.6,
                hatch=HATCHES.get(part),
                label=words.parts[part],
            )
        feet = [foot + height for foot, height in zip(feet, heights, strict=True)]
    _draw_before(axes, chart, words)


def _draw_before(axes: Axes, chart: Chart, words: Words) -> None:
    """A line over each bar, as high as it was a week earlier."""
    known = [(at, bar.before) for at, bar in enumerate(chart.bars) if bar.before is not None]
    if not any(before for _, before in known):
        return
    half = BAR_WIDTH / 2
    axes.hlines(
        [before for _, before in known],
        [at - half for at, _ in known],
        [at + half for at, _ in known],
        colors=INK,
        linewidth=2.4,
        label=words.before,
    )


def _draw_frame(axes: Axes, bars: tuple[Bar, ...], words: Words) -> None:
    labelled = [(at, label) for at, label in enumerate(words.labels) if label]
    axes.set_xticks([at for at, _ in labelled], [label for _, label in labelled])
    axes.set_xlim(-0.6, len(bars) - 0.4)
    axes.set_ylim(0, _top(bars))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.tick_params(length=0, colors=INK, labelsize=TEXT_PT, pad=8)
    # The first hour stands under the nought of the other axis.
    axes.tick_params(axis="x", pad=12)
    axes.grid(axis="y", color=FAINT, linewidth=1)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.spines["bottom"].set(visible=True, color=INK, linewidth=1.2)


def _draw_legend(axes: Axes, words: Words) -> None:
    """Above the bars, under the title: it covers nothing, whatever the figures."""
    marks, labels = axes.get_legend_handles_labels()
    # What was before is said last.
    last = {label: at for at, label in enumerate((*words.parts.values(), words.before))}
    shown = sorted(zip(labels, marks, strict=True), key=lambda each: last[each[0]])
    rows = -(-len(shown) // LEGEND_COLUMNS)
    pad = LEGEND_ROW_PT * rows + LEGEND_GAP_PT
    axes.set_title(
        words.title, loc="left", fontsize=TITLE_PT, fontweight="bold", color=INK, pad=pad
    )
    axes.legend(
        handles=[mark for _, mark in shown],
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=LEGEND_COLUMNS,
        frameon=False,
        fontsize=TEXT_PT,
        labelcolor=INK,
        handlelength=1.2,
        handletextpad=0.5,
        columnspacing=1.4,
        borderaxespad=0.2,
    )


def _top(bars: tuple[Bar, ...]) -> float:
    """A little above the highest: a line at the very top would be half a line."""
    return 1.06 * max(1, *(bar.total for bar in bars), *(bar.before or 0 for bar in bars))
