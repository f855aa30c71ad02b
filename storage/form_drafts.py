"""Forms that people began and have not handed in yet, to open again as they were."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.db import Tx
from storage.ids import from_ms, to_ms

PURPOSE = "form_drafts.fields"

PUT_DRAFT = """
INSERT INTO form_drafts (user_id, form, fields, at_ms) VALUES (:user_id, :form, :fields, :now)
ON CONFLICT (user_id, form) DO UPDATE SET fields = excluded.fields, at_ms = excluded.at_ms
"""
GET_DRAFT = "SELECT fields, at_ms FROM form_drafts WHERE user_id = :user_id AND form = :form"
FORGET_DRAFT = "DELETE FROM form_drafts WHERE user_id = :user_id AND form = :form"
FORGET_OLD = "DELETE FROM form_drafts WHERE at_ms < :before"


@dataclass(frozen=True, slots=True)
class FormDraft:
    """What somebody had put into a form, by field, and when they last touched it."""

    fields: Mapping[str, str]
    at: datetime


def put(tx: Tx, user_id: str, form: str, fields: Mapping[str, str], now: datetime) -> None:
    """Keeps what the form holds by now, in the place of what it held before."""
    # ASCII with escapes: half a surrogate pair must not break the seal.
    sealed = tx.vault.seal(json.dumps(dict(fields)), purpose=PURPOSE)
    tx.run(PUT_DRAFT, user_id=user_id, form=form, fields=sealed, now=to_ms(now))


def get(tx: Tx, user_id: str, form: str) -> FormDraft | None:
    """The form as somebody left it; None where they left none."""
    row = tx.one(GET_DRAFT, user_id=user_id, form=form)
    if row is None:
        return None
    fields: dict[str, str] = json.loads(tx.vault.open(row["fields"], purpose=PURPOSE))
    return FormDraft(fields, from_ms(row["at_ms"]))


def forget(tx: Tx, user_id: str, form: str) -> None:
    """Drops a form that was handed in, or is to be started afresh."""
    tx.run(FORGET_DRAFT, user_id=user_id, form=form)


def forget_before(tx: Tx, before: datetime) -> None:
    """Drops forms nobody touched since `before`."""
    tx.run(FORGET_OLD, before=to_ms(before))
