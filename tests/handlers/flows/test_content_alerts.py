"""Reviews and approvals as alerts, from what is stored of them."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.locales import Locale
from bot.rules.alerts import AlertKind, Severity
from bot.rules.content import ReviewState
from bot.rules.requests import RequestState
from bot.settings import Settings
from bot.slack.messages.alert_kinds import DESCRIBE, Described
from handlers.flows import alert_cards, content_alerts, review_times, reviews
from handlers.flows.reviews import Answered
from storage import alert_groups, alerts
from storage import reviews as stored
from storage.alerts import Alert
from storage.db import Tx
from tests.handlers.flows.alerting import cards, look, moves
from tests.handlers.flows.asks import BO, DELETE, ask, expire_due, say, state
from tests.handlers.flows.attempts import begin, end, listed, made
from tests.storage.rows import MAYA, NOW

DAY = timedelta(days=1)
#: A Monday, eleven in the morning in Beijing.
OPEN = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LATE = OPEN + timedelta(hours=3)


def firing(tx: Tx, kind: AlertKind) -> list[Alert]:
    return alerts.find_open_of(tx, (kind,), None)


def only(tx: Tx, kind: AlertKind) -> Alert:
    (alert,) = firing(tx, kind)
    return alert


def submit(tx: Tx) -> str:
    attempt = begin(tx, now=OPEN)
    end(tx, attempt, made(), OPEN)
    return attempt.request.id


def poll(tx: Tx, settings: Settings, now: datetime, state: ReviewState) -> None:
    found = [listed(review=state, reply="太短" if state is ReviewState.REJECTED else "")]
    asked = [Answered(each, found, now) for each in reviews.find_due(tx, now)]
    reviews.take(tx, asked, settings, lambda: 0.5, now)


def drag_on(tx: Tx, settings: Settings) -> str:
    """A review of ours that should have ended."""
    request_id = submit(tx)
    poll(tx, settings, LATE, ReviewState.UNDER_REVIEW)
    assert review_times.tell_overdue(tx, LATE) == 1
    return request_id


def test_a_review_that_drags_on_is_an_alert_until_there_is_a_verdict(
    tx: Tx, settings: Settings
) -> None:
    request_id = drag_on(tx, settings)
    assert content_alerts.is_overdue_news(tx)
    assert content_alerts.watch_overdue(tx, settings, LATE)
    (alert,) = firing(tx, AlertKind.REVIEW_OVERDUE)
    assert alert.severity is Severity.WARNING
    assert alert.labels == {"template": "2001", "request": request_id, "app": "demo"}
    (group,) = alert_groups.find_open(tx)
    assert group.channel == settings.channels.reviews
    # Looked at again and again, it is the same.
    assert not content_alerts.is_overdue_news(tx)
    assert not content_alerts.watch_overdue(tx, settings, LATE + DAY)
    poll(tx, settings, LATE + timedelta(hours=1), ReviewState.REJECTED)
    assert content_alerts.is_overdue_news(tx)
    assert content_alerts.watch_overdue(tx, settings, LATE + timedelta(hours=1))
    assert firing(tx, AlertKind.REVIEW_OVERDUE) == []
    (verdict,) = firing(tx, AlertKind.REVIEW_ENDED)
    assert verdict.facts["reply"] == "太短"


def test_a_review_nobody_was_told_of_is_no_alert(tx: Tx, settings: Settings) -> None:
    submit(tx)
    poll(tx, settings, LATE, ReviewState.UNDER_REVIEW)
    assert content_alerts.find_overdue(tx) == []
    assert stored.find_alarmed(tx) == []


def test_a_verdict_is_told_at_once_and_over_by_itself(tx: Tx, settings: Settings) -> None:
    submit(tx)
    poll(tx, settings, LATE, ReviewState.USABLE)
    look(tx, settings, LATE)
    (card,) = cards(tx)
    assert card["shown"][0]["kind"] == "review_ended"
    look(tx, settings, LATE + timedelta(minutes=16))
    assert firing(tx, AlertKind.REVIEW_ENDED) == []
    look(tx, settings, LATE + timedelta(minutes=21))
    assert alert_groups.find_open(tx) == []
    # That news is old is no news.
    assert moves(tx) == []


def test_an_approval_nobody_gives_is_an_alert_in_the_last_of_its_time(
    tx: Tx, settings: Settings
) -> None:
    request = ask(tx, settings, DELETE)
    assert not content_alerts.is_expiring_news(tx, NOW + DAY * 7 / 8 - timedelta(seconds=1))
    soon = NOW + DAY * 7 / 8
    assert content_alerts.is_expiring_news(tx, soon)
    content_alerts.watch_expiring(tx, settings, soon)
    (alert,) = firing(tx, AlertKind.APPROVAL_EXPIRING)
    assert alert.labels == {"app": "demo", "request": request.id}
    assert (alert.facts["have"], alert.facts["needed"]) == (0, 2)
    # One of two is news, both are the end of it.
    say(tx, request, MAYA, now=soon)
    assert content_alerts.watch_expiring(tx, settings, soon)
    (alert,) = firing(tx, AlertKind.APPROVAL_EXPIRING)
    assert alert.facts["have"] == 1
    say(tx, request, BO, now=soon)
    assert state(tx, request) is not RequestState.AWAITING_APPROVAL
    assert content_alerts.watch_expiring(tx, settings, soon)
    assert firing(tx, AlertKind.APPROVAL_EXPIRING) == []


def test_what_has_expired_is_no_alert_any_more(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    content_alerts.watch_expiring(tx, settings, NOW + DAY - timedelta(minutes=1))
    assert firing(tx, AlertKind.APPROVAL_EXPIRING)
    content_alerts.watch_expiring(tx, settings, NOW + DAY)
    assert firing(tx, AlertKind.APPROVAL_EXPIRING) == []
    expire_due(tx, NOW + DAY)
    assert state(tx, request) is RequestState.EXPIRED


def described(alert: Alert, locale: Locale) -> Described:
    facts = {**alert.facts, **alert.labels, "count": alert.count, "severity": alert.severity.word}
    return DESCRIBE[alert.kind](facts, locale)


@pytest.mark.parametrize("locale", Locale)
def test_each_says_what_it_is_and_what_to_do(tx: Tx, settings: Settings, locale: Locale) -> None:
    request_id = drag_on(tx, settings)
    content_alerts.watch_overdue(tx, settings, LATE)
    late = described(only(tx, AlertKind.REVIEW_OVERDUE), locale)
    assert "2001" in late.title
    # The words for Tencent's helper are there in both languages, whoever reads them.
    assert "您好" in late.do
    assert "Hello" in late.do
    assert late.evidence == (f"/sms why {request_id}", "/sms template show 2001")
    poll(tx, settings, LATE + timedelta(hours=1), ReviewState.REJECTED)
    no = described(only(tx, AlertKind.REVIEW_ENDED), locale)
    assert "太短" in no.means
    assert [button["action_id"] for button in no.buttons] == ["review.fix"]
    asked = ask(tx, settings, DELETE, now=LATE)
    content_alerts.watch_expiring(tx, settings, LATE + DAY - timedelta(minutes=1))
    (expiring,) = firing(tx, AlertKind.APPROVAL_EXPIRING)
    assert asked.id in described(expiring, locale).title
    assert "2" in described(expiring, locale).means


@pytest.mark.parametrize("reviewed", [ReviewState.USABLE, ReviewState.APPROVED_NOT_USABLE])
def test_a_yes_has_nothing_to_press(tx: Tx, settings: Settings, reviewed: ReviewState) -> None:
    submit(tx)
    poll(tx, settings, LATE, reviewed)
    yes = described(only(tx, AlertKind.REVIEW_ENDED), Locale.EN)
    assert yes.buttons == ()
    assert yes.do.startswith("Nothing")


def test_words_from_outside_are_no_markup(tx: Tx, settings: Settings) -> None:
    submit(tx)
    found = [listed(review=ReviewState.REJECTED, reply="<!channel> *no* `x`")]
    asked = [Answered(each, found, LATE) for each in reviews.find_due(tx, LATE)]
    reviews.take(tx, asked, settings, lambda: 0.5, LATE)
    look(tx, settings, LATE)
    (group,) = alert_groups.find_open(tx)
    (alert,) = firing(tx, AlertKind.REVIEW_ENDED)
    assert "<!channel>" not in described(alert, Locale.EN).means
    assert alert_cards.facts(tx, group, settings, LATE)["shown"][0]["facts"]["reply"].startswith(
        "<"
    )
