"""The bot's own tab in Slack: drawn anew whenever somebody looks at it, for them alone."""

from bot.registry import Answer, Button, Event, Happened, Home, Json, Knock, Pressed
from bot.slack.messages import homes as messages
from handlers.flows import homes
from handlers.services import Services


async def opened(knock: Happened, services: Services) -> Answer:
    """Somebody looks at it."""
    return await _home(knock, services)


async def refresh(knock: Pressed, services: Services) -> Answer:
    """The tab as it is by now."""
    return await _home(knock, services)


async def is_home(services: Services, event: Json) -> bool:
    """The conversation beside it is opened with the same event."""
    return event.get("tab") == "home"


async def _home(knock: Knock, services: Services) -> Home:
    person = knock.person
    entries = await services.people.entries_of(person)
    view = await services.db.read(homes.load, person, entries, services.settings, knock.now)
    return Home(messages.home(view, person))


BUTTONS = (Button(messages.REFRESH, None, refresh),)
EVENTS = (Event("app_home_opened", "app_home_opened", (), None, opened, is_home),)
