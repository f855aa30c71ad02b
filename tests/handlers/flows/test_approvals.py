"""Asking, and every end of a request but a vote."""

import json
from datetime import timedelta

import pytest

from bot.rules.requests import RequestEvent, RequestKind, RequestState
from bot.settings import Settings
from handlers.flows import approvals
from handlers.flows import submissions as submitting
from handlers.flows.approvals import Superseded, WithdrawRefusal
from handlers.flows.grounds import Upstream
from storage import approvals as stored
from storage import cards, changes, content, requests
from storage.db import Tx
from storage.requests import Request
from tests.handlers.flows.asks import (
    BO,
    CREATE,
    DELETE,
    EVE,
    MODIFY,
    WANTED,
    ask,
    expire_due,
    facts,
    list_templates,
    listed,
    say,
    settings_with,
    state,
    submissions,
    thread,
)
from tests.policies import everything
from tests.storage.rows import LIN, MAYA, NOW, later

DAY = timedelta(days=1)


@pytest.fixture(scope="session")
def unguarded() -> Settings:
    """A policy that asks nobody."""
    return settings_with(**everything(0))


def approve(tx: Tx, request: Request) -> Request:
    say(tx, request)
    found = requests.get(tx, request.id)
    assert found is not None
    assert found.state is RequestState.APPROVED
    return found


