"""A storm: events by the thousand, a Slack that refuses, stumbles and hangs up, a channel that is
archived in the midst of it; judged by what stands in the workspace in the end."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from bot.cli.local import Local, Plan, running_locally
from bot.rules.alerts import Signal
from bot.rules.alerts.traffic import Held, Refusals, limit_hit, limit_tencent
from bot.rules.lanes import EDIT, POST, Pace
from bot.sandbox.workspace import Fault, FaultKind
from bot.sandbox.workspace import Pace as WorkspacePace
from handlers.flows import alerts
from storage import alert_groups, cards, posts
from storage import alerts as stored
from storage.db import Tx
from tests.journeys.people import words_of

APP_YAML = Path(__file__).parents[2] / "app.yaml"
#: Names as app.yaml has them, ids as the workspace does; the last one is archived half-way.
CHANNELS = {
    "#sms": "C0SMS",
    "#sms-alerts": "C0ALERTS",
    "#sms-reviews": "C0REVIEWS",
    "#sms-replies": "C0REPLIES",
    "#sms-reports": "C0REPORTS",
}
FALLBACK, ARCHIVED = "#sms", "#sms-reports"
APPS = 5
CAPS = ("otp.hour", "otp.day")
CODES = ("LimitExceeded.PhoneNumberDailyLimit", "LimitExceeded.PhoneNumberThirtySecondLimit")
#: Beside alerts, so often a line of another kind, which is never gathered.
LINE_EVERY = 25
LINE = "approval.withdrawn"
LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Weather:
    """How much comes, in how long, and how Slack is meanwhile."""

    events: int = 5_000
    over_s: float = 60.0
    pace: Pace = field(default_factory=Pace)
    #: Between two new troubles of Slack's.
    trouble_every_s: float = 0.7
    retry_after_s: tuple[int, ...] = (1, 2)
    group_wait: str = "1s"
    settled_within_s: float = 240.0
    seed: int = 0


@dataclass
class Verdict:
    """What became of it."""

    events: int = 0
    posts: int = 0
    lost: int = 0
    duplicated: int = 0
    max_posts_per_s: int = 0
    first_notice_s: float = 0.0
    typical_notice_s: float = 0.0
    settled_s: float = 0.0
    by_channel: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


def plan_for(folder: Path, weather: Weather) -> Plan:
    """The whole bot, with a route for each channel; Slack's own limit counts."""
    routes = [
        {"matchers": [f'app=~"app-{nth}-.*"'], "receiver": f"in-{nth}"}
        for nth in range(len(CHANNELS))
    ]
    receivers = [{"name": f"in-{nth}", "channel": name} for nth, name in enumerate(CHANNELS)]
    route = {
        "receiver": "default",
        "group_by": ["alert", "app"],
        "group_wait": weather.group_wait,
        "group_interval": "10s",
        "repeat_interval": "4h",
        "routes": routes,
    }
    overrides = {
        "summaries": [],
        "channels": {"alerts": "#sms-alerts", "fallback": FALLBACK},
        "alerts": {"route": route, "receivers": receivers},
    }
    return Plan(
        APP_YAML,
        folder,
        pace=WorkspacePace(limit_posts=weather.pace.between_posts_s >= 1.0),
        slack_pace=weather.pace,
        overrides=overrides,
    )


async def storm(folder: Path, weather: Weather) -> Verdict:
    """Plays it and judges."""
    async with running_locally(plan_for(folder, weather)) as local:
        played = Storm(local, weather)
        await played.rage()
        await played.settle()
        return await played.judge()


