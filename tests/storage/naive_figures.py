"""What figures should be: every message looked at, one after the other."""

from collections import Counter
from collections.abc import Iterable

from bot.rules.carriers import carrier_of
from bot.rules.delivery import MessageState
from bot.rules.figures import step_of
from storage.db import Tx

#: (app, dimension, span in seconds, its beginning, value, column) to how many.
Cells = Counter[tuple[str, str, int, int, str, str]]
COLUMNS_OF = {
    MessageState.IN_FLIGHT: ["begun"],
    MessageState.ACCEPTED: ["begun", "accepted"],
    MessageState.REFUSED: ["begun", "refused"],
    MessageState.IN_DOUBT: ["begun", "in_doubt"],
    MessageState.DROPPED: ["begun", "dropped"],
    MessageState.DELIVERED: ["begun", "accepted", "delivered"],
    MessageState.UNDELIVERED: ["begun", "accepted", "undelivered"],
    MessageState.UNREPORTED: ["begun", "accepted", "unreported"],
}
#: "The look-up of the signature's sub-number failed" (382/59177).
UNFILED = ("TX:2000", "TX:2001", "TX:2002", "TX:2003")
#: Attempts that were given up, which no message tells of any more, and what is no message's.
BESIDE = ("agreed", "again", "replies", "optouts", "key_presses", "calls", "answered_calls")


def kept(tx: Tx) -> Cells:
    """What is stored; attempts after which a message was sent once more are taken out."""
    tx.deferred.write(tx)
    cells: Cells = Counter()
    for row in tx.all("SELECT * FROM figures"):
        key = row["app"], row["dimension"], row["span_s"], row["from_s"], row["value"]
        for name in row.keys()[5:]:
            if name not in BESIDE:
                cells[*key, name] += row[name]
        cells[*key, "begun"] -= row["again"]
    return _without_noughts(cells)


def counted(tx: Tx) -> Cells:
    """What the messages say."""
    cells: Cells = Counter()
    for row in tx.all("SELECT * FROM messages WHERE signed_at_ms IS NOT NULL"):
        state = MessageState(row["state"])
        number = tx.vault.open_number(row["number"])
        hour_s = row["signed_at_ms"] // 3_600_000 * 3_600
        kinds = [
            ("", ""),
            ("template", row["template_id"]),
            ("signature", row["signature"]),
            ("class", row["class"]),
            ("carrier", carrier_of(number).value),
            ("country", row["country"]),
            ("place", f"{row['country']}:{number[:6]}"),
        ]
        columns = dict.fromkeys(COLUMNS_OF.get(state, ()), 1)
        if "accepted" in columns:
            columns["segments"] = row["fee_segments"] or 0
        _add(cells, row["app"], kinds, hour_s, columns)
        if state is MessageState.REFUSED:
            code = row["code"] or row["detail"]
            _add(cells, row["app"], [("code", code)] if code else [], hour_s, {"refused": 1})
        if state in {MessageState.DELIVERED, MessageState.UNDELIVERED}:
            _add_report(cells, tx, row["id"], state, hour_s, kinds)
    return _without_noughts(cells)


def _add_report(
    cells: Cells,
    tx: Tx,
    message_id: str,
    state: MessageState,
    hour_s: int,
    of_message: list[tuple[str, str]],
) -> None:
    (row,) = tx.all(
        "SELECT messages.*, receipts.carrier_at_ms, receipts.came_by "
        "FROM messages JOIN receipts USING (serial, number) "
        "WHERE messages.id = :id AND success = :success",
        id=message_id,
        success=int(state is MessageState.DELIVERED),
    )
    column = "delivered" if state is MessageState.DELIVERED else "undelivered"
    kinds = []
    if column == "undelivered" and row["carrier_code"]:
        kinds.append(("code", row["carrier_code"]))
    if column == "undelivered" and row["carrier_code"] in UNFILED:
        carrier = carrier_of(tx.vault.open_number(row["number"])).value
        kinds.append(("unfiled", f"{row['signature']}:{carrier}"))
    if row["carrier_at_ms"] is not None:
        took_s = (row["carrier_at_ms"] - row["signed_at_ms"]) / 1000
        kinds.append(("latency", str(step_of(took_s))))
    backfilled = {"backfilled": 1} if row["came_by"] == 1 else {}
    _add(cells, row["app"], of_message, hour_s, backfilled)
    _add(cells, row["app"], kinds, hour_s, {column: 1, **backfilled})


def _add(
    cells: Cells,
    app: str,
    kinds: Iterable[tuple[str, str]],
    hour_s: int,
    columns: dict[str, int],
) -> None:
    for dimension, value in kinds:
        for span_s in (3_600,) if dimension == "place" else (3_600, 86_400):
            for name, many in columns.items():
                cells[app, dimension, span_s, hour_s // span_s * span_s, value, name] += many


def _without_noughts(cells: Cells) -> Cells:
    return Counter({key: many for key, many in cells.items() if many})
