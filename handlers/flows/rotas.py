"""Who is on call now: rotas, who stands in, and the user groups as Slack knew them last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.rules import rotas
from bot.rules.audit import What
from bot.rules.escalation import NEXT
from bot.rules.numbers import mask
from bot.rules.rotas import Override, Rota
from bot.settings import Role, Settings
from bot.slack.messages.oncall import OncallView, RotaView
from handlers.flows import audit
from storage import erasures, oncall
from storage.db import Tx
from storage.ids import RequestId
from storage.oncall import OncallGroup

#: How far ahead the weeks of a rota are shown.
SHOWN_AHEAD = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Look:
    """Who is on call, as of one moment."""

    settings: Settings
    overrides: Sequence[Override]
    groups: Mapping[str, OncallGroup]
    now: datetime

    @property
    def fallback(self) -> str:
        """The group that is reached where nobody is on call; "" where app.yaml names none."""
        own = self.settings.oncall.fallback
        return own or next(iter(self.settings.grants.names(Role.ONCALL)), "")

    def is_gap(self, whom: str) -> bool:
        """Whether nobody is on call where somebody should be: nobody's week, or no members."""
        return not self.front(whom)

    def spoken_to(self, whom: str) -> str:
        """Whom a mention names: a user id, or a user group as app.yaml has it; the fallback in a
        gap; "" where there is none either."""
        return self.fallback if self.is_gap(whom) else self._on_duty(whom)

    def front(self, whom: str) -> tuple[str, ...]:
        """The user ids of those who are on call together now; empty in a gap."""
        return self.members(self._on_duty(whom))

    def together(self, whom: str) -> tuple[str, ...]:
        """The user ids of those who are written to together: on call now, or the fallback's in a
        gap."""
        return self.front(whom) or self.members(self.fallback)

    def line(self, whom: str) -> tuple[str, ...]:
        """The user ids to try one after the other: who is on call, the others of the rota as their
        weeks follow, the fallback."""
        found = rota(self.settings, whom)
        entries = [whom] if found is None else rotas.in_turn(found, self.overrides, self.now)
        if self.is_gap(whom):
            entries = []
        members = (each for entry in (*entries, self.fallback) for each in self.members(entry))
        return tuple(dict.fromkeys(members))

    def _on_duty(self, whom: str) -> str:
        found = rota(self.settings, whom)
        return whom if found is None else rotas.on_duty(found, self.overrides, self.now)

    def members(self, entry: str) -> tuple[str, ...]:
        """The user ids behind a user id or a user group."""
        if is_group(entry):
            group = self.groups.get(entry)
            return group.members if group else ()
        return (entry,) if entry.startswith(("U", "W")) else ()

    def group_id(self, entry: str) -> str:
        """A user group by its id, where Slack has told it; anything else as it is."""
        group = self.groups.get(entry)
        return group.group_id if group and group.group_id else entry


def look(tx: Tx, settings: Settings, now: datetime) -> Look:
    """Who is on call now."""
    return Look(settings, oncall.overrides(tx, now), oncall.groups(tx), now)


def groups_called(tx: Tx, settings: Settings, now: datetime) -> frozenset[str]:
    """Every user group that may be called or mentioned, as app.yaml and who stands in have it."""
    mentioned = settings.alerts.groups()
    if not settings.oncall.chains and not settings.oncall.rotas:
        return mentioned
    known = look(tx, settings, now)
    stand_in = {each.who for each in known.overrides if is_group(each.who)}
    fallback = {known.fallback} if is_group(known.fallback) else set()
    return settings.oncall.groups() | mentioned | stand_in | fallback


def rota(settings: Settings, name: str) -> Rota | None:
    """The rota of that name."""
    found = (each for each in settings.oncall.rotas if each.name == name)
    return next((each.rota(settings.timezone) for each in found), None)


def stand_in(tx: Tx, wanted: Override, now: datetime) -> Override:
    """Somebody stands in from here on, under an id of its own."""
    override = oncall.add_override(
        tx,
        rota=wanted.rota,
        who=wanted.who,
        begins_at=wanted.begins_at,
        ends_at=wanted.ends_at,
        author=wanted.author,
        now=now,
    )
    audit.enter(
        tx,
        What.ONCALL_OVERRIDDEN,
        override.author,
        now,
        subject=override.rota,
        who=override.who or "nobody",
        since=override.begins_at.isoformat(),
        until=override.ends_at.isoformat(),
    )
    return override


def end_overrides(tx: Tx, rota_name: str, by: str, now: datetime) -> int:
    """Everybody has their own weeks again; how many that ended."""
    ended = oncall.end_overrides(tx, rota_name, by, now)
    if ended:
        audit.enter(tx, What.ONCALL_OVERRIDE_ENDED, by, now, subject=rota_name, count=ended)
    return ended


def set_number(tx: Tx, user_id: str, number: str, by: str, now: datetime) -> RequestId | None:
    """They are called and written to under `number` (E.164) from here on. Where the number is being
    erased nothing is done; that request: it ends with the number nowhere."""
    for each in erasures.under_way(tx):
        if each.payload.get("number") == number:
            return each.id
    oncall.set_number(tx, user_id, number, by, now)
    audit.enter(tx, What.ONCALL_NUMBER, by, now, subject=user_id, number=mask(number))
    return None


def forget_number(tx: Tx, user_id: str, by: str, now: datetime) -> bool:
    """Nobody calls them any more; False where no number was known."""
    is_gone = oncall.forget_number(tx, user_id)
    if is_gone:
        audit.enter(tx, What.ONCALL_NUMBER, by, now, subject=user_id, outcome="removed")
    return is_gone


def is_group(entry: str) -> bool:
    return entry.startswith(("@", "S"))


def overview(tx: Tx, settings: Settings, now: datetime) -> OncallView:
    """Who is on call over the weeks to come, how they are reached, and whose number is known."""
    known = look(tx, settings, now)
    seen = [_seen(known, each.rota(settings.timezone)) for each in settings.oncall.rotas]
    chains = [each.chain for each in settings.oncall.chains]
    named = [step.whom for chain in chains for step in chain.steps if step.whom != NEXT]
    people = {user for whom in named for user in known.line(whom)}
    people |= {user for each in seen for user in each.people}
    numbers = {each: oncall.number_of(tx, each) for each in sorted(people)}
    return OncallView(
        rotas=tuple(seen),
        chains=tuple(chains),
        fallback=known.group_id(known.fallback),
        numbers={each: found.number if found else "" for each, found in numbers.items()},
        tried={each: found.tried_at for each, found in numbers.items() if found and found.tried_at},
        calls=settings.oncall.voice is not None,
        texts=settings.oncall.sms is not None,
        now=now,
    )


def _seen(known: Look, each: Rota) -> RotaView:
    until = known.now + SHOWN_AHEAD
    shown = rotas.shifts(each, known.overrides, known.now, until)
    named = tuple(replace(shift, who=known.group_id(shift.who)) for shift in shown)
    people = tuple(user for entry in each.people for user in known.members(entry))
    return RotaView(each, named, people, is_gap=known.is_gap(each.name))
