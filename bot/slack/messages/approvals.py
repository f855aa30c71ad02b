"""What is said about an approval: line by line in its request's thread, and to who may not."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.locales import Locale, enumerated, join, text
from bot.registry import SlackMessage
from bot.rules.numbers import cover
from bot.rules.requests import RequestKind
from bot.slack import blocks
from bot.slack.blocks import esc, inert
from bot.slack.messages.faults import moment, note
from bot.slack.messages.holders import holders, quiet_holders

Facts = Mapping[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAME_MAX = 60
#: The stars of a masked number are ours, and no markup.
MASKED = re.compile(r"\+[0-9]{1,3}[0-9 ]*[*]{4}[0-9]*")
#: Why a request gave way where it may be asked for again on what is there now.
ASK_AGAIN = frozenset({"changed", "text_changed", "stopped_anew", "declined_anew", "limits_moved"})


def asked(facts: Facts, locale: Locale) -> SlackMessage:
    """Who asked, who must say yes, until when."""
    key = "requests.thread.asked_one" if facts["needed"] == 1 else "requests.thread.asked_many"
    said = text(
        locale,
        key,
        person=_person(facts["requester"]),
        what=what_of(facts, locale),
        needed=facts["needed"],
        groups=_groups(facts, locale),
        time=moment(_time(facts["expires_ms"])),
    )
    # An approver is no part of somebody's conversation with the bot.
    where = text(locale, "requests.thread.direct") if facts.get("is_direct") else ""
    return _line(":raised_hand:", join(locale, said, where))


def waived(facts: Facts, locale: Locale) -> SlackMessage:
    """Who asked; the policy asks for nobody's word."""
    person, what = _person(facts["requester"]), what_of(facts, locale)
    return _line(":outbox_tray:", text(locale, "requests.thread.waived", person=person, what=what))


def replaces(facts: Facts, locale: Locale) -> SlackMessage:
    """This request stands in the place of another one."""
    return _line(
        ":arrows_counterclockwise:",
        text(locale, "requests.thread.replaces", request=facts["old_id"]),
    )


def revised(facts: Facts, locale: Locale) -> SlackMessage:
    """The request says something else by now, so it has to be approved anew."""
    said = text(
        locale,
        "requests.thread.revised",
        person=_person(facts["requester"]),
        time=moment(_time(facts["expires_ms"])),
    )
    return _line(":arrows_counterclockwise:", said)


def elsewhere(facts: Facts, locale: Locale) -> SlackMessage:
    """That somebody is asked, as in `asked`, said where the card is not."""
    said = text(
        locale,
        "requests.thread.elsewhere",
        request=facts["request_id"],
        what=what_of(facts, locale),
        person=_person(facts["requester"]),
        groups=_groups(facts, locale),
        time=moment(_time(facts["expires_ms"])),
    )
    return _line(":raised_hand:", said)


def counted(facts: Facts, locale: Locale) -> SlackMessage:
    """One of several approvals."""
    have, needed = facts["have"], facts["needed"]
    person = _person(facts["user"])
    said = text(locale, "requests.thread.counted", person=person, have=have, needed=needed)
    return _line(":white_check_mark:", said)


def approved(facts: Facts, locale: Locale) -> SlackMessage:
    """The last approval; the requester hears of it."""
    person, requester = _person(facts["user"]), _person(facts["requester"])
    key = f"requests.approved.{group_name(RequestKind(facts['kind']))}"
    return _line(":white_check_mark:", text(locale, key, person=person, requester=requester))


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


def voided(facts: Facts, locale: Locale) -> SlackMessage:
    """Approvals of people who may not approve any more."""
    people = people_of(facts["gone"], locale)
    said = text(locale, "requests.thread.voided", people=people)
    return _line(":leftwards_arrow_with_hook:", said)


def lapsed(facts: Facts, locale: Locale) -> SlackMessage:
    """Some who approved it may no more, so it waits again; whoever can decide hears of it."""
    said = text(
        locale,
        "requests.thread.lapsed",
        request=facts["request_id"],
        what=what_of(facts, locale),
        requester=_person(facts["requester"]),
        people=people_of(facts["gone"], locale),
        have=facts["have"],
        needed=facts["needed"],
        groups=groups_of(facts["approvers"], locale),
        time=moment(_time(facts["expires_ms"])),
    )
    return _line(":raised_hand:", said)


def unasked(facts: Facts, locale: Locale) -> SlackMessage:
    """The request could be carried out, and nobody can tell whether those who approved it still
    may."""
    said = text(locale, "requests.thread.unasked", requester=_person(facts["requester"]))
    return _line(":hourglass_flowing_sand:", said)


