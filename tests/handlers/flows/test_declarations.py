"""The console copy: one says it, another looks too, and a newer one takes its place."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.policies import policy_of
from bot.settings import Settings
from handlers.flows import declarations
from handlers.flows.declarations import ConfirmReason, ConfirmRefusal, DeclareAsk
from storage import declarations as stored
from storage import limits
from storage.db import Tx
from storage.declarations import Declaration
from tests.handlers.flows.attempts import said
from tests.handlers.flows.declaring import declare
from tests.handlers.flows.running import edited
from tests.storage.rows import LIN, MAYA, NOW

LATER = NOW + timedelta(hours=1)


def confirm(tx: Tx, settings: Settings, nth: int, by: str = LIN) -> Declaration | ConfirmRefusal:
    return declarations.confirm(tx, settings.apps[0], nth, by, "C0SMS", settings, LATER)


def test_nobody_signs_what_somebody_else_saw(tx: Tx, settings: Settings) -> None:
    first = declare(tx, settings, {"number.day": 10, "same.30s": 1}, by="U0BO")
    typed = DeclareAsk(settings.apps[0], {"same.30s": 2}, "the 30 s line", MAYA, "C0SMS")
    assert declarations.declare_typed(tx, typed, settings, LATER) is None
    assert stored.latest(tx, "demo") == first
    more = replace(typed, caps={"same.30s": 2, "number.day": 10, "number.hour": None})
    second = declarations.declare_typed(tx, more, settings, LATER)
    assert second is not None
    assert (second.declared_by, second.caps) == (MAYA, more.caps)


def test_what_is_declared_is_all_that_was_seen(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.day": 10, "same.30s": 1})
    declare(tx, settings, {"number.day": 10, "number.hour": 2})
    whole = declare(tx, settings, {"number.day": 5}, evidence="a look", request_id="R-AAAA")
    assert stored.latest(tx, "demo") == whole
    assert (whole.nth, whole.caps, whole.request_id) == (3, {"number.day": 5}, "R-AAAA")
    assert [each.nth for each in stored.history(tx, "demo", 2)] == [3, 2]


def test_evidence_is_sealed_in_the_file(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.day": 10}, evidence="call 13800001234")
    row = tx.one("SELECT evidence FROM limit_declarations")
    assert row is not None
    assert "138" not in row["evidence"]


def test_a_second_person_confirms_once_and_the_card_says_who(tx: Tx, settings: Settings) -> None:
    first = declare(tx, settings, {"number.day": 10})
    assert confirm(tx, settings, first.nth, MAYA) == ConfirmRefusal(ConfirmReason.OWN)
    kept = confirm(tx, settings, first.nth)
    assert isinstance(kept, Declaration)
    assert (kept.confirmed_by, kept.confirmed_at) == (LIN, LATER)
    assert confirm(tx, settings, first.nth, "U0BO") == ConfirmRefusal(ConfirmReason.ALREADY, LIN)
    corrected = [post for post in said(tx, "limits.declared") if post.edits]
    assert [post.facts["confirmed_by"] for post in corrected] == [LIN]
    assert len(said(tx, "limits.confirmed")) == 1


def test_only_the_latest_declaration_can_be_confirmed(tx: Tx, settings: Settings) -> None:
    first = declare(tx, settings, {"number.day": 10})
    declare(tx, settings, {"number.day": 2}, by="U0BO")
    assert confirm(tx, settings, first.nth) == ConfirmRefusal(ConfirmReason.ANEW, "U0BO")
    assert confirm(tx, settings, 9) == ConfirmRefusal(ConfirmReason.GONE)
    (anew,) = [post for post in said(tx, "limits.declared") if post.edits]
    assert anew.facts["anew_by"] == "U0BO"


def test_what_is_declared_in_private_is_shown_where_others_are(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.day": 10}, channel="D0MAYA")
    alone = settings.model_copy(
        update={"channels": settings.channels.model_copy(update={"alerts": None})}
    )
    declare(tx, alone, {"number.day": 10}, channel="D0MAYA")
    declare(tx, edited(alone, channels=()), {"number.day": 10}, channel="D0MAYA")
    cards = [post for post in said(tx, "limits.declared") if not post.edits]
    assert [post.channel for post in cards] == ["#sms-alerts", "sms", "D0MAYA"]


def test_what_is_left_to_type_is_where_the_policy_in_force_differs(
    tx: Tx, settings: Settings
) -> None:
    app = settings.apps[0]
    limits.seed(tx, "demo", policy_of({"number.day": 5, "same.30s": 1}), NOW)
    nothing = declarations.step_of(tx, app, settings, NOW)
    assert nothing is not None
    assert [(each.key, each.is_declared) for each in nothing.differences] == [
        ("number.day", False),
        ("same.30s", False),
    ]
    declare(tx, settings, {"number.day": 2, "same.30s": 1})
    (left,) = declarations.console_of(tx, app, settings, NOW).differences
    assert (left.key, left.declared, left.wanted, left.is_needed) == ("number.day", 2, 5, True)
    declare(tx, settings, {"number.day": 5, "same.30s": 1})
    assert declarations.step_of(tx, app, settings, NOW) is None


def test_an_individual_has_nothing_to_type(tx: Tx, settings: Settings) -> None:
    individual = settings.model_copy(
        update={"content": settings.content.model_copy(update={"is_individual": True})}
    )
    assert declarations.step_of(tx, settings.apps[0], individual, NOW) is None


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://sms.tencentcloudapi.com", "console.cloud.tencent.com"),
        ("https://sms.intl.tencentcloudapi.com", "console.tencentcloud.com"),
    ],
)
def test_the_link_leads_to_the_app_on_the_site_it_is_on(
    tx: Tx, settings: Settings, endpoint: str, host: str
) -> None:
    there = settings.model_copy(
        update={"tencent": settings.tencent.model_copy(update={"endpoint": endpoint})}
    )
    view = declarations.console_of(tx, settings.apps[0], there, NOW)
    assert view.url == f"https://{host}/smsv2/app-manage/detail/1400006666"
