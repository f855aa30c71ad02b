"""Whether somebody else's API answers: what came to nothing since its last answer. No I/O.

Every exchange counts, a question as well as a send: who sends nothing at night finds it out by what
the clock asks. After a start nothing is known until the first exchange ends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: So many exchanges in a row without an answer, for so long; a single one that is lost is no news.
IN_A_ROW, FOR = 3, timedelta(seconds=15)
#: How an exchange ends that brought no answer: Tencent's (`bot.tencent.asking.ENDS`), and Slack's.
SILENT = frozenset(
    {
        "unsent",
        "unknown",
        "unreachable",
        "no_answer",
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
    }
)
#: Slack answers, and takes nothing from this token (docs.slack.dev, common errors, 2026-08).
SHUT_OUT = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
)
#: It ended by us, and says nothing about the other end.
BROKE = "broke"


@dataclass(frozen=True, slots=True)
class Outage:
    """Nothing came back `in_a_row` times; `since` is the first look that found any of them."""

    in_a_row: int
    since: datetime
    fault: str
    """How the last one ended; of whoever is shut out, why."""

    def is_lasting(self, now: datetime) -> bool:
        """Whether people are to hear of it."""
        return self.in_a_row >= IN_A_ROW and now - self.since >= FOR


class Reach:
    """What is known of one other end."""

    __slots__ = ("_fault", "_in_a_row", "_is_out", "_since", "back_at", "is_known")

    def __init__(self) -> None:
        self._in_a_row = 0
        self._fault = ""
        self._since: datetime | None = None
        self._is_out = False
        self.is_known = False
        """False before the first exchange has ended."""
        self.back_at: datetime | None = None
        """The first look after the last outage that lasted; None where there was none."""

    def note(self, end: str) -> None:
        """How an exchange ended."""
        if end == BROKE:
            return
        self.is_known = True
        if end in SILENT or end in SHUT_OUT or end.startswith("http_5"):
            self._in_a_row += 1
            self._fault = end
        else:
            self._in_a_row, self._since = 0, None

    def look(self, now: datetime) -> Outage | None:
        """What a look at `now` finds; None where the last exchange brought an answer."""
        if not self._in_a_row:
            if self._is_out:
                self._is_out, self.back_at = False, now
            return None
        if self._since is None or self._since > now:
            self._since = now
        outage = Outage(self._in_a_row, self._since, self._fault)
        self._is_out = self._is_out or outage.is_lasting(now)
        return outage
