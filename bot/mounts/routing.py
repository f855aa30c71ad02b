"""From an envelope to its handler by one look-up, and from what it raised to a sentence."""

import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.errors import Outdated, SmsopsError
from bot.locales import Locale
from bot.mounts import floods
from bot.registry import (
    Answer,
    AppOf,
    Choices,
    Chosen,
    Command,
    Event,
    Filled,
    FormAction,
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
from bot.rules.roles import ACCOUNT, Role
from bot.rules.words import BadText, TextFault, Words, did_you_mean, read
from bot.slack.messages import faults
from bot.slack.messages import help as help_messages
from handlers.commands import stray
from handlers.flows import audit
from handlers.services import Services

log = logging.getLogger("smsops.routing")
Payload = Mapping[str, Any]
#: Before what a form carries of its own: the channel in which it was opened, and a bar.
PLACED = re.compile(r"([A-Z0-9]{0,21})\|")
#: Events by which the bot is spoken to, and answers.
SPOKEN = frozenset({"message", "app_mention"})
OF_QUOTES = frozenset({TextFault.UNBALANCED_QUOTE, TextFault.MISPLACED_QUOTE})


@dataclass(frozen=True, slots=True)
class Missing:
    """What somebody lacks: one of `roles` for `app`, or, with none, being a member at all."""

    roles: tuple[Role, ...]
    app: str

    @property
    def named(self) -> str:
        """What is missing, as the trail has it."""
        return ", ".join(role.value for role in self.roles) or "member"


@dataclass(frozen=True, slots=True)
class Router:
    """Finds the handler for a payload, checks the role, runs it."""

    services: Services

    async def command(self, payload: Payload) -> Answer:
        """A slash command."""
        user_id, text = payload["user_id"], payload.get("text") or ""
        wait = floods.held_back(user_id, self.services)
        if wait is not None and not self._is_urgent(text):
            return wait
        knock = Typed(
            person=await self._person(user_id, payload["channel_id"]),
            channel=payload["channel_id"],
            channel_name=payload.get("channel_name") or "",
            now=self.services.clock(),
            words=(),
            text=text,
            trigger_id=payload.get("trigger_id") or "",
        )
        words = self._words(text)
        command, rest = (None, ()) if isinstance(words, BadText) else self._find(words.tokens)
        asked = "/sms" if command is None else command.typed
        # Not even which words there are is told to whoever is none of us.
        if (barred := await self._barred(None, knock, None)) is not None:
            return wait or await self._refuse(barred, knock, asked)
        wait = wait or floods.all_held_back(user_id, self.services)
        if wait is not None and (command is None or not command.is_urgent):
            return wait
        if command is None:
            return self._unknown(words, knock.person.locale)
        told = replace(knock, words=rest)
        if wait is not None and await self._barred(command.role, told, command.about) is not None:
            # A refusal is entered in the trail, which is no place for a flood.
            return wait
        return await self._run(command.role, _reader(command, rest), told, command.about, asked)

    async def action(self, payload: Payload) -> Answer:
        """A button, a select in a message, or something used in an open form."""
        action = payload["actions"][0]
        for each in self.services.registry.choices:
            if each.action_id == action["action_id"]:
                return await self._used(each, each.chosen, payload, action)
        for other in self.services.registry.form_actions:
            if other.action_id == action["action_id"]:
                return await self._used(other, other.run, payload, action)
        button = next(
            (b for b in self.services.registry.buttons if b.action_id == action["action_id"]), None
        )
        if button is None:
            return Nothing()
        container = payload.get("channel") or {}
        knock = Pressed(
            person=await self._person(payload["user"]["id"], channel_of(payload)),
            channel=container.get("id") or "",
            channel_name=container.get("name") or "",
            now=self.services.clock(),
            value=_entered(action),
            trigger_id=payload.get("trigger_id") or "",
            response_url=payload.get("response_url") or "",
        )
        return await self._run(button.role, button.run, knock, button.about, button.action_id)

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
            person=await self._person(payload["user"]["id"], channel_of(payload)),
            channel="",
            channel_name="",
            now=self.services.clock(),
            fields=fields_of(view),
            carried=place_of(view)[1],
            files=files_of(view),
        )
        return await self._run(form.role, form.run, knock, form.about, form.callback_id)

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
            person=await self._person(payload["user"]["id"], channel_of(payload)),
            channel=channel.get("id") or "",
            channel_name=channel.get("name") or "",
            now=self.services.clock(),
            files=tuple(_file(file) for file in files),
            trigger_id=payload.get("trigger_id") or "",
            response_url=payload.get("response_url") or "",
        )
        return await self._run(found.role, found.run, knock, found.about, found.callback_id)

    async def suggestion(self, payload: Payload) -> Answer:
        """Letters typed into a searchable list. Who may not use it finds nothing."""
        choices = next(
            (c for c in self.services.registry.choices if c.action_id == payload["action_id"]), None
        )
        if choices is None:
            return Found(())
        person = await self._person(payload["user"]["id"], channel_of(payload))
        knock = Searched(person, "", "", self.services.clock(), payload.get("value") or "")
        if await self._barred(choices.role, knock, choices.about) is not None:
            return Found(())
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
        is_spoken = event["type"] in SPOKEN
        # Said in a channel, an answer would be one more of the flood.
        if is_spoken and floods.held_back(user_id, self.services) is not None:
            return Nothing()
        channel = event.get("channel") or (event.get("item") or {}).get("channel") or ""
        knock = Happened(
            person=await self._person(user_id, channel),
            channel=channel,
            channel_name="",
            now=self.services.clock(),
            event=event,
        )
        is_member = knock.person.is_member
        if is_spoken and is_member and floods.all_held_back(user_id, self.services) is not None:
            return Nothing()
        return await self._run(found.role, found.run, knock, found.about, found.type)

    async def _concerned(self, event: Payload) -> Event | None:
        """The first of its type that it is a business of: an emoji is put under cards of several
        kinds."""
        for each in self.services.registry.events:
            if each.type != event["type"]:
                continue
            if each.concerns is None or await each.concerns(self.services, event):
                return each
        return None

    async def _used(
        self, used: Choices | FormAction, run: Handler, payload: Payload, action: Payload
    ) -> Answer:
        view = payload.get("view") or {}
        knock = Chosen(
            person=await self._person(payload["user"]["id"], channel_of(payload)),
            channel="",
            channel_name="",
            now=self.services.clock(),
            fields=fields_of(view),
            carried=place_of(view)[1],
            value=_entered(action),
        )
        return await self._run(used.role, run, knock, used.about, used.action_id)

    async def _person(self, user_id: str, channel: str) -> Person:
        return await self.services.people.look_up(user_id, channel)

    async def _app_of(self, about: AppOf | None, knock: Knock, needs: Needs) -> str | None:
        """Whose role is asked for; of several apps the first for which it is missing."""
        if about is None or not knock.person.rights.of_app:
            return None
        found = await about(knock, self.services)
        if not isinstance(found, tuple):
            return found
        return next((each for each in found if not knock.person.may(needs, each)), found[0])

    async def _run(
        self, needs: Needs, run: Any, knock: Knock, about: AppOf | None, asked: str
    ) -> Answer:
        """Asks for the role, whatever the knock, and only then runs the handler."""
        barred = await self._barred(needs, knock, about)
        if barred is not None:
            return await self._refuse(barred, knock, asked)
        answer: Answer = await run(knock, self.services)
        return answer

    async def _barred(self, needs: Needs, knock: Knock, about: AppOf | None) -> Missing | None:
        """What the person lacks for this; None where nothing. The one place a role is asked for."""
        person = knock.person
        if not person.is_member:
            return Missing((), ACCOUNT)
        if needs is None:
            return None
        roles = needs if isinstance(needs, tuple) else (needs,)
        if person.where(*roles).is_every:
            # Whatever it is about: nobody needs to look.
            return None
        app = await self._app_of(about, knock, needs)
        return None if person.may(needs, app) else Missing(roles, app or ACCOUNT)

    async def _refuse(self, missing: Missing, knock: Knock, asked: str) -> Whisper:
        """Kept in the trail, with the name of the record that was `asked` for, and said to the
        person."""
        person, role = knock.person, missing.named
        extra = {"event": "refused_role", "user": person.user_id, "role": role}
        log.info("not allowed", extra=extra)
        await self.services.db.write(
            audit.enter,
            What.ACCESS_REFUSED,
            person.user_id,
            knock.now,
            subject=person.channel,
            app=missing.app,
            asked=asked,
            role=role,
        )
        if not missing.roles:
            return Whisper(help_messages.outsider(person.locale))
        grants = self.services.settings.grants
        entries = {each: grants.entries(each, missing.app) for each in missing.roles}
        said = help_messages.not_allowed_any(entries, person.locale)
        held = person.where(*missing.roles)
        own = [app.name for app in self.services.settings.apps if app.name in held]
        if own:
            said = help_messages.elsewhere(said, own, missing.app, person.locale)
        return Whisper(said)

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

    def _is_urgent(self, text: str) -> bool:
        words = self._words(text)
        command = None if isinstance(words, BadText) else self._find(words.tokens)[0]
        return command is not None and command.is_urgent

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

    def _unknown(self, words: Words | BadText, locale: Locale) -> Answer:
        if isinstance(words, BadText):
            return Whisper(faults.unreadable(words, locale))
        word = words.tokens[0].text
        registry = self.services.registry
        closest = did_you_mean(word, registry.nouns(), registry.synonyms)
        return Whisper(help_messages.unknown(word, closest, locale))


