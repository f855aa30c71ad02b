"""The bot's own tab: within what Slack shows, in both languages, nothing from outside alive."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.locales import Locale
from bot.registry import Json, Person
from bot.rules.alert_life import GroupState
from bot.rules.figures import NOTHING, Counts, Figures, Latency
from bot.rules.onboarding import Finding, Standing, Step
from bot.rules.packages import Stock
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import Rights, Role
from bot.sandbox.workspace.blocks import check_view
from bot.slack.blocks import fitting
from bot.slack.messages import homes
from bot.slack.messages.alert_lists import Row
from bot.slack.messages.ballots import ApprovalView
from bot.slack.messages.homes import (
    Alert,
    AlertKind,
    AppSteps,
    Asked,
    Checklist,
    HomeView,
    Today,
)
from tests.journeys.people import words_of
from tests.slack import summed
from tests.slack.made import HOSTILE, NOW
from tests.slack.stocked import stocked

LINK = re.compile(r"<https://console[^<>|]+\|[^<>|]+>")
NUMBER = "+8613800001234"
PAGE = "https://console.cloud.tencent.com/smsv2/app-manage/detail/1400006666"
ADDRESS = "https://sms.example.com/callbacks/<SMSOPS_CALLBACK_SECRET>/demo"
FACTS: Mapping[str, Any] = {
    "name": HOSTILE,
    "code": HOSTILE,
    "count": 12_345,
    "left": 12_345,
    "at": NOW,
    "person": "U0LIN",
    "address": ADDRESS,
}
ALL_STEPS = tuple(Step(each, FACTS) for each in Finding)


def person(*roles: Role, locale: Locale = Locale.EN) -> Person:
    return Person("U0MAYA", locale, "Asia/Shanghai", Rights(frozenset(roles)))


EVERYBODY = frozenset(Role)


def checklist(*steps: Step, account: tuple[Step, ...] = (), more_apps: int = 0) -> Checklist:
    app = AppSteps("demo", "1400006666", PAGE, steps)
    site = "https://console.cloud.tencent.com"
    return Checklist(account, (app,), more_apps, f"{site}/developer", f"{site}/smsv2")


def figures(total: Counts, compared: Figures | None = None) -> Figures:
    return replace(summed.NOTHING, total=total, latency=Latency(3, 2.3, 61.4), compared=compared)


def group(nth: int, state: GroupState = GroupState.FIRING) -> Row:
    """An open group of alerts."""
    return Row(
        f"A-AAA{nth}", state, "critical", {"limit_hit": 3}, {"app": HOSTILE}, NOW, acked_by="U0LIN"
    )


def asked(**changes: Any) -> Asked:
    fields: dict[str, Any] = {
        "request_id": "R-7K3Q",
        "kind": RequestKind.SEND,
        "name": HOSTILE * 10,
        "number": NUMBER,
        "recipients": 0,
        "state": RequestState.DONE,
        "at": NOW,
    }
    return Asked(**(fields | changes))


def waiting(request_id: str) -> ApprovalView:
    return ApprovalView(
        request_id=request_id,
        sha256="a" * 64,
        kind=RequestKind.TEMPLATE_CREATE,
        name=HOSTILE * 10,
        recipients=0,
        requester="U0LIN",
        state=RequestState.AWAITING_APPROVAL,
        needed=1,
        approvers=("@sms-approvers",),
        buttons_only=False,
        emoji=(),
        expires_at=NOW,
        words=(),
    )


ALERTS = (
    Alert(AlertKind.STOPPED, {"app": HOSTILE, "by": "U0LIN", "at": NOW}),
    Alert(AlertKind.STOPPED, {"app": "demo", "by": "rule", "at": NOW}),
    Alert(AlertKind.DOUBTS, {"count": 3, "is_all": True}),
    Alert(AlertKind.DOUBTS, {"count": 1000, "is_all": False}),
    Alert(AlertKind.PAUSED, {"count": 1}),
)
LAST_WEEK = figures(Counts(begun=90))
EVERYTHING = HomeView(
    at=NOW,
    checklist=checklist(*ALL_STEPS, account=ALL_STEPS, more_apps=3),
    alerts=ALERTS,
    groups=tuple(group(nth) for nth in range(5)),
    groups_more=3,
    waiting=tuple(waiting(f"R-AAA{nth}") for nth in range(20)),
    waiting_more=7,
    asked=tuple(asked(request_id=f"R-BBB{nth}") for nth in range(8)),
    today=Today(
        figures(Counts(*range(1000, 1014)), LAST_WEEK), tuple(range(24)), NOW - timedelta(hours=23)
    ),
    stock=stocked(12, 4.0, expires=timedelta(days=2)),
)


def words(view: Json) -> str:
    return words_of(view)


@pytest.mark.parametrize("locale", Locale)
def test_everything_at_once_is_a_home_slack_takes(locale: Locale) -> None:
    shown = homes.home(EVERYTHING, Person("U0MAYA", locale, "Asia/Shanghai", Rights(EVERYBODY)))
    assert check_view(shown) == []
    assert shown["type"] == "home"
    assert len(shown["blocks"]) < 50
    said = words(shown)
    assert "<!channel>" not in said
    assert "<@U1>" not in said
    assert "138****1234" in said
    assert NUMBER.removeprefix("+86") not in said
    # Sections keep whole lines: none ends in the middle of a link.
    assert said.count("<https://console") == len(LINK.findall(said)) > 5


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("step", ALL_STEPS, ids=lambda step: step.finding.value)
def test_each_step_says_what_was_found_and_what_to_do(step: Step, locale: Locale) -> None:
    shown = homes.home(
        HomeView(NOW, checklist=checklist(step)),
        Person("U0MAYA", locale, "Asia/Shanghai", Rights(EVERYBODY)),
    )
    assert check_view(shown) == []
    said = words(shown)
    line = next(each for each in said.splitlines() if homes.MARKS[step.standing] in each)
    assert "{" not in line
    if step.standing is Standing.OPEN:
        # A command, an address, a setting or a page.
        assert "`" in line or "<https://console" in line


def test_a_command_somebody_may_not_run_says_whose_it_is() -> None:
    view = HomeView(NOW, checklist=checklist(Step(Finding.TEMPLATE_MISSING, FACTS)))
    assert "(Needs the role *requester*.)" in words(homes.home(view, person(Role.OWNER)))
    assert "Needs the role" not in words(homes.home(view, person(Role.REQUESTER)))


def test_what_can_be_done_comes_first_and_what_is_done_is_a_line_at_the_end() -> None:
    def place_of_setup(step: Step) -> tuple[int, str]:
        view = HomeView(
            NOW, checklist=checklist(step, Step(Finding.CONTACTS)), alerts=(), stock=None
        )
        shown = homes.home(view, Person("U0MAYA", Locale.EN, "Asia/Shanghai", Rights(EVERYBODY)))
        said = [words({"blocks": [block]}) for block in shown["blocks"]]
        place = next(at for at, each in enumerate(said) if "Set" in each)
        return place - len(said), said[place]

    first, title = place_of_setup(Step(Finding.TEMPLATE_MISSING, FACTS))
    assert "Set-up · 1 to do" in title
    late, _ = place_of_setup(Step(Finding.REPLIES_UNSEEN, FACTS))
    last, done = place_of_setup(Step(Finding.TEMPLATE_USABLE, FACTS))
    assert first < late < last == -1
    assert "Set up. Steps done: 1." in done
    assert f"<{PAGE}|its page in the console> shows who is told" in done


def test_a_stranger_reads_one_sentence_whatever_was_loaded() -> None:
    shown = homes.home(replace(EVERYTHING, waiting=()), person())
    assert len(shown["blocks"]) == 1
    assert "You are in no group that may use SMS, or only in some channels" in words(shown)


def test_an_approver_without_a_role_sees_what_waits_for_them_and_nothing_else() -> None:
    said = words(homes.home(EVERYTHING, person()))
    assert "Waits for your approval" in said
    assert EVERYTHING.waiting[0].request_id in said
    for title in ("Set-up", "Needs attention", "Today", "You asked for", "Package"):
        assert title not in said


def test_parts_that_roles_do_not_show_are_not_there() -> None:
    said = words(homes.home(HomeView(NOW), person(Role.ONCALL)))
    for title in ("Set-up", "Needs attention", "Today", "Waits for your approval"):
        assert title not in said
    assert "Waits for your approval*  none" in words(
        homes.home(HomeView(NOW), person(Role.APPROVER))
    )


@pytest.mark.parametrize(
    ("stock", "said"),
    [
        (None, "Tencent has not said yet what is left."),
        (stocked(0, 4.0), ":warning: *0* segments left"),
        (stocked(500, 41.0), "Empty about <!date^"),
        (stocked(500, 41.0, deviation=20), "> ± 5 days."),
        (stocked(500, 41.0, deviation=200), ">, not before <!date^"),
        (stocked(500, 1.0, expires=timedelta(days=5)), "About 495 segments expire unused on"),
        (stocked(500, None, expires=timedelta(days=5)), "The next package ends on"),
    ],
)
def test_the_balance_says_how_long_it_lasts(stock: Stock | None, said: str) -> None:
    assert said in words(homes.home(HomeView(NOW, stock=stock), person(Role.VIEWER)))


@pytest.mark.parametrize("stock", [stocked(500, 1.0), stocked(500, None)])
def test_what_is_far_away_is_not_said_of_it(stock: Stock) -> None:
    shown = words(homes.home(HomeView(NOW, stock=stock), person(Role.VIEWER)))
    assert "*500* segments left" in shown
    assert not any(each in shown for each in ("Empty", "expire", "ends on"))


def test_a_quiet_day_is_one_line_and_a_busy_one_has_a_chart() -> None:
    def today(total: Counts, hours: tuple[int, ...], first: datetime = NOW) -> str:
        view = HomeView(NOW, today=Today(figures(total, LAST_WEEK), hours, first))
        return words(homes.home(view, person(Role.VIEWER)))

    assert "Today*  nothing sent yet" in today(NOTHING, (0, 0))
    busy = today(Counts(begun=9, accepted=9, delivered=8, undelivered=1), (0, 1, 8))
    assert "*9* sent\naccepted 9 · delivered 8 · not delivered 1" in busy
    assert "```·▁█\n03```" in busy
    assert "half within 2.3 s, 95 % within 61 s" in busy
    assert "The same hours a week ago: 90 sent." in busy
    replies_alone = today(Counts(replies=2), (0,))
    assert "*0* sent\nreplies 2" in replies_alone


def test_a_request_of_ones_own_says_where_it_stands() -> None:
    view = HomeView(
        NOW,
        asked=(
            asked(name="发货通知", state=RequestState.IN_DOUBT),
            asked(name="发货通知", number="", recipients=1200, state=RequestState.EXECUTING),
            asked(kind=RequestKind.TEMPLATE_CREATE, name="新", number=""),
        ),
    )
    said = words(homes.home(view, person(Role.VIEWER)))
    assert "Send of “发货通知” to +86 138****1234" in said
    assert "Send of “发货通知” to 1,200 numbers" in said
    assert "New template “新”" in said
    without = homes.home(view, person(Role.REQUESTER))
    assert "Story" not in words(without)


def test_lines_that_do_not_fit_are_counted_and_none_is_cut() -> None:
    assert fitting(["ab", "cd", "e"], 6) == ["ab", "cd"]
    assert fitting(["ab"], 2) == []
    alerts = tuple(Alert(AlertKind.PAUSED, {"count": nth}) for nth in range(12))
    said = words(homes.home(HomeView(NOW, alerts=alerts), person(Role.ONCALL)))
    assert "Needs attention* · 12" in said
    assert "… and 4 more." in said


def test_open_alerts_say_who_has_them_and_how_many_more_there_are() -> None:
    groups = (group(1), group(2, GroupState.ACKNOWLEDGED))
    view = HomeView(NOW, alerts=(), groups=groups, groups_more=4)
    said = words(homes.home(view, person(Role.ONCALL)))
    assert "Needs attention* · 6" in said
    assert "A-AAA1 · critical · *Firing*" in said
    assert "<@U0LIN> has it in hand" in said
    assert "… and 4 more alerts" in said


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("roles", [EVERYBODY, frozenset()])
def test_what_could_not_be_read_is_named_to_be_quoted(
    locale: Locale, roles: frozenset[Role]
) -> None:
    view = HomeView(NOW, damaged=("requests R-7K3Q",))
    said = words_of(homes.home(view, person(*roles, locale=locale)))
    assert said.count("`requests R-7K3Q`") == 1
