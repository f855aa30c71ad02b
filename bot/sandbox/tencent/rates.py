"""How many calls a second each action takes, counted by action and region."""

from collections import defaultdict, deque
from collections.abc import Mapping
from types import MappingProxyType

WINDOW_MS = 1000
#: cloud.tencent.com/document/product/382/52077; actions it does not list are not limited here.
CALLS_PER_SECOND: Mapping[str, int] = MappingProxyType(
    {
        "SendSms": 3000,
        "DescribePhoneNumberInfo": 1000,
        "ReportConversion": 1000,
        "PullSmsSendStatus": 100,
        "PullSmsReplyStatus": 100,
        "PullSmsSendStatusByPhoneNumber": 20,
        "PullSmsReplyStatusByPhoneNumber": 20,
        "AddSmsSign": 1,
        "ModifySmsSign": 1,
        "DeleteSmsSign": 1,
        "AddSmsTemplate": 2,
        "ModifySmsTemplate": 20,
        "DeleteSmsTemplate": 1,
        "DescribeSmsSignList": 20,
        "DescribeSmsTemplateList": 20,
        "SendStatusStatistics": 10,
        "CallbackStatusStatistics": 10,
        "SmsPackagesStatistics": 10,
        # cloud.tencent.com/document/product/1128, the two pages of the actions.
        "SendCodeVoice": 20,
        "SendTtsVoice": 20,
    }
)


class Rates:
    """The calls of the last second."""

    def __init__(self) -> None:
        self._calls: defaultdict[tuple[str, str], deque[int]] = defaultdict(deque)

    def exceeded(self, action: str, region: str, now_ms: int) -> bool:
        """Whether one more call is too many; one that is not is counted."""
        allowed = CALLS_PER_SECOND.get(action)
        if allowed is None:
            return False
        calls = self._calls[action, region]
        while calls and calls[0] <= now_ms - WINDOW_MS:
            calls.popleft()
        if len(calls) >= allowed:
            return True
        calls.append(now_ms)
        return False

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
