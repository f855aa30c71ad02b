"""Which SMS application is meant where none is named."""

from datetime import datetime

from bot.settings import App, Settings
from storage import app_choices
from storage.db import Tx


def meant(tx: Tx, settings: Settings, user_id: str, *channel: str) -> App:
    """The app somebody means in a channel, given by its id first, where they name none: what they
    chose there, else what app.yaml says."""
    chosen = app_choices.get(tx, user_id, channel[0]) if channel else None
    known = settings.app(chosen) if chosen else None
    return known or settings.app_in(*channel)


def use(tx: Tx, settings: Settings, app: App, user_id: str, now: datetime, *channel: str) -> None:
    """From here on `app` is meant by that person in that channel; nobody else's changes."""
    if settings.app_in(*channel) == app:
        app_choices.forget(tx, user_id, channel[0])
    else:
        app_choices.put(tx, user_id, channel[0], app.name, now)
