import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.requests import RequestEvent, RequestState
from storage import about, requests
from storage.db import Tx, open_database
from storage.requests import Request, canonical, hash_of
from tests.storage.rows import (
    LIN,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    VAULT,
    add_request,
    later,
    open_tx,
)

PAYLOADS = st.dictionaries(st.text(), st.text() | st.lists(st.text()))


def must_get(tx: Tx, request_id: str) -> Request:
    request = requests.get(tx, request_id)
    assert request is not None
    return request


def test_a_request_is_found_as_it_was_asked(tx: Tx) -> None:
    request = must_get(tx, add_request(tx))
    assert request.payload == {"number": NUMBER, "content": "码 {1}"}
    assert request.sha256 == hash_of(tx, request.payload)
    assert requests.is_as_asked(tx, request)
    assert request.state is RequestState.DRAFT
    assert request.requester == LIN
    assert request.expires_at == NOW + timedelta(minutes=10)
    assert requests.get(tx, "R-NONE") is None


def test_what_was_asked_cannot_be_read_in_the_file(tx: Tx) -> None:
    add_request(tx)
    row = tx.one("SELECT payload FROM requests")
    assert row is not None
    assert NUMBER.removeprefix("+86") not in row["payload"]


@given(PAYLOADS)
def test_the_hash_is_of_the_content_and_not_of_its_order(payload: dict[str, object]) -> None:
    turned = dict(reversed(payload.items()))
    assert canonical(turned) == canonical(payload)
    assert canonical({**payload, "more": 1}) != canonical(payload)


def test_a_word_is_bound_to_what_was_shown_and_nobody_finds_the_number_by_trying(tx: Tx) -> None:
    request = must_get(tx, add_request(tx))
    plain = sha256(canonical(request.payload).encode()).hexdigest()
    assert request.sha256 != plain
    assert len(request.sha256) == len(plain)
    # What was asked before the hash had a key is bound as well; anything else is not.
    assert requests.is_as_asked(tx, replace(request, sha256=plain))
    assert not requests.is_as_asked(tx, replace(request, payload={"number": OTHER_NUMBER}))
    assert not requests.is_as_asked(tx, replace(request, sha256=""))


def test_an_id_that_is_taken_grows_a_letter(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    def always_first(letters: Sequence[str]) -> str:
        return letters[0]

    monkeypatch.setattr(secrets, "choice", always_first)
    ids = [add_request(tx) for _ in range(3)]
    assert ids == ["R-0000", "R-00000", "R-000000"]
    assert len({must_get(tx, each).id for each in ids}) == 3


def test_of_two_who_move_a_request_the_first_one_does(tx: Tx) -> None:
    seen = must_get(tx, add_request(tx))
    moved = requests.advance(tx, seen, RequestEvent.CONFIRM, NOW)
    assert moved is RequestState.EXECUTING
    assert requests.advance(tx, seen, RequestEvent.CONFIRM, NOW) is None
    assert requests.advance(tx, seen, RequestEvent.WITHDRAW, NOW, reason=LIN) is None
    assert must_get(tx, seen.id).state is RequestState.EXECUTING


def test_an_event_that_comes_too_late_changes_nothing(tx: Tx) -> None:
    draft = must_get(tx, add_request(tx))
    assert requests.advance(tx, draft, RequestEvent.SUCCEED, NOW) is None
    requests.advance(tx, draft, RequestEvent.WITHDRAW, later(s=1), reason=LIN)
    withdrawn = must_get(tx, draft.id)
    assert (withdrawn.state, withdrawn.reason) == (RequestState.WITHDRAWN, LIN)
    assert requests.advance(tx, withdrawn, RequestEvent.CONFIRM, NOW) is None


def plain_of(request: Request) -> str:
    return sha256(canonical(request.payload).encode()).hexdigest()


def given_plain_hash(tx: Tx, state: RequestState = RequestState.DRAFT) -> Request:
    """A request as an earlier program kept it."""
    request = must_get(tx, add_request(tx))
    kept = {"id": request.id, "state": state.value, "sha256": plain_of(request)}
    tx.run("UPDATE requests SET sha256 = :sha256, state = :state WHERE id = :id", **kept)
    return must_get(tx, request.id)


def test_what_is_forgotten_is_in_no_hash_without_a_key_either(tx: Tx) -> None:
    ways: list[Callable[[Request], None]] = [
        lambda request: requests.wipe_values(tx, request, NOW),
        lambda request: requests.put_number(tx, request, "forgotten:1"),
        lambda request: requests.put_payload(tx, request, {}),
    ]
    for forget in ways:
        request = given_plain_hash(tx)
        assert requests.is_as_asked(tx, request)
        # Nor is it where the trail keeps it for years.
        assert requests.keyed_hash_of(tx, request) == hash_of(tx, request.payload)
        forget(request)
        after = must_get(tx, request.id)
        assert after.sha256 == hash_of(tx, request.payload)
        assert requests.keyed_hash_of(tx, after) == after.sha256


def test_the_first_start_takes_hashes_without_a_key_from_all_that_is_over(path: Path) -> None:
    with open_tx(path) as tx:
        request = given_plain_hash(tx, RequestState.DONE)
        waiting = given_plain_hash(tx, RequestState.AWAITING_APPROVAL)
        tx.run("DELETE FROM about WHERE name = :name", name=about.KEYED_HASHES)
        tx.conn.execute("COMMIT")
    open_database(path, VAULT).close()
    with open_tx(path) as tx:
        once = must_get(tx, request.id).sha256
        assert once == VAULT.digest(plain_of(request))
        # A word about it counts as before.
        assert must_get(tx, waiting.id) == waiting
    open_database(path, VAULT).close()
    with open_tx(path) as tx:
        assert must_get(tx, request.id).sha256 == once
