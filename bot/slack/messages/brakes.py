"""Unusual traffic in words: what is unusual, what was done about it, and its end."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.locales import Locale, enumerated, join, text
from bot.registry import SlackMessage
from bot.rules.brake import Kind
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc
from bot.slack.messages.faults import moment, note
from bot.slack.messages.jobs import RULE

STOP, TIGHTEN, IGNORE = "brake.stop", "brake.tighten", "brake.ignore"
Facts = Mapping[str, Any]
#: New countries that are named.
COUNTRIES_MAX = 8
#: How long a change lasts that somebody asks for from an alert.
TIGHT_FOR = "24h"


def alert(facts: Facts, locale: Locale) -> SlackMessage:
    """The message an earlier program posted, as it stood then; without buttons once it was over."""
    said = headline(facts, locale)
    mark = ":white_check_mark:" if facts["ended_at_ms"] else ":rotating_light:"
    lines = [f"{mark} *{said}*", *details(facts, locale)]
    parts: list[Block] = [blocks.section("\n".join(lines))]
    parts += [blocks.section(line) for line in states(facts, locale)]
    if not facts["ended_at_ms"]:
        parts.append(blocks.actions(f"brake.{facts['id']}", *buttons(facts, locale)))
        parts.append(blocks.context(text(locale, "brake.how")))
    return SlackMessage(said, tuple(parts))


def headline(facts: Facts, locale: Locale) -> str:
    """What is unusual, in one sentence."""
    kind = facts["kind"]
    usual = facts["usual"]
    key = f"brake.what.{kind}"
    if kind == Kind.SUCCESS.value:
        key = f"{key}_{facts['measure']}"
    elif kind == Kind.VOLUME.value and not usual:
        key = f"{key}_never"
    return text(
        locale,
        key,
        app=esc(facts["app"]),
        many=f"{facts['many']:,}",
        total=f"{facts['total']:,}",
        usual=f"{round(usual):,}",
        percent=_percent(facts["many"] / max(1, facts["total"]), locale),
        usual_percent=_percent(usual, locale),
        hour=moment(_at(facts["hour_s"] * 1000), "{time}"),
    )


def reason(facts: Facts, begun: int, locale: Locale) -> str:
    """What is unusual, for the form of a change: plain text, read by who decides; `begun` messages
    of today are what its stop counts already."""
    key = f"brake.reason.{facts['kind']}"
    said = text(locale, key, many=f"{facts['many']:,}", total=f"{facts['total']:,}")
    counted = text(locale, "brake.reason.counted", begun=f"{begun:,}") if begun else ""
    return join(locale, said, counted)


def stopped(app: str, locale: Locale) -> SlackMessage:
    return note(text(locale, "brake.stopped", app=code(app)))


def ignored(app: str, locale: Locale) -> SlackMessage:
    return note(text(locale, "brake.ignored", app=code(app)))


def stopped_before(app: str, by: str, at: datetime, locale: Locale) -> SlackMessage:
    """Somebody, or a rule, was quicker."""
    key = "brake.late.stopped_by_rule" if by == RULE else "brake.late.stopped_by"
    return note(text(locale, key, app=code(app), person=f"<@{by}>", time=moment(at)))


def ignored_before(by: str, until: datetime, locale: Locale) -> SlackMessage:
    return note(text(locale, "brake.late.ignored", person=f"<@{by}>", time=moment(until, "{time}")))


def over(app: str, at: datetime, locale: Locale) -> SlackMessage:
    """The alert has ended; its app can be stopped all the same."""
    return note(text(locale, "brake.late.over", app=esc(app), time=moment(at)))


def details(facts: Facts, locale: Locale) -> list[str]:
    """Where it goes; `""` is a country an earlier program did not note."""
    lines = []
    if facts["kind"] == Kind.NEW_NUMBERS.value:
        new = facts["new_countries"]
        if new:
            named = enumerated(locale, map(code, new[:COUNTRIES_MAX]))
            lines.append(text(locale, "brake.new_countries", count=len(new), countries=named))
        lines.append(text(locale, "brake.new_prefixes", count=facts["new_prefixes"]))
        lines.append(text(locale, "brake.pumping"))
    known = [(country, many) for country, many in facts["countries"] if country]
    if known:
        where = " · ".join(f"{code(country)} {many:,}" for country, many in known)
        lines.append(text(locale, "brake.countries", countries=where))
    return lines


def states(facts: Facts, locale: Locale) -> list[str]:
    """What was done about it so far, and its end."""
    lines = []
    stop, app = facts["stop"], esc(facts["app"])
    if stop is not None:
        key = "brake.state.stopped_by_rule" if stop["by"] == RULE else "brake.state.stopped_by"
        time = moment(_at(stop["at_ms"]))
        said = text(locale, key, app=app, person=f"<@{stop['by']}>", time=time)
        lines.append(f":octagonal_sign: {said}")
    if facts["ended_at_ms"]:
        key = f"brake.ended.{facts['ended_how']}"
        said = text(locale, key, time=moment(_at(facts["ended_at_ms"])))
        still = text(locale, "brake.ended.stopped", app=app) if stop is not None else ""
        lines.append(join(locale, said, still))
    elif facts["ignored_by"]:
        until = moment(_at(facts["ignored_until_ms"]), "{time}")
        person = f"<@{facts['ignored_by']}>"
        said = text(locale, "brake.state.ignored", person=person, time=until)
        lines.append(f":zzz: {said}")
    return lines


def buttons(facts: Facts, locale: Locale) -> list[Block]:
    """Stop, tighten, and an hour without a word: what there is left to do about it."""
    brake_id, app = facts["id"], facts["app"]
    elements = []
    if facts["stop"] is None:
        dialog = blocks.confirm(
            text(locale, "app.pause.title", app=app),
            text(locale, "app.pause.text", app=app),
            text(locale, "app.pause.yes"),
            text(locale, "app.pause.no"),
            danger=True,
        )
        label = text(locale, "brake.button.stop")
        elements.append(blocks.button(STOP, label, value=brake_id, style="danger", confirm=dialog))
    elements.append(blocks.button(TIGHTEN, text(locale, "brake.button.tighten"), value=brake_id))
    if not facts["ignored_by"]:
        elements.append(blocks.button(IGNORE, text(locale, "brake.button.ignore"), value=brake_id))
    return elements


def _percent(share: float, locale: Locale) -> str:
    return text(locale, "figures.percent", number=round(share * 100))


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


NOTICES = {"brake.alert": alert}
