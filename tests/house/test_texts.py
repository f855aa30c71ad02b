"""Every text the file holds is sealed, looked at when a number is erased, or of ours alone."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from storage.db import connect
from storage.erasures import NO_TEXT, OPEN, TEXTS
from storage.migrations import bring_up_to_date
from storage.rotation import NUMBER, SEALED


def of(names: str) -> frozenset[str]:
    return frozenset(names.split())


TABLES = """
SELECT name FROM sqlite_master
WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlite_%'
"""
#: Tables with a number of their own and no text.
ONLY_NUMBERS = {table for table, columns in SEALED.items() if set(columns) == {NUMBER}}
#: Columns nobody's words come into, by why that is so: of every table that has one of these names,
NAMES: Mapping[str, frozenset[str]] = {
    "ids and keys we make": of(
        "id key request_id message_id alert_id group_id attempt port mark text_hash "
        "fingerprint sha256 rows_sha256 mac prev fence"
    ),
    "ids Slack or Tencent gave, bounded where they come in": of(
        "user_id channel ts root call_id content_id serial tencent_request_id template_id "
        "signature_id qualification_id package_id extend_code reference"
    ),
    "people and groups, by Slack's ids": of(
        "actor requester author stopped_by added_by set_by settled_by ended_by ignored_by "
        "declared_by confirmed_by undone_by acked_by resolved_by by_user waited_by whom who "
        "members approvers asked_by"
    ),
    "names out of app.yaml": of("app receiver chain rota means"),
    "words of ours, from a list": of(
        "kind state class source scope via hint fault check_fault what move rule dimension "
        "direction form said fate keys looked waits_for ended_how again lane meant_for under "
        "copy_of edits spread cap_key day country job holder subject row_told"
    ),
    "a limit's figures": of("caps before seeded waking"),
}
#: and these.
COLUMNS: Mapping[str, frozenset[str]] = {
    "what it says at Tencent, and would come back from there": of(
        "messages.signature messages.content jobs.signature optouts.signature replies.signature "
        "erased_optouts.signature signatures.name signatures.review_reply templates.name "
        "templates.content templates.review_reply reviews.reply refusals.text "
        "refusals.reply"
    ),
    "Tencent's code": of(
        "account_refusals.code changes.code limit_drifts.code messages.code voice_calls.code"
    ),
    "a fingerprint": frozenset({"limit_refusals.content"}),
    "a reason from a list": frozenset(
        {"bad_rows.reason", "job_faults.reason", "refused_callbacks.reason"}
    ),
    "a name from app.yaml or of ours": of(
        "about.name about.value audit_keys.name back_offs.name leases.name oncall_groups.name "
        "receipt_marks.name alert_labels.name alert_labels.value alerts.labels "
        "alert_groups.labels figures.value coverage_checks.facts summaries.facts"
    ),
    "the number we call from": frozenset({"voice_events.caller"}),
    "sealed under the key of its month, and chained": frozenset({"audit.facts"}),
}


def test_every_text_is_sealed_looked_at_or_ours(tmp_path: Path) -> None:
    path = tmp_path / "smsops.db"
    bring_up_to_date(path)
    names = frozenset[str]().union(*NAMES.values())
    columns = frozenset[str]().union(*COLUMNS.values())
    there, unknown = set(), []
    with closing(connect(path)) as conn:
        tables = conn.execute(TABLES).fetchall()
        for (table,) in map(tuple, tables):
            known = {*SEALED.get(table, ()), *TEXTS.get(table, ())}
            for column in conn.execute(f"PRAGMA table_info({table})"):
                name, whole = column["name"], f"{table}.{column['name']}"
                there.add(whole)
                if column["type"] == "TEXT" and name not in known | names and whole not in columns:
                    unknown.append(whole)
    assert unknown == []
    assert columns <= there
    assert {f"{table}.{name}" for table, of_it in OPEN.items() for name in of_it} <= there
    # Images alone are sealed and hold no text.
    assert set(SEALED) - set(TEXTS) <= NO_TEXT | ONLY_NUMBERS
