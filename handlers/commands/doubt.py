"""The buttons under a doubt: a person's word where neither Tencent nor the carriers gave theirs."""

from datetime import timedelta

from bot.locales import text
from bot.registry import Answer, Button, Nothing, Pressed, Whisper
from bot.rules.roles import Role
from bot.slack.messages import doubts as doubt_messages
from bot.slack.messages import faults as fault_messages
from handlers import scopes
from handlers.flows import doubts
from handlers.flows.doubts import Decided, DoubtChoice, DoubtRefusal
from handlers.services import Services
from storage.ids import from_ms


async def treat_as_sent(knock: Pressed, services: Services) -> Answer:
    """A person lets a doubt rest: it counts as sent."""
    return await _decide(knock, services, DoubtChoice.TREAT_AS_SENT)


async def send_again(knock: Pressed, services: Services) -> Answer:
    """A person has a message in doubt sent once more."""
    return await _decide(knock, services, DoubtChoice.SEND_AGAIN)


async def keep_waiting(knock: Pressed, services: Services) -> Answer:
    """A person waits for a carrier's report a while longer."""
    return await _decide(knock, services, DoubtChoice.KEEP_WAITING)


async def all_treat_as_sent(knock: Pressed, services: Services) -> Answer:
    """Treats as sent all doubts of a job that were put before a person."""
    return await _decide_all(knock, services, DoubtChoice.TREAT_AS_SENT)


async def all_send_again(knock: Pressed, services: Services) -> Answer:
    """A person who did not ask for the job has its doubts sent once more."""
    return await _decide_all(knock, services, DoubtChoice.SEND_AGAIN)


async def all_keep_waiting(knock: Pressed, services: Services) -> Answer:
    """A person waits a while longer for what carriers report on a job."""
    return await _decide_all(knock, services, DoubtChoice.KEEP_WAITING)


async def _decide(knock: Pressed, services: Services, choice: DoubtChoice) -> Answer:
    message_id, _, attempt = knock.value.partition(":")
    again_for = timedelta(seconds=services.settings.sending.retry_unsent_for_s)
    now, user_id = services.clock(), knock.person.user_id
    end = await services.db.write(
        doubts.decide, message_id, attempt, choice, user_id, now, again_for
    )
    _ring(services)
    return _refused(knock, end) if isinstance(end, DoubtRefusal) else Nothing()


async def _decide_all(knock: Pressed, services: Services, choice: DoubtChoice) -> Answer:
    person, read = knock.person, doubt_messages.read_job_value(knock.value)
    if read is None:
        return Whisper(fault_messages.outdated(person.locale))
    request_id, asked_to_ms = read
    now = services.clock()
    asked_to = min(from_ms(asked_to_ms), now)
    count = 0
    while True:
        end = await services.db.write(
            doubts.decide_all, request_id, choice, person.user_id, now, asked_to
        )
        if isinstance(end, Decided):
            count += end.count
        if not isinstance(end, Decided) or not end.is_more:
            break
    _ring(services)
    if isinstance(end, DoubtRefusal) and not count:
        return _refused(knock, end)
    one = "_one" if count == 1 else ""
    said = text(person.locale, f"doubt.job.decided_{choice.value}{one}", count=count)
    return Whisper(fault_messages.note(said))


def _ring(services: Services) -> None:
    services.cards_due.set()
    services.messages_due.set()


def _refused(knock: Pressed, refusal: DoubtRefusal) -> Whisper:
    said = text(knock.person.locale, f"doubt.refused.{refusal.value}")
    return Whisper(fault_messages.note(said))


BUTTONS = (
    Button(doubt_messages.TREAT_AS_SENT, Role.REQUESTER, treat_as_sent, scopes.of_message),
    Button(doubt_messages.SEND_AGAIN, Role.REQUESTER, send_again, scopes.of_message),
    Button(doubt_messages.KEEP_WAITING, Role.REQUESTER, keep_waiting, scopes.of_message),
    Button(doubt_messages.ALL_TREAT_AS_SENT, Role.REQUESTER, all_treat_as_sent, scopes.of_request),
    Button(doubt_messages.ALL_SEND_AGAIN, Role.REQUESTER, all_send_again, scopes.of_request),
    Button(doubt_messages.ALL_KEEP_WAITING, Role.REQUESTER, all_keep_waiting, scopes.of_request),
)
