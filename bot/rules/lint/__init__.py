"""The linter: what Tencent's reviewers would find in a template or a signature, before they do.

``lint_template`` and ``lint_signature`` answer with findings; what they go by is a dated table
(``rules.toml``) an operator may lay changes over. Performs no I/O.
"""

from bot.rules.lint.accepting import TableFault, TableReason
from bot.rules.lint.checking import worst
from bot.rules.lint.drafts import LintFacts, SignatureDraft, TemplateDraft, Variables
from bot.rules.lint.findings import Finding, Rule, Severity, Span, Trade
from bot.rules.lint.likeness import NOTHING, KnownText, KnownTexts, remember
from bot.rules.lint.reading import extend, own_table
from bot.rules.lint.signatures import fix_signature, lint_signature
from bot.rules.lint.table import LintTable
from bot.rules.lint.templates import fix_template, lint_template, lint_values

__all__ = [
    "NOTHING",
    "Finding",
    "KnownText",
    "KnownTexts",
    "LintFacts",
    "LintTable",
    "Rule",
    "Severity",
    "SignatureDraft",
    "Span",
    "TableFault",
    "TableReason",
    "TemplateDraft",
    "Trade",
    "Variables",
    "extend",
    "fix_signature",
    "fix_template",
    "lint_signature",
    "lint_template",
    "lint_values",
    "own_table",
    "remember",
    "worst",
]