def test_what_is_asked_waits_under_the_policy_of_that_moment(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    assert request.state is RequestState.AWAITING_APPROVAL
    policy = stored.get(tx, request.id)
    assert policy is not None
    assert (policy.needed, policy.approvers) == (1, ("@sms-approvers",))
    assert (policy.asked_at, policy.expires_at) == (NOW, NOW + DAY)
    assert cards.channel_of(tx, request.id) == "C0SMS"
    assert thread(tx, request) == ["asked"]
    assert submissions(tx) == []


def test_a_kind_may_have_a_policy_of_its_own(tx: Tx, settings: Settings) -> None:
    policy = stored.get(tx, ask(tx, settings, DELETE).id)
    assert policy is not None
    assert policy.needed == 2


def test_where_nobody_is_asked_it_is_submitted_at_once(tx: Tx, unguarded: Settings) -> None:
    request = ask(tx, unguarded)
    assert request.state is RequestState.APPROVED
    assert submissions(tx) == [request.id]
    assert thread(tx, request) == ["waived"]
    assert approvals.waiting_for(tx, MAYA, frozenset({"@sms-approvers"}), unguarded, NOW) == []


def test_cards_go_where_app_yaml_wants_them(tx: Tx) -> None:
    request = ask(tx, settings_with(**{"channels.approvals": "#sms-approvals"}))
    assert cards.channel_of(tx, request.id) == "#sms-approvals"
    assert request.channel == "C0SMS"


@pytest.mark.parametrize("kind", [RequestKind.TEMPLATE_DELETE, RequestKind.SEND])
def test_what_could_not_be_carried_out_is_never_asked(
    tx: Tx, settings: Settings, kind: RequestKind
) -> None:
    with pytest.raises(ValueError, match=r"."):
        approvals.ask(
            tx,
            kind,
            "demo",
            CREATE.payload(),
            requester=LIN,
            channel="C0SMS",
            settings=settings,
            now=NOW,
        )
    assert tx.all("SELECT 1 FROM requests") == []


def test_who_asked_can_withdraw_and_nobody_else(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    refusal = approvals.withdraw(tx, request.id, MAYA, NOW)
    assert refusal is WithdrawRefusal.NOT_YOURS
    assert approvals.withdraw(tx, request.id, LIN, NOW) is RequestState.WITHDRAWN
    assert approvals.withdraw(tx, request.id, LIN, NOW) is WithdrawRefusal.TOO_LATE
    assert approvals.withdraw(tx, "R-NONE", LIN, NOW) is WithdrawRefusal.NOT_OURS
    assert thread(tx, request) == ["asked", "withdrawn"]


def test_what_is_approved_can_be_withdrawn_until_it_is_begun(tx: Tx, settings: Settings) -> None:
    first, second = approve(tx, ask(tx, settings)), approve(tx, ask(tx, settings))
    assert approvals.withdraw(tx, first.id, LIN, NOW) is RequestState.WITHDRAWN
    requests.advance(tx, second, RequestEvent.START, NOW)
    assert approvals.withdraw(tx, second.id, LIN, NOW) is WithdrawRefusal.TOO_LATE


def test_what_nobody_decided_on_expires_at_its_time(tx: Tx, settings: Settings) -> None:
    request, other = ask(tx, settings), ask(tx, settings, now=later(s=1))
    assert expire_due(tx, NOW + DAY - timedelta(milliseconds=1)) == 0
    assert expire_due(tx, NOW + DAY) == 1
    assert state(tx, request) is RequestState.EXPIRED
    assert state(tx, other) is RequestState.AWAITING_APPROVAL
    assert expire_due(tx, NOW + DAY) == 0
    assert thread(tx, request) == ["asked", "expired"]


def test_what_was_approved_does_not_expire(tx: Tx, settings: Settings) -> None:
    request = approve(tx, ask(tx, settings))
    assert expire_due(tx, NOW + 9 * DAY) == 0
    assert state(tx, request) is RequestState.APPROVED


def test_what_changed_at_tencent_gives_way_to_a_request_on_what_is_there_now(
    tx: Tx, settings: Settings
) -> None:
    list_templates(tx, listed())
    old = ask(tx, settings, MODIFY)
    list_templates(tx, listed("别的内容"))
    gone = approvals.supersede(tx, old, NOW)
    assert isinstance(gone, Superseded)
    assert gone.why is Upstream.CHANGED
    assert state(tx, old) is RequestState.SUPERSEDED
    fresh = requests.get(tx, gone.next_id)
    assert fresh is not None
    assert fresh.state is RequestState.AWAITING_APPROVAL
    assert fresh.payload["base"]["content"] == "别的内容"
    assert fresh.payload["content"] == WANTED.content
    assert fresh.sha256 != old.sha256
    assert (fresh.requester, fresh.channel) == (old.requester, old.channel)
    assert thread(tx, fresh) == ["asked", "replaces"]
    assert facts(tx, f"{old.id}:superseded")["next_id"] == fresh.id


def test_the_request_in_its_place_stands_where_the_first_card_stands_and_lasts_as_long(
    tx: Tx, settings: Settings
) -> None:
    list_templates(tx, listed())
    old = ask(tx, settings, MODIFY)
    tx.run("UPDATE cards SET channel = 'C0OTHER', ts = '1.1'")
    list_templates(tx, listed("别的内容"))
    gone = approvals.supersede(tx, old, NOW + timedelta(hours=20))
    assert gone is not None
    assert cards.channel_of(tx, gone.next_id) == "C0OTHER"
    policy = stored.get(tx, gone.next_id)
    assert policy is not None
    assert policy.expires_at == NOW + timedelta(hours=20) + DAY


@pytest.mark.parametrize(
    ("now_listed", "why"),
    [((), Upstream.GONE), ((listed(WANTED.content),), Upstream.ALREADY)],
)
def test_where_nothing_is_left_to_change_nothing_is_asked_in_its_place(
    tx: Tx, settings: Settings, now_listed: tuple[()], why: Upstream
) -> None:
    list_templates(tx, listed())
    old = ask(tx, settings, MODIFY)
    list_templates(tx, *now_listed)
    assert approvals.supersede(tx, old, NOW) == Superseded(why, "")
    assert len(tx.all("SELECT 1 FROM requests")) == 1


def test_without_a_policy_the_requester_decides_again(tx: Tx, unguarded: Settings) -> None:
    list_templates(tx, listed())
    old = ask(tx, unguarded, MODIFY)
    list_templates(tx, listed("别的内容"))
    assert approvals.supersede(tx, old, NOW) == Superseded(Upstream.CHANGED, "")
    assert state(tx, old) is RequestState.SUPERSEDED


def test_what_stands_is_not_superseded(tx: Tx, settings: Settings) -> None:
    list_templates(tx, listed())
    for change in (CREATE, MODIFY, DELETE):
        request = ask(tx, settings, change)
        assert approvals.supersede(tx, request, NOW) is None
        assert state(tx, request) is RequestState.AWAITING_APPROVAL


def test_before_the_first_list_nobody_knows_what_is_gone(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings, MODIFY)
    assert content.templates_seen_at(tx) is None
    assert approvals.supersede(tx, request, NOW) is None


def test_what_is_being_submitted_is_not_superseded(tx: Tx, settings: Settings) -> None:
    list_templates(tx, listed())
    request = approve(tx, ask(tx, settings, MODIFY))
    requests.advance(tx, request, RequestEvent.START, NOW)
    list_templates(tx)
    executing = requests.get(tx, request.id)
    assert executing is not None
    assert approvals.supersede(tx, executing, NOW) is None
    assert state(tx, request) is RequestState.EXECUTING


def test_those_who_can_still_decide_are_reminded_once(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings, DELETE)
    say(tx, request, MAYA)
    soon = NOW + DAY - timedelta(minutes=59)
    assert approvals.find_ending(tx, NOW) == []
    (ending,) = approvals.find_ending(tx, soon)
    everybody = frozenset({MAYA, BO, LIN})
    for _ in range(2):
        approvals.remind(tx, ending.request.id, everybody, soon)
    assert approvals.find_ending(tx, soon) == []
    told = tx.all("SELECT user_id FROM posts WHERE kind = 'approval.reminder'")
    assert [row["user_id"] for row in told] == [BO]
    assert thread(tx, request)[-1] == "ending"


def test_what_was_decided_meanwhile_reminds_nobody(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    approve(tx, request)
    approvals.remind(tx, request.id, frozenset({MAYA}), NOW)
    assert "ending" not in thread(tx, request)


def test_what_was_asked_shortly_before_its_end_reminds_nobody(tx: Tx) -> None:
    ask(tx, settings_with(**everything(expires="30m")))
    assert approvals.find_ending(tx, later(minutes=29)) == []


def test_everybody_sees_what_they_can_decide_on_and_what_they_asked_for(
    tx: Tx, settings: Settings
) -> None:
    mine, other = ask(tx, settings, requester=LIN), ask(tx, settings, requester=MAYA)
    group = frozenset({"@sms-approvers"})

    def seen(user: str, groups: frozenset[str]) -> list[str]:
        return [each.request.id for each in approvals.waiting_for(tx, user, groups, settings, NOW)]

    assert seen(LIN, frozenset({"@sms-senders"})) == [mine.id]
    assert set(seen(MAYA, group)) == {mine.id, other.id}
    assert seen(EVE, frozenset()) == []
    assert approvals.waiting_for(tx, MAYA, group, settings, NOW + DAY) == []


def test_the_facts_of_a_thread_cannot_be_read_in_the_file(tx: Tx, settings: Settings) -> None:
    ask(tx, settings)
    rows = [dict(row) for row in tx.all("SELECT * FROM posts")]
    assert WANTED.name not in json.dumps(rows, ensure_ascii=False)


def test_a_withdrawn_request_is_not_submitted(tx: Tx, settings: Settings) -> None:
    request = approve(tx, ask(tx, settings))
    approvals.withdraw(tx, request.id, LIN, NOW)
    assert submitting.find_due(tx, NOW) == []
    assert changes.get(tx, request.id) is None
