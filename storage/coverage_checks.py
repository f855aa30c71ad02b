"""Days on which Tencent's statistics were compared with our figures, and what came of it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.rules.figures import HOUR_S
from storage.db import Tx
from storage.ids import to_ms

IS_CHECKED = "SELECT 1 FROM coverage_checks WHERE app = :app AND day_s = :day_s"
ADD = """
INSERT INTO coverage_checks (app, day_s, checked_at_ms, facts) VALUES (:app, :day_s, :now, :facts)
ON CONFLICT (app, day_s) DO NOTHING RETURNING app
"""
# An hour in which the bot ran, before the day.
IS_KNOWN = f"""
SELECT 1 FROM figures
WHERE app = :app AND dimension = '' AND span_s = {HOUR_S} AND value = '' AND from_s < :day_s LIMIT 1
"""
GET = "SELECT facts FROM coverage_checks WHERE app = :app AND day_s = :day_s"


def is_checked(tx: Tx, app: str, day_s: int) -> bool:
    """Whether the day that begins at `day_s` (UTC seconds) was compared."""
    return tx.one(IS_CHECKED, app=app, day_s=day_s) is not None


def is_known(tx: Tx, app: str, day_s: int) -> bool:
    """Whether the bot ran for the app before that day: else part of the day is nobody's."""
    return tx.one(IS_KNOWN, app=app, day_s=day_s) is not None


def add(tx: Tx, app: str, day_s: int, facts: Mapping[str, Any], now: datetime) -> bool:
    """Keeps a comparison, plain JSON; False where there is one of the day."""
    kept = json.dumps(dict(facts))
    return tx.one(ADD, app=app, day_s=day_s, now=to_ms(now), facts=kept) is not None


def get(tx: Tx, app: str, day_s: int) -> Mapping[str, Any] | None:
    row = tx.one(GET, app=app, day_s=day_s)
    return None if row is None else json.loads(row["facts"])
