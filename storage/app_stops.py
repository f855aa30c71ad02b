"""Apps that send nothing until somebody lets them: the panic button, and what Tencent forces."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import WrongDataKey
from storage.db import Row, Tx
from storage.ids import from_ms, to_ms

log = logging.getLogger("smsops.storage")
STOP_APP = """
INSERT INTO app_stops (app, stopped_at_ms, stopped_by, reason)
VALUES (:app, :now, :by, :reason) ON CONFLICT (app) DO NOTHING RETURNING app
"""
STOP_ANEW = """
UPDATE app_stops SET stopped_by = :by, reason = :reason,
  stopped_at_ms = CASE WHEN stopped_at_ms < :now THEN :now ELSE stopped_at_ms + 1 END
WHERE app = :app RETURNING app
"""
LET_APP = "DELETE FROM app_stops WHERE app = :app RETURNING app"
IS_STOPPED = "SELECT 1 FROM app_stops WHERE app = :app"
LIST_STOPS = "SELECT * FROM app_stops ORDER BY app"
PURPOSE = "app_stops.reason"


@dataclass(frozen=True, slots=True)
class AppStop:
    """An app that is stopped; `stopped_by` is a user id, or ``rule``."""

    app: str
    stopped_at: datetime
    stopped_by: str
    reason: str
    is_damaged: bool = False
    """The reason cannot be read, and is empty: the app is stopped all the same."""


def stop(tx: Tx, app: str, *, by: str, reason: str, now: datetime) -> bool:
    """Nothing of `app` is sent from here on; False where it was stopped before, and stays as it
    was. `reason` is sealed: people type numbers."""
    sealed = tx.vault.seal(reason, purpose=PURPOSE)
    return tx.one(STOP_APP, app=app, by=by, reason=sealed, now=to_ms(now)) is not None


def stop_anew(tx: Tx, app: str, *, by: str, reason: str, now: datetime) -> bool:
    """The stop there is becomes this one, later than it was; False where there is none."""
    sealed = tx.vault.seal(reason, purpose=PURPOSE)
    return tx.one(STOP_ANEW, app=app, by=by, reason=sealed, now=to_ms(now)) is not None


def let(tx: Tx, app: str) -> bool:
    """It may send again; False where it was not stopped."""
    return tx.one(LET_APP, app=app) is not None


def is_stopped(tx: Tx, app: str) -> bool:
    return tx.one(IS_STOPPED, app=app) is not None


def list_all(tx: Tx) -> list[AppStop]:
    """Every stopped app, by name."""
    return [_stop(tx, row) for row in tx.all(LIST_STOPS)]


def _stop(tx: Tx, row: Row) -> AppStop:
    stopped = AppStop(row["app"], from_ms(row["stopped_at_ms"]), row["stopped_by"], "")
    try:
        return replace(stopped, reason=tx.vault.open(row["reason"], purpose=PURPOSE))
    except WrongDataKey:
        log.exception("stop unreadable", extra={"event": "row_unreadable", "row": stopped.app})
        return replace(stopped, is_damaged=True)
