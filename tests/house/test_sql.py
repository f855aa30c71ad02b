"""One SQL text for two engines: PostgreSQL's own parser reads all of it, SQLite uses its indexes.

A team that outgrows one machine changes the engine, not the statements.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pglast
import pytest
from pglast import ast

import storage
from storage import (
    approvals,
    cards,
    changes,
    content,
    coverage_checks,
    doubts,
    envelopes,
    escalations,
    figures,
    jobs,
    message_queue,
    messages,
    posts,
    receipt_looks,
    receipts,
    replies,
    reply_threads,
    requests,
    reviews,
    schedules,
    traffic,
    values,
    voice_calls,
    whys,
)
from storage.alert_labels import Condition
from storage.db import connect, dialect
from storage.migrations import STEPS, migrate
from tests.storage.rows import VAULT

FOLDER = Path(storage.__file__).parent
VERB = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
PARAMETER = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)|\?")


#: One of each that `alert_labels` makes statements for: of the row, of a column, of other rows.
CONDITIONS = (
    Condition("app", ("demo", "web"), is_none=False),
    Condition("severity", ("critical",), is_none=False),
    Condition("carrier", ("cmcc",), is_none=False),
    Condition("country", ("SG", "US"), is_none=True),
)


def statements() -> Iterator[tuple[str, str]]:
    """Every statement in the modules of `storage`: the constants, and those made for a count, or
    for conditions on labels."""
    for found in pkgutil.iter_modules(storage.__path__):
        module = importlib.import_module(f"storage.{found.name}")
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, str) and VERB.match(value):
                yield f"{found.name}.{name}", value
            elif getattr(value, "__annotations__", None) == {"count": int, "return": str}:
                yield f"{found.name}.{name}", value(3)
            elif list(getattr(value, "__annotations__", {})) == ["table", "keys", "return"]:
                yield f"{found.name}.{name}", value("messages", ("id",))
            elif list(getattr(value, "__annotations__", {})) == ["conditions", "return"]:
                yield f"{found.name}.{name}", value(CONDITIONS)


STATEMENTS = dict(statements())
SCHEMA = tuple(sql for step in STEPS.values() for sql in step)


def as_postgresql(sql: str) -> str:
    """`:name` and `?` as `$1`, `$2` …, and the words in braces dropped."""
    places: dict[object, int] = {}

    def place(found: re.Match[str]) -> str:
        return f"${places.setdefault(found[1] or found.start(), len(places) + 1)}"

    return PARAMETER.sub(place, re.sub(r"\{\w+\}", "", sql))


def arguments(sql: str) -> Mapping[str, int] | list[int]:
    """A zero for each parameter, as SQLite wants them."""
    names = [name for name in PARAMETER.findall(sql) if name]
    return dict.fromkeys(names, 0) if names else [0] * sql.count("?")


def parse(sql: str) -> Any:
    """The one statement in `sql`, as a node of PostgreSQL's; its fields are optional to mypy."""
    (statement,) = pglast.parse_sql(as_postgresql(sql))
    return statement.stmt


def test_the_statements_are_found() -> None:
    assert len(STATEMENTS) > 40
    assert STATEMENTS["messages.SETTLE"] == messages.SETTLE


def test_no_statement_hides_from_this_test() -> None:
    """What `storage` runs is one of those above, or begins and ends a savepoint."""
    run = re.compile(
        r"tx\.(?:one|all|run|run_many|conn\.execute)"
        r"\(\s*(?!\"(?:SAVEPOINT|RELEASE|ROLLBACK TO|BEGIN|COMMIT|ROLLBACK)\b)([^,\s()]+)"
    )
    for path in FOLDER.glob("*.py"):
        for argument in run.findall(path.read_text(encoding="utf-8")):
            assert f"{path.stem}.{argument}" in STATEMENTS, path


@pytest.mark.parametrize("name", STATEMENTS)
def test_postgresql_takes_the_statement(name: str) -> None:
    assert isinstance(
        parse(STATEMENTS[name]), ast.SelectStmt | ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt
    )


@pytest.mark.parametrize("sql", SCHEMA, ids=lambda sql: " ".join(sql.split()[:4]))
def test_postgresql_takes_the_schema(sql: str) -> None:
    assert isinstance(
        parse(sql),
        ast.CreateStmt
        | ast.IndexStmt
        | ast.AlterTableStmt
        | ast.DropStmt
        | ast.InsertStmt
        | ast.UpdateStmt,
    )


def test_the_parser_would_notice() -> None:
    with pytest.raises(pglast.parser.ParseError):
        parse("INSERT OR REPLACE INTO about (name) VALUES (:name)")
    with pytest.raises(pglast.parser.ParseError):
        parse("CREATE TABLE a (b TEXT) STRICT")


