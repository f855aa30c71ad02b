"""Asking for a change: once, of what is still what the person saw, and nothing typed is lost."""

from dataclasses import replace

import pytest

from bot.rules.changes import (
    Image,
    SignatureBase,
    SignatureChange,
    SignatureText,
    TemplateBase,
    TemplateChange,
    TemplateText,
)
from bot.rules.classes import TemplateClass
from bot.rules.content import QualificationState, ReviewState, Signature, Template
from bot.rules.lint import Rule
from bot.rules.requests import RequestState
from bot.rules.review_hours import ReviewKind
from bot.settings import Settings
from bot.slack.messages import change_forms
from bot.slack.messages.change_forms import Carried
from bot.slack.messages.sign_forms import SignFields
from bot.slack.messages.template_forms import TemplateFields
from handlers.flows import approvals, content_drafts, sign_drafts, template_drafts
from handlers.flows.content_drafts import Asker, AskReason, Refusal
from storage import attachments, content, form_drafts, reviews
from storage.db import Tx
from storage.requests import Request
from tests.storage.rows import LIN, MAYA, NOW, later

REJECTED = Template("1115", "限时活动", "点击领取！", True, False, ReviewState.REJECTED, "营销")
USABLE = Template("1110", "登录", "您的验证码是{1}。", True, False, ReviewState.USABLE, "")
WANTED = TemplateText("限时活动", "会员日，拒收请回复R", TemplateClass.MARKETING, False, "会员日")
BASE = TemplateBase(REJECTED.name, REJECTED.content)
EDIT = TemplateChange("1115", BASE, WANTED)
NEW = TemplateChange(text=WANTED)
SIGN = Signature("112", "测试", False, ReviewState.REJECTED, "过于宽泛", qualification_id="6001")
FORM = "template.edit:1115"


@pytest.fixture(autouse=True)
def listed(tx: Tx) -> None:
    content.replace_templates(tx, [REJECTED, USABLE], NOW)
    content.replace_signatures(tx, [replace(SIGN, qualification=QualificationState.PASSED)], NOW)


def asker(settings: Settings, user: str = LIN, form: str = FORM) -> Asker:
    return Asker(user, "C0SMS", settings.app_in(), form)


def asked(tx: Tx, settings: Settings, change: TemplateChange = EDIT, user: str = LIN) -> Request:
    end = content_drafts.ask_template(tx, asker(settings, user), change, settings, NOW)
    assert isinstance(end, Request), end
    return end


def refused(tx: Tx, settings: Settings, change: TemplateChange, user: str = LIN) -> Refusal:
    end = content_drafts.ask_template(tx, asker(settings, user), change, settings, NOW)
    assert isinstance(end, Refusal), end
    return end


def test_what_is_asked_for_waits_and_its_draft_is_done_with(tx: Tx, settings: Settings) -> None:
    form_drafts.put(tx, LIN, FORM, {"a": "b"}, NOW)
    request = asked(tx, settings)
    assert request.state is RequestState.AWAITING_APPROVAL
    assert request.payload == EDIT.payload()
    assert form_drafts.get(tx, LIN, FORM) is None


def test_a_second_change_of_the_same_template_names_the_first(tx: Tx, settings: Settings) -> None:
    first = asked(tx, settings)
    form_drafts.put(tx, MAYA, FORM, {"a": "b"}, NOW)
    other = replace(WANTED, content="另一个，拒收请回复R")
    second = refused(tx, settings, TemplateChange("1115", BASE, other), MAYA)
    assert (second.reason, second.other) == (AskReason.ALREADY_ASKED, first)
    deletion = refused(tx, settings, TemplateChange("1115", BASE), MAYA)
    assert deletion.other == first
    assert content_drafts.open_about(tx, REJECTED) == first
    assert form_drafts.get(tx, MAYA, FORM) is not None


def test_the_same_new_template_is_asked_for_once_another_one_beside_it(
    tx: Tx, settings: Settings
) -> None:
    first = asked(tx, settings, NEW)
    assert refused(tx, settings, NEW, MAYA).other == first
    asked(tx, settings, TemplateChange(text=replace(WANTED, name="另一个")), MAYA)


def test_when_the_first_has_ended_the_next_may_ask(tx: Tx, settings: Settings) -> None:
    first = asked(tx, settings)
    approvals.withdraw(tx, first.id, LIN, NOW)
    asked(tx, settings, EDIT, MAYA)


