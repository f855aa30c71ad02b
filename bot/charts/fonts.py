"""Which font of this machine has the characters a picture needs, in the shapes of its language.

Chinese, Japanese and Korean fonts write some characters differently under one code; the families
named here write them as the mainland does. A collection (.ttc) holds them all: the family picks.
"""

from collections.abc import Iterable

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

#: Comes with matplotlib: Latin letters, digits and signs.
LATIN = "DejaVu Sans"
CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Droid Sans Fallback",
    "Noto Serif CJK SC",
    "SimSun",
)


def families_for(characters: Iterable[str], known: Iterable[str] = CHINESE) -> list[str] | None:
    """The families to write in, the first one that has a character is taken; None where no family
    of `known` has what is asked for beside Latin."""
    missing = _missing(LATIN, characters)
    if not missing:
        return [LATIN]
    there = {entry.name for entry in font_manager.fontManager.ttflist}
    fitting = (name for name in known if name in there and not _missing(name, missing))
    found = next(fitting, None)
    return None if found is None else [LATIN, found]


def _missing(family: str, characters: Iterable[str]) -> set[str]:
    font = _font(family)
    return {each for each in characters if not font.get_char_index(ord(each))}


def _font(family: str) -> FT2Font:
    found = font_manager.findfont(font_manager.FontProperties(family=family))
    return font_manager.get_font(found)
