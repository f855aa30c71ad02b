"""The preview of a send: exactly what would go out, what it costs, which limits it meets."""

from bot.locales import Locale, aside, text
from bot.registry import SlackMessage
from bot.rules import sending
from bot.rules.limits import Use, Verdict
from bot.rules.lint import Finding
from bot.rules.numbers import mask
from bot.rules.sending import Draft
from bot.slack import blocks
from bot.slack.blocks import Block, esc, inert
from bot.slack.messages import lint
from bot.slack.messages.faults import limit_scope, moment, sentence

CONFIRM, DISCARD = "send.confirm", "send.discard"
#: The button carries the request and this much of the hash of what was shown.
SHA_CHARS = 32


def preview(draft: Draft, locale: Locale) -> SlackMessage:
    """Shown to the requester alone; nothing has been sent."""
    may_send = sending.limit_fault(draft.verdict) is None
    title = text(locale, "preview.title" if may_send else "preview.title_limit")
    parts = [
        blocks.header(title),
        *facts_blocks(draft, locale),
        _buttons(draft, locale, may_send=may_send),
    ]
    return SlackMessage(f"{title} {mask(draft.plan.number.e164)}", tuple(parts))


def facts_blocks(draft: Draft, locale: Locale) -> list[Block]:
    """The whole of a preview but its title and buttons: a message and a form show the same."""
    hit = sending.limit_fault(draft.verdict)
    parts = [
        blocks.fields(_facts(draft, locale)),
        blocks.section(blocks.quote(draft.plan.text)),
        blocks.context(_cost(draft, locale)),
        *_uses(draft.verdict, locale),
    ]
    if hit is not None:
        parts.append(blocks.section(f":no_entry: {sentence(hit, locale)}"))
    if draft.findings:
        parts.append(blocks.section("\n".join(_finding(each, locale) for each in draft.findings)))
    key = "preview.nothing_sent" if hit is None else "preview.nothing_sent_limit"
    valid_until = moment(draft.expires_at, "{time}")
    parts.append(blocks.context(text(locale, key, request=draft.request_id, time=valid_until)))
    return parts


def value_of(request_id: str, sha256: str) -> str:
    """What the buttons of a preview carry."""
    return f"{request_id}:{sha256[:SHA_CHARS]}"


def read_value(value: str) -> tuple[str, str]:
    """The request id and the hash in a button's value; empty where it is not one of ours."""
    request_id, _, sha256 = value.partition(":")
    return request_id, sha256


def _facts(draft: Draft, locale: Locale) -> list[tuple[str, str]]:
    plan = draft.plan
    side = "preview.mainland" if plan.number.is_mainland else "preview.abroad"
    where = text(locale, side, country=plan.number.country)
    number = aside(locale, mask(plan.number.e164), where)
    template = f"{plan.template.template_id} · {esc(blocks.cut(plan.template.name, 60))}"
    return [
        (text(locale, "preview.to"), number),
        (text(locale, "preview.template"), template),
        (text(locale, "preview.class"), text(locale, f"preview.classes.{plan.class_.value}")),
        (text(locale, "preview.app"), esc(draft.app)),
    ]


def _cost(draft: Draft, locale: Locale) -> str:
    length = draft.plan.segments
    said = text(
        locale,
        "preview.length_one" if length.segments == 1 else "preview.length_many",
        characters=length.characters,
        segments=length.segments,
    )
    if not draft.plan.number.is_mainland:
        # Billed by the day: no package to tell of.
        return said
    if draft.left_segments is None or draft.balance_seen_at is None:
        return f"{said} · {text(locale, 'preview.package_unknown')}"
    after = draft.left_segments - length.segments
    cost = text(locale, "preview.package", before=f"{draft.left_segments:,}", after=f"{after:,}")
    return f"{said} · {cost}"


def _finding(finding: Finding, locale: Locale) -> str:
    """What a value brings in. Tencent takes the message: a warning, no refusal."""
    said = inert(lint.sentence(finding, locale))
    variable = finding.values.get("variable")
    if variable:
        said = text(locale, "preview.in_value", variable=f"{{{variable}}}", said=said)
    return f":warning: {said}"


def _uses(verdict: Verdict, locale: Locale) -> list[Block]:
    """How much of every limit is used; none where none counts the message."""
    said = [_use(use, locale) for use in verdict.uses]
    if verdict.is_exempt:
        said.append(text(locale, "preview.use.exempt"))
    return [blocks.context(" · ".join(said))] if said else []


def _use(use: Use, locale: Locale) -> str:
    said = text(
        locale,
        f"preview.use.{use.rule.value}",
        used=f"{use.used:,}",
        allowed=f"{use.allowed:,}",
        scope=limit_scope(use.scope, locale),
    )
    if not use.is_hit:
        return said
    # The carriers drop what is over their cap after Tencent billed it: worth a warning, no refusal.
    return f":warning: {said}" if use.is_carriers else f":no_entry: {said}"


def _buttons(draft: Draft, locale: Locale, *, may_send: bool) -> Block:
    value = value_of(draft.request_id, draft.sha256)
    discard = blocks.button(DISCARD, text(locale, "preview.discard"), value=value)
    send = blocks.button(
        CONFIRM,
        text(locale, "preview.send"),
        value=value,
        style="primary",
        says=text(locale, "preview.send_says", number=mask(draft.plan.number.e164)),
    )
    elements = [send, discard] if may_send else [discard]
    return blocks.actions(f"preview.{draft.request_id}", *elements)
