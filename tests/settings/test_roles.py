"""Who holds which role: what is written in app.yaml, and what is not accepted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.locales import Locale
from bot.rules.requests import RequestKind
from bot.rules.roles import ACCOUNT, Holder, Role
from bot.settings import AppYaml, Faults, load_file

Write = Callable[[str | bytes], Path]
ROLES = """\
roles:
  viewer: ["@all", U0123456789]
  requester: ["@senders in C0123456789"]
  approver: [S0123456789]
"""
OWN = """\
    roles:
      requester: ["@shop in G0123456789", W0123456789]
      approver: []
"""


def read(path: Path) -> AppYaml:
    settings = load_file(path)
    assert isinstance(settings, AppYaml), settings
    return settings


def test_groups_people_and_channels_are_read_for_the_account_and_for_an_app(
    write: Write, apps: str
) -> None:
    grants = read(write(apps + OWN + ROLES)).grants
    assert grants.holders(Role.VIEWER) == (Holder("@all"), Holder("U0123456789"))
    assert grants.holders(Role.REQUESTER) == (Holder("@senders", "C0123456789"),)
    assert grants.holders(Role.REQUESTER, "demo") == (
        Holder("@shop", "G0123456789"),
        Holder("W0123456789"),
    )
    assert grants.holders(Role.APPROVER, "demo") == ()
    assert grants.holders(Role.VIEWER, "demo") == grants.holders(Role.VIEWER, ACCOUNT)
    assert grants.holders(Role.OWNER) == ()


def test_a_request_is_decided_by_the_holders_of_its_app_where_they_hold_it(
    write: Write, apps: str
) -> None:
    own = OWN.replace("approver: []", 'approver: ["@shop in C0123456789"]')
    settings = read(write(apps + own + ROLES))
    sending = settings.approval_rule(RequestKind.APP_RESUME, "demo")
    assert sending.approvers == ("@shop in C0123456789",)
    assert sending.askers == ("@shop in G0123456789", "W0123456789")
    # What all apps share is decided by those of the account, wherever it was asked.
    shared = settings.approval_rule(RequestKind.TEMPLATE_CREATE, "demo")
    assert (shared.approvers, shared.askers) == (("S0123456789",), ("@senders in C0123456789",))


@pytest.mark.parametrize(
    "entry",
    [
        "sms-senders",
        "@Sms",
        "@a,@b",
        "C0123456789",
        "@a in sms",
        "@a in '#sms'",
        "@a in D0123456789",
        "@a in",
        "in C0123456789",
        "@a  in C0123456789",
        "@a in C0123456789 in C0123456780",
        "@a in C0123456789, C0123456780",
        "u0123456789",
        "<@U0123456789>",
        "*",
        "",
    ],
)
@pytest.mark.parametrize("place", ["roles.viewer", "apps[0].roles.viewer"])
def test_what_names_nobody_is_a_fault_at_its_line(
    write: Write, apps: str, entry: str, place: str
) -> None:
    written = f'viewer: ["@all", "{entry}"]\n'
    key = "roles:\n  " if place == "roles.viewer" else "    roles:\n      "
    found = load_file(write(f"{apps}{key}{written}"))
    assert isinstance(found, Faults)
    [fault] = found.faults
    assert (fault.key, fault.line) == (f"{place}[1]", 6)


@pytest.mark.parametrize(
    ("entry", "meant"),
    [
        ("sms-senders", "@sms-senders"),
        ("SMS-Senders", "@sms-senders"),
        ("supervisors", "@supervisors"),
        ("@Sms", "@sms"),
        ("客服", "@客服"),
        ("sms-senders in C0123456789", "@sms-senders in C0123456789"),
        ("u0123456789", "U0123456789"),
        ("<@U0123456789>", "U0123456789"),
        ("@U0123456789", "U0123456789"),
        ("C0123456789", ""),
        ("@a,@b", ""),
        ("@a in sms", ""),
        ("<!subteam^S0123456789>", ""),
        ("*", ""),
    ],
)
@pytest.mark.parametrize(
    "section", ["roles:\n  viewer: [{}]\n", "approvals:\n  table:\n    - approvers: [{}]\n"]
)
def test_a_name_without_its_sign_is_told_as_it_is_to_be_written(
    write: Write, apps: str, entry: str, meant: str, section: str
) -> None:
    found = load_file(write(apps + section.format(f'"{entry}"')))
    assert isinstance(found, Faults)
    [said] = [each for each in found.faults if each.found is not None and entry in each.found]
    assert said.values.get("near", "") == meant
    assert (f'Did you mean "{meant}"?' in said.cause(Locale.EN)) == bool(meant)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("roles: {admin: ['@a']}\n", "roles.admin"),
        ("roles: {sender: ['@a']}\n", "roles.sender"),
        ("roles: {viewer: '@a'}\n", "roles.viewer"),
        ("roles: {viewer: null}\n", "roles.viewer"),
        ("    roles: {owner: ['@a']}\n", "apps[0].roles.owner"),
        ("    roles: {viewer: '@a'}\n", "apps[0].roles.viewer"),
        # An empty key is no list that is empty: it says nothing, or nobody.
        ("    roles:\n      approver:\n", "apps[0].roles.approver"),
    ],
)
def test_a_role_that_is_none_and_a_list_that_is_none_are_faults(
    write: Write, apps: str, written: str, key: str
) -> None:
    found = load_file(write(apps + written))
    assert isinstance(found, Faults)
    assert [fault.key for fault in found.faults] == [key]


def test_the_settings_cannot_be_changed_once_they_are_read(write: Write, apps: str) -> None:
    settings = read(write(apps + OWN + ROLES))
    with pytest.raises(ValueError, match="frozen"):
        settings.roles.viewer = ("@everybody",)  # type: ignore[misc] # it must fail
    with pytest.raises(ValueError, match="frozen"):
        settings.apps[0].roles.viewer = ("@everybody",)  # type: ignore[misc] # it must fail
    for holders in (
        settings.grants.account,
        settings.grants.of_app,
        settings.grants.of_app["demo"],
    ):
        with pytest.raises(TypeError):
            holders["demo"] = ()  # type: ignore[index]
