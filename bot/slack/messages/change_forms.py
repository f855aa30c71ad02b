"""What the forms of templates and of signatures have in common: memory, sides, findings, the second
step."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Generic, Self, TypeVar

from bot.locales import Locale, text
from bot.registry import Json
from bot.rules.catalogue import Item
from bot.rules.content import Content, ReviewState, composed
from bot.rules.lint import Finding, Severity
from bot.rules.review_replies import SimilarRefusal
from bot.slack import blocks
from bot.slack.blocks import Block, inert
from bot.slack.messages.carried import reading
from bot.slack.messages.details import reason_blocks
from bot.slack.messages.faults import moment
from bot.slack.messages.lint import finding_blocks
from bot.slack.messages.listings import side_word, state_word

Fields = TypeVar("Fields")
MAINLAND, ABROAD = "mainland", "abroad"
#: So much of a hash tells two texts apart.
PRINT_CHARS = 16
FAULT_MAX = 600


@dataclass(frozen=True, slots=True)
class Carried:
    """What a form remembers: where it was opened, and which draft it is.

    `form` is the draft's name: ``template.new``, ``template.new.1115`` for one like 1115,
    ``template.edit:1115`` for a change of it; `base` is a print of what it changes (empty
    for something new), `round` counts how often we put something into its fields, `restored_at_ms`
    is when what it began with had been typed (0: nothing was).
    """

    channel: str
    app: str
    form: str
    base: str = ""
    round: int = 0
    restored_at_ms: int = 0

    @property
    def content_id(self) -> str:
        """What it changes; empty for something new."""
        return self.form.partition(":")[2]

    @property
    def source_id(self) -> str:
        """What it began with: what it changes, or what it is to be like; empty for neither."""
        return self.content_id or self.form.partition(".new.")[2]

    def next_round(self) -> Self:
        """After we put something into its fields."""
        return replace(self, round=self.round + 1)


@dataclass(frozen=True, slots=True)
class ChangeForm(Generic[Item, Fields]):
    """What every form shows. `item` is what it changes; `is_changed`: it is not what it was when
    the form was opened."""

    carried: Carried
    fields: Fields
    findings: Sequence[Finding] = ()
    item: Item | None = None
    is_changed: bool = False


def carry(carried: Carried) -> str:
    return json.dumps(astuple(carried), ensure_ascii=False)


@reading
def uncarry(text_: str) -> Carried:
    """What `carry` wrote. Raises Outdated for anything else."""
    match json.loads(text_):
        case [str(channel), str(app), str(form), str(base), int(round_), int(restored_at_ms)]:
            return Carried(channel, app, form, base, round_, restored_at_ms)
        case _:
            raise ValueError("not what a form of ours carries")


def carry_shown(carried: Carried, fields: Mapping[str, str]) -> str:
    """What a second step remembers: the first one's memory, and a print of what was shown."""
    return json.dumps([carry(carried), print_of_fields(fields)], ensure_ascii=False)


@reading
def uncarry_shown(text_: str) -> tuple[Carried, str]:
    """What `carry_shown` wrote. Raises Outdated for anything else."""
    match json.loads(text_):
        case [str(carried), str(print_)]:
            return uncarry(carried), print_
        case _:
            raise ValueError("not what a form of ours carries")


def entered(fields: Mapping[str, str], name: str) -> str:
    """What was typed into a field, as it is judged, shown, hashed and submitted."""
    return composed(whole_characters(fields.get(name, "")))


def whole_characters(outside: str) -> str:
    """`outside` with a mark for each half of a surrogate pair, which no store and no API takes."""
    return outside.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def print_of(item: Content | None) -> str:
    """What tells an item from itself after a change; empty for none."""
    return "" if item is None else _print(composed(f"{item.name}\0{item.text}"))


def print_of_fields(fields: Mapping[str, str]) -> str:
    """What tells what was shown from what has been typed since."""
    return _print(json.dumps(fields, sort_keys=True, ensure_ascii=False))


def block_id(name: str, carried: Carried) -> str:
    """The block of a field. What we put in shows only in a block Slack has not seen yet."""
    return f"{name}.{carried.round}"


