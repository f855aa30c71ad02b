"""The card of a send to many: every state of it, in both languages, whatever stands in it."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.approvals import Verdict, Via, Vote
from bot.rules.classes import TemplateClass
from bot.rules.codes import CODES
from bot.rules.delivery import MessageState
from bot.rules.doubts import JobDoubts
from bot.rules.limits import Rule
from bot.rules.preflight import Preflight, Sample
from bot.rules.recipients import CheckFacts, CheckFault
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import EVERY_APP, Apps
from bot.rules.sending import Area, SendFault
from bot.slack.messages import apps, job_answers, job_files, job_progress, jobs
from bot.slack.messages.apps import AppRow
from bot.slack.messages.ballots import ApprovalView, Word
from bot.slack.messages.job_progress import Tally
from bot.slack.messages.jobs import ACTIVE, NOT_STARTED, JobCard, JobPhase
from handlers.flows.jobs import JobRefusal, StopReason
from tests.slack.made import HOSTILE, NOW

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NUMBER, MASKED = "13800000001", "+86 138****0001"
MANY = 1_000_000
STARTED = ACTIVE | {JobPhase.DONE, JobPhase.IN_DOUBT, JobPhase.CANCELLED, JobPhase.EXPIRED}
COUNTS: Mapping[MessageState, int] = {
    MessageState.HELD: 500,
    MessageState.IN_FLIGHT: 50,
    MessageState.ACCEPTED: 200,
    MessageState.DELIVERED: 225,
    MessageState.REFUSED: 20,
    MessageState.SKIPPED: 5,
}


def make_preflight(**changes: Any) -> Preflight:
    fields: dict[str, Any] = {
        "recipients": 1_000,
        "duplicates": 12,
        "bad_rows": 3,
        "opted_out": 5,
        "over_limit": {Rule.PER_DAY: 7, Rule.CARRIER_DAY: 1},
        "out_of_hours": 1_000,
        "spread": {1: 900, 2: 60, 3: 20, 4: 10, 5: 6, 6: 4},
        "shortest": 20,
        "longest": 400,
        "package_before": 10_000,
        "package_after": 8_700,
        "samples": (Sample(MASKED, HOSTILE * 60, 400, 6),) * 3,
        "duration_s": 4_000.0,
        "mainland": 990,
        "abroad": 10,
        "faults": (),
    }
    return Preflight(**(fields | changes))


def make_approval(state: RequestState = RequestState.AWAITING_APPROVAL) -> ApprovalView:
    vote = Vote("U0MAYA", Verdict.APPROVE, Via.BUTTON, NOW)
    return ApprovalView(
        request_id="R-7K3Q",
        sha256="ab" * 32,
        kind=RequestKind.SEND,
        name=HOSTILE,
        recipients=1_000,
        requester="U0LIN",
        state=state,
        needed=2,
        approvers=("@sms-approvers",),
        buttons_only=True,
        emoji=(),
        expires_at=NOW,
        words=(Word(vote, HOSTILE),),
    )


def make_job(phase: JobPhase, **changes: Any) -> JobCard:
    is_started = phase in STARTED
    fields: dict[str, Any] = {
        "request_id": "R-7K3Q",
        "sha256": "ab" * 32,
        "requester": "U0LIN",
        "app": "demo",
        "phase": phase,
        "state": RequestState.EXECUTING,
        "template_id": "1111",
        "template_name": HOSTILE,
        "signature": "腾讯云",
        "class_": TemplateClass.NOTICE,
        "file_name": f"{HOSTILE}.csv",
        "rows_read": 12_000 if phase is JobPhase.CHECKING else 1_003,
        "check_fault": CheckFault.EMPTY.value if phase is JobPhase.UNREADABLE else "",
        "check_facts": CheckFacts(ignored=(HOSTILE,)),
        "total": 1_000,
        "bad_rows": 3,
        "duplicates": 0,
        "preflight": None if phase is JobPhase.CHECKING else make_preflight(),
        "approval": make_approval() if phase is JobPhase.AWAITING else None,
        "at": NOW + timedelta(hours=9),
        "starts_at": NOW + timedelta(seconds=10),
        "ends_at": NOW + timedelta(hours=10),
        "started_at": NOW - timedelta(minutes=1) if is_started else None,
        "ended_at": None,
        "expires_at": NOW + timedelta(minutes=10),
        "counts": COUNTS if is_started else {MessageState.HELD: 1_000},
        "refused": (Tally("FailedOperation.TemplateUnapprovedOrNotExist", 15), Tally("dns", 5)),
        "skipped": (Tally("opted_out", 4), Tally("per_day", None)),
        "rate_per_s": 12.5,
        "stopped_by": "" if phase in NOT_STARTED else "U0MAYA",
        "stop_reason": StopReason.PAUSED.value,
        "waits_until": NOW + timedelta(hours=8),
        "doubts": None,
        "zone": SHANGHAI,
        "viewer_zone": None,
        "now": NOW,
    }
    return JobCard(**(fields | changes))


def said(message: SlackMessage) -> str:
    return json.dumps([message.text, *message.blocks], ensure_ascii=False)


def actions(message: SlackMessage) -> list[str]:
    """The action ids of all buttons."""
    return [
        str(each["action_id"])
        for block in message.blocks
        for each in (*block.get("elements", ()), block.get("accessory") or {})
        if "action_id" in each
    ]


def mrkdwn(found: Any) -> list[str]:
    """Every text in it that Slack reads as markup."""
    if isinstance(found, list):
        return [text for each in found for text in mrkdwn(each)]
    if not isinstance(found, Mapping):
        return []
    own = [str(found["text"])] if found.get("type") == "mrkdwn" else []
    return own + [text for each in found.values() for text in mrkdwn(each)]


def check(message: SlackMessage) -> None:
    """It fits Block Kit, has a text, and nothing from outside in it is markup."""
    assert message.text.strip()
    assert len(message.text) <= 4000
    assert len(message.blocks) <= 50
    for block in Block.parse_all([dict(block) for block in message.blocks]):
        assert block is not None
        block.validate_json()
    ids = [block["block_id"] for block in message.blocks if "block_id" in block]
    assert len(ids) == len(set(ids))
    assert all(len(block.get("fields") or ()) <= 10 for block in message.blocks)
    whole = said(message)
    for text in [message.text, *mrkdwn(list(message.blocks))]:
        for markup in ("<!channel>", "<@U1>", "<https://a.cn"):
            assert markup not in text
    assert NUMBER not in whole
    # A sentence whose values were forgotten; Slack's own dates hold braces too.
    assert not re.search(r"\{[a-z_]+\}", re.sub(r"<!date[^>]*>", "", whole))


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("phase", JobPhase)
def test_every_state_of_a_card_fits_block_kit(phase: JobPhase, locale: Locale) -> None:
    for viewer in (None, BERLIN, SHANGHAI):
        for is_copy in (False, True):
            shown = make_job(phase, viewer_zone=viewer)
            message = jobs.card(shown, locale, is_copy=is_copy)
            check(message)
            assert "R-7K3Q" in message.text


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("reason", [*StopReason, *list(CODES)[:9], "1016", "NobodyKnows.This"])
def test_whatever_stops_a_job_has_its_sentence(reason: str, locale: Locale) -> None:
    for phase in (JobPhase.PAUSED, JobPhase.APP_STOPPED, JobPhase.FAILED, JobPhase.EXPIRED):
        check(jobs.card(make_job(phase, stopped_by=jobs.RULE, stop_reason=reason), locale))
    for make in job_answers.NOTICES.values():
        check(make({"id": "R-7K3Q", "app": HOSTILE, "reason": reason}, locale))


COUNT = st.dictionaries(st.sampled_from(MessageState), st.integers(1, MANY))


@given(
    phase=st.sampled_from(JobPhase),
    locale=st.sampled_from(Locale),
    counts=COUNT,
    text=st.text(max_size=300),
    rate=st.floats(0, 5_000),
    tallies=st.lists(st.tuples(st.text(max_size=40), st.integers(0, MANY) | st.none()), max_size=9),
)
def test_no_text_and_no_count_breaks_a_card(
    phase: JobPhase,
    locale: Locale,
    counts: dict[MessageState, int],
    text: str,
    rate: float,
    tallies: list[tuple[str, int | None]],
) -> None:
    found = tuple(Tally(reason, count) for reason, count in tallies)
    shown = make_job(
        phase,
        counts=counts,
        template_name=text,
        file_name=text,
        app=text,
        stop_reason=text,
        refused=found,
        skipped=found,
        rate_per_s=rate,
    )
    message = jobs.card(shown, locale)
    for block in Block.parse_all([dict(block) for block in message.blocks]):
        assert block is not None
        block.validate_json()
    assert 0 <= job_progress.percent(counts) <= 100
    assert len(job_progress.bar(counts)) == job_progress.BAR_CELLS


@given(counts=COUNT)
def test_a_bar_is_full_only_where_all_is_handled(counts: dict[MessageState, int]) -> None:
    open_ = {*job_progress.WAITING, MessageState.IN_FLIGHT}
    is_over = bool(counts) and not open_ & counts.keys()
    assert (job_progress.bar(counts) == "█" * job_progress.BAR_CELLS) is is_over
    assert (job_progress.percent(counts) == 100) is is_over


@pytest.mark.parametrize(
    ("phase", "counts"),
    [
        (JobPhase.CANCELLED, {MessageState.CANCELLED: 9}),
        (JobPhase.EXPIRED, {MessageState.CANCELLED: 9}),
        (JobPhase.IN_DOUBT, {MessageState.IN_DOUBT: 9}),
        (JobPhase.DONE, {MessageState.DROPPED: 9}),
        (JobPhase.DONE, {MessageState.REFUSED: 9}),
    ],
)
def test_no_bar_stands_where_nothing_was_taken(
    phase: JobPhase, counts: dict[MessageState, int]
) -> None:
    shown = make_job(phase, counts=counts)
    for message in (
        jobs.card(shown, Locale.EN),
        job_answers.listing([("ended", [shown])], Locale.EN),
    ):
        assert "█" not in said(message)
        assert "░" not in said(message)


def test_at_the_end_the_bar_tells_what_was_taken() -> None:
    counts = {MessageState.DELIVERED: 400, MessageState.CANCELLED: 600}
    whole = said(jobs.card(make_job(JobPhase.CANCELLED, counts=counts), Locale.EN))
    assert "████████░░░░░░░░░░░░ 40 % · Tencent took 400 of 1,000" in whole
    assert "not reported on yet" not in whole
    listed = said(job_answers.listing([("ended", [make_job(JobPhase.CANCELLED)])], Locale.EN))
    assert "███░░░░░" in listed


def test_what_is_on_its_way_is_told_as_long_as_it_is() -> None:
    for phase in (JobPhase.RUNNING, JobPhase.PAUSED, JobPhase.CANCELLED):
        assert '"*Being sent*\\n50"' in said(jobs.card(make_job(phase), Locale.EN)), phase
    going = {MessageState.IN_FLIGHT: 9, MessageState.CANCELLED: 91}
    cancelled = jobs.card(make_job(JobPhase.CANCELLED, counts=going), Locale.EN, is_copy=True)
    assert cancelled.text.startswith("Cancelled: Tencent took 0 of 100 so far, 9 still being sent")


def test_accepted_is_not_called_delivered() -> None:
    counts = {MessageState.ACCEPTED: 1_000}
    whole = jobs.card(make_job(JobPhase.DONE, counts=counts), Locale.EN)
    assert whole.text.startswith("Tencent took 1,000 of 1,000, carriers have not reported")
    outcome = next(block for block in whole.blocks if "Delivered" in json.dumps(block))
    assert "*Delivered*\\n0" in json.dumps(outcome)
    counts = {MessageState.DELIVERED: 990, MessageState.UNDELIVERED: 10}
    whole = jobs.card(make_job(JobPhase.DONE, counts=counts), Locale.EN)
    assert whole.text.startswith("Finished: 990 of 1,000 delivered")


def test_a_running_card_tells_how_far_how_fast_and_how_long() -> None:
    whole = said(jobs.card(make_job(JobPhase.RUNNING), Locale.EN))
    assert "█████████░░░░░░░░░░░ 45 % · 450 of 1,000" in whole
    assert "12.5 a second · about 40 s left" in whole
    assert "15 × " in whole
    assert "4 × opted out" in whole


def test_bad_rows_are_left_out_only_where_a_person_says_so() -> None:
    with_bad = jobs.card(make_job(JobPhase.PREFLIGHT), Locale.EN)
    assert actions(with_bad) == [jobs.CONFIRM_GOOD, jobs.DISCARD, jobs.ERRORS]
    assert "Send the 1,000 good rows" in said(with_bad)
    clean = make_job(JobPhase.PREFLIGHT, preflight=make_preflight(bad_rows=0), bad_rows=0)
    assert actions(jobs.card(clean, Locale.EN)) == [jobs.CONFIRM, jobs.DISCARD]
    twice = replace(clean, duplicates=1)
    assert actions(jobs.card(twice, Locale.EN)) == [jobs.CONFIRM, jobs.DISCARD, jobs.ERRORS]


def test_what_stands_in_the_way_takes_the_send_button_away() -> None:
    fault = SendFault(Area.TEMPLATE, "rejected", {"template": "1111", "reply": HOSTILE * 9})
    barred = make_preflight(faults=(fault,))
    nobody = make_preflight(recipients=0, mainland=0, abroad=0, samples=(), spread={})
    for preflight in (barred, nobody):
        message = jobs.card(make_job(JobPhase.PREFLIGHT, preflight=preflight), Locale.EN)
        check(message)
        assert actions(message) == [jobs.DISCARD, jobs.ERRORS]
        assert "you can send it until" not in said(message)


def test_a_preflight_tells_all_of_it() -> None:
    whole = said(jobs.card(make_job(JobPhase.PREFLIGHT), Locale.EN))
    for fact in (
        "1,000 recipients (990 mainland, 10 abroad)",
        "3 rows cannot be used",
        "12 rows repeat a number",
        "5 opted out",
        "7 got as many today",
        "1 got as many of this kind today",
        "1,000 wait for the hours",
        "20 to 400 characters · 900 × 1 segment · 60 × 2 segments",
        "10 × more",
        "package 10,000 → 8,700",
        "Takes about 67 min",
        f"{MASKED} · 400 characters, 6 segments",
        "Nothing has been sent yet",
    ):
        assert fact in whole, fact


def test_a_package_too_small_is_said_and_no_figure_is_below_zero() -> None:
    short = make_preflight(package_before=400, package_after=-900)
    whole = said(jobs.card(make_job(JobPhase.PREFLIGHT, preflight=short), Locale.EN))
    assert ":warning: The package is 900 segments short: the send will stop at about 307 " in whole
    assert "package 400 → 0" in whole
    assert "segments short" not in said(jobs.card(make_job(JobPhase.PREFLIGHT), Locale.EN))


@pytest.mark.parametrize("phase", sorted(NOT_STARTED))
def test_a_stopped_app_is_told_before_it_starts(phase: JobPhase) -> None:
    by_maya = make_job(phase, stopped_by="U0MAYA", stop_reason="wrong *text*")
    whole = said(jobs.card(by_maya, Locale.EN))
    assert ":warning: App demo is stopped" in whole
    assert "<@U0MAYA> stopped the app." in whole
    assert "wrong" in whole
    by_rule = make_job(phase, stopped_by=jobs.RULE, stop_reason="NobodyKnows.This")
    assert "smsops stopped the app." in said(jobs.card(by_rule, Locale.EN))


@pytest.mark.parametrize(
    ("phase", "offered"),
    [
        (JobPhase.CHECKING, [jobs.DISCARD]),
        (JobPhase.UNDO, [jobs.UNDO]),
        (JobPhase.SCHEDULED, [jobs.MOVE, jobs.CANCEL]),
        (JobPhase.RUNNING, [jobs.PAUSE, jobs.CANCEL, jobs.RESULTS]),
        (JobPhase.PAUSED, [jobs.RESUME, jobs.CANCEL, jobs.RESULTS]),
        (JobPhase.CANCELLED, [jobs.RESULTS, jobs.ERRORS]),
        (JobPhase.DISCARDED, []),
    ],
)
def test_a_card_offers_what_can_be_done_now(phase: JobPhase, offered: list[str]) -> None:
    assert actions(jobs.card(make_job(phase), Locale.EN)) == offered


def test_the_buttons_of_a_copy_put_what_became_of_it_in_its_place() -> None:
    copy = jobs.card(make_job(JobPhase.RUNNING), Locale.EN, is_copy=True)
    assert actions(copy) == [jobs.PAUSE + jobs.HERE, jobs.CANCEL + jobs.HERE, jobs.RESULTS]


def test_a_card_that_waits_shows_who_must_say_yes_and_who_did() -> None:
    whole = jobs.card(make_job(JobPhase.AWAITING), Locale.EN)
    assert actions(whole)[:2] == ["approve.yes", "approve.no"]
    assert jobs.MOVE in actions(whole)
    assert jobs.MOVE not in actions(jobs.card(make_job(JobPhase.AWAITING, at=None), Locale.EN))
    assert "@sms-approvers" in said(whole)
    assert "<@U0MAYA> approved" in said(whole)


@pytest.mark.parametrize("locale", Locale)
def test_doubts_bring_their_own_part(locale: Locale) -> None:
    doubts = JobDoubts(
        total=20,
        asked=20,
        since=NOW,
        decidable_at=None,
        numbers=(MASKED,) * 10,
        hinted=2,
        waited_by="",
        ask_at=None,
        asked_to=NOW,
    )
    counts = {MessageState.IN_DOUBT: 20, MessageState.DELIVERED: 80}
    message = jobs.card(make_job(JobPhase.IN_DOUBT, doubts=doubts, counts=counts), locale)
    check(message)
    assert [each for each in actions(message) if each.startswith("doubt.")]


def test_times_are_named_in_the_team_s_zone_with_the_reader_s_beside_it() -> None:
    at = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    shown = make_job(JobPhase.SCHEDULED, starts_at=at)
    for_all = jobs.card(shown, Locale.EN)
    assert "09:00" in for_all.text
    assert f"<!date^{int(at.timestamp())}" in for_all.text
    for_one = jobs.card(replace(shown, viewer_zone=BERLIN), Locale.EN)
    assert "09:00" in for_one.text
    assert "02:00" in for_one.text
    for_neighbour = jobs.card(replace(shown, viewer_zone=SHANGHAI), Locale.EN)
    assert for_neighbour.text.count(":00") == 1


@pytest.mark.parametrize("locale", Locale)
def test_the_list_fits_block_kit(locale: Locale) -> None:
    many = [make_job(phase) for phase in JobPhase]
    names = ("running", "scheduled", "mine", "ended")
    check(job_answers.listing([(name, many) for name in names], locale))
    check(job_answers.listing([(name, []) for name in names], locale))
    check(job_answers.several_fit("pause", many, locale))


@pytest.mark.parametrize("locale", Locale)
def test_every_answer_has_its_sentence(locale: Locale) -> None:
    for refusal in JobRefusal:
        check(job_answers.refused(refusal.value, HOSTILE, locale))
    for verb in ("show", "pause", "resume", "cancel"):
        check(job_answers.none_fits(verb, locale))
    for closest in (None, "R-7K3Q"):
        check(job_answers.unknown(HOSTILE * 9, closest, locale))
        check(apps.unknown(HOSTILE * 9, closest, locale))
    for make in (
        job_answers.making,
        job_answers.busy,
        job_answers.sent,
        job_answers.not_made,
        job_answers.empty,
    ):
        check(make("R-7K3Q", locale))
    for phase in (JobPhase.SCHEDULED, JobPhase.AWAITING):
        assert "R-7K3Q" in job_answers.moved(make_job(phase), locale)


@pytest.mark.parametrize("locale", Locale)
def test_the_forms_fit_block_kit(locale: Locale) -> None:
    for view in (
        job_answers.move_form(make_job(JobPhase.SCHEDULED), locale),
        apps.resume_form("C0SMS", "demo", locale),
    ):
        View(**view).validate_json()
        assert len(view["title"]["text"]) <= 24
    assert apps.uncarry("C0SMS:demo") == ("C0SMS", "demo")


def make_row(**changes: Any) -> AppRow:
    fields: dict[str, Any] = {
        "name": "demo",
        "sdk_app_id": "1400000001",
        "is_default": True,
        "is_meant": True,
        "is_own_choice": False,
        "stopped_by": "",
        "stopped_at": None,
        "reason": "",
        "asked": "",
    }
    return AppRow(**(fields | changes))


@pytest.mark.parametrize("locale", Locale)
def test_the_list_of_apps_tells_who_stopped_which_and_why(locale: Locale) -> None:
    stopped = make_row(stopped_by="U0LIN", stopped_at=NOW, reason=HOSTILE)
    by_rule = make_row(stopped_by=jobs.RULE, stopped_at=NOW, reason="AuthFailure.SecretIdNotFound")
    rows = [make_row(), stopped, by_rule, replace(stopped, asked="R-7K3Q")]
    message = apps.listing(rows * 20, locale, may_stop=EVERY_APP, said="*x*")
    check(message)
    assert actions(apps.listing(rows, locale, may_stop=EVERY_APP)) == [
        apps.PAUSE,
        apps.RESUME,
        apps.RESUME,
    ]
    assert actions(apps.listing(rows, locale, may_stop=Apps(frozenset()))) == []
    for facts in ({"app": "demo", "by": "U0LIN", "reason": each} for each in ("", HOSTILE)):
        check(apps.announced(facts, locale))


@pytest.mark.parametrize("locale", Locale)
def test_a_number_somebody_typed_reaches_no_channel(locale: Locale) -> None:
    typed = f"号码{NUMBER}投诉"
    shown = [
        jobs.card(make_job(JobPhase.APP_STOPPED, stopped_by="U0MAYA", stop_reason=typed), locale),
        jobs.card(make_job(JobPhase.PREFLIGHT, file_name=f"{typed}.csv"), locale),
        apps.announced({"app": "demo", "by": "U0LIN", "reason": typed}, locale),
        apps.unknown(NUMBER, None, locale),
        job_answers.unknown(NUMBER, None, locale),
    ]
    for message in shown:
        shown_text = json.dumps([message.text, *message.blocks], ensure_ascii=False)
        assert NUMBER not in shown_text
        # Stars that are no markup.
        assert MASKED in shown_text.replace("∗", "*")


@pytest.mark.parametrize(
    ("good", "label"), [(1, "Send the 1 good row"), (2, "Send the 2 good rows")]
)
def test_one_is_told_as_one(good: int, label: str) -> None:
    preflight = make_preflight(recipients=good, spread={1: good}, package_before=None)
    shown = jobs.card(make_job(JobPhase.PREFLIGHT, preflight=preflight), Locale.EN)
    said = json.dumps(shown.blocks, ensure_ascii=False)
    assert f'"{label}"' in said
    assert ("1 segment billed" in said) is (good == 1)


@pytest.mark.parametrize(
    ("cell", "written"), [("+86 138****0001", "86 138****0001"), ("+86 1x", "+86 1x"), ("", "")]
)
def test_both_files_write_a_masked_number_the_same_way(cell: str, written: str) -> None:
    assert job_files.number_cell(cell) == written
