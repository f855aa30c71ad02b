"""What a handler is told and may answer, and the records by which it is found. No I/O.

A *knock* is one thing that came from a person or from Slack; a handler takes a knock and gives an
`Answer`. The records (`Command`, `Button`, `Choices`, `Shortcut`, `Event`, `Job` …) are data: the
mounts turn them into Bolt listeners and jobs, the manifest and the help are generated from them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.locales import Locale
from bot.rules.roles import NOBODY, Apps, Rights, Role

#: JSON as Slack takes it: blocks, views and options.
Json = Mapping[str, Any]
#: What somebody must have: a role, one of several, or nothing.
Needs = Role | tuple[Role, ...] | None


@dataclass(frozen=True, slots=True)
class Person:
    """Who knocked, as Slack knows them, and what they may do where they did."""

    user_id: str
    locale: Locale
    timezone: str
    rights: Rights = NOBODY
    #: Where they did, by its id; of a form, where it was opened; "" in the App Home.
    channel: str = ""
    #: False: a guest, somebody of another workspace, a bot, or who left. They may do nothing.
    is_member: bool = True

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held for the account or for any app; empty unless app.yaml gives one."""
        return self.rights.anywhere

    def may(self, role: Needs, app: str | None = None) -> bool:
        """Whether the person has `role`, or one of several, for `app`.

        `app` None: for any; `ACCOUNT`: for the whole account. A role of None asks for nothing.
        """
        held = self.rights.anywhere if app is None else self.rights.of(app)
        if isinstance(role, tuple):
            return not held.isdisjoint(role)
        return role is None or role in held

    def where(self, *roles: Role) -> Apps:
        """The apps for which the person has one of `roles`."""
        return self.rights.where(*roles)


@dataclass(frozen=True, slots=True)
class Knock:
    """What every knock says: who, where and when."""

    person: Person
    channel: str
    #: Empty where Slack does not say it; app.yaml may name a channel by it.
    channel_name: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Typed(Knock):
    """A slash command, read into words; `text` is what was typed, for quoting back."""

    words: Sequence[Any]
    text: str
    trigger_id: str


@dataclass(frozen=True, slots=True)
class Pressed(Knock):
    """A button; `value` is what it carried, or what was chosen. Empty `response_url` in a form."""

    value: str
    trigger_id: str
    response_url: str


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file in a form or a message, as Slack tells of it; `url` is Slack's own address of it."""

    file_id: str
    name: str
    size_bytes: int
    url: str


@dataclass(frozen=True, slots=True)
class PickedUp(Knock):
    """A message somebody used a shortcut on; `files` are those it holds."""

    files: tuple[FormFile, ...]
    trigger_id: str
    response_url: str


