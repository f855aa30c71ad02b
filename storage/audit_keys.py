"""The keys of the audit trail, sealed with the data key: one of the chain, and one of each month
for what its entries say. Only `key` of these rows is sealed anew when the data key changes."""

import base64
import os
import secrets
from collections.abc import Sequence
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.rules.audit import Link
from storage.db import Tx
from storage.ids import from_ms

PURPOSE = "audit_keys.key"
CHAIN = "chain"
KEY_BYTES, NONCE_BYTES = 32, 12

GET_KEY = "SELECT key FROM audit_keys WHERE name = :name"
ADD_KEY = "INSERT INTO audit_keys (name, key) VALUES (:name, :key)"
FORGET = "DELETE FROM audit_keys WHERE name < :name AND name <> 'chain'"


def chain_key(tx: Tx) -> bytes:
    """The key of the chain; made with the first entry. Were it lost, entries would go on under a
    new one, and the check would name the first entry of the old one."""
    return _get_or_make(tx, CHAIN)


def known_chain_key(tx: Tx) -> bytes:
    """The same for who only reads: where there is none, one that fits no entry."""
    return _get(tx, CHAIN) or bytes(KEY_BYTES)


def seal(tx: Tx, facts: str, nth: int, now: datetime) -> str:
    """Seals what the entry with the number `nth` says, so that it fits no other."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_get_or_make(tx, _month(now))).encrypt(nonce, facts.encode(), _bound(nth))
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def open_all(tx: Tx, links: Sequence[Link]) -> list[str | None]:
    """What each entry says; None where its key is deleted, or where it is damaged: the check of the
    chain tells which."""
    months = {_month(from_ms(link.at_ms)) for link in links}
    ciphers = {month: AESGCM(key) for month in months if (key := _get(tx, month)) is not None}
    return [_opened(link, ciphers.get(_month(from_ms(link.at_ms)))) for link in links]


def forget_before(tx: Tx, before: datetime) -> int:
    """Deletes the keys of all months before that of `before`, and with them what the entries of
    these months say; how many there were. Who did what when stays, and so does the chain."""
    return tx.run(FORGET, name=_month(before))


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
    return None if row is None else bytes.fromhex(tx.vault.open(row["key"], purpose=PURPOSE))


def _month(moment: datetime) -> str:
    return f"{moment:%Y-%m}"


def _bound(nth: int) -> bytes:
    return f"audit.facts {nth}".encode()