def withdrawn(facts: Facts, locale: Locale) -> SlackMessage:
    """The requester took it back."""
    said = text(locale, "requests.thread.withdrawn", person=_person(facts["user"]))
    return _line(":wastebasket:", said)


def expired(facts: Facts, locale: Locale) -> SlackMessage:
    """Nobody decided in time; the requester hears of it."""
    said = text(locale, "requests.thread.expired", requester=_person(facts["requester"]))
    return _line(":hourglass:", said)


def restored(facts: Facts, locale: Locale) -> SlackMessage:
    """The file is an older one by now; the requester hears that it ended."""
    said = text(locale, "requests.thread.restored", requester=_person(facts["requester"]))
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
    """The time to decide is running out."""
    time = moment(_time(facts["expires_ms"]))
    return _line(":hourglass:", text(locale, "requests.thread.ending", time=time))


def reminder(facts: Facts, locale: Locale) -> SlackMessage:
    """That the time is running, said to one who can still decide."""
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
    "approval.revised": revised,
    "approval.elsewhere": elsewhere,
    "approval.counted": counted,
    "approval.approved": approved,
    "approval.rejected": rejected,
    "approval.reason": reason,
    "approval.taken_back": taken_back,
    "approval.voided": voided,
    "approval.lapsed": lapsed,
    "approval.unasked": unasked,
    "approval.withdrawn": withdrawn,
    "approval.expired": expired,
    "approval.restored": restored,
    "approval.superseded": superseded,
    "approval.ending": ending,
    "approval.reminder": reminder,
}


def what_of(facts: Facts, locale: Locale) -> str:
    """What is asked for, in a few words, as mrkdwn."""
    name, recipients = blocks.cut(facts["name"], NAME_MAX), facts.get("recipients", 0)
    return what(RequestKind(facts["kind"]), name, recipients, locale)


def what(kind: RequestKind, name: str, recipients: int, locale: Locale) -> str:
    """The kind and the name, as mrkdwn."""
    plain = plain_what(kind, name, recipients, locale)
    return esc(plain) if MASKED.fullmatch(name) else inert(plain)


def plain_what(kind: RequestKind, name: str, recipients: int, locale: Locale) -> str:
    """The kind and the name, as plain text; of a send, how many it goes to."""
    if kind is RequestKind.SEND:
        return text(locale, "requests.what_send", name=name, count=f"{recipients:,}")
    if kind is RequestKind.LIMITS_EXEMPT:
        return text(locale, "requests.what_exempt", name=name)
    said = text(locale, f"requests.kind.{kind.value.replace('.', '_')}")
    return text(locale, "requests.what", kind=said, name=name)


def group_name(kind: RequestKind) -> str:
    """What an approval of it does: the name of its sentence."""
    match kind:
        case (
            RequestKind.SEND
            | RequestKind.OPTOUT_REMOVE
            | RequestKind.APP_RESUME
            | RequestKind.LIMITS_CHANGE
            | RequestKind.LIMITS_EXEMPT
            | RequestKind.NUMBER_ERASE
        ):
            return kind.value.replace(".", "_")
        case _:
            return "content"


def groups_of(groups: Sequence[str], locale: Locale) -> str:
    """Who is named by entries of app.yaml."""
    return holders(groups, locale) or text(locale, "requests.nobody")


def people_of(user_ids: Sequence[str], locale: Locale) -> str:
    """Several people, as mentions."""
    return enumerated(locale, map(_person, user_ids))


def _groups(facts: Facts, locale: Locale) -> str:
    """The card names them, and whoever it is about has heard of it."""
    return quiet_holders(facts["approvers"], locale) or text(locale, "requests.nobody")


def _next(facts: Facts, locale: Locale) -> str:
    """What stands in the place of a superseded request."""
    if facts["next_id"]:
        return text(locale, "requests.thread.superseded_next", request=facts["next_id"])
    is_open = facts["why"] in ASK_AGAIN
    return text(locale, "requests.thread.superseded_again") if is_open else ""


def _line(mark: str, said: str, quoted: str = "") -> SlackMessage:
    """One line of history; what somebody wrote stands below it, numbers masked."""
    whole = f"{mark} {said}"
    if not quoted:
        return note(whole)
    return SlackMessage(said, (blocks.section(f"{whole}\n{blocks.quote(cover(quoted))}"),))


def _person(user_id: str) -> str:
    return f"<@{user_id}>"


def _time(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
