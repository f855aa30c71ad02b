"""The audit trail: what is entered, in the transaction of whoever does it, and how it is read."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bot.rules.audit import AuditEntry, Head, Verdict, Via, What
from bot.rules.audit_words import AuditWords
from bot.rules.numbers import cover_typed
from bot.settings import Settings
from bot.slack.messages.audit import HEAD, AuditPage, EntryView
from storage import audit, posts, settings_seen
from storage.db import Tx
from storage.requests import Request

#: How the flows call whoever decides by the clock or by what Tencent answers.
BY_RULE = "rule"
#: Facts in people's own words.
TYPED = ("reason", "note")


def enter(
    tx: Tx,
    what: What,
    actor: str,
    now: datetime,
    /,
    *,
    subject: str = "",
    app: str = "",
    via: str = "",
    **facts: Any,
) -> None:
    """Enters that `actor` (a user id, "" or `BY_RULE` for nobody) did something.

    `via` is how, where it was neither a command, a button or a form, nor by itself. Of the `facts`
    those that say nothing are left out; they are plain JSON and hold no full number.
    """
    who = "" if actor == BY_RULE else actor
    how = Via(via) if via in set(Via) else (Via.SLACK if who else Via.ITSELF)
    audit.append(tx, AuditEntry(what, who, subject, app, how, _told(facts)), now)


def enter_request(
    tx: Tx,
    what: What,
    request: Request,
    actor: str,
    now: datetime,
    /,
    *,
    via: str = "",
    **facts: Any,
) -> None:
    """Enters what happened to a request; see `enter`."""
    given = {"kind": request.kind.value, **facts}
    enter(tx, what, actor, now, subject=request.id, app=request.app, via=via, **given)


def note_start(
    tx: Tx, version: str, settings_sha256: str, parts: Mapping[str, str], now: datetime
) -> None:
    """The program begins, and whether under other settings than last time: then also which of the
    `parts` of app.yaml say something else."""
    changed = settings_seen.swap(tx, parts)
    last = audit.last_of(tx, What.PROGRAM_STARTED)
    before = None if last is None or last.facts is None else last.facts.get("settings")
    enter(tx, What.PROGRAM_STARTED, "", now, version=version, settings=settings_sha256)
    if before is not None and before != settings_sha256:
        keys = ", ".join(changed)
        facts = {"before": before, "settings": settings_sha256, "keys": keys}
        enter(tx, What.SETTINGS_CHANGED, "", now, **facts)


def note_stop(tx: Tx, now: datetime) -> None:
    """The program ends, as it was told to."""
    enter(tx, What.PROGRAM_STOPPED, "", now)


def note_export(tx: Tx, asked: AuditWords, by: str, now: datetime) -> None:
    """Somebody takes as a file what fits `asked`."""
    since, until = (
        None if each is None else each.isoformat() for each in (asked.since, asked.until)
    )
    enter(
        tx,
        What.TRAIL_EXPORTED,
        by,
        now,
        who=asked.actor,
        area=asked.what,
        about=asked.subject,
        since=since,
        until=until,
    )


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """Without what there is nothing to say of, and without numbers in what people typed."""
    told = {name: value for name, value in facts.items() if value not in (None, "", [], {})}
    typed = {name: cover_typed(told[name]) for name in TYPED if name in told}
    return {**told, **typed}


def page(tx: Tx, asked: AuditWords, before: int | None, size: int) -> AuditPage:
    """The latest entries that fit, before the one with the number `before`."""
    query = audit.AuditQuery(asked.actor, asked.subject, asked.what, asked.since, asked.until)
    found = audit.find(tx, query, size + 1, audit.BEYOND if before is None else before)
    views = [EntryView(**asdict(each)) for each in found[:size]]
    return AuditPage(views, asked, before, is_more=len(found) > size)


def check(tx: Tx, settings: Settings, now: datetime) -> tuple[Verdict, Head]:
    """Whether all is as it was entered, and the last entry. Raises WrongDataKey."""
    kept_since = now - timedelta(days=settings.retention.audit_days)
    return audit.check(tx, kept_since=kept_since), audit.head(tx)


def has_news(tx: Tx) -> bool:
    """Whether anything was entered since the head was told last."""
    return audit.head_to_tell(tx) is not None


def tell_head(tx: Tx, settings: Settings, now: datetime) -> Head | None:
    """The head where it moved since it was told last, from here on told: to the channel app.yaml
    names, else to the log alone, which whoever asks writes."""
    found = audit.head_to_tell(tx)
    if found is None or not audit.note_told(tx, found):
        return None
    if settings.channels.audit is not None:
        facts = {"nth": found.nth, "mac": found.mac}
        key, channel = f"{HEAD}:{found.nth}", settings.channels.audit
        posts.add(tx, key, HEAD, facts, channel=channel, now=now)
    return found
