"""Linting a signature: its name, what it claims to be, and whether it exists already."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from bot.rules.content import ReviewState
from bot.rules.lint.characters import code_point, unseen_in, without_unseen
from bot.rules.lint.checking import checked, finding_of, holds, sorted_worst_first
from bot.rules.lint.drafts import LintFacts, SignatureDraft
from bot.rules.lint.findings import Finding, Hit, Rule, Span, whole
from bot.rules.lint.folding import Folded, fold, squeeze
from bot.rules.lint.likeness import KnownText, print_of
from bot.rules.lint.table import LintTable
from bot.rules.lint.worded import word_hits

NAME_LIMIT = 200
BRACKETS = re.compile(r"[【】\[\]［］()（）{}｛｝「」『』<>＜＞《》]")
MAINLAND_CHARACTERS = re.compile(r"[^0-9A-Za-z\u3400-\u9fff]")
# Abroad a name may have spaces between its words: [Tencent Cloud].
ABROAD_CHARACTERS = re.compile(r"[^0-9A-Za-z\u3400-\u9fff ]|^ +| +$| (?= )")
# AddSmsSign: app signatures are for abroad only by now, another's name needs a letter.
APP_SIGN = 1
TEST = re.compile(r"测试|test|demo")
WORD_RULES = {
    Rule.TRADE: Rule.SIGNATURE_TRADE,
    Rule.TEST: Rule.SIGNATURE_TEST,
}


@dataclass(frozen=True)
class Name:
    """A signature under the linter."""

    draft: SignatureDraft
    facts: LintFacts
    table: LintTable

    @property
    def text(self) -> str:
        return self.draft.name

    @property
    def whole(self) -> Span:
        return whole(self.text)

    @cached_property
    def squeezed(self) -> Folded:
        return squeeze(fold(self.text))

    def with_text(self, text: str) -> "Name":
        """This signature with another name."""
        return Name(replace(self.draft, name=text), self.facts, self.table)


def length(name: Name) -> Hit | None:
    """The name is shorter or longer than the profile allows."""
    lengths = name.table.signature_lengths
    fewest, most = lengths.abroad if name.draft.international else lengths.mainland
    count = len(name.text)
    if fewest <= count <= most:
        return None
    return Hit(name.whole, {"characters": count, "fewest": fewest, "most": most})


def invisible(name: Name) -> Hit | None:
    """What nobody sees."""
    odd = next(iter(unseen_in(name.text)), None)
    if odd is None:
        return None
    fixed = without_unseen(name.text).replace("\n", "")
    return Hit(Span(odd, odd + 1), {"code_point": code_point(name.text[odd])}, fixed=fixed)


def bracket(name: Name) -> Hit | None:
    """The service puts the brackets."""
    found = BRACKETS.search(name.text)
    if found is None:
        return None
    return Hit(Span(*found.span()), fixed=BRACKETS.sub("", name.text))


def character(name: Name) -> Hit | None:
    """Chinese characters, letters and digits only."""
    odd = ABROAD_CHARACTERS if name.draft.international else MAINLAND_CHARACTERS
    text = BRACKETS.sub("", without_unseen(name.text))
    found = odd.search(text)
    if found is None:
        return None
    place = name.text.find(found[0])
    span = Span(place, place + len(found[0])) if place >= 0 else name.whole
    return Hit(span, {"character": found[0]}, fixed=odd.sub("", name.text))


def digits(name: Name) -> Hit | None:
    """Nothing but digits."""
    return Hit(name.whole) if name.squeezed.text.isdecimal() else None


def latin(name: Name) -> Hit | None:
    """A mainland name is better read in Chinese."""
    text = name.squeezed.text
    is_latin = text.isascii() and any(letter.isalpha() for letter in text)
    return Hit(name.whole) if is_latin and not name.draft.international else None


def neutral(name: Name) -> Hit | None:
    """Words that could be anybody's."""
    text = name.squeezed.text.replace(" ", "")
    return Hit(name.whole) if _is_made_of(text, name.table.searches.neutral_names) else None


def test(name: Name) -> Hit | None:
    """A name of an experiment."""
    found = TEST.search(name.squeezed.text)
    if found is None or neutral(name) is not None:
        return None
    return Hit(name.squeezed.original(*found.span()), {"word": found[0]})


def app_type(name: Name) -> Hit | None:
    """An app's name signs nothing in the mainland any more."""
    is_app = name.draft.sign_type == APP_SIGN
    return Hit(name.whole) if is_app and not name.draft.international else None


def document(name: Name) -> Hit | None:
    """A proof that does not prove this kind of name."""
    kind, proof = name.draft.sign_type, name.draft.document_type
    if kind is None or proof is None or proof in name.table.documents.get(kind, ()):
        return None
    return Hit(name.whole)


