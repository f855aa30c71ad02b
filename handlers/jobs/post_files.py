"""What was too long for a message, brought as a file into its thread, once."""

import io

from bot.locales import text
from bot.rules.lanes import FILES
from bot.slack.files import Upload
from handlers.services import Services
from storage import posts
from storage.posts import Post


async def bring(services: Services, post: Post, channel: str, thread_ts: str | None) -> bool:
    """Brings the file of `post` and notes that it is there. One whose answer was lost is looked for
    by its name before it is brought again. Raises SlackError."""
    name, body = str(post.facts["name"]), str(post.facts["text"]).encode()
    is_there = post.tried_at is not None and await services.slack.has_file(channel, name, thread_ts)
    if not is_there:
        said = text(services.settings.language, "faults.overlong_file")
        file = Upload(name, io.BytesIO(body), len(body))
        async with services.lanes.turn(FILES, channel):
            if not await services.db.write(posts.note_try, post, services.clock()):
                return False
            await services.slack.upload(channel, [file], said, thread_ts)
    await services.db.write(posts.note_posted, post, ts="", now=services.clock())
    return True
