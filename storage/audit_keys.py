"""The keys of the audit trail, sealed with the data key: one of the chain, and one of each month
for what its entries say. Only `key` of these rows is sealed anew when the data key changes."""

import base64
import os
import secrets
from collections.abc import Sequence
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import KeyDamaged, WrongDataKey
from bot.rules.audit import Link
from storage.db import Tx
from storage.ids import from_ms

PURPOSE = "audit_keys.key"
CHAIN = "chain"
KEY_BYTES, NONCE_BYTES = 32, 12

GET_KEY = "SELECT key FROM audit_keys WHERE name = :name"
ADD_KEY = "INSERT INTO audit_keys (name, key) VALUES (:name, :key)"
DROP = "DELETE FROM audit_keys WHERE name = :name"
FORGET = "DELETE FROM audit_keys WHERE name < :name AND name <> 'chain'"


def chain_key(tx: Tx) -> bytes:
    """The key of the chain; made with the first entry. Were it lost, entries would go on under a
    new one, and the check would name the first entry of the old one. Raises KeyDamaged."""
    return _get_or_make(tx, CHAIN)


def known_chain_key(tx: Tx) -> bytes:
    """The key of the chain, for who only reads: where there is none, one that fits no entry."""
    return _get(tx, CHAIN) or bytes(KEY_BYTES)


def seal(tx: Tx, facts: str, nth: int, now: datetime) -> str:
    """Seals what the entry with the number `nth` says, so that it fits no other. Raises
    KeyDamaged."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_get_or_make(tx, month_of(now))).encrypt(nonce, facts.encode(), _bound(nth))
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def open_all(tx: Tx, links: Sequence[Link]) -> list[str | None]:
    """What each entry says; None where its key is deleted, or where it is damaged: the check of the
    chain tells which."""
    months = {month_of(from_ms(link.at_ms)) for link in links}
    ciphers = {month: _cipher(tx, month) for month in months}
    return [_opened(link, ciphers[month_of(from_ms(link.at_ms))]) for link in links]


def damaged(tx: Tx, now: datetime) -> list[str]:
    """The names of the keys that the next entry takes, and that cannot be opened."""
    found = []
    for name in (CHAIN, month_of(now)):
        try:
            _get(tx, name)
        except KeyDamaged:
            found.append(name)
    return found


def drop(tx: Tx, name: str) -> None:
    """Deletes a key. The next entry makes it anew; the check tells of those under the old one."""
    tx.run(DROP, name=name)


def forget_before(tx: Tx, before: datetime) -> int:
    """Deletes the keys of all months before that of `before`, and with them what the entries of
    these months say; how many there were. Who did what when stays, and so does the chain."""
    return tx.run(FORGET, name=month_of(before))


def month_of(moment: datetime) -> str:
    """The name of the key for what is entered at `moment`; the names are in the order of the
    months."""
    return f"{moment:%Y-%m}"


def _cipher(tx: Tx, month: str) -> AESGCM | None:
    try:
        key = _get(tx, month)
    except KeyDamaged:
        return None
    return None if key is None else AESGCM(key)


def _opened(link: Link, cipher: AESGCM | None) -> str | None:
    if cipher is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(link.facts)
        opened = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(link.nth))
    except (InvalidTag, ValueError):
        return None
    return opened.decode()


def _get_or_make(tx: Tx, name: str) -> bytes:
    known = _get(tx, name)
    if known is not None:
        return known
    made = secrets.token_bytes(KEY_BYTES)
    tx.run(ADD_KEY, name=name, key=tx.vault.seal(made.hex(), purpose=PURPOSE))
    return made


def _get(tx: Tx, name: str) -> bytes | None:
    row = tx.one(GET_KEY, name=name)
    if row is None:
        return None
    try:
        return bytes.fromhex(tx.vault.open(row["key"], purpose=PURPOSE))
    except WrongDataKey as error:
        raise KeyDamaged(name) from error


def _bound(nth: int) -> bytes:
    return f"audit.facts {nth}".encode()
