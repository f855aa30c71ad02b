"""From an envelope to its handler by one look-up, and from what it raised to a sentence."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import SmsopsError
from bot.locales import Locale
from bot.registry import (
    Answer,
    Chosen,
    Command,
    Event,
    Filled,
    FormFile,
    Found,
    Handler,
    Happened,
    Knock,
    Needs,
    Nothing,
    Person,
    PickedUp,
    Pressed,
    Searched,
    Typed,
    Whisper,
)
from bot.rules.audit import What
from bot.rules.words import BadText, TextFault, Words, did_you_mean, read
from bot.slack.messages import faults
from bot.slack.messages import help as help_messages
from handlers.flows import audit
from handlers.services import Services

log = logging.getLogger("smsops.routing")
Payload = Mapping[str, Any]
OF_QUOTES = frozenset({TextFault.UNBALANCED_QUOTE, TextFault.MISPLACED_QUOTE})


@dataclass(frozen=True, slots=True)
class Router:
    """Finds the handler for a payload, checks the role, runs it."""

    services: Services

    async def command(self, payload: Payload) -> Answer:
        """A slash command."""
        person = await self._person(payload["user_id"])
        words = self._words(payload.get("text") or "")
        if isinstance(words, BadText):
            return Whisper(faults.unreadable(words, person.locale))
        command, rest = self._find(words.tokens)
        if command is None:
            return self._unknown(words.tokens[0].text, person.locale)
        knock = Typed(
            person=person,
            channel=payload["channel_id"],
            channel_name=payload.get("channel_name") or "",
            now=self.services.clock(),
            words=rest,
            text=payload.get("text") or "",
            trigger_id=payload.get("trigger_id") or "",
        )
        return await self._run(command.role, command.run, knock)

    async def action(self, payload: Payload) -> Answer:
        """A button, a select in a message, or something used in an open form."""
        action = payload["actions"][0]
        for each in self.services.registry.choices:
            if each.action_id == action["action_id"]:
                return await self._used(each.role, each.chosen, payload, action)
        for other in self.services.registry.form_actions:
            if other.action_id == action["action_id"]:
                return await self._used(other.role, other.run, payload, action)
        button = next(
            (b for b in self.services.registry.buttons if b.action_id == action["action_id"]), None
        )
        if button is None:
            return Nothing()
        container = payload.get("channel") or {}
        knock = Pressed(
            person=await self._person(payload["user"]["id"]),
            channel=container.get("id") or "",
            channel_name=container.get("name") or "",
            now=self.services.clock(),
            value=_entered(action),
            trigger_id=payload.get("trigger_id") or "",
            response_url=payload.get("response_url") or "",
        )
        return await self._run(button.role, button.run, knock)

    async def submission(self, payload: Payload) -> Answer:
        """A form handed in."""
        view = payload["view"]
        form = next(
            (
                each
                for each in self.services.registry.submissions
                if each.callback_id == view["callback_id"]
            ),
            None,
        )
        if form is None:
            return Nothing()
        knock = Filled(
            person=await self._person(payload["user"]["id"]),
            channel="",
            channel_name="",
            now=self.services.clock(),
            fields=fields_of(view),
            carried=view.get("private_metadata") or "",
            files=files_of(view),
        )
        return await self._run(form.role, form.run, knock)

    async def shortcut(self, payload: Payload) -> Answer:
        """A shortcut somebody used on a message."""
        found = next(
            (
                each
                for each in self.services.registry.shortcuts
                if each.callback_id == payload["callback_id"]
            ),
            None,
        )
        if found is None:
            return Nothing()
        channel = payload.get("channel") or {}
        files = (payload.get("message") or {}).get("files") or ()
        knock = PickedUp(
            person=await self._person(payload["user"]["id"]),
            channel=channel.get("id") or "",
            channel_name=channel.get("name") or "",
            now=self.services.clock(),
            files=tuple(_file(file) for file in files),
            trigger_id=payload.get("trigger_id") or "",
            response_url=payload.get("response_url") or "",
        )
        return await self._run(found.role, found.run, knock)

    async def suggestion(self, payload: Payload) -> Answer:
        """Letters typed into a searchable list. Who may not use it finds nothing."""
        choices = next(
            (c for c in self.services.registry.choices if c.action_id == payload["action_id"]), None
        )
        person = await self._person(payload["user"]["id"])
        if choices is None or not person.may(choices.role):
            return Found(())
        knock = Searched(person, "", "", self.services.clock(), payload.get("value") or "")
        return await choices.run(knock, self.services)

    async def event(self, event: Payload) -> Answer:
        """An event of the Events API. Nobody is answered whom Slack does not name."""
        user_id = event.get("user")
        # Edits, joins and other bots' messages carry a subtype; only what a person said has none.
        if not user_id or event.get("subtype") or event.get("bot_id"):
            return Nothing()
        found = await self._concerned(event)
        if found is None:
            return Nothing()
        knock = Happened(
            person=await self._person(user_id),
            channel=event.get("channel") or (event.get("item") or {}).get("channel") or "",
            channel_name="",
            now=self.services.clock(),
            event=event,
        )
        return await self._run(found.role, found.run, knock)

    async def _concerned(self, event: Payload) -> Event | None:
        """The first of its type that it is a business of: an emoji is put under cards of several
        kinds."""
        for each in self.services.registry.events:
            if each.type != event["type"]:
                continue
            if each.concerns is None or await each.concerns(self.services, event):
                return each
        return None

    async def _used(self, role: Needs, run: Handler, payload: Payload, action: Payload) -> Answer:
        view = payload.get("view") or {}
        knock = Chosen(
            person=await self._person(payload["user"]["id"]),
            channel="",
            channel_name="",
            now=self.services.clock(),
            fields=fields_of(view),
            carried=view.get("private_metadata") or "",
            value=_entered(action),
        )
        return await self._run(role, run, knock)

    async def _person(self, user_id: str) -> Person:
        return await self.services.people.look_up(user_id)

    async def _run(self, needs: Needs, run: Any, knock: Knock) -> Answer:
        """The one place where a role is asked for, whatever the knock."""
        if needs is not None and not knock.person.may(needs):
            roles = needs if isinstance(needs, tuple) else (needs,)
            role = roles[0]
            groups = {each: self.services.settings.roles.groups(each) for each in roles}
            log.info(
                "not allowed",
                extra={"event": "refused_role", "user": knock.person.user_id, "role": role.value},
            )
            await self.services.db.write(
                audit.enter,
                What.ACCESS_REFUSED,
                knock.person.user_id,
                knock.now,
                subject=knock.channel,
                role=role.value,
            )
            return Whisper(help_messages.not_allowed_any(groups, knock.person.locale))
        answer: Answer = await run(knock, self.services)
        return answer

    def _words(self, text: str) -> Words | BadText:
        """The words; of a command that reads its text itself, no more than its name where the
        quotes in it are none of ours."""
        words = read(text)
        if isinstance(words, Words) or words.reason not in OF_QUOTES:
            return words
        for count in (2, 1):
            name = read(" ".join(text.split()[:count]))
            command = None if isinstance(name, BadText) else self._find(name.tokens)[0]
            if isinstance(name, Words) and command is not None and command.has_own_words:
                return name
        return words

    def _find(self, tokens: Any) -> tuple[Command | None, Any]:
        """The command and the words behind it: noun and verb, the noun alone, or neither."""
        registry = self.services.registry
        if not tokens:
            return registry.command("", ""), ()
        noun = self._word(tokens[0])
        verb = self._word(tokens[1]) if len(tokens) > 1 else ""
        two = registry.command(noun, verb) if verb else None
        if two is not None:
            return two, tokens[2:]
        return registry.command(noun, ""), tokens[1:]

    def _word(self, token: Any) -> str:
        word: str = token.text.casefold()
        return self.services.registry.synonyms.get(word, word) if token.key is None else ""

    def _unknown(self, word: str, locale: Locale) -> Answer:
        registry = self.services.registry
        closest = did_you_mean(word, registry.nouns(), registry.synonyms)
        return Whisper(help_messages.unknown(word, closest, locale))


def fields_of(view: Payload) -> dict[str, str]:
    """What a form holds, by action id: text as entered, of a list the chosen value."""
    values: Mapping[str, Mapping[str, Payload]] = (view.get("state") or {}).get("values") or {}
    return {
        action_id: _entered(element)
        for block in values.values()
        for action_id, element in block.items()
    }


def files_of(view: Payload) -> dict[str, tuple[FormFile, ...]]:
    """The files a form holds, by action id. Whether Slack's word on them is true, nobody has
    checked yet."""
    values: Mapping[str, Mapping[str, Payload]] = (view.get("state") or {}).get("values") or {}
    return {
        action_id: tuple(_file(file) for file in element["files"])
        for block in values.values()
        for action_id, element in block.items()
        if element.get("files")
    }


def _file(file: Payload) -> FormFile:
    size = file.get("size")
    return FormFile(
        file_id=str(file.get("id") or ""),
        name=str(file.get("name") or ""),
        size_bytes=size if isinstance(size, int) else 0,
        url=str(file.get("url_private_download") or file.get("url_private") or ""),
    )


def _entered(element: Payload) -> str:
    option = element.get("selected_option")
    if option:
        return str(option.get("value") or "")
    return str(element.get("value") or "")


def explain(error: Exception, locale: Locale) -> Whisper:
    """What an exception tells a person: its own sentence, or that something broke; and an id."""
    reference = f"E-{secrets.token_hex(3)}"
    if isinstance(error, SmsopsError):
        log.warning(
            "handler refused",
            extra={"event": "handler_error", "reference": reference, "reason": str(error)},
        )
        return Whisper(faults.failed(error, locale, reference))
    log.exception("handler broke", extra={"event": "handler_broke", "reference": reference})
    return Whisper(faults.crashed(locale, reference))
