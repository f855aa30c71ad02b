import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.rules.alerts import AlertKind
from bot.rules.content import ReviewState, Signature, Template
from bot.rules.delivery import MessageState
from bot.rules.limits import Rule, day_of
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.policies import policy_of
from bot.rules.requests import RequestState
from bot.rules.sending import Area, Draft, SendFault
from bot.settings import Settings
from handlers.flows import drafts
from handlers.flows.drafts import ConfirmRefusal, Queued, Refusal, SendAsk
from storage import alerts, cards, content, limit_counts, limits, messages, optouts, requests
from storage.db import Database, Tx, open_database
from storage.ids import RequestId, from_ms
from tests.handlers.flows.running import claim
from tests.storage.rows import LIN, MAYA, NOW, NUMBER, OTHER_NUMBER, VAULT, add_request, later

OTP = Template("1110", "code", "验证码 {1}", True, False, ReviewState.USABLE, "")
NOTICE = Template("2220", "notice", "你好 {1}", True, False, ReviewState.USABLE, "")
SIGN = Signature("1", "腾讯云", False, ReviewState.USABLE, "")


def list_content(tx: Tx, *templates: Template) -> None:
    content.replace_templates(tx, templates or (OTP, NOTICE), NOW)
    content.replace_signatures(tx, [SIGN], NOW)


def ask(settings: Settings, number: str = NUMBER, value: str = "123456") -> SendAsk:
    return SendAsk(number, "1110", [(None, value)], settings.apps[0], None, LIN, "C0SMS")


def draft(tx: Tx, settings: Settings, number: str = NUMBER, value: str = "123456") -> Draft:
    made = drafts.draft(tx, ask(settings, number, value), settings, NOW)
    assert isinstance(made, Draft), made
    return made


def confirm(
    tx: Tx, made: Draft, settings: Settings, *, user: str = LIN, sha256: str = "", s: float = 1
) -> Queued | Refusal | tuple[SendFault, ...]:
    return drafts.confirm(tx, made.request_id, sha256 or made.sha256, user, settings, later(s=s))


def reason(end: object) -> ConfirmRefusal:
    assert isinstance(end, Refusal), end
    return end.reason


def state(tx: Tx, made: Draft) -> RequestState:
    request = requests.get(tx, made.request_id)
    assert request is not None
    return request.state


@pytest.fixture
def listed(tx: Tx) -> Tx:
    list_content(tx)
    return tx


def test_a_draft_sends_nothing(listed: Tx, settings: Settings) -> None:
    made = draft(listed, settings)
    assert made.plan.text == "【腾讯云】验证码 123456"
    assert messages.of_request(listed, made.request_id) == []
    assert cards.find_due(listed, later(s=99), 10) == []
    assert state(listed, made) is RequestState.DRAFT


def test_what_stands_in_the_way_is_told_and_nothing_is_kept(tx: Tx, settings: Settings) -> None:
    list_content(tx, replace(OTP, review=ReviewState.REJECTED))
    faults = drafts.draft(tx, ask(settings, "+86138", "abc"), settings, NOW)
    assert isinstance(faults, tuple)
    assert {Area.NUMBER, Area.TEMPLATE} <= {fault.area for fault in faults}
    assert tx.all("SELECT id FROM requests") == []


def test_who_said_no_is_not_written_to_but_gets_their_codes(listed: Tx, settings: Settings) -> None:
    def wanted(template: str) -> SendAsk:
        return SendAsk(NUMBER, template, [(None, "1234")], settings.apps[0], None, LIN, "C0SMS")

    made = drafts.draft(listed, wanted("2220"), settings, NOW)
    assert isinstance(made, Draft)
    optouts.add(listed, Optout(NUMBER, "", Scope.ALL, Source.REPLY, "R", "", NOW))
    said = SendFault(Area.NUMBER, "opted_out", {"source": "reply", "since": "2026-11-22"})
    assert drafts.draft(listed, wanted("2220"), settings, NOW) == (said,)
    assert confirm(listed, made, settings) == (said,)
    assert isinstance(drafts.draft(listed, wanted("1110"), settings, NOW), Draft)


def test_a_confirmed_draft_is_one_message_and_one_card(listed: Tx, settings: Settings) -> None:
    made = draft(listed, settings)
    assert confirm(listed, made, settings) == Queued(RequestId(made.request_id))

    (message,) = messages.of_request(listed, made.request_id)
    assert message.state is MessageState.QUEUED
    assert (message.number, message.values) == (NUMBER, ("123456",))
    assert message.class_ is settings.apps[0].templates["1110"].template_class
    (card,) = cards.find_due(listed, later(s=1), 10)
    assert (card.request_id, card.channel) == (made.request_id, "C0SMS")
    assert state(listed, made) is RequestState.EXECUTING


