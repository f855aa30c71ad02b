"""What stands behind `/sms audit`, in whatever order and either language."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import words
from bot.rules.audit_words import AuditFault, AuditWords, read

#: 00:30 on the 23rd in Shanghai.
NOW = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def asked(text: str) -> AuditWords | AuditFault:
    found = words.read(text)
    assert isinstance(found, words.Words)
    return read(found.tokens, NOW, ZONE)


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", AuditWords()),
        ("<@U0MAYA|maya>", AuditWords(actor="U0MAYA")),
        ("limits 7d", AuditWords(what="limits", since=NOW - timedelta(days=7))),
        ("24h <@W012ABC>", AuditWords(actor="W012ABC", since=NOW - timedelta(hours=24))),
        ("限频 7天", AuditWords(what="limits", since=NOW - timedelta(days=7))),
        ("limits.undone", AuditWords(what="limits.undone")),
        ("r-7k3q", AuditWords(subject="R-7K3Q")),
        ("shop", AuditWords(subject="shop")),
        ("app shop", AuditWords(what="app", subject="shop")),
        ("today", AuditWords(since=day(23))),
        ("昨天", AuditWords(since=day(22), until=day(23))),
        ("2026-11-20", AuditWords(since=day(20), until=day(21))),
        ("擦除", AuditWords(what="privacy")),
        ("<#C0SMS|sms>", AuditWords(subject="C0SMS")),
        ("018f2c3d4e5f000012345678", AuditWords(subject="018f2c3d4e5f000012345678")),
        ("腾讯云", AuditWords(subject="腾讯云")),
    ],
)
def test_who_what_about_what_and_when_are_understood(typed: str, meant: AuditWords) -> None:
    assert asked(typed) == meant


@pytest.mark.parametrize("typed", ["0d", "9999d", "9999天"])
def test_no_time_and_longer_than_any_trail_are_refused(typed: str) -> None:
    assert asked(typed) is AuditFault.TOO_LONG


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("@Eve", AuditFault.NOT_A_PERSON),
        ("limits @eve 7d", AuditFault.NOT_A_PERSON),
        ("<!subteam^S012AB|@sms-admins>", AuditFault.NOT_A_PERSON),
        ("#sms-alerts", AuditFault.NOT_A_CHANNEL),
    ],
)
def test_a_name_slack_made_nothing_of_is_a_fault_and_not_what_it_is_about(
    typed: str, why: AuditFault
) -> None:
    assert asked(typed) is why


@pytest.mark.parametrize(
    "typed",
    [
        "13800000001",
        "+8613800000001",
        "138 0000 0001",
        "138-0000-0001",
        "R-13800000001",
        "tel:13800000001 7d",
    ],
)
def test_a_phone_number_is_no_subject_so_that_no_button_carries_it(typed: str) -> None:
    assert asked(typed) is AuditFault.NUMBER


@given(st.lists(st.text(min_size=1, max_size=90), max_size=6))
def test_anything_typed_comes_to_something_bounded(typed: list[str]) -> None:
    found = read([words.Word(each) for each in typed], NOW, ZONE)
    assert isinstance(found, AuditFault) or len(found.subject) <= 80
