"""Who may post callbacks: what is written, what is left out, and what is not accepted."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.rules.callers import Certificate
from bot.settings import AppYaml, Faults, Problem, load_file

Write = Callable[[str | bytes], Path]
PASSWORDS = ("tencent:0123456789abcdef",)


def read(path: Path) -> AppYaml:
    settings = load_file(path)
    assert isinstance(settings, AppYaml), settings
    return settings


def test_the_secret_alone_is_asked_for_where_nothing_is_said(write: Write, apps: str) -> None:
    callbacks = read(write(apps)).callbacks
    assert callbacks.entry(PASSWORDS).is_open
    assert callbacks.posts_per_s == 10_000


def test_addresses_a_password_and_a_certificate_can_be_asked_for(write: Write, apps: str) -> None:
    written = """
callbacks:
  allow_from: [203.0.113.0/24, "2001:db8::1"]
  proxies: [10.0.0.0/8]
  basic_auth: true
  certificate_header: X-Client-Verify
"""
    entry = read(write(apps + written)).callbacks.entry(PASSWORDS)
    assert entry.allow_from == (ip_network("203.0.113.0/24"), ip_network("2001:db8::1"))
    assert entry.proxies == (ip_network("10.0.0.0/8"),)
    assert entry.passwords == PASSWORDS
    assert entry.certificate == Certificate("X-Client-Verify", "SUCCESS")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("allow_from.0", "example.com"),
        ("allow_from.0", "203.0.113.7/24"),
        ("allow_from.0", "203.0.113.256"),
        ("proxies.0", "10.0.0.0/99"),
        ("certificate_header", "X Client"),
        ("certificate_value", "''"),
        ("posts_per_s", "0"),
    ],
)
def test_what_is_no_address_or_header_is_refused(
    write: Write, apps: str, key: str, value: str
) -> None:
    name, _, place = key.partition(".")
    refused = load_file(write(f"{apps}\ncallbacks: {{{name}: {f'[{value}]' if place else value}}}"))
    assert isinstance(refused, Faults)
    (fault,) = refused.faults
    shown = f"{name}[{place}]" if place else name
    assert (fault.key, fault.problem) == (f"callbacks.{shown}", Problem.NOT_ACCEPTED)


def test_callbacks_are_listened_for_beside_all_else_or_where_app_yaml_says(
    apps: str, write: Write
) -> None:
    beside = read(write(apps))
    assert beside.callbacks_at is beside.server
    own = read(write(apps + "\ncallbacks: {listen: {port: 3001}}\n"))
    assert own.callbacks_at.base_url == "http://127.0.0.1:3001"
    assert own.server.base_url == "http://127.0.0.1:3000"
    reached = "{port: 0, host: '::', public_url: https://callbacks.example.com/}"
    proxied = read(write(f"{apps}\ncallbacks: {{listen: {reached}}}\n"))
    assert proxied.callbacks_at.base_url == "https://callbacks.example.com"


@pytest.mark.parametrize(
    ("server", "listen"),
    [
        ("{port: 3005}", "{port: 3005}"),
        ("{port: 3001}", "{host: 127.0.0.1}"),
        ("{host: localhost}", "{port: 3000}"),
        ("{host: 0.0.0.0, port: 3005}", "{host: 192.0.2.7, port: 3005}"),
        ("{host: '2001:db8::1', port: 3005}", "{host: '::', port: 3005}"),
    ],
)
def test_callbacks_are_not_listened_for_where_all_else_is(
    write: Write, apps: str, server: str, listen: str
) -> None:
    refused = load_file(write(f"{apps}\nserver: {server}\ncallbacks:\n  listen: {listen}\n"))
    assert isinstance(refused, Faults)
    (fault,) = refused.faults
    assert (fault.key, fault.problem) == ("callbacks.listen.port", Problem.TAKEN)
    assert fault.values == {"other": "server.port"}
    assert fault.line == apps.count("\n") + 4


@pytest.mark.parametrize(
    ("server", "listen"),
    [
        ("{port: 0}", "{port: 0}"),
        ("{host: 192.0.2.7, port: 3005}", "{port: 3005}"),
        ("{host: '::1', port: 3005}", "{host: 0.0.0.0, port: 3005}"),
    ],
)
def test_the_same_port_of_another_address_is_another_place(
    write: Write, apps: str, server: str, listen: str
) -> None:
    written = f"{apps}\nserver: {server}\ncallbacks: {{listen: {listen}}}\n"
    assert read(write(written)).callbacks.listen is not None