def test_what_is_not_as_it_was_seen_is_not_asked_for(tx: Tx, settings: Settings) -> None:
    gone = TemplateChange("4711", BASE, WANTED)
    assert refused(tx, settings, gone).reason is AskReason.GONE
    other = TemplateChange("1115", TemplateBase("限时活动", "别的"), WANTED)
    assert refused(tx, settings, other).reason is AskReason.CHANGED
    usable = TemplateChange("1110", TemplateBase(USABLE.name, USABLE.content), WANTED)
    assert refused(tx, settings, usable).reason is AskReason.NOT_CHANGEABLE
    asked(tx, settings, TemplateChange("1110", TemplateBase(USABLE.name, USABLE.content)))


def test_a_form_opens_as_it_was_left(tx: Tx) -> None:
    fields = {"text": "a"}
    assert content_drafts.begin(tx, LIN, FORM, fields).restored_at is None
    form_drafts.put(tx, LIN, FORM, {"text": "b"}, later(s=3))
    begun = content_drafts.begin(tx, LIN, FORM, fields)
    assert (begun.fields, begun.restored_at) == ({"text": "b"}, later(s=3))
    form_drafts.put(tx, LIN, FORM, fields, later(s=3))
    assert content_drafts.begin(tx, LIN, FORM, fields).restored_at is None


def test_the_form_of_a_template_takes_its_type_and_remark_from_what_was_asked_here(
    tx: Tx, settings: Settings
) -> None:
    guessed = template_drafts.fields_of(tx, REJECTED)
    assert (guessed.class_, guessed.remark) == (TemplateClass.NOTICE, "")
    asked(tx, settings)
    known = template_drafts.fields_of(tx, REJECTED)
    assert (known.class_, known.remark) == (TemplateClass.MARKETING, "会员日")
    assert known.content == REJECTED.content


def test_the_form_sees_that_its_template_has_moved_on(tx: Tx, settings: Settings) -> None:
    carried = Carried("C0SMS", "demo", FORM, base=change_forms.print_of(REJECTED))
    fields = TemplateFields(international=True, content="会员日")
    form = template_drafts.look(tx, carried, fields, settings, NOW)
    assert not form.is_changed
    assert not form.fields.international, "a template cannot change its side"
    content.put_templates(tx, [replace(REJECTED, content="别的")], NOW)
    assert template_drafts.look(tx, carried, fields, settings, NOW).is_changed
    content.remove_template(tx, "1115")
    assert template_drafts.look(tx, carried, fields, settings, NOW).is_changed


def test_what_was_refused_before_is_known_though_its_template_is_gone(
    tx: Tx, settings: Settings
) -> None:
    text = "尊敬的客户，您的专属礼包已到账，请尽快领取。"
    reviews.add_refusal(tx, ReviewKind.TEMPLATE, "900", text, "不支持", NOW)
    carried = Carried("C0SMS", "demo", "template.new")
    form = template_drafts.look(tx, carried, TemplateFields(content=text), settings, NOW)
    assert [each.refusal.id for each in form.similar] == ["900"]
    assert Rule.RESUBMITTED in {each.rule for each in form.findings}


def test_every_fix_at_once(tx: Tx, settings: Settings) -> None:
    carried = Carried("C0SMS", "demo", "template.new")
    fields = TemplateFields(class_=TemplateClass.MARKETING, content="【腾讯云】会员日，到店有礼 ")
    mended = template_drafts.mended(tx, carried, fields, settings, NOW)
    assert mended.content == "会员日，到店有礼，拒收请回复R"


def test_the_page_of_a_template_tells_what_was_asked_of_it(tx: Tx, settings: Settings) -> None:
    request = asked(tx, settings)
    details = template_drafts.details(tx, REJECTED, settings, NOW)
    assert [each.request_id for each in details.past] == [request.id]
    assert not details.is_guessed
    assert template_drafts.details(tx, USABLE, settings, NOW).past == ()


def test_a_mistyped_name_finds_the_nearest(tx: Tx) -> None:
    assert content_drafts.closest([REJECTED, USABLE], "111O") == "1110"
    assert content_drafts.closest([REJECTED, USABLE], "限时活") == "限时活动"
    assert content_drafts.closest([], "1110") is None
    assert content_drafts.find_signature(tx, "【测试】") is not None
    assert content_drafts.find_template(tx, "限时活动") == REJECTED


def image(tx: Tx, body: bytes) -> Image:
    kept = attachments.put(tx, "licence.png", body, NOW)
    return Image(kept.sha256, kept.name, kept.size_bytes)