def columns() -> Iterator[tuple[str, str]]:
    """`table.column` and its type, as PostgreSQL reads them."""
    for sql in SCHEMA:
        table = parse(sql)
        # Keys and other constraints stand among the columns.
        for column in filter(is_column, getattr(table, "tableElts", ())):
            yield f"{table.relation.relname}.{column.colname}", column.typeName.names[-1].sval


def is_column(element: object) -> bool:
    return isinstance(element, ast.ColumnDef)


def test_columns_are_text_or_bigint() -> None:
    # PostgreSQL calls BIGINT int8.
    others = {name: type_ for name, type_ in columns() if type_ not in {"text", "int8"}}
    assert others == {}


def test_times_are_numbers_whose_name_says_their_unit() -> None:
    for name, type_ in columns():
        if re.search(r"_(ms|s)$", name):
            assert type_ == "int8", name
        assert not re.search(r"_at$", name), name


def test_every_table_says_how_sqlite_stores_it() -> None:
    for sql in SCHEMA:
        if "CREATE TABLE" in sql:
            assert "{strict}" in sql or "{by_key}" in sql
            assert "STRICT" in dialect(sql)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_no_id_comes_from_the_database(path: Path) -> None:
    text = path.read_text(encoding="utf-8").lower()
    for word in ("lastrowid", "last_insert_rowid", "autoincrement", "insert or "):
        assert word not in text


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_keep_to_what_both_engines_mean_alike(name: str) -> None:
    sql = STATEMENTS[name]
    assert '"' not in sql, "a double-quoted word is a name in one engine and a text in the other"
    assert not re.search(r"\b(LIKE|GLOB|REGEXP|IFNULL|strftime|rowid)\b", sql, re.IGNORECASE)
    assert not re.search(r"\b(MAX|MIN)\([^()]*,", sql, re.IGNORECASE), "use CASE"
    conflict = getattr(parse(sql), "onConflictClause", None)
    if conflict is not None and conflict.action.name == "ONCONFLICT_UPDATE":
        assert conflict.infer is not None


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """How SQLite would run every statement, on an empty file without statistics."""
    path = tmp_path_factory.mktemp("plans") / "smsops.db"
    migrate(path, VAULT)
    with closing(connect(path)) as conn:
        return {
            sql: [
                row["detail"] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", arguments(sql))
            ]
            for sql in STATEMENTS.values()
        }


