"""The settings are one frozen object, or every fault with its key and line."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.locales import Locale
from bot.rules.policies import policy_of
from bot.settings import (
    Fault,
    Faults,
    LimitsProfile,
    Problem,
    Provider,
    Role,
    Settings,
    SlackMode,
    TemplateClass,
    load,
    load_file,
)

Write = Callable[[str | bytes], Path]


def faults_in(path: Path) -> list[Fault]:
    read = load_file(path)
    assert isinstance(read, Faults)
    return list(read.faults)


def settings_of(path: Path, environ: dict[str, str], **overrides: object) -> Settings:
    read = load(path, environ, overrides)
    assert isinstance(read, Settings), read
    return read


def test_the_least_file_gives_every_default(
    write: Write, apps: str, environ: dict[str, str]
) -> None:
    path = write(apps)
    settings = settings_of(path, environ)
    assert settings.language is Locale.EN
    assert settings.timezone.key == "Asia/Shanghai"
    assert settings.database == path.parent / ".smsops" / "smsops.db"
    assert settings.server.base_url == "http://127.0.0.1:3000"
    assert settings.slack.mode is SlackMode.HTTP
    assert settings.slack.api_url == "https://slack.com/api/"
    assert settings.tencent.endpoint == "https://sms.tencentcloudapi.com"
    assert (settings.tencent.connect_timeout_s, settings.tencent.deadline_s) == (3.0, 15.0)
    assert settings.grants.names(Role.OWNER) == ()
    assert settings.apps[0].limits.profile is LimitsProfile.Y2025


def test_what_the_file_says_is_what_the_settings_hold(
    write: Write, apps: str, environ: dict[str, str]
) -> None:
    written = (
        "language: zh_CN\ndata_dir: /var/lib/smsops\n"
        "server: {host: '::1', port: 8080}\n"
        "slack: {api_url: http://127.0.0.1:9/api}\n"
        "roles: {requester: ['@sms-senders', S0123456789]}\n"
        f"{apps}"
        "    templates: {1110: {class: alert}}\n"
        "    limits: {profile: 2025, per_number_day: 5}\n"
    )
    settings = settings_of(write(written), environ)
    assert settings.language is Locale.ZH_CN
    assert settings.database == Path("/var/lib/smsops/smsops.db")
    assert settings.server.base_url == "http://[::1]:8080"
    assert settings.slack.api_url == "http://127.0.0.1:9/api/"
    assert settings.grants.names(Role.REQUESTER) == ("@sms-senders", "S0123456789")
    assert settings.apps[0].templates["1110"].template_class is TemplateClass.ALERT
    assert settings.apps[0].limits.policy == policy_of({"same.30s": 1, "number.day": 5})


def test_the_provider_brings_its_own_address(
    write: Write, apps: str, v5_environ: dict[str, str]
) -> None:
    settings = settings_of(write(f"{apps}tencent: {{provider: v5}}\n"), v5_environ)
    assert settings.tencent.provider is Provider.V5
    assert settings.tencent.endpoint == "https://yun.tim.qq.com"
    assert settings.secrets.tencent_app_keys.keys() == {"1400006666"}


@pytest.mark.parametrize(
    ("provider", "endpoint"),
    [
        ("v5", "https://sms.tencentcloudapi.com"),
        ("v5", "https://sms.ap-guangzhou.tencentcloudapi.com"),
        ("v3", "https://yun.tim.qq.com"),
    ],
)
def test_the_address_of_the_other_api_is_told(
    write: Write, apps: str, provider: str, endpoint: str
) -> None:
    path = write(f"{apps}tencent:\n  provider: {provider}\n  endpoint: {endpoint}\n")
    (fault,) = faults_in(path)
    assert (fault.key, fault.problem, fault.line) == ("tencent.endpoint", Problem.OTHER_API, 7)
    assert provider in fault.cause(Locale.EN)


@pytest.mark.parametrize("provider", ["v3", "v5"])
def test_any_other_address_serves_either_api(write: Write, apps: str, provider: str) -> None:
    url = "http://127.0.0.1:81"
    written = f"{apps}tencent: {{provider: {provider}, endpoint: '{url}'}}\n"
    assert not isinstance(load_file(write(written)), Faults)


def test_an_app_id_without_quotes_is_the_same_id(
    write: Write, apps: str, environ: dict[str, str]
) -> None:
    settings = settings_of(write(apps.replace('"', "")), environ)
    assert settings.apps[0].sdk_app_id == "1400006666"


def test_apps_are_found_by_name_id_and_channel(
    write: Write, apps: str, environ: dict[str, str]
) -> None:
    second = (
        "  - {name: shop, sdk_app_id: '1400000002', signature: 商城, channels: ['#shop', C0SHOP]}\n"
    )
    settings = settings_of(write(apps + second + "default_app: demo\n"), environ)
    demo, shop = settings.apps
    assert settings.app("shop") is shop
    assert settings.app("nobody") is None
    assert settings.app_in("C0SHOP") is shop
    assert settings.app_in("C0OTHER", "shop") is shop
    assert settings.app_in("C0OTHER") is demo


def test_the_settings_cannot_be_changed(write: Write, apps: str, environ: dict[str, str]) -> None:
    settings = settings_of(write(apps), environ)
    with pytest.raises(ValidationError, match="frozen"):
        settings.server.port = 1  # type: ignore[misc] # it must fail
    with pytest.raises(TypeError, match="does not support item assignment"):
        settings.apps[0].templates["1"] = None  # type: ignore[index] # it must fail


def test_overrides_are_judged_like_the_file(
    write: Write, apps: str, environ: dict[str, str], tmp_path: Path
) -> None:
    path = write(apps + "server: {port: 99999}\n")
    overrides = {"server.port": 0, "data_dir": tmp_path / "data", "apps.0.name": "other"}
    read = load(path, environ, overrides)
    assert isinstance(read, Settings)
    assert (read.server.port, read.data_dir, read.apps[0].name) == (0, tmp_path / "data", "other")
    refused = load(path, environ, {"tencent.endpoint": "http://example.com", "server.port": 1})
    assert isinstance(refused, Faults)
    assert [fault.key for fault in refused.faults] == ["tencent.endpoint"]


@pytest.mark.parametrize(
    ("line", "key", "problem", "found"),
    [
        ("language: fr", "language", Problem.NOT_ACCEPTED, '"fr"'),
        ("timezone: Asia/Nowhere", "timezone", Problem.NOT_ACCEPTED, '"Asia/Nowhere"'),
        ("timezone: ../../etc/passwd", "timezone", Problem.NOT_ACCEPTED, '"../../etc/passwd"'),
        ("data_dir: 7", "data_dir", Problem.NOT_ACCEPTED, "7"),
        ("data_dir: ~nobody-at-all/x", "data_dir", Problem.NOT_ACCEPTED, '"~nobody-at-all/x"'),
        ("server: {port: 99999}", "server.port", Problem.NOT_ACCEPTED, "99999"),
        ("server: {port: '3000'}", "server.port", Problem.NOT_ACCEPTED, '"3000"'),
        ("server: {port: true}", "server.port", Problem.NOT_ACCEPTED, "true"),
        ("server: {port:}", "server.port", Problem.EMPTY, None),
        ("server: 3000", "server", Problem.NOT_ACCEPTED, "3000"),
        ("server: [1]", "server", Problem.NOT_ACCEPTED, "[…]"),
        ("server: {host: a b}", "server.host", Problem.NOT_ACCEPTED, '"a b"'),
        ("servr: {}", "servr", Problem.MISSPELT_KEY, None),
        ("whatever: {}", "whatever", Problem.UNKNOWN_KEY, None),
        ("roles: {sender: ['@a']}", "roles.sender", Problem.FORMER_KEY, None),
        ("approvals: {kinds: {send: {needed: 2}}}", "approvals.kinds", Problem.FORMER_KEY, None),
        ("slack: {mode: https}", "slack.mode", Problem.NOT_ACCEPTED, '"https"'),
        ("tencent: {provider: v4}", "tencent.provider", Problem.NOT_ACCEPTED, '"v4"'),
        ("tencent: {provider: [v5]}", "tencent.provider", Problem.NOT_ACCEPTED, "[…]"),
        ("tencent: {region: Guangzhou}", "tencent.region", Problem.NOT_ACCEPTED, '"Guangzhou"'),
        ("tencent: {deadline_s: 0}", "tencent.deadline_s", Problem.NOT_ACCEPTED, "0"),
        ("tencent: {deadline_s: 3}", "tencent.deadline_s", Problem.DEADLINE_TOO_SHORT, "3"),
        ("roles: {requester: '@a'}", "roles.requester", Problem.NOT_ACCEPTED, '"@a"'),
        ("roles: {requester: [sms]}", "roles.requester[0]", Problem.MISSPELT_HOLDER, '"sms"'),
        ("roles: {root: []}", "roles.root", Problem.UNKNOWN_KEY, None),
        ("default_app: nobody", "default_app", Problem.NO_SUCH_APP, '"nobody"'),
    ],
)
def test_a_wrong_value_is_told_with_key_line_and_what_was_found(
    write: Write, apps: str, line: str, key: str, problem: Problem, found: str | None
) -> None:
    faults = faults_in(write(f"{apps}{line}\n"))
    assert [(fault.key, fault.problem, fault.found) for fault in faults] == [(key, problem, found)]
    assert faults[0].line == 5


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("name: Demo", "apps[0].name"),
        ("sdk_app_id: '1500006666'", "apps[0].sdk_app_id"),
        ("sdk_app_id: 140000666", "apps[0].sdk_app_id"),
        ("sdk_app_id: true", "apps[0].sdk_app_id"),
        ("signature: 【腾讯云】", "apps[0].signature"),
        ("signature: 我", "apps[0].signature"),
        ("international: yes", "apps[0].international"),
        ("channels: sms", "apps[0].channels"),
        ("channels: [UPPER-case]", "apps[0].channels[0]"),
        ("templates: {abc: {class: otp}}", "apps[0].templates.abc"),
        ("templates: {'1110': {class: code}}", "apps[0].templates.1110.class"),
        ("templates: {'1110': {template_class: otp}}", "apps[0].templates.1110.template_class"),
        ("limits: {profile: 2024}", "apps[0].limits.profile"),
        ("limits: {per_number_day: 0}", "apps[0].limits.per_number_day"),
        ("limits: {per_number_hour: 100001}", "apps[0].limits.per_number_hour"),
        ("limits: {otp: {day: none}}", "apps[0].limits.otp.day"),
        ("limits: {otp: {week: 1}}", "apps[0].limits.otp.week"),
        ("limits: {totals: {CN: {stop: 1}}}", "apps[0].limits.totals.CN"),
        ("limits: {totals: {UK: {stop: 1}}}", "apps[0].limits.totals.UK"),
        ("limits: {totals: {SG: {stop: -1}}}", "apps[0].limits.totals.SG.stop"),
        ("limits: {totals: {SG: {warn: off}}}", "apps[0].limits.totals.SG.warn"),
    ],
)
def test_a_wrong_value_of_an_app_is_told_with_its_place(write: Write, line: str, key: str) -> None:
    rows = {"name": "demo", "sdk_app_id": "1400006666", "signature": "腾讯云"}
    rows.pop(line.partition(":")[0], None)
    path = write("apps:\n  - " + "\n    ".join([*(f"{k}: {v}" for k, v in rows.items()), line]))
    assert key in [fault.key for fault in faults_in(path)]
    assert {fault.line for fault in faults_in(path)} == {len(rows) + 2}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "ftp://127.0.0.1",
        "https://",
        "https://user:pass@example.com",
        "https://example.com:99999",
        "https://example.com/?a=b",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "example.com",
    ],
)
@pytest.mark.parametrize("key", ["tencent.endpoint", "slack.api_url", "server.public_url"])
def test_an_address_in_the_clear_or_with_a_password_is_refused(
    write: Write, apps: str, key: str, url: str
) -> None:
    section, _, name = key.partition(".")
    fault = faults_in(write(f"{apps}{section}: {{{name}: '{url}'}}\n"))[0]
    assert (fault.key, fault.problem) == (key, Problem.NOT_ACCEPTED)
    assert "pass@" not in str(fault.found)


@pytest.mark.parametrize(
    "url",
    ["https://example.com/sms", "http://127.0.0.1:81", "http://localhost:1", "http://[::1]:2"],
)
def test_https_and_this_machine_are_accepted(write: Write, apps: str, url: str) -> None:
    assert not isinstance(load_file(write(f"{apps}tencent: {{endpoint: '{url}'}}\n")), Faults)


def test_two_apps_may_not_share_a_name_an_id_or_a_channel_and_need_a_default(
    write: Write, apps: str
) -> None:
    second = "  - {name: demo, sdk_app_id: 1400006666, signature: 商城, channels: [a, '#a']}\n"
    faults = faults_in(write(apps + second))
    assert [(fault.key, fault.problem) for fault in faults] == [
        ("default_app", Problem.DEFAULT_NEEDED),
        ("apps[1].name", Problem.TAKEN),
        ("apps[1].sdk_app_id", Problem.TAKEN),
        ("apps[1].channels[1]", Problem.TAKEN),
    ]
    assert faults[1].values == {"other": "apps[0].name"}


@pytest.mark.parametrize("content", ["", "language: en\n"])
def test_a_file_without_apps_is_told_what_is_missing(write: Write, content: str) -> None:
    fault = faults_in(write(content))[0]
    assert (fault.key, fault.problem, fault.line) == ("apps", Problem.MISSING, 1)


def test_what_is_missing_in_an_app_is_told_at_the_app(write: Write) -> None:
    faults = faults_in(write("apps:\n  - name: a\n  - name: b\n"))
    missing = [(f.key, f.line) for f in faults if f.problem is Problem.MISSING]
    assert missing == [
        ("apps[0].sdk_app_id", 2),
        ("apps[0].signature", 2),
        ("apps[1].sdk_app_id", 3),
        ("apps[1].signature", 3),
    ]


def test_every_fault_of_file_and_environment_is_told_at_once_in_order(
    write: Write, environ: dict[str, str]
) -> None:
    del environ["SMSOPS_DATA_KEY"]
    path = write("server: {port: -1}\nlanguage: fr\nlanguage: en\napps: []\nbogus: 1\n")
    read = load(path, environ)
    assert isinstance(read, Faults)
    assert [(fault.key, fault.line) for fault in read.faults] == [
        ("server.port", 1),
        ("language", 2),
        ("language", 3),
        ("apps", 4),
        ("bogus", 5),
        ("SMSOPS_DATA_KEY", None),
    ]


def test_an_unreadable_file_does_not_hide_a_missing_secret(tmp_path: Path) -> None:
    read = load(tmp_path / "nowhere.yaml", {})
    assert isinstance(read, Faults)
    assert {fault.problem for fault in read.faults} == {Problem.UNREADABLE, Problem.NOT_SET}


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("token: xoxb-1234567890-abcdef", 8),
        ("language: xapp-1-A0-0123456789abcdef", 11),
        ("# was AKID0123456789abcdefghij", 7),
        ("xoxb-1234567890-abcdef: 1", 1),
    ],
)
def test_a_secret_in_the_file_is_told_and_never_repeated(
    write: Write, apps: str, line: str, column: int
) -> None:
    faults = faults_in(write(f"{apps}{line}\n"))
    leak = next(fault for fault in faults if fault.problem is Problem.SECRET_IN_FILE)
    assert (leak.line, leak.column) == (5, column)
    for fault in faults:
        words = f"{fault!r} {fault.cause(Locale.EN)} {fault.accepted(Locale.EN)}"
        assert "1234567890" not in words
        assert "0123456789" not in words.replace("C0123456789", "").replace("S0123456789", "")


@pytest.mark.parametrize("locale", Locale)
def test_every_problem_and_every_fault_has_its_words(
    write: Write, apps: str, locale: Locale
) -> None:
    path = write(f"{apps}a: 1\nservr: 1\nserver: {{port: x}}\nlanguage: fr\nlanguage: fr\n")
    for fault in faults_in(path):
        assert fault.cause(locale)
        assert fault.accepted(locale)
        assert "{" not in fault.cause(locale)
    for problem in Problem:
        values = dict.fromkeys(
            [
                *("reason", "limit_kb", "character", "first_line", "near", "other", "name"),
                *("length", "provider", "app", "file", "place", "says", "now"),
            ],
            1,
        )
        assert "{" not in Fault(problem, "key", values=values).cause(locale)


def test_a_long_file_of_nonsense_is_answered_in_time(write: Write) -> None:
    path = write("".join(f"k{number}: {'a' * 30}\n" for number in range(2000)))
    assert len(faults_in(path)) == 2001


def test_a_long_value_is_shortened_and_shows_what_does_not_print(write: Write, apps: str) -> None:
    found = faults_in(write(f'{apps}language: "\\u202e{"a" * 200_000}"\n'))[0].found
    assert found == '"\\u202e' + "a" * 57 + "…"


def test_faults_are_values(write: Write) -> None:
    fault = faults_in(write("language: en\n"))[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        fault.key = "other"  # type: ignore[misc] # it must fail
