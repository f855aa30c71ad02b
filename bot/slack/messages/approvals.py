"""What is said about an approval: line by line in its request's thread, and to who may not."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.slack import blocks
from bot.slack.blocks import code, inert
from bot.slack.messages.faults import moment, note

Facts = Mapping[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAME_MAX = 60


def asked(facts: Facts, locale: Locale) -> SlackMessage:
    """Who asked, who must say yes, until when."""
    key = "requests.thread.asked_one" if facts["needed"] == 1 else "requests.thread.asked_many"
    return _line(
        ":raised_hand:",
        text(
            locale,
            key,
            person=_person(facts["requester"]),
            what=what_of(facts, locale),
            needed=facts["needed"],
            groups=groups_of(facts["approvers"], locale),
            time=moment(_time(facts["expires_ms"])),
        ),
    )


def waived(facts: Facts, locale: Locale) -> SlackMessage:
    """Who asked; the policy asks for nobody's word."""
    person, what = _person(facts["requester"]), what_of(facts, locale)
    return _line(":outbox_tray:", text(locale, "requests.thread.waived", person=person, what=what))


def replaces(facts: Facts, locale: Locale) -> SlackMessage:
    """This request stands in another one's place."""
    return _line(
        ":arrows_counterclockwise:",
        text(locale, "requests.thread.replaces", request=facts["old_id"]),
    )


def counted(facts: Facts, locale: Locale) -> SlackMessage:
    """One of several approvals."""
    have, needed = facts["have"], facts["needed"]
    person = _person(facts["user"])
    said = text(locale, "requests.thread.counted", person=person, have=have, needed=needed)
    return _line(":white_check_mark:", said)


def approved(facts: Facts, locale: Locale) -> SlackMessage:
    """The last approval; the requester hears of it."""
    person, requester = _person(facts["user"]), _person(facts["requester"])
    said = text(locale, "requests.thread.approved", person=person, requester=requester)
    return _line(":white_check_mark:", said)


def rejected(facts: Facts, locale: Locale) -> SlackMessage:
    """A no, with its reason where there is one; the requester hears of it."""
    person, requester = _person(facts["user"]), _person(facts["requester"])
    said = text(locale, "requests.thread.rejected", person=person, requester=requester)
    return _line(":x:", said, facts["reason"])


def reason(facts: Facts, locale: Locale) -> SlackMessage:
    """The reason for a no that was said before."""
    said = text(locale, "requests.thread.reason", person=_person(facts["user"]))
    return _line(":speech_balloon:", said, facts["reason"])


def taken_back(facts: Facts, locale: Locale) -> SlackMessage:
    """An approval taken back."""
    said = text(locale, "requests.thread.taken_back", person=_person(facts["user"]))
    return _line(":leftwards_arrow_with_hook:", said)


def withdrawn(facts: Facts, locale: Locale) -> SlackMessage:
    """The requester took it back."""
    said = text(locale, "requests.thread.withdrawn", person=_person(facts["user"]))
    return _line(":wastebasket:", said)


def expired(facts: Facts, locale: Locale) -> SlackMessage:
    """Nobody decided in time; the requester hears of it."""
    said = text(locale, "requests.thread.expired", requester=_person(facts["requester"]))
    return _line(":hourglass:", said)


def superseded(facts: Facts, locale: Locale) -> SlackMessage:
    """What it stood on has changed; the requester hears what is next."""
    said = text(
        locale,
        f"requests.thread.superseded_{facts['why']}",
        requester=_person(facts["requester"]),
    )
    return _line(":arrows_counterclockwise:", join(locale, said, _next(facts, locale)))


def ending(facts: Facts, locale: Locale) -> SlackMessage:
    """The time is running."""
    time = moment(_time(facts["expires_ms"]))
    return _line(":hourglass:", text(locale, "requests.thread.ending", time=time))


def reminder(facts: Facts, locale: Locale) -> SlackMessage:
    """The same, to one who can still decide."""
    said = text(
        locale,
        "requests.thread.reminder",
        request=facts["request_id"],
        what=what_of(facts, locale),
        person=_person(facts["requester"]),
        time=moment(_time(facts["expires_ms"])),
    )
    return _line(":hourglass:", said)


NOTICES: Mapping[str, Callable[[Facts, Locale], SlackMessage]] = {
    "approval.asked": asked,
    "approval.waived": waived,
    "approval.replaces": replaces,
    "approval.counted": counted,
    "approval.approved": approved,
    "approval.rejected": rejected,
    "approval.reason": reason,
    "approval.taken_back": taken_back,
    "approval.withdrawn": withdrawn,
    "approval.expired": expired,
    "approval.superseded": superseded,
    "approval.ending": ending,
    "approval.reminder": reminder,
}


def what_of(facts: Facts, locale: Locale) -> str:
    """What is asked for, in a few words, as mrkdwn: the kind and the name."""
    kind = text(locale, f"requests.kind.{facts['kind'].replace('.', '_')}")
    name = inert(blocks.cut(facts["name"], NAME_MAX))
    return text(locale, "requests.what", kind=kind, name=name)


def groups_of(groups: Sequence[str], locale: Locale) -> str:
    """User groups as one names them."""
    return ", ".join(map(code, groups)) or text(locale, "requests.nobody")


def _next(facts: Facts, locale: Locale) -> str:
    """What stands in the place of a superseded request."""
    if facts["next_id"]:
        return text(locale, "requests.thread.superseded_next", request=facts["next_id"])
    is_open = facts["why"] == "changed"
    return text(locale, "requests.thread.superseded_again") if is_open else ""


def _line(mark: str, said: str, quoted: str = "") -> SlackMessage:
    """One line of history; what somebody wrote stands below it as they wrote it."""
    whole = f"{mark} {said}"
    if not quoted:
        return note(whole)
    return SlackMessage(said, (blocks.section(f"{whole}\n{blocks.quote(quoted)}"),))


def _person(user_id: str) -> str:
    return f"<@{user_id}>"


def _time(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