class Storm:
    """One of them, in one world."""

    def __init__(self, local: Local, weather: Weather) -> None:
        self._local, self._weather = local, weather
        self._dice = Random(weather.seed)
        self._raised: Counter[str] = Counter()
        self._began: dict[str, datetime] = {}
        self._lines: list[str] = []
        self._settled_s = 0.0

    async def rage(self) -> None:
        """So many events over so long, and trouble all the while."""
        troubled = asyncio.create_task(self._trouble())
        loop, weather = asyncio.get_running_loop(), self._weather
        began_s = loop.time()
        for nth in range(weather.events):
            if nth == weather.events // 2:
                self._local.workspace.admin.archive(CHANNELS[ARCHIVED])
            await self._raise_one(nth)
            ahead_s = began_s + weather.over_s * (nth + 1) / weather.events - loop.time()
            if ahead_s > 0:
                await asyncio.sleep(ahead_s)
        troubled.cancel()
        await asyncio.gather(troubled, return_exceptions=True)

    async def _raise_one(self, nth: int) -> None:
        services, signal = self._local.bot.services, self._signal()
        now = services.clock()

        def happen(tx: Tx) -> None:
            alerts.raise_event(tx, signal, services.settings, now)
            if nth % LINE_EVERY == 0:
                posts.add(tx, f"line:{nth}", LINE, FACTS, channel=self._channel(nth), now=now)

        await services.db.write(happen)
        self._raised[signal.fingerprint] += signal.count
        self._began.setdefault(_group_key(signal), now)
        if nth % LINE_EVERY == 0:
            self._lines.append(f"line:{nth}")
        services.alerts_due.set()
        services.posts_due.set()

    def _signal(self) -> Signal:
        dice = self._dice
        nth = dice.randrange(APPS)
        app = f"app-{nth % len(CHANNELS)}-{nth}"
        if dice.random() < 0.5:
            held = Held(app, dice.choice(CAPS), 5, dice.randint(1, 3), "R-7K3Q")
            return limit_hit(held)
        number = "+86 138****0001"
        refused = Refusals(app, dice.choice(CODES), dice.randint(1, 3), "R-7K3Q", number)
        signal = limit_tencent(refused)
        assert signal is not None
        return signal

    def _channel(self, nth: int) -> str:
        return list(CHANNELS)[nth // LINE_EVERY % len(CHANNELS)]

    async def _trouble(self) -> None:
        kinds = (
            FaultKind.RATE_LIMITED,
            FaultKind.SERVER_ERROR,
            FaultKind.DROP_BEFORE,
            FaultKind.DROP_AFTER,
        )
        while True:
            await asyncio.sleep(self._weather.trouble_every_s * 2 * self._dice.random())
            fault = Fault(
                self._dice.choice((POST, POST, EDIT, "conversations.history")),
                self._dice.choice(kinds),
                times=self._dice.choice((1, 1, 2)),
                retry_after_s=self._dice.choice(self._weather.retry_after_s),
            )
            # What met nothing is over: trouble does not wait for somebody to come by.
            self._local.workspace.faults.clear()
            self._local.workspace.faults.add(fault)

    async def settle(self) -> None:
        """Slack is well again; waits until nothing waits any more."""
        self._local.workspace.faults.clear()
        loop, services = asyncio.get_running_loop(), self._local.bot.services
        began_s = loop.time()
        async with asyncio.timeout(self._weather.settled_within_s):
            while not await services.db.read(_is_settled) or await self._untrue():  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)
        self._settled_s = loop.time() - began_s

    async def judge(self) -> Verdict:
        workspace = self._local.workspace
        found = {channel: workspace.messages(channel) for channel in CHANNELS.values()}
        ours = [m for messages in found.values() for m in messages if m.get("bot_id")]
        # What had to move out of the archived channel stands in both, once in each.
        keys = Counter(key for key in map(_key, ours) if key)
        places = Counter((where, _key(m)) for where, all_ in found.items() for m in all_ if _key(m))
        verdict = Verdict(
            events=self._weather.events,
            posts=len(ours),
            settled_s=self._settled_s,
            duplicated=sum(many - 1 for many in places.values()),
            by_channel={
                name: len([m for m in found[channel] if m.get("bot_id")])
                for name, channel in CHANNELS.items()
            },
        )
        verdict.findings += [f"twice: {key} in {at}" for (at, key), n in places.items() if n > 1]
        await self._look_for_losses(verdict, keys)
        verdict.max_posts_per_s = max(
            _most_at_once(messages, self._weather.pace.between_posts_s)
            for messages in found.values()
        )
        self._time_notices(verdict, await self._first_shown(found))
        return verdict

    async def _look_for_losses(self, verdict: Verdict, keys: Mapping[str, int]) -> None:
        counted = await self._local.bot.services.db.read(_counts)
        for fingerprint, many in self._raised.items():
            if counted[fingerprint] != many:
                verdict.lost += abs(many - counted[fingerprint])
                verdict.findings.append(f"{fingerprint}: {counted[fingerprint]} of {many} counted")
        gone = [key for key in (*self._lines, *await self._card_keys()) if not keys.get(key)]
        untrue = await self._untrue()
        verdict.lost += len(gone) + len(untrue)
        verdict.findings += [f"never said: {key}" for key in gone]
        verdict.findings += [f"not up to date: {group}" for group in untrue]

    async def _card_keys(self) -> list[str]:
        groups = await self._local.bot.services.db.read(alert_groups.find_open)
        return [f"alert:{group.id}" for group in groups]

    async def _untrue(self) -> list[str]:
        """Groups whose card, the latest where it had to move, does not show the final count of each
        of their alerts."""
        workspace = self._local.workspace
        found = [m for channel in CHANNELS.values() for m in workspace.messages(channel)]
        found.sort(key=lambda message: float(message["ts"]))
        shown = {key: words_of(message) for message in found if (key := _key(message))}
        wanted = await self._local.bot.services.db.read(_counts_of_groups)
        return [
            group
            for group, counts in wanted.items()
            if not all(f"{count:,} " in shown.get(f"alert:{group}", "") for count in counts)
        ]

    async def _first_shown(self, found: Mapping[str, list[Any]]) -> dict[str, float]:
        """By the values a group is of, when its card came, by the workspace's clock."""
        groups = await self._local.bot.services.db.read(alert_groups.find_open)
        keys = {f"alert:{group.id}": _labels_key(group.labels) for group in groups}
        shown: dict[str, float] = {}
        for message in (each for messages in found.values() for each in messages):
            key = keys.get(_key(message))
            if key is not None:
                shown[key] = min(float(message["ts"]), shown.get(key, float("inf")))
        return shown

    def _time_notices(self, verdict: Verdict, shown: Mapping[str, float]) -> None:
        """A card that had to move to the fallback channel was seen in its own one first."""
        waits = [
            shown[key] - began.timestamp()
            for key, began in self._began.items()
            if key in shown and not self._was_moved(key)
        ]
        verdict.first_notice_s = max(waits)
        verdict.typical_notice_s = median(waits)

    def _was_moved(self, key: str) -> bool:
        return f"app-{list(CHANNELS).index(ARCHIVED)}-" in key