def test_a_signature_asked_with_its_proof_can_be_asked_again_with_it(
    tx: Tx, settings: Settings
) -> None:
    proof = image(tx, b"proof")
    text = SignatureText("明月电子", 0, 1, False, False, "", "6001", proof, None)
    change = SignatureChange("112", SignatureBase("测试"), text)
    who = asker(settings, form="sign.edit:112")
    request = content_drafts.ask_signature(tx, who, change, settings, later(s=60))
    assert isinstance(request, Request)
    attachments.forget_before(tx, later(s=60))
    fields = sign_drafts.fields_of(tx, SIGN)
    assert (fields.sign_type, fields.document_type) == (0, 1)
    assert fields.proof is not None
    assert fields.proof.image == proof
    attachments.forget_before(tx, later(s=61))
    assert sign_drafts.fields_of(tx, SIGN).proof is None

    again = content_drafts.ask_signature(tx, who, change, settings, NOW)
    assert isinstance(again, Refusal)
    assert again.other == request


def test_a_signature_that_moved_on_is_not_asked_for(tx: Tx, settings: Settings) -> None:
    who = asker(settings, form="sign.delete:112")
    changed = SignatureChange("112", SignatureBase("别的"))
    gone = SignatureChange("4711", SignatureBase("测试"))
    for change, reason in ((changed, AskReason.CHANGED), (gone, AskReason.GONE)):
        end = content_drafts.ask_signature(tx, who, change, settings, NOW)
        assert isinstance(end, Refusal)
        assert end.reason is reason


def test_what_is_missing_is_missed_only_when_the_form_is_handed_in(
    tx: Tx, settings: Settings
) -> None:
    carried = Carried("C0SMS", "demo", "sign.new")
    fields = SignFields(name="明月电子", sign_type=0, document_type=0, for_another_party=True)
    open_ = sign_drafts.look(tx, carried, fields, settings, NOW)
    assert open_.findings == ()
    handed_in = sign_drafts.look(tx, carried, fields, settings, NOW, is_handed_in=True)
    missed = {each.rule for each in handed_in.findings}
    assert missed == {Rule.SIGNATURE_COMMISSION, Rule.SIGNATURE_QUALIFICATION}


def test_a_choice_that_is_not_on_offer_any_more_is_taken_back(tx: Tx, settings: Settings) -> None:
    carried = Carried("C0SMS", "demo", "sign.new")
    app = SignFields(international=True, sign_type=1, document_type=4)
    abroad = sign_drafts.look(tx, carried, app, settings, NOW)
    assert (abroad.fields.sign_type, abroad.fields.document_type) == (1, 4)
    home = sign_drafts.look(tx, carried, replace(app, international=False), settings, NOW)
    assert (home.fields.sign_type, home.fields.document_type) == (None, None)
    trademark = replace(app, sign_type=4)
    shown = sign_drafts.look(tx, carried, trademark, settings, NOW)
    assert (shown.fields.sign_type, shown.fields.document_type) == (4, None)


def test_the_only_qualification_need_not_be_typed(tx: Tx) -> None:
    assert sign_drafts.first_fields(tx).qualification_id == "6001"
    other = replace(
        SIGN,
        signature_id="113",
        qualification_id="6002",
        qualification=QualificationState.PASSED,
    )
    content.put_signatures(tx, [other], NOW)
    assert sign_drafts.first_fields(tx).qualification_id == ""


@pytest.mark.parametrize(
    ("first", "then"), [("e\u0301", "\u00e9"), ("\u00e9", "e\u0301")], ids=["apart", "composed"]
)
def test_what_tencent_has_in_another_normal_form_has_not_changed(
    tx: Tx, settings: Settings, first: str, then: str
) -> None:
    seen = replace(REJECTED, name=f"Caf{first}", content=f"Le caf{first} est là")
    now_listed = replace(REJECTED, name=f"Caf{then}", content=f"Le caf{then} est là")
    carried = Carried("C0SMS", "demo", FORM, base=change_forms.print_of(seen))
    content.put_templates(tx, [now_listed], NOW)
    fields = template_drafts.fields_of(tx, now_listed)
    assert (fields.name, fields.content) == ("Caf\u00e9", "Le caf\u00e9 est là")
    assert not template_drafts.look(tx, carried, fields, settings, NOW).is_changed
    base = TemplateBase(seen.name, seen.content)
    assert asked(tx, settings, TemplateChange("1115", base, WANTED)).payload["base"] == {
        "name": seen.name,
        "content": seen.content,
    }


def test_a_signature_in_another_normal_form_has_not_changed(tx: Tx, settings: Settings) -> None:
    apart = replace(SIGN, name="Cafe\u0301")
    content.put_signatures(tx, [apart], NOW)
    assert sign_drafts.fields_of(tx, apart).name == "Caf\u00e9"
    change = SignatureChange("112", SignatureBase("Caf\u00e9"))
    assert isinstance(
        content_drafts.ask_signature(tx, asker(settings), change, settings, NOW), Request
    )
