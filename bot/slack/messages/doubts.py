"""What nobody can tell: the evidence there is, and a person's three choices."""

import re

from bot.locales import Locale, enumerated, text
from bot.rules.doubts import DoubtFacts, JobDoubts
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.slack.messages.faults import moment

TREAT_AS_SENT, SEND_AGAIN = "doubt.treat_as_sent", "doubt.send_again"
KEEP_WAITING = "doubt.keep_waiting"
ALL_TREAT_AS_SENT, ALL_SEND_AGAIN = "doubt.all_treat_as_sent", "doubt.all_send_again"
ALL_KEEP_WAITING = "doubt.all_keep_waiting"
MS = 1000
#: A time has 13 digits until 2286.
JOB_VALUE = re.compile(r"([^:]+):([0-9]{1,13})")


def lines(facts: DoubtFacts, *, is_asked: bool, locale: Locale) -> list[str]:
    """The evidence on one message, and who chose to wait."""
    said = []
    if facts.fitting == 1:
        said.append(text(locale, "doubt.fitting"))
    elif facts.fitting:
        said.append(text(locale, "doubt.fitting_many", count=facts.fitting))
    if facts.waited_by and facts.ask_at is not None and not is_asked:
        said.append(
            text(
                locale,
                "doubt.waiting",
                person=f"<@{facts.waited_by}>",
                time=moment(facts.ask_at, "{time}"),
            )
        )
    return said


def buttons(
    message_id: str, attempt: str, number: str, *, may_repeat: bool, locale: Locale
) -> Block:
    """Under one message. `number` is masked; a code may not be repeated."""
    value = f"{message_id}:{attempt}"
    again = blocks.button(
        SEND_AGAIN,
        text(locale, "doubt.send_again"),
        value=value,
        style="danger",
        confirm=_sure(
            text(locale, "doubt.send_again_title"),
            text(locale, "doubt.send_again_text", number=number),
            locale,
        ),
    )
    return blocks.actions(
        f"doubt.{message_id}.{attempt}",
        blocks.button(TREAT_AS_SENT, text(locale, "doubt.treat_as_sent"), value=value),
        *([again] if may_repeat else []),
        blocks.button(KEEP_WAITING, text(locale, "doubt.keep_waiting"), value=value),
    )


def of_job(doubts: JobDoubts, request_id: str, locale: Locale) -> tuple[Block, ...]:
    """The part of a job's card about its doubts: what is known, and one word about all of them."""
    since = moment(doubts.since, "{time}")
    one = "_one" if doubts.total == 1 else ""
    title = text(locale, f"doubt.job.title{one}", count=doubts.total, time=since)
    said = [title, _numbers(doubts, locale)]
    if doubts.hinted:
        said.append(text(locale, f"doubt.job.hinted{one}", count=doubts.hinted))
    if doubts.decidable_at is not None and doubts.ask_at is None:
        time = moment(doubts.decidable_at, "{time}")
        said.append(text(locale, f"doubt.job.until{one}", time=time))
    if doubts.waited_by and doubts.ask_at is not None and not doubts.asked:
        person, time = f"<@{doubts.waited_by}>", moment(doubts.ask_at, "{time}")
        said.append(text(locale, "doubt.job.waiting", person=person, time=time))
    if doubts.asked_to is None:
        return (blocks.section("\n".join(said)),)
    said.append(text(locale, f"doubt.job.asked{one}", count=doubts.asked))
    return blocks.section("\n".join(said)), _job_buttons(doubts, request_id, locale)


def read_job_value(value: str) -> tuple[str, int] | None:
    """What a button of a job carries: the request, and up to when doubts were put (UTC ms); None
    for a value that is none of ours."""
    found = JOB_VALUE.fullmatch(value)
    return (found[1], int(found[2])) if found else None


def _numbers(doubts: JobDoubts, locale: Locale) -> str:
    shown = enumerated(locale, doubts.numbers)
    more = doubts.total - len(doubts.numbers)
    if more > 0:
        return text(locale, "doubt.job.numbers_more", numbers=shown, count=more)
    return shown


def _job_buttons(doubts: JobDoubts, request_id: str, locale: Locale) -> Block:
    asked_to_ms = int(doubts.asked_to.timestamp() * MS) if doubts.asked_to else 0
    value = f"{request_id}:{asked_to_ms}"
    return blocks.actions(
        # A question more is another block: Slack forgets what a button of the last one was.
        f"doubts.{request_id}.{asked_to_ms}",
        blocks.button(ALL_TREAT_AS_SENT, text(locale, "doubt.treat_as_sent"), value=value),
        blocks.button(
            ALL_SEND_AGAIN,
            text(locale, "doubt.send_again"),
            value=value,
            style="danger",
            confirm=_sure(
                text(locale, "doubt.job.send_all_title", count=doubts.asked),
                text(locale, "doubt.job.send_all_text"),
                locale,
            ),
        ),
        blocks.button(ALL_KEEP_WAITING, text(locale, "doubt.keep_waiting"), value=value),
    )


def _sure(title: str, said: str, locale: Locale) -> Block:
    return blocks.confirm(
        title,
        said,
        text(locale, "doubt.send_again_yes"),
        text(locale, "doubt.send_again_no"),
        danger=True,
    )
