"""Who may do what: roles, who holds them by app.yaml, and what that gives one person in one place.

Nobody holds a role by default, and nothing said or clicked in Slack gives one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: In the place of an app's name: the account as a whole, with all its apps.
ACCOUNT = ""
#: Between who holds a role and the channel in which it counts.
IN = " in "


class Role(StrEnum):
    """What a person may do; the value is the word in app.yaml."""

    VIEWER = "viewer"
    """Reads: lists, figures, histories, with masked numbers."""
    REQUESTER = "requester"
    """Sends messages and asks for changes."""
    APPROVER = "approver"
    """Decides on what somebody else asked for."""
    LIMIT_ADMIN = "limit_admin"
    """Asks for other frequency limits, and tells what the console has."""
    ONCALL = "oncall"
    """Receives alerts and acts on them."""
    AUDITOR = "auditor"
    """Reads the audit trail, and single numbers and replies in full, with a reason."""
    OWNER = "owner"
    """Sets the bot up."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a role: a user group (`@handle`, `S…`) or a person (`U…`, `W…`).

    With a `channel`, by its id, only what is typed or clicked there counts.
    """

    who: str
    channel: str = ""

    @property
    def written(self) -> str:
        """A holder as app.yaml writes it: `@handle`, or `@handle in C0123456789`."""
        return f"{self.who}{IN}{self.channel}" if self.channel else self.who

    def counts_in(self, channel: str) -> bool:
        """Whether the role is held in `channel`; "" is no channel, as in the App Home."""
        return self.channel in {"", channel}


def holder(written: str) -> Holder:
    """Who is meant by an entry of app.yaml, and where what they say counts."""
    who, _, channel = written.partition(IN)
    return Holder(who, channel)


def is_person(who: str) -> bool:
    """Whether app.yaml names a person, `U…` or `W…`, and no user group."""
    return who.startswith(("U", "W"))


HoldersOfRole = Mapping[Role, tuple[Holder, ...]]


@dataclass(frozen=True, slots=True)
class Grants:
    """Who holds which role: for the account, and for apps that have holders of their own."""

    account: HoldersOfRole
    #: Whole: a role the app says nothing of is held as for the account.
    of_app: Mapping[str, HoldersOfRole] = field(default_factory=dict)

    def holders(self, role: Role, app: str = ACCOUNT) -> tuple[Holder, ...]:
        """Who holds `role` for `app`."""
        return self.of_app.get(app, self.account).get(role, ())

    def names(self, role: Role, app: str = ACCOUNT) -> tuple[str, ...]:
        """The groups and people that hold `role` for `app`, somewhere at least, each once."""
        return tuple(dict.fromkeys(each.who for each in self.holders(role, app)))

    def entries(self, role: Role, app: str = ACCOUNT) -> tuple[str, ...]:
        """Who holds `role` for `app`, as app.yaml writes them, with the channel where one is
        named."""
        return tuple(dict.fromkeys(each.written for each in self.holders(role, app)))

    def everybody(self) -> frozenset[str]:
        """Every group and person that is named for anything."""
        return frozenset(each.who for each in self._all())

    def rights(self, is_or_is_in: Callable[[str], bool], channel: str) -> "Rights":
        """What somebody may do in `channel`; `is_or_is_in` says of each group and person whether it
        is them, or they are in it."""
        held = {who for who in self.everybody() if is_or_is_in(who)}

        def roles(holders: HoldersOfRole) -> frozenset[Role]:
            return frozenset(
                role
                for role, some in holders.items()
                if any(each.who in held and each.counts_in(channel) for each in some)
            )

        return Rights(
            roles(self.account), {name: roles(holders) for name, holders in self.of_app.items()}
        )

    def _all(self) -> Iterator[Holder]:
        for holders in (self.account, *self.of_app.values()):
            for some in holders.values():
                yield from some


@dataclass(frozen=True, slots=True)
class Rights:
    """The roles somebody holds in one place: for the account, and for apps with their own."""

    account: frozenset[Role] = frozenset()
    of_app: Mapping[str, frozenset[Role]] = field(default_factory=dict)

    @property
    def anywhere(self) -> frozenset[Role]:
        """The roles held for the account or for any app."""
        return self.account.union(*self.of_app.values())

    def of(self, app: str) -> frozenset[Role]:
        """The roles held for `app`; `ACCOUNT`: for the whole account."""
        return self.of_app.get(app, self.account)

    def where(self, *roles: Role) -> "Apps":
        """The apps for which one of `roles` is held."""
        held = {name: not some.isdisjoint(roles) for name, some in self.of_app.items()}
        is_account = not self.account.isdisjoint(roles)
        return Apps(
            frozenset(name for name, is_held in held.items() if is_held is not is_account),
            is_all_but=is_account,
        )


NOBODY = Rights()


@dataclass(frozen=True, slots=True)
class Apps:
    """Some of the apps: those named, or all but those named. `ACCOUNT`, for what is of no app, is
    among all."""

    names: frozenset[str]
    is_all_but: bool = False

    def __contains__(self, app: str) -> bool:
        return (app in self.names) is not self.is_all_but

    @property
    def is_any(self) -> bool:
        """Whether there is one among them, or may be."""
        return self.is_all_but or bool(self.names)

    @property
    def is_every(self) -> bool:
        """Whether nothing is left out."""
        return self.is_all_but and not self.names


EVERY_APP = Apps(frozenset(), is_all_but=True)
