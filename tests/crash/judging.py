"""The judgement: what the phones have, against what was confirmed and what the program says."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.rules.delivery import FINAL, MessageState
from bot.sandbox.tencent.phones import Phones, Sms
from bot.sandbox.tencent.voice_calls import Call
from storage import messages, voice_calls
from storage.db import Tx
from storage.messages import Message
from tests.crash.traffic import Intent

#: It says that Tencent took it: the phone has it, or the program claims what it cannot know.
TAKEN = frozenset(
    {
        MessageState.ACCEPTED,
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
        MessageState.UNREPORTED,
    }
)
#: It says that nothing was sent.
NOT_SENT = frozenset({MessageState.REFUSED, MessageState.CANCELLED, MessageState.SKIPPED})
CALLS_TO = "SELECT fate, call_id FROM voice_calls WHERE number = :number"
#: Where a message may be when all is over.
SETTLED = FINAL | {MessageState.IN_DOUBT}


@dataclass
class Verdict:
    """The counts, and what was found, in words."""

    sends: int = 0
    duplicates: int = 0
    lost: int = 0
    wrong: int = 0
    in_doubt: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.duplicates or self.lost or self.wrong)

    def add(self, other: "Verdict") -> None:
        for name in ("sends", "duplicates", "lost", "wrong", "in_doubt"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.findings += other.findings


def judge(tx: Tx, phones: Phones, intents: Iterable[Intent]) -> dict[str, Verdict]:
    """By trial. Reads the phones' own books and the rows, and nothing else."""
    rows: defaultdict[str, dict[str, Message]] = defaultdict(dict)
    verdicts: defaultdict[str, Verdict] = defaultdict(Verdict)
    for intent in intents:
        if intent.request_id not in rows:
            found = messages.of_request(tx, intent.request_id)
            rows[intent.request_id] = {each.number: each for each in found}
        received = [sms for sms in phones.messages(intent.number) if intent.words in sms.text]
        row = rows[intent.request_id].get(intent.number)
        verdicts[intent.trial].add(_judge_one(intent, row, received))
    return dict(verdicts)


def _judge_one(intent: Intent, row: Message | None, received: Sequence[Sms]) -> Verdict:
    verdict = Verdict(sends=len(received), duplicates=max(0, len(received) - 1))
    if row is None:
        verdict.lost = 1
        verdict.findings.append(f"no row: {intent}")
        return verdict
    verdict.in_doubt = int(row.state is MessageState.IN_DOUBT)
    verdict.lost = int(row.state not in SETTLED)
    verdict.wrong = int(not _is_true(row, received))
    if not verdict.is_clean:
        verdict.findings.append(f"{intent} has {len(received)} SMS; {_words(row, received)}")
    return verdict


def _is_true(row: Message, received: Sequence[Sms]) -> bool:
    """Whether what the row says is the case; a doubt and a drop say nothing of either."""
    if row.state in TAKEN:
        return row.serial in {sms.serial for sms in received}
    return not (row.state in NOT_SENT and received)


def judge_call(tx: Tx, number: str, rang: Sequence[Call]) -> Verdict:
    """Of somebody who was to be called once: by the switchboard's book, and by the rows."""
    rows = tx.all(CALLS_TO, number=tx.vault.seal_number(number))
    fates = [row["fate"] for row in rows]
    taken = {row["call_id"] for row in rows if row["fate"] == voice_calls.TAKEN}
    verdict = Verdict(sends=len(rang), duplicates=max(0, len(rang) - 1))
    # It was committed, and what came of it is known, or known not to be.
    verdict.lost = int(not fates or voice_calls.FLYING in fates)
    is_told = not rang or bool(taken) or voice_calls.UNKNOWN in fates
    verdict.wrong = int(not is_told or not taken <= {each.callid for each in rang})
    if not verdict.is_clean:
        verdict.findings.append(f"{len(rang)} calls; {fates}")
    return verdict


def _words(row: Message, received: Sequence[Sms]) -> str:
    serials = [sms.serial for sms in received]
    return (
        f"{row.state.name} {row.serial} by {row.settled_by!r} {row.code} {row.detail}, "
        f"{row.attempts} attempts, signed {row.signed_at}; on the phone {serials}"
    )


def strays(phones: Phones, intents: Iterable[Intent], numbers: Iterable[str]) -> list[Sms]:
    """SMS that nobody asked for: none of the intents has their words."""
    wanted = Counter(intent.number for intent in intents)
    words: defaultdict[str, list[str]] = defaultdict(list)
    for intent in intents:
        words[intent.number].append(intent.words)
    return [
        sms
        for number in {*wanted, *numbers}
        for sms in phones.messages(number)
        if not any(each in sms.text for each in words[number])
    ]
