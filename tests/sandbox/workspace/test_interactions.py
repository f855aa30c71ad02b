"""Buttons, selects, forms and home tabs: what the app receives and what its answers do."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Pace
from tests.sandbox.workspace.driver import (
    ACTIONS,
    BUTTON,
    INPUT,
    OPTIONS,
    SEARCH,
    Installed,
    Json,
    error_of,
    manifest,
    modal,
    plain,
    section,
)

PROOF: Json = {
    "type": "input",
    "block_id": "proof",
    "label": plain("Proof"),
    "element": {"type": "file_input", "action_id": "file", "filetypes": ["png"], "max_files": 1},
}


async def trigger(installed: Installed) -> str:
    """A fresh trigger, from a command of Lin's."""
    await installed.page.say("/sms form")
    return str(installed.app.of("command")[-1].content["trigger_id"])


async def opened(installed: Installed, client: AsyncWebClient, view: Json | None = None) -> Json:
    answer = await client.views_open(trigger_id=await trigger(installed), view=view or modal())
    return dict(answer["view"])


async def test_a_pressed_button_arrives_with_its_message(
    installed: Installed, client: AsyncWebClient
) -> None:
    root = await client.chat_postMessage(channel="C0SMS", text="root")
    await client.chat_postMessage(
        channel="C0SMS", text="card", blocks=[ACTIONS], thread_ts=root["ts"]
    )
    card = installed.workspace.messages("C0SMS")[1]
    assert await installed.page.press(card, user="U0MAYA") == {"ok": True}
    [got] = installed.app.of("block_actions")
    payload = got.content
    assert payload["user"] == {
        "id": "U0MAYA",
        "username": "maya",
        "name": "maya",
        "team_id": "T0LOCAL",
    }
    assert payload["container"] == {
        "type": "message",
        "message_ts": card["ts"],
        "channel_id": "C0SMS",
        "is_ephemeral": False,
        "thread_ts": root["ts"],
    }
    assert payload["channel"] == {"id": "C0SMS", "name": "sms"}
    assert payload["message"]["text"] == "card"
    [action] = payload["actions"]
    assert float(action.pop("action_ts"))
    assert action == {
        "type": "button",
        "action_id": "go",
        "block_id": "row",
        "value": "42",
        "text": plain("Go"),
    }


async def test_a_button_in_an_attachment_can_be_pressed(
    installed: Installed, client: AsyncWebClient
) -> None:
    bar = {"color": "#b00020", "fallback": "card", "blocks": [ACTIONS]}
    await client.chat_postMessage(channel="C0SMS", text="card", attachments=[bar])
    assert await installed.page.press(installed.workspace.messages("C0SMS")[0]) == {"ok": True}
    [got] = installed.app.of("block_actions")
    assert got.content["actions"][0]["value"] == "42"


async def test_a_button_nobody_was_shown_cannot_be_pressed(
    installed: Installed, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="C0SMS", text="no buttons")
    [message] = installed.workspace.messages("C0SMS")
    answer = await installed.page.press(message)
    assert (answer["ok"], answer["error"]) == (False, "unknown_action")
    assert installed.app.of("block_actions") == []


async def test_a_select_takes_only_what_is_on_offer(
    installed: Installed, client: AsyncWebClient
) -> None:
    select = {"type": "static_select", "action_id": "s", "options": OPTIONS}
    row = {"type": "actions", "block_id": "row", "elements": [select]}
    await client.chat_postMessage(channel="C0SMS", text="x", blocks=[row])
    [message] = installed.workspace.messages("C0SMS")

    async def choose(option: Any) -> Json:
        action = {"type": "static_select", "action_id": "s", "block_id": "row"}
        return await installed.page.post(
            "/ui/action",
            user="U0LIN",
            channel="C0SMS",
            message_ts=message["ts"],
            action={**action, "selected_option": option},
            state={"values": {"row": {"s": {"selected_option": option}}}},
        )

    assert (await choose({"text": plain("Two"), "value": "2"}))["error"] == "not_on_offer"
    assert (await choose("1"))["error"] == "not_on_offer"
    assert await choose(OPTIONS[0]) == {"ok": True}
    [got] = installed.app.of("block_actions")
    assert got.content["actions"][0]["selected_option"] == OPTIONS[0]
    assert got.content["state"]["values"]["row"]["s"]["selected_option"] == OPTIONS[0]


