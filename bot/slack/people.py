"""Knows who a Slack user is and what they may do; where Slack cannot say, they may do nothing."""

import asyncio
from collections.abc import Callable, Mapping
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
    ) -> None:
        self._slack = slack
        self._groups_of_role = groups_of_role
        self._clock = clock
        self._profiles: dict[str, tuple[Profile, datetime]] = {}
        self._members: Members | None = None
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
        wanted = {group for role in Role for group in self._groups_of_role(role)}
        if not wanted:
            return {}
        ids = await self._slack.groups() if any(g.startswith("@") for g in wanted) else {}
        found: dict[str, frozenset[str]] = {}
        for group in sorted(wanted):
            group_id = ids.get(group) if group.startswith("@") else group
            if group_id is None:
                continue
            try:
                found[group] = await self._slack.group_members(group_id)
            except SlackError as error:
                # A group that was deleted gives no rights; any other trouble closes the door.
                if error.code not in {"no_such_subteam", "subteam_not_found"}:
                    raise
        return found
