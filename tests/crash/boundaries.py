"""The numbered boundaries of a send: between any two of them the program may die."""

from dataclasses import dataclass
from enum import StrEnum


class Edge(StrEnum):
    """Where, around one step."""

    #: A write is asked for; nothing of it is in the file.
    ASKED = "asked"
    #: Written, and not committed.
    WRITTEN = "written"
    #: On disk, and nobody was told.
    COMMITTED = "committed"
    #: Whoever asked goes on.
    TOLD = "told"
    #: A call is made; not one byte has left.
    BEFORE = "before"
    #: The answer is read, and nothing was done about it.
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Boundary:
    """One of them; `step` is a storing function, a call over the wire, or a part of the start."""

    number: int
    step: str
    edge: Edge

    @property
    def words(self) -> str:
        return f"{self.step}: {self.edge.value}"


#: Every transaction a message goes through, by the function that runs in it.
WRITES = (
    "delivery.recover",
    "claims.claim",
    "delivery.settle",
    "status.store",
    "doubts.gather",
    "doubts.note_look",
    "doubts.settle_by_rule",
    "recipients.store",
    "recipients.end",
    "jobs.start_due",
    "jobs.follow",
    "cards.note_try",
    "cards.note_posted",
)
#: The same, where a person's click is what starts it.
CLICKS = ("drafts.confirm", "job_drafts.confirm_job", "doubts.decide")
#: Where somebody on call is called instead.
OF_VOICE = ("escalate._step", "escalate._settle")
CALLS = ("SendSms", "DescribeSendRecordList", "chat.postMessage", "chat.update")
CALL = "SendTtsVoice"
STARTING = ("open the file", "listen", "tick")
AROUND_WRITE = (Edge.ASKED, Edge.WRITTEN, Edge.COMMITTED, Edge.TOLD)
AROUND_CALL = (Edge.BEFORE, Edge.AFTER)

_ALL = (
    *((step, edge) for step in (*WRITES, *CLICKS, *OF_VOICE) for edge in AROUND_WRITE),
    *((step, edge) for step in (*CALLS, CALL) for edge in AROUND_CALL),
    *((step, Edge.AFTER) for step in STARTING),
)
BOUNDARIES = tuple(Boundary(number, *each) for number, each in enumerate(_ALL, start=1))
BY_NAME = {(each.step, each.edge): each for each in BOUNDARIES}


def boundary(step: str, edge: Edge) -> Boundary:
    return BY_NAME[step, edge]
