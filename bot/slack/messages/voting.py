"""What somebody is told about their word: why it does not count, what waits, a form for why."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.locales import Locale, join, text
from bot.registry import Json, SlackMessage
from bot.rules.approvals import Verdict, VoteRefusal
from bot.rules.numbers import cover_typed
from bot.rules.requests import RequestKind, RequestState
from bot.slack import blocks
from bot.slack.blocks import Block, code
from bot.slack.messages.approvals import groups_of
from bot.slack.messages.asked import place
from bot.slack.messages.ballots import ApprovalView, has_approved, state_name, title
from bot.slack.messages.faults import damaged, moment, note
from bot.slack.messages.previews import value_of

LOOK, BACK, WHY = "approve.look", "approve.back", "approve.why"
REJECT_FORM, WHY_FORM = "approve.reject_form", "approve.why_form"
REASON, REASON_BLOCK = "approve.reason", "reason"
REASON_MAX = 500
#: A message has 50 blocks.
LISTED_MAX = 20


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence about a request may need."""

    request_id: str
    kind: RequestKind | None = None
    state: RequestState | None = None
    approvers: tuple[str, ...] = ()
    #: Whose words stand.
    voted: tuple[str, ...] = ()
    verdict: Verdict = Verdict.APPROVE
    requester: str = ""
    #: Whom app.yaml names by now, and whether anybody is among both.
    today: tuple[str, ...] | None = None
    is_anybody_left: bool = True
    #: Who is refused here decides on it in another channel.
    is_held_elsewhere: bool = False


def refused(refusal: VoteRefusal, told: Told, locale: Locale) -> SlackMessage:
    """Why a word did not count."""
    key = f"requests.refused.{refusal.value}"
    if refusal is VoteRefusal.ALREADY_VOTED:
        key = f"requests.refused.already_{told.verdict.name.lower()}"
    is_other = told.today is not None and set(told.today) != set(told.approvers)
    if refusal is VoteRefusal.NOT_APPROVER and is_other:
        key = f"requests.refused.{_who_now(told)}"
    said = _said(key, told, locale)
    if not told.is_held_elsewhere:
        return said
    return note(join(locale, said.text, text(locale, "requests.refused.held_elsewhere")))


def _who_now(told: Told) -> str:
    """Which sentence says that app.yaml names others than when it was asked for."""
    if told.is_anybody_left:
        return "not_approver_now"
    return "nobody_left" if told.today else "nobody_named"


def unanswered(told: Told, locale: Locale) -> SlackMessage:
    """Slack did not say who may."""
    return _said("requests.refused.unanswered", told, locale)


def superseded(why: str, next_id: str, told: Told, locale: Locale) -> SlackMessage:
    """The word was not counted, for what it was about has changed."""
    said = text(locale, f"requests.superseded.{why}", request=told.request_id)
    following = text(locale, "requests.superseded.next", request=next_id) if next_id else ""
    return note(join(locale, said, following))


def answer(key: str, told: Told, locale: Locale) -> SlackMessage:
    """One of the sentences below `requests`."""
    return _said(f"requests.{key}", told, locale)


def reject_form(value: str, request_id: str, locale: Locale) -> Json:
    """Why somebody rejects: handed in, it rejects."""
    title = text(locale, "requests.reject.title", request=request_id)
    return _reason_form(REJECT_FORM, title, text(locale, "requests.reject.submit"), value, locale)


def why_form(request_id: str, locale: Locale) -> Json:
    """Why somebody rejected by emoji."""
    title, submit = (text(locale, f"requests.reject.{key}") for key in ("why_title", "why_submit"))
    return _reason_form(WHY_FORM, title, submit, request_id, locale)


def rejected_by_emoji(request_id: str, requester: str, locale: Locale) -> SlackMessage:
    """An emoji says no and not why: whoever put it there can add that."""
    said = text(locale, "requests.reject.by_emoji", request=request_id, person=f"<@{requester}>")
    button = blocks.button(WHY, text(locale, "requests.reject.why"), value=request_id)
    return SlackMessage(said, (blocks.section(said, accessory=button),))


