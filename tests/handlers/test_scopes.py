"""What a knock is about: looked up in the store, never more than is meant."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import matchers
from bot.rules.alerts import APP, AlertKind, Severity, Signal
from bot.rules.classes import TemplateClass
from bot.rules.matchers import Matcher, Op
from bot.rules.requests import OF_ACCOUNT, RequestKind
from bot.rules.roles import ACCOUNT, EVERY_APP, Apps
from bot.rules.silence_words import SilenceWords
from bot.settings import Settings
from handlers import scopes
from handlers.flows import alert_lists, alerts
from storage import alert_groups, messages, requests, silences
from storage.db import Tx
from storage.messages import NewMessage
from storage.scopes import given as parameters
from storage.scopes import within
from tests.handlers.flows.alerting import look
from tests.handlers.flows.asks import settings_with
from tests.storage.rows import NOW, NUMBER, add_message, add_request, later, open_tx

SHOP = {"name": "shop", "sdk_app_id": "1400007777", "signature": "腾讯云"}
DEMO = {"name": "demo", "sdk_app_id": "1400006666", "signature": "腾讯云"}


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Tx]:
    with open_tx(tmp_path / "smsops.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def settings() -> Settings:
    return settings_with(apps=[DEMO, SHOP])


def ask(tx: Tx, kind: RequestKind) -> str:
    made = requests.add(
        tx,
        kind=kind,
        app="shop",
        payload={},
        requester="U0LIN",
        channel="C0SMS",
        now=NOW,
        expires_at=later(minutes=10),
    )
    return made.id


def test_a_request_is_of_its_app_unless_it_is_about_what_all_share(
    tx: Tx, settings: Settings
) -> None:
    for kind in RequestKind:
        expected = ACCOUNT if kind in OF_ACCOUNT else "shop"
        assert scopes.request(tx, ask(tx, kind), settings) == expected
    assert scopes.request(tx, "R-0000", settings) is None


def test_what_cannot_be_opened_any_more_still_has_its_app(tx: Tx, settings: Settings) -> None:
    request_id = add_request(tx)
    tx.run("UPDATE requests SET payload = 'k1:damaged' WHERE id = :id", id=request_id)
    assert scopes.request(tx, request_id, settings) == "demo"


def test_a_message_is_of_its_app(tx: Tx, settings: Settings) -> None:
    assert scopes.message(tx, add_message(tx), settings) == "demo"
    assert scopes.message(tx, "nothing", settings) is None


def raised(tx: Tx, settings: Settings, *apps: str) -> list[str]:
    """The cards of alerts about these apps, "" for the account."""
    for app in apps:
        kind = AlertKind.LIMIT_HIT if app else AlertKind.PACKAGE_LOW
        told = Signal(kind, Severity.WARNING, {APP: app} if app else {})
        alerts.raise_event(tx, told, settings, NOW)
    look(tx, settings, NOW)
    return alert_groups.open_ids(tx)


def test_a_card_is_of_every_app_it_tells_of(tx: Tx, settings: Settings) -> None:
    ids = raised(tx, settings, "demo", "shop", "")
    assert scopes.groups(tx, ids, settings) == (ACCOUNT, "demo", "shop")
    of_each = [scopes.groups(tx, [each], settings) for each in ids]
    assert sorted(str(each) for each in of_each) == ["('',)", "('demo',)", "('shop',)"]
    assert scopes.groups(tx, ["A-0000", ids[0]], settings) == of_each[0]
    assert scopes.groups(tx, ["A-0000"], settings) is None


def test_a_list_of_cards_leaves_out_what_tells_of_other_apps_too(
    tx: Tx, settings: Settings
) -> None:
    ids = raised(tx, settings, "demo", "shop", "")
    both = next(each for each in ids if scopes.groups(tx, [each], settings) == ("shop",))
    member = next(
        row["alert_id"]
        for row in tx.all("SELECT * FROM alert_members WHERE group_id <> :id", id=both)
        if scopes.groups(tx, [row["group_id"]], settings) == ("demo",)
    )
    mine = Apps(frozenset({"shop"}))
    assert alert_lists.of_apps(tx, ids, mine) == [both]
    alert_groups.add_member(tx, both, member)
    assert alert_lists.of_apps(tx, ids, mine) == []
    assert alert_lists.of_apps(tx, ids, EVERY_APP) == ids


SILENCED = {
    'app="shop"': ("shop",),
    'app=~"shop|demo", severity="warning"': ("demo", "shop"),
    'app!="demo"': ("shop", ACCOUNT),
    'alert="limit_hit"': ("demo", "shop", ACCOUNT),
    'app="nobody"': (ACCOUNT,),
    'app=""': (ACCOUNT,),
}


def test_a_silence_is_of_every_app_it_may_cover(tx: Tx, settings: Settings) -> None:
    for typed, about in SILENCED.items():
        assert scopes.silenced(tx, SilenceWords(matchers=typed), settings) == about
        found = matchers.parse(typed)
        assert isinstance(found, tuple)
        kept = silences.add(
            tx,
            matchers=found,
            group_id="",
            author="U0LIN",
            comment="",
            begins_at=NOW,
            ends_at=later(minutes=10),
            now=NOW,
        )
        assert scopes.silence(tx, kept.id, settings) == about
    for typed in ("", "app==", 'app=~"("'):
        assert scopes.silenced(tx, SilenceWords(matchers=typed), settings) is None


def test_a_silence_of_a_card_is_of_what_the_card_tells_of(tx: Tx, settings: Settings) -> None:
    for each in raised(tx, settings, "shop", ""):
        about = scopes.silenced(tx, SilenceWords(each), settings)
        told = scopes.groups(tx, [each], settings)
        assert about == told if told == ("shop",) else about == (ACCOUNT, "demo", "shop")


def test_a_story_is_of_the_message_before_the_request(tx: Tx, settings: Settings) -> None:
    sent = NewMessage(
        request_id=add_request(tx),
        app="shop",
        number=tx.vault.seal_number(NUMBER),
        country="CN",
        class_=TemplateClass.NOTICE,
        template_id="1110",
        signature="腾讯云",
        values=(),
        content="",
    )
    message_id = messages.add(tx, sent, now=NOW, give_up_at=later(minutes=10))
    tx.run("UPDATE messages SET serial = '5000:1234567890123456' WHERE id = :id", id=message_id)
    words = [sent.request_id, "5000:1234567890123456"]
    assert scopes.story(tx, words[:1], settings) == "demo"
    assert scopes.story(tx, words, settings) == "shop"
    assert scopes.story(tx, [NUMBER], settings) is None


names = st.sampled_from(["demo", "shop", "a", "b-c", ""])


@given(st.frozensets(names), st.booleans(), names)
def test_the_store_leaves_out_what_the_set_leaves_out(
    some: frozenset[str], is_all_but: bool, app: str
) -> None:
    apps = Apps(some, is_all_but)
    sql = f"SELECT {within('app')} FROM (SELECT :app AS app)"
    with sqlite3.connect(":memory:") as conn:
        (found,) = conn.execute(sql, {"app": app, **parameters(apps)}).fetchone()
    assert bool(found) is (app in apps)


@given(
    st.lists(
        st.builds(Matcher, st.sampled_from([APP, "carrier"]), st.sampled_from(list(Op)[:2]), names),
        max_size=3,
    ),
    names,
)
def test_no_alert_is_silenced_of_an_app_that_is_not_asked_for(
    typed: list[Matcher], app: str
) -> None:
    covered = matchers.apps_of(typed, ["demo", "shop", "a", "b-c"])
    if matchers.matches(typed, {APP: app} if app else {}):
        assert app in covered
