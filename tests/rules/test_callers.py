"""Who may post callbacks, as addresses, headers and passwords tell it."""

import base64
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.callers import Caller, Certificate, Entry, Stranger, address_of, stranger

PROXY = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))
ALLOWED = Entry(allow_from=(ip_network("203.0.113.0/24"), ip_network("2001:db8::/32")))
BEHIND = Entry(allow_from=ALLOWED.allow_from, proxies=PROXY)
CERTIFIED = Entry(proxies=PROXY, certificate=Certificate("X-Client-Verify", "SUCCESS"))
PASSWORDS = Entry(passwords=("tencent:new-password-0001", "tencent:old-password-0001"))


def caller(
    peer: str = "203.0.113.7", forwarded: str = "", authorization: str = "", certificate: str = ""
) -> Caller:
    return Caller(peer, forwarded, authorization, certificate)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_nobody_is_a_stranger_where_nothing_is_asked_for() -> None:
    assert Entry().is_open
    assert stranger(Entry(), caller(peer="")) is None
    assert not any(entry.is_open for entry in (ALLOWED, CERTIFIED, PASSWORDS))


@pytest.mark.parametrize("peer", ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1"])
def test_an_allowed_address_may_post(peer: str) -> None:
    assert stranger(ALLOWED, caller(peer)) is None


@pytest.mark.parametrize("peer", ["203.0.112.7", "::1", "", "localhost", "203.0.113", "2001:db9::"])
def test_any_other_may_not(peer: str) -> None:
    assert stranger(ALLOWED, caller(peer)) is Stranger.ADDRESS


@pytest.mark.parametrize(
    ("peer", "forwarded", "known"),
    [
        ("127.0.0.1", "203.0.113.7", True),
        ("127.0.0.1", "203.0.113.7:4711", True),
        ("127.0.0.1", "[2001:db8::1]:4711", True),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", True),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7, 10.1.1.1", True),
        # What the caller wrote before the first proxy did proves nothing.
        ("127.0.0.1", "203.0.113.7, 198.51.100.1", False),
        ("198.51.100.1", "203.0.113.7", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "203.0.113.7, unknown", False),
        ("127.0.0.1", ",".join(["203.0.113.7", *["10.0.0.1"] * 16]), False),
    ],
)
def test_a_proxys_word_about_an_address_counts_and_nobody_elses(
    peer: str, forwarded: str, known: bool
) -> None:
    assert stranger(BEHIND, caller(peer, forwarded)) is (None if known else Stranger.ADDRESS)


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_any_header_is_read_without_a_word(forwarded: str) -> None:
    address_of(caller("127.0.0.1", forwarded), PROXY)
    assert stranger(CERTIFIED, caller("127.0.0.1", certificate=forwarded)) is (
        None if forwarded == "SUCCESS" else Stranger.CERTIFICATE
    )
    assert stranger(PASSWORDS, caller(authorization=forwarded)) is Stranger.PASSWORD


@pytest.mark.parametrize(
    ("peer", "said", "known"),
    [
        ("127.0.0.1", "SUCCESS", True),
        ("127.0.0.1", "FAILED", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "SUCCESS,SUCCESS", False),
        ("127.0.0.1", "SUCCESS\udcff", False),
        ("203.0.113.7", "SUCCESS", False),
    ],
)
def test_a_certificate_counts_where_a_proxy_says_it_is_good(
    peer: str, said: str, known: bool
) -> None:
    found = stranger(CERTIFIED, caller(peer, certificate=said))
    assert found is (None if known else Stranger.CERTIFICATE)


@pytest.mark.parametrize(
    ("authorization", "known"),
    [
        (basic("tencent:new-password-0001"), True),
        (basic("tencent:old-password-0001"), True),
        (basic("tencent:new-password-0001").replace("Basic", "basic"), True),
        (basic("tencent:new-password-0002"), False),
        (basic("tencent:"), False),
        (basic("").strip(), False),
        ("Basic =", False),
        ("Basic ÿ", False),
        (basic("tencent:new-password-0001").replace("Basic", "Bearer"), False),
        ("", False),
    ],
)
def test_each_of_two_passwords_will_do(authorization: str, known: bool) -> None:
    found = stranger(PASSWORDS, caller(authorization=authorization))
    assert found is (None if known else Stranger.PASSWORD)
