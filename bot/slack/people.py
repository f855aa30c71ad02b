"""Knows who a Slack user is and what they may do; where Slack cannot say, they may do nothing."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import SlackError
from bot.locales import Locale, locale_of
from bot.registry import Person
from bot.rules.approvals import Electors
from bot.rules.roles import NOBODY, Grants, Holder, Rights, holder, is_person
from bot.slack.client import Profile, SlackClient

# A person taken out of a group must lose its rights within the minute.
GROUPS_FOR = timedelta(seconds=60)
# Whoever left, or became a guest, must too.
PROFILE_FOR = timedelta(seconds=60)
LOCALE_FOR = timedelta(hours=12)
# Whoever was just found outside a group is believed to be for so long: Slack answers twenty such
# questions a minute, and a hundred emoji of an outsider must not use them up.
OUTSIDE_FOR = timedelta(seconds=10)
# So often within a minute Slack is asked anew for one person's words; further ones are judged by
# what it said in the last ten seconds.
FRESH_WITHIN, FRESH_MAX = timedelta(seconds=60), 5


@dataclass(frozen=True, slots=True)
class Members:
    """Who is in which configured group, as of `at`."""

    of_group: Mapping[str, frozenset[str]]
    at: datetime
    #: What that gives whom where, as far as anybody asked.
    rights: dict[tuple[str, str], Rights] = field(default_factory=dict)


class People:
    """Profiles and group memberships, remembered for a while."""

    def __init__(
        self,
        slack: SlackClient,
        grants: Grants,
        clock: Callable[[], datetime],
        more_groups: Iterable[str] = (),
    ) -> None:
        """`more_groups` are asked for besides those that give roles."""
        self._slack = slack
        self._grants = grants
        self._clock = clock
        self._more_groups = frozenset(holder(each).who for each in more_groups)
        self._profiles: dict[str, tuple[Profile, datetime]] = {}
        self._members: Members | None = None
        self._latest: dict[Electors, Members] = {}
        self._fresh: dict[str, list[datetime]] = {}
        self._unanswered: tuple[SlackError, datetime] | None = None
        self._asking = asyncio.Lock()

    async def look_up(self, user_id: str, channel: str = "") -> Person:
        """The person, with what they may do in `channel` right now. Raises SlackError where Slack
        does not answer and what is remembered is too old: then nobody may do anything."""
        profile, members = await self._profile(user_id), await self._current_members()
        rights = self._rights(user_id, channel, members) if profile.is_member else NOBODY
        locale, zone = locale_of(profile.locale), profile.timezone
        return Person(user_id, locale, zone, rights, channel, is_member=profile.is_member)

    def _rights(self, user_id: str, channel: str, members: Members) -> Rights:
        def is_or_is_in(who: str) -> bool:
            return who == user_id or user_id in members.of_group.get(who, ())

        known = members.rights.get((user_id, channel))
        if known is None:
            known = self._grants.rights(is_or_is_in, channel)
            members.rights[user_id, channel] = known
        return known

    async def is_in(self, user_id: str, entries: Iterable[str], channel: str = "") -> bool:
        """Whether one of `entries` names somebody in `channel`, as of the last minute. Raises
        SlackError."""
        return user_id in await self.members(_counting(entries, channel))

    async def members(self, entries: Iterable[str]) -> frozenset[str]:
        """Everybody whom `entries` name, wherever that counts, as of the last minute. Raises
        SlackError."""
        of_group = (await self._current_members()).of_group
        wanted = frozenset(holder(each).who for each in entries)
        if not wanted <= of_group.keys():
            of_group = await self._ask(wanted)
        return _all(of_group, wanted)

    async def full_members(self, entries: Iterable[str]) -> frozenset[str]:
        """As `members`, without those who are no full members of the workspace, for it is they who
        are written to of their own. Asks for each of them. Raises SlackError."""
        named = sorted(await self.members(entries))
        return frozenset([each for each in named if (await self._profile(each)).is_member])

    async def entries_of(self, person: Person) -> frozenset[str]:
        """Every way in which an entry may name `person` where they are, of the groups the settings
        name; none for who is no full member. Raises SlackError."""
        if not person.is_member:
            return frozenset()
        user_id, places = person.user_id, {"", person.channel}
        of_group = (await self._current_members()).of_group
        named = {user_id, *(group for group, members in of_group.items() if user_id in members)}
        return frozenset(Holder(who, place).written for who in named for place in places)

    async def electorate(
        self,
        user_id: str,
        electors: Electors,
        channel: str = "",
        voted: Iterable[str] = (),
    ) -> frozenset[str]:
        """Everybody whom `electors` name right now, for a word that `user_id` says in `channel` to
        be judged by; those of `voted` who are no full members any more are left out.

        Slack is asked anew before anybody counts as inside, but for who says a great deal at once,
        and whether they are a full member too; raises SlackError where it does not say, and then
        nobody is.
        """
        at, members = self._clock(), self._latest.get(electors)
        is_fresh = members is not None and at - members.at < OUTSIDE_FOR
        is_inside = members is not None and user_id in _both(members.of_group, electors, channel)
        if members is None or not is_fresh or (is_inside and self._may_ask_anew(user_id, at)):
            whole = frozenset(holder(each).who for each in (*electors.frozen, *electors.today))
            self._latest[electors] = members = Members(await self._ask(whole), at)
            is_inside = user_id in _both(members.of_group, electors, channel)
        found = _both(members.of_group, electors)
        if not is_inside:
            return found - {user_id}
        leavers = {
            each
            for each in {user_id, *voted} & found
            if not (await self._slack.profile(each)).is_member
        }
        return found - leavers

    def _may_ask_anew(self, user_id: str, at: datetime) -> bool:
        """Whether Slack may be asked once more for somebody's word; counts it if so."""
        lately = {
            who: recent
            for who, times in self._fresh.items()
            if (recent := [each for each in times if timedelta(0) <= at - each < FRESH_WITHIN])
        }
        mine = lately.get(user_id, [])
        may = len(mine) < FRESH_MAX
        self._fresh = {**lately, user_id: [*mine, at]} if may else lately
        return may

    async def still(self, user_ids: frozenset[str], electors: Electors) -> frozenset[str]:
        """Those of `user_ids` whom `electors` name, wherever that counts, and who are full members.

        Slack is asked anew; raises SlackError where it does not say, and is then left alone for a
        while.
        """
        at, since = self._clock(), self._unanswered
        if since is not None and timedelta(0) <= at - since[1] < OUTSIDE_FOR:
            raise since[0]
        try:
            wanted = frozenset(holder(each).who for each in (*electors.frozen, *electors.today))
            named = user_ids & _both(await self._ask(wanted), electors)
            found = [each for each in sorted(named) if (await self._slack.profile(each)).is_member]
        except SlackError as error:
            self._unanswered = error, at
            raise
        self._unanswered = None
        return frozenset(found)

    async def locale_of(self, user_id: str) -> Locale:
        """The language to write to somebody in: nobody's rights hang on it, so it is believed for
        longer. Raises SlackError where it was never known."""
        known = self._profiles.get(user_id)
        if known is None or self._clock() - known[1] >= LOCALE_FOR:
            return locale_of((await self._profile(user_id)).locale)
        return locale_of(known[0].locale)

    def locale_now(self, user_id: str) -> Locale | None:
        """The person's language where it is known already; asks nobody."""
        known = self._profiles.get(user_id)
        return locale_of(known[0].locale) if known else None

    async def _profile(self, user_id: str) -> Profile:
        known = self._profiles.get(user_id)
        if known and self._clock() - known[1] < PROFILE_FOR:
            return known[0]
        # As of when it was asked for: an answer may have been long on its way.
        at = self._clock()
        profile = await self._slack.profile(user_id)
        self._profiles[user_id] = (profile, at)
        return profile

    async def _current_members(self) -> Members:
        async with self._asking:
            known = self._members
            if known and self._clock() - known.at < GROUPS_FOR:
                return known
            at = self._clock()
            self._members = members = Members(await self._ask_members(), at)
            return members

    async def _ask_members(self) -> dict[str, frozenset[str]]:
        return await self._ask(self._grants.everybody() | self._more_groups)

    async def _ask(self, groups: Iterable[str]) -> dict[str, frozenset[str]]:
        """Who is in each of `groups`, a person in the place of a group being alone in it; nobody
        where there is no such group."""
        wanted = frozenset(groups)
        found = {who: frozenset({who}) for who in wanted if is_person(who)}
        if wanted <= found.keys():
            return found
        of_group = await self._slack.all_group_members()
        return found | {each: of_group.get(each, frozenset()) for each in wanted - found.keys()}


def _counting(entries: Iterable[str], channel: str) -> tuple[str, ...]:
    """Those of `entries` that count in `channel`."""
    return tuple(each for each in entries if holder(each).counts_in(channel))


def _both(
    of_group: Mapping[str, frozenset[str]], electors: Electors, channel: str | None = None
) -> frozenset[str]:
    """Everybody whom both name, in `channel`; without one, wherever that counts."""
    frozen, today = (
        each if channel is None else _counting(each, channel)
        for each in (electors.frozen, electors.today)
    )
    return _all(of_group, frozen) & _all(of_group, today)


def _all(of_group: Mapping[str, frozenset[str]], entries: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(of_group.get(holder(each).who, frozenset()) for each in entries))
