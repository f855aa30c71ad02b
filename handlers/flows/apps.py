"""Which SMS application is meant where none is named."""

from datetime import datetime

from bot.rules.roles import EVERY_APP, Apps
from bot.settings import App, Settings
from storage import app_choices
from storage.db import Tx


def meant(tx: Tx, settings: Settings, user_id: str, *channel: str, mine: Apps = EVERY_APP) -> App:
    """The app somebody means in a channel, given by its id first, where they name none: what they
    chose there, else what app.yaml says. `mine` are the apps they have any role for."""
    chosen = app_choices.get(tx, user_id, channel[0]) if channel else None
    known = settings.app(chosen) if chosen else None
    return known or unless_chosen(settings, mine, *channel)


def unless_chosen(settings: Settings, mine: Apps, *channel: str) -> App:
    """What app.yaml says: the app of the channel; where it is no app's, the default one, or, where
    that is not one's own, the first that is."""
    found = settings.app_in(*channel)
    named = {name.removeprefix("#") for name in channel}
    is_here = not named.isdisjoint(name.removeprefix("#") for name in found.channels)
    if is_here or found.name in mine:
        return found
    return next((app for app in settings.apps if app.name in mine), found)


def use(tx: Tx, settings: Settings, app: App, user_id: str, now: datetime, *channel: str) -> None:
    """From here on `app` is meant by that person in that channel; nobody else's changes."""
    if settings.app_in(*channel) == app:
        app_choices.forget(tx, user_id, channel[0])
    else:
        app_choices.put(tx, user_id, channel[0], app.name, now)
