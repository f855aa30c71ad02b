"""Every way into a handler asks first who it is: what is refused is never run."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Answer, Command, Found, Needs, Nothing, Registry, Whisper
from bot.sandbox.workspace import Standing
from handlers import registry
from handlers.services import Services
from storage import audit
from storage.audit import AuditQuery
from tests.journeys.people import EVE, MAYA, SMS

TS = "1790000000.000100"


@dataclass
class Doors:
    """Every record of the registry with a handler that only notes that it was run."""

    services: Services
    run: list[str] = field(default_factory=list)

    def noting(self, name: str) -> Any:
        async def handle(knock: object, services: object) -> Answer:
            self.run.append(name)
            return Nothing()

        return handle

    def router(self, **records: object) -> Router:
        made = replace(Registry(()), **records)  # type: ignore[arg-type] # by their names
        return Router(replace(self.services, registry=made))

    def all(self, user: str) -> "Iterator[tuple[str, Needs, Any]]":
        """The name of each way in, what it asks for, and how `user` takes it."""
        known = registry()
        user_of, view = {"user": {"id": user}}, {"id": "V1", "private_metadata": f"{SMS}|x"}
        for command in known.commands:
            name = f"/sms {command.noun} {command.verb}"
            router = self.router(commands=(self._noted(command, name),))
            typed = {"user_id": user, "channel_id": SMS, "text": f"{command.noun} {command.verb}"}
            yield name, command.role, router.command(typed)
        for button in known.buttons:
            router = self.router(buttons=(self._noted(button, button.action_id),))
            where = {**user_of, "channel": {"id": SMS}}
            yield button.action_id, button.role, router.action(_acted(button.action_id, where))
        for acting in known.form_actions:
            router = self.router(form_actions=(self._noted(acting, acting.action_id),))
            where = {**user_of, "view": view}
            yield acting.action_id, acting.role, router.action(_acted(acting.action_id, where))
        for choices in known.choices:
            search = replace(choices, run=self.noting("search"), chosen=self.noting("chosen"))
            router, where = self.router(choices=(search,)), {**user_of, "view": view}
            asked = {**where, "action_id": choices.action_id, "value": "1"}
            yield "search", choices.role, router.suggestion(asked)
            yield "chosen", choices.role, router.action(_acted(choices.action_id, where))
        for form in known.submissions:
            router = self.router(submissions=(self._noted(form, form.callback_id),))
            filled = {**user_of, "view": {**view, "callback_id": form.callback_id}}
            yield form.callback_id, form.role, router.submission(filled)
        for shortcut in known.shortcuts:
            router = self.router(shortcuts=(self._noted(shortcut, shortcut.callback_id),))
            used = {**user_of, "callback_id": shortcut.callback_id, "channel": {"id": SMS}}
            yield shortcut.callback_id, shortcut.role, router.shortcut(used)
        for event in known.events:
            noted = replace(event, run=self.noting(event.type), concerns=None)
            router = self.router(events=(noted,))
            item = {"type": "message", "channel": SMS, "ts": TS}
            happened = {"type": event.type, "user": user, "item": item}
            yield event.type, event.role, router.event(happened)

    def _noted(self, record: Any, name: str) -> Any:
        return replace(record, run=self.noting(name))


def _acted(action_id: str, where: dict[str, Any]) -> dict[str, Any]:
    return {**where, "actions": [{"action_id": action_id, "value": "R-0000"}]}


def is_refusal(answer: Answer) -> bool:
    return isinstance(answer, Whisper) or answer == Found(())


async def refusals(services: Services, user: str) -> int:
    query = AuditQuery(actor=user, what="access.refused")
    return len(await services.db.read(audit.find, query, 1_000))


async def test_a_guest_gets_through_no_way_in_at_all(local: Local) -> None:
    local.workspace.admin.restand(EVE, Standing.GUEST)
    doors, searches = Doors(local.bot.services), 0
    ways = 0
    for name, _, taken in doors.all(EVE):
        answer = await taken
        assert is_refusal(answer), name
        if isinstance(answer, Whisper):
            assert answer.message.text.startswith("Only full members"), name
        searches += answer == Found(())
        ways += 1
    assert doors.run == []
    assert ways > 200
    # A search is a key stroke: those are not entered.
    assert await refusals(doors.services, EVE) == ways - searches


async def test_a_guest_is_not_told_which_commands_there_are(local: Local) -> None:
    local.workspace.admin.restand(EVE, Standing.GUEST)
    router = Router(local.bot.services)
    for text in ("sned", 'send "unclosed', "send\u202e", ""):
        answer = await router.command({"user_id": EVE, "channel_id": SMS, "text": text})
        assert isinstance(answer, Whisper)
        assert answer.message.text.startswith("Only full members")


async def test_somebody_without_roles_gets_through_those_that_ask_for_none_alone(
    local: Local,
) -> None:
    doors = Doors(local.bot.services)
    open_ways = []
    for name, needs, taken in doors.all(EVE):
        answer = await taken
        assert is_refusal(answer) is (needs is not None), name
        open_ways += [name] if needs is None else []
    assert doors.run == open_ways


async def test_what_asks_for_no_role_is_known_by_name() -> None:
    """Each looks for itself: an approval at its policy, an alert at who may act."""
    known = registry()
    commands = {f"{each.noun} {each.verb}".strip() for each in known.commands if not each.role}
    assert commands == {"", "help", "approve"}
    buttons = {each.action_id for each in known.buttons if not each.role}
    assert {each.partition(".")[0] for each in buttons} == {"approve", "change", "home", "menu"}
    assert {each.callback_id for each in known.submissions if not each.role} == {
        "approve.reject_form",
        "approve.why_form",
        "change.there_form",
    }
    assert all(each.role for each in known.choices)
    assert all(each.role for each in known.shortcuts)
    assert all(each.role for each in known.form_actions)


async def test_a_command_of_a_person_with_the_role_is_run(local: Local) -> None:
    doors = Doors(local.bot.services)
    send = next(each for each in registry().commands if each.noun == "send")
    assert isinstance(send, Command)
    router = doors.router(commands=(replace(send, run=doors.noting("sent"), about=None),))
    typed = {"user_id": MAYA, "channel_id": SMS, "text": "send"}
    assert await router.command(typed) == Nothing()
    assert doors.run == ["sent"]
