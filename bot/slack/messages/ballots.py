"""A request under a policy, whatever it asks for: who decides, who said what, and the buttons.

The card of every kind is put together with these, so that a word looks and works the same anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.locales import Locale, text
from bot.rules.approval_table import Fitting
from bot.rules.approvals import Verdict, Vote, standing
from bot.rules.numbers import cover
from bot.rules.requests import RequestKind, RequestState
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.slack.messages import approval_table
from bot.slack.messages.approvals import group_name, groups_of, people_of, plain_what, what
from bot.slack.messages.faults import moment
from bot.slack.messages.previews import value_of

APPROVE, REJECT, WITHDRAW = "approve.yes", "approve.no", "approve.withdraw"
#: The same under a copy that one person alone sees, which no edit of the card reaches.
APPROVE_HERE, WITHDRAW_HERE = "approve.yes_here", "approve.withdraw_here"
VERDICT_MARKS = {Verdict.APPROVE: ":white_check_mark:", Verdict.REJECT: ":x:"}
TITLE_NAME_MAX, VOTES_MAX, REASON_MAX = 80, 12, 200
AWAITING = RequestState.AWAITING_APPROVAL
#: Nobody brings these back at Tencent.
DELETIONS = frozenset({RequestKind.TEMPLATE_DELETE, RequestKind.SIGNATURE_DELETE})
#: Of an erasure these are called otherwise: nothing of it goes to Tencent.
ERASING = frozenset({RequestState.APPROVED, RequestState.EXECUTING, RequestState.FAILED})


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said, and why."""

    vote: Vote
    reason: str


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A request and the policy it is under.

    `name` is what people call what is asked for, `recipients` how many a send goes to (else 0);
    `emoji` are an approving and a rejecting one, where they count.
    """

    request_id: str
    sha256: str
    kind: RequestKind
    name: str
    recipients: int
    requester: str
    state: RequestState
    needed: int
    approvers: tuple[str, ...]
    buttons_only: bool
    emoji: tuple[str, ...]
    expires_at: datetime
    words: tuple[Word, ...]
    #: The row of the table of approvals it came to; None where that is not known.
    row: Fitting | None = None
    #: Who approved it and might no more when it was to be carried out, so that it waits again.
    gone: tuple[str, ...] = ()
    #: Whom app.yaml names by now, while it waits; None where that does not matter.
    today: tuple[str, ...] | None = None


def title(view: ApprovalView, locale: Locale, longest: int = TITLE_NAME_MAX) -> str:
    """What is asked for in a few words, as mrkdwn."""
    return what(view.kind, blocks.cut(view.name, longest), view.recipients, locale)


def state_name(kind: RequestKind, state: RequestState, locale: Locale) -> str:
    """The state in a few words: that Tencent has a template is not that it may be used."""
    if kind is RequestKind.SEND:
        return text(locale, f"requests.sending.{state.name.lower()}")
    if kind is RequestKind.NUMBER_ERASE and state in ERASING:
        return text(locale, f"requests.card.erase_{state.name.lower()}")
    if state is RequestState.DONE:
        return text(locale, f"requests.card.done_{kind.value.partition('.')[2]}")
    return text(locale, f"requests.state.{state.name.lower()}")


def headline(view: ApprovalView, locale: Locale) -> str:
    """Where a request stands, and how many of several have approved."""
    if view.state is AWAITING and view.needed > 1:
        have = len(standing([word.vote for word in view.words]))
        return text(locale, "requests.card.awaiting_many", have=have, needed=view.needed)
    return state_name(view.kind, view.state, locale)


def policy_facts(view: ApprovalView, locale: Locale) -> list[tuple[str, str]]:
    """Who has to approve it, until when and by which row of the table, while it waits."""
    if view.state is not AWAITING:
        return []
    key = "requests.card.needs_one" if view.needed == 1 else "requests.card.needs_many"
    needs = text(locale, key, needed=view.needed, groups=groups_of(view.approvers, locale))
    if view.today is not None and set(view.today) != set(view.approvers):
        needs += f"\n{_named_now(view.today, locale)}"
    if view.row is not None:
        needs += f"\n{approval_table.why(view.row, locale)}"
    return [
        (text(locale, "requests.card.needs"), needs),
        (text(locale, "requests.card.expires"), moment(view.expires_at)),
    ]


def _named_now(today: tuple[str, ...], locale: Locale) -> str:
    """That an approver has to be named there too."""
    if not today:
        return text(locale, "requests.card.nobody_named_now")
    return text(locale, "requests.card.named_now", groups=groups_of(today, locale))


def said(view: ApprovalView, locale: Locale) -> list[Block]:
    """Who said what, when and why."""
    words = [word for word in view.words if not word.vote.is_taken_back]
    lines = [_word(word, locale) for word in words[:VOTES_MAX]]
    if view.state is AWAITING and view.gone:
        people = people_of(view.gone, locale)
        lines.append(f":warning: {text(locale, 'requests.card.lapsed', people=people)}")
    return [blocks.section("\n".join(lines))] if lines else []


def has_approved(view: ApprovalView, user_id: str) -> bool:
    """Whether somebody's approval stands."""
    return any(vote.user_id == user_id for vote in standing([word.vote for word in view.words]))