USES = {
    "messages of a job that wait": (message_queue.WAITING_OF_JOB, "messages_of_request"),
    "messages of a job that wait again": (message_queue.WAITING_OF_JOB, "messages_later"),
    "fence of a job's messages": (message_queue.WAITING_OF_JOB, "messages_fence"),
    "left out": (message_queue.SKIP, "sqlite_autoindex_messages_1"),
    "put off": (message_queue.PUT_OFF, "sqlite_autoindex_messages_1"),
    "cancelled": (message_queue.CANCEL_SOME, "messages_of_request"),
    "codes and alerts": (STATEMENTS["message_queue._due_urgent"], "messages_queued"),
    "fence of what is due": (STATEMENTS["message_queue._due_urgent"], "messages_fence"),
    "notices": (STATEMENTS["message_queue._due_others"], "messages_queued"),
    "start": (STATEMENTS["message_attempts._start_many"], "sqlite_autoindex_messages_1"),
    "settlements": (STATEMENTS["message_attempts._settle_many"], "sqlite_autoindex_messages_1"),
    "serials known": (STATEMENTS["message_attempts._known_of"], "messages_serial"),
    "reports kept": (STATEMENTS["message_attempts._known_of"], "PRIMARY KEY"),
    "counts of a job": (jobs.COUNTS, "COVERING INDEX messages_of_request"),
    "states of a job": (jobs.STATES_OF, "COVERING INDEX messages_of_request"),
    "jobs that start": (jobs.FIND_STARTING, "jobs_starting"),
    "jobs that run": (jobs.FIND_RUNNING, "jobs_running"),
    "jobs to claim from": (jobs.FIND_CLAIMABLE, "jobs_running"),
    "jobs to clear up after": (jobs.FIND_STOPPED, "jobs_open"),
    "next due": (message_queue.NEXT_DUE, "messages_queued"),
    "settlement": (messages.SETTLE, "sqlite_autoindex_messages_1"),
    "put back": (messages.PUT_BACK, "sqlite_autoindex_messages_1"),
    "report": (messages.REPORT, "sqlite_autoindex_messages_1"),
    "serial of a report": (messages.OF_SERIAL, "messages_serial"),
    "serial taken": (messages.SERIAL_TAKEN, "messages_serial"),
    "fence": (messages.FENCE_OF, "messages_fence"),
    "unresolved": (messages.UNRESOLVED, "messages_unresolved"),
    "history for limits": (STATEMENTS["messages._history_of"], "messages_of_number"),
    "messages of a request": (messages.OF_REQUEST, "messages_of_request"),
    "waiting for reports": (messages.STOP_WAITING, "messages_awaiting"),
    "segments since": (content.SEGMENTS_SINCE, "messages_spent"),
    "accepted a moment ago": (figures.WAITING, "messages_awaiting"),
    "what a dimension of an app came to": (figures.OF_DIMENSION, "PRIMARY KEY"),
    "doubts of all apps": (doubts.OF_APPS, "messages_unresolved"),
    "latest messages": (receipts.LATEST_ACCEPTED, "messages_spent"),
    "a receipt that came by itself": (receipts.CAME_BY_ITSELF, "PRIMARY KEY"),
    "hours of an app": (traffic.BY_HOUR, "PRIMARY KEY"),
    "places of an app": (traffic.BY_PLACE, "PRIMARY KEY"),
    "sums of apps": (STATEMENTS["figures._sums_of"], "PRIMARY KEY"),
    "totals of apps": (STATEMENTS["figures._totals_of"], "PRIMARY KEY"),
    "receipts of a serial": (receipts.OF_SERIAL, "PRIMARY KEY"),
    "cards due": (cards.FIND_DUE, "cards_due"),
    "card of a message": (cards.FIND_BY_POST, "cards_by_post"),
    "cards on their way": (cards.IS_LEAVING, "cards_due"),
    "posts due": (posts.FIND_DUE, "posts_due"),
    "copies of a post": (posts.COPIES_OF, "posts_copies"),
    "what is said last": (posts.ADD_POST, "posts_seq"),
    "what waits behind a post": (posts.FIND_NEXT, "posts_due"),
    "next post": (posts.NEXT_DUE, "posts_due"),
    "open approvals": (approvals.LIST_OPEN, "approvals_open"),
    "approvals that end": (approvals.FIND_EXPIRING, "approvals_open"),
    "words": (approvals.LIST_VOTES, "sqlite_autoindex_votes_1"),
    "changes due": (changes.FIND_DUE, "changes_due"),
    "open attempts": (changes.FIND_OPEN, "changes_due"),
    "fence of a change": (changes.START, "changes_fence"),
    "changes ended since": (changes.FINISHED_SINCE, "changes_done"),
    "reviews due": (reviews.FIND_DUE, "reviews_open"),
    "reviews without a verdict": (reviews.FIND_UNDECIDED, "reviews_open"),
    "review of a request": (reviews.OF_REQUEST, "reviews_of_request"),
    "polled review": (reviews.NOTE_POLLED, "sqlite_autoindex_reviews_1"),
    "how long reviews took": (reviews.DECIDED_SPANS, "reviews_decided"),
    "touched card": (cards.TOUCH_CARD, "sqlite_autoindex_cards_1"),
    "unfinished envelopes": (envelopes.FIND_OPEN, "envelopes_open"),
    "seen envelope": (envelopes.IS_HANDLED, "sqlite_autoindex_envelopes_1"),
    "doubts to look up": (doubts.FIND_DUE, "doubts_due"),
    "doubts whose time is up": (doubts.FIND_RIPE, "messages_unresolved"),
    "attempts nobody accounts for": (doubts.OTHERS, "doubts_of_number"),
    "doubts of a job": (doubts.OF_REQUEST, "messages_of_request"),
    "drafts to end": (requests.FIND_OVERDUE_DRAFTS, "requests_with_values"),
    "values to delete": (requests.FIND_OLD_SINGLES, "requests_with_values"),
    "codes to delete": (requests.FIND_CODES_SENT, "jobs_of_codes"),
    "values of a job": (values.PAGE_OF_MESSAGES, "messages_of_request"),
    "messages to a number": (whys.IDS_OF_NUMBER, "messages_of_number"),
    "message of a serial": (whys.BY_SERIAL, "messages_serial"),
    "doubt of a report": (whys.HINTED, "messages_unresolved"),
    "reports under a serial": (whys.RECEIPTS_OF, "PRIMARY KEY"),
    "what limits kept from a number": (whys.REFUSALS_OF, "limit_refusals_of_number"),
    "limit of a draft": (whys.REFUSALS_OF_REQUEST, "PRIMARY KEY"),
    "replies of a number": (whys.REPLIES_OF, "replies_of_number"),
    "replies to a message": (whys.REPLIES_BETWEEN, "replies_of_number"),
    "calls to a number": (whys.CALLS_OF, "voice_events_of_number"),
    "lines of a thread": (whys.LINES_OF, "posts_of_request"),
    "numbers of a call": (whys.OF_CALL, "messages_of_request"),
    "attempts given up": (whys.LOST_ATTEMPTS, "PRIMARY KEY"),
    "carriers' reasons of a job": (whys.CARRIER_REASONS, "messages_of_request"),
    "replies to be told": (replies.FIND_UNTOLD, "replies_untold"),
    "a reply by its id": (replies.GET_REPLY, "replies_id"),
    "what a reply may answer": (replies.ANSWERABLE, "messages_of_number"),
    "what stands under a post": (posts.FREE_UNDER, "posts_under"),
    "corrections of a post": (posts.FREE_EDITS, "posts_edits"),
    "hours with more than is said": (reply_threads.FIND_UNSHOWN, "reply_hours_unshown"),
    "requests of somebody": (requests.OF_REQUESTER, "requests_by_requester"),
    "latest report of an app": (receipts.LATEST_OF_APP, "PRIMARY KEY"),
    "receipts that did not come": (receipt_looks.FIND_OVERDUE, "messages_awaiting"),
    "receipts of one moment": (receipt_looks.FIND_AT, "messages_awaiting"),
    "numbers to ask about": (receipt_looks.FIND_DUE, "receipt_looks_due"),
    "messages of a number and day": (receipt_looks.FIND_OPEN, "messages_of_number"),
    "how a receipt came": (receipts.NOTE_CAME_BY, "PRIMARY KEY"),
    "an app that is known": (coverage_checks.IS_KNOWN, "PRIMARY KEY"),
    "in doubt": (messages.COUNT_IN_DOUBT, "messages_unresolved"),
    "paused jobs": (jobs.COUNT_PAUSED, "jobs_open"),
    "steps due": (escalations.FIND_DUE, "escalations_due"),
    "who is looked for": (escalations.GET_OPEN, "escalations_open"),
    "steps of an alert": (escalations.STEPS_OF, "PRIMARY KEY"),
    "SMS of steps": (escalations.TEXTS_UNDER_WAY, "escalation_texts"),
    "calls told of": (voice_calls.FIND_TOLD_OF, "voice_calls_lately"),
    "what was told of a call": (voice_calls.FIND_TOLD_OF, "PRIMARY KEY"),
    "calls to a person": (voice_calls.CALLS_TO, "voice_calls_of_number"),
    "calls to try a number": (voice_calls.FIND_UNTOLD, "voice_calls_untold"),
    "trials of somebody": (voice_calls.TRIALS_BY, "voice_calls_asked"),
    "a call nobody knows": (voice_calls.FIND_STRAY, "voice_events_of_number"),
    "slot": (schedules.WIN_RUN, "sqlite_autoindex_schedules_1"),
}