def test_a_second_click_changes_nothing(listed: Tx, settings: Settings) -> None:
    made = draft(listed, settings)
    confirm(listed, made, settings)
    assert reason(confirm(listed, made, settings)) is ConfirmRefusal.ALREADY_SENT
    assert len(messages.of_request(listed, made.request_id)) == 1


def test_nobody_else_can_confirm_or_discard(listed: Tx, settings: Settings) -> None:
    made = draft(listed, settings)
    assert reason(confirm(listed, made, settings, user=MAYA)) is ConfirmRefusal.NOT_YOURS
    gone = drafts.discard(listed, made.request_id, made.sha256, MAYA, NOW)
    assert reason(gone) is ConfirmRefusal.NOT_YOURS
    assert state(listed, made) is RequestState.DRAFT


@pytest.mark.parametrize("cut", [0, 1, 31])
def test_a_click_must_name_what_was_shown(listed: Tx, settings: Settings, cut: int) -> None:
    made = draft(listed, settings)
    shortened = made.sha256[:cut] or "0"
    end = confirm(listed, made, settings, sha256=shortened)
    assert reason(end) is ConfirmRefusal.CHANGED
    end = confirm(listed, made, settings, sha256="f" * 64)
    assert reason(end) is ConfirmRefusal.CHANGED
    assert isinstance(confirm(listed, made, settings, sha256=made.sha256[:32]), Queued)


def test_the_hash_of_one_draft_does_not_confirm_another(listed: Tx, settings: Settings) -> None:
    one, other = draft(listed, settings), draft(listed, settings, value="654321")
    end = confirm(listed, one, settings, sha256=other.sha256)
    assert reason(end) is ConfirmRefusal.CHANGED


def test_an_unknown_draft_is_not_found(listed: Tx, settings: Settings) -> None:
    end = drafts.confirm(listed, "R-NONE", "f" * 64, LIN, settings, NOW)
    assert reason(end) is ConfirmRefusal.NOT_FOUND
    gone = drafts.discard(listed, "R-NONE", "f" * 64, LIN, NOW)
    assert reason(gone) is ConfirmRefusal.NOT_FOUND


def test_a_draft_expires_and_stays_expired(listed: Tx, settings: Settings) -> None:
    made = draft(listed, settings)
    valid_s = settings.sending.preview_valid_s
    assert reason(confirm(listed, made, settings, s=valid_s)) is ConfirmRefusal.EXPIRED
    assert messages.of_request(listed, made.request_id) == []
    assert isinstance(confirm(listed, made, settings, s=valid_s - 0.001), Queued)


def test_a_discarded_draft_cannot_be_sent_nor_a_sent_one_discarded(
    listed: Tx, settings: Settings
) -> None:
    gone, sent = draft(listed, settings), draft(listed, settings, value="654321")
    end = drafts.discard(listed, gone.request_id, gone.sha256, LIN, NOW)
    assert end is RequestState.WITHDRAWN
    assert reason(confirm(listed, gone, settings)) is ConfirmRefusal.ALREADY_DISCARDED
    again = drafts.discard(listed, gone.request_id, gone.sha256, LIN, NOW)
    assert reason(again) is ConfirmRefusal.ALREADY_DISCARDED

    confirm(listed, sent, settings)
    too_late = drafts.discard(listed, sent.request_id, sent.sha256, LIN, NOW)
    assert reason(too_late) is ConfirmRefusal.ALREADY_SENT
    assert len(messages.of_request(listed, sent.request_id)) == 1


@pytest.mark.parametrize(
    "changed",
    [replace(OTP, content="验证码是 {1}"), replace(OTP, content="验证码 {1}.")],
    ids=["a word", "a dot"],
)
def test_a_changed_template_voids_the_draft(
    listed: Tx, settings: Settings, changed: Template
) -> None:
    made = draft(listed, settings)
    list_content(listed, changed)
    assert reason(confirm(listed, made, settings)) is ConfirmRefusal.CHANGED
    assert messages.of_request(listed, made.request_id) == []