@dataclass(frozen=True, slots=True)
class Filled(Knock):
    """A form handed in; `fields` maps action ids to what was entered, `files` to files put in."""

    fields: Mapping[str, str]
    carried: str
    files: Mapping[str, tuple[FormFile, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chosen(Knock):
    """Something used in a form that is still open: a choice made, a text typed on, a button.

    `fields` is what the form holds so far, `value` what was chosen or the button carries.
    """

    fields: Mapping[str, str]
    carried: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Searched(Knock):
    """Letters typed into a searchable list."""

    typed: str


@dataclass(frozen=True, slots=True)
class Happened(Knock):
    """An event of Slack's Events API."""

    event: Json


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """A message as Slack shows it; `text` is what screen readers and notifications say."""

    text: str
    blocks: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Nothing:
    """Acknowledged; there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Whisper:
    """Said to the person alone. With `replace`, in the place of the message the button stood in."""

    message: SlackMessage
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form to open for the person."""

    view: Json


@dataclass(frozen=True, slots=True)
class Home:
    """What the person's App Home shows from here on."""

    view: Json


@dataclass(frozen=True, slots=True)
class Wrong:
    """The form stays open, with a sentence under each field that needs a look."""

    faults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NextForm:
    """The form handed in gives way to this one."""

    view: Json


@dataclass(frozen=True, slots=True)
class Redraw:
    """The open form as it should look after a choice in it."""

    view: Json


@dataclass(frozen=True, slots=True)
class Found:
    """What a searchable list offers."""

    options: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Later:
    """It takes longer than Slack waits: `first` at once, what `rest` comes to when it is done.

    `first` is Nothing, a Whisper to a command or, in a form, a NextForm; `rest` ends in a Whisper
    or, in a form, a NextForm.
    """

    first: "Nothing | Whisper | NextForm"
    rest: "Awaitable[Answer]"


Answer = Nothing | Whisper | Form | Home | Wrong | NextForm | Redraw | Found | Later
#: A handler: takes its kind of knock and the services, gives an answer.
Handler = Callable[[Any, Any], Awaitable[Answer]]


class Meant(str):
    """The name of an app that nobody named: it is meant where the person is."""

    __slots__ = ()


#: What a knock is about, given it and the services: the name of the app whose role is asked for,
#: or several, for each of which it is; `ACCOUNT` for the whole account; None where any app's will
#: do, as in a list of several.
About = str | tuple[str, ...] | None
AppOf = Callable[[Any, Any], Awaitable[About]]


@dataclass(frozen=True, slots=True)
class Command:
    """`/sms <noun> <verb>`; an empty verb is the noun alone, an empty noun is bare `/sms`.

    The catalogue holds its help under ``help.<noun>[_<verb>].{usage,does,example}``. With
    `has_own_words` the handler reads the text itself: quotes mean something else there. What
    `is_urgent` is taken from whoever may, however many commands came before. With more words than
    `takes` behind it, it is not run: the first one too many is not understood. None: the handler
    looks at them.
    """

    noun: str
    verb: str
    role: Needs
    run: Handler
    has_own_words: bool = False
    about: AppOf | None = None
    is_urgent: bool = False
    takes: int | None = None

    @property
    def key(self) -> str:
        return "_".join(filter(None, (self.noun, self.verb))) or "menu"

    @property
    def typed(self) -> str:
        """`/sms noun verb`, as people type it."""
        return " ".join(filter(None, ("/sms", self.noun, self.verb)))


@dataclass(frozen=True, slots=True)
class Button:
    """A button, or a select in a message, by its action id."""

    action_id: str
    role: Needs
    run: Handler
    about: AppOf | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A form by its callback id, handled when it is handed in."""

    callback_id: str
    role: Needs
    run: Handler
    about: AppOf | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """A searchable list by its action id: `run` finds options, `chosen` hears of a choice."""

    action_id: str
    role: Needs
    run: Handler
    chosen: Handler
    about: AppOf | None = None


@dataclass(frozen=True, slots=True)
class FormAction:
    """An element, by its action id, that acts at once in a form that stays open."""

    action_id: str
    role: Needs
    run: Handler
    about: AppOf | None = None


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An entry of the menu of a message; Slack shows `name` (24 characters) to everybody alike."""

    callback_id: str
    name: str
    description: str
    role: Needs
    run: Handler
    about: AppOf | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event by its type; `name` is what the manifest subscribes to (``message.im``).

    `concerns`, given the services and the event, is asked before anybody is looked up: most
    reactions in a channel are no business of ours.
    """

    type: str
    name: str
    scopes: tuple[str, ...]
    role: Needs
    run: Handler
    concerns: Callable[[Any, Json], Awaitable[bool]] | None = None
    about: AppOf | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Work the clock asks for: every `every_s` seconds at the most, once whoever asks."""

    name: str
    every_s: int
    run: Callable[[Any, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Registry:
    """All handlers there are."""

    commands: tuple[Command, ...]
    buttons: tuple[Button, ...] = ()
    submissions: tuple[Submission, ...] = ()
    choices: tuple[Choices, ...] = ()
    form_actions: tuple[FormAction, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    events: tuple[Event, ...] = ()
    jobs: tuple[Job, ...] = ()
    #: Other words people use for a noun, Chinese ones included.
    synonyms: Mapping[str, str] = field(default_factory=dict)

    def command(self, noun: str, verb: str) -> Command | None:
        return next((c for c in self.commands if (c.noun, c.verb) == (noun, verb)), None)

    def nouns(self) -> list[str]:
        """Every noun once, in the order of the list."""
        return list(dict.fromkeys(c.noun for c in self.commands if c.noun))
