"""Who may do what where: never more than a plain reading of app.yaml gives."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.locales import Locale
from bot.registry import Person
from bot.rules.roles import ACCOUNT, NOBODY, Grants, Holder, Rights, Role, holder, is_person
from bot.settings.roles import AppRoles, Roles, grants

ME, OTHER = "U0ME", "W0OTHER"
GROUPS, CHANNELS = ("@a", "@b", "S0C"), ("C0SMS", "G0OPS")
APPS = ("one", "two", "three")
who = st.sampled_from((*GROUPS, ME, OTHER))
entry = st.one_of(who, st.builds("{} in {}".format, who, st.sampled_from(CHANNELS)))
entries = st.lists(entry, max_size=3).map(tuple)
of_account = st.dictionaries(st.sampled_from([role.value for role in Role]), entries)
of_one_app = st.dictionaries(
    st.sampled_from([role.value for role in Role if role is not Role.OWNER]), entries
)
of_apps = st.dictionaries(st.sampled_from(APPS[:2]), of_one_app)
Written = Mapping[str, tuple[str, ...]]


def read(account: Written, apps: Mapping[str, Written]) -> Grants:
    return grants(
        Roles.model_validate(account),
        {name: AppRoles.model_validate(written) for name, written in apps.items()},
    )


def naive(role: str, written: Written, own: Written, mine: frozenset[str], channel: str) -> bool:
    """One list decides: the app's where it has one, else the account's."""
    for each in own.get(role, written.get(role, ())):
        match re.fullmatch(r"(\S+)(?: in (\S+))?", each):
            case None:
                raise AssertionError(each)
            case found if found[1] in mine and found[2] in {None, channel}:
                return True
    return False


@given(of_account, of_apps, st.frozensets(st.sampled_from(GROUPS)), st.sampled_from(CHANNELS))
def test_rights_are_what_a_plain_reading_gives(
    account: Written, apps: Mapping[str, Written], groups: frozenset[str], channel: str
) -> None:
    mine = groups | {ME}
    for place in (channel, ""):
        rights = read(account, apps).rights(mine.__contains__, place)
        for app in (*APPS, ACCOUNT):
            own = apps.get(app, {})
            expected = {role for role in Role if naive(role.value, account, own, mine, place)}
            assert rights.of(app) == expected
            for role in Role:
                assert (app in rights.where(role)) is (role in expected)
        held = [rights.of(app) for app in (*apps, ACCOUNT)]
        assert rights.anywhere == frozenset().union(*held)


@given(of_account, of_apps, st.frozensets(st.sampled_from(GROUPS)))
def test_no_place_gives_more_than_all_channels_together(
    account: Written, apps: Mapping[str, Written], groups: frozenset[str]
) -> None:
    mine, found = groups | {ME}, read(account, apps)
    home = found.rights(mine.__contains__, "")
    for channel in CHANNELS:
        there = found.rights(mine.__contains__, channel)
        assert all(home.of(app) <= there.of(app) for app in (*APPS, ACCOUNT))


@given(of_account, of_apps)
def test_who_is_named_nowhere_may_do_nothing(account: Written, apps: Mapping[str, Written]) -> None:
    rights = read(account, apps).rights({"U0STRANGER"}.__contains__, CHANNELS[0])
    assert rights.anywhere == frozenset()


@given(entry)
def test_an_entry_reads_as_it_is_written(written: str) -> None:
    found = holder(written)
    assert found.written == written
    assert Holder(found.who, found.channel) == found


@given(of_account, of_apps)
def test_everybody_who_is_named_is_asked_of_slack(
    account: Written, apps: Mapping[str, Written]
) -> None:
    lists = [*account.values(), *(some for own in apps.values() for some in own.values())]
    named = {each.split(" ")[0] for some in lists for each in some}
    assert read(account, apps).everybody() == named


def test_an_empty_list_of_an_app_is_nobody_and_one_left_out_is_the_accounts() -> None:
    found = read({"approver": ("@a",), "viewer": ("@a",)}, {"one": {"approver": ()}})
    rights = found.rights({"@a"}.__contains__, "")
    assert rights.of("one") == {Role.VIEWER}
    assert rights.of("two") == rights.of(ACCOUNT) == {Role.VIEWER, Role.APPROVER}
    assert found.names(Role.APPROVER, "one") == ()


def test_a_role_for_one_app_is_none_for_the_account_nor_for_another() -> None:
    found = read({}, {"one": {"requester": (ME,)}})
    person = Person(ME, Locale.EN, "UTC", found.rights({ME}.__contains__, ""))
    assert person.may(Role.REQUESTER)
    assert person.may(Role.REQUESTER, "one")
    assert not person.may(Role.REQUESTER, "two")
    assert not person.may(Role.REQUESTER, ACCOUNT)
    assert not person.may((Role.APPROVER, Role.REQUESTER), "two")
    assert person.may((Role.APPROVER, Role.REQUESTER), "one")
    assert person.may(None, "two")


def test_a_name_is_asked_once_whatever_channels_it_stands_with() -> None:
    found = read({"viewer": ("@a in C0SMS", "@a in G0OPS", "@b", "@b")}, {})
    assert found.names(Role.VIEWER) == ("@a", "@b")
    assert found.entries(Role.VIEWER) == ("@a in C0SMS", "@a in G0OPS", "@b")


@pytest.mark.parametrize(("named", "is_one"), [("U0A", True), ("W0A", True), ("S0A", False)])
def test_people_are_known_by_their_ids(named: str, is_one: bool) -> None:
    assert is_person(named) is is_one
    assert not is_person("@upper")


def test_nobody_has_rights_who_was_given_none() -> None:
    assert Rights() == NOBODY
    assert not Person(ME, Locale.EN, "UTC").may(Role.VIEWER)