@pytest.mark.parametrize(("sql", "index"), USES.values(), ids=USES)
def test_a_hot_statement_uses_its_index(
    plans: Mapping[str, list[str]], sql: str, index: str
) -> None:
    plan = plans[sql]
    assert any(index in step for step in plan), plan
    assert not any(step.startswith("SCAN messages") and "USING" not in step for step in plan), plan


def test_reports_find_their_messages_by_serial_and_fence(plans: Mapping[str, list[str]]) -> None:
    plan = "\n".join(plans[STATEMENTS["receipts._which_related"]])
    assert "messages_serial" in plan
    assert "messages_fence" in plan


@pytest.mark.parametrize(
    "name",
    ["message_queue._due_urgent", "message_queue._due_others", "message_queue.WAITING_OF_JOB"],
)
def test_a_claim_takes_what_is_first_without_sorting_what_waits(
    plans: Mapping[str, list[str]], name: str
) -> None:
    assert not any("TEMP B-TREE" in step for step in plans[STATEMENTS[name]])


#: Indexes over the few rows that are under way, not over all there ever were.
SMALL = re.compile(
    r"USING (COVERING )?INDEX "
    r"(messages_(queued|claimed|unresolved)|(cards|posts|changes)_due|(approvals|reviews)_open)\b"
)
LARGE = re.compile(
    r"SCAN (messages|receipts|envelopes|cards|posts|approvals|votes|changes|reviews)\b"
)


#: The first once an hour, and it reads what it then deletes. An erasure looks everywhere, page by
#: page and beside the writer.
READ_WHOLE = {envelopes.FORGET_OLD, STATEMENTS["erasures._first_page"]}


def test_no_statement_reads_all_there_ever_was(plans: Mapping[str, list[str]]) -> None:
    for sql, plan in plans.items():
        scans = [step for step in plan if LARGE.match(step)]
        large = [step for step in scans if not SMALL.search(step)]
        assert not large or sql in READ_WHOLE, (sql, plan)
