"""What one person's App Home is made of: by their roles, as it stands, never more than fits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.locales import Locale
from bot.registry import Person
from bot.rules.alerts import AlertKind as SignalKind
from bot.rules.alerts import Severity, Signal
from bot.rules.approvals import Verdict
from bot.rules.content import Package, ReviewState, Signature
from bot.rules.onboarding import NOT_ENTERPRISE, Finding
from bot.rules.requests import RequestEvent, RequestKind
from bot.rules.review_hours import ReviewKind
from bot.rules.roles import NOBODY, Rights, Role
from bot.settings import Settings
from bot.slack.messages.homes import AlertKind, AppSteps, HomeView
from handlers.flows import alerts, delivery, homes, jobs
from storage import (
    app_stops,
    content,
    receipts,
    replies,
    requests,
    reviews,
)
from storage.db import Tx
from storage.receipts import Came
from storage.replies import Reply
from tests.handlers.flows.asks import (
    BO,
    CREATE,
    DELETE,
    EVE,
    MODIFY,
    ask,
    list_templates,
    listed,
    say,
    settings_with,
)
from tests.handlers.flows.declaring import declare
from tests.handlers.flows.running import start_job
from tests.handlers.flows.sends import answered, begin, doubt, end, report
from tests.storage.rows import LIN, MAYA, NOW, NUMBER, OTHER_NUMBER, later

GROUPS = frozenset({"@sms-approvers"})
DAY = timedelta(days=1)
#: The time of its acceptance is in it.
SERIAL = f"5000:1045710{int(NOW.timestamp())}3657849499619"
EVERY_ROLE = frozenset(Role)


def person(*roles: Role, user_id: str = MAYA) -> Person:
    return Person(user_id, Locale.EN, "Asia/Shanghai", Rights(frozenset(roles) or EVERY_ROLE))


def home(
    tx: Tx, settings: Settings, who: Person | None = None, groups: frozenset[str] = GROUPS
) -> HomeView:
    return homes.load(tx, who or person(), groups, settings, NOW)


def findings(view: HomeView) -> list[Finding]:
    assert view.checklist is not None
    return [step.finding for step, _ in view.checklist.steps]


def app_steps(view: HomeView) -> AppSteps:
    assert view.checklist is not None
    return view.checklist.apps[0]


def read_lists(tx: Tx, *, left: int = 1000) -> None:
    """What a first look at Tencent brings: all there is of it."""
    list_templates(tx, listed())
    signature = Signature("1", "腾讯云", False, ReviewState.USABLE, "")
    content.replace_signatures(tx, [signature], NOW)
    package = Package("p", left, 0, NOW - DAY, NOW + 20 * DAY)
    content.replace_packages(tx, [package], NOW)


def test_before_the_first_look_nothing_is_claimed(tx: Tx, settings: Settings) -> None:
    assert findings(home(tx, settings)) == [
        Finding.ACCOUNT_UNREAD,
        Finding.REPLIES_PRIVATE,
        Finding.PACKAGE_UNREAD,
        Finding.APP_UNSEEN,
        Finding.SIGNATURE_UNREAD,
        Finding.TEMPLATE_UNREAD,
        Finding.LIMITS_UNDECLARED,
        Finding.CONTACTS,
        Finding.REPORTS_PRIVATE,
    ]


def test_a_step_is_done_once_what_is_stored_shows_it(tx: Tx, settings: Settings) -> None:
    read_lists(tx)
    end(tx, begin(tx), answered(serial=SERIAL))
    delivery.take_receipts(tx, "demo", [report(SERIAL)], later(s=2))
    reply = Reply(NUMBER, "好", "腾讯云", "", "", NOW, False, later(s=9))
    replies.add(tx, reply)
    view = home(tx, settings)
    assert findings(view) == [
        Finding.ENTERPRISE,
        Finding.REPLIES_COME,
        Finding.PACKAGE_LEFT,
        Finding.APP_SENDS,
        Finding.SIGNATURE_USABLE,
        Finding.TEMPLATE_USABLE,
        Finding.LIMITS_UNDECLARED,
        Finding.CONTACTS,
        Finding.REPORTS_COME,
    ]
    assert view.checklist is not None
    assert view.checklist.account[1].facts == {"at": later(s=9)}
    assert app_steps(view).steps[-1].facts == {"at": later(s=2)}
    assert app_steps(view).page.endswith("/smsv2/app-manage/detail/1400006666")


def test_an_account_tencent_refuses_its_lists_is_no_enterprises(tx: Tx, settings: Settings) -> None:
    reviews.note_barred(tx, ReviewKind.SIGNATURE, NOT_ENTERPRISE)
    reviews.note_barred(tx, ReviewKind.TEMPLATE, NOT_ENTERPRISE)
    found = findings(home(tx, settings))
    assert Finding.NOT_VERIFIED in found
    assert {Finding.SIGNATURE_UNLISTED, Finding.TEMPLATE_UNLISTED} <= {*found}
    individual = settings_with(**{"content.is_individual": True})
    found = findings(home(tx, individual))
    assert {Finding.INDIVIDUAL, Finding.LIMITS_INDIVIDUAL} <= {*found}


def test_reports_that_should_have_come_are_asked_after_with_the_address(tx: Tx) -> None:
    settings = settings_with(**{"server.public_url": "https://sms.example.com"})
    unseen = app_steps(home(tx, settings)).steps[-1]
    address = "https://sms.example.com/callbacks/<SMSOPS_CALLBACK_SECRET>/demo"
    assert (unseen.finding, unseen.facts) == (Finding.REPORTS_UNSEEN, {"address": address})
    end(tx, begin(tx, now=later(minutes=-20)), answered(serial=SERIAL), later(minutes=-20))
    silent = app_steps(home(tx, settings)).steps[-1]
    assert silent.finding is Finding.REPORTS_SILENT
    assert silent.facts == {"count": 1, "address": address}
    # What was fetched does not say that the address works.
    delivery.take_receipts(tx, "demo", [report(SERIAL)], NOW, Came.FETCHED)
    assert app_steps(home(tx, settings)).steps[-1] == silent
    # The secret itself is shown to nobody.
    secret = settings.secrets.callback_secrets[0].get_secret_value()
    assert secret not in str(home(tx, settings))


def test_reports_of_another_app_prove_nothing_of_this_one(tx: Tx, settings: Settings) -> None:
    receipts.add(tx, "other", report(SERIAL), NOW)
    assert app_steps(home(tx, settings)).steps[-1].finding is Finding.REPORTS_PRIVATE


@pytest.mark.parametrize(
    ("roles", "parts"),
    [
        ((Role.VIEWER,), {"alerts", "today"}),
        ((Role.ONCALL,), {"alerts"}),
        ((Role.REQUESTER,), {"checklist"}),
        ((Role.OWNER,), {"checklist", "alerts"}),
        ((Role.APPROVER,), set()),
    ],
)
def test_each_role_is_shown_its_parts(
    tx: Tx, settings: Settings, roles: tuple[Role, ...], parts: set[str]
) -> None:
    view = home(tx, settings, person(*roles))
    shown = {"checklist": view.checklist, "alerts": view.alerts, "today": view.today}
    assert {name for name, part in shown.items() if part is not None} == parts


def test_whoever_has_no_role_is_shown_nothing_they_once_asked_for(
    tx: Tx, settings: Settings
) -> None:
    ask(tx, settings, requester=MAYA)
    stranger = replace(person(), rights=NOBODY)
    assert home(tx, settings, stranger) == HomeView(NOW)


def test_whoever_the_policy_names_without_a_role_is_shown_what_waits_for_them(
    tx: Tx, settings: Settings
) -> None:
    waiting = ask(tx, settings, requester=LIN)
    view = home(tx, settings, replace(person(), rights=NOBODY))
    assert [each.request_id for each in view.waiting] == [waiting.id]
    assert replace(view, waiting=()) == HomeView(NOW)


def test_what_waits_is_what_others_asked_and_ones_groups_decide(tx: Tx, settings: Settings) -> None:
    list_templates(tx, listed())
    own = ask(tx, settings, requester=MAYA)
    others = [ask(tx, settings, change, requester=LIN) for change in (MODIFY,)]
    view = home(tx, settings)
    assert [each.request_id for each in view.waiting] == [each.id for each in others]
    assert [each.request_id for each in view.asked] == [own.id]
    assert home(tx, settings, groups=frozenset()).waiting == ()


def test_ones_requests_are_the_latest_of_a_month_without_what_was_only_looked_at(
    tx: Tx, settings: Settings
) -> None:
    def add(nth: float, kind: RequestKind = RequestKind.APP_RESUME) -> requests.Request:
        payload = {"reason": "r", "stopped_at_ms": 1, "stopped_by": "rule", "stop_reason": ""}
        return requests.add(
            tx,
            kind=kind,
            app="demo",
            payload=payload,
            requester=MAYA,
            channel="C0SMS",
            now=later(minutes=nth),
            expires_at=NOW + DAY,
        )

    old = add(-31 * 24 * 60)
    requests.advance(tx, old, RequestEvent.ASK, NOW)
    add(-1)
    dropped = add(-2)
    requests.advance(tx, dropped, RequestEvent.WITHDRAW, NOW)
    asked = [add(-nth) for nth in range(20, 10, -1)]
    for each in asked:
        requests.advance(tx, each, RequestEvent.ASK, NOW)
    list_templates(tx, listed())
    rejected = ask(tx, settings, DELETE, requester=MAYA)
    say(tx, rejected, BO, Verdict.REJECT)

    shown = home(tx, settings).asked
    latest = [each.id for each in reversed(asked)]
    assert [each.request_id for each in shown] == [rejected.id, *latest[:7]]
    assert shown[0].state.name == "REJECTED"


def test_what_needs_somebody_is_listed_the_gravest_first(tx: Tx, settings: Settings) -> None:
    job = start_job(tx, (NUMBER, OTHER_NUMBER))
    assert home(tx, settings).alerts == ()
    app_stops.stop(tx, "demo", by=LIN, reason="x", now=NOW)
    doubt(tx)
    jobs.pause(tx, job, LIN, NOW)
    found = home(tx, settings).alerts
    assert found is not None
    assert [each.kind for each in found] == [
        AlertKind.STOPPED,
        AlertKind.DOUBTS,
        AlertKind.PAUSED,
    ]
    assert found[1].facts == {"count": 1, "is_all": True}


def test_open_alerts_are_shown_the_worst_first_and_the_rest_counted(
    tx: Tx, settings: Settings
) -> None:
    for nth in range(6):
        signal = Signal(SignalKind.LIMIT_HIT, Severity.WARNING, {"app": f"app{nth}"})
        alerts.raise_event(tx, signal, settings, NOW)
    worst = Signal(SignalKind.ARREARS, Severity.CRITICAL)
    alerts.raise_event(tx, worst, settings, NOW)
    view = home(tx, settings)
    assert view.groups[0].severity == "critical"
    assert (len(view.groups), view.groups_more) == (5, 2)
    assert home(tx, settings, person(Role.REQUESTER)).groups == ()


def test_today_begins_at_midnight_of_the_teams_zone(tx: Tx, settings: Settings) -> None:
    # NOW is noon in China.
    end(tx, begin(tx, now=later(minutes=-13 * 60)), answered(serial=SERIAL), NOW)
    yesterday = home(tx, settings).today
    assert yesterday is not None
    assert yesterday.figures.total.sent == 0
    assert len(yesterday.hours) == 13
    assert f"{yesterday.first:%H:%M}" == "00:00"
    end(tx, begin(tx, OTHER_NUMBER), answered(OTHER_NUMBER, serial="5000:2"))
    today = home(tx, settings).today
    assert today is not None
    assert today.figures.total.accepted == 1
    assert today.hours[-1] == today.figures.total.sent


def test_the_stock_is_the_accounts_as_tencent_last_said(tx: Tx, settings: Settings) -> None:
    assert home(tx, settings).stock is None
    read_lists(tx, left=100)
    stock = home(tx, settings).stock
    assert stock is not None
    assert (stock.left_segments, stock.seen_at, stock.runway) == (100, NOW, None)
    assert stock.expires_at == NOW + 20 * DAY


def test_a_damaged_request_goes_by_its_id_and_takes_nothing_else_away(
    tx: Tx, settings: Settings
) -> None:
    list_templates(tx, listed())
    mine = [ask(tx, settings, change, requester=MAYA) for change in (CREATE, MODIFY)]
    waiting = [ask(tx, settings, requester=LIN, now=later(s=nth)) for nth in (1, 2)]
    for each in (mine[0], waiting[1]):
        tx.run("UPDATE requests SET payload = 'k1:AAAA' WHERE id = :id", id=each.id)
    view = home(tx, settings)
    named = {each.request_id: each.name for each in view.asked}
    assert named == {mine[0].id: mine[0].id, mine[1].id: "发货通知"}
    assert [each.request_id for each in view.waiting] == [waiting[0].id]
    assert sorted(view.damaged) == sorted(f"requests {each.id}" for each in (mine[0], waiting[1]))
    # Who neither asked nor decides hears nothing of it.
    assert home(tx, settings, person(user_id=EVE), frozenset()).damaged == ()


def test_a_payload_that_says_nothing_known_goes_by_its_id(tx: Tx, settings: Settings) -> None:
    mine, other = ask(tx, settings, requester=MAYA), ask(tx, settings, requester=LIN)
    sealed = tx.vault.seal('{"preflight":{}}', purpose=requests.PURPOSE)
    tx.run("UPDATE requests SET payload = :payload", payload=sealed)
    view = home(tx, settings)
    assert [each.name for each in view.asked] == [mine.id]
    assert view.waiting == ()
    assert {*view.damaged} == {f"requests {each.id}" for each in (mine, other)}


def test_what_says_why_may_be_damaged_and_what_it_is_about_is_shown(
    tx: Tx, settings: Settings
) -> None:
    app_stops.stop(tx, "demo", by=LIN, reason="x", now=NOW)
    declare(tx, settings, {"number.day": 10}, by=LIN)
    alerts.raise_event(tx, Signal(SignalKind.ARREARS, Severity.CRITICAL), settings, NOW)
    (group,) = (each.group_id for each in home(tx, settings).groups)
    tx.run("UPDATE app_stops SET reason = 'k1:AAAA'")
    tx.run("UPDATE limit_declarations SET evidence = 'k1:AAAA'")
    tx.run("UPDATE alert_groups SET state = 99 WHERE id = :id", id=group)
    view = home(tx, settings)
    assert view.alerts is not None
    assert [each.kind for each in view.alerts] == [AlertKind.STOPPED]
    assert Finding.LIMITS_DECLARED in findings(view)
    assert {*view.damaged} == {
        "app_stops demo",
        "limit_declarations demo 1",
        f"alert_groups {group}",
    }