async def test_a_form_is_shown_filled_in_and_sent(
    installed: Installed, client: AsyncWebClient
) -> None:
    view = await opened(installed, client, modal(INPUT, private_metadata="m"))
    assert [v["id"] for v in installed.workspace.views("U0LIN")] == [view["id"]]
    assert await installed.page.submit(view, "+8613800000001") == {"ok": True}
    [got] = installed.app.of("view_submission")
    sent = got.content["view"]
    assert (sent["callback_id"], sent["private_metadata"]) == ("form", "m")
    assert sent["state"]["values"] == {
        "who": {"number": {"type": "plain_text_input", "value": "+8613800000001"}}
    }
    assert got.content["trigger_id"]
    assert installed.workspace.views("U0LIN") == []


async def test_a_form_with_an_empty_field_is_not_sent(
    installed: Installed, client: AsyncWebClient
) -> None:
    view = await opened(installed, client)
    answer = await installed.page.submit(view, "")
    assert answer == {"ok": False, "errors": {"who": "请填写此项。"}}
    assert installed.app.of("view_submission") == []


async def test_the_apps_own_errors_come_back_by_field(
    installed: Installed, client: AsyncWebClient
) -> None:
    view = await opened(installed, client)
    installed.app.answer_json({"response_action": "errors", "errors": {"who": "No such number"}})
    answer = await installed.page.submit(view, "x")
    assert answer == {"ok": False, "errors": {"who": "No such number"}}
    assert len(installed.workspace.views("U0LIN")) == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, "invalid_errors"),
        ({"response_action": "errors"}, "invalid_errors"),
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_arguments"),
        ({"response_action": "push"}, "invalid_arguments"),
        ({"response_action": "dance"}, "invalid_response_action"),
    ],
)
async def test_a_nonsensical_answer_is_told_and_keeps_the_form(
    installed: Installed, client: AsyncWebClient, said: Json, error: str
) -> None:
    view = await opened(installed, client)
    installed.app.answer_json(said)
    answer = await installed.page.submit(view, "x")
    assert (answer["ok"], answer["error"]) == (False, error)
    assert answer["message"]
    assert len(installed.workspace.views("U0LIN")) == 1


async def test_an_answer_can_change_stack_or_clear_the_form(
    installed: Installed, client: AsyncWebClient
) -> None:
    view = await opened(installed, client)
    installed.app.answer_json({"response_action": "update", "view": modal(title=plain("New"))})
    await installed.page.submit(view, "x")
    [updated] = installed.workspace.views("U0LIN")
    assert (updated["id"], updated["title"]) == (view["id"], plain("New"))
    assert updated["hash"] != view["hash"]
    installed.app.answer_json({"response_action": "push", "view": modal(title=plain("Top"))})
    await installed.page.submit(view, "x")
    bottom, top = installed.workspace.views("U0LIN")
    assert (top["previous_view_id"], top["root_view_id"]) == (bottom["id"], bottom["id"])
    installed.app.answer_json({"response_action": "clear"})
    await installed.page.submit(top, "x")
    assert installed.workspace.views("U0LIN") == []


async def trigger_within(installed: Installed, view: Json) -> str:
    """The trigger of a button in an open form."""
    action = {"type": "button", "action_id": "go", "block_id": "row"}
    await installed.page.post("/ui/action", user="U0LIN", view_id=view["id"], action=action)
    return str(installed.app.of("block_actions")[-1].content["trigger_id"])


async def test_a_trigger_opens_one_form(installed: Installed, client: AsyncWebClient) -> None:
    key = await trigger(installed)
    await client.views_open(trigger_id=key, view=modal())
    again = client.views_open(trigger_id=key, view=modal())
    assert await error_of(again) == "exchanged_trigger_id"
    made_up = client.views_open(trigger_id="1.2.3", view=modal())
    assert await error_of(made_up) == "invalid_trigger_id"


