"""The child that draws: a picture comes back, or a reason; and nobody's home is touched."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.locales import Locale
from bot.slack.messages import summary_charts
from handlers import drawing
from handlers.children import NoAnswer
from tests.slack.summed import BUSY

CHART = summary_charts.chart(BUSY, Locale.EN)


async def test_a_picture_comes_back_and_what_is_known_of_fonts_stays_with_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    picture = await drawing.draw(CHART, tmp_path)
    assert Image.open(io.BytesIO(picture.png)).format == "PNG"
    assert not picture.is_plain
    assert list((tmp_path / drawing.FOLDER).iterdir())
    assert list(home.iterdir()) == []
    # What no font has is not drawn: the plain words are, and that is said.
    strange = replace(CHART, words=replace(CHART.words, title="\U000e0fff"))
    assert await drawing.draw(strange, tmp_path) == replace(picture, is_plain=True)


async def test_a_child_that_breaks_says_why(tmp_path: Path) -> None:
    broken = (sys.executable, "-c", "raise SystemExit('no fonts at all')")
    with pytest.raises(NoAnswer, match="no fonts at all"):
        await drawing.draw(CHART, tmp_path, program=broken)


async def test_a_child_without_an_end_is_given_up(tmp_path: Path) -> None:
    endless = (sys.executable, "-c", "import time; time.sleep(1000)")
    with pytest.raises(NoAnswer, match="no end"):
        await drawing.draw(CHART, tmp_path, program=endless, patience_s=0.05)
