"""Knows who a Slack user is and what they may do; where Slack cannot say, they may do nothing."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import SlackError
from bot.locales import Locale, locale_of
from bot.registry import Person
from bot.rules.roles import Role
from bot.slack.client import Profile, SlackClient

# A person taken out of a group must lose its rights within the minute.
GROUPS_FOR = timedelta(seconds=60)
PROFILE_FOR = timedelta(hours=12)
# Whoever was just found outside a group is believed to be for so long: Slack answers twenty such
# questions a minute, and a hundred emoji of an outsider must not use them up.
OUTSIDE_FOR = timedelta(seconds=10)
GONE = frozenset({"no_such_subteam", "subteam_not_found"})


@dataclass(frozen=True, slots=True)
class Members:
    """Who is in which configured group, as of `at`."""

    of_group: Mapping[str, frozenset[str]]
    at: datetime


class People:
    """Profiles and group memberships, remembered for a while."""

    def __init__(
        self,
        slack: SlackClient,
        groups_of_role: Callable[[Role], tuple[str, ...]],
        clock: Callable[[], datetime],
        more_groups: Iterable[str] = (),
    ) -> None:
        """`more_groups` are asked for besides those that give roles."""
        self._slack = slack
        self._groups_of_role = groups_of_role
        self._clock = clock
        self._more_groups = frozenset(more_groups)
        self._profiles: dict[str, tuple[Profile, datetime]] = {}
        self._members: Members | None = None
        self._latest: dict[tuple[str, ...], Members] = {}
        self._asking = asyncio.Lock()

    async def look_up(self, user_id: str) -> Person:
        """The person, with the roles their groups give right now. Raises SlackError where Slack
        does not answer and what is remembered is too old: then nobody may do anything."""
        profile = await self._profile(user_id)
        members = await self._current_members()
        roles = frozenset(
            role
            for role in Role
            if any(user_id in members.of_group.get(g, ()) for g in self._groups_of_role(role))
        )
        return Person(
            user_id=user_id,
            locale=locale_of(profile.locale),
            timezone=profile.timezone,
            roles=roles if profile.is_member else frozenset(),
        )

    async def is_in(self, user_id: str, groups: Iterable[str]) -> bool:
        """Whether somebody is in one of `groups`, as of the last minute. Raises SlackError."""
        return user_id in await self.members(groups)

    async def members(self, groups: Iterable[str]) -> frozenset[str]:
        """Everybody in `groups`, as of the last minute. Raises SlackError."""
        of_group = (await self._current_members()).of_group
        wanted = frozenset(groups)
        if not wanted <= of_group.keys():
            of_group = await self._ask(wanted)
        return _all(of_group, wanted)

    async def groups_of(self, user_id: str) -> frozenset[str]:
        """The groups somebody is in, of those the settings name. Raises SlackError."""
        of_group = (await self._current_members()).of_group
        return frozenset(group for group, members in of_group.items() if user_id in members)

    async def electorate(self, user_id: str, groups: tuple[str, ...]) -> frozenset[str]:
        """Everybody in `groups` right now, for a word of `user_id` to be judged by.

        Slack is asked anew before anybody counts as inside, and whether they are a full member too;
        raises SlackError where it does not say, and then nobody is.
        """
        known = self._latest.get(groups)
        if known is not None and self._clock() - known.at < OUTSIDE_FOR:
            outside = _all(known.of_group, groups)
            if user_id not in outside:
                return outside
        self._latest[groups] = members = Members(await self._ask(groups), self._clock())
        found = _all(members.of_group, groups)
        if user_id in found and not (await self._slack.profile(user_id)).is_member:
            return found - {user_id}
        return found

    def locale_now(self, user_id: str) -> Locale | None:
        """The person's language where it is known already; asks nobody."""
        known = self._profiles.get(user_id)
        return locale_of(known[0].locale) if known else None

    async def _profile(self, user_id: str) -> Profile:
        known = self._profiles.get(user_id)
        if known and self._clock() - known[1] < PROFILE_FOR:
            return known[0]
        profile = await self._slack.profile(user_id)
        self._profiles[user_id] = (profile, self._clock())
        return profile

    async def _current_members(self) -> Members:
        async with self._asking:
            known = self._members
            if known and self._clock() - known.at < GROUPS_FOR:
                return known
            self._members = members = Members(await self._ask_members(), self._clock())
            return members

    async def _ask_members(self) -> dict[str, frozenset[str]]:
        of_roles = {group for role in Role for group in self._groups_of_role(role)}
        return await self._ask(of_roles | self._more_groups)

    async def _ask(self, groups: Iterable[str]) -> dict[str, frozenset[str]]:
        """Who is in each of `groups`; nobody where there is no such group."""
        wanted = sorted(groups)
        ids = await self._slack.groups() if any(g.startswith("@") for g in wanted) else {}
        found: dict[str, frozenset[str]] = {}
        for group in wanted:
            group_id = ids.get(group) if group.startswith("@") else group
            found[group] = await self._members_of(group_id) if group_id else frozenset()
        return found

    async def _members_of(self, group_id: str) -> frozenset[str]:
        try:
            return await self._slack.group_members(group_id)
        except SlackError as error:
            # A group that was deleted gives no rights; any other trouble closes the door.
            if error.code not in GONE:
                raise
            return frozenset()


def _all(of_group: Mapping[str, frozenset[str]], groups: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(of_group.get(group, frozenset()) for group in groups))
