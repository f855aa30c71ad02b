"""How long the linter takes for one template, as a form asks it on every change."""

import time
from itertools import islice
from statistics import median

from bot.rules.content import ReviewState
from bot.rules.lint import KnownText, LintFacts, lint_template, own_table, remember
from tests.bench.figures import Reading
from tests.rules.lint.samples import TODAY, template_samples

KNOWN = 1_000
GOAL_MS = 1.0


def lint_time(rounds: int = 20) -> Reading:
    """Milliseconds of one template of the corpus beside 1,000 known ones, over the goal."""
    table, drafts = own_table(), [sample.draft for sample in template_samples()]
    texts = (f"{draft.content}，编号{n}" for n in range(KNOWN) for draft in drafts)
    known = remember(
        KnownText(str(n), text, False, ReviewState.USABLE)
        for n, text in enumerate(islice(texts, KNOWN))
    )
    facts = LintFacts(TODAY, signature="示例科技", templates=known)
    took = []
    for _ in range(rounds):
        for draft in drafts:
            began = time.perf_counter()
            lint_template(draft, facts, table)
            took.append((time.perf_counter() - began) * 1e3)
    return Reading(median(took), GOAL_MS, median(took) / GOAL_MS)
