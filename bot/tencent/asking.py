"""Questions: what changes nothing may be asked again, as `bot.rules.retries` allows.

Both APIs ask through here. A question ends in an answer or in the TencentError branch of
`bot.errors`; sends and changes never come this way.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar, assert_never

from bot.errors import TencentBadAnswer, TencentError, TencentRefusal, TencentUnreachable
from bot.rules.codes import code_of
from bot.rules.retries import Exchange, judge_read
from bot.tencent.reading import Envelope, ShapeError, read_set
from bot.tencent.strict_json import JSONObject
from bot.tencent.wire import Refused, Unknown, UnknownReason, Unsent

T = TypeVar("T")
Posted: TypeAlias = Envelope | Refused | Unsent | Unknown
"""What one request came to."""

ENDS = {Envelope: "ok", Refused: "refused", Unsent: "unsent", Unknown: "unknown"}
"""How each is counted."""

OF_TROUBLE = "HTTP 5"
"""How `Unknown.detail` begins where the other side says that it is in trouble."""

MAX_PAGES = 100
"""An end to paging, should the other side never send a short page."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list in an answer: its name, how one element is read, how many fit a page."""

    name: str
    read: Callable[[JSONObject], T]
    page: int

    def of(self, envelope: Envelope) -> list[T]:
        """The elements in `envelope`. Raises TencentBadAnswer."""
        return understood(envelope, lambda found: read_set(found, self.name, self.read))


def understood(envelope: Envelope, read: Callable[[Envelope], T]) -> T:
    """`envelope` through `read`. Raises TencentBadAnswer where it has another shape."""
    try:
        return read(envelope)
    except ShapeError as error:
        raise TencentBadAnswer(f"unexpected {error}") from error


def read_what_can_be(envelope: Envelope, listing: Listing[T]) -> tuple[T, ...]:
    """The elements of a list that is handed out once, without those that cannot be read. Raises
    ShapeError where none of them can."""
    found: list[T] = []
    fault: ShapeError | None = None
    for item in read_set(envelope, listing.name, lambda item: item):
        try:
            found.append(listing.read(item))
        except ShapeError as error:
            fault = error
    if fault is not None and not found:
        raise fault
    return tuple(found)


async def ask(
    question: str,
    post: Callable[[], Awaitable[Posted]],
    pause: Callable[[float], Awaitable[None]],
) -> Envelope:
    """The answer to one question, posted afresh as often as the rule allows.

    `question` names it in the errors; `pause` waits the seconds between two tries. Raises
    TencentError.
    """
    tries = 0
    while True:
        tries += 1
        answer = await post()
        if isinstance(answer, Envelope):
            return answer
        wait_s = judge_failure(answer, tries)
        if wait_s is None:
            raise failure(question, answer)
        await pause(wait_s)


async def pages(
    question: str, listing: Listing[T], page_at: Callable[[int], Awaitable[Envelope]]
) -> tuple[T, ...]:
    """Page after page, by offset, until one is short. Raises TencentError."""
    found: list[T] = []
    for number in range(MAX_PAGES):
        batch = listing.of(await page_at(number * listing.page))
        found += batch
        if len(batch) < listing.page:
            return tuple(found)
    raise TencentBadAnswer(f"{question}: more than {MAX_PAGES} full pages")


def judge_failure(answer: Refused | Unsent | Unknown, tries: int) -> float | None:
    """Seconds until a question may be asked again after `answer`, or None."""
    match answer:
        case Refused():
            return judge_read(Exchange.REFUSED, timed_out=False, code=answer.code, tries=tries)
        case Unsent():
            return judge_read(Exchange.UNSENT, timed_out=False, tries=tries)
        case Unknown():
            return judge_read(Exchange.UNKNOWN, timed_out=is_silence(answer), tries=tries)
        case never:
            assert_never(never)


def is_silence(answer: Unknown) -> bool:
    """Whether nothing, rather than something wrong, came back."""
    return answer.reason in {UnknownReason.DEADLINE, UnknownReason.DISCONNECTED}


def failure(question: str, answer: Refused | Unsent | Unknown) -> TencentError:
    """The error that tells what a question ended in."""
    match answer:
        case Refused():
            permanent = code_of(answer.code).permanent
            return TencentRefusal(answer.code, answer.request_id, permanent=permanent)
        case Unknown() if not is_silence(answer):
            is_trouble = answer.detail.startswith(OF_TROUBLE)
            told = f"{question}: {answer.reason.value}, {answer.detail}"
            return TencentBadAnswer(told, is_trouble=is_trouble)
        case Unknown() | Unsent():
            return TencentUnreachable(f"{question}: {answer.reason.value}, {answer.detail}")
        case never:
            assert_never(never)
