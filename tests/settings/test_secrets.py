"""Secrets come from the environment or a file, have their look, and are never shown."""

import base64
import json
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.locales import Locale
from bot.settings import Fault, Faults, Problem, Provider, Secrets, Settings, SlackMode, load
from bot.settings.secrets import EVERY_SECRET, LARGEST_FILE_BYTES, Needs, read_secrets
from bot.settings.shapes import CallbackGuard

ALWAYS_NEEDED = {"SMSOPS_SLACK_BOT_TOKEN", "SMSOPS_CALLBACK_SECRET", "SMSOPS_DATA_KEY"}
API_KEY = {"SMSOPS_TENCENT_SECRET_ID", "SMSOPS_TENCENT_SECRET_KEY"}
HTTP_V3 = Needs(SlackMode.HTTP, Provider.V3, ("1400006666",))
SOCKET_V3 = replace(HTTP_V3, mode=SlackMode.SOCKET)
HTTP_V5 = replace(HTTP_V3, provider=Provider.V5)
APP_KEY = "0123456789abcdef0123456789abcdef"
CALLBACK_AUTH = f"tencent:{'p' * 16}"


def secrets_of(environ: dict[str, str], needs: Needs = HTTP_V3) -> Secrets:
    read = read_secrets(environ, needs)
    assert isinstance(read, Secrets), read
    return read


def the_fault(environ: dict[str, str], needs: Needs = HTTP_V3) -> Fault:
    read = read_secrets(environ, needs)
    assert isinstance(read, list)
    assert len(read) == 1
    return read[0]


def test_a_complete_environment_gives_every_secret(environ: dict[str, str]) -> None:
    secrets = secrets_of(environ)
    assert secrets.slack_bot_token.get_secret_value() == environ["SMSOPS_SLACK_BOT_TOKEN"]
    assert secrets.slack_signing_secret is not None
    assert secrets.slack_signing_secret.get_secret_value() == environ["SMSOPS_SLACK_SIGNING_SECRET"]
    assert secrets.slack_app_token is None
    assert secrets.tencent_app_keys == {}
    assert secrets.tencent_secret_id.get_secret_value() == environ["SMSOPS_TENCENT_SECRET_ID"]
    assert secrets.tencent_secret_key.get_secret_value() == environ["SMSOPS_TENCENT_SECRET_KEY"]
    assert [one.get_secret_value() for one in secrets.callback_secrets] == ["c" * 40]
    assert secrets.data_key.get_secret_value() == bytes(range(64))


@pytest.mark.parametrize(
    ("needs", "own"),
    [
        (HTTP_V3, {"SMSOPS_SLACK_SIGNING_SECRET", *API_KEY}),
        (SOCKET_V3, {"SMSOPS_SLACK_APP_TOKEN", *API_KEY}),
        (HTTP_V5, {"SMSOPS_SLACK_SIGNING_SECRET", "SMSOPS_TENCENT_SDK_APP_KEY"}),
        (Needs(None, None, ()), set()),
        (Needs(None, None, (), CallbackGuard.BASIC_AUTH), {"SMSOPS_CALLBACK_AUTH"}),
    ],
)
def test_an_empty_environment_is_told_everything_mode_and_provider_need(
    needs: Needs, own: set[str]
) -> None:
    read = read_secrets({"SMSOPS_SLACK_BOT_TOKEN": " "}, needs)
    assert isinstance(read, list)
    assert {fault.key for fault in read} == ALWAYS_NEEDED | own
    assert {fault.problem for fault in read} == {Problem.NOT_SET}


def test_socket_mode_wants_the_app_token_and_no_signing_secret(environ: dict[str, str]) -> None:
    del environ["SMSOPS_SLACK_SIGNING_SECRET"]
    secrets = secrets_of(environ | {"SMSOPS_SLACK_APP_TOKEN": "xapp-1-A0-123456"}, SOCKET_V3)
    assert secrets.slack_app_token is not None
    assert secrets.slack_signing_secret is None


@pytest.mark.parametrize("variable", [wanted.variable for wanted in EVERY_SECRET])
def test_every_secret_can_come_from_a_file(
    environ: dict[str, str], tmp_path: Path, variable: str
) -> None:
    environ["SMSOPS_SLACK_APP_TOKEN"] = "xapp-1-A0-123456"
    environ["SMSOPS_TENCENT_SDK_APP_KEY"] = f"1400006666:{APP_KEY}"
    environ["SMSOPS_CALLBACK_AUTH"] = CALLBACK_AUTH
    direct = secrets_of(environ)
    (tmp_path / "secret").write_text(f"{environ.pop(variable)}\n")
    assert secrets_of(environ | {f"{variable}_FILE": str(tmp_path / "secret")}) == direct


