"""One template under the linter: its text read once, for all rules to ask."""

from dataclasses import dataclass, replace
from functools import cached_property

from bot.rules import segments
from bot.rules.classes import TemplateClass
from bot.rules.lint.drafts import LintFacts, TemplateDraft
from bot.rules.lint.findings import Span, whole
from bot.rules.lint.folding import Folded, fold, squeeze
from bot.rules.lint.links import links_in
from bot.rules.lint.table import LintTable
from bot.rules.segments import Segments
from bot.rules.templates import DEFAULT_LONGEST, OTP_DIGITS, VARIABLE


@dataclass(frozen=True)
class Subject:
    """A draft with what is known about it. What several rules need is worked out at most once."""

    draft: TemplateDraft
    facts: LintFacts
    table: LintTable

    @property
    def text(self) -> str:
        return self.draft.content

    @property
    def whole(self) -> Span:
        return whole(self.text)

    @property
    def is_otp(self) -> bool:
        return self.draft.class_ is TemplateClass.OTP

    @property
    def is_marketing(self) -> bool:
        return self.draft.class_ is TemplateClass.MARKETING

    @property
    def is_mainland(self) -> bool:
        return not self.draft.international

    @cached_property
    def folded(self) -> Folded:
        return fold(self.text)

    @cached_property
    def squeezed(self) -> Folded:
        return squeeze(self.folded)

    @cached_property
    def links(self) -> tuple[Span, ...]:
        """Every link, as places of the folded text."""
        return links_in(self.folded)

    @cached_property
    def variables(self) -> tuple[tuple[int, Span], ...]:
        """Every variable as it stands in the text, with its number."""
        return tuple((int(found[1]), Span(*found.span())) for found in VARIABLE.finditer(self.text))

    @cached_property
    def words_text(self) -> str:
        """The text without its variables."""
        return VARIABLE.sub(" ", self.text)

    @cached_property
    def shortest(self) -> Segments:
        """The length with every variable empty: no message can be shorter."""
        return self.length_of(VARIABLE.sub("", self.text))

    @cached_property
    def longest(self) -> Segments:
        """The length with every variable as long as it may be."""
        characters = self.facts.longest_value or DEFAULT_LONGEST
        value = "0" * (OTP_DIGITS if self.is_otp else characters)
        return self.length_of(VARIABLE.sub(value, self.text))

    def length_of(self, body: str) -> Segments:
        """The length of `body` as it would be received. A signature nobody named yet counts as the
        shortest there may be.
        """
        if self.is_mainland:
            signature = self.facts.signature or "X" * self.table.signature_lengths.mainland[0]
            body = f"【{signature}】{body}"
        return segments.count(body, international=self.draft.international)

    def with_text(self, text: str) -> "Subject":
        """This template with another text."""
        return Subject(replace(self.draft, content=text), self.facts, self.table)