def commission(name: Name) -> Hit | None:
    """Another party's name without its letter of authorisation."""
    is_missing = name.draft.for_another_party and not name.draft.has_commission
    return Hit(name.whole) if is_missing else None


def qualification(name: Name) -> Hit | None:
    """A mainland name without an approved real-name qualification."""
    is_missing = name.draft.has_qualification is False and not name.draft.international
    return Hit(name.whole) if is_missing else None


def duplicate(name: Name) -> Hit | None:
    """The same name, approved or under review."""
    known = _same(name, is_rejected=False)
    return None if known is None else Hit(name.whole, {"id": known.id})


def resubmitted(name: Name) -> Hit | None:
    """The same name, rejected before and not standing since."""
    known = _same(name, is_rejected=True)
    if known is None or _same(name, is_rejected=False) is not None:
        return None
    return Hit(name.whole, {"id": known.id, "reply": known.review_reply})


def near_duplicate(name: Name) -> Hit | None:
    """One character away from another."""
    mine = print_of(name.text).letters
    signatures = name.facts.signatures
    for known, other in zip(signatures.texts, signatures.prints, strict=True):
        is_standing = known.review is not ReviewState.REJECTED and _is_other(name, known)
        if is_standing and len(mine) > 2 and _is_one_away(mine, other.letters):
            return Hit(name.whole, {"id": known.id, "name": known.text})
    return None


CHECKS: Mapping[Rule, Callable[[Name], Hit | None]] = {
    Rule.SIGNATURE_INVISIBLE: invisible,
    Rule.SIGNATURE_BRACKET: bracket,
    Rule.SIGNATURE_CHARACTER: character,
    Rule.SIGNATURE_LENGTH: length,
    Rule.SIGNATURE_DIGITS: digits,
    Rule.SIGNATURE_LATIN: latin,
    Rule.SIGNATURE_NEUTRAL: neutral,
    Rule.SIGNATURE_TEST: test,
    Rule.SIGNATURE_TYPE: app_type,
    Rule.SIGNATURE_DOCUMENT: document,
    Rule.SIGNATURE_COMMISSION: commission,
    Rule.SIGNATURE_QUALIFICATION: qualification,
    Rule.SIGNATURE_DUPLICATE: duplicate,
    Rule.SIGNATURE_NEAR_DUPLICATE: near_duplicate,
    Rule.SIGNATURE_RESUBMITTED: resubmitted,
}
"""Every check but the words', in the order their fixes are applied."""


def lint_signature(
    draft: SignatureDraft, facts: LintFacts, table: LintTable
) -> tuple[Finding, ...]:
    """Everything Tencent would find in a signature, worst first; takes any text."""
    name = Name(draft, facts, table)
    if len(draft.name) > NAME_LIMIT:
        return tuple(checked(name, {Rule.SIGNATURE_LENGTH: length}))
    return sorted_worst_first((*checked(name, CHECKS), *_worded(name)))


def fix_signature(draft: SignatureDraft, facts: LintFacts, table: LintTable) -> SignatureDraft:
    """The draft after every fix there is, one after the other."""
    for _ in CHECKS:
        found = lint_signature(draft, facts, table)
        fixed = next((each.fixed for each in found if each.fixed), None)
        if fixed is None:
            break
        draft = replace(draft, name=fixed)
    return draft


def _worded(name: Name) -> Iterator[Finding]:
    for row, hit in word_hits(name.table.words, name.squeezed, None):
        rule = WORD_RULES.get(row.rule, Rule.SIGNATURE_OWN_WORD)
        if holds(name, rule):
            yield finding_of(name, rule, hit)


def _is_made_of(text: str, words: frozenset[str]) -> bool:
    """Whether `text` is some of `words` one after the other, and not empty."""
    ends = {0}
    for end in range(1, len(text) + 1):
        if any(text[start:end] in words for start in ends):
            ends.add(end)
    return len(text) in ends and bool(text)


def _is_of_side(name: Name, known: KnownText) -> bool:
    return known.international is name.draft.international


def _is_other(name: Name, known: KnownText) -> bool:
    """Whether a known name is of the same side, and not the one that is edited."""
    return _is_of_side(name, known) and known.id != name.draft.signature_id


def _same(name: Name, *, is_rejected: bool) -> KnownText | None:
    """A known name of the same letters; where it was rejected, the edited one's own counts too."""
    for known in name.facts.signatures.with_letters_of(name.text):
        counts = _is_of_side(name, known) if is_rejected else _is_other(name, known)
        if counts and (known.review is ReviewState.REJECTED) is is_rejected:
            return known
    return None


def _is_one_away(one: str, other: str) -> bool:
    """Whether one letter changed, added or taken away makes one of the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    letters = zip(shorter, longer, strict=False)
    start = next((i for i, (a, b) in enumerate(letters) if a != b), len(shorter))
    return longer[start + 1 :] in {shorter[start:], shorter[start + 1 :]}
