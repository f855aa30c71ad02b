import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import WrongDataKey
from storage.vault import KEY_BYTES, SealedNumber, Vault
from tests.storage.rows import NUMBER, VAULT

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
OTHER = Vault(bytes(range(1, KEY_BYTES + 1)))


@given(TEXTS, TEXTS)
def test_what_is_sealed_opens_again(text: str, purpose: str) -> None:
    assert VAULT.open(VAULT.seal(text, purpose=purpose), purpose=purpose) == text


@given(TEXTS)
def test_a_number_opens_again_and_always_seals_alike(number: str) -> None:
    sealed = VAULT.seal_number(number)
    assert VAULT.open_number(sealed) == number
    assert VAULT.seal_number(number) == sealed
    assert Vault(bytes(range(KEY_BYTES))).seal_number(number) == sealed


@given(TEXTS, TEXTS)
def test_different_numbers_never_seal_alike(one: str, other: str) -> None:
    assert (VAULT.seal_number(one) == VAULT.seal_number(other)) == (one == other)


@given(TEXTS)
def test_a_text_never_seals_alike_twice(text: str) -> None:
    assert VAULT.seal(text, purpose="a") != VAULT.seal(text, purpose="a")


@given(TEXTS)
def test_nothing_of_the_plain_text_is_left_to_see(text: str) -> None:
    marked = f"marker{text}marker"
    assert "marker" not in VAULT.seal(marked, purpose="a")
    assert "marker" not in VAULT.seal_number(marked)
    assert "marker" not in VAULT.fingerprint(marked)


def test_one_cell_cannot_pass_for_another() -> None:
    sealed = VAULT.seal("123456", purpose="messages.template_values")
    with pytest.raises(WrongDataKey):
        VAULT.open(sealed, purpose="requests.payload")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(WrongDataKey):
        OTHER.open(VAULT.seal("123456", purpose="a"), purpose="a")
    with pytest.raises(WrongDataKey):
        OTHER.open_number(VAULT.seal_number(NUMBER))
    assert OTHER.seal_number(NUMBER) != VAULT.seal_number(NUMBER)


def changed(sealed: str) -> str:
    """With another letter behind the key's name: the last ones hold bits that mean nothing."""
    other = "A" if sealed[4] != "A" else "B"
    return sealed[:4] + other + sealed[5:]


def test_a_changed_cell_does_not_open() -> None:
    with pytest.raises(WrongDataKey):
        VAULT.open(changed(VAULT.seal("123456", purpose="a")), purpose="a")
    with pytest.raises(WrongDataKey):
        VAULT.open_number(SealedNumber(changed(VAULT.seal_number(NUMBER))))


@pytest.mark.parametrize("broken", ["", "k1:", "k1:AAAA", "k1:A", "k1:é", "nonsense"])
def test_a_broken_cell_is_refused_in_the_same_words(broken: str) -> None:
    with pytest.raises(WrongDataKey):
        VAULT.open(broken, purpose="a")
    with pytest.raises(WrongDataKey):
        VAULT.open_number(SealedNumber(broken))


@given(st.lists(TEXTS, min_size=1), st.lists(TEXTS, min_size=1))
def test_a_fingerprint_tells_contents_apart(one: list[str], other: list[str]) -> None:
    joined = "\x1f".join(one) == "\x1f".join(other)
    assert (VAULT.fingerprint(*one) == VAULT.fingerprint(*other)) == joined
    assert VAULT.fingerprint(*one) != OTHER.fingerprint(*one)


def test_the_key_shows_nowhere() -> None:
    assert repr(VAULT) == str(VAULT) == "Vault(***)"


@pytest.mark.parametrize("length", [0, 32, 63, 65])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"{length} bytes"):
        Vault(bytes(length))
