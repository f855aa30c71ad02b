"""What reaches the app: signatures, the three-second rule, events and their retries."""

import asyncio
import dataclasses

import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Fault, FaultKind, Pace
from tests.sandbox.workspace.driver import ACTIONS, Installed, manifest


async def test_every_delivery_carries_slacks_signature(installed: Installed) -> None:
    await installed.page.say("/sms send 1 & 2")
    await installed.page.say("hello")
    await installed.app.wait_for("message")
    judge = SignatureVerifier(installed.installation.signing_secret)
    for received in installed.app.received:
        assert judge.is_valid_request(received.body, dict(received.headers))
        assert not judge.is_valid_request(received.body + b" ", dict(received.headers))


@pytest.mark.parametrize(
    ("event", "said", "channel"),
    [
        ("message", "hello", "C0SMS"),
        ("message", "hello", "D0LIN"),
        ("app_mention", "hey @smsops help", "C0SMS"),
    ],
)
async def test_what_people_say_reaches_an_app_that_listens(
    installed: Installed, event: str, said: str, channel: str
) -> None:
    await installed.page.say(said, channel=channel)
    [got] = await installed.app.wait_for(event)
    body, shown = got.content, got.content["event"]
    assert (body["type"], body["api_app_id"]) == ("event_callback", installed.installation.app_id)
    assert body["authorizations"][0]["user_id"] == installed.installation.bot_user_id
    assert (shown["user"], shown["channel"]) == ("U0LIN", channel)
    assert shown["channel_type"] == ("im" if channel == "D0LIN" else "channel")
    assert shown["ts"] == installed.workspace.messages(channel)[0]["ts"]


async def test_a_mention_arrives_as_slack_writes_it(installed: Installed) -> None:
    await installed.page.say("@smsops is 1 < 2 in #sms?")
    [got] = await installed.app.wait_for("app_mention")
    assert got.content["event"]["text"] == "<@U0SMSBOT> is 1 &lt; 2 in <#C0SMS>?"


async def test_reactions_reach_the_app_in_slacks_shape(installed: Installed) -> None:
    await installed.page.say("x")
    [message] = installed.workspace.messages("C0SMS")
    for add, event in ((True, "reaction_added"), (False, "reaction_removed")):
        await installed.page.post(
            "/ui/react", user="U0BO", channel="C0SMS", ts=message["ts"], name="eyes", add=add
        )
        [got] = await installed.app.wait_for(event)
        shown = got.content["event"]
        assert shown["item"] == {"type": "message", "channel": "C0SMS", "ts": message["ts"]}
        assert (shown["user"], shown["reaction"], shown["item_user"]) == ("U0BO", "eyes", "U0LIN")


async def test_the_apps_own_changes_are_echoed(
    installed: Installed, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="D0LIN", text="one")
    await client.chat_update(channel="D0LIN", ts=posted["ts"], text="two")
    await client.chat_delete(channel="D0LIN", ts=posted["ts"])
    echoes = [got.content["event"] for got in await installed.app.wait_for("message", 3)]
    by_subtype = {echo.get("subtype"): echo for echo in echoes}
    assert by_subtype[None]["bot_id"] == installed.installation.bot_id
    changed = by_subtype["message_changed"]
    assert changed["message"]["text"] == "two"
    assert changed["previous_message"]["text"] == "one"
    assert by_subtype["message_deleted"]["deleted_ts"] == posted["ts"]


async def test_an_app_hears_only_what_it_subscribed_to(installed: Installed) -> None:
    installed.workspace.install(manifest(installed.app.url, events=("reaction_added",)))
    await installed.page.say("not for the app")
    [message] = installed.workspace.messages("C0SMS")
    await installed.page.post(
        "/ui/react", user="U0LIN", channel="C0SMS", ts=message["ts"], name="eyes", add=True
    )
    await installed.app.wait_for("reaction_added")
    assert installed.app.of("message") == []


async def test_an_app_hears_nothing_from_channels_it_is_not_in(installed: Installed) -> None:
    await installed.page.say("secret", channel="C0GENERAL")
    await installed.page.say("open", channel="C0SMS")
    [got] = await installed.app.wait_for("message")
    assert got.content["event"]["text"] == "open"


