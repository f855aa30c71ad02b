"""Alerts about the bot itself in words: all of them, inert, in both languages."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.locales import Locale
from bot.rules.alerts import AlertKind, Signal
from bot.rules.alerts.health import OF_VITALS, ConfigFault, Misnamed, config_fault, of_vitals
from bot.rules.vitals import Slot, Space
from bot.slack.messages.alert_kinds import DESCRIBE, Described
from tests.rules.test_vitals import BOUNDS, WELL, ago, broken
from tests.slack.made import HOSTILE

ILL = replace(
    WELL,
    space=Space(1_234_567, 0, 0),
    clocks_off_s={"slack": 61.0},
    oldest_post_at=ago(4_000),
    posts_waiting=1_234,
    broken_jobs=broken(3),
    slots=(Slot("expire_requests", ago(7_200), 10),),
)
CLOCKS = [{"slack": 61.0}, {"tencent": -61.0}, {"slack": 61.0, "tencent": 62.0}]
FAULTS = [ConfigFault(what, "channels.alerts", HOSTILE) for what in Misnamed]
SIGNALS = [
    *of_vitals(ILL, BOUNDS),
    *(one for off_s in CLOCKS for one in of_vitals(replace(WELL, clocks_off_s=off_s), BOUNDS)),
    *config_fault(FAULTS),
]


def described(signal: Signal, locale: Locale = Locale.EN) -> Described:
    facts: Mapping[str, Any] = {
        **signal.facts,
        **signal.labels,
        "count": signal.count,
        "severity": signal.severity.word,
    }
    return DESCRIBE[signal.kind](facts, locale)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("signal", SIGNALS)
def test_each_says_what_happened_what_it_means_and_what_to_do(
    signal: Signal, locale: Locale
) -> None:
    found = described(signal, locale)
    for said in (found.title, found.means, found.do):
        assert said
        # But for Slack's own, of times.
        assert "{" not in re.sub(r"<!date\^[^>]*>", "", said)
        assert "<!channel>" not in said
    assert "\n" not in found.title


def test_all_kinds_of_the_bot_itself_are_here() -> None:
    assert {each.kind for each in SIGNALS} == {*OF_VITALS, AlertKind.CONFIG_FAULT}


def test_the_figures_are_the_facts() -> None:
    titles = [described(each).title for each in of_vitals(ILL, BOUNDS)]
    assert titles[0] == "The clock of this machine is 60 seconds slow"
    assert titles[1] == "1 MB left on the disk of the database"
    assert titles[2].startswith("1,200 posts wait for Slack, the oldest since <!date^")
    assert titles[3].startswith("`poll_reviews` has broken at every run since <!date^")
    assert titles[3].endswith(": `ValueError`")
    assert titles[4].startswith("`expire_requests` was due at <!date^")


def test_a_misnamed_channel_is_told_with_its_key_and_its_cure() -> None:
    (signal,) = config_fault([ConfigFault(Misnamed.CHANNEL, "channels.alerts", "#gone")])
    found = described(signal)
    assert found.title == "`channels.alerts` in app.yaml: smsops is in no channel `#gone`"
    assert found.do == "Correct the name, or invite smsops there: `#gone`"
