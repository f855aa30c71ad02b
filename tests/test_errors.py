"""The error tree: every error has its sentence, and the drawing is the tree."""

import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import errors
from bot.errors import (
    CannotListen,
    DatabaseInUse,
    DatabaseQuarantined,
    DatabaseUnusable,
    KeyDamaged,
    Outdated,
    PortTaken,
    SettingsError,
    SlackError,
    SmsopsError,
    StorageError,
    TencentBadAnswer,
    TencentError,
    TencentRefusal,
    TencentUnreachable,
    WrongDataKey,
)
from bot.locales import Locale, sentences, text

ALL: list[SmsopsError] = [
    SmsopsError("odd"),
    TencentError("odd"),
    TencentUnreachable("SendSms: dns"),
    TencentBadAnswer("SendSms: status, HTTP 502"),
    TencentRefusal("InternalError", "a0aabda6", permanent=False),
    SlackError("chat.postMessage", "not_in_channel", permanent=True),
    StorageError("disk I/O error"),
    DatabaseInUse(Path("smsops.db"), "4711"),
    DatabaseUnusable(Path("smsops.db"), "not a database"),
    DatabaseQuarantined(Path("smsops.db")),
    WrongDataKey(),
    KeyDamaged("2026-08"),
    Outdated(),
    CannotListen("server", "192.0.2.1", 3000, "Cannot assign requested address"),
    PortTaken("server", "127.0.0.1", 3000, "Address already in use"),
    SettingsError("two faults"),
]


def tree(kind: type[SmsopsError]) -> Iterator[type[SmsopsError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


def own_tree() -> set[type[SmsopsError]]:
    return {kind for kind in tree(SmsopsError) if kind.__module__ == errors.__name__}


def test_every_class_of_the_tree_is_tried_here() -> None:
    assert {type(error) for error in ALL} == own_tree()


def test_the_drawing_names_every_class() -> None:
    drawn = errors.__doc__ or ""
    assert all(f"{kind.__name__}\n" in drawn or f"{kind.__name__} " in drawn for kind in own_tree())


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("error", ALL, ids=lambda error: type(error).__name__)
def test_every_error_has_its_sentence_with_every_placeholder_filled(
    error: SmsopsError, locale: Locale
) -> None:
    sentence = text(locale, error.key, **error.values)
    assert "{" not in sentence
    area, _, name = error.key.partition(".")
    raw = sentences(locale, area)[name]
    assert {name for _, name, _, _ in string.Formatter().parse(raw) if name} == set(error.values)


def test_what_may_pass_by_itself_is_not_permanent() -> None:
    passing = {type(error) for error in ALL if not error.permanent}
    assert passing == {
        TencentError,
        TencentUnreachable,
        TencentBadAnswer,
        TencentRefusal,
        StorageError,
        DatabaseInUse,
    }
