"""The bot's own figures as Prometheus reads them: names, meanings and labels, in one place.

Built anew for whoever asks, from what was counted meanwhile and what the database says; nothing is
kept for it. Names and units follow prometheus.io/docs/practices/naming (2026-08).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from bot.meters import Counts, Labels, Meters, Times, TimesBy, Wire
from bot.rules.alert_life import GroupState
from bot.rules.alerts import Severity
from bot.rules.vitals import Ailment, Vitals, age_s
from handlers.vitals import Queues

PREFIX = "smsops_"


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that is told, as of one moment."""

    vitals: Vitals
    ailments: tuple[Ailment, ...]
    queues: Queues
    meters: Meters
    wires: Mapping[str, Wire]
    commits: Times
    writes: int


def families(measured: Measured) -> Iterator[Metric]:
    """Every figure there is."""
    yield from _of_people(measured)
    yield from _of_messages(measured)
    yield from _of_wires(measured.wires)
    yield from _of_jobs(measured)
    yield from _of_itself(measured)


def _of_people(measured: Measured) -> Iterator[Metric]:
    meters, vitals, queues = measured.meters, measured.vitals, measured.queues
    yield _histogram(
        "ack_seconds",
        "From the arrival of what Slack sent to its acknowledgement.",
        ("kind",),
        meters.acknowledged,
    )
    yield _gauge(
        "envelope_oldest_seconds",
        "How long the oldest of what Slack sent is not done with.",
        {(): age_s(vitals.oldest_envelope_at, vitals.at)},
    )
    yield _gauge(
        "outbox_oldest_seconds",
        "How long the post that waits longest has waited for its turn in Slack.",
        {(): age_s(vitals.oldest_post_at, vitals.at)},
    )
    yield _gauge("outbox_waiting", "Posts Slack does not have yet.", {(): vitals.posts_waiting})
    yield _gauge(
        "card_wait_seconds",
        "By how much the card that waits longest is not what it should be.",
        {(): age_s(queues.next_card_at, vitals.at)},
    )
    yield _gauge(
        "alerts",
        "Groups of alerts that are open.",
        {
            (state.name.lower(), severity.word): queues.alerts.get((state, severity), 0)
            for state in GroupState
            if state is not GroupState.RESOLVED
            for severity in Severity
        },
        ("state", "severity"),
    )


def _of_messages(measured: Measured) -> Iterator[Metric]:
    meters, vitals, queues = measured.meters, measured.vitals, measured.queues
    yield _counter(
        "sends", "Messages by what their call to Tencent came to.", ("app", "outcome"), meters.sends
    )
    yield _gauge(
        "messages_waiting",
        "Messages not settled yet: queued by themselves, in flight, in doubt.",
        {(state.name.lower(),): many for state, many in queues.messages.items()},
        ("state",),
    )
    yield _gauge(
        "message_wait_seconds",
        "How long the single message that waits longest has been due.",
        {(): age_s(queues.next_message_at, vitals.at)},
    )
    yield _gauge(
        "call_oldest_seconds",
        "How long the send that is under way longest has been.",
        {(): age_s(vitals.oldest_call_at, vitals.at)},
    )
    yield _counter(
        "callback_posts",
        "POSTs to the callback addresses, by what became of them.",
        ("result",),
        meters.callbacks,
    )
    yield _counter(
        "callback_events",
        "Reports, replies and what was told of calls, by whose address they came to.",
        ("app",),
        meters.reports,
    )


def _of_wires(wires: Mapping[str, Wire]) -> Iterator[Metric]:
    for who, wire in wires.items():
        yield _counter(
            f"{who}_calls",
            "Calls of its API, by how each ended.",
            ("method", "end"),
            wire.calls.ends,
        )
        yield _histogram(
            f"{who}_call_seconds", "What such a call took.", ("method",), wire.calls.times
        )
    yield _gauge(
        "clock_off_seconds",
        "How far ahead of this machine's clock the other's is.",
        {(who,): wire.dates.off_s for who, wire in wires.items() if wire.dates.off_s is not None},
        ("whose",),
    )


def _of_jobs(measured: Measured) -> Iterator[Metric]:
    meters, vitals = measured.meters, measured.vitals
    yield _histogram("job_seconds", "Runs of jobs, by their end.", ("job", "end"), meters.jobs)
    yield _counter(
        "worker_runs",
        "Runs of those that wait for a bell, and how they ended.",
        ("worker", "end"),
        meters.workers,
    )
    yield _gauge(
        "job_late_seconds",
        "How long a job has been due.",
        {(slot.job,): age_s(slot.due_at, vitals.at) for slot in vitals.slots},
        ("job",),
    )
    yield _gauge(
        "job_failures",
        "How often in a row a job broke; one that runs is not there.",
        {(each.job,): each.failures for each in vitals.broken_jobs},
        ("job",),
    )


def _of_itself(measured: Measured) -> Iterator[Metric]:
    vitals, space = measured.vitals, measured.vitals.space
    commits = HistogramMetricFamily(
        PREFIX + "commit_seconds", "Groups of writes, from their beginning until they were durable."
    )
    commits.add_metric((), _buckets(measured.commits), measured.commits.total_s)
    yield commits
    writes = Counts()
    writes.add(n=measured.writes)
    yield _counter("writes", "Writes in these groups.", (), writes)
    yield _gauge("tick_age_seconds", "Since the clock ticked last.", {(): vitals.tick_age_s or 0.0})
    yield _gauge("disk_free_bytes", "Free on the disk of data_dir.", {(): space.free_bytes})
    yield _gauge("database_bytes", "What the database takes.", {(): space.file_bytes})
    yield _gauge("wal_bytes", "What its write-ahead log takes.", {(): space.wal_bytes})
    yield _gauge(
        "ailment",
        "1 where this is not as it should be.",
        {(each.value,): int(each in measured.ailments) for each in Ailment},
        ("ailment",),
    )


def _counter(name: str, meaning: str, labels: Labels, counts: Counts) -> Metric:
    family = CounterMetricFamily(PREFIX + name, meaning, labels=labels)
    for values, many in list(counts.by.items()):
        family.add_metric(values, many)
    return family


def _gauge(name: str, meaning: str, values: Mapping[Labels, float], labels: Labels = ()) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, meaning, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def _histogram(name: str, meaning: str, labels: Labels, times: TimesBy) -> Metric:
    family = HistogramMetricFamily(PREFIX + name, meaning, labels=labels)
    for values, each in list(times.by.items()):
        family.add_metric(values, _buckets(each), each.total_s)
    return family


def _buckets(times: Times) -> list[tuple[str, float]]:
    """Each with all the smaller ones, as Prometheus has them."""
    return list(zip(_bounds(times), _running(times.within), strict=True))


def _bounds(times: Times) -> Iterator[str]:
    yield from (str(bound) for bound in times.bounds)
    yield "+Inf"


def _running(within: Iterable[int]) -> Iterator[float]:
    many = 0
    for each in within:
        many += each
        yield many
