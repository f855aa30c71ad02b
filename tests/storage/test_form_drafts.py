from storage import form_drafts
from storage.db import Tx
from tests.storage.rows import LIN, MAYA, NOW, later

FORM = "template.new"


def test_a_draft_is_one_persons_and_one_forms(tx: Tx) -> None:
    form_drafts.put(tx, LIN, FORM, {"text": "您好"}, NOW)
    draft = form_drafts.get(tx, LIN, FORM)
    assert draft is not None
    assert (draft.fields, draft.at) == ({"text": "您好"}, NOW)
    assert form_drafts.get(tx, MAYA, FORM) is None
    assert form_drafts.get(tx, LIN, "sign.new") is None


def test_the_last_word_stands_until_it_is_forgotten(tx: Tx) -> None:
    form_drafts.put(tx, LIN, FORM, {"text": "a"}, NOW)
    form_drafts.put(tx, LIN, FORM, {"text": "b"}, later(s=5))
    draft = form_drafts.get(tx, LIN, FORM)
    assert draft is not None
    assert (draft.fields, draft.at) == ({"text": "b"}, later(s=5))
    form_drafts.forget(tx, LIN, FORM)
    assert form_drafts.get(tx, LIN, FORM) is None


def test_half_a_surrogate_pair_is_kept_as_it_is(tx: Tx) -> None:
    form_drafts.put(tx, LIN, FORM, {"text": "\ud83d"}, NOW)
    draft = form_drafts.get(tx, LIN, FORM)
    assert draft is not None
    assert draft.fields == {"text": "\ud83d"}


def test_nothing_typed_lies_open_in_the_file(tx: Tx) -> None:
    form_drafts.put(tx, LIN, FORM, {"text": "confidential"}, NOW)
    row = tx.one("SELECT fields FROM form_drafts")
    assert row is not None
    assert "confidential" not in row["fields"]


def test_what_nobody_came_back_to_goes(tx: Tx) -> None:
    form_drafts.put(tx, LIN, FORM, {}, NOW)
    form_drafts.put(tx, MAYA, FORM, {}, later(s=1))
    form_drafts.forget_before(tx, later(s=1))
    assert form_drafts.get(tx, LIN, FORM) is None
    assert form_drafts.get(tx, MAYA, FORM) is not None