FACTS = {
    "request_id": "R-1",
    "kind": "template.create",
    "name": "发货通知",
    "requester": "U0LIN",
    "user": "U0LIN",
}


def _is_settled(tx: Tx) -> bool:
    return not posts.count_waiting(tx) and not cards.count_waiting(tx)


def _counts(tx: Tx) -> Counter[str]:
    return Counter({each.signal.fingerprint: each.count for each in stored.find_open(tx)})


def _counts_of_groups(tx: Tx) -> dict[str, list[int]]:
    return {
        group.id: [each.count for each in stored.of_group(tx, group.id)]
        for group in alert_groups.find_open(tx)
    }


def _group_key(signal: Signal) -> str:
    return _labels_key({"alert": signal.kind.value, "app": signal.labels["app"]})


def _labels_key(labels: Mapping[str, str]) -> str:
    return f"{labels['alert']} {labels['app']}"


def _key(message: Mapping[str, Any]) -> str:
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("id") or "")


def _most_at_once(messages: list[Any], between_s: float) -> int:
    """The most messages of ours in any time in which there should be one, by their own ts."""
    times = sorted(float(each["ts"]) for each in messages if each.get("bot_id"))
    most = run = min(1, len(times))
    first = 0
    for last, at in enumerate(times):
        while at - times[first] >= between_s:
            first += 1
        run = last - first + 1
        most = max(most, run)
    return most


def pairs(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """The table: what was looked at, and what it came to."""
    yield "events", f"{verdict.events:,}"
    yield "messages in Slack", f"{verdict.posts:,}"
    for name, many in verdict.by_channel.items():
        yield f"  in {name}", f"{many:,}"
    yield "lost", f"{verdict.lost:,}"
    yield "duplicated", f"{verdict.duplicated:,}"
    yield "most messages a second in one channel", f"{verdict.max_posts_per_s:,}"
    yield "first notice, typical", f"{verdict.typical_notice_s:.1f} s"
    yield "first notice, slowest", f"{verdict.first_notice_s:.1f} s"
    yield "until all was told after the last event", f"{verdict.settled_s:.1f} s"
