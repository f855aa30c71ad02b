from dataclasses import replace
from datetime import datetime, timedelta

from bot.rules.changes import TemplateChange
from bot.rules.content import ReviewState
from bot.rules.review_hours import ReviewKind
from bot.rules.reviews import LIST_LAG
from bot.settings import Settings
from bot.tencent import wire
from bot.tencent.wire import QualificationState, Side
from handlers.flows import upstream
from storage import alert_groups, content, reviews
from storage.db import Tx
from tests.handlers.flows.asks import settings_with
from tests.handlers.flows.attempts import (
    AS_BASE,
    DELETE,
    LOST,
    MODIFY,
    TEXT,
    begin,
    doubt,
    end,
    made,
    said,
)
from tests.storage.rows import NOW, later

SETTINGS = settings_with()
NOWHERE = settings_with(**{"channels.reviews": None})
CHANNEL = "#sms-reviews"
NOBODY: frozenset[str] = frozenset()
OWN = wire.Template(
    "2001",
    TEXT.name,
    TEXT.content,
    frozenset({Side.MAINLAND}),
    wire.ReviewState.IN_REVIEW,
    "",
    NOW,
)
OTHER = replace(OWN, template_id="1110", name="别的", review=wire.ReviewState.USABLE)
SIGN = wire.Signature(
    "1",
    "示例品牌",
    Side.MAINLAND,
    wire.ReviewState.USABLE,
    "",
    NOW,
    "6001",
    "示例资质",
    QualificationState.PASSED,
)
AS_WIRE = replace(
    OWN,
    name=AS_BASE.name,
    content=AS_BASE.content,
    review=wire.ReviewState.REJECTED,
    review_reply=AS_BASE.review_reply,
)


def take(
    tx: Tx,
    *templates: wire.Template,
    now: datetime = NOW,
    listed_at: datetime | None = None,
    settings: Settings = SETTINGS,
) -> None:
    """A list; what it lacks, a question by id misses too."""
    gone = content.ids(tx, ReviewKind.TEMPLATE) - {each.template_id for each in templates}
    upstream.take_templates(tx, templates, gone, listed_at or now, settings, now)


def told(tx: Tx) -> list[tuple[str, str]]:
    """What was said of changes by other hands, and of which id."""
    return [
        (change["what"], change["content_id"])
        for post in said(tx, "review.console")
        for change in post.facts["changes"]
    ]


def test_the_first_list_of_all_is_no_news(tx: Tx) -> None:
    take(tx, OTHER, AS_WIRE)
    upstream.take_signatures(tx, [SIGN], NOBODY, NOW, SETTINGS, NOW)
    assert said(tx) == []
    assert len(content.list_templates(tx)) == 2
    assert [each.reply for each in reviews.list_refusals(tx, ReviewKind.TEMPLATE, 9)] == ["太短"]


def test_an_empty_first_list_is_a_first_list(tx: Tx) -> None:
    take(tx)
    take(tx, OTHER, now=later(minutes=1))
    assert told(tx) == [("appeared", "1110")]


def test_what_others_change_is_told_once_and_together(tx: Tx) -> None:
    take(tx, OTHER, AS_WIRE)
    edited = replace(AS_WIRE, content="别人改过。", review=wire.ReviewState.IN_REVIEW)
    rejected = replace(OTHER, review=wire.ReviewState.REJECTED, review_reply="不再可用")
    new = replace(OWN, template_id="1112")
    for minutes in range(1, 4):
        take(tx, edited, rejected, new, now=later(minutes=minutes))
    assert len(said(tx, "review.console")) == 1
    assert sorted(told(tx)) == [
        ("appeared", "1112"),
        ("content_changed", "2001"),
        ("review_changed", "1110"),
    ]
    take(tx, edited, new, now=later(minutes=9))
    assert told(tx)[-1] == ("vanished", "1110")


def test_signatures_are_watched_too(tx: Tx) -> None:
    upstream.take_signatures(tx, [SIGN], NOBODY, NOW, SETTINGS, NOW)
    other = replace(SIGN, signature_id="2")
    upstream.take_signatures(tx, [other], {"1"}, later(s=1), SETTINGS, later(s=1))
    assert told(tx) == [("appeared", "2"), ("vanished", "1")]
    kept = content.get_signature(tx, "2")
    assert kept is not None
    assert (kept.qualification_id, kept.qualification.name) == ("6001", "PASSED")


def test_what_a_list_only_leaves_out_stays_and_is_followed(tx: Tx) -> None:
    upstream.take_signatures(tx, [SIGN], NOBODY, NOW, SETTINGS, NOW)
    end(tx, begin(tx), made(), later(s=1))
    upstream.take_signatures(tx, [], NOBODY, later(minutes=9), SETTINGS, later(minutes=9))
    upstream.take_templates(tx, [], NOBODY, later(minutes=9), SETTINGS, later(minutes=9))
    assert told(tx) == []
    assert content.get_signature(tx, "1") is not None
    review = reviews.get(tx, ReviewKind.TEMPLATE, "2001")
    assert review is not None
    assert review.ended_at is None


