"""Figures over API 3.0: packages, what was sent, what carriers reported, what numbers are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bot.tencent.asking import Listing, understood
from bot.tencent.line import Actions
from bot.tencent.reading import (
    Envelope,
    code_of,
    id_of,
    int_of,
    message_of,
    moment_of,
    object_of,
    text_of,
)
from bot.tencent.strict_json import JSONObject
from bot.tencent.wire import MAX_NUMBERS, OK, Package, PackageKind

PACKAGES_PAGE = 500
PACKAGES_SINCE = timedelta(days=3 * 365)
"""Packages are valid for two years; the window filters by when they were created."""
SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class SendFigures:
    """What one application asked Tencent to send in a span of hours."""

    asked: int
    """Messages asked for."""
    accepted: int
    """Of these, messages Tencent took."""
    fee_segments: int


@dataclass(frozen=True, slots=True)
class CallbackFigures:
    """What carriers reported to one application in a span of hours, counted in messages."""

    accepted: int
    reported: int
    delivered: int
    failed: int
    carrier_error: int
    invalid_number: int
    switched_off: int
    """Switched off or suspended."""
    blacklisted: int
    carrier_frequency: int


@dataclass(frozen=True, slots=True)
class NumberInfo:
    """What Tencent takes a number for."""

    number: str
    """E.164; as it was asked for where Tencent could not read it."""
    country_code: str
    subscriber: str
    iso_code: str
    country: str
    code: str
    message: str

    @property
    def readable(self) -> bool:
        return self.code == OK


class Figures(Actions):
    """The Statistics actions and DescribePhoneNumberInfo. All raise TencentError."""

    async def list_packages(self, sdk_app_id: str) -> tuple[Package, ...]:
        """All packages made in the last three years, up to the full hour. Raises TencentError."""
        now = self._line.clock()
        return await self._line.ask_pages(
            "SmsPackagesStatistics",
            {"SmsSdkAppId": sdk_app_id, **hours(now - PACKAGES_SINCE, now)},
            Listing("SmsPackagesStatisticsSet", read_package, PACKAGES_PAGE),
        )

    async def count_sends(self, sdk_app_id: str, since: datetime, until: datetime) -> SendFigures:
        """What was sent from the hour of `since` to the end of the hour of `until`. Raises
        TencentError."""
        fields = statistics_fields(sdk_app_id, since, until)
        envelope = await self._line.ask("SendStatusStatistics", fields)
        return understood(envelope, _send_figures)

    async def count_callbacks(
        self, sdk_app_id: str, since: datetime, until: datetime
    ) -> CallbackFigures:
        """What carriers reported in these hours, at most 32 days of them. Raises TencentError."""
        fields = statistics_fields(sdk_app_id, since, until)
        envelope = await self._line.ask("CallbackStatusStatistics", fields)
        return understood(envelope, _callback_figures)

    async def describe_numbers(self, numbers: Sequence[str]) -> tuple[NumberInfo, ...]:
        """What Tencent takes each of `numbers` for, asked 200 at a time. Raises TencentError."""
        listing = Listing("PhoneNumberInfoSet", read_number_info, MAX_NUMBERS)
        found: list[NumberInfo] = []
        for start in range(0, len(numbers), MAX_NUMBERS):
            fields: JSONObject = {"PhoneNumberSet": [*numbers[start : start + MAX_NUMBERS]]}
            found += listing.of(await self._line.ask("DescribePhoneNumberInfo", fields))
        return tuple(found)


def hours(since: datetime, until: datetime) -> dict[str, str | int]:
    """A span as the statistics take it: ``yyyymmddhh``, in Beijing."""
    return {
        "BeginTime": f"{since.astimezone(SHANGHAI):%Y%m%d%H}",
        "EndTime": f"{until.astimezone(SHANGHAI):%Y%m%d%H}",
    }


def statistics_fields(sdk_app_id: str, since: datetime, until: datetime) -> JSONObject:
    """The body of both statistics; Limit and Offset must be there and be 0."""
    return {"SmsSdkAppId": sdk_app_id, **hours(since, until), "Limit": 0, "Offset": 0}


def read_package(item: JSONObject) -> Package:
    return Package(
        package_id=id_of(item, "PackageId"),
        amount_segments=int_of(item, "PackageAmount"),
        used_segments=int_of(item, "CurrentUsage"),
        kind=PackageKind(int_of(item, "PackageType")),
        created_at=moment_of(item, "PackageCreateTime"),
        effective_at=moment_of(item, "PackageEffectiveTime"),
        expires_at=moment_of(item, "PackageExpiredTime"),
    )


def read_number_info(item: JSONObject) -> NumberInfo:
    return NumberInfo(
        number=text_of(item, "PhoneNumber"),
        country_code=text_of(item, "NationCode"),
        subscriber=text_of(item, "SubscriberNumber"),
        iso_code=text_of(item, "IsoCode"),
        country=text_of(item, "IsoName"),
        code=code_of(item, "Code"),
        message=message_of(item, "Message"),
    )


def _send_figures(envelope: Envelope) -> SendFigures:
    figures = object_of(envelope.fields.get("SendStatusStatistics"), "SendStatusStatistics")
    return SendFigures(
        asked=int_of(figures, "RequestCount"),
        accepted=int_of(figures, "RequestSuccessCount"),
        fee_segments=int_of(figures, "FeeCount"),
    )


def _callback_figures(envelope: Envelope) -> CallbackFigures:
    name = "CallbackStatusStatistics"
    figures = object_of(envelope.fields.get(name), name)
    return CallbackFigures(
        accepted=int_of(figures, "RequestSuccessCount"),
        reported=int_of(figures, "CallbackCount"),
        delivered=int_of(figures, "CallbackSuccessCount"),
        failed=int_of(figures, "CallbackFailCount"),
        carrier_error=int_of(figures, "InternalErrorCount"),
        invalid_number=int_of(figures, "InvalidNumberCount"),
        switched_off=int_of(figures, "ShutdownErrorCount"),
        blacklisted=int_of(figures, "BlackListCount"),
        carrier_frequency=int_of(figures, "FrequencyLimitCount"),
    )
