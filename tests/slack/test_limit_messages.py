"""What is said of a limit: in a preview, where it refuses, near the end of a day."""

from dataclasses import replace

import pytest

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.classes import TemplateClass
from bot.rules.limits import HOUR, Sent, Verdict, Wanted, judge
from bot.rules.policies import policy_of
from bot.rules.sending import limit_fault
from bot.slack.messages import faults, previews
from bot.slack.messages.notices import KINDS
from tests.slack.made import NOW, make_draft

OTP = TemplateClass.OTP
SENT = Sent(NOW - HOUR / 2, "c", OTP)


def verdict(caps: dict[str, int | None], country: str = "CN", **more: bool) -> Verdict:
    return judge(policy_of(caps), Wanted(OTP, "c", country), [SENT], {"SG": 2}, NOW, **more)


def refused(caps: dict[str, int | None], locale: Locale, country: str = "CN") -> str:
    fault = limit_fault(verdict(caps, country))
    assert fault is not None
    return faults.plain_sentence(fault, locale)


@pytest.mark.parametrize(
    ("caps", "country", "en", "zh"),
    [
        (
            {"otp.hour": 1},
            "CN",
            "1 of 1 verification codes went to this number in the last hour. "
            "It may go again from 11-23 11:30:00 UTC+8 on.",
            "最近 1 小时该号码已发验证码短信 1/1 条。11-23 11:30:00 UTC+8 之后可以再发。",
        ),
        (
            {"SG.stop": 2},
            "SG",
            "This app has sent 2 of 2 messages to SG today. "
            "It may go again from 11-24 00:00:00 UTC+8 on.",
            "这个应用今天发往SG的短信已达 2/2 条。11-24 00:00:00 UTC+8 之后可以再发。",
        ),
        (
            {"international.stop": 1},
            "SG",
            "This app has sent 2 of 1 messages to other countries today. "
            "It may go again from 11-24 00:00:00 UTC+8 on.",
            "这个应用今天发往境外的短信已达 2/1 条。11-24 00:00:00 UTC+8 之后可以再发。",
        ),
        (
            {"otp.day": 0},
            "CN",
            "The limits of this app allow no message like this one at all.",
            "这个应用的频率限制完全不允许发送这样的短信。",
        ),
    ],
)
def test_a_refusal_says_what_was_counted_and_when_it_may_go(
    caps: dict[str, int | None], country: str, en: str, zh: str
) -> None:
    assert refused(caps, Locale.EN, country) == en
    assert refused(caps, Locale.ZH_CN, country) == zh


def preview(found: Verdict, locale: Locale = Locale.EN) -> str:
    return str(previews.preview(replace(make_draft(), verdict=found), locale))


def test_a_preview_shows_every_limit_that_counts() -> None:
    said = preview(verdict({"otp.day": 5, "number.hour": 3, "mainland.stop": 10_000}))
    assert "1 of 5 verification codes today" in said
    assert "1 of 3 to this number in an hour" in said
    assert "0 of 10,000 to the mainland today" in said
    assert "exempt" not in said


def test_a_preview_says_that_a_number_is_exempt_where_it_would_be_held_back() -> None:
    assert "exempt from the limits" in preview(verdict({"otp.day": 1}, is_exempt=True))


def test_where_no_limit_counts_a_message_none_is_shown() -> None:
    found = verdict({}, "SG")
    assert found.uses == ()
    assert "today" not in preview(found)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (
            Locale.EN,
            "`demo` has handed 9 messages to Tencent for the mainland today and stops: "
            "9 is its limit. It goes on <!date^",
        ),
        (Locale.ZH_CN, "`demo` 今天发往境内已达 9 条，达到上限 9 条，已停止发送；<!date^"),
    ],
)
def test_the_end_of_a_day_is_said_with_when_it_goes_on(locale: Locale, said: str) -> None:
    facts = {"app": "demo", "scope": "mainland", "used": 9, "stop": 9, "ends_ms": 1_795_400_000_000}
    assert KINDS["limits.stop"](facts, locale).text.startswith(said)


def near(stop: int | None, locale: Locale) -> SlackMessage:
    facts = {"app": "demo", "scope": "mainland", "used": 8_000, "warn": 8_000, "stop": stop}
    return KINDS["limits.warn"](facts, locale)


@pytest.mark.parametrize(
    ("stop", "locale", "said"),
    [
        (
            10_000,
            Locale.EN,
            "`demo` has sent 8,000 messages to the mainland today: its limits want to be told "
            "from 8,000 on. At 10,000 it stops for the day.",
        ),
        (
            None,
            Locale.EN,
            "`demo` has sent 8,000 messages to the mainland today: its limits want to be told "
            "from 8,000 on.",
        ),
        (
            10_000,
            Locale.ZH_CN,
            "`demo` 今天发往境内的短信已有 8,000 条，达到提醒值 8,000 条。"
            "达到 10,000 条后当天停止发送。",
        ),
    ],
)
def test_near_the_end_of_a_day_it_is_said_where_that_is(
    stop: int | None, locale: Locale, said: str
) -> None:
    assert near(stop, locale).text == said
    assert "/sms limit show" in str(near(stop, locale).blocks)
