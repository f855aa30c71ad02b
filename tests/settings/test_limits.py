"""What app.yaml says of limits is a policy, and every cap of a policy has its place there."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.rules.policies import PROFILES, policy_of, read_key
from bot.settings import App, Limits, LimitsProfile, Settings, load
from bot.settings.limits import place_of

Write = Callable[[str | bytes], Path]
KEYS = [
    *("number.30s", "number.hour", "number.day", "same.30s", "otp.30s", "alert.hour", "notice.day"),
    *("mainland.warn", "mainland.stop", "international.stop", "SG.warn"),
]


def app_of(path: Path, environ: dict[str, str]) -> App:
    read = load(path, environ)
    assert isinstance(read, Settings), read
    return read.apps[0]


def test_the_profiles_are_those_of_the_rules() -> None:
    assert set(LimitsProfile) == set(PROFILES)
    assert Limits(profile=LimitsProfile.CLASSIC).policy == PROFILES["classic"].policy


def test_every_figure_of_the_limits_replaces_its_own_rule() -> None:
    limits = Limits(per_number_30s=1, per_number_hour=2, per_number_day=3, same_content_30s=4)
    assert limits.policy == policy_of(
        {"number.30s": 1, "number.hour": 2, "number.day": 3, "same.30s": 4}
    )


def test_classes_and_totals_have_figures_of_their_own_and_off_takes_one_away(
    write: Write, apps: str, environ: dict[str, str]
) -> None:
    written = (
        "    limits:\n      per_number_day: off\n      otp: {30s: 1, hour: 3, day: 10}\n"
        "      alert: {day: off}\n"
        "      totals: {mainland: {warn: 8, stop: 9}, SG: {stop: 0}, international: {warn: 7}}\n"
    )
    limits = app_of(write(apps + written), environ).limits
    assert limits.policy == policy_of(
        {
            "same.30s": 1,
            "otp.30s": 1,
            "otp.hour": 3,
            "otp.day": 10,
            "mainland.warn": 8,
            "mainland.stop": 9,
            "SG.stop": 0,
            "international.warn": 7,
        }
    )


@pytest.mark.parametrize("key", KEYS)
def test_every_cap_has_its_place_in_the_file(
    write: Write, apps: str, environ: dict[str, str], key: str
) -> None:
    known = read_key(key)
    assert known is not None
    written: object = 5
    for name in reversed(place_of(known)):
        written = {name: written}
    path = write(f"{apps}    limits: {json.dumps(written)}\n")
    assert app_of(path, environ).limits.policy.as_mapping()[key] == 5
