"""Who decides on what: what is written, what is left out, and what is not accepted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from bot.rules.approvals import Rule, Verdict
from bot.rules.classes import TemplateClass
from bot.rules.marketing_hours import CARRIERS, Hours
from bot.rules.requests import RequestKind
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
    assert {settings.approval_rule(kind) for kind in RequestKind} == {rule}


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


def needed_for(settings: AppYaml, class_: TemplateClass, *recipients: int) -> list[int]:
    return [settings.send_rule(class_, each).needed for each in recipients]


def test_a_send_is_free_up_to_its_size_and_marketing_to_more_than_one_never(
    write: Write, apps: str
) -> None:
    settings = read(write(apps + ROLES))
    for class_ in set(TemplateClass) - {TemplateClass.MARKETING}:
        assert needed_for(settings, class_, 1, 100, 101, 1_000_000) == [0, 0, 1, 1]
    assert needed_for(settings, TemplateClass.MARKETING, 1, 2, 1_000_000) == [0, 1, 1]
    free, asked = (settings.send_rule(TemplateClass.NOTICE, many) for many in (100, 101))
    assert replace(free, needed=1) == asked == settings.approval_rule(RequestKind.SEND)


def test_marketing_is_as_other_sends_but_for_what_it_says_and_its_size(
    write: Write, apps: str
) -> None:
    written = (
        "approvals:\n"
        "  default: {expires_s: 3600}\n"
        "  kinds:\n"
        "    send: {needed: 2, from_recipients: 50, approvers: ['@leads']}\n"
        "    send.marketing: {buttons_only: true}\n"
    )
    settings = read(write(apps + ROLES + written))
    assert needed_for(settings, TemplateClass.NOTICE, 49, 50) == [0, 2]
    assert needed_for(settings, TemplateClass.MARKETING, 1, 2) == [0, 2]
    rule = settings.send_rule(TemplateClass.MARKETING, 2)
    assert rule == Rule(2, ("@leads",), buttons_only=True, expires_s=3600, askers=("@senders",))
    assert not settings.send_rule(TemplateClass.NOTICE, 50).buttons_only


def test_tightening_is_as_other_changes_of_limits_but_for_what_it_says(
    write: Write, apps: str
) -> None:
    written = (
        "approvals:\n"
        "  kinds:\n"
        "    limits.change: {needed: 2, expires_s: 3600}\n"
        "    limits.tighten: {needed: 0}\n"
    )
    settings = read(write(apps + ROLES + written))
    looser, tighter = (settings.limits_rule(loosens=each) for each in (True, False))
    assert looser == settings.approval_rule(RequestKind.LIMITS_CHANGE)
    assert (looser.needed, looser.expires_s) == (2, 3600)
    assert tighter == replace(looser, needed=0)
    plain = read(write(apps + ROLES))
    assert plain.limits_rule(loosens=False) == plain.limits_rule(loosens=True)


def test_only_sends_have_a_size(write: Write, apps: str) -> None:
    found = load_file(write(apps + "approvals: {kinds: {app.resume: {from_recipients: 5}}}\n"))
    assert isinstance(found, Faults)
    (fault,) = found.faults
    key = "approvals.kinds.app.resume.from_recipients"
    assert (fault.key, fault.problem, fault.line) == (key, Problem.SENDS_ONLY, 5)


def test_marketing_may_be_quieter_than_the_carriers_and_not_silent(write: Write, apps: str) -> None:
    settings = read(write(apps + "sending: {marketing_from: '09:30', marketing_to: '21:00'}\n"))
    assert settings.sending.marketing_hours == Hours(time(9, 30), time(21))
    assert read(write(apps)).sending.marketing_hours == CARRIERS
    for written, key in (
        ("{marketing_from: '21:00', marketing_to: '09:00'}", "sending.marketing_to"),
        ("{marketing_from: '22:00'}", "sending.marketing_from"),
        ("{marketing_to: '08:00'}", "sending.marketing_to"),
    ):
        found = load_file(write(f"{apps}sending: {written}\n"))
        assert isinstance(found, Faults)
        assert [(each.key, each.problem) for each in found.faults] == [(key, Problem.NEVER_OPEN)]


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
        ("approvals: {kinds: {send.otp: {needed: 1}}}", "approvals.kinds.send.otp"),
        (
            "approvals: {kinds: {send: {from_recipients: 1}}}",
            "approvals.kinds.send.from_recipients",
        ),
        ("sending: {marketing_from: '07:59'}", "sending.marketing_from"),
        ("sending: {marketing_to: '22:01'}", "sending.marketing_to"),
        ("sending: {marketing_to: 2200}", "sending.marketing_to"),
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