async def test_a_faulty_form_is_refused_and_leaves_the_trigger_good(
    installed: Installed, client: AsyncWebClient
) -> None:
    key = await trigger(installed)
    bad = client.views_open(trigger_id=key, view=modal(section("")))
    assert await error_of(bad) == "invalid_arguments"
    big = modal(*[{**section("x" * 3000), "block_id": str(n)} for n in range(90)])
    assert await error_of(client.views_open(trigger_id=key, view=big)) == "view_too_large"
    home = {"type": "home", "blocks": []}
    assert await error_of(client.views_open(trigger_id=key, view=home)) == "invalid_arguments"
    endless = {**INPUT, "element": {"type": "number_input", "min_value": "abc"}}
    assert await error_of(client.views_open(trigger_id=key, view=modal(endless))) == (
        "invalid_arguments"
    )
    assert (await client.views_open(trigger_id=key, view=modal()))["ok"] is True


async def test_a_form_is_measured_in_bytes_of_utf_8(
    installed: Installed, client: AsyncWebClient
) -> None:
    """Escaped as ASCII, as slack_sdk sends it, a Chinese character is twice as long."""
    key = await trigger(installed)
    big = modal(*[section("短" * 1000) for _ in range(84)])
    assert await error_of(client.views_open(trigger_id=key, view=big)) == "view_too_large"
    small = modal(*[section("短" * 1000) for _ in range(80)])
    assert (await client.views_open(trigger_id=key, view=small))["ok"] is True


class TestAfterATriggersLife:
    @pytest.fixture
    def pace(self) -> Pace:
        return Pace(trigger_life_s=-1.0)

    async def test_it_opens_nothing(self, installed: Installed, client: AsyncWebClient) -> None:
        late = client.views_open(trigger_id=await trigger(installed), view=modal())
        assert await error_of(late) == "expired_trigger_id"


async def test_forms_stack_three_deep(installed: Installed, client: AsyncWebClient) -> None:
    nothing_open = client.views_push(trigger_id=await trigger(installed), view=modal())
    assert await error_of(nothing_open) == "not_found"
    view = await opened(installed, client, modal(INPUT, ACTIONS))
    for _ in range(2):
        key = await trigger_within(installed, view)
        pushed = await client.views_push(trigger_id=key, view=modal(INPUT, ACTIONS))
        view = pushed["view"]
    fourth = client.views_push(trigger_id=await trigger_within(installed, view), view=modal())
    assert await error_of(fourth) == "push_limit_reached"
    assert len(installed.workspace.views("U0LIN")) == 3


async def test_a_form_is_pushed_from_within_an_open_one_only(
    installed: Installed, client: AsyncWebClient
) -> None:
    view = await opened(installed, client, modal(INPUT, ACTIONS))
    from_outside = client.views_push(trigger_id=await trigger(installed), view=modal())
    assert await error_of(from_outside) == "not_found"
    key = await trigger_within(installed, view)
    await opened(installed, client)
    from_one_closed = client.views_push(trigger_id=key, view=modal())
    assert await error_of(from_one_closed) == "not_found"
    assert len(installed.workspace.views("U0LIN")) == 1


async def test_a_form_is_changed_by_id_or_by_the_apps_own_name(
    installed: Installed, client: AsyncWebClient
) -> None:
    view = await opened(installed, client, modal(external_id="mine"))
    by_id = await client.views_update(
        view_id=view["id"], view=modal(external_id="mine", title=plain("A")), hash=view["hash"]
    )
    assert by_id["view"]["title"] == plain("A")
    stale = client.views_update(view_id=view["id"], view=modal(), hash=view["hash"])
    assert await error_of(stale) == "hash_conflict"
    by_name = await client.views_update(
        external_id="mine", view=modal(external_id="mine", title=plain("B"))
    )
    assert by_name["view"]["id"] == view["id"]
    assert await error_of(client.views_update(view_id="V0X", view=modal())) == "not_found"


async def test_the_apps_own_name_is_given_once(
    installed: Installed, client: AsyncWebClient
) -> None:
    view = await opened(installed, client, modal(INPUT, ACTIONS, external_id="mine"))
    key = await trigger_within(installed, view)
    second = client.views_push(trigger_id=key, view=modal(external_id="mine"))
    assert await error_of(second) == "duplicate_external_id"


