"""The messages of a send to many as they come out of its list: sealed beforehand, stored many at a
time, held until their job lets them go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring_ascii

from bot.rules.delivery import MessageState
from bot.rules.limits import MAINLAND_COUNTRY
from storage.db import Tx
from storage.ids import MessageId, RequestId, to_ms
from storage.jobs import Job
from storage.messages import PURPOSE
from storage.vault import SealedNumber, Vault

HELD = MessageState.HELD.value
#: Values and texts that repeat are sealed once; so many are remembered.
REMEMBERED = 10_000
#: Time, job, row: in this many hexadecimal digits.
TIME_DIGITS, JOB_DIGITS, ROW_DIGITS = 12, 5, 7

# By place, not by name: a million rows show the difference.
ADD_HELD = f"""
INSERT INTO messages (id, request_id, app, number, class, template_id, signature,
  template_values, content, state, due_at_ms, give_up_at_ms, attempts, code, detail,
  tencent_request_id, carrier_code, hint, settled_by, created_at_ms, changed_at_ms, country,
  file_row)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {HELD}, ?, ?, 0, '', '', '', '', '', '', ?, ?, ?, ?)
ON CONFLICT (number, request_id) DO NOTHING
"""
STORED = "SELECT id FROM messages WHERE id >= :first AND id <= :last"

#: A row of `ADD_HELD`.
HeldRow = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the rows of one job are made with; `now` is when, `give_up_at` until when."""

    job: Job
    created_at: datetime
    now: datetime
    give_up_at: datetime


class Sealer:
    """Makes the rows of one job. It needs no transaction, so it works beside the writer."""

    def __init__(self, vault: Vault, stamp: Stamp) -> None:
        job, self._vault = stamp.job, vault
        self._id = f"{id_prefix(vault, job.request_id, stamp.created_at)}%0{ROW_DIGITS}x"
        self._before = (job.request_id, job.app)
        self._middle = (job.class_.value, job.template_id)
        self._signatures = {True: job.signature, False: ""}
        now = to_ms(stamp.now)
        self._behind = (now, to_ms(stamp.give_up_at), now, now)
        self._values: dict[tuple[str, ...], str] = {}
        self._texts: dict[str, str] = {}

    def row(
        self, file_row: int, e164: str, values: tuple[str, ...], text: str, *, country: str
    ) -> HeldRow:
        """The sealed row of one recipient; `text` is the whole of it, signature included, `country`
        the ISO code of the number."""
        return (
            self._id % file_row,
            *self._before,
            self._vault.seal_number(e164),
            *self._middle,
            self._signatures[country == MAINLAND_COUNTRY],
            self._values.get(values) or self._seal_values(values),
            self._texts.get(text) or self._hash_text(text),
            *self._behind,
            country,
            file_row,
        )

    def _seal_values(self, values: tuple[str, ...]) -> str:
        if len(self._values) >= REMEMBERED:
            self._values.clear()
        # As json.dumps writes a list of texts, at a fifth of its cost.
        written = f"[{', '.join([encode_basestring_ascii(value) for value in values])}]"
        sealed = self._values[values] = self._vault.seal(written, purpose=PURPOSE)
        return sealed

    def _hash_text(self, text: str) -> str:
        if len(self._texts) >= REMEMBERED:
            self._texts.clear()
        hashed = self._texts[text] = self._vault.fingerprint("content", text)
        return hashed


def number_of(row: HeldRow) -> SealedNumber:
    """The number in a row of `ADD_HELD`."""
    return SealedNumber(str(row[3]))


def id_prefix(vault: Vault, request_id: RequestId, created_at: datetime) -> str:
    """What the ids of a job's messages begin with. The row of the file comes behind it: ids ascend
    with it, and a row that is stored again has the id it had."""
    own = vault.fingerprint("message ids", request_id)[:JOB_DIGITS]
    return f"{to_ms(created_at):0{TIME_DIGITS}x}{own}"


def add_held(tx: Tx, rows: Sequence[HeldRow]) -> set[MessageId] | None:
    """Stores rows in the order of the file; None where all were new, else the ids of those that
    were: the number of every other one is in the job already."""
    if not rows or tx.run_many(ADD_HELD, rows) == len(rows):
        return None
    found = tx.all(STORED, first=rows[0][0], last=rows[-1][0])
    return {row["id"] for row in found}
