"""What only one may do at a time, whichever process it is in: a row says who, and until when."""

from datetime import datetime, timedelta

from storage.db import Tx
from storage.ids import to_ms

# A lease that ends further away than any lasts was taken before the clock was put back.
TAKE = """
INSERT INTO leases (name, holder, until_ms) VALUES (:name, :holder, :until)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
WHERE leases.holder = excluded.holder OR leases.until_ms <= :now
  OR leases.until_ms > excluded.until_ms
RETURNING name
"""
RELEASE = "DELETE FROM leases WHERE name = :name AND holder = :holder"


def take(tx: Tx, name: str, holder: str, lasts: timedelta, now: datetime) -> bool:
    """Takes the lease, or takes it anew; False while somebody else holds it.

    Every `name` always lasts as long: who holds it past that may find that another has it.
    """
    until = to_ms(now + lasts)
    return tx.one(TAKE, name=name, holder=holder, until=until, now=to_ms(now)) is not None


def release(tx: Tx, name: str, holder: str) -> None:
    """Gives it up, where it is the holder's."""
    tx.run(RELEASE, name=name, holder=holder)