@pytest.mark.parametrize("cleared", [False, True])
async def test_a_closed_form_is_told_if_asked_for(
    installed: Installed, client: AsyncWebClient, cleared: bool
) -> None:
    view = await opened(installed, client, modal(notify_on_close=True, clear_on_close=cleared))
    await installed.page.post("/ui/view/close", user="U0LIN", view_id=view["id"])
    [got] = await installed.app.wait_for("view_closed")
    assert (got.content["view"]["id"], got.content["is_cleared"]) == (view["id"], cleared)
    assert "trigger_id" not in got.content
    assert installed.workspace.views("U0LIN") == []


async def test_nobody_else_can_use_somebodys_form(
    installed: Installed, client: AsyncWebClient
) -> None:
    view = await opened(installed, client)
    assert (await installed.page.submit(view, "x", user="U0EVE"))["error"] == "not_found"
    assert installed.app.of("view_submission") == []


async def test_a_search_asks_the_app_for_options(
    installed: Installed, client: AsyncWebClient
) -> None:
    view = await opened(installed, client, modal(SEARCH))

    async def ask(**more: str) -> Json:
        asked = {"view_id": view["id"], "block_id": "tpl", "action_id": "pick", **more}
        return await installed.page.post("/ui/suggest", user="U0LIN", value="co", **asked)

    installed.app.answer_json({"options": OPTIONS})
    assert await ask() == {"options": OPTIONS}
    [got] = installed.app.of("block_suggestion")
    assert (got.content["value"], got.content["action_id"]) == ("co", "pick")
    assert got.content["container"] == {"type": "view", "view_id": view["id"]}
    groups = [{"label": plain("G"), "options": OPTIONS}]
    installed.app.answer_json({"option_groups": groups})
    assert await ask() == {"option_groups": groups}
    installed.app.answer_json({"options": [{"value": "no text"}]})
    assert (await ask())["error"] == "invalid_options"
    assert (await ask(action_id="other"))["error"] == "unknown_action"


async def test_a_used_element_of_a_form_arrives_with_its_view(
    installed: Installed, client: AsyncWebClient
) -> None:
    view = await opened(installed, client, modal(INPUT, ACTIONS))
    action = {"type": "button", "action_id": "go", "block_id": "row"}
    values = {"who": {"number": {"type": "plain_text_input", "value": "half"}}}
    await installed.page.post(
        "/ui/action", user="U0LIN", view_id=view["id"], action=action, state={"values": values}
    )
    [got] = installed.app.of("block_actions")
    assert got.content["container"] == {"type": "view", "view_id": view["id"]}
    assert got.content["view"]["state"]["values"] == values
    assert "response_url" not in got.content
    pushed = await client.views_push(trigger_id=got.content["trigger_id"], view=modal())
    assert pushed["view"]["previous_view_id"] == view["id"]


async def test_a_home_tab_is_published_and_its_opening_told(
    installed: Installed, client: AsyncWebClient
) -> None:
    assert await installed.page.post("/ui/home", user="U0LIN") == {"view": None}
    [got] = await installed.app.wait_for("app_home_opened")
    assert (got.content["event"]["user"], got.content["event"]["tab"]) == ("U0LIN", "home")
    home = {"type": "home", "blocks": [section("hello"), ACTIONS]}
    first = (await client.views_publish(user_id="U0LIN", view=home))["view"]
    shown = (await installed.page.post("/ui/home", user="U0LIN"))["view"]
    assert (shown["id"], shown["type"]) == (first["id"], "home")
    await client.views_publish(user_id="U0LIN", view=home, hash=first["hash"])
    stale = client.views_publish(user_id="U0LIN", view=home, hash=first["hash"])
    assert await error_of(stale) == "hash_conflict"
    nobody = client.views_publish(user_id="U0NOBODY", view=home)
    assert await error_of(nobody) == "user_not_found"
    assert await error_of(client.views_publish(user_id="U0LIN", view=modal())) == (
        "invalid_arguments"
    )
    assert installed.workspace.home("U0MAYA") is None


async def test_an_app_without_a_home_tab_publishes_none_and_hears_of_none(
    installed: Installed, client: AsyncWebClient
) -> None:
    url = installed.app.url
    installed.workspace.install(manifest(url, app_home={"home_tab_enabled": False}))
    home = {"type": "home", "blocks": []}
    assert await error_of(client.views_publish(user_id="U0LIN", view=home)) == "not_enabled"
    boot = await installed.page.get("/ui/boot", user="U0LIN")
    assert boot["app"]["home_tab"] is False
    assert await installed.page.post("/ui/home", user="U0LIN") == {"view": None}
    await installed.page.say("hello")
    await installed.app.wait_for("message")
    assert installed.app.of("app_home_opened") == []


