"""A storm in small: what `make storm` plays in a minute, with a Slack that counts faster."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.rules.lanes import EDIT, Pace, Rate
from handlers.flows import alert_rounds, alerts
from handlers.flows import cards as showing
from tests.storm.storm import Weather, storm

SMALL = Weather(
    events=300,
    over_s=1.2,
    pace=Pace(between_posts_s=0.05, rates={EDIT: Rate(10, 0.02)}, closed_for_s=0.5),
    trouble_every_s=0.05,
    retry_after_s=(1,),
    group_wait="0s",
    settled_within_s=120.0,
)


async def test_no_event_is_lost_none_told_twice_and_no_channel_flooded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(showing, "FIRST_RETRY", timedelta(milliseconds=50))
    monkeypatch.setattr(showing, "LAST_RETRY", timedelta(milliseconds=200))
    for module in (alerts, alert_rounds):
        monkeypatch.setattr(module, "EDIT_EVERY", timedelta(milliseconds=300))
    verdict = await storm(tmp_path, SMALL)
    assert verdict.findings == []
    assert (verdict.events, verdict.lost, verdict.duplicated) == (SMALL.events, 0, 0)
    assert verdict.max_posts_per_s == 1
    # The last one is archived, maybe before anything came to stand there.
    assert all(list(verdict.by_channel.values())[:-1])
    # Cards are edited, and few lines follow them.
    assert verdict.posts < SMALL.events / 3
