"""The real program, killed and stalled at every boundary and in any weather: by the phones' own
books nobody gets an SMS twice, none vanishes, and nothing is claimed that is not so."""

import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.crash.ablations import Ablation
from tests.crash.boundaries import CALL, Edge, boundary
from tests.crash.calling import kill_calling
from tests.crash.campaign import Table, every_trial, kills_until_seen, play, shuffled
from tests.crash.gate import Moment
from tests.crash.in_exchanges import AS_MANY_AS_MAY_BE, kill_in
from tests.crash.stories import LATE_COPY, TWO_TO_ONE
from tests.crash.weather import WEATHER, suffer
from tests.crash.world import NUMBERS_AT_ONCE

Zygote = subprocess.Popen[bytes]
#: Each is a world of its own, so that the workers share them.
PARTS = 4
#: All parts together: 200 and more.
KILLS = 50


@pytest.mark.parametrize("part", range(PARTS))
async def test_no_sms_is_doubled_or_lost_and_no_doubt_settled_wrongly(
    tmp_path: Path, zygote: Zygote, part: int
) -> None:
    table = Table()
    trials = shuffled(Random(part), every_trial()[part::PARTS])
    await play(table, trials, tmp_path, zygote, part)
    verdict = table.verdict
    assert verdict.is_clean, "\n".join(verdict.findings)
    assert table.broke == []
    assert table.missed == []
    assert table.most_doubts <= NUMBERS_AT_ONCE
    assert table.kills >= KILLS
    # Nothing at all arriving would be no proof of anything.
    assert verdict.sends > table.kills


async def test_one_kill_makes_no_more_doubts_than_numbers_may_be_under_way(
    tmp_path: Path, zygote: Zygote
) -> None:
    table = Table()
    await play(table, [AS_MANY_AS_MAY_BE], tmp_path, zygote, 0)
    assert table.verdict.is_clean, "\n".join(table.verdict.findings)
    assert NUMBERS_AT_ONCE / 2 < table.most_doubts <= NUMBERS_AT_ONCE


async def test_a_copy_that_comes_late_is_refused_for_its_age(
    tmp_path: Path, zygote: Zygote
) -> None:
    table = Table()
    await play(table, [LATE_COPY], tmp_path, zygote, 0)
    assert table.verdict.is_clean, "\n".join(table.verdict.findings)
    assert table.refused_copies == 1


SEEN_IN = {
    Ablation.NO_FENCE: TWO_TO_ONE,
    Ablation.FRESH_TIMESTAMP: LATE_COPY,
    Ablation.NAIVE_RETRY: suffer("dropped after accept", WEATHER["dropped after accept"]),
    Ablation.NAIVE_RESTART: kill_in(Moment.TAKEN),
    Ablation.NAIVE_RECALL: kill_calling(boundary(CALL, Edge.AFTER)),
}
#: So often it is tried until the harness is said to be blind.
ROUNDS = 10


@pytest.mark.parametrize("ablation", Ablation)
async def test_this_harness_sees_what_is_left_out(
    tmp_path: Path, zygote: Zygote, ablation: Ablation
) -> None:
    trials = [SEEN_IN[ablation]] * ROUNDS
    assert await kills_until_seen(ablation, trials, tmp_path, zygote, 1) is not None
