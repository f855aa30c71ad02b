"""What a check found, as a card of Slack's and in a terminal."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.locales import Locale
from bot.rules import doctor
from bot.rules.doctor import SEVERITIES, Finding, Found, Severity
from bot.rules.onboarding import Finding as Step
from bot.sandbox.workspace.blocks import Surface, check_blocks
from bot.slack.messages.doctor import Report, card, lines

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
#: Everything any sentence tells.
FACTS: dict[str, str | int | datetime] = {
    "count": 3, "scopes": "files:write", "code": "x.Y", "team": "T", "key": "channels.alerts",
    "rows": "1, 4", "needed": 2, "have": 1,
    "channel": "#gone", "group": "@nobody", "role": "owner", "off_s": 31, "who": "Slack",
    "where": "https://sms.example", "action": "SendSms", "template": "1110", "address": "https://a",
    "why": "404", "file_system": "nfs4", "journal": "wal", "sync": 1, "path": "/data/smsops.db",
    "free_mb": 12_345, "since": NOW, "job": "send_messages", "reason": "KeyError",
    "people": "U0LIN, U0MAYA", "person": "U0LIN", "name": "腾讯云", "left": 5, "at": NOW,
    "request": "R-7K3Q",
}  # fmt: skip


def report(*findings: Finding) -> Report:
    return Report(
        doctor.in_order(findings),
        NOW,
        account_page="https://console/developer",
        sms_page="https://console/smsv2",
        slack_api="https://slack.com/api/",
        listens_at="127.0.0.1:3000",
        app_pages={"demo": "https://console/smsv2/demo"},
    )


EVERYTHING = report(
    *(Finding(each, FACTS) for each in Found), *(Finding(each, FACTS, "demo") for each in Step)
)


@pytest.mark.parametrize("locale", Locale)
def test_everything_at_once_is_a_message_slack_takes(locale: Locale) -> None:
    made = card(EVERYTHING, locale)
    assert check_blocks(list(made.blocks), Surface.MESSAGE) == []
    assert "{" not in str(made.text)
    said = "\n".join(lines(EVERYTHING, locale))
    assert "{" not in said
    assert "<" not in said.replace("<SMSOPS_CALLBACK_SECRET>", "").replace("<number>", "").replace(
        "<号码>", ""
    )


@pytest.mark.parametrize("locale", Locale)
def test_more_than_a_message_holds_is_counted(locale: Locale) -> None:
    outside = [Finding(Found.CHANNELS_OUTSIDE, FACTS) for _ in range(200)]
    made = card(report(*outside), locale)
    assert check_blocks(list(made.blocks), Surface.MESSAGE) == []
    shown = str(made.blocks).count("/invite")
    assert 0 < shown < 200
    assert str(200 - shown) in str(made.blocks)


def test_what_is_broken_comes_first_with_its_cure() -> None:
    made = card(report(Finding(Found.TOKEN_WORKS, FACTS), Finding(Found.SCOPES_MISSING, FACTS)),
                Locale.EN)  # fmt: skip
    assert made.text == "Set-up check: To mend: 1"
    told = [each["text"]["text"] for each in made.blocks if each["type"] == "section"]
    assert told[1].startswith(":red_circle: *Broken*\n•  *Scopes*  Not granted: `files:write`.\n")
    assert "→ Print the manifest (`smsops manifest`)" in told[1]
    assert told[2] == (
        ":white_check_mark: *In order*\n•  *Slack token*  Slack takes it, in the workspace T."
    )


def test_words_of_others_stay_words() -> None:
    evil = "</x>`<!channel> *b*\x1b[31m" + "x" * 999
    found = replace(Finding(Found.TOKEN_WORKS), facts={"team": evil})
    made = str(card(report(found), Locale.EN).blocks)
    assert "<!channel>" not in made
    assert "x" * 400 not in made
    assert "\x1b" not in "\n".join(lines(report(found), Locale.EN))


def test_a_terminal_tells_every_finding() -> None:
    told = list(lines(EVERYTHING, Locale.EN))
    found = [each for each in told if each.startswith("  ") and not each.startswith("    ")]
    assert len(found) == len(EVERYTHING.findings)
    cured = [each for each, severity in SEVERITIES.items() if severity is not Severity.FINE]
    assert sum(each.startswith("    To do: ") for each in told) == len(cured)
    assert "  On call: Whose number is not known: U0LIN, U0MAYA; in all: 3." in told


def test_a_clock_that_is_right_is_told_as_less_than_so_far_off() -> None:
    for off_s, en, zh in (
        ({"Tencent": 0.2}, "less than 1 s from that of Tencent", "误差不到 1 秒（对照：腾讯云）"),
        ({"Slack": -2.0}, "less than 3 s from that of Slack", "误差不到 3 秒（对照：Slack）"),
    ):
        right = report(doctor.clock(off_s, 30))
        for locale, said in ((Locale.EN, en), (Locale.ZH_CN, zh)):
            assert said in "\n".join(lines(right, locale))
