"""What one sandbox is told from outside: credentials, limits, delays, allowed origins."""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from bot.sandbox.tencent.voice_config import VoiceConfig


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client needs to talk to the sandbox. Made up, the same in every sandbox, no secret.

    The key pair is the one of the published signature vectors, so that those can be replayed.
    """

    secret_id: str = "AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE0001"  # noqa: S105 - made up, see above
    secret_key: str = "FAKESECRETKEYFAKESECRETKEY000001"  # noqa: S105 - made up, see above
    sdk_app_id: str = "1400006666"
    app_key: str = "0123456789abcdef0123456789abcdef"
    sign: str = "腾讯云"
    template_id: str = "1110"


@dataclass(frozen=True, slots=True)
class TemporaryCredentials:
    """A key pair that is only believed together with its token, and only until it expires."""

    secret_id: str
    secret_key: str
    token: str
    expires_at_s: int


#: Temporary keys to try. Made up like the permanent ones; they last until 2100.
TEMPORARY = TemporaryCredentials(
    secret_id="AKIDTEMPORARYTEMPORARYTEMPORARY00001",  # noqa: S106 - made up
    secret_key="FAKETEMPORARYKEYFAKETEMPORARY001",  # noqa: S106 - made up
    token="FAKETOKENFAKETOKENFAKETOKEN00001",  # noqa: S106 - made up
    expires_at_s=4_102_444_800,
)


class AccountKind(StrEnum):
    """Who the account belongs to. A person has neither signature nor template API, and cannot
    change limits or send marketing (product/382 action pages; D21 认证模式)."""

    ENTERPRISE = "enterprise"
    INDIVIDUAL = "individual"


@dataclass(frozen=True, slots=True)
class Account:
    """The account behind the keys. `sub_account`: the keys are not the root account's.
    `pulls_enabled` and `conversion_enabled` stand for what only the vendor's support can open.
    `international_daily_segments` is how many billed segments a day may go abroad, from all
    applications together: 100 by default for accounts opened since 2023-07-31; None: no limit."""

    kind: AccountKind = AccountKind.ENTERPRISE
    sub_account: bool = False
    arrears: bool = False
    pulls_enabled: bool = False
    conversion_enabled: bool = False
    international_daily_segments: int | None = None


@dataclass(frozen=True, slots=True)
class FrequencyRules:
    """How many messages one number may get; None switches a rule off.

    Four independent windows, as the console has them: 30 s with any content, one hour, the
    calendar day in Asia/Shanghai, and the same content within `same_content_window_s`.
    """

    thirty_seconds: int | None = None
    hour: int | None = None
    day: int | None = 10
    same_content: int | None = 1
    same_content_window_s: int = 30


#: The vendor's defaults by age: "classic" is documented until 2023 (10 a day), "2025" in the
#: FAQ cloud.tencent.com/document/faq/382/13303 of 2025-11-03 (2 a day).
LIMIT_PROFILES = MappingProxyType({"classic": FrequencyRules(), "2025": FrequencyRules(day=2)})


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """The settings of one sandbox.

    `delay_scale` multiplies the waiting times that belong to single test numbers (0 in tests).
    `value_max_characters` is the longest value of a variable: 6 for accounts opened since
    2024-01-25, 12 for older ones, None for enterprises without a limit.
    `callback_ext` adds `ext` (the SessionContext) to status callbacks, which the vendor does only
    on request. `allowed_origins` are the web origins that may use the admin API from a browser.

    `review_delay_s` after an application the review decides by the published rules (None: only
    the desk decides). `filing_delay_s` more pass until an approved mainland signature is filed
    with the carriers and usable; the vendor publishes no figure. `variables_in_notices` is off
    for accounts whose notices and marketing may have no variables at all. `api_rates` enforces
    the calls a second of each action. `temporary` are key pairs that need an X-TC-Token.
    With `v5_strict_signs` a text of v5 with a signature nobody approved is refused, which support
    has to switch on; otherwise the default one is put in its place.
    `save_after_s` is the shortest time between two writes of the state file.
    """

    credentials: Credentials = field(default_factory=Credentials)
    limits: FrequencyRules = LIMIT_PROFILES["classic"]
    package_segments: int = 1000
    value_max_characters: int | None = 12
    report_delay_s: float = 2.0
    delay_scale: float = 1.0
    callback_url: str | None = None
    callback_attempts: int = 3
    callback_retry_s: float = 5.0
    callback_timeout_s: float = 5.0
    callback_ext: bool = False
    allowed_origins: frozenset[str] = frozenset()
    reply_url: str | None = None
    account: Account = field(default_factory=Account)
    review_delay_s: float | None = 20.0
    filing_delay_s: float = 10.0
    max_signatures: int = 50
    max_templates: int = 200
    variables_in_notices: bool = True
    sensitive_words: frozenset[str] = frozenset({"赌博", "代开发票"})
    api_rates: bool = True
    temporary: tuple[TemporaryCredentials, ...] = (TEMPORARY,)
    v5_strict_signs: bool = False
    save_after_s: float = 1.0
    voice: VoiceConfig = field(default_factory=VoiceConfig)
