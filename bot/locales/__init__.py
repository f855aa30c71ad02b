"""The catalogue: every sentence a person sees, in English and 简体中文.

One folder a language, one TOML file an area; the first part of a key names the file, the rest the
table inside it: ``text(Locale.EN, "preview.title")`` reads ``title`` in ``en/preview.toml``.
Both languages hold the same keys with the same ``{placeholders}``; a test keeps them in step.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
ENDED = re.compile(r"""[.!?:;…。！？：；][)\]"'`*_”’）】」]*$""")


class Locale(StrEnum):
    """A language of the catalogue; the value is its folder."""

    EN = "en"
    ZH_CN = "zh_CN"


def locale_of(tag: str | None) -> Locale:
    """The catalogue language for a Slack locale (``zh-CN``) or a POSIX one (``zh_CN.UTF-8``)."""
    return Locale.ZH_CN if (tag or "").lower().startswith("zh") else Locale.EN


def text(locale: Locale, key: str, /, **values: object) -> str:
    """The sentence under `key` with `values` put in. Raises KeyError for a key nobody wrote."""
    found = find(locale, key)
    if found is None:
        raise KeyError(f"{locale.value}: {key}")
    return found.format_map(values) if values else found


def join(locale: Locale, *parts: str) -> str:
    """Sentences one after the other, with the space between them that the language puts there, and
    a full stop where one ends without: in somebody else's words, say."""
    said = [part for part in parts if part]
    stop, space = ("。", "") if locale is Locale.ZH_CN else (".", " ")
    ended = [part if ENDED.search(part) else part + stop for part in said[:-1]]
    return space.join([*ended, *said[-1:]])


def enumerated(locale: Locale, names: Iterable[str]) -> str:
    """Several names one after the other, with the comma the language has for lists."""
    return ("、" if locale is Locale.ZH_CN else ", ").join(names)


def labelled(locale: Locale, name: str, said: str) -> str:
    """What is said of something behind its name, with the colon of the language."""
    return f"{name}{'：' if locale is Locale.ZH_CN else ': '}{said}"


def aside(locale: Locale, said: str, more: str) -> str:
    """`more` behind what is said, in the brackets of the language."""
    return f"{said}（{more}）" if locale is Locale.ZH_CN else f"{said} ({more})"


def find(locale: Locale, key: str) -> str | None:
    """The raw sentence under `key`, or None where there is none (an unknown vendor code, say)."""
    area, _, name = key.partition(".")
    return sentences(locale, area).get(name)


@cache
def sentences(locale: Locale, area: str) -> Mapping[str, str]:
    """All sentences of one area, nested tables flattened to dotted names."""
    path = FOLDER / locale.value / f"{area}.toml"
    if not path.is_file():
        return {}
    return dict(_flatten(tomllib.loads(path.read_text(encoding="utf-8")), ""))


def areas(locale: Locale) -> list[str]:
    """The areas there are, sorted."""
    return sorted(path.stem for path in (FOLDER / locale.value).glob("*.toml"))


def _flatten(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, str):
            rows.append((prefix + name, value))
        else:
            rows += _flatten(value, f"{prefix}{name}.")
    return rows
