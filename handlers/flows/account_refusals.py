"""What Tencent refuses for the account's money's sake: no package is left, or the account owes."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.rules.codes import code_of
from bot.rules.packages import IN_ARREARS, NO_PACKAGE
from storage import account_refusals, content
from storage.account_refusals import AccountRefusal
from storage.db import Tx
from storage.message_attempts import Attempt

#: Nobody has tried for so long: what was refused says nothing of today.
FORGOTTEN = timedelta(days=30)


def note(tx: Tx, refused: Sequence[tuple[Attempt, str]], now: datetime) -> None:
    """Notes, of messages refused with a code each, those that money is the reason for."""
    named = [(attempt, code_of(code).name) for attempt, code in refused]
    counted = Counter(code for _, code in named if code in {NO_PACKAGE, IN_ARREARS})
    for code, many in counted.items():
        attempt = next(attempt for attempt, each in reversed(named) if each == code)
        balance = content.get_balance(tx, now)
        account_refusals.note(
            tx,
            code,
            many,
            app=attempt.app,
            request_id=attempt.request_id,
            left_segments=balance.left_segments if balance else None,
            now=now,
        )


def list_open(tx: Tx, now: datetime) -> dict[str, AccountRefusal]:
    """What is refused still, as far as anybody has tried: by code."""
    found = account_refusals.list_all(tx)
    return {code: each for code, each in found.items() if not _is_over(tx, each, now)}


def find_over(tx: Tx, now: datetime) -> list[str]:
    """The codes of what is refused no more, and is noted still."""
    return sorted(account_refusals.list_all(tx).keys() - list_open(tx, now).keys())


def _is_over(tx: Tx, refusal: AccountRefusal, now: datetime) -> bool:
    """A message was accepted since, somebody bought a package, or nobody tries any more."""
    if now - refusal.last_at > FORGOTTEN:
        return True
    is_package = refusal.code == NO_PACKAGE
    if account_refusals.accepted_since(tx, refusal.last_at, to_mainland=is_package):
        return True
    seen_at = content.packages_seen_at(tx)
    if not is_package or seen_at is None or seen_at <= refusal.last_at:
        return False
    left = sum(each.left_segments(seen_at) for each in content.list_packages(tx))
    return left > (refusal.left_segments or 0)
