"""Where a person finds an application in Tencent's console: what no API does is done there."""

from urllib.parse import urlsplit

#: The SDK's own documentation names /smsv2/app-manage (sms 3.1.153, SmsSdkAppId); behind it stands
#: the page of one application.
MAINLAND_SITE, INTERNATIONAL_SITE = "console.cloud.tencent.com", "console.tencentcloud.com"


def app_page(sdk_app_id: str, endpoint: str) -> str:
    """The page of an application, on the site whose API is at `endpoint`."""
    return f"{sms_page(endpoint)}/app-manage/detail/{sdk_app_id}"


def sms_page(endpoint: str) -> str:
    """Where templates, signatures and packages of the account stand."""
    return f"https://{_site(endpoint)}/smsv2"


def account_page(endpoint: str) -> str:
    """Where an account is verified, as a person's or an enterprise's."""
    return f"https://{_site(endpoint)}/developer"


def _site(endpoint: str) -> str:
    is_international = ".intl." in (urlsplit(endpoint).hostname or "")
    return INTERNATIONAL_SITE if is_international else MAINLAND_SITE
