"""Who is in which group: believed for a while, but never when somebody decides."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.errors import SlackError
from bot.rules.roles import Role
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.sandbox.workspace.people import Standing
from bot.slack.client import SlackClient
from bot.slack.people import People
from tests.slack.made import NOW

MAYA, BO, LIN, EVE = "U0MAYA", "U0BO", "U0LIN", "U0EVE"
APPROVERS = ("@sms-approvers",)
MEMBERS = "usergroups.users.list"


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
    def groups(role: Role) -> tuple[str, ...]:
        return ("@sms-senders",) if role is Role.SENDER else ()

    return People(slack, groups, hand, APPROVERS)


def asked(workspace: Workspace) -> Callable[[], int]:
    """How often Slack was asked who is in a group, from here on."""
    before = _count(workspace)
    return lambda: _count(workspace) - before


def _count(workspace: Workspace) -> int:
    return len(workspace.trace.exchanges(MEMBERS))


async def test_whoever_decides_is_looked_up_anew(workspace: Workspace, people: People) -> None:
    assert await people.electorate(MAYA, APPROVERS) == {MAYA, BO}
    workspace.admin.regroup("S0APPROVERS", [BO])
    assert await people.electorate(MAYA, APPROVERS) == {BO}


async def test_a_list_is_believed_for_a_minute(
    workspace: Workspace, people: People, hand: Hand
) -> None:
    assert await people.is_in(MAYA, APPROVERS)
    workspace.admin.regroup("S0APPROVERS", [BO])
    assert await people.groups_of(MAYA) == {"@sms-approvers", "@sms-senders"}
    hand.now += timedelta(seconds=61)
    assert not await people.is_in(MAYA, APPROVERS)


async def test_an_outsider_is_believed_to_be_one_for_ten_seconds(
    workspace: Workspace, people: People, hand: Hand
) -> None:
    count = asked(workspace)
    for _ in range(50):
        assert EVE not in await people.electorate(EVE, APPROVERS)
    assert count() == 1
    workspace.admin.regroup("S0APPROVERS", [BO, EVE])
    hand.now += timedelta(seconds=11)
    assert EVE in await people.electorate(EVE, APPROVERS)


async def test_an_insider_is_never_just_believed(workspace: Workspace, people: People) -> None:
    count = asked(workspace)
    for _ in range(3):
        assert MAYA in await people.electorate(MAYA, APPROVERS)
    assert count() == 3


@pytest.mark.parametrize("standing", sorted(set(Standing) - {Standing.MEMBER}))
async def test_who_is_no_full_member_any_more_decides_nothing(
    workspace: Workspace, people: People, standing: Standing
) -> None:
    assert MAYA in await people.electorate(MAYA, APPROVERS)
    workspace.admin.restand(MAYA, standing)
    assert MAYA not in await people.electorate(MAYA, APPROVERS)


@pytest.mark.parametrize("kind", [FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR])
@pytest.mark.parametrize("target", ["usergroups.list", MEMBERS, "users.info"])
async def test_where_slack_does_not_say_nobody_decides(
    workspace: Workspace, people: People, kind: FaultKind, target: str
) -> None:
    assert MAYA in await people.electorate(MAYA, APPROVERS)
    workspace.faults.add(Fault(target, kind))
    with pytest.raises(SlackError):
        await people.electorate(MAYA, APPROVERS)


async def test_in_a_group_that_does_not_exist_is_nobody(people: People) -> None:
    assert await people.electorate(MAYA, ("@nobody", "S0NONE")) == frozenset()
    assert not await people.is_in(MAYA, ("@nobody",))


async def test_groups_are_known_by_their_ids_too(people: People) -> None:
    assert await people.members(("S0ONCALL", "@sms-approvers")) == {"U0OMAR", MAYA, BO}


async def test_somebody_in_no_group_is_in_none(people: People) -> None:
    assert await people.groups_of(EVE) == frozenset()
    assert LIN not in await people.members(APPROVERS)
