"""What other limits would have done to the sends of the last days, in a few lines."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.locales import Locale, enumerated, join, text
from bot.registry import SlackMessage
from bot.rules.classes import TemplateClass
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.numbers import cover
from bot.rules.simulation import Simulation
from bot.slack import blocks
from bot.slack.blocks import Block, code, cut, esc
from bot.slack.messages import limit_keys
from bot.slack.messages.faults import note

#: More caps than this tell nobody anything.
CAPS_SHOWN = 5
STRAY_MAX = 40


def lines(simulation: Simulation, locale: Locale) -> tuple[Block, ...]:
    """The figures of a simulation as blocks."""
    days = {"from": _day(simulation.from_at), "to": _day(simulation.to_at)}
    if not simulation.sends:
        return (blocks.context(text(locale, "limit_simulate.nothing_sent", **days)),)
    basis = text(
        locale,
        "limit_simulate.basis",
        sends=f"{simulation.sends:,}",
        numbers=f"{simulation.numbers:,}",
    )
    said = [
        _found(
            "limit_simulate.blocked" if simulation.blocked else "limit_simulate.blocked_none",
            simulation.blocked,
            simulation.blocked_numbers,
            locale,
        ),
        _found(
            "limit_simulate.newly_let" if simulation.newly_let else "limit_simulate.newly_let_none",
            simulation.newly_let,
            simulation.newly_let_numbers,
            locale,
        ),
    ]
    if simulation.codes_blocked:
        count = f"{simulation.codes_blocked:,}"
        said.append(text(locale, "limit_simulate.codes", count=count))
    small = [
        join(locale, text(locale, "limit_simulate.title", **days), basis),
        *_caps(simulation.blocked_by, locale),
        join(locale, _worst_hour(simulation, locale), _cost(simulation, locale)),
    ]
    return (blocks.section("\n".join(said)), blocks.context(*small))


def result(
    caps: Mapping[str, int | None],
    app: str,
    simulation: Simulation,
    locale: Locale,
    *,
    may_set: bool,
) -> SlackMessage:
    """What `caps` would have done, for whoever asked; `may_set`: this account may have them so."""
    title = text(locale, "limit_simulate.what_if", app=esc(app), caps=_assigned(caps))
    typed = " ".join(limit_keys.assigned(key, cap) for key, cap in caps.items())
    set_it = [text(locale, "limit_simulate.set_it", caps=typed)] if may_set else []
    parts = (
        blocks.section(f"*{title}*"),
        *lines(simulation, locale),
        blocks.context(join(locale, text(locale, "limit_simulate.nothing_changed"), *set_it)),
    )
    return SlackMessage(title, parts)


def looking(caps: Mapping[str, int | None], app: str, locale: Locale) -> SlackMessage:
    """A simulation takes a moment."""
    return note(text(locale, "limit_simulate.looking", app=esc(app), caps=_assigned(caps)))


def usage(stray: Sequence[str], locale: Locale) -> SlackMessage:
    """Limits are missing, or there are words that are none."""
    words = enumerated(locale, (code(cut(cover(each), STRAY_MAX)) for each in stray))
    said = text(locale, "limit_simulate.stray", words=words) if stray else ""
    return note(join(locale, said, text(locale, "limit_simulate.usage")))


def not_simulated(said: Sequence[str], locale: Locale) -> SlackMessage:
    """All that is wrong with the limits, as mrkdwn."""
    listed = "\n".join(f"•  {each}" for each in said)
    return note(f"{text(locale, 'limit_simulate.not_simulated')}\n{listed}")


def _assigned(caps: Mapping[str, int | None]) -> str:
    """The caps as one types them."""
    return " ".join(code(limit_keys.assigned(key, cap)) for key, cap in caps.items())


def _found(key: str, by_class: Mapping[str, int], numbers: int, locale: Locale) -> str:
    """What is blocked, or newly let through: how much of which class, and to how many numbers."""
    return text(
        locale,
        key,
        sends=f"{sum(by_class.values()):,}",
        numbers=f"{numbers:,}",
        classes=_classes(by_class, locale),
    )


def _classes(counts: Mapping[str, int], locale: Locale) -> str:
    """Each class with its count, in the order of the classes."""
    return " · ".join(
        text(
            locale,
            "limit_simulate.by_class",
            **{
                "class": text(locale, f"limit_simulate.class.{class_.value}"),
                "count": f"{counts[class_.value]:,}",
            },
        )
        for class_ in TemplateClass
        if class_.value in counts
    )


def _caps(blocked_by: Mapping[str, int], locale: Locale) -> list[str]:
    """The caps that keep most back, those with the most first."""
    if not blocked_by:
        return []
    most = sorted(blocked_by.items(), key=lambda found: (-found[1], found[0]))[:CAPS_SHOWN]
    said = (
        text(
            locale,
            "limit_simulate.by_cap",
            cap=limit_keys.label(key, locale),
            count=f"{count:,}",
        )
        for key, count in most
    )
    return [text(locale, "limit_simulate.blocked_by", caps=" · ".join(said))]


def _worst_hour(simulation: Simulation, locale: Locale) -> str:
    hour = simulation.worst_hour
    if hour is None:
        return ""
    key = "worst_blocked" if simulation.blocked else "worst_let"
    time = f"{hour.starts_at.astimezone(MAINLAND_ZONE):%Y-%m-%d %H:%M} UTC+8"
    return text(locale, f"limit_simulate.{key}", time=time, count=f"{hour.sends:,}")


def _cost(simulation: Simulation, locale: Locale) -> str:
    before, after = simulation.segments_before, simulation.segments_after
    if before == after:
        key = "limit_simulate.cost_same_one" if before == 1 else "limit_simulate.cost_same"
        return text(locale, key, before=f"{before:,}")
    return text(
        locale,
        "limit_simulate.cost",
        before=f"{before:,}",
        after=f"{after:,}",
        difference=f"{after - before:+,}",
    )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(MAINLAND_ZONE):%Y-%m-%d}"
