"""Every message fits Block Kit, says what it must in both languages, and gives nothing away."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.errors import Outdated, SlackError
from bot.locales import Locale
from bot.registry import FormFile, Person, SlackMessage
from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.roles import Rights, Role
from bot.rules.sending import Area, SendFault
from bot.rules.validity import ValidityFault
from bot.rules.words import BadText, TextFault
from bot.slack.messages import cards, faults, forms, help, previews
from bot.slack.messages.forms import URL_MAX, Carried, SendFields
from handlers import registry
from tests.slack.made import HOSTILE, NOW, make_card, make_draft, make_findings, make_template

LIN = Person("U0LIN", Locale.EN, "Asia/Shanghai", Rights(frozenset(Role)))


def every_message(locale: Locale) -> Iterator[tuple[str, SlackMessage]]:
    yield "preview", previews.preview(make_draft(), locale)
    spoilt = dataclasses.replace(make_draft(), findings=make_findings())
    yield "preview, findings", previews.preview(spoilt, locale)
    yield "preview, limit hit", previews.preview(make_draft(hit=True), locale)
    for state in MessageState:
        yield f"card {state.name}", cards.card(make_card(state, code="", carrier_code="X"), locale)
    yield "card asked", cards.card(make_card(MessageState.IN_DOUBT, is_asked=True), locale)
    notice = {"class_": TemplateClass.NOTICE, "values": ("A1",), "is_asked": True, "hint": HOSTILE}
    yield "card notice asked", cards.card(make_card(MessageState.IN_DOUBT, **notice), locale)
    yield (
        "card waits",
        cards.card(make_card(MessageState.QUEUED, code="RequestLimitExceeded"), locale),
    )
    person = Person("U0LIN", locale, "Asia/Shanghai", Rights(frozenset(Role)))
    yield "menu", help.menu(person, "demo", 1000, NOW)
    yield (
        "menu, no role",
        help.menu(Person("U", locale, "UTC", Rights(frozenset())), "demo", None, None),
    )
    yield "manual", help.manual(registry().commands, person)
    yield "unknown word", help.unknown(HOSTILE * 9, "send", locale)
    yield "not allowed", help.not_allowed(Role.REQUESTER, ("@a", "S01"), locale)
    yield "not allowed, unset", help.not_allowed(Role.OWNER, (), locale)
    fault = SendFault(Area.TEMPLATE, "rejected", {"template": "1", "reply": HOSTILE * 50})
    yield "not sent", faults.not_sent([fault] * 9, locale, HOSTILE * 60)
    yield "unreadable", faults.unreadable(BadText(TextFault.TOO_LONG, 4000), locale)
    yield "failed", faults.failed(SlackError("m", HOSTILE, permanent=True), locale, "E-1")
    yield "crashed", faults.crashed(locale, "E-1")
    yield "busy", faults.busy(locale)
    yield "outdated", faults.outdated(locale)


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
def test_no_message_shows_a_full_number_or_the_value_of_a_code(locale: Locale) -> None:
    for name, message in every_message(locale):
        said = json.dumps([message.text, *message.blocks], ensure_ascii=False)
        assert "13800000001" not in said.replace("/sms send +8613800000001 1110", ""), name
        assert name == "manual" or "123456" not in said, name


@pytest.mark.parametrize("locale", Locale)
def test_text_from_outside_is_never_markup(locale: Locale) -> None:
    for name, message in every_message(locale):
        for text in [message.text, *_mrkdwn(list(message.blocks))]:
            assert "<!channel>" not in text, name
            assert "<@U1>" not in text, name
            assert "<https://a.cn" not in text, name


@pytest.mark.parametrize("locale", Locale)
def test_no_chinese_is_left_in_english_and_the_reverse(locale: Locale) -> None:
    for name, message in every_message(locale):
        if name.startswith(("card", "preview")):
            continue  # they quote Chinese templates
        is_chinese = any("\u4e00" <= character <= "\u9fff" for character in message.text)
        assert is_chinese is (locale is Locale.ZH_CN), name


@pytest.mark.parametrize("locale", Locale)
def test_the_forms_fit_block_kit(locale: Locale) -> None:
    carried = Carried("C0SMS", "demo")
    file = FormFile(
        "F1", "名单" * 200 + ".csv", 10**9, "https://files.slack.com/".ljust(URL_MAX, "a")
    )
    fields = SendFields("13800000001\n" * 250, {1: "9" * 500}, at="x" * 100, valid="2h")
    views = [
        forms.send_form(carried, locale, valid_for_s=14_400),
        forms.send_form(
            carried, locale, fields=fields, template=make_template(), valid_for_s=14_400
        ),
        forms.send_form(
            Carried("C0SMS", "demo", file), locale, template=make_template(), valid_for_s=90_061
        ),
        forms.preview_form(make_draft(), locale),
        forms.note_form("note", locale),
    ]
    for view in views:
        View(**view).validate_json()
        assert len(view["title"]["text"]) <= 24
        assert len(view["private_metadata"]) <= 3000


def test_a_preview_form_that_meets_a_limit_cannot_be_handed_in() -> None:
    assert "submit" in forms.preview_form(make_draft(), Locale.EN)
    assert "submit" not in forms.preview_form(make_draft(hit=True), Locale.EN)


def test_a_template_search_finds_by_id_name_and_text_usable_ones_first() -> None:
    templates = [
        make_template(template_id="2", name="Login", content="code {1}"),
        make_template(template_id="1", name="Ship", content="order {1}"),
    ]
    assert [t.template_id for t in forms.search_templates(templates, "")] == ["1", "2"]
    assert [t.template_id for t in forms.search_templates(templates, "LOG")] == ["2"]
    assert [t.template_id for t in forms.search_templates(templates, "ord ship")] == ["1"]
    assert forms.search_templates(templates, "nothing") == []


def test_what_a_form_carries_comes_back() -> None:
    file = FormFile("F1", "list.csv", 120, "https://files.slack.com/list.csv")
    for carried in (Carried("C0SMS", "demo"), Carried("C0SMS", "demo", file)):
        assert forms.uncarry(forms.carry(carried)) == carried
    with pytest.raises(Outdated):
        forms.uncarry("{}")


def test_a_list_is_known_by_its_ending_and_its_name_keeps_it() -> None:
    files = [
        FormFile(f"F{nth}", name, 1, "u") for nth, name in enumerate(("a.png", "B.XLSX", "c.csv"))
    ]
    assert forms.list_file(files) == files[1]
    assert forms.list_file(files[:1]) is None
    long = FormFile("F9", "名单" * 200 + ".csv", 1, "u")
    kept = forms.uncarry(forms.carry(Carried("C", "demo", long))).file
    assert kept is not None
    assert forms.list_file([kept]) == kept


@pytest.mark.parametrize("locale", Locale)
def test_a_form_with_a_list_has_no_field_a_fault_could_miss(locale: Locale) -> None:
    carried = Carried("C0SMS", "demo", FormFile("F1", "list.csv", 120, "u"))
    view = forms.send_form(carried, locale, template=make_template(), valid_for_s=14_400)
    fields = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    faults_ = [
        SendFault(Area.NUMBER, "empty"),
        SendFault(Area.RECIPIENTS, "otp_shared"),
        SendFault(Area.TIME, "otp_later"),
        SendFault(Area.VALUES, "url", {"variable": 2, "code_point": ""}),
        SendFault(Area.PACKAGE, "package_empty", {"left": 0, "needed": 1}),
    ]
    found = forms.faults_by_block(faults_, make_template(), locale, has_number_field=False)
    assert found.keys() <= fields
    assert "list.csv" in json.dumps(view["blocks"])


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("fault", ValidityFault)
def test_a_time_that_is_none_says_what_to_write(fault: ValidityFault, locale: Locale) -> None:
    said = forms.validity_fault(fault, locale)
    assert "{" not in said
    assert any(character.isdigit() for character in said)


def test_a_fault_stands_under_its_field() -> None:
    found = forms.faults_by_block(
        [
            SendFault(Area.NUMBER, "empty"),
            SendFault(Area.VALUES, "url", {"variable": 2, "code_point": ""}),
            SendFault(Area.LIMIT, "per_day", {"used": 10, "allowed": 10, "scope": "number"}, NOW),
        ],
        make_template(),
        Locale.EN,
    )
    assert set(found) == {"number", "value.1111.2", "template"}
    assert "It may go again from 11-23 11:00:00 UTC+8 on." in found["template"]


def test_the_help_shows_only_what_one_may_run() -> None:
    nobody = Person("U", Locale.EN, "UTC", Rights(frozenset()))
    said = json.dumps(help.manual(registry().commands, nobody).blocks)
    assert "/sms help" in said
    assert "/sms send" not in said
    assert "/sms send" in json.dumps(help.manual(registry().commands, LIN).blocks)


@pytest.mark.parametrize("locale", list(Locale))
def test_whoever_has_no_role_is_told_nothing_that_leads_nowhere(locale: Locale) -> None:
    nobody = Person("U", locale, "UTC", Rights(frozenset()))
    said = "\n".join(_mrkdwn(help.manual(registry().commands, nobody).blocks))
    assert "`/sms help approve`" in said
    assert "`/sms help `" not in said
    shown = "\n".join(_mrkdwn(help.menu(nobody, "demo", None, None).blocks))
    assert "/sms send" not in shown
    assert "/sms send" in "\n".join(_mrkdwn(help.menu(LIN, "demo", None, None).blocks))


def _mrkdwn(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield node["text"]
        for value in node.values():
            yield from _mrkdwn(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _mrkdwn(value)


def test_what_was_typed_is_quoted_as_it_was_typed() -> None:
    fault = SendFault(Area.TEMPLATE, "rejected", {"template": "1", "reply": "no"})
    shown = faults.not_sent([fault], Locale.EN, "send 13800000001 1110 &lt;b&gt; &amp;amp;")
    said = json.dumps(shown.blocks, ensure_ascii=False)
    assert "/sms send +86 138****0001 1110 &lt;b&gt; &amp;amp;`" in said


@pytest.mark.parametrize("locale", list(Locale))
def test_the_menu_holds_what_one_may_do_with_the_app_that_is_meant(locale: Locale) -> None:
    of_other = Rights(of_app={"demo": frozenset(), "other": frozenset(Role)})
    somebody = Person("U", locale, "UTC", of_other)

    def shown(app: str) -> tuple[set[str], bool]:
        made = help.menu(somebody, app, 1000, NOW)
        actions = [each for each in made.blocks if each["type"] == "actions"]
        buttons = {each["action_id"] for block in actions for each in block["elements"]}
        return buttons, app in json.dumps(made.blocks)

    there, is_named = shown("other")
    assert {action for action, *_ in help.MENU} | {help.MENU_HELP} == there
    assert is_named
    here, is_named = shown("demo")
    assert there - here == help.OF_APP
    assert not is_named