def waiting(
    mine: Sequence[ApprovalView],
    own: Sequence[ApprovalView],
    user_id: str,
    locale: Locale,
    unread: Sequence[str] = (),
) -> SlackMessage:
    """What waits for somebody, and what they asked for that waits for others; `unread` are the rows
    that could not be read."""
    heading = text(locale, "requests.list.title" if mine else "requests.list.none")
    parts: list[Block] = [blocks.section(f"*{heading}*")]
    for shown in mine[:LISTED_MAX]:
        parts.append(row(shown, user_id, locale))
    parts += _more(len(mine), locale)
    if own:
        parts.append(blocks.section(f"*{text(locale, 'requests.list.own')}*"))
        parts += [row(shown, user_id, locale) for shown in own[:LISTED_MAX]]
        parts += _more(len(own), locale)
    parts += damaged(unread, locale)
    return SlackMessage(heading, tuple(parts))


def look(view: ApprovalView, whole: SlackMessage, user_id: str, locale: Locale) -> SlackMessage:
    """A copy of the card for one person; who approved can take it back here."""
    if not has_approved(view, user_id) or view.state is not RequestState.AWAITING_APPROVAL:
        return whole
    button = blocks.button(
        BACK,
        text(locale, "requests.list.take_back"),
        value=value_of(view.request_id, view.sha256),
        says=text(locale, "requests.list.take_back_says", request=view.request_id),
    )
    return SlackMessage(whole.text, (*whole.blocks, blocks.actions("back", button)))


def with_place(whole: SlackMessage, channel: str, locale: Locale) -> SlackMessage:
    """The same copy, and the channel in which the card itself is."""
    where = text(locale, "requests.list.place", channel=place(channel, locale))
    return SlackMessage(whole.text, (*whole.blocks, blocks.context(where)))


def not_yours(request_id: str, locale: Locale) -> SlackMessage:
    """There is no such request, or it is nothing to the person."""
    name = code(blocks.cut(cover_typed(request_id), 60))
    return note(text(locale, "requests.list.not_yours", request=name))


def row(shown: ApprovalView, user_id: str, locale: Locale) -> Block:
    """One request that waits, with a button for a copy of its card."""
    said = text(
        locale,
        "requests.list.one",
        request=shown.request_id,
        what=title(shown, locale),
        person=f"<@{shown.requester}>",
        time=moment(shown.expires_at),
    )
    mark = ":white_check_mark: " if has_approved(shown, user_id) else ""
    button = blocks.button(
        LOOK,
        text(locale, "requests.list.look"),
        value=shown.request_id,
        says=text(locale, "requests.list.look_says", request=shown.request_id),
    )
    return blocks.section(f"{mark}{said}", accessory=button)


def _more(count: int, locale: Locale) -> list[Block]:
    if count <= LISTED_MAX:
        return []
    return [blocks.context(text(locale, "requests.list.more", count=count - LISTED_MAX))]


def _reason_form(callback_id: str, title: str, submit: str, carried: str, locale: Locale) -> Json:
    field = blocks.text_input(REASON, multiline=True, max_length=REASON_MAX)
    label, hint = text(locale, "requests.reject.field"), text(locale, "requests.reject.hint")
    return blocks.form(
        callback_id,
        title=title,
        submit=submit,
        close=text(locale, "requests.reject.close"),
        blocks=[blocks.field(REASON_BLOCK, label, field, hint=hint)],
        carried=carried,
    )


def _said(key: str, told: Told, locale: Locale) -> SlackMessage:
    state = ""
    if told.kind is not None and told.state is not None:
        state = state_name(told.kind, told.state, locale)
    groups = groups_of(told.approvers, locale)
    today = groups_of(told.today or (), locale)
    known = {"request": told.request_id, "state": state, "groups": groups, "today": today}
    return note(text(locale, key, **known))
