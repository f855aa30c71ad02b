"""What is counted of a job: reasons, pace, pages of results."""

from datetime import timedelta

import pytest

from bot.rules.delivery import MessageState
from storage import app_choices, job_figures, job_results
from storage.db import Tx
from storage.ids import RequestId, to_ms
from storage.job_figures import REASONS_AMONG, Reason
from tests.storage.rows import LIN, MAYA, NOW, NUMBER, add_request, later

ADD = """
INSERT INTO messages (id, request_id, app, number, class, template_id, signature,
  template_values, content, state, due_at_ms, give_up_at_ms, attempts, code, detail,
  tencent_request_id, carrier_code, hint, settled_by, created_at_ms, changed_at_ms, file_row,
  signed_at_ms)
VALUES (:id, :request_id, 'demo', :number, 'notice', '1111', '腾讯云', '', '', :state, 0, 0, 0,
  :code, :detail, '', '', '', '', 0, 0, :row, :signed)
"""
REFUSED, ACCEPTED = MessageState.REFUSED, MessageState.ACCEPTED


def add_rows(
    tx: Tx,
    request_id: RequestId,
    count: int,
    state: MessageState = ACCEPTED,
    *,
    code: str = "",
    detail: str = "",
    first: int = 1,
    signed_ms: int | None = None,
) -> None:
    """Messages as a job's list leaves them: ids ascend with the rows."""
    tx.run_many(
        ADD,
        (
            {
                "id": f"{request_id}-{row:07}",
                "request_id": request_id,
                "number": tx.vault.seal_number(f"+86138{row:08}"),
                "state": state.value,
                "code": code,
                "detail": detail,
                "row": row,
                "signed": signed_ms,
            }
            for row in range(first, first + count)
        ),
    )


@pytest.fixture
def job(tx: Tx) -> RequestId:
    return add_request(tx)


def test_reasons_are_codes_or_words_the_commonest_first(tx: Tx, job: RequestId) -> None:
    add_rows(tx, job, 2, REFUSED, code="1016", detail="shape")
    add_rows(tx, job, 3, REFUSED, detail="dns", first=10)
    add_rows(tx, job, 1, ACCEPTED, first=20)
    assert job_figures.reasons(tx, job, REFUSED, 5) == (Reason("dns", 3), Reason("1016", 2))
    assert job_figures.reasons(tx, job, MessageState.SKIPPED, 0) == ()


def test_of_too_many_the_reasons_are_named_and_not_counted(tx: Tx, job: RequestId) -> None:
    add_rows(tx, job, 2, REFUSED, code="1016")
    found = job_figures.reasons(tx, job, REFUSED, REASONS_AMONG + 1)
    assert found == (Reason("1016", None),)


def test_the_pace_is_that_of_the_last_seconds(tx: Tx, job: RequestId) -> None:
    assert job_figures.rate_per_s(tx, job, NOW) == 0.0
    long_ago, lately = to_ms(later(minutes=-10)), to_ms(later(s=-10))
    add_rows(tx, job, 500, signed_ms=long_ago)
    assert job_figures.rate_per_s(tx, job, NOW) == 0.0
    add_rows(tx, job, 50, signed_ms=lately, first=1_000)
    add_rows(tx, job, 50, REFUSED, signed_ms=to_ms(NOW), first=2_000)
    assert job_figures.rate_per_s(tx, job, NOW) == 10.0


def test_all_of_one_moment_is_no_pace_without_end(tx: Tx, job: RequestId) -> None:
    add_rows(tx, job, 50, signed_ms=to_ms(NOW))
    assert job_figures.rate_per_s(tx, job, NOW) == 50.0


def test_results_come_page_by_page_in_the_order_of_the_file(tx: Tx, job: RequestId) -> None:
    other = add_request(tx)
    add_rows(tx, other, 3)
    add_rows(tx, job, 5, first=100)
    within = job_results.ends(tx, job)
    assert within is not None
    rows: list[int | None] = []
    after = ""
    while True:
        lines, after = job_results.page(tx, job, within, after, 2)
        if not lines:
            break
        assert len(lines) <= 2
        rows += [line.file_row for line in lines]
    assert rows == [100, 101, 102, 103, 104]
    assert job_results.ends(tx, add_request(tx)) is None


def test_no_full_number_leaves_the_store_with_a_result(tx: Tx, job: RequestId) -> None:
    add_rows(tx, job, 1, first=1)
    within = job_results.ends(tx, job)
    assert within is not None
    ([line], _) = job_results.page(tx, job, within, "", 9)
    assert line.number == "+86 138****0001"
    assert NUMBER not in repr(line)


def test_a_page_is_read_by_key_and_never_sorted(tx: Tx) -> None:
    plan = tx.all(
        f"EXPLAIN QUERY PLAN {job_results.PAGE}",
        first="a",
        after="",
        last="b",
        request_id="R-1",
        limit=2,
    )
    said = " ".join(row["detail"] for row in plan)
    assert "TEMP B-TREE" not in said
    assert "sqlite_autoindex_messages_1" in said


def test_a_choice_is_one_person_s_in_one_channel(tx: Tx) -> None:
    app_choices.put(tx, LIN, "C0SMS", "demo", NOW)
    app_choices.put(tx, LIN, "C0SMS", "shop", NOW + timedelta(seconds=1))
    assert app_choices.get(tx, LIN, "C0SMS") == "shop"
    assert app_choices.get(tx, MAYA, "C0SMS") is None
    assert app_choices.get(tx, LIN, "C0GENERAL") is None
    app_choices.forget(tx, LIN, "C0SMS")
    assert app_choices.get(tx, LIN, "C0SMS") is None
