"""The bot of `idle_cpu`, in a process of its own: ``<what it is to know, as JSON>``.

Starts as `smsops run` does, waits until all its lists are read and all its cards stand, then
measures what its process takes. Prints a JSON object.
"""

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.app import Bot, running, utc_now
from bot.cli.demo import without_proxy
from bot.cli.local import PLACES, ROLES, own_secrets
from bot.rules.alerts.traffic import Held, limit_hit
from bot.rules.lanes import UNPACED
from bot.rules.review_hours import ReviewKind
from bot.settings import Settings, load
from handlers.flows import alerts
from storage import alert_groups, content, posts, reviews
from storage import alerts as stored_alerts
from storage.db import Tx

ROOT = Path(__file__).parents[2]
QUIET_S = 86_400
LOOK_EVERY_S, READY_WITHIN_S = 0.2, 120.0
#: The first minute has what no other has: lists read, cards posted, reviews asked about at once.
SETTLED_S = 2.0


async def main(told: Mapping[str, Any]) -> None:
    wanted, many, span_s = told["wanted"]
    settings = _settings(told)
    async with running(settings, utc_now, UNPACED) as bot:
        db = bot.services.db
        async with asyncio.timeout(READY_WITHIN_S):
            while len(await db.read(content.ids, ReviewKind.TEMPLATE)) < wanted:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_EVERY_S)
            await db.write(_raise, many, settings)
            bot.services.alerts_due.set()
            while not await db.read(_is_told):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_EVERY_S)
        await asyncio.sleep(min(SETTLED_S, span_s))
        percent = await _taken(span_s)
        print(json.dumps({"percent": percent, **await _found(bot)}))  # noqa: T201 - its result


def _is_told(tx: Tx) -> bool:
    """Whether every group has its card."""
    is_known = all(group.told_at is not None for group in alert_groups.find_open(tx))
    return is_known and not posts.count_waiting(tx)


async def _taken(span_s: float) -> float:
    """Percent of one core over so many seconds."""
    began_s, cpu_s = time.perf_counter(), time.process_time()
    await asyncio.sleep(span_s)
    return 100 * (time.process_time() - cpu_s) / (time.perf_counter() - began_s)


async def _found(bot: Bot) -> dict[str, int]:
    db = bot.services.db
    return {
        "reviews": len(await db.read(reviews.find_open, ReviewKind.TEMPLATE)),
        "alerts": len(await db.read(stored_alerts.find_open)),
    }


def _raise(tx: Tx, many: int, settings: Settings) -> None:
    """Alerts of so many apps, each with a card of its own; and what is under review is followed."""
    now = utc_now()
    for nth in range(many):
        held = Held(f"app-{nth}", "number.day", 5, 1, "R-7K3Q")
        alerts.raise_event(tx, limit_hit(held), settings, now, quiet_s=QUIET_S)
    for template in content.list_templates(tx):
        if reviews.get(tx, ReviewKind.TEMPLATE, template.template_id) is None:
            at = now - timedelta(minutes=int(template.template_id) % 30)
            reviews.begin(
                tx,
                ReviewKind.TEMPLATE,
                template.template_id,
                international=False,
                request_id=None,
                submitted_at=at,
                poll_at=now,
            )


def _settings(told: Mapping[str, Any]) -> Settings:
    folder = Path(told["folder"])
    environ = {
        "SMSOPS_SLACK_BOT_TOKEN": told["bot_token"],
        "SMSOPS_SLACK_SIGNING_SECRET": told["signing_secret"],
        "SMSOPS_TENCENT_SECRET_ID": "AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE0001",
        "SMSOPS_TENCENT_SECRET_KEY": "FAKESECRETKEYFAKESECRETKEY000001",
        **own_secrets(folder),
    }
    overrides = {
        "server.port": 0,
        "slack.api_url": f"{told['slack']}/api/",
        "tencent.endpoint": told["tencent"],
        "data_dir": folder,
        # Every card stands at once, and nothing is to be said of any while it is measured.
        "alerts.route.group_wait": "0s",
        "roles": ROLES,
        "oncall": told["oncall"],
        **PLACES,
    }
    settings = load(ROOT / "app.yaml", environ, overrides)
    assert isinstance(settings, Settings), settings
    return settings


if __name__ == "__main__":
    without_proxy()
    logging.disable(logging.WARNING)
    os.environ.pop("PYTHONDEVMODE", None)
    asyncio.run(main(json.loads(sys.argv[1])))
