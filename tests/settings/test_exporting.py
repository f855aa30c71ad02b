"""Limits written back into app.yaml: read again they are exactly what holds, and nothing else in
the file has changed."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.policies import CLASSES, Policy, policy_of
from bot.settings import AppYaml, load_file
from bot.settings.exporting import LINE, diff, with_limits

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+")
HEAD = 'apps:\n  - name: demo\n    sdk_app_id: "1400006666"  # ours\n    signature: 腾讯云\n'
OTHER = '  - {name: other, sdk_app_id: "1400007777", signature: 云通信}\ndefault_app: demo\n'
LAYOUTS = {
    "none": HEAD + OTHER,
    "profile": HEAD + "    limits:\n      profile: classic # as the console\n" + OTHER,
    "first": "apps:\n  - limits:\n      totals:\n        SG: {stop: 3}\n    name: demo\n"
    '    sdk_app_id: "1400006666"\n    signature: 腾讯云\n' + OTHER,
    "figures": HEAD
    + "    limits:\n      # twice\n      per_number_day: 2   # said by somebody\n"
    + "      otp:\n        day: off\n        hour: 3\n\n      totals:\n        mainland:\n"
    + "          warn: 5\n          stop: 50\n        US:\n          stop: 7\n"
    + "      same_content_30s: 4\n    # the end\n    exclusive: true\n"
    + OTHER,
    "totals only": HEAD + "    limits:\n      totals:\n        SG:\n          stop: 3\n" + OTHER,
    "braces": HEAD
    + "    limits: {profile: 2025, otp: {day: 3}, totals: {NO: {stop: 9}}} # odd\n"
    + OTHER,
    "all in braces": 'apps: [{name: demo, sdk_app_id: "1400006666", signature: 腾讯云}]\n',
    "empty braces": HEAD + "    limits: {}\n" + OTHER,
    "at the end": "default_app: demo\n" + HEAD + "    limits:\n      profile: classic",
    "windows": (HEAD + "    limits:\n      per_number_day: 3\n" + OTHER).replace("\n", "\r\n"),
    "odd words": HEAD
    + "    # one\u2028    # and ```\x85    # stay\n    limits:\n      otp:\n        day: 3\n",
}
WINDOWS = st.sampled_from(["30s", "hour", "day"])
OF_NUMBERS = st.tuples(st.sampled_from(["number", *CLASSES]), WINDOWS).map(".".join)
TOTALS = st.tuples(
    st.sampled_from(["mainland", "international", "SG", "NO", "US"]),
    st.sampled_from(["warn", "stop"]),
).map(".".join)
POLICIES = st.dictionaries(
    st.one_of(OF_NUMBERS, st.just("same.30s"), TOTALS), st.integers(1, 9_999), max_size=12
).map(policy_of)


def read(folder: Path, written: str) -> AppYaml:
    path = folder / "app.yaml"
    path.write_bytes(written.encode())
    settings = load_file(path)
    assert isinstance(settings, AppYaml), settings
    return settings


def patched(written: str, patch: str) -> str:
    """What `patch` would make of it."""
    lines, at, is_kept = LINE.findall(written), 0, True
    result: list[str] = []
    for line in LINE.findall(patch)[2:]:
        if line.startswith("@@"):
            found = HUNK.match(line)
            assert found is not None, line
            start = int(found[1]) - (0 if found[2] == "0" else 1)
            result += lines[at:start]
            at = start
        elif line.startswith("\\"):
            result[-1] = result[-1].removesuffix("\n") if is_kept else result[-1]
        elif line.startswith("+"):
            result.append(line[1:])
        else:
            assert line[1:].rstrip("\n") == lines[at].rstrip("\n")
            result += [line[1:]] if line.startswith(" ") else []
            at += 1
        is_kept = not line.startswith("-")
    return "".join([*result, *lines[at:]])


@given(layout=st.sampled_from(sorted(LAYOUTS)), policy=POLICIES)
def test_the_file_reads_as_what_holds_whatever_it_looked_like(
    tmp_path_factory: pytest.TempPathFactory, layout: str, policy: Policy
) -> None:
    folder, written = tmp_path_factory.getbasetemp(), LAYOUTS[layout]
    before = read(folder, written)
    wanted = with_limits(written, {"demo": policy})
    after = read(folder, wanted)
    assert after.apps[0].limits.policy == policy
    assert _without_limits(after) == _without_limits(before)
    # Once written it is written; and the diff is the way there.
    assert with_limits(wanted, {"demo": policy}) == wanted
    assert patched(written, diff(written, wanted, "app.yaml")) == wanted
    assert patched(written, diff(written, wanted, "app.yaml", 0)) == wanted


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_holds_already_is_left_as_it_is_written(tmp_path: Path, layout: str) -> None:
    written = LAYOUTS[layout]
    policies = {app.name: app.limits.policy for app in read(tmp_path, written).apps}
    assert with_limits(written, policies) == written
    assert diff(written, written, "app.yaml") == ""


def test_only_the_figures_that_differ_are_touched_and_comments_stay(tmp_path: Path) -> None:
    written = LAYOUTS["figures"]
    policy = read(tmp_path, written).apps[0].limits.policy
    changed = policy.with_changes({"number.day": 9, "otp.hour": None, "US.stop": None})
    patch = diff(written, with_limits(written, {"demo": changed}), "app.yaml")
    touched = [line for line in patch.splitlines()[2:] if line[0] in "+-"]
    assert touched == [
        "-      per_number_day: 2   # said by somebody",
        "+      per_number_day: 9   # said by somebody",
        "-        hour: 3",
        "+        hour: off",
        "-        US:",
        "-          stop: 7",
    ]


def test_several_apps_are_written_at_once(tmp_path: Path) -> None:
    policies: Mapping[str, Policy] = {
        "other": policy_of({"number.day": 7, "SG.stop": 3}),
        "demo": policy_of({"number.day": 8, "mainland.warn": 3}),
    }
    written = with_limits(LAYOUTS["none"], policies)
    found = {app.name: app.limits.policy for app in read(tmp_path, written).apps}
    assert found == policies


def test_an_app_that_is_not_in_the_file_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        with_limits(LAYOUTS["none"], {"nobody": policy_of({})})
    with pytest.raises(ValueError, match="apps"):
        with_limits("language: en\n", {"demo": policy_of({})})


def _without_limits(settings: AppYaml) -> dict[str, object]:
    dumped = settings.model_dump(exclude={"apps": {"__all__": {"limits"}}})
    return dict(dumped)
