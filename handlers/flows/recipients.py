"""The recipients of a send to many: from the rows of a list to held messages, chunk by chunk.

A chunk is read and sealed beside the writer (`Preparer`) and stored in one short transaction
(`store`), with how far it goes: a kill loses the chunk and nothing else, and stores no row twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any

from bot.rules import sending, templates
from bot.rules.numbers import Number, mask
from bot.rules.preflight import Preflight
from bot.rules.recipients import (
    BadRow,
    CheckFacts,
    CheckFault,
    FilledText,
    Layout,
    MessagePlan,
    Recipient,
    RowFault,
    RowReader,
    WholeFault,
    read_layout,
)
from bot.rules.sending import SendReason
from bot.settings import Settings
from handlers.flows import preflights
from storage import bad_rows, cards, checks, content, jobs, optouts, recipients, requests
from storage.checks import Progress
from storage.db import Tx
from storage.ids import RequestId
from storage.jobs import Job
from storage.recipients import HeldRow, Sealer, Stamp
from storage.vault import Vault

#: Rows of a list in one transaction. Others write in between: they wait for tens of milliseconds.
CHUNK_ROWS = 1_000
#: Between two tries to fetch a list, doubled each time, and how many there are.
RETRY_AFTER = timedelta(seconds=2)
TRIES = 8

#: (row in the file, its cells)
Rows = Iterator[tuple[int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Order:
    """A list to be read, with all that is needed to read it without the database."""

    job: Job
    plan: MessagePlan
    stamp: Stamp
    vault: Vault
    rows_max: int

    @property
    def source(self) -> Mapping[str, Any]:
        return self.job.source_file or {}


@dataclass(slots=True)
class Chunk:
    """Some rows of a list, read and sealed: those behind `after_row`, up to `last_row`. `texts`
    belong to `held` one by one."""

    after_row: int
    last_row: int
    held: list[HeldRow] = field(default_factory=list)
    texts: list[FilledText] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    rows_sha256: str = ""
    is_equal: bool = False


class ListRefused(Exception):  # noqa: N818 - a verdict on somebody's list, no fault of ours
    """Nothing of the list may be sent."""

    def __init__(self, fault: WholeFault) -> None:
        super().__init__(fault.reason.value)
        self.fault = fault


class NobodyWaits(Exception):  # noqa: N818 - nothing went wrong
    """The draft was withdrawn or has expired while its list was read."""


def find_due(tx: Tx, now: datetime) -> list[RequestId]:
    """Drafts whose recipients can be read now, oldest first."""
    return [
        request_id
        for request_id, facts in checks.find_unchecked(tx)
        if facts.retry_at is None or facts.retry_at <= now
    ]


def begin(
    tx: Tx, request_id: RequestId, settings: Settings, now: datetime
) -> Order | WholeFault | None:
    """What to read and how; None where nobody waits for it any more."""
    request, job = requests.get(tx, request_id), jobs.get(tx, request_id)
    if request is None or job is None or job.checked_at is not None:
        return None
    template, app = content.get_template(tx, job.template_id), settings.app(job.app)
    if template is None or app is None:
        return WholeFault(CheckFault.TEMPLATE_GONE, {"template": job.template_id})

    def place_fault(number: Number) -> SendReason | None:
        return sending.recipient_fault(number, template, may_go_abroad=app.international)

    source = job.source_file or {}
    plan = MessagePlan(
        content=str(request.payload.get("content") or template.content),
        class_=job.class_,
        signature=job.signature,
        place_fault=place_fault,
        common=_by_variable(source.get("values")),
        columns=_by_variable(source.get("columns")),
        longest=settings.content.longest_value or templates.DEFAULT_LONGEST,
    )
    give_up_at = now + timedelta(seconds=settings.sending.retry_unsent_for_s)
    stamp = Stamp(job, request.created_at, now, give_up_at)
    return Order(job, plan, stamp, tx.vault, settings.sending.rows_max)


class Preparer:
    """Reads one list from its beginning, chunk by chunk; of what is stored already it makes the
    hash anew, and sees whether the list is still the one it was.

    Belongs to one thread at a time; touches neither the database nor the loop.
    """

    def __init__(self, order: Order, rows: Rows) -> None:
        self._order, self._rows = order, rows
        self._sealer = Sealer(order.vault, order.stamp)
        self._hash = bytes.fromhex(order.vault.fingerprint("recipients"))
        self._read, self._stored_to = 0, order.job.checked_to
        self._reader: RowReader | None = None
        self._layout: Layout | None = None

    @property
    def facts(self) -> CheckFacts:
        """What the list was found to be."""
        layout = self._layout
        if layout is None or not layout.has_header:
            return CheckFacts()
        columns = {variable: layout.header[at][:40] for variable, at in layout.fed.items()}
        return CheckFacts(layout.header[layout.phone][:40], columns, layout.ignored)

    def next(self) -> Chunk | None:
        """The next rows that are not stored yet; None at the end. Raises ListRefused, and what the
        source of the rows raises."""
        reader, rows = self._opened()
        is_equal = self._layout is None or not self._layout.fed
        chunk = Chunk(self._stored_to, self._stored_to, is_equal=is_equal)
        for file_row, cells in rows:
            self._take(chunk, file_row, reader.read(file_row, cells))
            if len(chunk.held) + len(chunk.bad) >= CHUNK_ROWS:
                break
        if not chunk.held and not chunk.bad:
            if self._read == 0:
                raise ListRefused(WholeFault(CheckFault.NO_ROWS))
            return None
        if self._read > self._order.rows_max:
            limit = self._order.rows_max
            raise ListRefused(WholeFault(CheckFault.TOO_MANY_ROWS, {"limit": limit}))
        chunk.rows_sha256, self._stored_to = self._hash.hex(), chunk.last_row
        return chunk

    def _take(self, chunk: Chunk, file_row: int, found: Recipient | BadRow) -> None:
        self._read += 1
        chunk.last_row = file_row
        if isinstance(found, BadRow):
            chunk.bad.append(found)
            return
        e164, filled, country = found
        self._count_in(e164, filled)
        chunk.texts.append(filled)
        chunk.held.append(
            self._sealer.row(file_row, e164, filled.values, filled.text, country=country)
        )

    def _count_in(self, e164: str, filled: FilledText) -> None:
        self._hash = sha256(b"%b%b\x1f%b" % (self._hash, e164.encode(), filled.joined)).digest()

    def _opened(self) -> tuple[RowReader, Rows]:
        """At the first call: the header, and what is stored already."""
        if self._reader is None:
            self._layout = self._find_layout()
            self._reader = RowReader(self._layout, self._order.plan)
            self._pass_stored(self._reader)
        return self._reader, self._rows

    def _find_layout(self) -> Layout:
        if self._order.source.get("kind") == "pasted":
            return Layout(phone=0, width=1, has_header=False)
        file_row, first = next(self._rows, (0, ()))
        found = read_layout(first, self._order.plan)
        if isinstance(found, WholeFault):
            raise ListRefused(found)
        if not found.has_header:
            self._rows = _with_first((file_row, first), self._rows)
        return found

    def _pass_stored(self, reader: RowReader) -> None:
        job = self._order.job
        if job.checked_to == 0:
            return
        ahead: list[tuple[int, Sequence[str]]] = []
        for file_row, cells in self._rows:
            if file_row > job.checked_to:
                ahead.append((file_row, cells))
                break
            self._read += 1
            found = reader.read(file_row, cells)
            if isinstance(found, Recipient):
                self._count_in(found.e164, found.filled)
        if self._hash.hex() != job.rows_sha256:
            raise ListRefused(WholeFault(CheckFault.FILE_CHANGED))
        if ahead:
            self._rows = _with_first(ahead[0], self._rows)


def pasted_rows(text: str) -> Rows:
    """The rows of typed or pasted numbers, one a line."""
    lines = enumerate(text.split("\n"), 1)
    return ((row, [line]) for row, line in lines if line.strip())


def store(tx: Tx, order: Order, chunk: Chunk, facts: CheckFacts, now: datetime) -> None:
    """Stores a chunk and how far it goes.

    Raises NobodyWaits where the draft has ended meanwhile, or other rows than those before these
    are the last ones stored.
    """
    job = jobs.get(tx, order.job.request_id)
    if job is None or chunk.after_row != job.checked_to:
        raise NobodyWaits
    fresh = recipients.add_held(tx, chunk.held)
    optouts.recognise(tx, map(recipients.number_of, chunk.held))
    duplicates = () if fresh is None else _duplicates(tx, chunk, fresh)
    texts = chunk.texts
    if fresh is not None:
        pairs = zip(chunk.held, chunk.texts, strict=True)
        texts = [text for row, text in pairs if row[0] in fresh]
    if not checks.note_progress(tx, job, _progress(job, chunk, texts, len(duplicates))):
        raise NobodyWaits
    _note_bad(tx, job, [*chunk.bad, *duplicates])
    if job.checked_to == 0:
        checks.set_facts(tx, job.request_id, facts)
    cards.touch(tx, job.request_id, now)


def end(
    tx: Tx,
    request_id: RequestId,
    found: Preflight | None,
    settings: Settings,
    now: datetime,
) -> None:
    """All rows are stored: the draft can be shown and confirmed."""
    if checks.note_checked(tx, request_id, now):
        preflights.note_checked(tx, request_id, found, settings, now)
        cards.touch(tx, request_id, now)


def refuse(tx: Tx, request_id: RequestId, fault: WholeFault, now: datetime) -> None:
    """Nothing of the list is sent, whatever of it is stored."""
    if checks.note_checked(tx, request_id, now, fault.reason.value):
        known = checks.facts(tx, request_id)
        checks.set_facts(tx, request_id, replace(known, fault_values=fault.values))
        cards.touch(tx, request_id, now)


def put_off(tx: Tx, request_id: RequestId, fault: CheckFault, now: datetime) -> None:
    """A list could not be read this time; after some tries it is refused with `fault`."""
    facts = checks.facts(tx, request_id)
    failures = facts.failures + 1
    if failures >= TRIES:
        refuse(tx, request_id, WholeFault(fault), now)
        return
    retry_at = now + RETRY_AFTER * 2 ** (failures - 1)
    checks.set_facts(tx, request_id, replace(facts, failures=failures, retry_at=retry_at))


def _progress(job: Job, chunk: Chunk, texts: Sequence[FilledText], duplicates: int) -> Progress:
    spread = dict(job.spread)
    for text in texts:
        spread[text.segments] = spread.get(text.segments, 0) + 1
    abroad = [text for text in texts if not text.is_mainland]
    lengths = [text.characters for text in texts]
    known = [job.shortest, job.longest] if job.total else []
    return Progress(
        checked_to=chunk.last_row,
        total=job.total + len(texts),
        duplicates=job.duplicates + duplicates,
        bad_rows=job.bad_rows + len(chunk.bad),
        spread=spread,
        rows_sha256=chunk.rows_sha256,
        abroad=job.abroad + len(abroad),
        abroad_segments=job.abroad_segments + sum(text.segments for text in abroad),
        shortest=min([*known, *lengths], default=0),
        longest=max([*known, *lengths], default=0),
        is_equal=chunk.is_equal,
    )


def _duplicates(tx: Tx, chunk: Chunk, fresh: set[Any]) -> list[BadRow]:
    """The rows whose number is in the job already."""
    return [
        BadRow(_file_row(row), f"row.{RowFault.DUPLICATE.value}", "", _number(tx, row))
        for row in chunk.held
        if row[0] not in fresh
    ]


def _file_row(row: HeldRow) -> int:
    file_row = row[-1]
    assert isinstance(file_row, int)
    return file_row


def _number(tx: Tx, row: HeldRow) -> str:
    return mask(tx.vault.open_number(recipients.number_of(row)))


def _note_bad(tx: Tx, job: Job, found: Sequence[BadRow]) -> None:
    """Keeps the first ones; the others are counted only."""
    left = max(0, bad_rows.KEPT - job.bad_rows - job.duplicates)
    kept = islice(sorted(found, key=lambda row: row.file_row), left)
    bad_rows.add(tx, job.request_id, kept)


def _by_variable(given: Any) -> dict[int, str]:
    return {int(variable): str(value) for variable, value in (given or {}).items()}


def _with_first(first: tuple[int, Sequence[str]], rows: Rows) -> Rows:
    yield first
    yield from rows