def _reader(command: Command, words: Sequence[Any]) -> Handler:
    """What answers a command: its handler, or, for more words than it takes, what tells so."""
    is_taken = command.takes is None or len(words) <= command.takes
    return command.run if is_taken else partial(stray.too_many, command)


def channel_of(payload: Payload) -> str:
    """The channel in which somebody acts: where the message stands, or where the form was opened;
    "" where it is none, as in the App Home."""
    named = payload.get("channel") or {}
    at = named.get("id") or payload.get("channel_id")
    return str(at or place_of(payload.get("view") or {})[0])


def placed(view: Payload, channel: str) -> dict[str, Any]:
    """`view` with the channel in which it is opened: Slack names none of a form."""
    return {**view, "private_metadata": f"{channel}|{view.get('private_metadata') or ''}"}


def place_of(view: Payload) -> tuple[str, str]:
    """Where a form was opened, and what it carries besides."""
    whole = _whole(view.get("private_metadata") or "")
    found = PLACED.match(whole)
    return (found[1], whole[found.end() :]) if found else ("", whole)


def fields_of(view: Payload) -> dict[str, str]:
    """What a form holds, by action id: text as entered, of a list the chosen value, of people the
    user id."""
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
    chosen = element.get("selected_option") or element
    return _whole(str(chosen.get("value") or chosen.get("selected_user") or ""))


def _whole(outside: str) -> str:
    """`outside` with a mark for each half of a surrogate pair: no store takes one."""
    return outside.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def explain(error: Exception, locale: Locale) -> Whisper:
    """What an exception tells a person: its own sentence, or that something broke; and an id. What
    is none of ours, or was an earlier program's, is nobody's fault."""
    if isinstance(error, Outdated):
        log.info("outdated", extra={"event": "outdated", "reason": str(error)})
        return Whisper(faults.outdated(locale))
    reference = f"E-{secrets.token_hex(3)}"
    if isinstance(error, SmsopsError):
        log.warning(
            "handler refused",
            extra={"event": "handler_error", "reference": reference, "reason": str(error)},
        )
        return Whisper(faults.failed(error, locale, reference))
    log.exception("handler broke", extra={"event": "handler_broke", "reference": reference})
    return Whisper(faults.crashed(locale, reference))