async def test_an_address_that_fails_the_challenge_gets_no_event(installed: Installed) -> None:
    installed.app.challenge = False
    await installed.page.say("hello")
    challenges = await installed.app.wait_for("url_verification", 4)
    assert challenges[0].content["challenge"]
    assert installed.app.of("message") == []


async def test_a_failed_event_is_tried_three_times_more_with_slacks_headers(
    installed: Installed,
) -> None:
    for _ in range(4):
        installed.app.answer_status(500)
    await installed.page.say("hello")
    tries = await installed.app.wait_for("message", 4)
    assert len({got.content["event_id"] for got in tries}) == 1
    assert "X-Slack-Retry-Num" not in tries[0].headers
    assert [got.headers["X-Slack-Retry-Num"] for got in tries[1:]] == ["1", "2", "3"]
    assert {got.headers["X-Slack-Retry-Reason"] for got in tries[1:]} == {"http_error"}


async def test_an_app_can_refuse_further_tries(installed: Installed) -> None:
    installed.app.answer_status(500, X_Slack_No_Retry="1")
    await installed.page.say("hello")
    tries = installed.workspace.trace.exchanges
    # Woken when the event is given up or taken, not between its tries.
    await installed.workspace.wait_for(lambda: tries("message.channels"), 30)
    assert len(installed.app.of("message")) == 1


async def test_an_event_can_be_delivered_twice_on_request(installed: Installed) -> None:
    installed.workspace.faults.add(Fault("message.channels", FaultKind.DUPLICATE))
    await installed.page.say("hello")
    first, second = await installed.app.wait_for("message", 2)
    assert first.content == second.content
    assert second.headers["X-Slack-Retry-Num"] == "1"


class TestAnAppThatIsSlow:
    @pytest.fixture
    def pace(self) -> Pace:
        return Pace(answer_within_s=0.2, event_retries_s=(0.0, 0.0, 0.0))

    async def test_a_late_event_is_tried_again_as_timed_out(self, installed: Installed) -> None:
        done = asyncio.Event()
        installed.app.answer_never(done)
        await installed.page.say("hello")
        _, again = await installed.app.wait_for("message", 2)
        assert again.headers["X-Slack-Retry-Reason"] == "http_timeout"
        done.set()

    async def test_a_late_command_is_told_to_the_person_only(self, installed: Installed) -> None:
        done = asyncio.Event()
        installed.app.answer_never(done)
        answer = await installed.page.say("/sms send", user="U0MAYA")
        assert answer == {"ok": True, "command": True, "failed": "operation_timeout"}
        [notice] = installed.workspace.ephemeral("U0MAYA", "C0SMS")
        assert "/sms failed" in notice["text"]
        assert "operation_timeout" in notice["text"]
        assert installed.workspace.messages("C0SMS") == []
        done.set()

    async def test_a_late_button_says_so(
        self, installed: Installed, client: AsyncWebClient
    ) -> None:
        quiet = manifest(installed.app.url, events=())
        installed.workspace.install(quiet)
        await client.chat_postMessage(channel="C0SMS", text="x", blocks=[ACTIONS])
        [message] = installed.workspace.messages("C0SMS")
        done = asyncio.Event()
        installed.app.answer_never(done)
        answer = await installed.page.press(message)
        assert (answer["ok"], answer["error"]) == (False, "operation_timeout")
        assert answer["message"]
        done.set()


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_a_refused_command_is_told_in_the_persons_language(
    installed: Installed, status: int
) -> None:
    installed.app.answer_status(status)
    await installed.page.say("/sms send", user="U0LIN")
    [notice] = installed.workspace.ephemeral("U0LIN", "C0SMS")
    assert "执行失败" in notice["text"]
    assert "dispatch_failed" in notice["text"]


async def test_an_app_that_is_not_there_is_told_as_refused(installed: Installed) -> None:
    installed.workspace.install(manifest("http://127.0.0.1:9/slack/events"))
    answer = await installed.page.say("/sms send")
    assert answer["failed"] == "dispatch_failed"


async def test_proxy_settings_of_the_machine_do_not_divert_deliveries(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert await installed.page.say("/sms send") == {"ok": True, "command": True}


def test_credentials_do_not_show_in_a_repr(installed: Installed) -> None:
    shown = repr(installed.installation)
    for secret in ("bot_token", "app_token", "signing_secret"):
        assert dataclasses.asdict(installed.installation)[secret] not in shown
