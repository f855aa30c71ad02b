"""Where a person finds things in Tencent's console: on the site whose API is in use."""

import pytest

from bot.tencent.console import account_page, app_page, sms_page


@pytest.mark.parametrize(
    ("endpoint", "site"),
    [
        ("https://sms.tencentcloudapi.com", "https://console.cloud.tencent.com"),
        ("https://yun.tim.qq.com", "https://console.cloud.tencent.com"),
        ("https://sms.intl.tencentcloudapi.com", "https://console.tencentcloud.com"),
    ],
)
def test_the_pages_are_on_the_site_of_the_api(endpoint: str, site: str) -> None:
    assert sms_page(endpoint) == f"{site}/smsv2"
    assert account_page(endpoint) == f"{site}/developer"
    assert app_page("1400006666", endpoint) == f"{site}/smsv2/app-manage/detail/1400006666"
