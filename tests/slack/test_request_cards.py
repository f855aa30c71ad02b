"""The card of a request, its thread and its answers: all of what is asked for, and no markup."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.rules import lint
from bot.rules.approvals import Verdict, Via, Vote, VoteRefusal
from bot.rules.changes import (
    Change,
    Image,
    SignatureBase,
    SignatureChange,
    SignatureText,
    TemplateBase,
    TemplateChange,
    TemplateText,
)
from bot.rules.classes import TemplateClass
from bot.rules.erasures import EraseRefusal, EraseWait
from bot.rules.lint import LintFacts, TemplateDraft
from bot.rules.optouts import Scope
from bot.rules.requests import RequestKind, RequestState
from bot.rules.subjects import AppResume, LimitExempt, NumberErasure, OptoutRemoval
from bot.slack.blocks import inert
from bot.slack.messages import approvals, ballots, erasures, requests, voting
from bot.slack.messages.ballots import ApprovalView, Word
from bot.slack.messages.notices import KINDS
from bot.slack.messages.requests import ExemptionView, RequestCard
from bot.slack.messages.voting import Told
from bot.tencent.drafts import DocumentType, SignType
from handlers.flows.grounds import Upstream
from tests.slack.made import HOSTILE, NOW

SHA = "0123456789abcdef" * 4
TEXT = TemplateText(HOSTILE * 2, HOSTILE * 20, TemplateClass.NOTICE, False, HOSTILE * 9)
IMAGE = Image("ab" * 32, HOSTILE * 3, 123_456)
SIGN = SignatureText(HOSTILE, 0, 0, False, True, HOSTILE, HOSTILE, IMAGE, IMAGE)
CHANGES: dict[RequestKind, Change] = {
    change.kind: change
    for change in (
        TemplateChange(text=TEXT),
        TemplateChange("1111", TemplateBase("旧", HOSTILE * 20), TEXT),
        TemplateChange("1111", TemplateBase("旧", HOSTILE * 20)),
        SignatureChange(text=SIGN),
        SignatureChange("77", SignatureBase(HOSTILE), SIGN),
        SignatureChange("77", SignatureBase(HOSTILE)),
    )
}
REMOVAL = OptoutRemoval("+8613812341234", HOSTILE, Scope.ALL, HOSTILE * 20, 1_795_000_000_000)
RESUME = AppResume(HOSTILE * 20, 1_795_000_000_000, "rule", HOSTILE)
EXEMPT = LimitExempt("+8613812341234", HOSTILE * 20, 90_060, None)
ERASURE = NumberErasure(
    "+8613812341234", "+86 138****1234", HOSTILE * 20, {"messages": 3, "texts": 1}, "00" * 16
)
SUBJECTS: dict[RequestKind, Change | OptoutRemoval | AppResume | LimitExempt | NumberErasure] = {
    **CHANGES,
    RequestKind.OPTOUT_REMOVE: REMOVAL,
    RequestKind.APP_RESUME: RESUME,
    RequestKind.LIMITS_EXEMPT: EXEMPT,
    RequestKind.NUMBER_ERASE: ERASURE,
}
FINDINGS = lint.lint_template(
    TemplateDraft(HOSTILE * 20, TemplateClass.NOTICE, international=False),
    LintFacts(today=NOW.date()),
    lint.own_table(),
)
WORDS = (
    Word(Vote("U0MAYA", Verdict.APPROVE, Via.BUTTON, NOW), ""),
    Word(Vote("U0BO", Verdict.REJECT, Via.REACTION, NOW), HOSTILE * 10),
    Word(Vote("U0EVE", Verdict.APPROVE, Via.REACTION, NOW, is_taken_back=True), ""),
)


def viewed(**changes: Any) -> ApprovalView:
    fields: dict[str, Any] = {
        "request_id": "R-7K3Q",
        "sha256": SHA,
        "kind": RequestKind.TEMPLATE_CREATE,
        "name": HOSTILE * 2,
        "recipients": 0,
        "requester": "U0LIN",
        "state": RequestState.AWAITING_APPROVAL,
        "needed": 2,
        "approvers": ("@sms-approvers", "S0123456789"),
        "buttons_only": False,
        "emoji": ("white_check_mark", "x"),
        "expires_at": NOW,
        "words": WORDS,
    }
    return ApprovalView(**(fields | changes))


def made(**changes: Any) -> RequestCard:
    fields: dict[str, Any] = {
        "app": "demo",
        "signature": "腾讯云",
        "subject": CHANGES[RequestKind.TEMPLATE_CREATE],
        "findings": FINDINGS,
        "why": "",
        "next_id": "",
        "progress": None,
        "review": None,
        "exemption": None,
        "waits_for": None,
    }
    own = {name: value for name, value in changes.items() if name in fields}
    others = {name: value for name, value in changes.items() if name not in fields}
    return RequestCard(approval=viewed(**others), **(fields | own))


def of_kind(kind: RequestKind, **changes: Any) -> RequestCard:
    return made(kind=kind, subject=SUBJECTS[kind], **changes)


def look(shown: RequestCard, user_id: str, locale: Locale) -> SlackMessage:
    whole = requests.card(shown, locale, is_copy=True)
    return voting.look(shown.approval, whole, user_id, locale)


FACTS: dict[str, Any] = {
    "request_id": "R-7K3Q",
    "kind": "template.create",
    "name": HOSTILE * 3,
    "requester": "U0LIN",
    "user": "U0MAYA",
    "reason": HOSTILE * 10,
    "needed": 2,
    "have": 1,
    "gone": ["U0MAYA", "U0BO"],
    "approvers": ["@sms-approvers"],
    "expires_ms": 1_795_400_000_000,
    "why": "changed",
    "next_id": "R-0001",
    "old_id": "R-0000",
    "recipients": 1_000_000,
}


def every_message(locale: Locale) -> Iterator[tuple[str, SlackMessage]]:
    for kind in SUBJECTS:
        for state in RequestState:
            yield f"{kind} {state.name}", requests.card(of_kind(kind, state=state), locale)
    yield "buttons only", requests.card(made(buttons_only=True, emoji=()), locale)
    yield "approved by who is gone", requests.card(made(gone=("U0MAYA", "U0BO")), locale)
    for today in ((), ("@others",)):
        yield f"now {today}", requests.card(made(today=today), locale)
        for is_left in (True, False):
            told = Told("R-7K3Q", approvers=("@a",), today=today, is_anybody_left=is_left)
            refused = voting.refused(VoteRefusal.NOT_APPROVER, told, locale)
            yield f"not among {today}, {is_left}", refused
    yield "looked at", look(made(), "U0MAYA", locale)
    for why in Upstream:
        changed = made(state=RequestState.SUPERSEDED, why=why.value, next_id="R-0001")
        yield f"superseded, {why}", requests.card(changed, locale)
        told = Told("R-7K3Q")
        yield f"told, {why}", voting.superseded(why.value, "R-0001", told, locale)
        yield f"thread, {why}", approvals.superseded({**FACTS, "why": why.value}, locale)
    for name, notice in approvals.NOTICES.items():
        for kind in RequestKind:
            yield f"{name} {kind}", notice({**FACTS, "kind": kind.value}, locale)
    for refusal in set(VoteRefusal) - {VoteRefusal.OUT_OF_DATE}:
        for kind in RequestKind:
            told = Told("R-7K3Q", kind, RequestState.DONE, ("@a",), verdict=Verdict.REJECT)
            yield f"{refusal} {kind}", voting.refused(refusal, told, locale)
    many = [viewed(kind=kind, recipients=1_000_000) for kind in RequestKind] * 3
    yield "list", voting.waiting(many, many, "U0MAYA", locale)
    yield "empty list", voting.waiting([], [], "U0MAYA", locale)
    yield "by emoji", voting.rejected_by_emoji("R-7K3Q", "U0LIN", locale)


@pytest.mark.parametrize("locale", Locale)
def test_the_list_names_what_could_not_be_read(locale: Locale) -> None:
    shown = voting.waiting([], [], "U0MAYA", locale, ["requests R-7K3Q"])
    assert "`requests R-7K3Q`" in str(shown.blocks)


@pytest.mark.parametrize("locale", Locale)
def test_every_message_fits_block_kit_and_has_a_text(locale: Locale) -> None:
    for name, message in every_message(locale):
        assert message.text.strip(), name
        assert len(message.text) <= 4000, name
        assert len(message.blocks) <= 50, name
        for block in Block.parse_all([dict(block) for block in message.blocks]):
            assert block is not None, name
            block.validate_json()


@pytest.mark.parametrize("locale", Locale)
def test_nothing_from_outside_is_markup(locale: Locale) -> None:
    for name, message in every_message(locale):
        said = f"{message.text}\n{_mrkdwn(message)}"
        assert "<!channel>" not in said, name
        assert "<https" not in said, name
        assert " *b* " not in said, name


@pytest.mark.parametrize("locale", Locale)
def test_the_forms_fit(locale: Locale) -> None:
    for view in (
        voting.reject_form(f"R-7K3QABCD:{SHA[:32]}", "R-7K3QABCD", locale),
        voting.why_form("R-7K3QABCD", locale),
    ):
        View(**view).validate_json()
        assert len(view["title"]["text"]) <= 24


@given(st.text(alphabet=st.sampled_from("a&<>*_~`\n中"), max_size=2000))
def test_whatever_is_asked_for_is_shown_to_its_last_character(content: str) -> None:
    text = TemplateText("新", content, TemplateClass.NOTICE, False, content[:500])
    change = TemplateChange("1111", TemplateBase("旧", content[::-1]), text)
    shown = made(kind=change.kind, subject=change, findings=(), words=())
    message = requests.card(shown, Locale.EN)
    assert _letters(inert(content)) in _letters(_mrkdwn(message))
    assert "…" not in _mrkdwn(message)
    assert all(len(part) <= 3000 for part in _parts(message))


def test_a_card_says_where_app_yaml_names_others_by_now() -> None:
    same = _mrkdwn(requests.card(made(today=("S0123456789", "@sms-approvers")), Locale.EN))
    assert "By now" not in same
    others, nobody = (
        _mrkdwn(requests.card(made(today=today), Locale.EN)) for today in (("@others",), ())
    )
    assert "By now app.yaml names `@others`: only who is among both" in others
    assert "By now app.yaml names nobody who decides" in nobody


def test_what_stands_is_shown_and_what_was_taken_back_is_not() -> None:
    said = _mrkdwn(requests.card(made(), Locale.EN))
    assert "<@U0MAYA> approved" in said
    assert "<@U0BO> rejected" in said
    assert "U0EVE" not in said


def test_only_what_can_be_done_has_a_button() -> None:
    for state in RequestState:
        found = _actions(requests.card(made(state=state), Locale.EN))
        if state is RequestState.AWAITING_APPROVAL:
            assert found == ["approve.yes", "approve.no", "approve.withdraw"]
        elif state is RequestState.APPROVED:
            assert found == ["approve.withdraw"]
        else:
            assert found == []


def test_the_riskiest_kinds_ask_once_more_and_speak_of_no_emoji() -> None:
    risky = requests.card(made(buttons_only=True, emoji=()), Locale.EN)
    assert '"confirm"' in json.dumps(risky.blocks)
    assert ":x: rejects" not in _mrkdwn(risky)
    plain = requests.card(made(), Locale.EN)
    assert '"confirm"' not in json.dumps(plain.blocks)
    assert ":x: rejects" in _mrkdwn(plain)


def test_the_button_carries_the_request_and_half_its_hash() -> None:
    blocks = json.dumps(requests.card(made(), Locale.EN).blocks)
    assert blocks.count(f'"R-7K3Q:{SHA[:32]}"') == 3


def test_the_files_that_go_along_are_named_by_their_hash() -> None:
    said = _mrkdwn(requests.card(of_kind(RequestKind.SIGNATURE_CREATE), Locale.EN))
    assert said.count("abababababab") == 2
    assert "121 KB" in said


def test_a_send_has_the_same_buttons_while_it_waits_and_none_of_them_after() -> None:
    for state in RequestState:
        view = viewed(kind=RequestKind.SEND, state=state)
        found = [each["action_id"] for each in ballots.vote_buttons(view, Locale.EN)]
        waits = state is RequestState.AWAITING_APPROVAL
        assert found == (["approve.yes", "approve.no", "approve.withdraw"] if waits else [])
        assert bool(ballots.policy_facts(view, Locale.EN)) is waits


def test_a_send_is_called_by_its_template_and_how_many_it_goes_to() -> None:
    view = viewed(kind=RequestKind.SEND, name="发货通知", recipients=12_345)
    assert ballots.title(view, Locale.EN) == "Send of “发货通知” to 12,345 numbers"
    assert "12,345" in ballots.title(view, Locale.ZH_CN)
    facts = {**FACTS, "kind": "send", "name": "发货通知", "recipients": 12_345}
    assert "Send of “发货通知” to 12,345 numbers" in approvals.asked(facts, Locale.EN).text


def test_where_no_approver_reads_the_thread_says_where_they_find_it() -> None:
    direct = approvals.asked({**FACTS, "is_direct": True}, Locale.EN).text
    assert direct.endswith("they find it under `/sms approve`.")
    for more in ({}, {"is_direct": False}):
        assert "Only you see" not in approvals.asked({**FACTS, **more}, Locale.EN).text


def test_until_when_to_decide_is_no_end_of_what_is_asked_for() -> None:
    assert ballots.policy_facts(viewed(), Locale.EN)[-1][0] == "Decide by"
    assert ballots.policy_facts(viewed(), Locale.ZH_CN)[-1][0] == "审批截止"


def test_the_card_of_a_removal_masks_the_number_and_says_why() -> None:
    view = {"kind": RequestKind.OPTOUT_REMOVE, "name": REMOVAL.name}
    said = _mrkdwn(requests.card(made(subject=REMOVAL, **view), Locale.EN))
    assert "+86 138****1234" in said
    assert "12341234" not in said
    assert _letters(inert(HOSTILE * 20)) in _letters(said)


def test_the_card_of_a_resumption_says_who_stopped_the_app_and_why() -> None:
    by_rule = _mrkdwn(requests.card(of_kind(RequestKind.APP_RESUME), Locale.EN))
    assert "the bot, after Tencent's answer" in by_rule
    by_person = replace(RESUME, stopped_by="U0BO", stop_reason="")
    said = _mrkdwn(requests.card(made(subject=by_person), Locale.EN))
    assert "<@U0BO>" in said
    assert "Why it was stopped" not in said


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ({}, "for 1 d 1 h 1 min, from the approval on"),
        ({"for_s": None}, "for good"),
        ({"for_s": None, "until_ms": 1_795_000_000_000}, "until <!date^1795000000^"),
    ],
)
def test_the_card_of_an_exemption_says_until_when_and_masks_the_number(
    ends: dict[str, int | None], said: str
) -> None:
    view = {"kind": RequestKind.LIMITS_EXEMPT, "name": EXEMPT.name}
    subject = LimitExempt(**(asdict(EXEMPT) | ends))
    shown = _mrkdwn(requests.card(made(subject=subject, **view), Locale.EN))
    assert said in shown
    assert "+86 138****1234" in shown
    assert "12341234" not in shown


@pytest.mark.parametrize(
    ("exemption", "said"),
    [
        (ExemptionView(NOW, False, None, ""), "until <!date^"),
        (ExemptionView(NOW, True, None, ""), ":checkered_flag: *Exemption ended <!date^"),
        (
            ExemptionView(NOW, False, NOW, "U0BO"),
            ":leftwards_arrow_with_hook: *Limits hold again · <@U0BO> · <!date^",
        ),
    ],
)
def test_the_card_of_an_exemption_says_what_became_of_it(
    exemption: ExemptionView, said: str
) -> None:
    done = of_kind(RequestKind.LIMITS_EXEMPT, state=RequestState.DONE, exemption=exemption)
    shown = _mrkdwn(requests.card(done, Locale.EN))
    assert said in shown
    assert "from the approval on" not in shown
    is_over = exemption.is_over or exemption.removed_at is not None
    assert ("The limits of one number do not hold for it" in shown) is not is_over


def test_who_approved_may_take_it_back_where_they_look() -> None:
    assert _actions(look(made(), "U0MAYA", Locale.EN))[-1] == "approve.back"
    assert "approve.back" not in _actions(look(made(), "U0OMAR", Locale.EN))
    done = made(state=RequestState.DONE)
    assert "approve.back" not in _actions(look(done, "U0MAYA", Locale.EN))


def test_every_type_of_signature_has_its_words() -> None:
    for sign_type in SignType:
        for document in DocumentType:
            sign = replace(SIGN, sign_type=sign_type.value, document_type=document.value)
            requests.card(
                made(kind=RequestKind.SIGNATURE_CREATE, subject=SignatureChange(text=sign)),
                Locale.ZH_CN,
            )


def test_every_line_of_a_thread_has_its_notice() -> None:
    assert approvals.NOTICES.keys() <= KINDS.keys()
    assert {"approval", "change", "review"} <= {key.partition(".")[0] for key in KINDS}


def _parts(message: SlackMessage) -> list[str]:
    return [text["text"] for block in message.blocks for text in _texts(block)]


def _mrkdwn(message: SlackMessage) -> str:
    return "\n".join(_parts(message))


def _texts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield node
        else:
            for value in node.values():
                yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _letters(shown: str) -> str:
    """What is read, whatever lines it stands in."""
    lines = [line.removeprefix("> ") for line in shown.split("\n")]
    return "".join("".join(lines).split())


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", RequestKind)
def test_a_confirm_says_whether_this_one_word_is_enough(kind: RequestKind, locale: Locale) -> None:
    alone, together = (
        text(locale, f"requests.approve_text.{name}") for name in ("last", "not_last")
    )
    for needed, words, when in (
        (1, (), alone),
        (2, (), together),
        (2, WORDS[:1], alone),
        (2, WORDS[2:], together),
        (3, WORDS[:1], together),
    ):
        view = viewed(kind=kind, needed=needed, words=words, buttons_only=True)
        (said,) = (
            each["confirm"]["text"]["text"]
            for each in ballots.vote_buttons(view, locale)
            if "confirm" in each and each["action_id"] == ballots.APPROVE
        )
        assert when in said, said
        assert (together if when == alone else alone) not in said


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", sorted(ballots.DELETIONS))
def test_a_confirm_of_a_deletion_says_that_it_is_for_good(
    kind: RequestKind, locale: Locale
) -> None:
    said = json.dumps(
        ballots.vote_buttons(viewed(kind=kind, buttons_only=True), locale), ensure_ascii=False
    )
    assert {Locale.EN: "for good", Locale.ZH_CN: "无法恢复"}[locale] in said


def _actions(message: SlackMessage) -> list[str]:
    return [
        element["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


@pytest.mark.parametrize("locale", Locale)
def test_a_number_in_a_reason_is_masked(locale: Locale) -> None:
    typed = "号码13800000001投诉"
    for kind, subject in (
        (RequestKind.OPTOUT_REMOVE, replace(REMOVAL, reason=typed)),
        (RequestKind.APP_RESUME, replace(RESUME, reason=typed, stop_reason=typed)),
        (RequestKind.LIMITS_EXEMPT, replace(EXEMPT, reason=typed)),
        (RequestKind.NUMBER_ERASE, replace(ERASURE, reason=typed)),
    ):
        shown = made(kind=kind, subject=subject)
        said = json.dumps(requests.card(shown, locale).blocks, ensure_ascii=False)
        assert "13800000001" not in said
        # Stars that are no markup.
        assert "+86 138****0001" in said.replace("∗", "*")


@pytest.mark.parametrize("locale", Locale)
def test_an_erasure_says_how_much_there_is_what_it_waits_for_and_why_it_failed(
    locale: Locale,
) -> None:
    kind = RequestKind.NUMBER_ERASE

    def said(**how: Any) -> str:
        shown = made(kind=kind, subject=ERASURE, **how)
        return json.dumps(requests.card(shown, locale).blocks, ensure_ascii=False)

    asked = said()
    assert text(locale, "erase.found.messages") in asked
    assert text(locale, "erase.what_it_does") in asked
    assert ERASURE.number not in asked
    assert ERASURE.salt not in asked
    waits = said(state=RequestState.EXECUTING, waits_for=EraseWait.UNRESOLVED)
    assert text(locale, "erase.waits.unresolved") in waits
    assert text(locale, "requests.card.erase_executing") in waits
    for reason in EraseRefusal:
        failed = said(state=RequestState.FAILED, why=reason.value)
        assert text(locale, "requests.card.erase_failed") in failed
        assert erasures.refusal_of(reason, ERASURE.masked, "", locale) in failed
