"""What a send to many would be, before anything is sent: who gets it, what it costs, its text."""

from bot.locales import Locale, text
from bot.rules.limits import Rule
from bot.rules.preflight import Preflight, Sample
from bot.slack import blocks
from bot.slack.blocks import Block, esc
from bot.slack.messages import runways
from bot.slack.messages.faults import sentence
from bot.slack.messages.job_progress import duration

#: A quoted sample in one section: as many characters as fit it however they have to be escaped.
SAMPLE_MAX = 540
#: Of the kinds of length, the cheapest first; the dear ones beyond share a line.
SPREAD_MAX = 4


def facts_blocks(preflight: Preflight, locale: Locale) -> list[Block]:
    """All of it: counts, what stands in the way, cost, samples."""
    parts = [blocks.section("\n".join(_people(preflight, locale)))]
    if preflight.faults:
        said = [f":no_entry: {sentence(fault, locale)}" for fault in preflight.faults]
        parts.append(blocks.section("\n".join(said)))
    if preflight.recipients:
        parts.append(blocks.context(*_cost(preflight, locale)))
    parts += [_sample(sample, locale) for sample in preflight.samples]
    return parts


def counted(preflight: Preflight, locale: Locale) -> str:
    """How many get it, and where they are."""
    key = "job.recipients_one" if preflight.recipients == 1 else "job.recipients"
    said = text(locale, key, count=f"{preflight.recipients:,}")
    if not preflight.abroad:
        return said
    sides = text(
        locale,
        "job.sides",
        mainland=f"{preflight.mainland:,}",
        abroad=f"{preflight.abroad:,}",
    )
    return f"{said} ({sides})"


def _people(preflight: Preflight, locale: Locale) -> list[str]:
    """Who gets it and who does not, and why."""
    lines = [f"*{counted(preflight, locale)}*"]
    for name, mark in (
        ("bad_rows", ":warning:"),
        ("duplicates", "•"),
        ("opted_out", "•"),
        ("out_of_hours", ":warning:"),
    ):
        count: int = getattr(preflight, name)
        if count:
            key = f"job.preflight.{name}_one" if count == 1 else f"job.preflight.{name}"
            lines.append(f"{mark} {text(locale, key, count=f'{count:,}')}")
    for rule in Rule:
        count = preflight.over_limit.get(rule, 0)
        if count:
            said = text(locale, f"job.preflight.over.{rule.value}", count=f"{count:,}")
            lines.append(f":warning: {said}")
    return [*lines, *_short(preflight, locale)]


def _short(preflight: Preflight, locale: Locale) -> list[str]:
    """That the package is too small for all of it, and how far it goes."""
    if not preflight.short_segments or preflight.faults:
        return []
    said = text(
        locale,
        "job.preflight.package_short",
        short=f"{preflight.short_segments:,}",
        count=f"{preflight.gone_when_empty:,}",
    )
    return [f":warning: {said}"]


def _cost(preflight: Preflight, locale: Locale) -> list[str]:
    """Lengths, segments, package, time."""
    length = text(
        locale,
        "job.preflight.length_one"
        if preflight.shortest == preflight.longest
        else "job.preflight.length",
        shortest=preflight.shortest,
        longest=preflight.longest,
    )
    lines = [" · ".join((length, *_spread(preflight, locale))), _package(preflight, locale)]
    lines += _lasts(preflight, locale)
    took = duration(preflight.duration_s, locale)
    return [*lines, text(locale, "job.preflight.duration", duration=took)]


def _spread(preflight: Preflight, locale: Locale) -> list[str]:
    """How many cost one segment, how many two, and so on."""
    by_length = sorted(preflight.spread.items())
    said = [
        text(
            locale,
            "job.preflight.spread_one" if segments == 1 else "job.preflight.spread",
            segments=segments,
            count=f"{count:,}",
        )
        for segments, count in by_length[:SPREAD_MAX]
    ]
    rest = sum(count for _, count in by_length[SPREAD_MAX:])
    return [*said, text(locale, "job.preflight.spread_more", count=f"{rest:,}")] if rest else said


def _package(preflight: Preflight, locale: Locale) -> str:
    segments, is_one = f"{preflight.segments:,}", preflight.segments == 1
    before, after = preflight.package_before, preflight.package_after
    if before is None or after is None:
        key = "package_unknown_one" if is_one else "package_unknown"
        return text(locale, f"job.preflight.{key}", segments=segments)
    return text(
        locale,
        "job.preflight.package_one" if is_one else "job.preflight.package",
        segments=segments,
        before=f"{before:,}",
        after=f"{max(0, after):,}",
    )


def _lasts(preflight: Preflight, locale: Locale) -> list[str]:
    """How long the package lasts with it, where it does not end in the middle of it."""
    before, after = preflight.lasts_before, preflight.lasts_after
    if after is None or preflight.short_segments:
        return []
    said = runways.when(after, locale)
    if before is None or before.empty_at == after.empty_at:
        return [text(locale, "job.preflight.lasts_same", after=said)]
    without = runways.when(before, locale)
    return [text(locale, "job.preflight.lasts", after=said, before=without)]


def _sample(sample: Sample, locale: Locale) -> Block:
    key = "job.preflight.sample_one" if sample.segments == 1 else "job.preflight.sample"
    said = text(
        locale,
        key,
        number=esc(sample.number),
        characters=sample.characters,
        segments=sample.segments,
    )
    return blocks.section(f"{said}\n{blocks.quote(blocks.cut(sample.text, SAMPLE_MAX))}")
