"""Entries as people read them: nothing from outside is markup, and no cell of a file a formula."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.locales import Locale, find
from bot.rules.alert_life import BY_PEOPLE, Move
from bot.rules.audit import Broken, Flaw, Head, Sound, Via, What
from bot.rules.audit_words import AuditWords
from bot.sheets import csv_bytes
from bot.slack.messages import audit as messages
from bot.slack.messages.audit import AuditPage, EntryView

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
ZONE = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
HOSTILE = "=cmd|'/c calc' <!channel> <https://x.example|pay> `*_~"


def entry(nth: int = 1, **more: object) -> EntryView:
    given = {
        "nth": nth,
        "at": AT,
        "actor": "U0MAYA",
        "via": "slack",
        "what": "app.stopped",
        "subject": "demo",
        "app": "demo",
        "facts": {},
        "mac": "a" * 64,
        **more,
    }
    return EntryView(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("what", list(What))
def test_every_kind_of_entry_has_its_words(what: What, locale: Locale) -> None:
    assert "`" not in messages.what_said(what.value, locale)


@pytest.mark.parametrize("locale", list(Locale))
def test_every_way_and_every_flaw_has_its_words(locale: Locale) -> None:
    assert all(find(locale, f"audit.via.{via.value}") for via in Via)
    assert all(find(locale, f"audit.flaw.{flaw.value}") for flaw in Flaw)


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("move", [*(m for m in Move if m in BY_PEOPLE), Move.MUTE, Move.UNMUTE])
def test_what_people_do_to_alerts_has_words_where_it_is_entered(move: Move, locale: Locale) -> None:
    moved = entry(what="alert.moved", subject="A-7K3Q", facts={"outcome": move.value})
    assert f"`{move.value}`" not in messages.line(moved, locale)


def test_the_details_of_an_entry_are_said_as_the_language_writes_them() -> None:
    voted = entry(facts={"verdict": "approve", "number": "+86 138****0001"})
    assert "表态：批准 · 号码：" in messages.line(voted, Locale.ZH_CN)
    assert "vote: approval · number: " in messages.line(voted, Locale.EN)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (1, "The only entry is as it was entered."),
        (1_200, "All 1,200 entries are as they were entered."),
    ],
)
def test_one_sound_entry_is_not_several(entries: int, said: str) -> None:
    told = messages.verdict(Sound(entries), Head(entries, "a" * 64), Locale.EN)
    assert said in told.text


def test_what_comes_from_outside_is_no_markup_and_no_formula() -> None:
    hostile = entry(actor=HOSTILE, subject=HOSTILE, facts={"reason": HOSTILE, HOSTILE: HOSTILE})
    said = messages.line(hostile, Locale.EN).replace("<!date", "")
    assert "<!" not in said
    assert "<http" not in said
    rows = csv_bytes([messages.cells(hostile, ZONE, Locale.EN)], first=False).decode()
    assert "'=cmd" in rows
    assert ",=cmd" not in rows


def test_people_and_times_in_what_an_entry_says_are_shown_as_people_and_times() -> None:
    facts = {"who": "U0MAYA", "until": AT.isoformat(), "since": "tomorrow", "reason": "URGENT"}
    said = messages.line(entry(facts=facts), Locale.EN)
    assert "<@U0MAYA>" in said.partition("who")[2]
    assert said.count(f"<!date^{int(AT.timestamp())}^") == 2
    assert "`tomorrow`" in said
    assert "`URGENT`" in said
    [told] = [
        each
        for each in messages.cells(entry(facts=facts), ZONE, Locale.EN)
        if "URGENT" in str(each)
    ]
    assert f"until: {AT.isoformat()}" in str(told)


def test_an_entry_whose_details_are_deleted_says_so_and_stays() -> None:
    gone = entry(facts=None)
    assert "details deleted" in messages.line(gone, Locale.EN)
    cells = messages.cells(gone, ZONE, Locale.ZH_CN)
    assert cells[:5] == [1, "2026-11-22 12:00:00", "U0MAYA", "Slack", "app.stopped"]
    assert "已到期删除" in str(cells[7])


@given(st.integers(1, 12), st.text(max_size=3_000))
def test_a_page_fits_a_message_however_much_an_entry_says(count: int, outside: str) -> None:
    many = [
        entry(nth, subject=outside, facts=dict.fromkeys("abcdefgh", outside))
        for nth in range(count)
    ]
    page = AuditPage(many, AuditWords(subject=outside[:80]), None, is_more=True)
    card = messages.listing(page, Locale.EN)
    assert len(card.blocks) <= 50
    assert all(len(each["text"]["text"]) <= 3_000 for each in card.blocks if "text" in each)


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        (AuditWords(), None),
        (AuditWords("U0MAYA", "limits", "R-7K3Q", AT, AT + timedelta(days=1)), 12),
        (AuditWords(subject='"]}<&'), 1),
    ],
)
def test_a_button_carries_what_was_asked(asked: AuditWords, before: int | None) -> None:
    assert messages.unpack(messages.pack(asked, before), ZONE) == (asked, before)
    assert len(messages.pack(asked, before)) <= 2_000


@pytest.mark.parametrize("locale", list(Locale))
def test_a_day_is_named_with_whose_day_it_is(locale: Locale) -> None:
    begins = datetime(2026, 11, 22, tzinfo=ZoneInfo("Asia/Shanghai"))

    def said(asked: AuditWords) -> str:
        return str(messages.listing(AuditPage([], asked, None, is_more=False), locale).blocks[0])

    for asked in (AuditWords(since=begins), AuditWords(since=begins, until=begins + DAY)):
        assert "2026-11-22" in said(asked)
        assert "Asia/Shanghai" in said(asked)
        assert "<!date" not in said(asked)
        assert "2026-11-23" not in said(asked)
    # A span ends nowhere in particular.
    assert "<!date" in said(AuditWords(since=begins + timedelta(minutes=1)))


@pytest.mark.parametrize(
    ("what", "facts", "said"),
    [
        (What.REQUEST_ASKED, {"kind": "number.erase"}, "erasing a number"),
        (What.VOTE_REFUSED, {"reason": "not_approver"}, "they are no approver of it"),
        (What.REVEAL_REFUSED, {"refused": "too_often"}, "too often in an hour"),
        (What.DOUBT_DECIDED, {"outcome": "send_again"}, "is sent again"),
        (What.ACCESS_REFUSED, {"asked": "limit_exempt.remove"}, "limit exempt remove"),
        (What.ACCESS_REFUSED, {"asked": "limits.exempt"}, "a number exempt from limits"),
        (What.ACCESS_REFUSED, {"role": "limit_admin, owner"}, "limit admin, owner"),
        (What.ACCESS_REFUSED, {"role": "@sms-admins"}, "@sms-admins"),
        (What.ACCESS_REFUSED, {"asked": "/sms audit verify"}, "/sms audit verify"),
        # What somebody wrote is left as it is.
        (What.REQUEST_REJECTED, {"reason": "changed"}, "changed"),
        (What.REVEAL_REFUSED, {"asked": "limits.exempt"}, "limits.exempt"),
    ],
)
def test_what_is_ours_is_said_in_words(what: What, facts: dict[str, str], said: str) -> None:
    shown = entry(what=what.value, facts=facts)
    in_list = messages.line(shown, Locale.EN).rpartition(": ")[2].strip("`")
    in_file = str(messages.cells(shown, ZONE, Locale.EN)[7]).partition(": ")[2]
    assert (in_list, in_file) == (said, said)


def test_a_number_that_was_not_shown_was_never_seen_however_it_was_entered() -> None:
    old = entry(what="privacy.revealed", facts={"refused": "unknown", "asked": "R-0000"})
    assert "saw a full number" not in messages.line(old, Locale.EN)
    shown = entry(what="privacy.revealed", facts={"number": "+86 138****0001"})
    assert "saw a full number" in messages.line(shown, Locale.EN)


def test_a_channel_somebody_was_refused_in_is_shown_as_one() -> None:
    assert "<#C0SMS>" in messages.line(entry(what="access.refused", subject="C0SMS"), Locale.EN)
    assert "<#" not in messages.line(entry(what="app.stopped", subject="C0SMS"), Locale.EN)


def test_a_verdict_names_what_is_wrong_or_the_head() -> None:
    head = Head(3, "b" * 64)
    assert head.written() in messages.verdict(Sound(3), head, Locale.EN).text
    broken = messages.verdict(Broken(2, Flaw.ALTERED), head, Locale.EN).text
    assert "Entry 2 is not what was entered." in broken
