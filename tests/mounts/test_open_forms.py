"""A form that stays open: drawn anew as somebody types, in whatever order; and what comes late."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.cli.local import Local, Plan, running_locally
from bot.mounts.slack_door import SlackDoor
from bot.registry import (
    Answer,
    Chosen,
    Filled,
    Form,
    FormAction,
    Json,
    Later,
    NextForm,
    Nothing,
    Redraw,
    Registry,
    Submission,
    Whisper,
)
from bot.rules.lanes import UNPACED
from bot.sandbox.workspace import Pace
from bot.slack.messages.faults import note

APP_YAML = Path(__file__).parents[2] / "app.yaml"
FIELD, FORM = "x.text", "x.form"


def view(title: str) -> Json:
    field_ = {
        "type": "input",
        "block_id": "b",
        "label": {"type": "plain_text", "text": "Text"},
        "dispatch_action": True,
        "element": {"type": "plain_text_input", "action_id": FIELD},
    }
    said = {"type": "plain_text", "text": title}
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": said,
        "submit": said,
        "blocks": [field_],
    }


@dataclass
class Desk:
    """Handlers that say what a test tells them to."""

    heard: list[Chosen | Filled] = field(default_factory=list)
    answer: Callable[[Any], Awaitable[Answer]] | None = None

    async def hear(self, knock: Chosen | Filled, _: object) -> Answer:
        self.heard.append(knock)
        assert self.answer is not None
        return await self.answer(knock)


@pytest.fixture
async def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Local]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with running_locally(
        Plan(APP_YAML, tmp_path, slack_pace=UNPACED, pace=Pace())
    ) as running:
        yield running


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def bolt(local: Local, desk: Desk) -> AsyncIterator[AsyncApp]:
    services = local.bot.services
    registry = Registry(
        commands=(),
        form_actions=(FormAction(FIELD, None, desk.hear),),
        submissions=(Submission(FORM, None, desk.hear),),
    )
    door = SlackDoor(replace(services, registry=registry))
    app = AsyncApp(
        client=services.slack.web, request_verification_enabled=False, process_before_response=True
    )
    door.mount(app)
    yield app
    await door.stop()


@pytest.fixture
async def opened(local: Local) -> Json:
    """A form Maya has open, as payloads show it."""
    await local.bot.services.slack.open_form(trigger_of(local), view("First"))
    return top(local)


def trigger_of(local: Local, form: Json | None = None) -> str:
    """What a click of Maya's would bring along, in an open form or elsewhere."""
    world = local.workspace._world
    view_id = None if form is None else form["id"]
    return world.tickets.issue_trigger("U0MAYA", world.clock(), view_id)


def top(local: Local) -> Json:
    found: Json = local.workspace.views("U0MAYA")[-1]
    return found


async def use(bolt: AsyncApp, shown: Json, typed: str, at: str) -> BoltResponse:
    action = {"type": "plain_text_input", "action_id": FIELD, "block_id": "b", "value": typed}
    values = {"b": {FIELD: {"type": "plain_text_input", "value": typed}}}
    return await tell(
        bolt,
        at,
        type="block_actions",
        view={**shown, "state": {"values": values}},
        actions=[{**action, "action_ts": at}],
    )


async def hand_in(bolt: AsyncApp, shown: Json, files: list[Json]) -> BoltResponse:
    values = {"b": {FIELD: {"type": "file_input", "files": files}}}
    return await tell(
        bolt, "9", type="view_submission", view={**shown, "state": {"values": values}}
    )


async def tell(bolt: AsyncApp, trigger: str, **body: Any) -> BoltResponse:
    whole = {"team": {"id": "T0LOCAL"}, "user": {"id": "U0MAYA"}, "trigger_id": trigger, **body}
    return await bolt.async_dispatch(AsyncBoltRequest(body=whole, mode="socket_mode"))


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not look():  # noqa: ASYNC110 - no bell rings when a view changes
            await asyncio.sleep(0.01)


async def test_the_newest_is_drawn_though_the_form_was_drawn_since_it_was_read(
    local: Local, bolt: AsyncApp, desk: Desk, opened: Json
) -> None:
    async def redraw(knock: Chosen) -> Answer:
        return Redraw(view(f"After {knock.fields[FIELD]}"))

    desk.answer = redraw
    await use(bolt, opened, "a", "1.1")
    # Both were typed before the first drawing came back: they name the form as it was.
    await use(bolt, opened, "ab", "1.2")
    assert top(local)["title"]["text"] == "After ab"
    assert [knock.fields[FIELD] for knock in desk.heard] == ["a", "ab"]


async def test_what_is_older_than_the_last_use_is_let_go(
    local: Local, bolt: AsyncApp, desk: Desk, opened: Json
) -> None:
    slow = asyncio.Event()

    async def redraw(knock: Chosen) -> Answer:
        if knock.fields[FIELD] == "slow":
            await slow.wait()
        return Redraw(view(f"After {knock.fields[FIELD]}"))

    desk.answer = redraw
    late = asyncio.ensure_future(use(bolt, opened, "slow", "1.1"))
    await until(lambda: len(desk.heard) == 1)
    await use(bolt, opened, "new", "1.2")
    slow.set()
    assert (await late).status == 200
    assert top(local)["title"]["text"] == "After new"


async def test_a_form_that_was_closed_meanwhile_is_no_trouble(
    local: Local, bolt: AsyncApp, desk: Desk, opened: Json
) -> None:
    async def redraw(_: Chosen) -> Answer:
        local.workspace._world.views.clear("U0MAYA")
        return Redraw(view("Too late"))

    desk.answer = redraw
    assert (await use(bolt, opened, "a", "1.1")).status == 200
    assert local.workspace.views("U0MAYA") == []


