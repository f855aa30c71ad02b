"""The book of who said no, on a real file: what it keeps back, and how it is asked."""

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.optouts import Optout, Scope, Source
from storage import optouts
from storage.db import Tx
from tests.storage.rows import NOW, NUMBER, OTHER_NUMBER, VAULT, add_message, add_request, later

OTP, NOTICE = TemplateClass.OTP, TemplateClass.NOTICE
MARKETING, ALERT = TemplateClass.MARKETING, TemplateClass.ALERT
SIGNATURE = "腾讯云"


def said(
    number: str = NUMBER,
    signature: str = SIGNATURE,
    scope: Scope = Scope.MARKETING,
    source: Source = Source.REPLY,
    s: float = 0,
) -> Optout:
    return Optout(number, signature, scope, source, "R", "", later(s=s))


def barred(tx: Tx, signature: str = SIGNATURE, number: str = NUMBER) -> set[TemplateClass]:
    """The classes that are kept back; all three ways of asking say the same."""
    found = {each for each in TemplateClass if optouts.is_out(tx, number, signature, each)}
    sealed = VAULT.seal_number(number)
    others = [VAULT.seal_number(f"+86139{each:08}") for each in range(600)]
    for each in TemplateClass:
        among = optouts.among(tx, [*others, sealed], signature, each)
        assert among == ({sealed} if each in found else set())
    return found


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(Scope.MARKETING, {MARKETING}), (Scope.ALL, {MARKETING, NOTICE})],
)
def test_a_scope_keeps_back_its_classes_and_never_a_code_or_an_alert(
    tx: Tx, scope: Scope, expected: set[TemplateClass]
) -> None:
    optouts.add(tx, said(scope=scope))
    assert barred(tx) == expected
    assert barred(tx, number=OTHER_NUMBER + "9") == set()


def test_an_opt_out_is_of_its_signature_or_of_every_one(tx: Tx) -> None:
    optouts.add(tx, said())
    assert barred(tx, "云通信") == set()
    # Abroad there is no signature: whichever was declined, it may be this one.
    assert barred(tx, "") == {MARKETING}
    optouts.add(tx, said(signature="", scope=Scope.ALL))
    assert barred(tx, "云通信") == {MARKETING, NOTICE}


def test_what_is_known_stays_as_it_was_learned_unless_it_is_said_anew(tx: Tx) -> None:
    assert optouts.add(tx, said(source=Source.TENCENT))
    assert not optouts.add(tx, said(s=5))
    assert [each.source for each in optouts.of_number(tx, NUMBER)] == [Source.TENCENT]
    assert not optouts.renew(tx, said(s=10))
    (renewed,) = optouts.of_number(tx, NUMBER)
    assert (renewed.source, renewed.at) == (Source.REPLY, later(s=10))
    # Older news come late.
    optouts.renew(tx, said(source=Source.PERSON, s=7))
    assert optouts.of_number(tx, NUMBER) == [renewed]
    assert optouts.renew(tx, said(OTHER_NUMBER))


def test_one_is_taken_out_and_the_others_stay(tx: Tx) -> None:
    optouts.add_many(tx, [said(), said(signature=""), said(scope=Scope.ALL)])
    assert optouts.remove(tx, NUMBER, SIGNATURE, Scope.ALL)
    assert not optouts.remove(tx, NUMBER, SIGNATURE, Scope.ALL)
    assert optouts.get(tx, NUMBER, SIGNATURE, Scope.ALL) is None
    assert {each.signature for each in optouts.of_number(tx, NUMBER)} == {SIGNATURE, ""}


def test_what_keeps_a_message_back_is_the_latest_that_does(tx: Tx) -> None:
    optouts.add_many(tx, [said(signature="", scope=Scope.ALL), said(s=5), said("+8613", s=9)])
    found = optouts.find(tx, NUMBER, SIGNATURE, MARKETING)
    assert found == said(s=5)
    notice = optouts.find(tx, NUMBER, SIGNATURE, NOTICE)
    assert notice is not None
    assert notice.scope is Scope.ALL