def test_a_secret_can_come_from_a_pipe(environ: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.write(writing, environ.pop("SMSOPS_SLACK_BOT_TOKEN").encode())
    os.close(writing)
    try:
        secrets_of(environ | {"SMSOPS_SLACK_BOT_TOKEN_FILE": f"/dev/fd/{reading}"})
    finally:
        os.close(reading)


def test_a_secret_given_twice_is_refused(environ: dict[str, str], tmp_path: Path) -> None:
    fault = the_fault(environ | {"SMSOPS_DATA_KEY_FILE": str(tmp_path / "nowhere")})
    assert (fault.key, fault.problem) == ("SMSOPS_DATA_KEY", Problem.SET_TWICE)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, Problem.FILE_UNREADABLE),
        (b"\xff\xff", Problem.FILE_UNREADABLE),
        (b"a" * (LARGEST_FILE_BYTES + 1), Problem.FILE_UNREADABLE),
        (b"\n", Problem.NOT_SET),
        (b"marker-value", Problem.WRONG_SHAPE),
    ],
)
def test_a_file_without_a_secret_is_refused(
    environ: dict[str, str], tmp_path: Path, content: bytes | None, problem: Problem
) -> None:
    del environ["SMSOPS_DATA_KEY"]
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    fault = the_fault(environ | {"SMSOPS_DATA_KEY_FILE": str(tmp_path / "key")})
    assert fault.problem == problem
    assert "marker-value" not in repr(fault)


@pytest.mark.parametrize("path", ["/", "a\0b", "a" * 5000])
def test_a_path_that_is_no_file_is_refused(environ: dict[str, str], path: str) -> None:
    del environ["SMSOPS_DATA_KEY"]
    fault = the_fault(environ | {"SMSOPS_DATA_KEY_FILE": path})
    assert (fault.key, fault.problem) == ("SMSOPS_DATA_KEY_FILE", Problem.FILE_UNREADABLE)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SMSOPS_SLACK_BOT_TOKEN", "xapp-1-A0-123456789"),
        ("SMSOPS_SLACK_BOT_TOKEN", "xoxb-"),
        ("SMSOPS_SLACK_BOT_TOKEN", "xoxb-1234567890 1234"),
        ("SMSOPS_SLACK_SIGNING_SECRET", "short"),
        ("SMSOPS_TENCENT_SECRET_ID", "1234567890123456789012345678901234"),
        ("SMSOPS_TENCENT_SECRET_KEY", "short"),
        ("SMSOPS_TENCENT_SECRET_KEY", "FAKESECRET KEYFAKESECRETKEY000001"),
        ("SMSOPS_TENCENT_SDK_APP_KEY", APP_KEY),
        ("SMSOPS_TENCENT_SDK_APP_KEY", f"1500006666:{APP_KEY}"),
        ("SMSOPS_TENCENT_SDK_APP_KEY", "1400006666:short"),
        ("SMSOPS_TENCENT_SDK_APP_KEY", f"1400006666:{APP_KEY},"),
        ("SMSOPS_TENCENT_SDK_APP_KEY", f"1400006666:{APP_KEY}1400007777:{APP_KEY}"),
        ("SMSOPS_TENCENT_SDK_APP_KEY", f"1400006666:{APP_KEY},1400006666:{APP_KEY}"),
        ("SMSOPS_CALLBACK_SECRET", "c" * 31),
        ("SMSOPS_CALLBACK_SECRET", "c" * 129),
        ("SMSOPS_CALLBACK_SECRET", "c" * 32 + "/"),
        ("SMSOPS_CALLBACK_SECRET", ",".join(["c" * 32, "c" * 32])),
        ("SMSOPS_CALLBACK_SECRET", ",".join(["c" * 32, "d" * 32, "e" * 32])),
        ("SMSOPS_CALLBACK_SECRET", "c" * 32 + ","),
        ("SMSOPS_CALLBACK_AUTH", "tencent"),
        ("SMSOPS_CALLBACK_AUTH", f"tencent:{'p' * 15}"),
        ("SMSOPS_CALLBACK_AUTH", f"tencent:{'p' * 16}:{'p' * 16}"),
        ("SMSOPS_CALLBACK_AUTH", f"tencent:{'p' * 15}@"),
        ("SMSOPS_CALLBACK_AUTH", ",".join([CALLBACK_AUTH, CALLBACK_AUTH])),
        ("SMSOPS_CALLBACK_AUTH", f"{CALLBACK_AUTH},"),
        ("SMSOPS_DATA_KEY", base64.b64encode(bytes(range(63))).decode()),
        ("SMSOPS_DATA_KEY", base64.b64encode(bytes(range(65))).decode()),
        ("SMSOPS_DATA_KEY", base64.b64encode(bytes(64)).decode()),
        ("SMSOPS_DATA_KEY", "ä" * 86),
    ],
)
def test_what_does_not_look_like_the_secret_is_refused_and_not_shown(
    environ: dict[str, str], variable: str, value: str
) -> None:
    fault = the_fault(environ | {variable: value})
    assert (fault.key, fault.problem) == (variable, Problem.WRONG_SHAPE)
    assert fault.found is None
    assert value not in f"{fault!r} {fault.cause(Locale.EN)}"
    assert fault.accepted(Locale.EN)
    assert fault.accepted(Locale.ZH_CN)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SMSOPS_SLACK_BOT_TOKEN", "xoxe.xoxb-1-abcdefgh"),
        ("SMSOPS_TENCENT_SECRET_ID", "IKIDabcdefghij0123456789"),
        ("SMSOPS_CALLBACK_SECRET", "c" * 128),
    ],
)
def test_rarer_looks_are_accepted(environ: dict[str, str], variable: str, value: str) -> None:
    secrets_of(environ | {variable: value})