async def test_a_word_about_the_form_lies_on_top_of_it(
    local: Local, bolt: AsyncApp, desk: Desk, opened: Json
) -> None:
    async def whisper(_: Chosen) -> Answer:
        return Whisper(note("Not just now."))

    desk.answer = whisper
    await use(bolt, opened, "a", trigger_of(local, opened))
    await until(lambda: len(local.workspace.views("U0MAYA")) == 2)
    assert top(local)["blocks"][0]["text"]["text"] == "Not just now."


async def test_what_takes_longer_than_slack_waits_takes_the_forms_place_when_it_is_done(
    local: Local, bolt: AsyncApp, desk: Desk, opened: Json
) -> None:
    done = asyncio.Event()

    async def rest() -> Answer:
        await done.wait()
        return NextForm(view("Done"))

    async def later(_: Filled) -> Answer:
        return Later(NextForm(view("Wait")), rest())

    desk.answer = later
    file = {"id": "F1", "name": "a.png", "size": 3, "url_private_download": "https://x/a"}
    answer = await hand_in(bolt, opened, [file])
    assert '"Wait"' in answer.body
    handed = desk.heard[0]
    assert isinstance(handed, Filled)
    assert [(f.file_id, f.name, f.size_bytes, f.url) for f in handed.files[FIELD]] == [
        ("F1", "a.png", 3, "https://x/a")
    ]
    done.set()
    await until(lambda: bool(top(local)["title"]["text"] == "Done"))


async def test_what_breaks_after_the_answer_is_said_in_the_forms_place(
    local: Local, bolt: AsyncApp, desk: Desk, opened: Json
) -> None:
    async def rest() -> Answer:
        raise RuntimeError("broke")

    async def later(_: Filled) -> Answer:
        return Later(NextForm(view("Wait")), rest())

    desk.answer = later
    await hand_in(bolt, opened, [])
    await until(lambda: "Something broke" in str(top(local)["blocks"]))


async def test_files_nobody_can_make_sense_of_are_no_crash(
    bolt: AsyncApp, desk: Desk, opened: Json
) -> None:
    async def nothing(_: Filled) -> Answer:
        return Nothing()

    desk.answer = nothing
    assert (await hand_in(bolt, opened, [{"size": "9"}])).status == 200
    handed = desk.heard[0]
    assert isinstance(handed, Filled)
    assert handed.files[FIELD][0].url == ""


async def test_a_form_that_comes_too_late_is_said_so_and_nothing_breaks(
    local: Local, bolt: AsyncApp, desk: Desk, opened: Json
) -> None:
    async def form(_: Chosen) -> Answer:
        return Form(view("Why"))

    desk.answer = form
    assert (await use(bolt, opened, "a", "1.1")).status == 200
    assert top(local)["title"]["text"] == "First"


async def home_of(local: Local) -> Json:
    """The bot's own tab as Maya sees it, with something to use in it."""
    button = {
        "type": "button",
        "action_id": FIELD,
        "text": {"type": "plain_text", "text": "Look"},
    }
    shown = {"type": "home", "blocks": [{"type": "actions", "block_id": "b", "elements": [button]}]}
    await local.bot.services.slack.publish_home("U0MAYA", shown)
    found = local.workspace.home("U0MAYA")
    assert found is not None
    return found


async def press(bolt: AsyncApp, local: Local, shown: Json) -> BoltResponse:
    action = {"type": "button", "action_id": FIELD, "block_id": "b", "action_ts": "1.1"}
    form = shown if shown["type"] == "modal" else None
    return await tell(
        bolt, trigger_of(local, form), type="block_actions", view=shown, actions=[action]
    )


async def test_a_word_about_the_home_stands_before_it_however_late_it_comes(
    local: Local, bolt: AsyncApp, desk: Desk
) -> None:
    async def whisper(_: Chosen) -> Answer:
        return Whisper(note("At once."))

    async def later(knock: Chosen) -> Answer:
        return Later(Nothing(), whisper(knock))

    shown = await home_of(local)
    desk.answer = whisper
    await press(bolt, local, shown)
    await until(lambda: "At once." in str(local.workspace.views("U0MAYA")))
    local.workspace._world.views.clear("U0MAYA")
    desk.answer = later
    await press(bolt, local, shown)
    await until(lambda: "At once." in str(local.workspace.views("U0MAYA")))
    assert local.workspace.home("U0MAYA") == shown


async def test_a_note_gives_way_to_its_answer_and_a_form_never_does(
    local: Local, bolt: AsyncApp, desk: Desk, opened: Json
) -> None:
    async def whisper(_: Chosen) -> Answer:
        return Whisper(note("Done."), replace=True)

    desk.answer = whisper
    await press(bolt, local, opened)
    await until(lambda: len(local.workspace.views("U0MAYA")) == 2)
    assert local.workspace.views("U0MAYA")[0]["title"]["text"] == "First"

    lying_on_top = top(local)
    await press(bolt, local, lying_on_top)
    await until(lambda: top(local)["hash"] != lying_on_top["hash"])
    assert len(local.workspace.views("U0MAYA")) == 2


async def test_a_form_from_within_a_form_lies_on_top_of_it(
    local: Local, bolt: AsyncApp, desk: Desk, opened: Json
) -> None:
    async def form(_: Chosen) -> Answer:
        return Form(view("Why"))

    desk.answer = form
    await press(bolt, local, opened)
    assert [each["title"]["text"] for each in local.workspace.views("U0MAYA")] == ["First", "Why"]
