"""Asks how Tencent's reviews stand: only those that are due, a hundred a question."""

import logging
import random
from datetime import datetime

from bot.errors import TencentError, TencentRefusal
from bot.tencent.provider import ContentProvider, content_provider
from handlers.flows import reviews
from handlers.flows.reviews import Answered, Question, Unanswered
from handlers.looking import find_ids
from handlers.services import Services

log = logging.getLogger("smsops.reviews")
EVERY_S = 15


async def run(services: Services, now: datetime) -> None:
    """One question for up to a hundred reviews of a kind and side; all answers are kept in one
    transaction."""
    tencent = content_provider(services.tencent)
    questions = await services.db.read(reviews.find_due, now)
    if tencent is None or not questions:
        return
    answers = [await _ask(services, tencent, question) for question in questions]
    settings = services.settings
    await services.db.write(reviews.take, answers, settings, random.random, services.clock())
    services.wake()


async def _ask(
    services: Services, tencent: ContentProvider, question: Question
) -> Answered | Unanswered:
    asked_at = services.clock()
    try:
        found = await find_ids(
            tencent, question.kind, question.ids, international=question.international
        )
    except TencentError as error:
        log.warning("reviews not polled", extra={"event": "poll_failed", "reason": str(error)})
        if isinstance(error, TencentRefusal) and error.permanent:
            return Unanswered(question, barred=error.code)
        return Unanswered(question)
    return Answered(question, found, asked_at)
