"""Lists, pages and forms of templates and signatures: within Slack's limits, in both languages, and
nothing from outside is markup."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import Outdated
from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules import catalogue
from bot.rules.catalogue import Query
from bot.rules.changes import Image
from bot.rules.classes import TemplateClass
from bot.rules.content import QualificationState, ReviewState, Signature, Template
from bot.rules.lint import (
    Finding,
    LintFacts,
    Rule,
    Severity,
    SignatureDraft,
    TemplateDraft,
    lint_signature,
    lint_template,
    own_table,
)
from bot.rules.requests import RequestKind, RequestState
from bot.rules.review_replies import Refusal, SimilarRefusal
from bot.sandbox.workspace.blocks import Surface, check_blocks, check_view
from bot.slack.messages import (
    asked,
    change_forms,
    details,
    lint,
    lint_reports,
    listings,
    sign_forms,
    template_forms,
)
from bot.slack.messages.change_forms import Carried
from bot.slack.messages.details import Details, PastRequest
from bot.slack.messages.lint_reports import Linted
from bot.slack.messages.sign_forms import KeptFile, SignFields, SignForm
from bot.slack.messages.template_forms import TemplateFields, TemplateForm
from tests.slack.made import HOSTILE, NOW, make_template

LONG = HOSTILE * 9
#: Breaks as many rules as one text can, and quotes itself in their sentences.
BAD = f"【甲】{HOSTILE}{{1}}{{2}} ¥9 🙂\u200b http://t.cn/a 加微信 13800000001 贷款 {{3}}"
CARRIED = Carried("C0SMS", "demo", "template.edit:1115", "p" * 16, 3, 1_700_000_000_000)
IMAGE = KeptFile(Image("a" * 64, HOSTILE, 4_999_999), "F1")
SIMILAR = SimilarRefusal(Refusal("900", LONG, LONG, NOW), 0.9)


def findings(text: str = BAD, class_: TemplateClass = TemplateClass.OTP) -> tuple[Finding, ...]:
    draft = TemplateDraft(text, class_, international=False)
    return lint_template(draft, LintFacts(NOW.date(), signature="腾讯云"), own_table())


def make_signature(**changes: Any) -> Signature:
    made = Signature("112", LONG[:60], False, ReviewState.REJECTED, LONG, NOW, "6001")
    return replace(made, qualification=QualificationState.PASSED, **changes)


def make_form(**changes: Any) -> TemplateForm:
    fields = TemplateFields(False, TemplateClass.OTP, LONG[:100], BAD, LONG[:500])
    rejected = make_template(review=ReviewState.REJECTED, review_reply=LONG, content=LONG[:500])
    made = TemplateForm(CARRIED, fields, findings(), rejected, True, "腾讯云", (SIMILAR,) * 2)
    return replace(made, **changes)


def make_sign_form(**changes: Any) -> SignForm:
    fields = SignFields(False, LONG[:60], 0, 1, True, "6001", LONG[:500], IMAGE, IMAGE)
    draft = SignatureDraft(fields.name, False, 0, 1)
    found = lint_signature(draft, LintFacts(NOW.date()), own_table())
    documents = own_table().documents
    made = SignForm(CARRIED, fields, found, make_signature(), True, documents, ("6001", "6002"))
    return replace(made, **changes)


def every_message(locale: Locale) -> Iterator[tuple[str, SlackMessage]]:
    templates = [make_template(template_id=str(i), name=LONG, content=LONG) for i in range(25)]
    for query in (Query(), Query(page=1), Query('"' * 40, ReviewState.REJECTED), Query("x")):
        page = catalogue.find(templates, query)
        yield f"list {query}", listings.listing(listings.TEMPLATES, page, NOW, locale, may_ask=True)
    signatures = catalogue.find([make_signature()], Query())
    yield "signs", listings.listing(listings.SIGNATURES, signatures, NOW, locale, may_ask=False)
    nothing: list[Template] = []
    empty = catalogue.find(nothing, Query())
    yield "empty", listings.listing(listings.TEMPLATES, empty, NOW, locale, may_ask=True)
    yield "not read", listings.listing(listings.TEMPLATES, empty, None, locale, may_ask=True)
    past = tuple(
        PastRequest(f"R-{kind.name[:4]}", kind, state, "U0LIN", NOW)
        for kind in RequestKind
        if kind is not RequestKind.SEND
        for state in (RequestState.AWAITING_APPROVAL, RequestState.IN_DOUBT)
    )
    for review in ReviewState:
        template = make_template(review=review, review_reply=LONG, content=LONG[:500])
        shown = Details(template, TemplateClass.OTP, findings(), past, NOW, is_guessed=True)
        yield f"template {review.name}", details.details(shown, locale, may_ask=True)
        shown = Details(make_signature(review=review), None, (), (), None)
        yield f"signature {review.name}", details.details(shown, locale, may_ask=True)
    yield "unknown", details.unknown("template", LONG, LONG, locale)
    linted = Linted("template", BAD, False, TemplateClass.OTP)
    shown_ = template_forms.look_blocks(make_form(), locale)
    yield "report", lint_reports.report(linted, shown_, findings(), locale, may_ask=True)
    long = Linted("template", "长" * 2_500, False)
    yield "long report", lint_reports.report(long, (), findings(), locale, may_ask=True)
    yield "clean report", lint_reports.report(linted, (), (), locale, may_ask=False)
    yield "v5", asked.cannot_ask(locale)
    yield "not you", asked.may_not_ask(("@a", "S1"), locale)


def every_form(locale: Locale) -> Iterator[tuple[str, Mapping[str, Any]]]:
    new = Carried("C0SMS", "demo", "template.new")
    yield "new", template_forms.template_form(TemplateForm(new, TemplateFields()), locale)
    yield "edit", template_forms.template_form(make_form(), locale)
    clean = make_form(findings=(), similar=())
    yield "clean", template_forms.template_form(clean, locale)
    abroad = replace(make_form().fields, international=True, content="é" * 2_000)
    yield "long", template_forms.template_form(make_form(fields=abroad), locale)
    yield "anyway", template_forms.anyway_form(make_form(), locale)
    template = make_template(content=LONG[:500])
    yield "delete", template_forms.delete_form(CARRIED, template, locale, is_changed=True)
    yield "sign", sign_forms.sign_form(make_sign_form(), locale, [LONG])
    first = SignForm(Carried("C", "d", "sign.new"), SignFields(), documents=own_table().documents)
    yield "new sign", sign_forms.sign_form(first, locale)
    away = make_sign_form(fields=replace(make_sign_form().fields, international=True))
    yield "sign abroad", sign_forms.sign_form(away, locale)
    yield "sign anyway", sign_forms.anyway_form(make_sign_form(), locale)
    yield "sign delete", sign_forms.delete_form(CARRIED, make_signature(), ["demo", LONG], locale)
    yield "fetching", sign_forms.fetching_form(locale)
    yield "asked", asked.asked("R-7K3Q", "C0SMS", locale, is_waived=False)
    yield "waived", asked.asked("R-7K3Q", "D0LIN", locale, is_waived=True)
    yield "in the way", asked.closing_form(asked.already_asked("R-1", "#sms", "x", locale), locale)


@pytest.mark.parametrize("locale", Locale)
def test_every_message_is_within_slacks_limits(locale: Locale) -> None:
    for name, message in every_message(locale):
        assert message.text.strip(), name
        assert len(message.text) <= 4_000, name
        blocks = [dict(block) for block in message.blocks]
        assert check_blocks(blocks, Surface.MESSAGE) == [], name


@pytest.mark.parametrize("locale", Locale)
def test_every_form_is_within_slacks_limits(locale: Locale) -> None:
    for name, view in every_form(locale):
        assert check_view(dict(view)) == [], name


@pytest.mark.parametrize("locale", Locale)
def test_text_from_outside_is_never_markup(locale: Locale) -> None:
    shown = [(name, message.text, message.blocks) for name, message in every_message(locale)]
    shown += [(name, "", view["blocks"]) for name, view in every_form(locale)]
    for name, first, parts in shown:
        for text in (first, *_mrkdwn(parts)):
            assert "<!channel>" not in text, name
            assert "<@U1>" not in text, name
            assert "<https://a.cn" not in text, name
            assert "*b*" not in re.sub("`[^`]*`", "", text), name


@pytest.mark.parametrize("locale", Locale)
def test_the_number_of_a_variable_is_never_left_as_a_placeholder(locale: Locale) -> None:
    for each in findings("您的订单{2}{4}"):
        assert "{{" not in lint.sentence(each, locale)


def test_the_fix_buttons_name_their_rule_and_stand_beside_their_finding() -> None:
    view = template_forms.template_form(make_form(), Locale.EN)
    values = [
        block["accessory"]["value"]
        for block in view["blocks"]
        if block.get("accessory", {}).get("action_id") == "template.fix_one"
    ]
    fixable = {each.rule.value for each in findings() if each.fixed is not None}
    assert set(values) <= fixable
    assert Rule.BRACKET.value in values
    assert any(_has(block, "template.fix_all") for block in view["blocks"])


def test_each_refusal_stands_under_the_field_it_is_about() -> None:
    empty = replace(make_form().fields, name="", class_=None, remark="")
    under = template_forms.faults(make_form(fields=empty), Locale.EN)
    assert under.keys() == {f"template.{name}.3" for name in ("name", "class", "remark", "content")}
    assert all(len(said) <= change_forms.FAULT_MAX for said in under.values())
    advice = [each for each in findings() if each.severity is Severity.ADVICE]
    assert template_forms.faults(make_form(findings=advice), Locale.EN) == {}


def test_a_signatures_refusals_stand_under_fields_that_are_there() -> None:
    for fields in (
        SignFields(),
        SignFields(international=True, sign_type=1),
        SignFields(name="甲", sign_type=0, for_another_party=True, qualification_id="x1"),
    ):
        draft = SignatureDraft(
            "测试",
            False,
            1,
            7,
            for_another_party=True,
            has_commission=False,
            has_qualification=False,
        )
        found = lint_signature(draft, LintFacts(NOW.date()), own_table())
        form = make_sign_form(fields=fields, findings=found, item=None)
        inputs = {
            block["block_id"]
            for block in sign_forms.sign_form(form, Locale.EN)["blocks"]
            if block["type"] == "input"
        }
        assert set(sign_forms.faults(form, Locale.EN)) <= inputs


def test_what_a_form_remembers_comes_back() -> None:
    assert change_forms.uncarry(change_forms.carry(CARRIED)) == CARRIED
    assert CARRIED.content_id == CARRIED.source_id == "1115"
    like = replace(CARRIED, form="template.new.1110")
    assert (like.content_id, like.source_id) == ("", "1110")
    shown = change_forms.carry_shown(CARRIED, {"a": "b"})
    assert change_forms.uncarry_shown(shown) == (CARRIED, change_forms.print_of_fields({"a": "b"}))
    for unread in (change_forms.uncarry, change_forms.uncarry_shown):
        with pytest.raises(Outdated):
            unread("[1]")


def test_what_a_draft_keeps_comes_back() -> None:
    fields = make_form().fields
    again = template_forms.read_fields(template_forms.write_fields(fields))
    assert again == replace(fields, name=fields.name.strip(), remark=fields.remark.strip())
    signed = make_sign_form().fields
    kept = sign_forms.read_fields(json.loads(json.dumps(sign_forms.write_fields(signed))))
    assert kept == replace(signed, name=signed.name.strip(), remark=signed.remark.strip())


def test_what_nobody_could_have_chosen_is_not_chosen() -> None:
    hostile = {"template.class": "alert", "template.side": "moon", "template.content": "\ud83d"}
    fields = template_forms.read_fields(hostile)
    assert (fields.class_, fields.international, fields.content) == (None, False, "\ufffd")
    signed = sign_forms.read_fields({"sign.type": "²", "sign.document": "99", "sign.proof": "[]"})
    assert (signed.sign_type, signed.document_type, signed.proof) == (None, None, None)


def test_what_a_report_carries_comes_back_or_is_left_out() -> None:
    linted = Linted("template", "您的{1}", True, TemplateClass.NOTICE)
    message = lint_reports.report(linted, (), findings(), Locale.EN, may_ask=True)
    values = [_value(block, "template.lint_use") for block in message.blocks]
    (value,) = [each for each in values if each]
    assert lint_reports.unpack(value) == (linted, None)
    long = Linted("template", "长" * 2_500, False)
    message = lint_reports.report(long, (), findings(), Locale.EN, may_ask=True)
    assert not any(_has(block, "template.lint_use") for block in message.blocks)


def test_a_list_says_when_it_was_read_and_shows_what_stands_under_it_only_to_who_may_ask() -> None:
    templates = [make_template(template_id=str(i)) for i in range(11)]
    page = catalogue.find(templates, Query())
    seen_at = NOW - timedelta(hours=2)
    message = listings.listing(listings.TEMPLATES, page, seen_at, Locale.EN, may_ask=False)
    said = json.dumps(message.blocks, ensure_ascii=False)
    assert f"!date^{int(seen_at.timestamp())}^{{ago}}|" in said
    assert '"template.list_next"' in said
    assert '"template.new"' not in said
    assert "11 in all · page 1 of 2" in said


def _value(block: Mapping[str, Any], action_id: str) -> str:
    return next(
        (e["value"] for e in block.get("elements", []) if e.get("action_id") == action_id), ""
    )


def _has(block: Mapping[str, Any], action_id: str) -> bool:
    elements = [*block.get("elements", []), block.get("accessory", {})]
    return any(each.get("action_id") == action_id for each in elements)


def _mrkdwn(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if node.get("type") == "mrkdwn":
            yield node["text"]
        for value in node.values():
            yield from _mrkdwn(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _mrkdwn(value)


def test_a_template_is_read_without_spaces_around_its_text() -> None:
    fields = template_forms.read_fields({template_forms.CONTENT: " 您的订单已到货。\n"})
    assert fields.content == "您的订单已到货。"
