"""Tells channels of each day, week and hour with trouble: figures first, then the picture of them.

Nothing here waits for a picture but its own card, and a card whose picture cannot be had is told
without.
"""

import io
import logging
from datetime import datetime

from bot.errors import SlackError
from bot.slack.files import Upload
from bot.slack.messages import summary_charts
from handlers import drawing
from handlers.children import NoAnswer
from handlers.drawing import Picture
from handlers.flows import summaries
from handlers.services import Services
from storage.summaries import Open

log = logging.getLogger("smsops.summaries")
EVERY_S = 10
#: A picture that broke so often breaks again.
TRIES = 3


async def run(services: Services, now: datetime) -> None:
    for due in await services.db.read(summaries.find_due, services.settings, now):
        facts = await services.db.read(summaries.facts_of, due, services.settings, now)
        await services.db.write(summaries.note, due, facts, now)
        services.posts_due.set()
    for summary in await services.db.read(summaries.find_open, now):
        if services.stopping.is_set():
            return
        await _illustrate(services, summary)


async def _illustrate(services: Services, summary: Open) -> None:
    """Makes the picture of one summary and has it said."""
    now = services.clock()
    try:
        picture = await _draw(services, summary)
        file_id = await services.slack.keep(_file(summary, picture))
    except (NoAnswer, OSError) as error:
        _log(summary, str(error))
        await _without(services, summary, is_over=summary.failures + 1 >= TRIES)
    except SlackError as fault:
        _log(summary, f"{fault.method}: {fault.code}")
        is_old = now - summary.noted_at > summaries.PICTURE_WITHIN
        await _without(services, summary, is_over=fault.permanent or is_old)
    else:
        note = "plain" if picture.is_plain else ""
        await services.db.write(summaries.finish, summary, file_id, note, services.clock())
        services.posts_due.set()


async def _draw(services: Services, summary: Open) -> Picture:
    chart = summary_charts.chart(summary.facts, services.settings.language)
    return await drawing.draw(chart, services.settings.data_dir)


def _file(summary: Open, picture: Picture) -> Upload:
    name = summary_charts.file_name(summary.facts)
    return Upload(name, io.BytesIO(picture.png), len(picture.png))


async def _without(services: Services, summary: Open, *, is_over: bool) -> None:
    """Another try later, or none any more."""
    if is_over:
        await services.db.write(summaries.finish, summary, "", "none", services.clock())
        services.posts_due.set()
    else:
        await services.db.write(summaries.put_off, summary, services.clock())


def _log(summary: Open, reason: str) -> None:
    extra = {"event": "chart_failed", "channel": summary.place.channel, "reason": reason}
    log.warning("no chart", extra=extra)