@pytest.mark.parametrize(
    "templates",
    [(NOTICE,), (replace(OTP, review=ReviewState.REJECTED), NOTICE)],
    ids=["deleted", "rejected"],
)
def test_a_template_that_went_meanwhile_is_told(
    listed: Tx, settings: Settings, templates: tuple[Template, ...]
) -> None:
    made = draft(listed, settings)
    list_content(listed, *templates)
    end = confirm(listed, made, settings)
    assert isinstance(end, tuple)
    assert {fault.area for fault in end} == {Area.TEMPLATE}
    assert state(listed, made) is RequestState.DRAFT


def test_an_app_taken_out_of_the_settings_voids_the_draft(listed: Tx, settings: Settings) -> None:
    made = draft(listed, settings)
    other = settings.apps[0].model_copy(update={"name": "other"})
    without = settings.model_copy(update={"apps": (other,)})
    assert reason(confirm(listed, made, without)) is ConfirmRefusal.CHANGED


@pytest.mark.parametrize(
    "edit", [{"sdk_app_id": "1400000099"}, {"international": ("SG",)}], ids=["app", "countries"]
)
def test_another_application_or_other_countries_in_the_settings_void_the_draft(
    listed: Tx, settings: Settings, edit: dict[str, Any]
) -> None:
    made = draft(listed, settings)
    app = settings.apps[0].model_copy(update=edit)
    changed = settings.model_copy(update={"apps": (app,)})
    assert reason(confirm(listed, made, changed)) is ConfirmRefusal.CHANGED
    assert messages.of_request(listed, made.request_id) == []


def test_a_class_changed_in_the_settings_voids_the_draft(listed: Tx, settings: Settings) -> None:
    """It decides what becomes of a doubt, so it is part of what was shown."""
    made = draft(listed, settings)
    app = settings.apps[0].model_copy(update={"templates": {}})
    changed = settings.model_copy(update={"apps": (app,)})
    again = drafts.draft(listed, replace(ask(settings), app=app), changed, NOW)
    assert isinstance(again, Draft)
    if again.plan.class_ is not made.plan.class_:
        assert reason(confirm(listed, made, changed)) is ConfirmRefusal.CHANGED


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    opened = open_database(path, VAULT)
    yield opened
    opened.close()


async def test_of_fifty_clicks_at_once_five_a_day_go_through(
    db: Database, settings: Settings
) -> None:
    await db.write(list_content)
    made = [await db.write(draft, settings, NUMBER, f"{i:06}") for i in range(50)]
    other = await db.write(draft, settings, OTHER_NUMBER, "000000")

    ends = await asyncio.gather(*(db.write(confirm, each, settings) for each in [*made, other]))

    assert isinstance(ends.pop(), Queued), "another number has its own five"
    assert sum(isinstance(end, Queued) for end in ends) == 5
    refused = [end for end in ends if not isinstance(end, Queued)]
    assert all(isinstance(end, tuple) for end in refused)
    assert {fault.reason for end in refused if isinstance(end, tuple) for fault in end} == {
        Rule.PER_DAY.value
    }
    assert len(await db.read(claimable)) == 6


async def test_of_fifty_clicks_on_one_draft_one_goes_through(
    db: Database, settings: Settings
) -> None:
    await db.write(list_content)
    made = await db.write(draft, settings)
    clicks = [db.write(confirm, made, settings) for _ in range(49)]
    gone = db.write(drafts.discard, made.request_id, made.sha256, LIN, NOW)
    ends = await asyncio.gather(*clicks, gone)

    assert sum(isinstance(end, Queued) for end in ends) == 1
    assert sum(isinstance(end, Refusal) for end in ends) == 49
    assert len(await db.read(claimable)) == 1


def claimable(tx: Tx) -> list[str]:
    return [row["id"] for row in tx.all("SELECT id FROM messages")]


def test_a_refusal_by_limit_says_when_it_may_go(listed: Tx, settings: Settings) -> None:
    for value in range(5):
        assert isinstance(
            confirm(listed, draft(listed, settings, value=f"{value}"), settings), Queued
        )
    sixth = draft(listed, settings, value="6")
    end = confirm(listed, sixth, settings)
    assert isinstance(end, tuple)
    (fault,) = end
    assert fault.values == {"used": 5, "allowed": 5, "scope": "number"}
    # Midnight in China.
    assert fault.next_permitted_at == later(minutes=12 * 60)
    assert state(listed, sixth) is RequestState.DRAFT


