"""Buttons and forms of an earlier program, or damaged: whoever uses one hears a sentence."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.cli.local import Local
from bot.errors import Outdated
from bot.locales import Locale
from bot.mounts.routing import Router, explain
from bot.registry import Later
from bot.slack.messages import change_forms, faults, forms, limit_forms, lint_reports, listings

#: What no button and no form of ours carries, or one of ours of another kind.
CARRIED = (
    "",
    "\0|:\ud800",
    "R-0000:x",
    "[" * 3_000,
    "null",
    '{"app": "demo", "channel": ""}',
    '{"app": "demo", "channel": "", "file": {"x": 1}}',
    '["", 4711, 0]',
    '["x", "y", true, "otp", "no_rule"]',
    '["C0SMS", "demo", "", "", 0, "x"]',
    "9" * 2_000,
)
#: Holds nearly every role.
USER = "U0MAYA"


def knocks(local: Local, text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every button, every form and everything that acts in a form, carrying `text`."""
    registry = local.bot.services.registry
    user = {"user": {"id": USER}, "trigger_id": "1.2.a"}
    view = {"id": "V", "type": "modal", "private_metadata": f"C0SMS|{text}", "state": {}}
    for button in registry.buttons:
        action = {"action_id": button.action_id, "value": text}
        yield "action", button.action_id, {**user, "channel": {"id": "C0SMS"}, "actions": [action]}
    used = [each.action_id for each in registry.choices]
    for name in (*used, *(each.action_id for each in registry.form_actions)):
        chosen = {"action_id": name, "selected_option": {"value": text}}
        yield "action", name, {**user, "view": view, "actions": [chosen]}
    for form in registry.submissions:
        filled = {**view, "callback_id": form.callback_id}
        yield "submission", form.callback_id, {**user, "view": filled}


async def broken(router: Router, way: str, payload: dict[str, Any]) -> Exception | None:
    """What somebody would be told of as `something broke`, if anything."""
    try:
        answer = await getattr(router, way)(payload)
        if isinstance(answer, Later):
            await answer.rest
    except Outdated:
        return None
    except Exception as error:
        return error
    return None


async def test_nothing_that_a_button_or_a_form_carries_breaks_anything(local: Local) -> None:
    router = Router(local.bot.services)
    found = {
        (name, text[:40]): error
        for text in CARRIED
        for way, name, payload in knocks(local, text)
        if (error := await broken(router, way, payload)) is not None
    }
    assert found == {}


def test_what_carries_nothing_of_ours_is_said_to_be_outdated_and_nobodys_fault() -> None:
    for locale in Locale:
        said = explain(Outdated("unpack"), locale).message
        assert said == faults.outdated(locale)
        assert "E-" not in said.text


@pytest.mark.parametrize(
    "read",
    [
        listings.query_of,
        change_forms.uncarry,
        change_forms.uncarry_shown,
        forms.uncarry,
        limit_forms.uncarry,
        lint_reports.unpack,
    ],
)
@pytest.mark.parametrize("text", [each for each in CARRIED if not each.startswith('{"app"')])
def test_what_is_none_of_ours_is_read_as_outdated(read: Any, text: str) -> None:
    with pytest.raises(Outdated):
        read(text)
