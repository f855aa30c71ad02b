"""Worlds, one after the other, until enough kills are done; and the sum of what they came to."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.crash.ablations import Ablation
from tests.crash.at_boundaries import all_at_boundaries
from tests.crash.calling import all_calling
from tests.crash.in_exchanges import all_in_exchanges
from tests.crash.judging import Verdict
from tests.crash.stories import STORIES
from tests.crash.trials import Trial
from tests.crash.weather import all_weather
from tests.crash.world import NUMBERS_AT_ONCE, World, world

#: What a trial that did not come to its point may be played anew.
TRIES = 3
#: Trials in one world: its file does not grow for ever.
HAND = 40


def every_trial() -> list[Trial]:
    """Each way there is, once."""
    return [*all_at_boundaries(), *all_calling(), *all_in_exchanges(), *all_weather(), *STORIES]


def shuffled(dice: Random, trials: Sequence[Trial]) -> list[Trial]:
    """In any order."""
    return dice.sample(trials, len(trials))


def hands(dice: Random) -> Iterator[list[Trial]]:
    """All trials, dealt to worlds, round after round."""
    while True:
        deck = shuffled(dice, every_trial())
        for at in range(0, len(deck), HAND):
            yield deck[at : at + HAND]


@dataclass
class Row:
    """What one kind of trial came to."""

    kills: int = 0
    stalls: int = 0
    missed: int = 0
    verdict: Verdict = field(default_factory=Verdict)


@dataclass
class Table:
    """By trial, in the order in which they were first played."""

    rows: dict[str, Row] = field(default_factory=dict)
    most_doubts: int = 0
    refused_copies: int = 0
    #: What the program logged with a trace, lists it did not take, and figures that are wrong.
    broke: list[str] = field(default_factory=list)

    def row(self, trial: str) -> Row:
        return self.rows.setdefault(trial, Row())

    @property
    def kills(self) -> int:
        return sum(row.kills for row in self.rows.values())

    @property
    def stalls(self) -> int:
        return sum(row.stalls for row in self.rows.values())

    @property
    def missed(self) -> list[str]:
        """The trials that never came to their point."""
        return [name for name, row in self.rows.items() if row.missed]

    @property
    def is_clean(self) -> bool:
        """Whether all of it is as it should be."""
        is_bound = self.most_doubts <= NUMBERS_AT_ONCE
        return self.verdict.is_clean and is_bound and not self.missed and not self.broke

    @property
    def verdict(self) -> Verdict:
        total = Verdict()
        for row in self.rows.values():
            total.add(row.verdict)
        return total

    def take(self, ended: World) -> None:
        """Adds what a world came to at its end."""
        for name, verdict in ended.verdicts().items():
            self.row(name).verdict.add(verdict)
        self.most_doubts = max(self.most_doubts, ended.most_doubts)
        self.refused_copies += ended.refused_copies
        self.broke += [*ended.broken(), *ended.crowd.turned_down, *ended.miscounted()]


async def play(
    table: Table,
    trials: Sequence[Trial],
    folder: Path,
    process: "subprocess.Popen[bytes]",
    seed: int,
) -> None:
    """All of `trials` in one new world, each until it comes to its point; then the judgement."""
    async with world(folder, process, seed) as bot:
        for trial in trials:
            await _play_one(table, trial, bot)
        await bot.drain()
        table.take(bot)


async def _play_one(table: Table, trial: Trial, bot: World) -> None:
    row = table.row(trial.name)
    for _ in range(TRIES):
        kills, stalls = bot.kills, bot.stalls
        came_to_it = await trial.run(bot)
        row.kills += bot.kills - kills
        row.stalls += bot.stalls - stalls
        if came_to_it:
            return
    row.missed += 1


async def kills_until_seen(
    ablation: Ablation,
    trials: Sequence[Trial],
    folder: Path,
    process: "subprocess.Popen[bytes]",
    seed: int,
) -> int | None:
    """How many kills it takes until the judge sees what `ablation` does; None where it never does.

    What is not yet at its end is no finding: nothing is drained here.
    """
    async with world(folder, process, seed, ablation) as bot:
        for trial in trials:
            await trial.run(bot)
            found = bot.verdicts().values()
            if any(verdict.duplicates or verdict.wrong for verdict in found):
                return bot.kills
    return None
