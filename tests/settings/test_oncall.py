"""Who is called, as app.yaml says it: rotas, chains, and what they name that is not there."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.rules.escalation import CallLimits, Chain, Means, Step
from bot.rules.rotas import NOBODY, Hours, Rota
from bot.settings import AppYaml, Faults, Problem, load, load_file

Write = Callable[[str | bytes], Path]
WHOLE = """
oncall:
  rotas:
    - name: nights
      people: [U0ADA, "@sms-oncall", nobody]
      handover: "fri 18:30"
      timezone: Europe/Berlin
      starts: "2026-03-01"
      only: {days: [sat, sun], begins: "22:00", ends: "06:00"}
    - {name: days, people: [S0DAYS]}
  chains:
    - name: default
      repeats: 2
      steps:
        - {by: mention, whom: nights, wait_s: 60}
        - {by: voice, whom: next}
        - {by: sms, whom: U0BEA}
  fallback: "@sms-admins"
  voice: {sdk_app_id: 1400007777, template: "4358", per_night: 50}
  sms: {app: demo, template: "1109", values: [alert, id]}
"""
VOICE = '{sdk_app_id: 1400006666, template: "1"}'


def read(path: Path) -> AppYaml:
    settings = load_file(path)
    assert isinstance(settings, AppYaml), settings
    return settings


def test_nobody_is_called_where_nothing_is_said(write: Write, apps: str) -> None:
    oncall = read(write(apps)).oncall
    assert (oncall.rotas, oncall.chains, oncall.voice, oncall.sms) == ((), (), None, None)
    assert oncall.groups() == frozenset()


def test_rotas_and_chains_are_those_of_the_rules(write: Write, apps: str) -> None:
    settings = read(write(apps + WHOLE))
    nights, days = (each.rota(settings.timezone) for each in settings.oncall.rotas)
    assert nights == Rota(
        "nights",
        ("U0ADA", "@sms-oncall", NOBODY),
        4,
        time(18, 30),
        ZoneInfo("Europe/Berlin"),
        date(2026, 3, 1),
        Hours(frozenset({5, 6}), time(22), time(6)),
    )
    assert (days.weekday, days.at, days.zone, days.hours) == (0, time(9), settings.timezone, None)
    assert settings.oncall.chain("default") == Chain(
        "default",
        (
            Step(Means.MENTION, "nights", 60),
            Step(Means.VOICE, "next", 300),
            Step(Means.SMS, "U0BEA", 300),
        ),
        2,
    )
    assert settings.oncall.chain("other") is None
    assert settings.oncall.groups() == {"@sms-oncall", "S0DAYS", "@sms-admins"}
    voice = settings.oncall.voice
    assert voice is not None
    assert voice.sdk_app_id == "1400007777"
    assert voice.limits == CallLimits(per_night=50)


@pytest.mark.parametrize(
    ("written", "key", "problem"),
    [
        ("rotas: [{name: a, people: []}]", "rotas[0].people", Problem.NOT_ACCEPTED),
        ("rotas: [{name: a, people: [ada]}]", "rotas[0].people[0]", Problem.NOT_ACCEPTED),
        ("rotas: [{name: next, people: [U0A]}]", "rotas[0].name", Problem.NOT_ACCEPTED),
        (
            "rotas: [{name: a, people: [U0A]}, {name: a, people: [U0B]}]",
            "rotas[1].name",
            Problem.TAKEN,
        ),
        (
            'rotas: [{name: a, people: [U0A], starts: "2026-02-30"}]',
            "rotas[0].starts",
            Problem.NOT_ACCEPTED,
        ),
        (
            "rotas: [{name: a, people: [U0A], timezone: Mars/Base}]",
            "rotas[0].timezone",
            Problem.NOT_ACCEPTED,
        ),
        ("chains: [{name: a, steps: []}]", "chains[0].steps", Problem.NOT_ACCEPTED),
        (
            "chains: [{name: a, steps: [{by: dm, whom: other}]}]",
            "chains[0].steps[0].whom",
            Problem.NO_SUCH_ROTA,
        ),
        (
            "chains: [{name: a, steps: [{by: dm, whom: next}]}]",
            "chains[0].steps[0].whom",
            Problem.NO_SUCH_ROTA,
        ),
        (
            "chains: [{name: a, steps: [{by: voice, whom: U0A}]}]",
            "chains[0].steps[0].by",
            Problem.NOT_SET_UP,
        ),
        (
            "chains: [{name: a, steps: [{by: sms, whom: U0A}]}]",
            "chains[0].steps[0].by",
            Problem.NOT_SET_UP,
        ),
        ('sms: {template: "1", app: other}', "sms.app", Problem.NO_SUCH_APP),
        ('voice: {sdk_app_id: 12, template: "1"}', "voice.sdk_app_id", Problem.NOT_ACCEPTED),
        (
            'voice: {sdk_app_id: 1400006666, template: "1", endpoint: "http://x.example"}',
            "voice.endpoint",
            Problem.NOT_ACCEPTED,
        ),
    ],
)
def test_what_can_reach_nobody_is_refused_by_its_key(
    write: Write, apps: str, written: str, key: str, problem: Problem
) -> None:
    refused = load_file(write(f"{apps}\noncall:\n  {written}\n"))
    assert isinstance(refused, Faults)
    assert [(fault.key, fault.problem) for fault in refused.faults] == [(f"oncall.{key}", problem)]


def test_calls_need_the_api_key_whichever_api_sends_sms(
    write: Write, apps: str, v5_environ: dict[str, str]
) -> None:
    v5 = f"{apps}\ntencent: {{provider: v5}}\n"
    assert not isinstance(load(write(v5), v5_environ), Faults)
    refused = load(write(f"{v5}\noncall: {{voice: {VOICE}}}\n"), v5_environ)
    assert isinstance(refused, Faults)
    assert [(fault.key, fault.problem) for fault in refused.faults] == [
        ("SMSOPS_TENCENT_SECRET_ID", Problem.NOT_SET),
        ("SMSOPS_TENCENT_SECRET_KEY", Problem.NOT_SET),
    ]