def test_what_a_limit_refuses_is_known_as_wanted_once_and_no_more_once_it_went(
    listed: Tx, settings: Settings
) -> None:
    seed(listed, {"number.30s": 1})
    first = draft(listed, settings, value="1")
    second = draft(listed, settings, value="2")
    assert isinstance(confirm(listed, first, settings), Queued)
    assert wanted(listed) == []
    for s in (2, 3):
        assert isinstance(confirm(listed, second, settings, s=s), tuple)
    assert wanted(listed) == [(second.request_id, "per_30s", NOW)]
    # What is over a limit when it is asked for has no button, and was wanted all the same.
    third = drafts.draft(listed, ask(settings, value="3"), settings, later(s=5))
    assert isinstance(third, Draft)
    assert (third.request_id, "per_30s", later(s=5)) in wanted(listed)
    # What still waits for its try holds the next one back until it went.
    assert isinstance(confirm(listed, second, settings, s=31), tuple)
    claim(listed, NOW)
    assert isinstance(confirm(listed, second, settings, s=31), Queued)
    assert [request_id for request_id, _, _ in wanted(listed)] == [third.request_id]


def test_what_a_limit_refuses_is_an_alert_that_counts_a_message_once(
    listed: Tx, settings: Settings
) -> None:
    seed(listed, {"number.30s": 1})
    first, second = (draft(listed, settings, value=each) for each in "12")
    confirm(listed, first, settings)
    assert alerts.find_open(listed) == []
    for s in (2, 3):
        confirm(listed, second, settings, s=s)
    third = draft(listed, settings, value="3")
    confirm(listed, third, settings, s=5)
    (alert,) = alerts.find_open(listed)
    assert (alert.kind, alert.count) == (AlertKind.LIMIT_HIT, 2)
    assert alert.labels == {"app": "demo", "cap": "number.30s"}
    assert alert.facts == {"allowed": 1, "request_id": third.request_id}


def wanted(tx: Tx) -> list[tuple[str, str, datetime]]:
    """What our limits refused: of which request, by which rule, wanted when."""
    rows = tx.all("SELECT * FROM limit_refusals ORDER BY at_ms")
    return [(row["request_id"], row["rule"], from_ms(row["at_ms"])) for row in rows]


def seed(tx: Tx, caps: dict[str, int | None]) -> None:
    limits.seed(tx, "demo", policy_of(caps), NOW)


def test_a_total_ends_the_day_of_single_messages_too(listed: Tx, settings: Settings) -> None:
    seed(listed, {"mainland.stop": 2})
    made = [draft(listed, settings, f"+861380000{nth:04d}") for nth in range(3)]
    ends = [confirm(listed, each, settings) for each in made]
    assert [isinstance(end, Queued) for end in ends] == [True, True, False]
    assert isinstance(ends[2], tuple)
    (fault,) = ends[2]
    assert (fault.reason, fault.values["scope"]) == ("total_stop", "mainland")
    assert fault.next_permitted_at == later(minutes=12 * 60)
    assert limit_counts.totals(listed, "demo", day_of(NOW)) == {"CN": 2}


def test_the_reason_and_the_next_time_belong_together(listed: Tx, settings: Settings) -> None:
    seed(listed, {"same.30s": 1, "otp.hour": 1})
    assert isinstance(confirm(listed, draft(listed, settings), settings), Queued)
    end = confirm(listed, draft(listed, settings), settings, s=2)
    assert isinstance(end, tuple)
    (fault,) = end
    # The first still waits for its try: an hour from now is the soonest.
    assert (fault.reason, fault.next_permitted_at) == ("class_hour", later(s=3_602))


def test_the_policy_that_holds_at_the_click_decides(listed: Tx, settings: Settings) -> None:
    seed(listed, {"number.day": 1})
    loosened = limits.add_change(
        listed,
        add_request(listed),
        "demo",
        {"number.day": 2},
        {"number.day": 1},
        starts_at=later(s=10),
        ends_at=later(s=20),
    )
    assert loosened is not None
    made = [draft(listed, settings, value=str(nth)) for nth in range(3)]
    ends = [confirm(listed, each, settings, s=s) for each, s in zip(made, (1, 9, 20), strict=True)]
    assert [isinstance(end, Queued) for end in ends] == [True, False, False]
    assert isinstance(confirm(listed, made[1], settings, s=19), Queued)


def test_a_name_finds_a_template_only_where_it_is_the_only_one(tx: Tx) -> None:
    list_content(
        tx, OTP, replace(NOTICE, name="twice"), replace(NOTICE, template_id="9", name="twice")
    )
    assert drafts.find_template(tx, "1110") == OTP
    assert drafts.find_template(tx, "code") == OTP
    assert drafts.find_template(tx, "twice") is None
    assert drafts.find_template(tx, "never") is None
