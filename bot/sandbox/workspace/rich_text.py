"""The rich_text block: paragraphs, lists, quotes and what stands in their lines."""

from collections.abc import Mapping

from bot.sandbox.workspace.shapes import (
    Check,
    Shape,
    by_type,
    flag,
    items,
    link,
    one_of,
    whole,
    words,
)

_ID = words(255)
_STYLE = Shape({}, {"bold": flag, "italic": flag, "strike": flag, "code": flag, "underline": flag})
_NAMED: Mapping[str, Check] = {"style": _STYLE}
_INLINE: Mapping[str, Check] = {
    "text": Shape({"text": words(12_000, 0)}, _NAMED),
    "link": Shape({"url": link()}, {**_NAMED, "text": words(3000), "unsafe": flag}),
    "user": Shape({"user_id": _ID}, _NAMED),
    "usergroup": Shape({"usergroup_id": _ID}, _NAMED),
    "channel": Shape({"channel_id": _ID}, _NAMED),
    "emoji": Shape(
        {"name": words(100)}, {**_NAMED, "unicode": words(50), "skin_tone": whole(1, 6)}
    ),
    "date": Shape(
        {"timestamp": whole(0, 10**11), "format": words(300)},
        {**_NAMED, "url": link(), "fallback": words(300)},
    ),
    "broadcast": Shape({"range": one_of("here", "channel", "everyone")}, _NAMED),
    "color": Shape({"value": words(30)}, _NAMED),
}
_LINE = items(by_type(_INLINE), 0, 1000)
_SECTION = Shape({"elements": _LINE})
_BORDER = whole(0, 1)

RICH_TEXT_ELEMENTS = items(
    by_type(
        {
            "rich_text_section": _SECTION,
            "rich_text_list": Shape(
                {
                    "style": one_of("bullet", "ordered"),
                    "elements": items(by_type({"rich_text_section": _SECTION}), 0, 500),
                },
                {"indent": whole(0, 8), "offset": whole(0, 10**6), "border": _BORDER},
            ),
            "rich_text_preformatted": Shape(
                {"elements": _LINE}, {"border": _BORDER, "language": words(50)}
            ),
            "rich_text_quote": Shape({"elements": _LINE}, {"border": _BORDER}),
        }
    ),
    1,
    500,
)
RICH_TEXT_SHAPE = Shape({"elements": RICH_TEXT_ELEMENTS}, {"block_id": _ID})
