from hashlib import sha256

from storage import attachments
from storage.attachments import Attachment
from storage.db import Tx
from tests.storage.rows import NOW, later

BODY = b"\x89PNG\r\n\x1a\n\x00\xff" * 99
DIGEST = sha256(BODY).hexdigest()


def test_a_file_is_kept_by_its_hash_and_comes_back_byte_by_byte(tx: Tx) -> None:
    kept = attachments.put(tx, "licence.png", BODY, NOW)
    assert kept == Attachment(DIGEST, "licence.png", len(BODY))
    assert attachments.get(tx, DIGEST) == BODY
    assert attachments.is_kept(tx, DIGEST)
    assert attachments.get(tx, "0" * 64) is None
    assert not attachments.is_kept(tx, "0" * 64)


def test_what_it_holds_does_not_lie_open_in_the_file(tx: Tx) -> None:
    attachments.put(tx, "a.png", b"confidential" * 9, NOW)
    row = tx.one("SELECT body FROM attachments")
    assert row is not None
    assert "Y29uZmlkZW50aWFs" not in row["body"]


def test_a_file_asked_with_again_outlives_one_that_was_not(tx: Tx) -> None:
    old = attachments.put(tx, "old.png", b"old", NOW)
    again = attachments.put(tx, "again.png", b"again", NOW)
    renewed = attachments.put(tx, "renewed.png", b"renewed", NOW)
    attachments.put(tx, "again.png", b"again", later(s=9))
    attachments.renew(tx, renewed.sha256, later(s=9))
    attachments.forget_before(tx, later(s=9))
    assert not attachments.is_kept(tx, old.sha256)
    assert attachments.is_kept(tx, again.sha256)
    assert attachments.is_kept(tx, renewed.sha256)
