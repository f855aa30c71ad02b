"""The labelled corpus in ``tests/samples``, read for the tests that judge the linter by it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState
from bot.rules.lint import (
    KnownText,
    LintFacts,
    SignatureDraft,
    TemplateDraft,
    Variables,
    remember,
)

FOLDER = Path(__file__).parents[2] / "samples"
TODAY = date(2026, 11, 22)


@dataclass(frozen=True)
class Sample:
    """A labelled text: the draft, what is known besides, and what must be found."""

    draft: Any
    facts: LintFacts
    rules: frozenset[str]
    advice: frozenset[str]

    @property
    def is_clean(self) -> bool:
        return not self.rules


def template_samples() -> list[Sample]:
    return [_sample(row, _template(row), _template_facts(row)) for row in _rows("templates")]


def signature_samples() -> list[Sample]:
    return [_sample(row, _signature(row), _signature_facts(row)) for row in _rows("signatures")]


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))[
        "sample"
    ]
    return rows


def _sample(row: Mapping[str, Any], draft: object, facts: LintFacts) -> Sample:
    return Sample(draft, facts, frozenset(row["rules"]), frozenset(row.get("advice", ())))


def _template(row: Mapping[str, Any]) -> TemplateDraft:
    return TemplateDraft(row["text"], TemplateClass(row["class"]), row.get("abroad", False))


def _template_facts(row: Mapping[str, Any]) -> LintFacts:
    return LintFacts(
        today=TODAY,
        signature=row.get("signature", "示例科技"),
        variables=Variables(row.get("variables", "allowed")),
        is_individual=row.get("individual", False),
        templates=remember(_known(row)),
    )


def _signature(row: Mapping[str, Any]) -> SignatureDraft:
    return SignatureDraft(
        row["name"],
        row.get("abroad", False),
        sign_type=row.get("type"),
        document_type=row.get("document"),
        for_another_party=row.get("for_another", False),
        has_commission=row.get("commission", False),
        has_qualification=row.get("qualification"),
    )


def _signature_facts(row: Mapping[str, Any]) -> LintFacts:
    return LintFacts(today=TODAY, signatures=remember(_known(row)))


def _known(row: Mapping[str, Any]) -> list[KnownText]:
    if "known" not in row:
        return []
    review = ReviewState.REJECTED if "rejected" in row else ReviewState.USABLE
    abroad = row.get("abroad", False)
    return [KnownText("2001", row["known"], abroad, review, row.get("rejected", ""))]
