"""The app somebody means in a channel where they name none."""

from datetime import datetime

from storage.db import Tx
from storage.ids import to_ms

PUT_CHOICE = """
INSERT INTO app_choices (user_id, channel, app, chosen_at_ms)
VALUES (:user_id, :channel, :app, :now)
ON CONFLICT (user_id, channel) DO UPDATE SET app = excluded.app,
  chosen_at_ms = excluded.chosen_at_ms
"""
GET_CHOICE = "SELECT app FROM app_choices WHERE user_id = :user_id AND channel = :channel"
FORGET_CHOICE = "DELETE FROM app_choices WHERE user_id = :user_id AND channel = :channel"


def put(tx: Tx, user_id: str, channel: str, app: str, now: datetime) -> None:
    """From here on that person means `app` there, whatever they chose before."""
    tx.run(PUT_CHOICE, user_id=user_id, channel=channel, app=app, now=to_ms(now))


def get(tx: Tx, user_id: str, channel: str) -> str | None:
    """The name of the app, which app.yaml may not know any more; None where none was chosen."""
    row = tx.one(GET_CHOICE, user_id=user_id, channel=channel)
    return None if row is None else str(row["app"])


def forget(tx: Tx, user_id: str, channel: str) -> None:
    """What app.yaml says holds again."""
    tx.run(FORGET_CHOICE, user_id=user_id, channel=channel)
