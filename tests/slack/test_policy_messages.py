"""The table of approvals in words: any row can be said, in both languages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.locales import Locale
from bot.rules.approval_table import KIND_NAMES, SEND, Fitting, Scope
from bot.rules.classes import TemplateClass
from bot.settings.approvals import ROWS_MAX
from bot.slack.messages.approval_table import PolicyView, RowView, listed, why

WHO = tuple(f"@{'组' * 79}{nth}" for nth in range(40))
SCOPES = st.one_of(
    st.builds(
        Scope,
        kinds=st.just((SEND,)),
        types=st.lists(st.sampled_from(TemplateClass), unique=True).map(tuple),
        up_to=st.none() | st.integers(2, 10_000_000),
    ),
    st.builds(Scope, kinds=st.lists(st.sampled_from(KIND_NAMES), unique=True).map(tuple)),
)
ROWS = st.builds(
    RowView,
    scope=SCOPES,
    rest=st.lists(st.sampled_from(KIND_NAMES), unique=True).map(tuple),
    above=st.just(0) | st.integers(2, 10_000_000),
    needed=st.integers(0, 10),
    buttons_only=st.booleans(),
    expires_s=st.integers(60, 2_592_000),
    approvers=st.sampled_from([(), WHO, ("@a",), ("U0123456789",), ("S012 in C0123456789",)]),
    askers=st.sampled_from([(), WHO, ("@b",)]),
)


@pytest.mark.parametrize("locale", Locale)
@settings(max_examples=30, deadline=None)
@given(row=ROWS)
def test_any_table_is_one_message(locale: Locale, row: RowView) -> None:
    message = listed(PolicyView("demo", (row,) * ROWS_MAX, WHO), locale)
    assert len(message.blocks) <= 50
    for block in Block.parse_all([dict(block) for block in message.blocks]):
        assert block is not None
        block.validate_json()
    assert len(message.blocks) == ROWS_MAX + 2


@pytest.mark.parametrize(
    ("expires_s", "en", "zh"),
    [
        (86_400, "within 1 day.", "限 1 天内。"),
        (129_600, "within 1 day 12 hours.", "限 1 天 12 小时内。"),
        (2_592_000, "within 30 days.", "限 30 天内。"),
        (90, "within 1 minute 30 seconds.", "限 1 分钟 30 秒内。"),
    ],
)
def test_how_long_a_row_waits_is_told_in_words(expires_s: int, en: str, zh: str) -> None:
    row = RowView(Scope(kinds=("app.resume",)), (), 0, 1, False, expires_s, (), ())
    for locale, said in ((Locale.EN, en), (Locale.ZH_CN, zh)):
        assert said in str(listed(PolicyView("demo", (row,), WHO), locale).blocks[1])


@pytest.mark.parametrize(
    ("row", "en", "zh"),
    [
        (
            Fitting(1, SEND, (TemplateClass.MARKETING, TemplateClass.OTP), 0, None),
            "by row 1 of the policy: sends of marketing or codes to any number of people",
            "依据审批表第 1 行：发给任意多人的营销或验证码短信",
        ),
        (
            Fitting(3, SEND, (), 10, 1000),
            "by row 3 of the policy: sends to 11 to 1,000 numbers",
            "依据审批表第 3 行：发给共 11 至 1,000 个号码的短信",
        ),
        (
            Fitting(8, "", (), 0, None),
            "by row 8 of the policy: whatever no other row is about",
            "依据审批表第 8 行：其他行没有提到的一切",
        ),
        (
            Fitting(2, "number.erase", (), 0, None),
            "by row 2 of the policy: erasing a number",
            "依据审批表第 2 行：擦除号码",
        ),
    ],
)
def test_a_card_says_which_row_it_waits_by(row: Fitting, en: str, zh: str) -> None:
    assert (why(row, Locale.EN), why(row, Locale.ZH_CN)) == (en, zh)
