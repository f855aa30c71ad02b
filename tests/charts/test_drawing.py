"""The picture: light, legible where it is narrow, in the right characters, nothing cut off."""

import io
from typing import Any

import matplotlib as mpl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image

from bot.charts import Bar, Chart, Part, Words
from bot.charts.drawing import DPI, HEIGHT_PX, WIDTH_PX, drawn, png
from bot.charts.fonts import CHINESE, LATIN, families_for
from bot.locales import Locale
from bot.slack.messages import summary_charts
from tests.slack.summed import BUSY

#: As narrow as Slack shows a picture, and the least height of letters that can be read there.
NARROW_PX, READABLE_PX = 360, 8.5
LONG = {**BUSY, "app": "a" * 32}


def chart(locale: Locale = Locale.EN) -> Chart:
    return summary_charts.chart(LONG, locale)


def shown(figure: Figure, title: str) -> list[Text]:
    """Every text that is drawn."""
    figure.draw_without_rendering()
    (axes,) = figure.axes
    low, high = axes.get_ylim()
    legend = axes.get_legend()
    assert legend is not None
    beside = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    return [
        *(each for each in figure.findobj(Text) if each.get_text() == title),
        *legend.get_texts(),
        *axes.get_xticklabels(),
        *(label for at, label in beside if low <= at <= high),
    ]


def test_every_letter_can_be_read_where_slack_shows_it_narrow() -> None:
    made = chart()
    sizes = [
        float(text.get_fontsize()) for text in shown(drawn(made, made.words), made.words.title)
    ]
    narrowest = min(sizes) / 72 * DPI * NARROW_PX / WIDTH_PX
    assert len(sizes) > 10
    assert narrowest >= READABLE_PX


WEEK = [
    {**slot, "since_s": slot["since_s"] + nth * 86_400}
    for nth, slot in enumerate(BUSY["slots"][:7])
]


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("facts", [LONG, {**LONG, "kind": "weekly", "slots": WEEK}])
def test_no_text_is_cut_off_and_no_two_run_into_each_other(
    facts: dict[str, Any], locale: Locale
) -> None:
    made = summary_charts.chart(facts, locale)
    families = families_for(made.words.characters)
    if families is None:
        pytest.skip("no Chinese font on this machine")
    with mpl.rc_context({"font.family": families}):
        boxes = [
            text.get_window_extent() for text in shown(drawn(made, made.words), made.words.title)
        ]
    for nth, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= WIDTH_PX
        assert box.y1 <= HEIGHT_PX
        assert not any(box.overlaps(other) for other in boxes[nth + 1 :])


def test_it_is_light_and_as_large_as_it_says() -> None:
    made = chart()
    picture = Image.open(io.BytesIO(png(made, made.words, [LATIN])))
    assert picture.size == (WIDTH_PX, HEIGHT_PX)
    grey = picture.convert("L")
    corners = [(0, 0), (WIDTH_PX - 1, 0), (0, HEIGHT_PX - 1), (WIDTH_PX - 1, HEIGHT_PX - 1)]
    assert {grey.getpixel(corner) for corner in corners} == {255}
    assert sum(grey.histogram()[:200]) > 50_000


def test_chinese_is_written_with_a_font_that_has_every_character() -> None:
    made = chart(Locale.ZH_CN)
    families = families_for(made.words.characters)
    if families is None:
        pytest.skip("no Chinese font on this machine")
    assert families[0] == LATIN
    assert families[1] in CHINESE
    # A missing character is a warning of matplotlib's, and a warning breaks a test.
    assert png(made, made.words, families) != png(made, made.plain, [LATIN])


def test_latin_needs_no_other_font_and_where_no_known_font_has_it_none_is_named() -> None:
    assert families_for("Delivered 1,204 – 96 % ·") == [LATIN]
    assert families_for("已送达", known=()) is None
    assert families_for("已送达", known=("No such family", LATIN)) is None


def test_somebody_s_own_style_changes_nothing() -> None:
    made = chart()
    plain = png(made, made.words, [LATIN])
    with mpl.rc_context({"axes.facecolor": "black", "font.size": 3, "lines.linewidth": 20}):
        assert png(made, made.words, [LATIN]) == plain


NUMBERS = st.integers(0, 10**7)
BARS = st.builds(
    Bar,
    st.fixed_dictionaries(dict.fromkeys(Part, NUMBERS)),
    st.none() | NUMBERS,
)


@given(bars=st.lists(BARS, min_size=1, max_size=25))
@settings(max_examples=6, deadline=None)
def test_whatever_the_figures_are_they_stay_below_the_frame(bars: list[Bar]) -> None:
    parts = {part: part.value for part in Part}
    words = Words("t", parts, "before", tuple("" for _ in bars))
    figure = drawn(Chart(tuple(bars), words, words), words)
    (axes,) = figure.axes
    top = axes.get_ylim()[1]
    assert top > max(max(bar.total, bar.before or 0) for bar in bars)
    bars_drawn = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    highest = max((each.get_y() + each.get_height() for each in bars_drawn), default=0)
    assert highest == max(bar.total for bar in bars)
