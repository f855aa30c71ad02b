"""The messages of a step: true as long as they stand, and followed by the next step where Slack
will not have them."""

from collections.abc import Mapping
from typing import Any

from bot.rules.alert_life import Move
from bot.rules.escalation import StepState
from handlers.flows import alerts, oncall_messages
from storage import escalations as stored
from storage import oncall, posts
from storage.db import Tx
from tests.handlers.flows import alerting
from tests.handlers.flows.test_reaching import ADA, BEA, CAI, Case, later, plan
from tests.storage.rows import LIN, NOW


def shown(tx: Tx) -> list[tuple[str, Mapping[str, Any]]]:
    """Whom each message is for, oldest first, and its card as it is to look by now."""
    rows = tx.all("SELECT * FROM posts WHERE kind = 'oncall.dm' ORDER BY rowid")
    latest: dict[str, Any] = {row["key"]: row for row in rows if not row["edits"]}
    looks = {row["edits"] or row["key"]: row["facts"] for row in rows}
    return [
        (row["user_id"], alerting.opened(tx, looks[key])["card"]) for key, row in latest.items()
    ]


def owners(tx: Tx) -> list[str]:
    """Whose each message and each change of one says it is, where its key says the same."""
    rows = tx.all("SELECT * FROM posts WHERE kind = 'oncall.dm' ORDER BY rowid")
    named = [(row["key"], alerting.opened(tx, row["facts"])["user"]) for row in rows]
    return [user for key, user in named if f":{user}" in key]


def states(tx: Tx) -> list[tuple[str, str]]:
    return [(who, card["state"]) for who, card in shown(tx)]


def delivered(tx: Tx) -> None:
    tx.run("UPDATE posts SET ts = '1.1', done_at_ms = 1, tried_at_ms = 1 WHERE edits = ''")


def move(case: Case, move: Move, seconds: float) -> None:
    alerts.move(
        case.tx,
        case.group_id,
        move,
        by=LIN,
        via="button",
        settings=case.settings,
        now=later(seconds),
    )


def refuse(case: Case, who: str, seconds: float, escalation: int = 0, nth: int = 0) -> None:
    """Slack will not have the message to `who`."""
    key = oncall_messages.key_of(case.group_id, escalation, nth, who)
    case.tx.run("UPDATE posts SET done_at_ms = 1, fault = 'user_not_found' WHERE key = :k", k=key)
    oncall_messages.undeliverable(case.tx, key, "user_not_found", later(seconds))


def test_a_message_follows_what_becomes_of_the_alert(tx: Tx) -> None:
    case = Case(tx, plan(("dm", "primary"), ("dm", "next")))
    case.at(1)
    case.at(61)
    delivered(tx)
    assert states(tx) == [(ADA, "firing"), (BEA, "firing")]
    move(case, Move.ACKNOWLEDGE, 62)
    assert states(tx) == [(ADA, "acknowledged"), (BEA, "acknowledged")]
    assert [card["acked_by"] for _, card in shown(tx)] == [LIN, LIN]
    assert owners(tx) == [ADA, BEA, ADA, BEA]
    move(case, Move.RESOLVE, 63)
    assert states(tx) == [(ADA, "resolved"), (BEA, "resolved")]


def test_one_that_waited_says_what_is_so_when_it_is_said(tx: Tx) -> None:
    case = Case(tx, plan(("dm", "primary")))
    case.at(1)
    move(case, Move.ACKNOWLEDGE, 2)
    waiting = [each for each in posts.find_due(tx, later(3), 9) if each.kind == "oncall.dm"]
    assert [each.facts["card"]["state"] for each in waiting] == ["acknowledged"]


def test_where_it_fires_again_only_the_latest_of_each_person_says_so(tx: Tx) -> None:
    case = Case(tx, plan(("dm", "primary"), ("dm", "primary"), ("dm", "next")))
    for seconds in (1, 61, 121):
        case.at(seconds)
    delivered(tx)
    move(case, Move.ACKNOWLEDGE, 122)
    move(case, Move.UNACKNOWLEDGE, 123)
    assert states(tx) == [(ADA, "acknowledged"), (ADA, "firing"), (BEA, "firing")]


def test_one_that_nobody_got_is_not_written_anew(tx: Tx) -> None:
    case = Case(tx, plan(("dm", "primary")))
    case.at(1)
    refuse(case, ADA, 2)
    move(case, Move.ACKNOWLEDGE, 3)
    corrections = "SELECT 1 FROM posts WHERE kind = 'oncall.dm' AND edits <> ''"
    assert tx.all(corrections) == []


def test_after_one_that_cannot_be_delivered_the_next_step_follows_at_once(tx: Tx) -> None:
    case = Case(tx, plan(("dm", "primary"), ("dm", "next")))
    case.at(1)
    refuse(case, ADA, 5)
    assert case.last == ("dm", ADA, "failed")
    assert stored.next_due(tx) == later(5)
    case.at(5)
    assert case.last == ("dm", BEA, "told")
    # What is told late of the first one hurries nobody.
    refuse(case, ADA, 6)
    assert stored.next_due(tx) == later(65)


def test_a_step_that_reached_one_of_several_has_not_failed(tx: Tx) -> None:
    oncall.note_groups(tx, {"@nights": ("S0NIGHTS", [BEA, CAI])}, NOW)
    case = Case(tx, plan(("dm", "@nights"), ("dm", "next")))
    case.at(1)
    refuse(case, BEA, 2)
    assert case.steps[-1][2] == "told"
    refuse(case, CAI, 3)
    assert case.steps[-1][2] == "failed"


def test_what_somebody_has_in_hand_calls_nobody_for_it(tx: Tx) -> None:
    case = Case(tx, plan(("dm", "primary"), ("dm", "next")))
    case.at(1)
    move(case, Move.ACKNOWLEDGE, 2)
    refuse(case, ADA, 3)
    assert case.last == ("dm", ADA, StepState.FAILED.value)
    assert stored.next_due(tx) is None


def test_what_is_no_message_of_a_step_is_let_be(tx: Tx) -> None:
    for key in ("x", "alert:A-7K3Q:line:1", "alert:A-7K3Q:oncall:0:over"):
        oncall_messages.undeliverable(tx, key, "user_not_found", NOW)
    assert oncall_messages.key_of("A-7K3Q", 0, 1, ADA) == "alert:A-7K3Q:oncall:0:1:U0ADA"
