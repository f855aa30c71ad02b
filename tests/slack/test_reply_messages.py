"""What is shown of a reply: bounded, masked, no markup, in both languages."""

from typing import Any

import pytest

from bot.locales import Locale
from bot.sandbox.workspace.blocks import Surface, check_blocks, check_view
from bot.slack.messages import forms, timelines
from bot.slack.messages import replies as messages
from bot.slack.messages.forms import Carried
from bot.slack.messages.notices import KINDS
from bot.slack.messages.replies import Words
from storage.ids import to_ms
from tests.slack.made import HOSTILE, NOW, make_template

NUMBER = "+8613800001234"
GUESS: dict[str, Any] = {
    "message": "0123456789ab000001abcdef",
    "request": "R-7K3Q",
    "template": "1111",
    "name": HOSTILE + "名" * 200,
    "at_ms": to_ms(NOW),
    "others": 2,
    "is_counted": True,
}
FACTS: dict[str, Any] = {
    "reply": "0123456789ab000001abcdef",
    "number": "+86 138****1234",
    "signature": HOSTILE[:60],
    "at_ms": to_ms(NOW),
    "declined": None,
    "guess": GUESS,
    "words": Words.HIDDEN.value,
    "text": "",
}
LONG = HOSTILE + ":tada:\n" + "打给13800001234" * 300
STATES: dict[str, dict[str, Any]] = {
    "hidden": {},
    "shown": {"words": Words.SHOWN.value, "text": LONG},
    "lines": {"words": Words.SHOWN.value, "text": "*\n" * 1_000},
    "none": {"words": Words.NONE.value},
    "opted out": {"declined": {"scope": "all", "signature": ""}},
    "marketing": {"declined": {"scope": "marketing", "signature": HOSTILE[:40]}},
    "no guess": {"guess": None},
    "unsigned": {"signature": ""},
    "one other": {"guess": {**GUESS, "others": 1, "name": ""}},
    "many others": {"guess": {**GUESS, "others": 20, "is_counted": False}},
}


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_every_state_fits_and_nothing_in_it_is_markup(
    state: dict[str, Any], locale: Locale
) -> None:
    message = KINDS[messages.SAID](FACTS | state, locale)
    assert check_blocks(list(message.blocks), Surface.MESSAGE) == []
    shown = message.text + str(message.blocks)
    for hidden in ("<!channel", "<@U1", "<https", "*b*", "_i_", "`c`", ":tada:", "13800001234"):
        assert hidden not in shown
    assert "+86 138****1234" in message.text
    assert len(message.text) < 300


def buttons(**changes: Any) -> list[str]:
    message = messages.said(FACTS | changes, Locale.EN)
    (actions,) = [each for each in message.blocks if each["type"] == "actions"] or [{}]
    return [each["action_id"] for each in actions.get("elements", [])]


def test_buttons_are_those_that_have_a_use() -> None:
    assert buttons() == ["reply.view", "reply.answer", "why.message"]
    assert buttons(words=Words.SHOWN.value, text="短") == ["reply.answer", "why.message"]
    assert buttons(words=Words.SHOWN.value, text=LONG)[0] == "reply.view"
    assert buttons(declined={"scope": "all", "signature": ""}, guess=None) == ["reply.view"]
    assert buttons(words="none", declined={"scope": "all", "signature": ""}, guess=None) == []
    assert messages.STORY == timelines.MESSAGE


@pytest.mark.parametrize("locale", Locale)
def test_the_whole_of_it_is_shown_as_a_quotation_and_fits(locale: Locale) -> None:
    message = messages.whole(NUMBER, LONG[:2_048] + "\u202e", NOW, locale)
    assert check_blocks(list(message.blocks), Surface.MESSAGE) == []
    assert message.blocks[1]["text"]["text"].startswith("> &lt;!channel&gt; &lt;@U1&gt;")
    assert ":tada:" not in str(message.blocks)
    broken = messages.whole(NUMBER, "*\n" * 1_024, NOW, locale)
    assert check_blocks(list(broken.blocks), Surface.MESSAGE) == []
    assert len(messages.whole(NUMBER, "", NOW, locale).blocks) == 1


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("many", [1, 12_345])
def test_what_was_gathered_says_how_many(many: int, locale: Locale) -> None:
    facts = {"hour_s": to_ms(NOW) // 1000, "many": many, "optouts": many - 1}
    message = KINDS[messages.GATHERED](facts, locale)
    assert check_blocks(list(message.blocks), Surface.MESSAGE) == []
    assert f"{many:,}" in message.text
    assert f"{many - 1:,}" in str(message.blocks)


@pytest.mark.parametrize("locale", Locale)
def test_the_form_offers_what_fits_and_shows_no_whole_number(locale: Locale) -> None:
    carried = Carried("C0REPLIES", "demo", reply="r1", to="+86 138****1234")
    assert forms.uncarry(forms.carry(carried)) == carried
    offered = [make_template(template_id=str(nth)) for nth in range(150)]
    view = forms.send_form(carried, locale, offered=offered, valid_for_s=60)
    assert check_view(dict(view)) == []
    assert "+86 138****1234" in str(view)
    assert "send.number" not in str(view)
    (chooser,) = (each for each in view["blocks"] if each.get("block_id") == "template")
    assert len(chooser["element"]["options"]) == 100
    chosen = forms.send_form(carried, locale, template=offered[3], offered=offered, valid_for_s=60)
    assert check_view(dict(chosen)) == []
    initial = next(e for e in chosen["blocks"] if e.get("block_id") == "template")["element"]
    assert initial["initial_option"]["value"] == "3"


@pytest.mark.parametrize("between", [".", " ", "、", "\n", " - "])
@pytest.mark.parametrize("before", ["我的号 ", "字" * 590 + " "], ids=["whole", "cut"])
def test_a_number_with_its_digits_apart_is_covered_and_so_is_one_that_is_cut(
    between: str, before: str
) -> None:
    text = before + between.join("13800001234")
    shown = str(messages.said(FACTS | {"words": "shown", "text": text}, Locale.EN).blocks)
    assert "138****" in shown or "…" in shown
    assert between.join("1380") not in shown.replace("\\n", "\n")


def test_a_number_that_is_cut_in_the_middle_is_covered_before() -> None:
    text = "字" * 592 + " 13800001234"
    shown = str(messages.said(FACTS | {"words": "shown", "text": text}, Locale.EN).blocks)
    assert "138000" not in shown
