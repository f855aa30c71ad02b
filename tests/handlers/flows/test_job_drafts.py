"""A send to many, from what was asked to the requester's word."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.rules.requests import RequestState
from bot.rules.sending import SendFault
from bot.settings import Settings
from handlers.flows import job_drafts
from handlers.flows.drafts import ConfirmRefusal, Refusal
from handlers.flows.job_drafts import Attached, Confirmed, JobDraft, Pasted
from storage import cards, content, jobs, messages, requests
from storage.db import Tx
from storage.requests import Request, hash_of
from tests.handlers.flows.job_lists import (
    FILE,
    MARKETING,
    NOTICE,
    SIGN,
    checked,
    draft_of,
    drafted,
    job_of,
    list_content,
    number,
    request_of,
)
from tests.handlers.flows.running import EDITS, edited
from tests.storage.rows import LIN, MAYA, NOW, later

TWO = Pasted((number(1), number(2)))
BAD = Pasted((number(1), "95588", number(2)))
MANY = Pasted(tuple(number(nth) for nth in range(101)))
End = Confirmed | Refusal | tuple[SendFault, ...]


@pytest.fixture
def listed(tx: Tx) -> Tx:
    list_content(tx)
    return tx


def ready(
    tx: Tx, settings: Settings, source: Pasted = TWO, template: str = "2220", *values: str
) -> Request:
    """Checked, and shown to Lin."""
    return checked(tx, draft_of(settings, source, template, *(values or ("Lin",))), settings)


def confirm(
    tx: Tx,
    shown: Request,
    settings: Settings,
    *,
    user: str = LIN,
    s: float = 1,
    good_rows_only: bool = False,
) -> End:
    return job_drafts.confirm_job(
        tx, shown.id, shown.sha256[:32], user, settings, later(s=s), good_rows_only=good_rows_only
    )


def reason(end: object) -> ConfirmRefusal:
    assert isinstance(end, Refusal), end
    return end.reason


def faults(end: object) -> list[str]:
    assert isinstance(end, tuple), end
    return [fault.reason for fault in end]


def test_what_is_asked_has_its_card_at_once_and_sends_nothing(
    listed: Tx, settings: Settings
) -> None:
    request_id = drafted(listed, draft_of(settings, TWO, "2220", "Lin"))
    (card,) = cards.find_due(listed, NOW, 9)
    assert (card.request_id, card.channel) == (request_id, "C0SMS")
    assert request_of(listed, request_id).state is RequestState.DRAFT
    assert messages.of_request(listed, request_id) == []
    job = job_of(listed, request_id)
    assert (job.checked_at, job.is_equal, job.valid_for_s) == (None, True, 14_400)
    assert job.source_file == {
        "kind": "pasted",
        "text": f"{number(1)}\n{number(2)}",
        "values": {"1": "Lin"},
    }


def test_a_file_is_asked_for_with_where_it_is_and_what_every_row_shares(
    listed: Tx, settings: Settings
) -> None:
    request_id = drafted(listed, draft_of(settings, FILE))
    assert job_of(listed, request_id).source_file == {
        "kind": "file",
        "file_id": "F1",
        "name": "list.csv",
        "size_bytes": 120,
        "url": "https://files.slack.com/list.csv",
        "values": {},
    }
    # Where Slack keeps it is nobody's business who is shown the request.
    assert request_of(listed, request_id).payload["source"] == {
        "kind": "file",
        "name": "list.csv",
        "size_bytes": 120,
    }


def test_what_stands_in_the_way_is_told_and_nothing_is_kept(tx: Tx, settings: Settings) -> None:
    list_content(tx, NOTICE)
    assert faults(job_drafts.draft_job(tx, draft_of(settings, TWO, "9999", "Lin"), NOW)) == [
        "unknown"
    ]
    assert tx.all("SELECT id FROM requests") == []
    assert tx.all("SELECT request_id FROM jobs") == []


def test_a_small_send_is_approved_by_its_requesters_word(listed: Tx, settings: Settings) -> None:
    shown = ready(listed, settings)
    assert confirm(listed, shown, settings) == Confirmed(shown.id, RequestState.APPROVED)
    undo = timedelta(seconds=settings.sending.undo_s)
    assert job_of(listed, shown.id).starts_at == later(s=1) + undo


def test_a_large_one_waits_for_somebody_else(listed: Tx, settings: Settings) -> None:
    shown = ready(listed, settings, MANY)
    end = confirm(listed, shown, settings)
    assert end == Confirmed(shown.id, RequestState.AWAITING_APPROVAL)
    assert job_of(listed, shown.id).starts_at is None


def test_marketing_waits_for_somebody_else_from_two_on(listed: Tx, settings: Settings) -> None:
    asked = draft_of(settings, TWO, MARKETING.template_id)
    end = confirm(listed, checked(listed, asked, settings), settings)
    assert isinstance(end, Confirmed)
    assert end.state is RequestState.AWAITING_APPROVAL


def test_a_second_click_changes_nothing(listed: Tx, settings: Settings) -> None:
    shown = ready(listed, settings)
    confirm(listed, shown, settings)
    assert reason(confirm(listed, shown, settings)) is ConfirmRefusal.ALREADY_ASKED


def test_nobody_else_can_confirm_or_discard(listed: Tx, settings: Settings) -> None:
    shown = ready(listed, settings)
    assert reason(confirm(listed, shown, settings, user=MAYA)) is ConfirmRefusal.NOT_YOURS
    end = job_drafts.discard_job(listed, shown.id, MAYA, NOW)
    assert reason(end) is ConfirmRefusal.NOT_YOURS
    assert request_of(listed, shown.id).state is RequestState.DRAFT


def test_nothing_is_confirmed_before_its_recipients_are_known(
    listed: Tx, settings: Settings
) -> None:
    unread = request_of(listed, drafted(listed, draft_of(settings, TWO, "2220", "Lin")))
    assert reason(confirm(listed, unread, settings)) is ConfirmRefusal.UNCHECKED


def test_bad_rows_are_left_out_only_on_purpose(listed: Tx, settings: Settings) -> None:
    shown = ready(listed, settings, BAD)
    assert reason(confirm(listed, shown, settings)) is ConfirmRefusal.BAD_ROWS
    assert isinstance(confirm(listed, shown, settings, good_rows_only=True), Confirmed)


def test_the_click_counts_from_the_end_of_the_check(listed: Tx, settings: Settings) -> None:
    request_id = drafted(listed, draft_of(settings, TWO, "2220", "Lin"), now=later(minutes=-300))
    assert request_of(listed, request_id).expires_at > NOW
    shown = ready(listed, settings)
    valid_s = settings.sending.preview_valid_s
    assert shown.expires_at == later(s=valid_s)
    assert reason(confirm(listed, shown, settings, s=valid_s)) is ConfirmRefusal.EXPIRED
    assert isinstance(confirm(listed, shown, settings, s=valid_s - 1), Confirmed)


def test_a_click_on_the_card_of_the_check_confirms_nothing(listed: Tx, settings: Settings) -> None:
    asked = draft_of(settings, TWO, "2220", "Lin")
    unread = request_of(listed, drafted(listed, asked))
    shown = checked(listed, asked, settings)
    assert shown.sha256 != unread.sha256
    assert shown.sha256 == hash_of(listed, shown.payload)


@pytest.mark.parametrize(
    "other",
    [
        {"values": ("Bo",)},
        {"valid_for_s": 3_600},
        {"at": later(minutes=60)},
        {"source": Pasted((number(1), number(3)))},
        {"template": MARKETING.template_id, "values": ()},
    ],
)
def test_the_hash_is_of_all_that_would_be_sent(
    listed: Tx, settings: Settings, other: dict[str, object]
) -> None:
    def asked(**changed: object) -> JobDraft:
        given: dict[str, object] = {"source": TWO, "template": "2220", "values": ("Lin",)}
        given |= changed
        values = given.pop("values")
        source, template = given.pop("source"), given.pop("template")
        return draft_of(settings, source, template, *values, **given)  # type: ignore[arg-type, misc]

    one, same = (checked(listed, asked(), settings) for _ in range(2))
    changed = checked(listed, asked(**other), settings)
    assert one.sha256 == same.sha256
    assert one.sha256 != changed.sha256


def test_two_lists_with_the_same_numbers_and_other_words_differ(
    listed: Tx, settings: Settings
) -> None:
    one, other = (
        checked(
            listed,
            draft_of(settings, FILE),
            settings,
            [("phone", "1"), (number(1), "Lin"), (number(2), name), (number(3), "Bo")],
        )
        for name in ("Eve", "Ann")
    )
    samples = [shown.payload["preflight"]["samples"] for shown in (one, other)]
    assert one.payload["rows_sha256"] != other.payload["rows_sha256"]
    assert samples[0][0] == samples[1][0]


@pytest.mark.parametrize("text", ["你好啊 {1}", "你好 {1} {2}"])
def test_a_template_that_changed_since_is_not_sent(
    listed: Tx, settings: Settings, text: str
) -> None:
    shown = ready(listed, settings)
    changed = NOTICE.__class__("2220", "notice", text, True, True, NOTICE.review, "")
    content.replace_templates(listed, [changed], NOW)
    assert reason(confirm(listed, shown, settings)) is ConfirmRefusal.CHANGED
    assert request_of(listed, shown.id).state is RequestState.DRAFT


def test_a_template_or_signature_that_is_gone_is_not_sent(listed: Tx, settings: Settings) -> None:
    shown = ready(listed, settings)
    content.replace_signatures(listed, [], NOW)
    assert faults(confirm(listed, shown, settings)) == ["unknown"]
    content.replace_signatures(listed, [SIGN], NOW)
    content.replace_templates(listed, [], NOW)
    assert reason(confirm(listed, shown, settings)) is ConfirmRefusal.CHANGED


def test_an_app_that_is_gone_from_app_yaml_sends_nothing(listed: Tx, settings: Settings) -> None:
    shown = ready(listed, settings)
    renamed = settings.apps[0].model_copy(update={"name": "renamed"})
    others = settings.model_copy(update={"apps": (renamed,)})
    assert reason(confirm(listed, shown, others)) is ConfirmRefusal.CHANGED


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: str(edit)[:24])
def test_what_app_yaml_says_is_part_of_what_was_shown(
    listed: Tx, settings: Settings, edit: Mapping[str, Any]
) -> None:
    using = edited(settings, international=("SG", "US"))
    shown = ready(listed, using)
    assert shown.payload["sdk_app_id"] == using.apps[0].sdk_app_id
    assert shown.payload["international"] == ["SG", "US"]
    assert reason(confirm(listed, shown, edited(using, **edit))) is ConfirmRefusal.CHANGED
    assert isinstance(confirm(listed, shown, using), Confirmed)


def test_what_cannot_be_sent_at_all_says_why(listed: Tx, settings: Settings) -> None:
    shown = ready(listed, settings, Pasted(("95588", "110")))
    assert faults(confirm(listed, shown, settings, good_rows_only=True)) == ["nobody"]


def test_a_time_that_ran_out_while_the_draft_waited_is_not_sent(
    listed: Tx, settings: Settings
) -> None:
    asked = draft_of(settings, TWO, "2220", "Lin", at=later(s=10), valid_for_s=60)
    shown = checked(listed, asked, settings)
    assert faults(confirm(listed, shown, settings, s=100)) == ["over"]


def test_a_draft_can_be_dropped_while_it_is_read(listed: Tx, settings: Settings) -> None:
    request_id = drafted(listed, draft_of(settings, TWO, "2220", "Lin"))
    end = job_drafts.discard_job(listed, request_id, LIN, later(s=1))
    assert end is RequestState.WITHDRAWN
    again = job_drafts.discard_job(listed, request_id, LIN, later(s=2))
    assert reason(again) is ConfirmRefusal.ALREADY_DISCARDED


def test_what_was_confirmed_is_not_discarded(listed: Tx, settings: Settings) -> None:
    shown = ready(listed, settings)
    confirm(listed, shown, settings)
    end = job_drafts.discard_job(listed, shown.id, LIN, later(s=2))
    assert reason(end) is ConfirmRefusal.ALREADY_ASKED
    assert request_of(listed, shown.id).state is RequestState.APPROVED


def test_a_draft_nobody_confirms_expires(listed: Tx, settings: Settings) -> None:
    shown, confirmed = ready(listed, settings), ready(listed, settings)
    confirm(listed, confirmed, settings)
    valid_s = settings.sending.preview_valid_s
    assert job_drafts.expire_due(listed, later(s=valid_s - 1)) == 0
    assert job_drafts.expire_due(listed, later(s=valid_s)) == 1
    assert request_of(listed, shown.id).state is RequestState.EXPIRED
    assert request_of(listed, confirmed.id).state is RequestState.APPROVED


def test_the_rows_of_what_nobody_wants_are_deleted_and_no_others(
    listed: Tx, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_drafts, "DROPPED_AT_ONCE", 2)
    dropped, kept = ready(listed, settings, BAD), ready(listed, settings, BAD)
    job_drafts.discard_job(listed, dropped.id, LIN, later(s=1))
    rounds = 0
    while job_drafts.drop_some(listed, later(s=2)):
        rounds += 1
    assert rounds == 2
    assert messages.of_request(listed, dropped.id) == []
    assert len(messages.of_request(listed, kept.id)) == 2
    left = listed.all("SELECT DISTINCT request_id FROM bad_rows")
    assert [row["request_id"] for row in left] == [kept.id]
    job = job_of(listed, dropped.id)
    assert (job.ended_at, job.source_file) == (later(s=2), {"kind": "pasted"})
    # What its card tells stays, without what was said to whom.
    assert (job.total, job.bad_rows) == (2, 1)
    payload = request_of(listed, dropped.id).payload
    assert (payload["values"], payload["preflight"]["samples"]) == (None, [])


def test_a_list_asked_for_by_hand_and_one_in_a_file_meet_no_other_rule(
    listed: Tx, settings: Settings
) -> None:
    rows = [("phone", "1"), (number(1), "Lin"), (number(2), "Lin")]
    pasted = ready(listed, settings)
    file = checked(listed, draft_of(settings, FILE), settings, rows)
    shown = [request.payload["preflight"] for request in (pasted, file)]
    assert shown[0] == shown[1]
    assert isinstance(FILE, Attached)
    assert jobs.counts(listed, pasted.id) == jobs.counts(listed, file.id)
    assert requests.get(listed, "R-0000") is None
