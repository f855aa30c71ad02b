"""Who is in which group: believed for a while, but never when somebody decides."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.errors import SlackError
from bot.locales import Locale
from bot.rules.approvals import Electors
from bot.rules.roles import NOBODY, Grants, Holder, Role
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.sandbox.workspace.people import Standing
from bot.slack.client import SlackClient
from bot.slack.people import People
from tests.slack.made import NOW

MAYA, BO, LIN, EVE = "U0MAYA", "U0BO", "U0LIN", "U0EVE"
APPROVERS = ("@sms-approvers",)
MEMBERS = "usergroups.list"
SMS, ALERTS = "C0SMS", "C0ALERTS"
#: Who approves anywhere, and who in one channel.
PLACED = ("U0BO", f"@sms-senders in {SMS}")
OUTSIDE = sorted(set(Standing) - {Standing.MEMBER})


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def people(slack: SlackClient, hand: Hand) -> People:
    grants = Grants({Role.REQUESTER: (Holder("@sms-senders"),)})
    return People(slack, grants, hand, APPROVERS)


def asked(workspace: Workspace) -> Callable[[], int]:
    """How often Slack was asked who is in a group, from here on."""
    before = _count(workspace)
    return lambda: _count(workspace) - before


def _count(workspace: Workspace) -> int:
    return len(workspace.trace.exchanges(MEMBERS))


def as_asked(entries: tuple[str, ...]) -> Electors:
    """App.yaml names the same as when it was asked for."""
    return Electors(entries, entries)


async def entries_of(people: People, user_id: str, channel: str = "") -> frozenset[str]:
    return await people.entries_of(await people.look_up(user_id, channel))


async def test_whoever_decides_is_looked_up_anew(workspace: Workspace, people: People) -> None:
    assert await people.electorate(MAYA, as_asked(APPROVERS)) == {MAYA, BO}
    workspace.admin.regroup("S0APPROVERS", [BO])
    assert await people.electorate(MAYA, as_asked(APPROVERS)) == {BO}


async def test_a_list_is_believed_for_a_minute(
    workspace: Workspace, people: People, hand: Hand
) -> None:
    assert await people.is_in(MAYA, APPROVERS)
    workspace.admin.regroup("S0APPROVERS", [BO])
    assert {"@sms-approvers", "@sms-senders"} <= await entries_of(people, MAYA)
    hand.now += timedelta(seconds=61)
    assert not await people.is_in(MAYA, APPROVERS)


async def test_an_outsider_is_believed_to_be_one_for_ten_seconds(
    workspace: Workspace, people: People, hand: Hand
) -> None:
    count = asked(workspace)
    for _ in range(50):
        assert EVE not in await people.electorate(EVE, as_asked(APPROVERS))
    assert count() == 1
    workspace.admin.regroup("S0APPROVERS", [BO, EVE])
    hand.now += timedelta(seconds=11)
    assert EVE in await people.electorate(EVE, as_asked(APPROVERS))


async def test_who_says_a_great_deal_at_once_does_not_use_up_what_slack_answers(
    workspace: Workspace, people: People, hand: Hand
) -> None:
    count = asked(workspace)
    for _ in range(60):
        assert MAYA in await people.electorate(MAYA, as_asked(APPROVERS))
        hand.now += timedelta(seconds=1)
    assert count() <= 11
    workspace.admin.regroup("S0APPROVERS", [BO])
    hand.now += timedelta(seconds=10)
    assert MAYA not in await people.electorate(MAYA, as_asked(APPROVERS))


async def test_who_is_named_by_the_policy_and_by_app_yaml_today_decides(
    workspace: Workspace, people: People
) -> None:
    named = Electors(APPROVERS, (BO, EVE))
    count = asked(workspace)
    assert await people.electorate(BO, named) == {BO}
    assert count() == 1
    assert MAYA not in await people.electorate(MAYA, named)
    assert EVE not in await people.electorate(EVE, named)
    assert await people.electorate(BO, Electors(APPROVERS, ())) == frozenset()
    assert await people.still(frozenset({MAYA, BO, EVE}), named) == {BO}


async def test_where_a_word_counts_is_asked_of_both(people: People) -> None:
    named = Electors((BO,), (f"{BO} in {SMS}",))
    assert BO in await people.electorate(BO, named, SMS)
    assert BO not in await people.electorate(BO, named, ALERTS)


async def test_an_insider_is_never_just_believed(workspace: Workspace, people: People) -> None:
    count = asked(workspace)
    for _ in range(3):
        assert MAYA in await people.electorate(MAYA, as_asked(APPROVERS))
    assert count() == 3


@pytest.mark.parametrize("standing", OUTSIDE)
async def test_who_is_no_full_member_any_more_decides_nothing(
    workspace: Workspace, people: People, standing: Standing
) -> None:
    assert MAYA in await people.electorate(MAYA, as_asked(APPROVERS))
    workspace.admin.restand(MAYA, standing)
    assert MAYA not in await people.electorate(MAYA, as_asked(APPROVERS))


@pytest.mark.parametrize("kind", [FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR])
@pytest.mark.parametrize("target", [MEMBERS, "users.info"])
async def test_where_slack_does_not_say_nobody_decides(
    workspace: Workspace, people: People, kind: FaultKind, target: str
) -> None:
    assert MAYA in await people.electorate(MAYA, as_asked(APPROVERS))
    workspace.faults.add(Fault(target, kind))
    with pytest.raises(SlackError):
        await people.electorate(MAYA, as_asked(APPROVERS))


async def test_in_a_group_that_does_not_exist_is_nobody(people: People) -> None:
    assert await people.electorate(MAYA, as_asked(("@nobody", "S0NONE"))) == frozenset()
    assert not await people.is_in(MAYA, ("@nobody",))


async def test_groups_are_known_by_their_ids_too(people: People) -> None:
    assert await people.members(("S0ONCALL", "@sms-approvers")) == {"U0OMAR", MAYA, BO}


async def test_somebody_in_no_group_is_in_none(people: People) -> None:
    assert await entries_of(people, EVE) == {EVE}
    assert LIN not in await people.members(APPROVERS)


async def test_a_role_is_lost_within_a_minute_of_leaving_its_group(
    workspace: Workspace, people: People, hand: Hand
) -> None:
    assert (await people.look_up(LIN)).may(Role.REQUESTER)
    workspace.admin.regroup("S0SENDERS", [MAYA])
    hand.now += timedelta(seconds=59)
    assert (await people.look_up(LIN)).may(Role.REQUESTER)
    hand.now += timedelta(seconds=1)
    assert not (await people.look_up(LIN)).may(Role.REQUESTER)


@pytest.mark.parametrize("standing", OUTSIDE)
async def test_who_is_no_full_member_any_more_has_no_rights_within_a_minute(
    workspace: Workspace, people: People, hand: Hand, standing: Standing
) -> None:
    assert (await people.look_up(LIN)).is_member
    workspace.admin.restand(LIN, standing)
    hand.now += timedelta(seconds=60)
    person = await people.look_up(LIN)
    assert (person.is_member, person.rights) == (False, NOBODY)
    assert await people.entries_of(person) == frozenset()


async def test_what_slack_said_is_as_old_as_the_question(
    slack: SlackClient, workspace: Workspace, hand: Hand
) -> None:
    """An answer that was forty seconds on its way is believed for twenty more."""

    class Slow(SlackClient):
        async def all_group_members(self) -> dict[str, frozenset[str]]:
            hand.now += timedelta(seconds=40)
            return await slack.all_group_members()

    slow = Slow(str(slack.web.token), slack.web.base_url, slack._session)
    people = People(slow, Grants({Role.REQUESTER: (Holder("S0SENDERS"),)}), hand)
    assert (await people.look_up(LIN)).may(Role.REQUESTER)
    workspace.admin.regroup("S0SENDERS", [MAYA])
    hand.now += timedelta(seconds=21)
    assert not (await people.look_up(LIN)).may(Role.REQUESTER)


@pytest.mark.parametrize("kind", [FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR])
@pytest.mark.parametrize("target", [MEMBERS, "users.info"])
async def test_where_slack_does_not_say_nobody_has_rights_for_longer_than_a_minute(
    workspace: Workspace, people: People, hand: Hand, kind: FaultKind, target: str
) -> None:
    assert (await people.look_up(LIN)).may(Role.REQUESTER)
    workspace.faults.add(Fault(target, kind))
    hand.now += timedelta(seconds=59)
    assert (await people.look_up(LIN)).may(Role.REQUESTER)
    hand.now += timedelta(seconds=1)
    with pytest.raises(SlackError):
        await people.look_up(LIN)


async def test_while_the_workspace_is_not_known_nobody_is_a_member_of_it(
    workspace: Workspace, people: People
) -> None:
    workspace.faults.add(Fault("auth.test", FaultKind.SERVER_ERROR))
    with pytest.raises(SlackError):
        await people.look_up(LIN)
    workspace.faults.clear()
    assert (await people.look_up(LIN)).is_member
    assert (await people.look_up(MAYA)).is_member
    assert len(workspace.trace.exchanges("auth.test")) == 2


async def test_a_language_is_known_for_longer_than_a_right(
    workspace: Workspace, people: People, hand: Hand
) -> None:
    assert await people.locale_of(LIN) is Locale.ZH_CN
    workspace.faults.add(Fault("users.info", FaultKind.SERVER_ERROR))
    hand.now += timedelta(hours=11)
    assert await people.locale_of(LIN) is Locale.ZH_CN
    assert people.locale_now(LIN) is Locale.ZH_CN
    hand.now += timedelta(hours=2)
    with pytest.raises(SlackError):
        await people.locale_of(LIN)


async def test_a_person_named_by_id_holds_a_role_alone(slack: SlackClient, hand: Hand) -> None:
    people = People(slack, Grants({Role.OWNER: (Holder(LIN),)}), hand)
    assert (await people.look_up(LIN)).may(Role.OWNER)
    assert not (await people.look_up(MAYA)).may(Role.OWNER)
    assert await people.members((LIN,)) == {LIN}


async def test_what_is_held_in_a_channel_is_held_there_alone(
    slack: SlackClient, hand: Hand
) -> None:
    people = People(slack, Grants({Role.REQUESTER: (Holder("@sms-senders", SMS),)}), hand)
    assert (await people.look_up(LIN, SMS)).may(Role.REQUESTER)
    for elsewhere in (ALERTS, "D0LIN", ""):
        assert not (await people.look_up(LIN, elsewhere)).may(Role.REQUESTER)
    assert (await people.look_up(LIN, SMS)).channel == SMS


async def test_an_entry_with_a_channel_names_somebody_there_alone(people: People) -> None:
    assert await people.is_in(LIN, PLACED, SMS)
    assert not await people.is_in(LIN, PLACED, ALERTS)
    assert not await people.is_in(LIN, PLACED)
    assert set(PLACED) & await entries_of(people, LIN, SMS) == {PLACED[1]}
    assert set(PLACED) & await entries_of(people, LIN, ALERTS) == set()
    assert set(PLACED) & await entries_of(people, BO, ALERTS) == {PLACED[0]}
    # Who is reminded, and whether there is anybody at all: wherever it counts.
    assert {LIN, BO, MAYA} <= await people.members(PLACED)


async def test_a_word_counts_where_its_entry_says_and_one_said_there_stands(
    people: People,
) -> None:
    assert LIN in await people.electorate(LIN, as_asked(PLACED), SMS)
    assert LIN not in await people.electorate(LIN, as_asked(PLACED), ALERTS)
    assert LIN not in await people.electorate(LIN, as_asked(PLACED))
    # Somebody else's word, said in its place, stands wherever the next one is said.
    assert {LIN, BO} <= await people.electorate(BO, as_asked(PLACED), ALERTS)


async def test_whoever_is_outside_in_one_channel_is_inside_in_another_at_once(
    people: People,
) -> None:
    assert LIN not in await people.electorate(LIN, as_asked(PLACED), ALERTS)
    assert LIN in await people.electorate(LIN, as_asked(PLACED), SMS)


@pytest.mark.parametrize("standing", OUTSIDE)
async def test_the_word_of_somebody_who_left_since_does_not_count(
    workspace: Workspace, people: People, standing: Standing
) -> None:
    assert {MAYA, BO} <= await people.electorate(BO, as_asked(APPROVERS), voted=[MAYA])
    workspace.admin.restand(MAYA, standing)
    assert MAYA not in await people.electorate(BO, as_asked(APPROVERS), voted=[MAYA])


@pytest.mark.parametrize("standing", OUTSIDE)
async def test_whoever_approved_and_is_no_full_member_any_more_is_no_approver_still(
    workspace: Workspace, people: People, standing: Standing
) -> None:
    both = frozenset({MAYA, BO})
    assert await people.still(both, Electors(APPROVERS, APPROVERS)) == both
    workspace.admin.restand(MAYA, standing)
    assert await people.still(both, Electors(APPROVERS, APPROVERS)) == {BO}


async def test_whoever_left_the_group_is_no_approver_still_a_place_or_not(
    workspace: Workspace, people: People
) -> None:
    assert await people.still(frozenset({LIN, BO, EVE}), Electors(PLACED, PLACED)) == {LIN, BO}
    workspace.admin.regroup("S0SENDERS", [MAYA])
    assert await people.still(frozenset({LIN, BO, EVE}), Electors(PLACED, PLACED)) == {BO}


@pytest.mark.parametrize("target", [MEMBERS, "users.info"])
async def test_where_slack_does_not_say_who_still_is_it_is_asked_again_after_a_while(
    workspace: Workspace, people: People, hand: Hand, target: str
) -> None:
    workspace.faults.add(Fault(target, FaultKind.SERVER_ERROR))
    count = asked(workspace)
    for _ in range(3):
        with pytest.raises(SlackError):
            await people.still(frozenset({MAYA}), Electors(APPROVERS, APPROVERS))
    assert count() == 1
    hand.now += timedelta(seconds=11)
    assert await people.still(frozenset({MAYA}), Electors(APPROVERS, APPROVERS)) == {MAYA}
