import secrets
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.requests import RequestEvent, RequestState
from storage import requests
from storage.db import Tx
from storage.requests import Request, canonical, payload_sha256
from tests.storage.rows import LIN, NOW, NUMBER, add_request, later

PAYLOADS = st.dictionaries(st.text(), st.text() | st.lists(st.text()))


def must_get(tx: Tx, request_id: str) -> Request:
    request = requests.get(tx, request_id)
    assert request is not None
    return request


def test_a_request_is_found_as_it_was_asked(tx: Tx) -> None:
    request = must_get(tx, add_request(tx))
    assert request.payload == {"number": NUMBER, "content": "码 {1}"}
    assert request.sha256 == payload_sha256(request.payload)
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
    assert payload_sha256({**payload, "more": 1}) != payload_sha256(payload)


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