def test_the_card_of_what_is_gone_is_shown_again(tx: Tx) -> None:
    take(tx, OTHER)
    attempt = begin(tx)
    end(tx, attempt, made(), later(s=1))
    tx.run("UPDATE cards SET posted = wanted")
    take(tx, OTHER, now=NOW + LIST_LAG + timedelta(seconds=1))
    rows = tx.all("SELECT request_id FROM cards WHERE wanted > posted")
    assert [row["request_id"] for row in rows] == [attempt.request.id]


def test_a_text_that_tencent_trims_while_in_doubt_is_nobody_elses_doing(tx: Tx) -> None:
    take(tx, OTHER)
    doubt(tx, TemplateChange(text=replace(TEXT, content=f"{TEXT.content}\n")))
    take(tx, OTHER, OWN, now=later(minutes=1))
    assert told(tx) == []


def test_a_flood_is_one_message_that_counts_the_rest(tx: Tx) -> None:
    take(tx)
    many = [replace(OTHER, template_id=str(number)) for number in range(500)]
    take(tx, *many, now=later(minutes=1))
    (post,) = said(tx, "review.console")
    assert (len(post.facts["changes"]), post.facts["more"]) == (10, 490)


def test_nothing_is_told_of_our_own_submission(tx: Tx) -> None:
    take(tx, OTHER)
    end(tx, begin(tx), made(), later(s=1))
    take(tx, OTHER, OWN, now=later(minutes=1))
    trimmed = replace(OWN, name=f" {TEXT.name} ")
    take(tx, OTHER, trimmed, now=later(minutes=2))
    assert told(tx) == []


def test_a_verdict_on_our_own_is_a_result_whichever_list_tells_it(tx: Tx) -> None:
    take(tx, OTHER)
    end(tx, begin(tx), made(), later(s=1))
    usable = replace(OWN, review=wire.ReviewState.USABLE)
    for minutes in (1, 2):
        take(tx, OTHER, usable, now=later(minutes=minutes))
    assert [each.channel for each in said(tx, "review.result")] == [""]
    (group,) = alert_groups.find_open(tx)
    assert group.channel == CHANNEL
    assert told(tx) == []


def test_a_list_that_lags_behind_takes_nothing_back(tx: Tx) -> None:
    take(tx, OTHER)
    end(tx, begin(tx), made(), later(s=1))
    take(tx, OTHER, now=later(s=30))
    assert content.get_template(tx, "2001") is not None
    take(tx, OTHER, now=NOW + LIST_LAG + timedelta(seconds=1))
    assert told(tx) == [("vanished", "2001")] * 2
    review = reviews.get(tx, ReviewKind.TEMPLATE, "2001")
    assert review is not None
    assert review.ended_at is not None


def test_a_list_asked_for_before_our_change_is_older_than_it(tx: Tx) -> None:
    take(tx, AS_WIRE, OTHER)
    end(tx, begin(tx, MODIFY, upstream=AS_BASE), made("2001"), later(s=2))
    take(tx, AS_WIRE, OTHER, listed_at=later(s=1), now=later(s=3))
    known = content.get_template(tx, "2001")
    assert known is not None
    assert (known.content, known.review) == (TEXT.content, ReviewState.UNDER_REVIEW)
    assert said(tx, "review.") == []


def test_a_list_asked_for_before_our_deletion_brings_nothing_back(tx: Tx) -> None:
    take(tx, AS_WIRE, OTHER)
    end(tx, begin(tx, DELETE, upstream=AS_BASE), made("2001"), later(s=2))
    take(tx, AS_WIRE, OTHER, listed_at=later(s=1), now=later(s=3))
    assert content.get_template(tx, "2001") is None
    take(tx, OTHER, now=later(minutes=1))
    assert told(tx) == []


def test_what_a_doubt_of_ours_explains_is_nobody_elses_doing(tx: Tx) -> None:
    take(tx, OTHER, AS_WIRE)
    doubt(tx)
    take(tx, OTHER, AS_WIRE, replace(OWN, template_id="2009"), now=later(minutes=1))
    assert told(tx) == []


def test_what_a_deletion_in_doubt_explains_is_nobody_elses_doing(tx: Tx) -> None:
    take(tx, OTHER, AS_WIRE)
    attempt = begin(tx, DELETE, upstream=AS_BASE)
    end(tx, attempt, LOST)
    take(tx, OTHER, now=later(minutes=1))
    assert told(tx) == []


def test_what_others_do_to_our_own_is_told_in_its_thread_too(tx: Tx) -> None:
    take(tx, OTHER)
    attempt = begin(tx)
    end(tx, attempt, made(), later(s=1))
    now = NOW + LIST_LAG + timedelta(minutes=1)
    take(tx, OTHER, replace(OWN, content="别人改过。"), now=now, settings=NOWHERE)
    (post,) = said(tx, "review.console")
    assert (post.request_id, post.channel) == (attempt.request.id, "")


def test_without_a_channel_what_concerns_no_request_is_not_said(tx: Tx) -> None:
    take(tx)
    take(tx, OTHER, now=later(minutes=1), settings=NOWHERE)
    assert said(tx) == []