def vote_buttons(view: ApprovalView, locale: Locale, *, is_copy: bool = False) -> tuple[Block, ...]:
    """What can still be said about it, as elements of an actions block; the buttons of a copy,
    which no edit reaches, replace it. A send that is approved is stopped otherwise."""
    if view.state is AWAITING:
        approve = APPROVE_HERE if is_copy else APPROVE
        return (*_decisions(view, locale, approve), _withdraw(view, locale, is_copy=is_copy))
    if view.state is RequestState.APPROVED and view.kind is not RequestKind.SEND:
        return (_withdraw(view, locale, is_copy=is_copy),)
    return ()


def trace(view: ApprovalView, locale: Locale) -> str:
    """The id somebody would be asked for, and what else counts as a word."""
    known = [view.request_id]
    if view.state is AWAITING and view.emoji:
        approve, reject = (f":{emoji}:" for emoji in view.emoji)
        known.append(text(locale, "requests.card.by_emoji", approve=approve, reject=reject))
    elif view.state is AWAITING:
        known.append(text(locale, "requests.card.buttons_only"))
    return " · ".join(known)


def _word(word: Word, locale: Locale) -> str:
    line = text(
        locale,
        f"requests.card.said_{word.vote.verdict.name.lower()}",
        person=f"<@{word.vote.user_id}>",
        time=moment(word.vote.at),
    )
    line = f"{VERDICT_MARKS[word.vote.verdict]} {line}"
    # The thread has it whole.
    reason = blocks.cut(cover(word.reason), REASON_MAX)
    return f"{line}\n{blocks.quote(reason)}" if reason else line


def _withdraw(view: ApprovalView, locale: Locale, *, is_copy: bool) -> Block:
    return blocks.button(
        WITHDRAW_HERE if is_copy else WITHDRAW,
        text(locale, "requests.card.withdraw"),
        value=value_of(view.request_id, view.sha256),
        says=text(locale, "requests.card.withdraw_says", request=view.request_id),
    )


def _once_approved(view: ApprovalView, locale: Locale) -> str:
    """What becomes of it, and whether this one word is enough for that."""
    missing = view.needed - len(standing([word.vote for word in view.words]))
    when = "last" if missing <= 1 else "not_last"
    name = "deletion" if view.kind in DELETIONS else group_name(view.kind)
    return text(
        locale,
        f"requests.approve_text.{name}",
        what=plain_what(view.kind, blocks.cut(view.name, TITLE_NAME_MAX), view.recipients, locale),
        when=text(locale, f"requests.approve_text.{when}"),
    )


def _decisions(view: ApprovalView, locale: Locale, approve: str) -> Sequence[Block]:
    """Approve and reject; the riskiest kinds ask once more."""
    value = value_of(view.request_id, view.sha256)
    once_more = blocks.confirm(
        text(locale, "requests.card.approve_title"),
        _once_approved(view, locale),
        text(locale, "requests.card.approve"),
        text(locale, "requests.card.not_now"),
    )
    return (
        blocks.button(
            approve,
            text(locale, "requests.card.approve"),
            value=value,
            style="primary",
            confirm=once_more if view.buttons_only else None,
            says=text(locale, "requests.card.approve_says", request=view.request_id),
        ),
        blocks.button(
            REJECT,
            text(locale, "requests.card.reject"),
            value=value,
            style="danger",
            says=text(locale, "requests.card.reject_says", request=view.request_id),
        ),
    )
