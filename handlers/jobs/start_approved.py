"""Starts the jobs that somebody approved a while ago, once Slack says that they still may.

What nobody had to approve, or somebody did just now, is started by `run_jobs`, which waits for
nobody.
"""

from datetime import datetime

from handlers import backing
from handlers.flows import jobs
from handlers.services import Services

#: A send for six o'clock begins within so many seconds of it: each look is one of the few things
#: the bot does while nobody wants anything.
EVERY_S = 5


async def run(services: Services, now: datetime) -> None:
    due = await services.db.read(jobs.find_to_ask, now)
    if not due:
        return
    answers = await backing.ask(services, due)
    # What cannot be read is told of by `run_jobs`.
    await services.db.write(jobs.start_due, services.settings, services.clock(), answers)
    services.wake()