async def test_nobody_writes_to_an_app_that_takes_no_messages(
    installed: Installed, client: AsyncWebClient
) -> None:
    url = installed.app.url
    installed.workspace.install(manifest(url, app_home={"messages_tab_read_only_enabled": True}))
    refused = await installed.page.say("hello", channel="D0LIN")
    assert refused["error"] == "restricted_action_read_only_channel"
    assert (await installed.page.say("hello"))["ok"] is True
    assert (await client.chat_postMessage(channel="D0LIN", text="from the app"))["ok"] is True


async def give(installed: Installed, view: Json, *ids: str) -> Json:
    """Lin submits a form with these files in it."""
    entry = {"type": "file_input", "files": [{"id": file_id} for file_id in ids]}
    values = {"proof": {"file": entry}}
    return await installed.page.post(
        "/ui/view/submit", user="U0LIN", view_id=view["id"], state={"values": values}
    )


async def test_a_form_brings_its_files_in_full_and_opens_them_to_the_app(
    installed: Installed, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    file = (await installed.page.upload("proof.png", b"a picture"))["file"]
    assert await error_of(client.files_info(file=file["id"])) == "file_not_found"
    view = await opened(installed, client, modal(PROOF))
    assert await give(installed, view, file["id"]) == {"ok": True}
    [got] = installed.app.of("view_submission")
    entry = got.content["view"]["state"]["values"]["proof"]["file"]
    assert entry["type"] == "file_input"
    [given] = entry["files"]
    assert (given["id"], given["name"], given["size"]) == (file["id"], "proof.png", 9)
    assert (given["user"], given["mimetype"]) == ("U0LIN", "image/png")
    token = {"Authorization": f"Bearer {installed.installation.bot_token}"}
    async with http.get(given["url_private_download"], headers=token) as answer:
        assert await answer.read() == b"a picture"
    assert (await client.files_info(file=file["id"]))["ok"] is True


async def test_a_form_takes_only_files_that_fit_and_are_ones_own(
    installed: Installed, client: AsyncWebClient
) -> None:
    upload = installed.page.upload
    text = (await upload("proof.csv", b"1"))["file"]["id"]
    theirs = (await upload("proof.png", b"1", user="U0EVE"))["file"]["id"]
    mine = [(await upload(f"{n}.png", b"1"))["file"]["id"] for n in range(2)]
    view = await opened(installed, client, modal(PROOF))
    assert await give(installed, view, *mine) == {
        "ok": False,
        "errors": {"proof": "最多可添加 1 个文件。"},
    }
    wrong = (await give(installed, view, text))["errors"]
    assert wrong == {"proof": "只能添加以下类型的文件：png。"}
    assert (await give(installed, view, theirs))["error"] == "not_on_offer"
    assert (await give(installed, view, "F0NONE"))["error"] == "not_on_offer"
    assert (await give(installed, view))["errors"] == {"proof": "请填写此项。"}
    assert installed.app.of("view_submission") == []
    assert await give(installed, view, mine[0]) == {"ok": True}


async def test_a_form_that_asks_for_files_needs_the_scope(
    installed: Installed, client: AsyncWebClient
) -> None:
    scopes = ["commands", "chat:write"]
    installed.workspace.install(manifest(installed.app.url, scopes=scopes, events=()))
    refused = client.views_open(trigger_id=await trigger(installed), view=modal(PROOF))
    assert await error_of(refused) == "missing_scope"


async def test_buttons_inside_cards_and_containers_can_be_pressed(
    installed: Installed, client: AsyncWebClient
) -> None:
    card = {"type": "card", "block_id": "row", "title": plain("T"), "actions": [BUTTON]}
    inside: Json = {"type": "container", "title": plain("C"), "child_blocks": [ACTIONS]}
    for block in (card, {"type": "carousel", "elements": [card]}, inside):
        await client.chat_postMessage(channel="C0SMS", text="x", blocks=[block])
        message = installed.workspace.messages("C0SMS")[-1]
        assert message["blocks"][0]["block_id"]
        assert await installed.page.press(message) == {"ok": True}
    assert len(installed.app.of("block_actions")) == 3
