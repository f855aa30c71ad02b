"""Whatever asks for a role says of which app, or stands here with the reason why it need not."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

import pytest

from bot.registry import Registry
from handlers import registry

#: What all apps share: who may look at any of them may look at it.
SHARED = "templates, signatures, opt-outs, packages, rotas and the meaning of codes are everybody's"
#: What the handler leaves out line by line: it takes `Person.where`.
NARROWED = "shows what is of the apps where the person may look, and nothing else"
#: What leads to a form that asks once it says what it is about.
FORM = "an empty form, judged when it is handed in"
OWN = "somebody's own telephone number"
#: By key or id; what asks for no role is judged by a policy, or by nobody.
REASONS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "template",
            "template_list",
            "template_show",
            "template_lint",
            "template.list_state",
            "template.list_previous",
            "template.list_next",
            "template.list_all",
            "template.list_refresh",
            "template.show",
            "template.lint_fix",
            "sign",
            "sign_list",
            "sign_show",
            "sign_lint",
            "sign.list_state",
            "sign.list_previous",
            "sign.list_next",
            "sign.list_all",
            "sign.list_refresh",
            "sign.show",
            "sign.lint_fix",
            "optout",
            "optout_list",
            "menu.optouts",
            "optout.turn_back",
            "optout.turn_on",
            "oncall",
            "oncall_show",
            "why_code",
            "why.code_0",
            "why.code_1",
            "why.code_2",
            "why.code_3",
            "why.explain",
        ),
        SHARED,
    ),
    **dict.fromkeys(
        (
            "app",
            "app_list",
            "menu.apps",
            "menu.jobs",
            "alerts_list",
            "menu.alerts",
            "alerts.turn_previous",
            "alerts.turn_next",
            "alerts_silences",
            "silences.matchers",
            "package",
            "why.number",
            "why.turn_back",
            "why.turn_on",
        ),
        NARROWED,
    ),
    "silences.new": FORM,
    "oncall_phone": OWN,
    "oncall.try": OWN,
}


def records(known: Registry) -> Iterator[tuple[str, object]]:
    """Every record that asks for a role, by its key or its id."""
    for field in fields(known):
        found = getattr(known, field.name)
        for each in found if isinstance(found, tuple) else ():
            names = ("key", "action_id", "callback_id", "name")
            name = next(getattr(each, part) for part in names if hasattr(each, part))
            if getattr(each, "role", None) is not None:
                yield str(name), each


ASKING = dict(records(registry()))


def test_records_that_ask_for_a_role_are_found() -> None:
    assert {"send", "job.cancel", "send.form", "send.template", "sign.remark", "send.list"} <= set(
        ASKING
    )


@pytest.mark.parametrize("name", sorted(ASKING))
def test_it_says_of_which_app_or_why_it_need_not(name: str) -> None:
    is_told = getattr(ASKING[name], "about", None) is not None
    assert is_told is not (name in REASONS), f"{name}: give it `about`, or a reason here"


def test_no_reason_is_left_of_what_is_gone() -> None:
    assert set(REASONS) <= set(ASKING)
