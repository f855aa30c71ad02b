"""How far a send to many has got, in text: bar, percent, rate, time left, counts by outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.locales import Locale, find, text
from bot.rules.codes import code_of
from bot.rules.delivery import MessageState
from bot.slack import blocks
from bot.slack.blocks import Block

#: Nothing of these has left yet.
WAITING = (MessageState.HELD, MessageState.QUEUED, MessageState.CLAIMED)
#: Tencent took these, whatever came of them.
TAKEN = (
    MessageState.ACCEPTED,
    MessageState.DELIVERED,
    MessageState.UNDELIVERED,
    MessageState.UNREPORTED,
)
#: The order in which a person reads them.
OUTCOMES = (
    MessageState.IN_FLIGHT,
    MessageState.ACCEPTED,
    MessageState.DELIVERED,
    MessageState.UNDELIVERED,
    MessageState.REFUSED,
    MessageState.SKIPPED,
    MessageState.IN_DOUBT,
    MessageState.DROPPED,
    MessageState.UNREPORTED,
    MessageState.CANCELLED,
)
#: Told even where there are none: as long as it goes on, and when it is over.
ALWAYS = (MessageState.ACCEPTED, MessageState.DELIVERED)
ALWAYS_AT_LAST = (MessageState.DELIVERED,)
BAR_CELLS, SHORT_BAR_CELLS = 20, 8
FULL, EMPTY = "█", "░"
REASONS_MAX = 3
#: What is slower is no pace to reckon with.
SLOWEST_PER_S = 0.01
Counts = Mapping[MessageState, int]


@dataclass(frozen=True, slots=True)
class Tally:
    """Why so many messages were refused or left out: a code of Tencent's, or a word of ours.

    `count` is None where there are too many to be counted each time.
    """

    reason: str
    count: int | None


def total(counts: Counts) -> int:
    """All messages of the job."""
    return sum(counts.values())


def waiting(counts: Counts) -> int:
    """How many messages of the job have not left yet."""
    return sum(counts.get(state, 0) for state in WAITING)


def handled(counts: Counts) -> int:
    """How many are over as far as our sending goes: answered, left out, cancelled, in doubt."""
    return total(counts) - waiting(counts) - counts.get(MessageState.IN_FLIGHT, 0)


def taken(counts: Counts) -> int:
    """How many messages Tencent took."""
    return sum(counts.get(state, 0) for state in TAKEN)


def percent(counts: Counts, *, is_over: bool = False) -> int:
    """Whole percents, rounded down: of what is handled, or when it is over of what was taken."""
    whole = total(counts)
    return 100 * _done(counts, is_over=is_over) // whole if whole else 0


def bar(counts: Counts, cells: int = BAR_CELLS, *, is_over: bool = False) -> str:
    """A progress bar of text blocks: full only where all of them are handled, or were taken."""
    full = cells * percent(counts, is_over=is_over) // 100
    return FULL * full + EMPTY * (cells - full)


def progress_line(counts: Counts, locale: Locale, *, is_over: bool = False) -> str:
    """Bar, percent, n of m; empty where it is over and Tencent took nothing."""
    done = _done(counts, is_over=is_over)
    if is_over and not done:
        return ""
    return text(
        locale,
        "job.progress_taken" if is_over else "job.progress",
        bar=bar(counts, is_over=is_over),
        percent=percent(counts, is_over=is_over),
        handled=f"{done:,}",
        total=f"{total(counts):,}",
    )


def _done(counts: Counts, *, is_over: bool) -> int:
    return taken(counts) if is_over else handled(counts)


def pace_line(counts: Counts, rate_per_s: float, locale: Locale) -> str:
    """How fast, and how long it will take at that pace; empty where nothing goes out."""
    if rate_per_s < SLOWEST_PER_S:
        return ""
    rate = text(locale, "job.rate", rate=f"{rate_per_s:,.1f}")
    left = waiting(counts)
    if not left:
        return rate
    eta = duration(left / rate_per_s, locale)
    return f"{rate} · {text(locale, 'job.eta', duration=eta)}"


def duration(seconds: float, locale: Locale) -> str:
    """About how long, in one or two units."""
    whole = max(1, round(seconds))
    if whole < 90:
        return text(locale, "job.duration.seconds", count=whole)
    minutes = round(seconds / 60)
    if minutes < 90:
        return text(locale, "job.duration.minutes", count=minutes)
    return text(locale, "job.duration.hours", hours=minutes // 60, minutes=minutes % 60)


def outcome_fields(counts: Counts, locale: Locale, *, is_over: bool = False) -> Block:
    """How many came to what; accepted is not delivered."""
    always = ALWAYS_AT_LAST if is_over else ALWAYS
    shown = [state for state in OUTCOMES if counts.get(state) or state in always]
    return blocks.fields(
        (text(locale, f"job.outcome.{state.name.lower()}"), f"{counts.get(state, 0):,}")
        for state in shown
    )


def tally_lines(key: str, tallies: Sequence[Tally], locale: Locale) -> str:
    """The reasons under the title at `key`, the most frequent first."""
    lines = [f"•  {_tally(key, tally, locale)}" for tally in tallies[:REASONS_MAX]]
    return "\n".join((f"*{text(locale, f'{key}.title')}*", *lines))


def _tally(key: str, tally: Tally, locale: Locale) -> str:
    said = reason_of(key, tally.reason, locale)
    if tally.count is None:
        return said
    return text(locale, "job.times", count=f"{tally.count:,}", reason=said)


def reason_of(key: str, reason: str, locale: Locale) -> str:
    """A reason in a sentence, as mrkdwn: a word of ours under `key`, else a code of Tencent's."""
    for area in (key, "card.detail"):
        if find(locale, f"{area}.{reason}"):
            return text(locale, f"{area}.{reason}")
    if not reason:
        return text(locale, "card.detail.unknown")
    cause = text(locale, code_of(reason).cause_key)
    return text(locale, "card.with_code", sentence=cause, code=blocks.code(reason))
