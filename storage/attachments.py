"""Images that go with a request: proofs and letters of authorisation, by the hash of the file."""

import base64
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from storage.db import Tx
from storage.ids import to_ms

PURPOSE = "attachments.body"

# The same file handed in again is young again: it must outlive the newest request it belongs to.
PUT_ATTACHMENT = """
INSERT INTO attachments (sha256, name, body, at_ms) VALUES (:sha256, :name, :body, :now)
ON CONFLICT (sha256) DO UPDATE SET at_ms = excluded.at_ms
"""
GET_ATTACHMENT = "SELECT body FROM attachments WHERE sha256 = :sha256"
IS_KEPT = "SELECT sha256 FROM attachments WHERE sha256 = :sha256"
RENEW = "UPDATE attachments SET at_ms = :now WHERE sha256 = :sha256"
FORGET_OLD = "DELETE FROM attachments WHERE at_ms < :before"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A kept file: its hash in hex, the name it came under, its size."""

    sha256: str
    name: str
    size_bytes: int


def put(tx: Tx, name: str, body: bytes, now: datetime) -> Attachment:
    """Keeps a file, once whoever brings it."""
    digest = sha256(body).hexdigest()
    sealed = tx.vault.seal(base64.b64encode(body).decode("ascii"), purpose=PURPOSE)
    tx.run(PUT_ATTACHMENT, sha256=digest, name=name, body=sealed, now=to_ms(now))
    return Attachment(digest, name, len(body))


def get(tx: Tx, digest: str) -> bytes | None:
    """The file of that hash, None where it is not kept any more."""
    row = tx.one(GET_ATTACHMENT, sha256=digest)
    return None if row is None else base64.b64decode(tx.vault.open(row["body"], purpose=PURPOSE))


def is_kept(tx: Tx, digest: str) -> bool:
    """Whether the file of that hash is here."""
    return tx.one(IS_KEPT, sha256=digest) is not None


def renew(tx: Tx, digest: str, now: datetime) -> None:
    """Somebody asks for something with this file now: it is kept from now on."""
    tx.run(RENEW, sha256=digest, now=to_ms(now))


def forget_before(tx: Tx, before: datetime) -> None:
    """Drops files that no request was asked with since then."""
    tx.run(FORGET_OLD, before=to_ms(before))