def test_a_key_names_one_and_tells_nobody_the_number(tx: Tx) -> None:
    optouts.add(tx, said(signature="a|b"))
    key = optouts.key_of(tx, said(signature="a|b"))
    assert NUMBER.removeprefix("+86") not in key
    assert optouts.by_key(tx, key) == said(signature="a|b")
    optouts.remove(tx, NUMBER, "a|b", Scope.MARKETING)
    assert optouts.by_key(tx, key) is None


def test_the_latest_come_first_page_by_page_and_are_counted_by_source(tx: Tx) -> None:
    numbers = [f"+86139{each:08}" for each in range(5)]
    optouts.add_many(tx, [said(each, s=at) for at, each in enumerate(numbers)])
    optouts.add(tx, said(NUMBER, source=Source.IMPORT, s=-1))
    assert [each.number for each in optouts.latest(tx, 2)] == [numbers[4], numbers[3]]
    assert [each.number for each in optouts.latest(tx, 9, 4)] == [numbers[0], NUMBER]
    assert optouts.count(tx) == {Source.REPLY: 5, Source.IMPORT: 1}


@pytest.mark.parametrize("few", [optouts.FEW, 0], ids=["by message", "by opt-out"])
def test_the_numbers_of_a_request_that_are_out_are_counted_either_way(
    tx: Tx, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optouts, "FEW", few)
    request_id = add_request(tx)
    for place in range(6):
        add_message(tx, f"+86139{place:08}", request_id=request_id, class_=MARKETING)
    add_message(tx, f"+86139{7:08}")
    # Two say so twice, one of another signature, one of another request, one of nobody's.
    for place, signature in (
        (0, ""),
        (0, SIGNATURE),
        (1, SIGNATURE),
        (2, "云通信"),
        (7, ""),
        (9, ""),
    ):
        optouts.add(tx, said(f"+86139{place:08}", signature))
    optouts.add(tx, said(f"+86139{3:08}", scope=Scope.ALL))
    assert optouts.opted_out_of(tx, request_id, MARKETING) == 3
    assert optouts.opted_out_of(tx, request_id, NOTICE) == 1
    assert optouts.opted_out_of(tx, request_id, OTP) == 0
    # Abroad a message has no signature: whichever was declined, it may be this one.
    tx.run("UPDATE messages SET signature = ''")
    assert optouts.opted_out_of(tx, request_id, MARKETING) == 4


def plan_of(tx: Tx, sql: str, **values: object) -> str:
    return " ".join(row["detail"] for row in tx.all(f"EXPLAIN QUERY PLAN {sql}", **values))


def test_every_look_up_uses_an_index(tx: Tx) -> None:
    scopes = {"signature": SIGNATURE, "scope": "all", "wider": "all"}
    counted = {"scope": "all", "wider": "all", "request_id": "R-1"}
    by_message = plan_of(tx, optouts.COUNT_BY_MESSAGE, **counted)
    assert "SEARCH messages USING" in by_message
    assert "SEARCH optouts USING PRIMARY KEY (number=?" in by_message
    by_optout = plan_of(tx, optouts.COUNT_BY_OPTOUT, **counted)
    assert "SEARCH messages USING INDEX messages_of_number (number=? AND request_id=?" in by_optout
    assert "SCAN messages" not in by_message + by_optout
    found = plan_of(tx, optouts.FIND, number="k", **scopes)
    assert "SEARCH optouts USING PRIMARY KEY (number=?" in found
    assert "optouts_latest" in plan_of(tx, optouts.LATEST, limit=1, skip=0)
    assert "USING COVERING INDEX optouts_latest" in plan_of(tx, optouts.COUNT_SOURCES)


def test_neither_number_nor_reason_is_readable_in_the_file(tx: Tx) -> None:
    optouts.add(tx, Optout(NUMBER, "", Scope.ALL, Source.PERSON, "moved away", "U1", NOW))
    (row,) = tx.all("SELECT * FROM optouts")
    stored = " ".join(map(str, tuple(row)))
    assert NUMBER.removeprefix("+86") not in stored
    assert "moved" not in stored
