"""The card of a change of limits and what is said about it: all of it, in both languages."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.limit_words import CapFault, CapReason, Caution, CautionReason
from bot.rules.numbers import COUNTRIES
from bot.rules.policies import CLASSIC, MEASURES, WINDOWS
from bot.rules.requests import RequestKind, RequestState
from bot.rules.simulation import BusyHour, Simulation
from bot.rules.subjects import LimitsChange
from bot.slack.messages import limit_answers, limit_changes, limit_forms
from bot.slack.messages.ballots import ApprovalView
from bot.slack.messages.limit_changes import LimitsCard, LimitsPhase, Overlap
from bot.slack.messages.limit_forms import Carried, Held, LimitFields
from bot.slack.messages.notices import KINDS
from handlers.commands import limit_card
from handlers.flows.limit_drafts import LimitRefusal
from tests.slack.made import HOSTILE, NOW

SHA = "0123456789abcdef" * 4
MANY = [f"SG.{each}" for each in MEASURES] + [f"otp.{each}" for each in WINDOWS] + ["number.day"]
CHANGE = LimitsChange(
    caps=dict.fromkeys(MANY, 3),
    before=dict.fromkeys(MANY),
    at_ms=1_795_400_000_000,
    for_s=93_660,
    until_ms=None,
    reason=HOSTILE * 20,
)
SIMULATION = Simulation(
    NOW - timedelta(days=30),
    NOW,
    sends=10_000_000,
    numbers=1_000_000,
    blocked={"otp": 1_000, "notice": 200},
    blocked_by={"number.day": 1_200},
    blocked_numbers=900,
    worst_hour=BusyHour(NOW, 300),
)
CAUTIONS = tuple(Caution(reason, "number.day", 20, "otp.day", 10) for reason in CautionReason)
SOON = NOW + timedelta(hours=1)
HELD = Held(CLASSIC.policy, {"number.day": SOON}, ZoneInfo("Asia/Shanghai"))
OVERLAPS = tuple(
    Overlap("R-0001", "SG.stop=2 " * 99, starts_at, ends_at, is_above)
    for starts_at in (None, SOON)
    for ends_at in (None, SOON)
    for is_above in (True, False)
)


def made(phase: LimitsPhase, **changes: Any) -> LimitsCard:
    fields: dict[str, Any] = {
        "request_id": "R-7K3Q",
        "sha256": SHA,
        "requester": "U0LIN",
        "app": HOSTILE,
        "phase": phase,
        "state": RequestState.AWAITING_APPROVAL,
        "change": CHANGE,
        "simulation": SIMULATION,
        "cautions": CAUTIONS,
        "overlaps": OVERLAPS,
        "approval": _waiting() if phase is LimitsPhase.AWAITING else None,
        "starts_at": NOW,
        "ends_at": NOW + timedelta(days=1),
        "waits_until": NOW + timedelta(days=1),
        "undone_at": NOW,
        "undone_by": "U0MAYA",
        "step": None,
        "why": "limits_moved",
        "expires_at": NOW,
        "zone": NOW.tzinfo,
        "now": NOW,
    }
    return LimitsCard(**(fields | changes))


def _waiting() -> ApprovalView:
    return ApprovalView(
        request_id="R-7K3Q",
        sha256=SHA,
        kind=RequestKind.LIMITS_CHANGE,
        name=limit_changes.name_of(CHANGE),
        recipients=0,
        requester="U0LIN",
        state=RequestState.AWAITING_APPROVAL,
        needed=1,
        approvers=("@sms-approvers",),
        buttons_only=True,
        emoji=(),
        expires_at=NOW,
        words=(),
    )


def said(message: SlackMessage) -> str:
    return json.dumps([message.text, *message.blocks], ensure_ascii=False)


def actions(message: SlackMessage) -> list[str]:
    return [
        str(each["action_id"])
        for block in message.blocks
        for each in block.get("elements", ())
        if "action_id" in each
    ]


def check(message: SlackMessage) -> None:
    """It fits Block Kit, nothing from outside is markup, and no value is missing."""
    assert message.text.strip()
    assert len(message.blocks) <= 50
    for block in Block.parse_all([dict(block) for block in message.blocks]):
        assert block is not None
        block.validate_json()
    whole = said(message)
    assert "<!channel>" not in whole
    assert "<https://a.cn" not in whole
    assert not re.search(r"\{[a-z_]+\}", re.sub(r"<!date[^>]*>", "", whole))


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("phase", LimitsPhase)
def test_every_state_of_a_card_fits_and_is_no_markup(phase: LimitsPhase, locale: Locale) -> None:
    undoing = replace(CHANGE, undoes="R-0001", reason="", at_ms=None, for_s=None)
    until = replace(CHANGE, until_ms=1_795_400_000_000, for_s=None, at_ms=None)
    for change in (CHANGE, undoing, until):
        for is_copy in (False, True):
            shown = made(phase, change=change)
            check(limit_changes.card(shown, locale, is_copy=is_copy))
            bare = replace(shown, starts_at=None, ends_at=None, simulation=None)
            check(limit_changes.card(bare, locale, is_copy=is_copy))


@pytest.mark.parametrize(
    ("phase", "offered"),
    [
        (LimitsPhase.SIMULATING, ["limit.discard"]),
        (LimitsPhase.DRAFT, ["limit.ask", "limit.discard"]),
        (LimitsPhase.AWAITING, ["approve.yes", "approve.no", "approve.withdraw"]),
        (LimitsPhase.SCHEDULED, ["limit.roll_back"]),
        (LimitsPhase.WAITING, ["limit.roll_back"]),
        (LimitsPhase.LAPSED, ["limit.again"]),
        (LimitsPhase.UNASKED, ["limit.again"]),
        (LimitsPhase.IN_EFFECT, ["limit.roll_back"]),
        (LimitsPhase.OVERTAKEN, []),
        (LimitsPhase.ENDED, []),
        (LimitsPhase.SUPERSEDED, ["limit.again"]),
    ],
)
def test_a_card_offers_what_can_be_done_now(phase: LimitsPhase, offered: list[str]) -> None:
    assert actions(limit_changes.card(made(phase), Locale.EN)) == offered


def test_every_button_of_a_card_and_of_its_copies_has_its_handler() -> None:
    known = {each.action_id for each in limit_card.BUTTONS}
    for phase in set(LimitsPhase) - {LimitsPhase.AWAITING}:
        for is_copy in (False, True):
            assert (
                set(actions(limit_changes.card(made(phase), Locale.EN, is_copy=is_copy))) <= known
            )


def test_a_card_tells_all_of_the_change() -> None:
    change = replace(
        CHANGE, caps={"number.day": 5, "otp.hour": None}, before={"number.day": 2, "otp.hour": 1}
    )
    shown = made(LimitsPhase.DRAFT, change=change, starts_at=None, ends_at=None)
    whole = said(limit_changes.card(shown, Locale.EN))
    assert "To one number in a day: 2 → *5*" in whole
    assert "Codes to one number in an hour: 1 → *no limit*" in whole
    assert "1 d 2 h 1 min after it takes effect" in whole


@pytest.mark.parametrize("locale", Locale)
def test_however_much_is_to_change_all_of_it_is_shown(locale: Locale) -> None:
    keys = [f"{country}.stop" for country in sorted(set(COUNTRIES) - {"CN"})]
    caps = {key: nth + 1_000_000 for nth, key in enumerate(keys)}
    change = replace(CHANGE, caps=caps, before=dict.fromkeys(keys))
    message = limit_changes.card(made(LimitsPhase.AWAITING, change=change), locale)
    check(message)
    whole = said(message)
    assert all(f"*{cap:,}*" in whole for cap in caps.values())


def test_whoever_may_be_shut_out_is_told_before_they_approve() -> None:
    shown = made(LimitsPhase.AWAITING)
    assert "Your own codes may be among them" in said(limit_changes.card(shown, Locale.EN))
    harmless = replace(SIMULATION, blocked={"notice": 9})
    whole = said(limit_changes.card(replace(shown, simulation=harmless), Locale.EN))
    assert "Your own codes may be among them" not in whole


def test_nothing_is_claimed_of_tencents_side() -> None:
    for phase in LimitsPhase:
        whole = said(limit_changes.card(made(phase), Locale.EN))
        assert "at Tencent" not in whole
    assert "nothing in Tencent's console" in said(
        limit_changes.card(made(LimitsPhase.DRAFT), Locale.EN)
    )


@pytest.mark.parametrize("locale", Locale)
def test_every_answer_and_every_line_has_its_sentence(locale: Locale) -> None:
    for reason in LimitRefusal:
        check(limit_answers.refused(reason.value, "R-7K3Q", locale))
    check(limit_answers.drafted("R-7K3Q", locale, [HOSTILE]))
    check(limit_answers.rolled_back("R-7K3Q", locale))
    check(limit_answers.asked_to_roll_back("R-7K3Q", "R-7K3R", locale))
    check(limit_answers.asked_before("R-7K3Q", "R-7K3R", locale))
    facts = {
        "requester": "U0LIN",
        "app": HOSTILE,
        "caps": {"number.day": 5},
        "now": {"number.day": None},
        "ends_ms": 1_795_400_000_000,
        "by": "U0MAYA",
        "by_request": "R-0001",
        "has_begun": True,
        "request_id": "R-7K3Q",
        "name": HOSTILE,
        "gone": ["U0MAYA", "U0BO"],
        "have": 0,
        "needed": 2,
        "held": {"number.hour": 3},
    }
    for name in limit_answers.NOTICES:
        check(KINDS[name](facts, locale))
        bare: dict[str, Any] = {"ends_ms": None, "by_request": "", "has_begun": False, "held": {}}
        check(KINDS[name]({**facts, **bare}, locale))


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("reason", CapReason)
def test_every_fault_has_its_sentence(reason: CapReason, locale: Locale) -> None:
    for key in ("number.day", HOSTILE):
        fault = CapFault(reason, key, HOSTILE, "number.hour", "3")
        check(limit_answers.not_asked([limit_answers.fault_sentence(fault, locale)], locale, "x"))
        assert not re.search(r"\{[a-z_]+\}", limit_answers.plain_fault(fault, locale))


def test_a_fault_names_keys_as_people_type_them() -> None:
    fault = CapFault(CapReason.BEYOND_WIDER, "number.hour", "6", "number.day", "5")
    assert limit_answers.fault_sentence(fault, Locale.EN).startswith(
        "`hour=6` can never be reached: `day=5` lets less through."
    )


@pytest.mark.parametrize("locale", Locale)
def test_the_form_fits_with_all_there_is_in_it(locale: Locale) -> None:
    fields = LimitFields(
        dict.fromkeys(limit_forms.FIELDS, HOSTILE * 9),
        HOSTILE * 99,
        HOSTILE * 9,
        HOSTILE * 9,
        HOSTILE * 99,
    )
    for each in (fields, limit_forms.NOTHING_TYPED):
        carried = Carried("C0SMS", HOSTILE)
        view = limit_forms.set_form(carried, locale, HELD, fields=each)
        View(**view).validate_json()
        assert limit_forms.uncarry(view["private_metadata"]) == carried


def test_what_the_form_began_with_is_read_back_as_it_is() -> None:
    fields = LimitFields({"number.day": "5"}, "SG.stop=50", "18:00", "24h", "campaign")
    view = limit_forms.set_form(Carried("C0SMS", "demo"), Locale.EN, HELD, fields=fields)
    filled = {
        block["element"]["action_id"]: block["element"].get("initial_value", "")
        for block in view["blocks"]
        if "element" in block
    }
    assert limit_forms.fields_of(filled) == fields


def test_the_form_says_until_when_a_cap_holds_and_whose_clock_counts() -> None:
    view = limit_forms.set_form(Carried("C0SMS", "demo"), Locale.EN, HELD)
    fields = {each["block_id"]: each for each in view["blocks"] if "element" in each}
    placeholder = {key: str(each["element"].get("placeholder")) for key, each in fields.items()}
    assert "now: 10, until 2026-11-23 12:00 Asia/Shanghai" in placeholder["cap.number.day"]
    assert "until" not in placeholder["cap.same.30s"]
    for block in ("starts", "ends"):
        assert "by the clock of Asia/Shanghai" in str(fields[block]["hint"])


def test_what_waits_for_slack_names_no_time_to_come_and_says_how_long_it_waits() -> None:
    whole = said(limit_changes.card(made(LimitsPhase.WAITING), Locale.EN))
    assert "Waits for Slack since" in whole
    assert "only what lets less through holds; if it does not by" in whole
    facts: dict[str, Any] = {"request_id": "R-7K3Q", "name": "hour=3", "requester": "U0LIN"}
    facts |= {"gone": [], "have": 1, "needed": 1}
    held = {"held": {"number.hour": 3}, "now": {"number.hour": None}}
    told = limit_answers.unasked({**facts, **held}, Locale.EN).text
    assert told.endswith("held until now: `hour=3`. From here on this holds: `hour=off`.")
    assert "held" not in limit_answers.unasked({**facts, "held": {}}, Locale.EN).text


def test_what_never_began_is_called_cancelled() -> None:
    whole = said(limit_changes.card(made(LimitsPhase.CANCELLED), Locale.EN))
    assert "Cancelled before it began" in whole
    assert "<@U0MAYA> cancelled it" in whole
    assert "aken back" not in whole
    told = limit_answers.rolled_back("R-7K3Q", Locale.EN, had_begun=False).text
    assert told == "R-7K3Q is cancelled. It will not take effect."


def test_a_stop_that_lies_below_what_went_today_is_told() -> None:
    caution = Caution(CautionReason.USED_UP, "mainland.stop", 7, used=1_200)
    assert limit_changes.caution(caution, Locale.EN) == (
        "`mainland.stop=7`: 1,200 went today already, so nothing more goes today."
    )
