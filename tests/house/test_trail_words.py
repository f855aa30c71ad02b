"""Whatever is entered in the audit trail is read in words: each fact by its name, and each value
that is one of ours."""

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from bot.locales import Locale, find
from bot.rules.alert_life import BY_PEOPLE
from bot.rules.approval_table import KIND_NAMES
from bot.rules.approvals import Verdict, VoteRefusal
from bot.rules.erasures import EraseRefusal
from bot.rules.requests import RequestEvent
from bot.rules.reveals import RevealRefusal
from bot.rules.roles import Role
from handlers.flows.doubts import DoubtChoice
from handlers.flows.grounds import Upstream
from handlers.flows.jobs import StopReason
from handlers.flows.voting import TakenBack
from storage import erasures
from storage.generations import Held

#: What enters facts by their names, and what else it takes by name.
ENTERING = frozenset({"enter", "enter_request", "_enter", "note"})
NO_FACTS = frozenset({"subject", "app", "via"})
#: Facts that are put together: what went of an erased number, and what was deleted after its time.
TABLES = (*erasures.DELETED, erasures.MESSAGES, erasures.OPTOUTS, erasures.IN_TEXTS)
DELETED = ("reports", "replies", "alerts", "posts", "requests", "audit_months")
REASONS = (*VoteRefusal, *Upstream, *EraseRefusal, *StopReason, *Held)
#: How a job ends, what a person says of a change in doubt, and that a number was taken away, or is
#: theirs.
ENDS = (RequestEvent.SUCCEED, RequestEvent.DOUBT, RequestEvent.FAIL, RequestEvent.CANCEL)
SAID = ("there", "again", "removed", "confirmed")


def entered() -> set[str]:
    """The names of the facts that are entered anywhere."""
    folders = (Path(each) for each in ("bot", "handlers", "storage"))
    paths = (path for folder in folders for path in folder.rglob("*.py"))
    sources = (path.read_text(encoding="utf-8") for path in paths)
    return set(chain(*map(facts_of, filter(lambda source: "What." in source, sources))))


def facts_of(source: str) -> Iterator[str]:
    """The names of the facts entered in one file: named in a call, or keys of what is entered."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not is_of_trail(node):
            continue
        for each in node.keywords:
            if each.arg is not None and each.arg not in NO_FACTS:
                yield each.arg


def is_of_trail(call: ast.Call) -> bool:
    """Whether a call enters something, or has the writer do so: it names what it is."""
    named = [each for each in call.args if isinstance(each, ast.Attribute)]
    is_named = any(isinstance(e.value, ast.Name) and e.value.id == "What" for e in named)
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ENTERING or (is_named and name == "write")


def test_what_is_entered_is_found() -> None:
    assert entered() >= {"sha256", "asked", "role", "caps", "outcome", "settings", "about"}


@pytest.mark.parametrize("locale", Locale)
def test_every_fact_that_is_entered_has_a_name_in_both_languages(locale: Locale) -> None:
    names = {*entered(), *TABLES, *DELETED, "kind", "refused"}
    assert {name for name in names if find(locale, f"audit.fact.{name}") is None} == set()


@pytest.mark.parametrize("locale", Locale)
def test_every_value_of_ours_has_words_in_both_languages(locale: Locale) -> None:
    kinds = {f"requests.policy.kind_{each.replace('.', '_')}" for each in KIND_NAMES}
    roles = {f"help.role.{each.value}" for each in Role} | {"audit.value.role.member"}
    outcomes = (*TakenBack, *DoubtChoice, *BY_PEOPLE, *ENDS)
    values = {f"verdict.{each.name.lower()}" for each in Verdict}
    values |= {f"refused.{each.value}" for each in RevealRefusal}
    values |= {f"reason.{each.value}" for each in REASONS}
    values |= {f"outcome.{str(each.value).replace(' ', '_')}" for each in outcomes}
    values |= {f"outcome.{each}" for each in SAID} | {"who.nobody"}
    needed = kinds | roles | {f"audit.value.{each}" for each in values}
    assert {key for key in needed if find(locale, key) is None} == set()
