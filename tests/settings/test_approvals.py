"""Who decides on what: what is written, what is left out, and what is not accepted."""

from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest

from bot.locales import Locale
from bot.rules.approval_table import KIND_NAMES, TIGHTEN, Fitting, Matter, first_fit
from bot.rules.approvals import Rule, Verdict
from bot.rules.classes import TemplateClass
from bot.rules.marketing_hours import CARRIERS, Hours
from bot.rules.requests import RequestKind
from bot.settings import AppYaml, Faults, Problem, load_file
from bot.settings.approvals import By, own_table

Write = Callable[[str | bytes], Path]
ROOT = Path(__file__).parents[2]
ROLES = (
    "roles: {requester: ['@senders'], limit_admin: ['@senders'], auditor: ['@senders'],\n"
    "  approver: ['@approvers']}\n"
)


def read(path: Path) -> AppYaml:
    settings = load_file(path)
    assert isinstance(settings, AppYaml), settings
    return settings


def policy(write: Write, apps: str, *rows: str) -> AppYaml:
    """An app.yaml with this table."""
    table = "".join(f"    - {row}\n" for row in rows)
    return read(write(f"{apps}{ROLES}approvals:\n  table:\n{table}"))


def needed_for(settings: AppYaml, class_: TemplateClass, *recipients: int) -> list[int]:
    return [settings.send_rule(class_, each, "demo").needed for each in recipients]


def test_where_nothing_is_said_the_repositorys_table_holds(write: Write, apps: str) -> None:
    repositorys = load_file(ROOT / "app.yaml")
    assert isinstance(repositorys, AppYaml)
    assert read(write(apps)).approvals.table == own_table() == repositorys.approvals.table


def test_risk_decides_how_many_and_how(write: Write, apps: str) -> None:
    settings = read(write(apps + ROLES))
    for class_ in set(TemplateClass) - {TemplateClass.MARKETING}:
        assert needed_for(settings, class_, 2, 10, 11, 100, 101, 1_000_000) == [0, 0, 1, 1, 2, 2]
    assert needed_for(settings, TemplateClass.MARKETING, 2, 1_000_000) == [2, 2]
    rules = {kind.value: settings.approval_rule(kind, "demo") for kind in RequestKind}
    rules |= {TIGHTEN: settings.limits_rule("demo", loosens=False)}
    alone = {name for name, rule in rules.items() if rule.needed == 1}
    assert alone == {
        "template.create",
        "template.modify",
        "signature.create",
        "signature.modify",
        "optout.remove",
        "limits.exempt",
        "limits.tighten",
        "app.resume",
    }
    # Two people, and then never by an emoji; one person, and then by any way.
    assert all((rule.needed == 2) is rule.buttons_only for rule in rules.values())
    assert {(rule.approvers, rule.askers, rule.expires_s) for rule in rules.values()} == {
        (("@approvers",), ("@senders",), 86_400)
    }


def test_a_kind_nobody_wrote_of_takes_the_most(write: Write, apps: str) -> None:
    """A later version may ask for something that no row of today names."""
    table = read(write(apps)).approvals.table
    fitting = first_fit([row.scope for row in table], Matter("a.kind.of.tomorrow"))
    assert fitting is not None
    row = table[fitting.number - 1]
    assert (row.approvals, row.by) == (2, By.BUTTONS)


def test_a_row_says_all_of_a_policy(write: Write, apps: str) -> None:
    settings = policy(
        write,
        apps,
        "{kinds: [template.delete], approvals: 3, by: buttons, expires: 30m, askers: ['@ops']}",
        "{kinds: [signature.create], approvals: 0, approvers: [S0123456789, U0123456789]}",
        "{approvals: 1, approvers: ['@leads in C0123456789']}",
    )
    deleting = settings.approval_rule(RequestKind.TEMPLATE_DELETE, "demo")
    assert deleting == Rule(
        3,
        ("@approvers",),
        buttons_only=True,
        expires_s=1_800,
        askers=("@ops",),
        row=Fitting(1, "template.delete", (), 0, None),
    )
    signing = settings.approval_rule(RequestKind.SIGNATURE_CREATE, "demo")
    assert (signing.needed, signing.approvers) == (0, ("S0123456789", "U0123456789"))
    resuming = settings.approval_rule(RequestKind.APP_RESUME, "demo")
    assert (resuming.approvers, resuming.askers) == (("@leads in C0123456789",), ("@senders",))
    assert (resuming.expires_s, resuming.buttons_only) == (86_400, False)
    named = {"@ops", "S0123456789", "U0123456789", "@leads"}
    assert settings.approvals.groups() == named
    assert settings.approvals.naming_nobody().groups() == set()


def test_sizes_and_types_are_of_sends(write: Write, apps: str) -> None:
    settings = policy(
        write,
        apps,
        "{kinds: [send], types: [marketing, notice], up_to: 50, approvals: 2}",
        "{kinds: [send], types: [marketing], approvals: 3}",
        "{kinds: [send], up_to: 1000, approvals: 0}",
        "{approvals: 1}",
    )
    assert needed_for(settings, TemplateClass.MARKETING, 2, 50, 51) == [2, 2, 3]
    assert needed_for(settings, TemplateClass.NOTICE, 2, 50, 51, 1000, 1001) == [2, 2, 0, 0, 1]
    assert needed_for(settings, TemplateClass.OTP, 2, 1000, 1001) == [0, 0, 1]
    rows = [settings.send_rule(TemplateClass.NOTICE, many, "demo").row for many in (50, 51, 1001)]
    types = (TemplateClass.MARKETING, TemplateClass.NOTICE)
    assert rows == [
        Fitting(1, "send", types, 0, 50),
        Fitting(3, "send", (), 50, 1000),
        Fitting(4, "", (), 1000, None),
    ]


