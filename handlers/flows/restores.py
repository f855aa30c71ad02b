"""What is ended before a restored file is used: everything that was open when it was copied.

What was done since the copy, nobody here knows: a message that waits in the file may have gone, a
request may have been decided on and carried out, a click may have been handled. None of it goes on
by itself; a person who still wants it asks for it anew. What was in flight is not touched: a start
puts it in doubt, and Tencent's books settle it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.rules.delivery import FENCED
from bot.rules.requests import RequestEvent, RequestState
from handlers.flows import changes as content_changes
from handlers.flows import jobs as job_flow
from handlers.flows import singles
from handlers.flows.changes import Failure
from handlers.flows.jobs import LEFT
from handlers.flows.threads import end
from storage import cards, changes, envelopes, jobs, message_queue, messages, posts, requests
from storage.db import Tx
from storage.requests import Request

#: Later than any message waits.
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
AT_ONCE = 1_000
#: More than can be under way at once.
MOST = 1_000_000
#: A send to many in one of these goes on by itself, or by one click.
OF_JOBS = frozenset({RequestState.APPROVED, RequestState.EXECUTING, RequestState.PAUSED})


@dataclass(frozen=True, slots=True)
class Ended:
    """How much of what was open in the copy is ended, or left to Tencent's books."""

    waiting: int
    requests: int
    in_flight: int
    unread: int


def end_all(tx: Tx, now: datetime) -> Ended:
    """Ends what must not go on, and has what may be in Slack looked for before it is said again.
    The same once more ends nothing."""
    waiting, ended = _end_singles(tx, now), 0
    for request in requests.find_unended(tx):
        left = _left_of(tx, request)
        if _end(tx, request, now):
            waiting += left
            ended += 1
    unread = envelopes.drop_unfinished(tx, now)
    posts.suspect_all(tx)
    cards.suspect_all(tx)
    unresolved = messages.count_open(tx, MOST)
    return Ended(waiting, ended, sum(unresolved.get(state, 0) for state in FENCED), unread)


def _end_singles(tx: Tx, now: datetime) -> int:
    count = 0
    while found := message_queue.stale_singles(tx, FOREVER, AT_ONCE):
        singles.leave_out(tx, found, singles.RESTORED, now)
        count += len(found)
    return count


def _left_of(tx: Tx, request: Request) -> int:
    """The messages of a job that have not gone."""
    counts = jobs.counts(tx, request.id) if request.state in OF_JOBS else {}
    return sum(counts.get(state, 0) for state in LEFT)


def _end(tx: Tx, request: Request, now: datetime) -> bool:
    """Whether it was ended: what is on its way to Tencent comes to its own end."""
    if request.state in OF_JOBS and jobs.get(tx, request.id) is not None:
        return job_flow.end_restored(tx, request, now)
    match request.state:
        case RequestState.DRAFT:
            moved = requests.advance(tx, request, RequestEvent.EXPIRE, now, singles.RESTORED)
            cards.touch(tx, request.id, now)
            return moved is not None
        case RequestState.AWAITING_APPROVAL:
            moved = requests.advance(tx, request, RequestEvent.EXPIRE, now, singles.RESTORED)
            end(tx, request, "restored", {}, now)
            return moved is not None
        case RequestState.APPROVED:
            change = changes.get(tx, request.id)
            if change is None:
                return False
            content_changes.fail_unstarted(tx, change, Failure.RESTORED, now)
            return True
    return False