@pytest.mark.parametrize("between", [",", ", ", "\n", "\r\n", " "])
def test_every_app_has_its_app_key(v5_environ: dict[str, str], between: str) -> None:
    v5_environ["SMSOPS_TENCENT_SDK_APP_KEY"] += f"{between}1400007777:{'k' * 32}"
    needs = replace(HTTP_V5, sdk_app_ids=("1400007777", "1400006666"))
    secrets = secrets_of(v5_environ, needs)
    keys = {app: key.get_secret_value() for app, key in secrets.tencent_app_keys.items()}
    assert keys == {"1400006666": APP_KEY, "1400007777": "k" * 32}
    assert not secrets.tencent_secret_id.get_secret_value()
    assert not secrets.tencent_secret_key.get_secret_value()


def test_an_app_without_its_app_key_is_told(v5_environ: dict[str, str]) -> None:
    needs = replace(HTTP_V5, sdk_app_ids=("1400006666", "1400007777"))
    fault = the_fault(v5_environ, needs)
    assert (fault.key, fault.problem) == ("SMSOPS_TENCENT_SDK_APP_KEY", Problem.NO_APP_KEY)
    assert "1400007777" in fault.cause(Locale.EN)
    assert "1400007777" in fault.cause(Locale.ZH_CN)


def test_two_callback_secrets_are_both_known_the_new_one_first(environ: dict[str, str]) -> None:
    secrets = secrets_of(environ | {"SMSOPS_CALLBACK_SECRET": f"{'n' * 32},{'o' * 32}"})
    assert [one.get_secret_value() for one in secrets.callback_secrets] == ["n" * 32, "o" * 32]


def test_the_callbacks_password_may_be_two_too_and_need_not_be_there(
    environ: dict[str, str],
) -> None:
    assert secrets_of(environ).callback_auth == ()
    both = [f"tencent:{'n' * 16}", f"tencent:{'o' * 16}"]
    secrets = secrets_of(environ | {"SMSOPS_CALLBACK_AUTH": ",".join(both)})
    assert [one.get_secret_value() for one in secrets.callback_auth] == both


def test_the_callbacks_password_is_asked_for_where_app_yaml_wants_it(
    environ: dict[str, str], tmp_path: Path, apps: str
) -> None:
    (tmp_path / "app.yaml").write_text(f"{apps}\ncallbacks: {{basic_auth: true}}\n")
    refused = load(tmp_path / "app.yaml", environ)
    assert isinstance(refused, Faults)
    assert [fault.key for fault in refused.faults] == ["SMSOPS_CALLBACK_AUTH"]
    settings = load(tmp_path / "app.yaml", environ | {"SMSOPS_CALLBACK_AUTH": CALLBACK_AUTH})
    assert isinstance(settings, Settings)
    passwords = tuple(one.get_secret_value() for one in settings.secrets.callback_auth)
    assert settings.callbacks.entry(passwords).passwords == (CALLBACK_AUTH,)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padding", ["==", ""])
def test_the_data_key_may_be_in_either_base64_with_or_without_padding(
    environ: dict[str, str], encode: Callable[[bytes], bytes], padding: str
) -> None:
    key = bytes(range(191, 255))
    written = encode(key).decode().rstrip("=") + padding
    secrets = secrets_of(environ | {"SMSOPS_DATA_KEY": written})
    assert secrets.data_key.get_secret_value() == key


def test_no_secret_is_in_any_repr_dump_log_or_format(
    environ: dict[str, str], tmp_path: Path, apps: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "app.yaml").write_text(apps)
    environ["SMSOPS_TENCENT_SDK_APP_KEY"] = f"1400006666:{APP_KEY}"
    environ["SMSOPS_CALLBACK_AUTH"] = CALLBACK_AUTH
    settings = load(tmp_path / "app.yaml", environ)
    assert isinstance(settings, Settings)
    logging.getLogger("any").warning("%s %r %s", settings, settings.secrets, settings.secrets)
    written = "\n".join(
        [
            repr(settings),
            str(settings),
            f"{settings.secrets.data_key} {settings.secrets.tencent_secret_key!r}",
            str(settings.model_dump()),
            settings.model_dump_json(),
            json.dumps(settings.model_dump(mode="json")),
            caplog.text,
        ]
    )
    for value in [*environ.values(), APP_KEY, str(bytes(range(64)))[2:-1]]:
        assert value not in written
