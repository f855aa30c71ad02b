"""Seals what is personal before it reaches the file: phone numbers, texts and values.

Numbers are AES-SIV (RFC 5297): deterministic, so the same ciphertext serves look-ups, unique keys
and the per-number fence. Everything else is AES-GCM under a fresh nonce. The key lives outside
the database file, so a stolen backup reads as noise.
"""

import base64
import hmac
import os
from typing import NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import WrongDataKey

SealedNumber = NewType("SealedNumber", str)
KEY_BYTES = 64
# How what follows is sealed. Which data key did it stands in `about`: it changes for all at once
# (`storage.rotation`).
KEY_ID = "k1:"
NONCE_BYTES = 12


class Vault:
    """Seals and opens values with keys derived from one 64-byte secret."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the data key has {len(key)} bytes, not {KEY_BYTES}")
        self._siv = AESSIV(_derive(key, b"numbers", 64))
        self._gcm = AESGCM(_derive(key, b"texts", 32))
        self._mac_key = _derive(key, b"fingerprints", 32)
        self.name = self.fingerprint("data key")
        """Tells this key from any other, and nothing else."""

    def __repr__(self) -> str:
        return "Vault(***)"

    def seal_number(self, e164: str) -> SealedNumber:
        """The same sealed form for the same number, every time."""
        sealed = self._siv.encrypt(e164.encode(), [b"number"])
        return SealedNumber(KEY_ID + base64.urlsafe_b64encode(sealed).decode())

    def open_number(self, sealed: SealedNumber) -> str:
        """The number under its seal, E.164. Raises WrongDataKey."""
        try:
            return self._siv.decrypt(_bytes(sealed), [b"number"]).decode()
        except (InvalidTag, ValueError) as error:
            raise WrongDataKey from error

    def seal(self, text: str, *, purpose: str) -> str:
        """Seals `text`; `purpose` (table and column) keeps one cell from passing for another."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._gcm.encrypt(nonce, text.encode(), purpose.encode())
        return KEY_ID + base64.urlsafe_b64encode(sealed).decode()

    def open(self, sealed: str, *, purpose: str) -> str:
        """Raises WrongDataKey, for a damaged cell too."""
        try:
            raw = _bytes(sealed)
            text = self._gcm.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise WrongDataKey from error
        return text.decode()

    @property
    def mac_key(self) -> bytes:
        """What keyed hashes are made with: kept when the data key changes, for nobody can make
        them anew."""
        return self._mac_key

    def hash_with(self, mac_key: bytes) -> None:
        """Makes keyed hashes as the file's earlier data key did."""
        self._mac_key = mac_key

    def fingerprint(self, *parts: str) -> str:
        """A keyed hash that tells equal contents apart from different ones, and nothing else."""
        joined = "\x1f".join(parts).encode()
        return hmac.digest(self._mac_key, joined, "sha256").hex()[:32]

    def digest(self, text: str) -> str:
        """A keyed hash of `text` in 64 hexadecimal digits, for who compares it elsewhere."""
        return hmac.digest(self._mac_key, b"digest\x1f" + text.encode(), "sha256").hex()


def _derive(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"smsops " + purpose).derive(key)


def _bytes(sealed: str) -> bytes:
    return base64.urlsafe_b64decode(sealed.removeprefix(KEY_ID))
