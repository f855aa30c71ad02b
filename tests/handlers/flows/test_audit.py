"""What the audit trail holds after somebody did something of weight: who, what, and how."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.rules.alert_life import Move
from bot.rules.approvals import Verdict, Via, VoteRefusal
from bot.rules.audit import Sound, What
from bot.rules.audit_words import AuditWords
from bot.rules.delivery import SETTLE_TIME
from bot.rules.matchers import parse
from bot.rules.numbers import mask
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.reveals import MOST, RevealAsked
from bot.rules.roles import EVERY_APP
from bot.rules.rotas import Override
from bot.rules.sending import Draft
from bot.rules.subjects import OptoutRemoval
from bot.settings import Settings
from handlers.flows import (
    alerts,
    app_stops,
    approvals,
    audit,
    declarations,
    doubts,
    drafts,
    jobs,
    limit_changes,
    optouts,
    reveals,
    rotas,
    voting,
)
from handlers.flows import limit_exemptions as exemption_flow
from handlers.flows.approvals import WithdrawRefusal
from handlers.flows.doubts import DoubtChoice
from handlers.flows.drafts import SendAsk
from handlers.flows.optout_removals import RemovalAsk
from handlers.flows.optout_removals import ask as ask_removal
from handlers.flows.voting import TakenBack
from storage import audit as stored
from storage import limit_exemptions, requests
from storage import optouts as stored_optouts
from storage.audit import AuditQuery, Kept
from storage.db import Tx
from storage.limit_exemptions import Exemption
from tests.handlers.flows import alerting, declaring, limit_asks, running, sends
from tests.handlers.flows.asks import (
    BO,
    DELETE,
    EVE,
    SETTINGS,
    ask,
    ballot,
    expire_due,
    list_templates,
    listed,
    say,
)
from tests.handlers.flows.job_lists import list_content
from tests.storage.rows import LIN, MAYA, NOW, NUMBER, later


def entries(tx: Tx) -> list[Kept]:
    """All of them, the first first; the chain holds."""
    found = stored.find(tx, AuditQuery(), 1_000)[::-1]
    assert stored.check(tx) == Sound(len(found))
    assert NUMBER.removeprefix("+86") not in str(found)
    return found


def trail(tx: Tx) -> list[tuple[str, str]]:
    return [(each.what, each.actor) for each in entries(tx)]


def last(tx: Tx) -> tuple[str, str, str, dict[str, Any]]:
    """What, who, about what, and what else it says."""
    each = entries(tx)[-1]
    return each.what, each.actor, each.subject, dict(each.facts or {})


def test_a_request_is_followed_from_the_asking_to_the_word_that_decides(
    tx: Tx, settings: Settings
) -> None:
    list_templates(tx, listed())
    request = ask(tx, settings, DELETE)
    for user in (LIN, MAYA, BO):
        say(tx, request, user)
    assert trail(tx) == [
        ("request.asked", LIN),
        ("vote.refused", LIN),
        ("request.counted", MAYA),
        ("request.approved", BO),
    ]
    first, *_, decided = entries(tx)
    shown = {"kind": "template.delete", "sha256": request.sha256}
    assert (first.subject, first.facts) == (request.id, {**shown, "needed": 2})
    assert (decided.subject, decided.facts) == (request.id, shown)


def test_who_may_not_say_a_word_is_entered_with_the_reason(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    nobody = ballot(request, EVE, approvers=frozenset({MAYA}))
    assert voting.vote(tx, request.id, nobody, SETTINGS, NOW) is VoteRefusal.NOT_APPROVER
    what, actor, subject, facts = last(tx)
    assert (what, actor, subject) == ("vote.refused", EVE, request.id)
    assert (facts["verdict"], facts["reason"]) == ("approve", "not_approver")


def test_a_rejection_keeps_its_reason_without_the_number_in_it(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    no = ballot(request, MAYA, Verdict.REJECT)
    voting.vote(tx, request.id, no, SETTINGS, NOW, reason=f"{NUMBER} complained")
    what, actor, _, facts = last(tx)
    assert (what, actor) == ("request.rejected", MAYA)
    assert facts["reason"].endswith("complained")
    assert "0001" in facts["reason"]


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT])
def test_a_reaction_taken_back_is_entered_whether_it_changed_anything_or_not(
    tx: Tx, settings: Settings, verdict: Verdict
) -> None:
    request = ask(tx, settings)
    said = ballot(request, MAYA, verdict, Via.REACTION)
    voting.vote(tx, request.id, said, SETTINGS, NOW, event_us=1)
    end = voting.take_back(tx, request.id, said, later(s=1), event_us=2)
    is_done = verdict is Verdict.APPROVE
    assert end is (TakenBack.DONE if is_done else TakenBack.TOO_LATE)
    entry = entries(tx)[-1]
    assert (entry.what, entry.actor, entry.via) == ("vote.taken_back", MAYA, "reaction")
    assert entry.facts is not None
    assert entry.facts["outcome"] == ("done" if is_done else "too_late")


def test_what_ends_without_a_word_is_entered_too(tx: Tx, settings: Settings) -> None:
    withdrawn, expired = ask(tx, settings), ask(tx, settings, requester=BO)
    approvals.withdraw(tx, withdrawn.id, LIN, NOW)
    assert expire_due(tx, NOW + timedelta(days=30)) == 1
    list_templates(tx, listed())
    superseded = ask(tx, settings, DELETE)
    list_templates(tx, listed(content_="您的订单{1}已经到了。"))
    assert approvals.supersede(tx, superseded, NOW) is not None
    found = [each for each in entries(tx) if each.what != "request.asked"]
    assert [(each.what, each.actor, each.subject, each.via) for each in found] == [
        ("request.withdrawn", LIN, withdrawn.id, "slack"),
        ("request.expired", "", expired.id, "itself"),
        ("request.superseded", "", superseded.id, "itself"),
    ]


def test_an_app_is_stopped_by_somebody_and_let_again_by_two(tx: Tx, settings: Settings) -> None:
    (app,) = settings.apps
    app_stops.stop(tx, app, LIN, "wrong text", "C0SMS", NOW)
    assert last(tx) == ("app.stopped", LIN, "demo", {"reason": "wrong text"})
    request = app_stops.ask_to_let(tx, app, "mended", LIN, "C0SMS", settings, NOW)
    assert not isinstance(request, app_stops.LetRefusal | app_stops.Open)
    say(tx, request, MAYA)
    assert trail(tx)[1:] == [
        ("request.asked", LIN),
        ("request.approved", MAYA),
        ("app.resumed", LIN),
        ("request.executed", ""),
    ]


def test_opt_outs_are_added_by_a_person_and_taken_away_by_two(tx: Tx, settings: Settings) -> None:
    said = Optout(NUMBER, "", Scope.ALL, Source.PERSON, "on the phone", LIN, NOW)
    assert optouts.add_by_person(tx, [said], NOW) == 1
    what, actor, _, facts = last(tx)
    assert (what, actor) == ("optout.added", LIN)
    assert (facts["numbers"], facts["count"]) == (["+86 138****0001"], 1)
    removal = RemovalAsk(NUMBER, "", Scope.ALL, "changed their mind", "demo", LIN, "C0SMS")
    request = ask_removal(tx, removal, settings, NOW)
    assert not isinstance(request, OptoutRemoval)
    say(tx, request, MAYA)  # type: ignore[arg-type]
    assert ("optout.removed", LIN) in trail(tx)
    assert stored_optouts.of_number(tx, NUMBER) == []


def test_a_list_without_numbers_adds_nothing(tx: Tx) -> None:
    assert optouts.add_by_person(tx, [], NOW) == 0
    assert entries(tx) == []


def test_limits_change_by_two_and_are_taken_back(tx: Tx, settings: Settings) -> None:
    request = limit_asks.agreed(tx, settings)
    changed = next(each for each in entries(tx) if each.what == "limits.changed")
    assert (changed.subject, changed.app) == (request.id, "demo")
    assert changed.facts is not None
    assert changed.facts["caps"] == {"number.day": 9}
    limit_changes.take_back(tx, request.id, MAYA, "", NOW)
    what, actor, subject, facts = last(tx)
    assert (what, actor, subject) == ("limits.undone", MAYA, request.id)
    assert facts == {"caps": {"number.day": 9}}


def test_what_the_console_holds_is_declared_and_confirmed(tx: Tx, settings: Settings) -> None:
    first = declaring.declare(tx, settings, {"number.day": 10})
    declarations.confirm(tx, settings.apps[0], first.nth, LIN, "C0SMS", settings, NOW)
    assert trail(tx) == [("limits.declared", first.declared_by), ("limits.confirmed", LIN)]
    assert last(tx)[3] == {"caps": {"number.day": 10}}


def test_a_job_is_paused_resumed_and_cancelled_by_somebody(tx: Tx) -> None:
    request_id = running.start_job(tx, ["+8613700000001", "+8613700000002"])
    before = len(entries(tx))
    jobs.pause(tx, request_id, LIN, running.later(1))
    jobs.resume(tx, request_id, MAYA, running.later(2))
    jobs.hold(tx, request_id, "FailedOperation.InsufficientBalanceInSmsPackage", running.later(3))
    jobs.cancel(tx, request_id, LIN, running.later(4))
    assert trail(tx)[before:] == [
        ("job.paused", LIN),
        ("job.resumed", MAYA),
        ("job.paused", ""),
        ("job.cancelled", LIN),
    ]
    assert jobs.pause(tx, request_id, LIN, running.later(5)) is jobs.JobRefusal.TOO_LATE
    assert len(entries(tx)) == before + 4


def test_a_send_is_confirmed_with_the_hash_of_what_was_shown(tx: Tx, settings: Settings) -> None:
    list_content(tx, listed())
    wanted = SendAsk(
        number=NUMBER,
        template=listed().template_id,
        pairs=[(None, "7")],
        app=settings.apps[0],
        signature=None,
        requester=LIN,
        channel="C0SMS",
    )
    draft = drafts.draft(tx, wanted, settings, NOW)
    assert isinstance(draft, Draft), draft
    assert entries(tx) == []
    drafts.confirm(tx, draft.request_id, draft.sha256, LIN, settings, NOW)
    drafts.confirm(tx, draft.request_id, draft.sha256, LIN, settings, NOW)
    (entry,) = entries(tx)
    assert (entry.what, entry.actor, entry.subject) == ("send.confirmed", LIN, draft.request_id)
    assert entry.facts is not None
    assert entry.facts["number"] == "+86 138****0001"


def test_a_doubt_is_decided_by_somebody(tx: Tx) -> None:
    message = sends.doubt(tx)
    now = NOW + SETTLE_TIME + timedelta(minutes=1)
    assert message.attempt is not None
    end = doubts.decide(tx, message.id, message.attempt, DoubtChoice.TREAT_AS_SENT, MAYA, now)
    assert not isinstance(end, doubts.DoubtRefusal)
    what, actor, subject, facts = last(tx)
    assert (what, actor, subject) == ("doubt.decided", MAYA, message.request_id)
    assert (facts["outcome"], facts["count"]) == ("treat_as_sent", 1)


def test_alerts_are_moved_and_silenced_by_people_and_of_the_rest_nothing_is_entered(
    tx: Tx, settings: Settings
) -> None:
    alerts.raise_event(tx, alerting.signal(), settings, NOW)
    alerting.look(tx, settings, alerting.later(minutes=5))
    assert entries(tx) == []
    group, now = alerting.only(tx), alerting.later(minutes=6)
    alerts.move(tx, group.id, Move.ACKNOWLEDGE, by=MAYA, via="reaction", settings=settings, now=now)
    entry = entries(tx)[-1]
    assert (entry.what, entry.actor, entry.via) == ("alert.moved", MAYA, "reaction")
    assert entry.subject == group.id
    matchers = parse("app=demo")
    assert isinstance(matchers, tuple)
    kept = alerts.silence(
        tx,
        matchers,
        group_id="",
        author=LIN,
        comment="a drill",
        begins_at=now,
        ends_at=now + timedelta(hours=1),
        now=now,
    )
    assert alerts.unsilence(tx, kept.id, MAYA, now) is not None
    assert alerts.unsilence(tx, kept.id, MAYA, now) is None
    assert trail(tx)[1:] == [("silence.begun", LIN), ("silence.ended", MAYA)]


def test_who_stands_in_and_whose_number_is_known_is_entered(tx: Tx) -> None:
    wanted = Override("", "primary", MAYA, NOW, NOW + timedelta(days=1), LIN)
    override = rotas.stand_in(tx, wanted, NOW)
    assert replace(override, id="") == wanted
    assert rotas.end_overrides(tx, "primary", MAYA, later(s=1)) == 1
    assert rotas.end_overrides(tx, "primary", MAYA, later(s=2)) == 0
    rotas.set_number(tx, LIN, NUMBER, MAYA, NOW)
    assert last(tx) == ("oncall.number", MAYA, LIN, {"number": "+86 138****0001"})
    assert rotas.forget_number(tx, LIN, LIN, NOW)
    assert not rotas.forget_number(tx, LIN, LIN, NOW)
    assert trail(tx) == [
        ("oncall.overridden", LIN),
        ("oncall.override_ended", MAYA),
        ("oncall.number", MAYA),
        ("oncall.number", LIN),
    ]


def test_the_program_says_that_it_began_ended_and_began_under_other_settings(tx: Tx) -> None:
    parts = {"slack": '{"mode": "http"}', "roles": "{}", "language": '"en"'}
    audit.note_start(tx, "1.0", "aa", parts, NOW)
    audit.note_stop(tx, NOW)
    audit.note_start(tx, "1.0", "aa", parts, NOW)
    other = {"slack": '{"mode": "http"}', "roles": '{"owner": []}', "timezone": '"UTC"'}
    audit.note_start(tx, "1.1", "bb", other, NOW)
    assert [each.what for each in entries(tx)] == [
        "program.started",
        "program.stopped",
        "program.started",
        "program.started",
        "settings.changed",
    ]
    changed = "language, roles, timezone"
    assert last(tx)[3] == {"before": "aa", "settings": "bb", "keys": changed}


def test_entries_are_paged_from_the_latest_back(tx: Tx) -> None:
    for nth in range(5):
        audit.enter(tx, What.APP_STOPPED, LIN, moment(nth), subject="demo")
    asked = AuditWords()
    first = audit.page(tx, asked, None, 2)
    assert ([each.nth for each in first.entries], first.is_more) == ([5, 4], True)
    second = audit.page(tx, asked, 4, 3)
    assert ([each.nth for each in second.entries], second.is_more) == ([3, 2, 1], False)


def moment(nth: int) -> datetime:
    return later(s=nth)


def test_an_exemption_that_runs_out_is_entered_by_itself(tx: Tx) -> None:
    until = later(minutes=1)
    limit_exemptions.put(tx, Exemption("demo", NUMBER, until, "load test", LIN, "R-7K3Q", NOW), NOW)
    exemption_flow.tell_ended(tx, later(s=59))
    assert entries(tx) == []
    exemption_flow.tell_ended(tx, until)
    (entry,) = entries(tx)
    assert (entry.what, entry.actor, entry.via) == ("limits.exemption_ended", "", "itself")
    assert (entry.subject, entry.app) == ("R-7K3Q", "demo")
    assert entry.facts == {"number": mask(NUMBER)}


def test_who_asks_for_numbers_too_often_is_entered_each_time(tx: Tx) -> None:
    asked = RevealAsked(("R-7K3Q",), "to see")
    for _ in range(MOST + 2):
        reveals.reveal(tx, asked, MAYA, EVERY_APP, NOW)
    said = [entry.facts["refused"] for entry in entries(tx) if entry.facts]
    assert said.count("too_often") == 2
    assert len(said) == MOST + 2
    # Nobody saw anything, and the trail does not say so.
    assert {entry.what for entry in entries(tx)} == {"privacy.reveal_refused"}


def test_who_tries_to_withdraw_what_another_asked_for_is_entered(
    tx: Tx, settings: Settings
) -> None:
    request = ask(tx, settings)
    assert approvals.withdraw(tx, request.id, EVE, NOW) is WithdrawRefusal.NOT_YOURS
    what, actor, subject, facts = last(tx)
    assert (what, actor, subject) == ("request.withdrawal_refused", EVE, request.id)
    assert facts["kind"] == request.kind.value
    still = requests.get(tx, request.id)
    assert still is not None
    assert still.state is request.state


def test_an_export_keeps_what_was_exported(tx: Tx) -> None:
    audit.note_export(tx, AuditWords(LIN, "limits", "demo", since=NOW), MAYA, NOW)
    exported = {"who": LIN, "area": "limits", "about": "demo", "since": NOW.isoformat()}
    assert last(tx) == ("audit.exported", MAYA, "", exported)
    audit.note_export(tx, AuditWords(), MAYA, NOW)
    assert last(tx)[3] == {}
