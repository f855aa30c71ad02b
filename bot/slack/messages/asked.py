"""What comes of handing in a form: what was asked for and where its card is, or why not."""

from bot.locales import Locale, text
from bot.registry import Json, SlackMessage
from bot.rules.approvals import Rule
from bot.rules.content import ReviewState
from bot.slack import blocks
from bot.slack.blocks import inert
from bot.slack.messages.approvals import groups_of
from bot.slack.messages.faults import note
from bot.slack.messages.listings import state_word


def asked(request_id: str, channel: str, locale: Locale, *, is_waived: bool) -> Json:
    """A request was made; nobody has to say yes where `is_waived`."""
    key = "asked.waived" if is_waived else "asked.waits"
    said = text(locale, key, request=request_id, channel=place(channel, locale))
    return closing_form(said, locale)


def already_asked(request_id: str, channel: str, what: str, locale: Locale) -> str:
    """Another request is in the way."""
    where = place(channel, locale)
    return text(locale, "asked.already", request=request_id, channel=where, what=inert(what))


def changed(what: str, locale: Locale) -> str:
    """What was looked at has changed before it was handed in."""
    return text(locale, "asked.changed", what=inert(what))


def gone(what: str, locale: Locale) -> str:
    return text(locale, "asked.gone", what=inert(what))


def not_changeable(what: str, review: ReviewState, locale: Locale) -> str:
    """Tencent takes no change of it in the state it is in."""
    state = state_word(review, locale)
    return text(locale, "asked.not_changeable", what=inert(what), state=state)


def closing_form(sentence: str, locale: Locale) -> Json:
    """One sentence in the place of the form; all there is to do is to close it."""
    return {
        "type": "modal",
        "title": blocks.plain(text(locale, "asked.title"), 24),
        "close": blocks.plain(text(locale, "form.close"), 24),
        "blocks": [blocks.section(sentence)],
    }


def cannot_ask(locale: Locale) -> SlackMessage:
    """The API in use does not take changes."""
    return note(text(locale, "asked.not_supported"))


def may_not_ask(groups: tuple[str, ...], locale: Locale) -> SlackMessage:
    """app.yaml lets only `groups` ask for this."""
    return note(text(locale, "asked.not_you", groups=groups_of(groups, locale)))


def nobody_approves(groups: tuple[str, ...], locale: Locale) -> SlackMessage:
    """The request would wait until it expires: in `groups` is nobody but who asks."""
    return note(text(locale, "asked.nobody_approves", groups=groups_of(groups, locale)))


def too_few_approve(rule: Rule, others: int, locale: Locale) -> SlackMessage:
    """The request would wait until it expires: more people have to approve than there are, but who
    asks."""
    groups = groups_of(rule.approvers, locale)
    key = "asked.too_few_approve"
    return note(text(locale, key, groups=groups, needed=rule.needed, others=others))


def place(channel: str, locale: Locale) -> str:
    """A channel as people see it."""
    if channel.startswith("D"):
        return text(locale, "asked.direct_message")
    return f"<#{channel}>" if channel[:1] in {"C", "G"} else inert(channel)