def trouble_blocks(troubles: Sequence[str]) -> list[Block]:
    """What stands in the way of a form and under no field of it; plain text."""
    return [blocks.section(f":no_entry: {inert(said)}") for said in troubles]


def restored_blocks(area: str, carried: Carried, locale: Locale) -> list[Block]:
    """That the form holds what was typed before, and a button to be rid of it."""
    if not carried.restored_at_ms:
        return []
    typed_at = datetime.fromtimestamp(carried.restored_at_ms / 1000, UTC)
    said = text(locale, "draft.restored", time=moment(typed_at))
    button = blocks.button(f"{area}.afresh", text(locale, "draft.afresh"))
    return [blocks.section(said, accessory=button)]


def about_blocks(area: str, form: ChangeForm[Item, Fields], locale: Locale) -> list[Block]:
    """What is changed: which, whether it has moved on meanwhile, and why it was rejected."""
    item = form.item
    if item is None:
        return []
    said = text(
        locale,
        f"{area}.about",
        id=inert(item.content_id),
        side=side_word(item, locale),
        state=state_word(item.review, locale),
    )
    parts = [blocks.context(said)]
    if form.is_changed:
        warning = text(locale, "draft.upstream_changed", id=inert(item.content_id))
        parts.append(blocks.section(f"{warning}\n{blocks.quote(item.text)}"))
        parts.append(blocks.context(text(locale, "draft.upstream_hint")))
    if item.review is ReviewState.REJECTED:
        parts += reason_blocks(item.review_reply, locale)
    return parts


def side_field(action_id: str, carried: Carried, locale: Locale, *, international: bool) -> Block:
    """For which numbers it is to be."""
    options = {
        name: blocks.option(text(locale, f"draft.side_{name}"), name) for name in (MAINLAND, ABROAD)
    }
    chosen = options[ABROAD if international else MAINLAND]
    element = blocks.radio(action_id, list(options.values()), initial=chosen)
    label = text(locale, "draft.side")
    return blocks.field(block_id(action_id, carried), label, element, acts=True)


def found_blocks(
    area: str,
    carried: Carried,
    findings: Sequence[Finding],
    similar: Sequence[SimilarRefusal],
    locale: Locale,
) -> list[Block]:
    """What the linter found, with its fixes; and what was refused before and looks like this."""
    if not findings:
        return [blocks.context(text(locale, "draft.clean")), *similar_blocks(similar, locale)]

    def fix_button(finding: Finding, label: str) -> Block:
        return blocks.button(f"{area}.fix_one", label, value=finding.rule.value)

    parts = finding_blocks(findings, locale, fix_button)
    if sum(each.fixed is not None for each in findings) > 1:
        button = blocks.button(f"{area}.fix_all", text(locale, "draft.fix_all"))
        parts.append(blocks.actions(f"fix_all.{carried.round}", button))
    return [*parts, *similar_blocks(similar, locale)]


def similar_blocks(similar: Sequence[SimilarRefusal], locale: Locale) -> list[Block]:
    """Refusals of the past that resemble a draft."""
    if not similar:
        return []
    lines = [text(locale, "draft.similar")]
    for each in similar:
        quote = blocks.quote(blocks.cut(each.refusal.text, 200))
        reply = inert(blocks.cut(each.refusal.reply, 200))
        lines.append(text(locale, "draft.similar_one", quote=quote, reply=reply))
    return [blocks.section("\n".join(lines))]


def anyway_form(
    area: str,
    shown: Sequence[Block],
    findings: Sequence[Finding],
    carried: str,
    locale: Locale,
) -> Json:
    """The second step, where a reviewer would probably say no; the way back is a button."""
    likely = [each for each in findings if each.severity is Severity.LIKELY]
    back = blocks.button(f"{area}.back", text(locale, "draft.back"))
    return blocks.form(
        f"{area}.anyway",
        title=text(locale, "draft.title_anyway"),
        submit=text(locale, "draft.submit_anyway"),
        close=text(locale, "form.close"),
        blocks=[
            blocks.section(text(locale, "draft.anyway_text")),
            *shown,
            *finding_blocks(likely, locale),
            blocks.actions("back", back),
        ],
        carried=carried,
    )


def _print(text_: str) -> str:
    return sha256(text_.encode()).hexdigest()[:PRINT_CHARS]
