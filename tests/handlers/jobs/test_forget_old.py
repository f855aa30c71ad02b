"""What has been kept long enough goes, each by its days; figures, opt-outs, histories stay."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from bot.rules.audit import AuditEntry, Sound, What
from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.numbers import mask
from bot.rules.reveals import RevealAsked, RevealRefusal
from bot.rules.roles import EVERY_APP
from handlers.flows import cards as card_flow
from handlers.flows import retention, reveals, whys
from handlers.jobs import forget_values
from storage import audit, cards, messages, requests
from storage.audit import AuditQuery
from storage.db import Tx
from storage.ids import RequestId, to_ms
from tests.handlers.jobs.conftest import Stage
from tests.handlers.jobs.test_forget_values import add, in_files
from tests.storage.rows import NUMBER, OTHER_NUMBER, VAULT, add_message, add_request

#: Table, and what says how old a row is, by the days it has in app.yaml.
AGES: Mapping[str, tuple[str, str]] = {
    "receipts": ("stored_at_ms", "reports_days"),
    "contrary_receipts": ("noted_at_ms", "reports_days"),
    "refused_callbacks": ("came_at_ms", "reports_days"),
    "voice_events": ("stored_at_ms", "reports_days"),
    "replies": ("stored_at_ms", "replies_days"),
    "reply_threads": ("last_at_ms", "replies_days"),
    "voice_calls": ("signed_at_ms", "alerts_days"),
    "silences": ("ended_at_ms", "alerts_days"),
    "oncall_overrides": ("ends_at_ms", "alerts_days"),
    "brakes": ("ended_at_ms", "alerts_days"),
    "alert_groups": ("resolved_at_ms", "alerts_days"),
    "alerts": ("ended_at_ms", "alerts_days"),
    "posts": ("done_at_ms", "posts_days"),
}
OF_GROUP = ("alert_members", "alert_moves", "escalations", "escalation_steps")
DAY = timedelta(days=1)


def put(tx: Tx, table: str, name: str, **values: object) -> None:
    """A row of any table: what is not given says nothing."""
    row = {
        column["name"]: f"{name} {column['name']}" if column["type"] == "TEXT" else 0
        for column in tx.all(f"PRAGMA table_info({table})")
        if column["notnull"]
    } | values
    marks = ", ".join(f":{each}" for each in row)
    tx.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", **row)


def names(tx: Tx, table: str, column: str = "") -> set[str]:
    """Which rows are left, by the first word of a column."""
    texts = [each["name"] for each in tx.all(f"PRAGMA table_info({table})") if each["pk"]]
    return {str(row[column or texts[0]]).split()[0] for row in tx.all(f"SELECT * FROM {table}")}


def ages(stage: Stage, table: str) -> dict[str, datetime]:
    """Two moments, a little less and a little more than so many days ago."""
    days = timedelta(days=getattr(stage.services.settings.retention, AGES[table][1]))
    return {"young": stage.now - days + DAY, "old": stage.now - days - DAY}


@pytest.mark.parametrize("table", AGES)
async def test_each_kind_of_row_goes_after_its_days(stage: Stage, table: str) -> None:
    column = AGES[table][0]

    def fill(tx: Tx) -> None:
        for name, at in ages(stage, table).items():
            more = {"serial": name, "serial_at_s": 0} if table == "receipts" else {}
            if table == "replies":
                more = {"replied_at_s": to_ms(at) // 1000, "id": name}
            put(tx, table, name, **{column: to_ms(at), **more})

    await stage.services.db.write(fill)
    await forget_values.run(stage.services, stage.now)
    shown = {"receipts": "serial", "replies": "id"}.get(table, "")
    assert await stage.services.db.read(names, table, shown) == {"young"}


async def test_a_report_whose_serial_number_names_a_time_to_come_goes_as_well(stage: Stage) -> None:
    def fill(tx: Tx) -> None:
        for name, at in ages(stage, "receipts").items():
            put(tx, "receipts", name, serial=name, serial_at_s=2**40, stored_at_ms=to_ms(at))

    await stage.services.db.write(fill)
    await forget_values.run(stage.services, stage.now)
    assert await stage.services.db.read(names, "receipts", "serial") == {"young"}


async def test_with_a_card_of_alerts_goes_what_was_done_about_it(stage: Stage) -> None:
    def fill(tx: Tx) -> None:
        for name, at in ages(stage, "alerts").items():
            put(tx, "alert_groups", name, id=name, resolved_at_ms=to_ms(at))
            # The alert itself ended long ago: what a card shows stays as long as the card.
            put(tx, "alerts", name, id=name, ended_at_ms=0)
            put(tx, "alert_counts", name, alert_id=name)
            for table in OF_GROUP:
                put(tx, table, name, group_id=name)
            tx.run("UPDATE alert_members SET alert_id = group_id")

    await stage.services.db.write(fill)
    await forget_values.run(stage.services, stage.now)
    for table in ("alert_groups", "alerts", "alert_counts", *OF_GROUP):
        assert await stage.services.db.read(names, table) == {"young"}, table


async def test_open_alerts_and_what_holds_stay_however_old(stage: Stage) -> None:
    def fill(tx: Tx) -> None:
        put(tx, "alert_groups", "open")
        put(tx, "alerts", "open")
        put(tx, "silences", "open")
        put(tx, "brakes", "open")

    await stage.services.db.write(fill)
    await forget_values.run(stage.services, stage.now)
    for table in ("alert_groups", "alerts", "silences", "brakes"):
        assert await stage.services.db.read(names, table) == {"open"}


async def test_what_is_corrected_or_answered_in_slack_and_of_open_requests_stays(
    stage: Stage,
) -> None:
    def fill(tx: Tx) -> None:
        apart = {"edits": "", "under": ""}
        for name in ("corrected", "answered", "waiting", "over"):
            put(tx, "posts", name, key=name, done_at_ms=1, **apart)
        put(tx, "posts", "open", key="open", request_id=add_request(tx), done_at_ms=1, **apart)
        for name in ("exempt_removed", "undone", "unasked"):
            put(tx, "posts", name, key=name, kind=f"limit.{name}", done_at_ms=1, **apart)
        for name, more in {
            "new": {"edits": "corrected"},
            "reply": {"under": "answered"},
        }.items():
            said = {**apart, **more, "done_at_ms": to_ms(stage.now)}
            put(tx, "posts", name, key=name, **said)
        put(tx, "posts", "unsaid", key="unsaid", edits="waiting", under="")

    await stage.services.db.write(fill)
    await forget_values.run(stage.services, stage.now)
    stays = {"corrected", "answered", "waiting", "open", "new", "reply", "unsaid"}
    stays |= {"exempt_removed", "undone", "unasked"}
    assert await stage.services.db.read(names, "posts", "key") == stays


def sealed_of(tx: Tx, request_id: RequestId) -> list[str]:
    found = tx.all("SELECT number FROM messages WHERE request_id = :id", id=request_id)
    return [row["number"] for row in found]


@pytest.mark.parametrize("is_job", [False, True], ids=["one", "many"])
async def test_numbers_of_a_request_go_after_their_days_and_its_history_stays(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, is_job: bool
) -> None:
    monkeypatch.setattr(retention, "PAGE", 2)
    days = timedelta(days=stage.services.settings.retention.numbers_days)
    db = stage.services.db
    old = await add(stage, days + DAY, is_job=is_job)
    young = await add(stage, days - DAY, is_job=is_job)

    def add_more(tx: Tx) -> None:
        for index in range(4):
            add_message(tx, f"+8613900{index:06}", request_id=old)
        tx.run("UPDATE messages SET state = :over", over=MessageState.DELIVERED.value)

    if is_job:
        await db.write(add_more)
    sealed = await db.read(sealed_of, old)
    await forget_values.run(stage.services, stage.now)

    left = await db.read(messages.of_request, old)
    assert {mask(each.number) for each in left} == {"****"}
    assert len({each.number for each in left}) == len(sealed)
    request = await db.read(requests.get, old)
    assert request is not None
    assert mask(str(request.payload["number"])) == "****"
    assert not set(sealed) & set(await db.read(sealed_of, old))
    if not is_job:
        own = VAULT.seal_number(NUMBER)
        assert own in await db.read(sealed_of, young)

    # What people look at still works, and nobody is shown a number.
    def look(tx: Tx) -> object:
        cards.add(tx, old, "C0SMS", stage.now)
        (card,) = cards.find_due(tx, stage.now, 1)
        assert card_flow.load(tx, card, stage.services.settings, stage.now) is not None
        assert whys.of_request(tx, old, stage.now) is not None
        return reveals.reveal(tx, RevealAsked((old,), "to see"), "U0MAYA", EVERY_APP, stage.now)

    assert await db.write(look) is RevealRefusal.FORGOTTEN


async def test_a_number_that_is_gone_is_in_no_file(stage: Stage) -> None:
    db = stage.services.db
    old = await add(stage, timedelta(days=400))
    (sealed,) = await db.read(sealed_of, old)
    await db.checkpoint()
    assert in_files(db.path, sealed) == [sealed]
    await forget_values.run(stage.services, stage.now)
    assert in_files(db.path, sealed) == []


async def test_a_message_in_doubt_keeps_its_number_until_the_doubt_is_over(stage: Stage) -> None:
    old = await add(stage, timedelta(days=400))
    doubt = MessageState.IN_DOUBT.value
    await stage.change("UPDATE messages SET state = :doubt", doubt=doubt)
    await forget_values.run(stage.services, stage.now)
    (message,) = await stage.services.db.read(messages.of_request, old)
    assert message.number == NUMBER
    await stage.change("UPDATE messages SET state = :over", over=MessageState.DROPPED.value)
    await forget_values.run(stage.services, stage.now)
    (message,) = await stage.services.db.read(messages.of_request, old)
    assert mask(message.number) == "****"


async def test_the_trail_says_what_went_and_loses_its_own_details_in_time(stage: Stage) -> None:
    db, days = stage.services.db, stage.services.settings.retention.audit_days
    long_ago = stage.now - timedelta(days=days + 62)
    said = AuditEntry(What.APP_STOPPED, "U0MAYA", "demo", facts={"reason": OTHER_NUMBER})
    await db.write(audit.append, said, long_ago)
    await add(stage, timedelta(days=400), TemplateClass.NOTICE)
    await forget_values.run(stage.services, stage.now)

    entries = await db.read(audit.find, AuditQuery(), 10)
    told, stopped = entries
    assert told.what == What.DATA_FORGOTTEN.value
    assert told.facts == {"requests": 1, "audit_months": 1}
    assert told.subject == f"{stage.now - timedelta(days=days):%Y-%m}"
    assert (stopped.actor, stopped.subject, stopped.facts) == ("U0MAYA", "demo", None)
    assert isinstance(await db.read(audit.check), Sound)
    # With nothing to delete there is nothing to say.
    await forget_values.run(stage.services, stage.now)
    assert len(await db.read(audit.find, AuditQuery(), 10)) == len(entries)
