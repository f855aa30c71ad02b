"""Who decides on what: what is written, what is left out, and what is not accepted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.rules.approvals import Rule, Verdict
from bot.rules.requests import APPROVABLE, RequestKind
from bot.settings import AppYaml, Faults, Problem, load_file

Write = Callable[[str | bytes], Path]
ROLES = "roles: {sender: ['@senders'], approver: ['@approvers']}\n"


def read(path: Path) -> AppYaml:
    settings = load_file(path)
    assert isinstance(settings, AppYaml), settings
    return settings


def test_one_approver_within_a_day_where_nothing_is_said(write: Write, apps: str) -> None:
    settings = read(write(apps + ROLES))
    rule = Rule(1, ("@approvers",), buttons_only=False, expires_s=86_400, askers=("@senders",))
    assert {settings.approval_rule(kind) for kind in APPROVABLE} == {rule}


def test_a_kind_differs_in_what_it_says_and_is_as_the_default_in_the_rest(
    write: Write, apps: str
) -> None:
    written = (
        "approvals:\n"
        "  default: {approvers: ['@leads'], expires_s: 3600}\n"
        "  kinds:\n"
        "    template.delete: {needed: 2, buttons_only: true}\n"
        "    signature.create: {needed: 0, approvers: [S0123456789]}\n"
    )
    settings = read(write(apps + ROLES + written))
    deleting = settings.approval_rule(RequestKind.TEMPLATE_DELETE)
    assert (deleting.needed, deleting.buttons_only) == (2, True)
    assert (deleting.approvers, deleting.expires_s) == (("@leads",), 3600)
    signing = settings.approval_rule(RequestKind.SIGNATURE_CREATE)
    assert (signing.needed, signing.approvers) == (0, ("S0123456789",))
    assert settings.approvals.groups() == {"@leads", "S0123456789"}


def test_an_emoji_means_one_thing_or_nothing(write: Write, apps: str) -> None:
    written = "approvals: {reactions: {approve: [+1, heavy_check_mark]}}\n"
    reactions = read(write(apps + written)).approvals.reactions
    words = {
        "+1": Verdict.APPROVE,
        "+1::skin-tone-3": Verdict.APPROVE,
        "x": Verdict.REJECT,
        "white_check_mark": None,
        "eyes": None,
        "": None,
    }
    assert {name: reactions.verdict(name) for name in words} == words


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("approvals: {kinds: {template.remove: {needed: 1}}}", "approvals.kinds.template.remove"),
        ("approvals: {kinds: {send: {needed: 1}}}", "approvals.kinds.send"),
        ("approvals: {default: {needed: 11}}", "approvals.default.needed"),
        ("approvals: {default: {needed: -1}}", "approvals.default.needed"),
        ("approvals: {default: {approvers: []}}", "approvals.default.approvers"),
        ("approvals: {default: {approvers: [leads]}}", "approvals.default.approvers[0]"),
        ("approvals: {default: {expires_s: 59}}", "approvals.default.expires_s"),
        ("approvals: {reactions: {approve: [':x:']}}", "approvals.reactions.approve[0]"),
        ("channels: {approvals: '#Sms'}", "channels.approvals"),
        ("content: {longest_value: 0}", "content.longest_value"),
    ],
)
def test_what_makes_no_policy_is_told_with_what_would(
    write: Write, apps: str, written: str, key: str
) -> None:
    found = load_file(write(f"{apps}{written}\n"))
    assert isinstance(found, Faults)
    (fault,) = found.faults
    assert (fault.key, fault.problem, fault.line) == (key, Problem.NOT_ACCEPTED, 5)
    assert fault.accepts is not None


@pytest.mark.parametrize(
    "written",
    ["{approve: [tada], reject: [x, tada]}", "{reject: [x, white_check_mark]}", "{approve: [x]}"],
)
def test_an_emoji_that_would_mean_both_is_told(write: Write, apps: str, written: str) -> None:
    found = load_file(write(f"{apps}approvals:\n  reactions: {written}\n"))
    assert isinstance(found, Faults)
    (fault,) = found.faults
    assert fault.problem is Problem.TAKEN
    assert fault.key.startswith("approvals.reactions.reject")


def test_a_misspelt_key_is_told_with_the_one_meant(write: Write, apps: str) -> None:
    found = load_file(write(f"{apps}approvals: {{default: {{need: 1}}}}\n"))
    assert isinstance(found, Faults)
    (fault,) = found.faults
    assert (fault.problem, fault.values["near"]) == (Problem.MISSPELT_KEY, "needed")
