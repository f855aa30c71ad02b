from functools import partial

from bot.errors import WrongDataKey
from storage import requests
from storage.damage import Damage
from storage.db import Tx
from tests.storage.rows import add_request


def test_what_cannot_be_read_undoes_what_was_done_for_it_and_nothing_else(tx: Tx) -> None:
    whole, broken = add_request(tx), add_request(tx)
    tx.run("UPDATE requests SET payload = 'broken' WHERE id = :id", id=broken)
    damage = Damage()

    def move(request_id: str) -> bool:
        tx.run("UPDATE requests SET reason = 'moved' WHERE id = :id", id=request_id)
        return requests.get(tx, request_id) is not None

    moved = [
        damage.within(tx, each, partial(move, each), otherwise=False) for each in (broken, whole)
    ]
    assert moved == [False, True]
    reasons = {row["id"]: row["reason"] for row in tx.all("SELECT id, reason FROM requests")}
    assert (reasons[broken], reasons[whole]) == ("", "moved")
    assert (damage.rows, type(damage.first)) == ((broken,), WrongDataKey)
