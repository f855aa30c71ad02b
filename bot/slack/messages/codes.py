"""What `/sms why code` answers: what a code is about, whether it passes, the cause and the cure."""

from collections.abc import Iterator, Sequence

from bot.locales import Locale, enumerated, join, text
from bot.registry import SlackMessage
from bot.rules.code_search import Explained, Relatives, code_of_number
from bot.rules.codes import Code, Kind, family_of
from bot.rules.numbers import cover_typed
from bot.rules.receipts import UNTOLD, Category, Receipt
from bot.slack import blocks
from bot.slack.blocks import Block, code
from bot.slack.messages.faults import note

CODE = "why.code"
LIMIT_EXCEEDED = "LimitExceeded"
#: The longest name of the lists has 60 characters.
TYPED_SHOWN = 60
NAMES_SHOWN = 10
PAGES = "https://cloud.tencent.com/document/product/382"
API_LIST, RECEIPT_LIST = f"{PAGES}/52075", f"{PAGES}/59177"


def answer(found: Sequence[Explained], locale: Locale) -> SlackMessage:
    """One typed text, with everything the lists have of it; or several codes it holds."""
    parts = [part for each in found for part in _meanings(each, locale)]
    if not parts:
        return _unlisted(found[0], locale)
    said = text(locale, "why.title", code=enumerated(locale, map(_typed, found)))
    if len(found) == 1:
        parts += [blocks.context(each) for each in _remarks(found[0], locale)]
    return SlackMessage(said, tuple(parts))


def nothing(locale: Locale) -> SlackMessage:
    """Nobody said which code."""
    example = code(text(locale, "help.command.why_code.example"))
    return note(text(locale, "why.nothing", example=example))


def _remarks(found: Explained, locale: Locale) -> Iterator[str]:
    """What tells one meaning from another, and what else may have been meant."""
    if found.is_partial:
        yield text(locale, "why.partial")
    elif found.receipts and (found.codes or found.numbers):
        yield text(locale, "why.several_lists")
    elif len({each.category for each in found.receipts}) > 1:
        yield text(locale, "why.several_carriers")
    if found.longer:
        yield text(locale, "why.longer", codes=_names(found.longer, locale, ", "))


def _meanings(found: Explained, locale: Locale) -> list[Block]:
    parts = [_tencent(each, _of_tencent(each.name, locale), locale) for each in found.codes]
    for number in found.numbers:
        known = code_of_number(number)
        said = text(locale, "why.of_legacy", number=code(str(number)), code=code(known.name))
        parts.append(_tencent(known, said, locale))
    categories = dict.fromkeys(each.category for each in found.receipts)
    for category in categories:
        alike = [each for each in found.receipts if each.category is category]
        parts.append(_carriers(alike, locale))
    return parts


def _of_tencent(name: str, locale: Locale) -> str:
    return text(locale, "why.of_tencent", code=code(name))


def _tencent(known: Code, heading: str, locale: Locale) -> Block:
    return _section([heading], f"why.kind.{known.kind.value}", _fate(known), known, locale)


def _fate(known: Code) -> str:
    # Some limits pass and some have to be raised: one that is not named tells neither.
    if known.kind is Kind.LIMIT and (not known.known or known.name == LIMIT_EXCEEDED):
        return "why.fate.untold"
    return f"why.fate.{known.wait.value if known.wait else known.retry.value}"


def _carriers(alike: Sequence[Receipt], locale: Locale) -> Block:
    """Receipt codes that mean the same, line by line whose they are."""
    carriers = dict.fromkeys(each.carrier for each in alike if each.carrier)
    lines = [
        text(
            locale,
            "why.of_carrier",
            codes=_names([each.code for each in alike if each.carrier is carrier], locale),
            carrier=text(locale, f"why.carrier.{carrier.value}"),
        )
        for carrier in carriers
    ]
    return _receipt(lines, alike[0], locale)


def _receipt(lines: Sequence[str], known: Receipt, locale: Locale) -> Block:
    category = known.category
    return _section(lines, f"why.category.{category.value}", _prospect(known), known, locale)


def _prospect(known: Receipt) -> str:
    if known.category is Category.DELIVERED:
        return "why.fate.delivered"
    if known.category in UNTOLD:
        return "why.fate.untold"
    return "why.fate.permanent" if known.permanent else "why.fate.temporary"


def _section(
    lines: Sequence[str], kind_key: str, fate_key: str, known: Code | Receipt, locale: Locale
) -> Block:
    told = (
        f"*{text(locale, 'why.category_label')}* {text(locale, kind_key)}",
        text(locale, fate_key),
        f"*{text(locale, 'card.cause')}* {text(locale, known.cause_key)}",
        f"*{text(locale, 'card.cure')}* {text(locale, known.cure_key)}",
    )
    return blocks.section("\n".join((*lines, *told)))


def _unlisted(found: Explained, locale: Locale) -> SlackMessage:
    said = text(locale, "why.unlisted", code=_typed(found))
    parts = [blocks.section(said)]
    if found.nearest:
        parts[0] = blocks.section(join(locale, said, text(locale, "why.did_you_mean")))
        buttons = [
            blocks.button(f"{CODE}_{place}", name, value=name)
            for place, name in enumerate(found.nearest)
        ]
        parts.append(blocks.actions("why", *buttons))
    parts += _guesses(found, locale)
    lists = text(locale, "why.lists", api=API_LIST, receipts=RECEIPT_LIST)
    parts.append(blocks.context(lists))
    return SlackMessage(said, tuple(parts))


def _guesses(found: Explained, locale: Locale) -> list[Block]:
    parts = []
    if found.family:
        family = code(family_of(found.family.name))
        heading = text(locale, "why.of_family", family=family)
        parts.append(_tencent(found.family, heading, locale))
    if found.guess:
        parts.append(_receipt([text(locale, "why.of_prefix")], found.guess, locale))
    if found.relatives:
        parts.append(blocks.section(_relatives(found.relatives, locale)))
    return parts


def _relatives(relatives: Relatives, locale: Locale) -> str:
    return text(
        locale,
        "why.relatives",
        prefix=code(relatives.prefix),
        count=relatives.count,
        alike=relatives.of_category,
        category=text(locale, f"why.category.{relatives.category.value}"),
    )


def _typed(found: Explained) -> str:
    """As somebody typed it: it may be anything, a number too."""
    return code(blocks.cut(cover_typed(found.typed), TYPED_SHOWN))


def _names(names: Sequence[str], locale: Locale, between: str = " ") -> str:
    shown = between.join(code(each) for each in names[:NAMES_SHOWN])
    more = len(names) - NAMES_SHOWN
    return text(locale, "why.and_more", codes=shown, count=more) if more > 0 else shown