def test_tightening_is_a_kind_of_its_own(write: Write, apps: str) -> None:
    settings = policy(
        write,
        apps,
        "{kinds: [limits.change], approvals: 2, expires: 1h}",
        "{kinds: [limits.tighten], approvals: 0}",
        "{approvals: 1}",
    )
    looser, tighter = (settings.limits_rule("demo", loosens=each) for each in (True, False))
    assert looser == settings.approval_rule(RequestKind.LIMITS_CHANGE, "demo")
    assert (looser.needed, looser.expires_s, tighter.needed) == (2, 3600, 0)


@pytest.mark.parametrize(
    ("rows", "key", "problem", "other"),
    [
        (["{approvals: 1}", "{approvals: 2}"], "[1]", Problem.NEVER_READ, "[0]"),
        (
            [
                "{kinds: [send], up_to: 50, approvals: 1}",
                "{kinds: [send], types: [otp], up_to: 50, approvals: 2}",
                "{approvals: 1}",
            ],
            "[1]",
            Problem.NEVER_READ,
            "[0]",
        ),
        (
            [
                "{kinds: [app.resume], approvals: 1}",
                "{kinds: [template.delete], approvals: 1}",
                "{kinds: [template.delete, app.resume], approvals: 2}",
                "{approvals: 1}",
            ],
            "[2]",
            Problem.NEVER_READ,
            "[1]",
        ),
        (["{kinds: [send], approvals: 1}"], "[0]", Problem.NOT_FOR_ALL, ""),
        (
            ["{kinds: [number.erase], approvals: 0}", "{approvals: 0}"],
            "[1].approvals",
            Problem.REST_IS_FREE,
            "",
        ),
        (
            ["{kinds: [send, app.resume], up_to: 5, approvals: 1}", "{approvals: 1}"],
            "[0].up_to",
            Problem.SENDS_ONLY,
            "",
        ),
        (["{types: [otp], approvals: 1}", "{approvals: 1}"], "[0].types", Problem.SENDS_ONLY, ""),
    ],
)
def test_what_does_not_fit_together_is_told_at_its_row(
    write: Write, apps: str, rows: list[str], key: str, problem: Problem, other: str
) -> None:
    table = "".join(f"    - {row}\n" for row in rows)
    found = load_file(write(f"{apps}approvals:\n  table:\n{table}"))
    assert isinstance(found, Faults)
    (fault,) = found.faults
    at = int(key[1])
    assert (fault.key, fault.problem, fault.line) == (f"approvals.table{key}", problem, 7 + at)
    assert fault.values["other"] == (f"approvals.table{other}" if other else "")
    for locale in Locale:
        assert "{" not in fault.cause(locale)


def test_a_last_row_for_what_is_left_may_have_nothing_left(write: Write, apps: str) -> None:
    every = ", ".join(KIND_NAMES)
    settings = policy(write, apps, f"{{kinds: [{every}], approvals: 2}}", "{approvals: 1}")
    assert {settings.approval_rule(kind, "demo").needed for kind in RequestKind} == {2}


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
        (
            "approvals: {table: [{kinds: [template.remove], approvals: 1}]}",
            "approvals.table[0].kinds[0]",
        ),
        ("approvals: {table: [{kinds: [], approvals: 1}]}", "approvals.table[0].kinds"),
        (
            "approvals: {table: [{kinds: [send], types: [news], approvals: 1}]}",
            "approvals.table[0].types[0]",
        ),
        (
            "approvals: {table: [{kinds: [send], types: [], approvals: 1}]}",
            "approvals.table[0].types",
        ),
        (
            "approvals: {table: [{kinds: [send], up_to: 1, approvals: 1}]}",
            "approvals.table[0].up_to",
        ),
        ("approvals: {table: [{approvals: 11}]}", "approvals.table[0].approvals"),
        ("approvals: {table: [{approvals: -1}]}", "approvals.table[0].approvals"),
        ("approvals: {table: [{approvals: 1, by: emoji}]}", "approvals.table[0].by"),
        ("approvals: {table: [{approvals: 1, expires: 59s}]}", "approvals.table[0].expires"),
        ("approvals: {table: [{approvals: 1, expires: 31d}]}", "approvals.table[0].expires"),
        ("approvals: {table: [{approvals: 1, expires: 3600}]}", "approvals.table[0].expires"),
        ("approvals: {table: [{approvals: 1, approvers: []}]}", "approvals.table[0].approvers"),
        (
            "approvals: {table: [{approvals: 1, approvers: ['*']}]}",
            "approvals.table[0].approvers[0]",
        ),
        ("approvals: {table: [{approvals: 1, askers: ['*']}]}", "approvals.table[0].askers[0]"),
        ("approvals: {table: []}", "approvals.table"),
        (f"approvals: {{table: [{', '.join(['{approvals: 1}'] * 41)}]}}", "approvals.table"),
        ("sending: {marketing_from: '07:59'}", "sending.marketing_from"),
        ("sending: {marketing_to: '22:01'}", "sending.marketing_to"),
        ("sending: {marketing_to: 2200}", "sending.marketing_to"),
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
    found = load_file(write(f"{apps}approvals: {{table: [{{approval: 1}}]}}\n"))
    assert isinstance(found, Faults)
    assert [(each.problem, each.key) for each in found.faults] == [
        (Problem.MISSING, "approvals.table[0].approvals"),
        (Problem.MISSPELT_KEY, "approvals.table[0].approval"),
    ]
    assert found.faults[1].values["near"] == "approvals"
