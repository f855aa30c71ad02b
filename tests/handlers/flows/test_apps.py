"""Which app is meant, stopping one, and asking to let it again."""

from pathlib import Path

import pytest

from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import Apps
from bot.settings import Settings, load
from handlers.flows import app_stops, apps, jobs
from handlers.flows.app_stops import LetRefusal, Open
from storage import app_choices, posts, requests
from storage import app_stops as stored
from storage.db import Tx
from storage.requests import Request
from tests.handlers.flows.conftest import ENVIRON
from tests.storage.rows import LIN, MAYA, NOW, later

TWO_APPS = """
apps:
  - {name: demo, sdk_app_id: "1400006666", signature: 腾讯云, channels: [sms]}
  - {name: shop, sdk_app_id: "1400006667", signature: 腾讯云}
default_app: shop
roles: {requester: ["@sms-senders"], approver: ["@sms-approvers"]}
"""


@pytest.fixture
def two(tmp_path: Path) -> Settings:
    path = tmp_path / "app.yaml"
    path.write_text(TWO_APPS, encoding="utf-8")
    loaded = load(path, ENVIRON)
    assert isinstance(loaded, Settings), loaded
    return loaded


def meant(tx: Tx, settings: Settings, user: str = LIN, channel: str = "C0SMS") -> str:
    name = {"C0SMS": "sms"}.get(channel, "general")
    return apps.meant(tx, settings, user, channel, name).name


def use(tx: Tx, settings: Settings, name: str) -> None:
    app = settings.app(name)
    assert app is not None
    apps.use(tx, settings, app, LIN, NOW, "C0SMS", "sms")


def test_app_yaml_says_which_app_is_meant_until_a_person_does(tx: Tx, two: Settings) -> None:
    assert (meant(tx, two), meant(tx, two, channel="C0GENERAL")) == ("demo", "shop")
    use(tx, two, "shop")
    assert meant(tx, two) == "shop"
    assert (meant(tx, two, MAYA), meant(tx, two, channel="C0GENERAL")) == ("demo", "shop")


def test_where_no_channel_says_which_one_ones_own_is_meant(tx: Tx, two: Settings) -> None:
    demo, nothing = Apps(frozenset({"demo"})), Apps(frozenset())
    general = (LIN, "C0GENERAL", "general")
    assert apps.meant(tx, two, *general, mine=demo).name == "demo"
    assert apps.meant(tx, two, *general, mine=nothing).name == "shop"
    # In the channel of an app that one is meant, whoever asks.
    assert apps.meant(tx, two, LIN, "C0SMS", "sms", mine=Apps(frozenset({"shop"}))).name == "demo"
    rows = app_stops.list_all(tx, two, *general, mine=demo)
    assert [(each.name, each.is_meant, each.is_own_choice) for each in rows] == [
        ("demo", True, False),
        ("shop", False, False),
    ]


def test_to_choose_what_app_yaml_says_is_to_choose_nothing(tx: Tx, two: Settings) -> None:
    use(tx, two, "shop")
    use(tx, two, "demo")
    assert meant(tx, two) == "demo"
    assert app_choices.get(tx, LIN, "C0SMS") is None


def test_a_choice_that_app_yaml_no_longer_knows_is_none(tx: Tx, two: Settings) -> None:
    app_choices.put(tx, LIN, "C0SMS", "gone", NOW)
    assert meant(tx, two) == "demo"


def test_the_list_tells_of_every_app_what_it_is_here(tx: Tx, two: Settings) -> None:
    use(tx, two, "shop")
    app_stops.stop(tx, two.apps[0], MAYA, "wrong text", "C0SMS", NOW)
    demo, shop = app_stops.list_all(tx, two, LIN, "C0SMS", "sms")
    assert (demo.is_default, demo.is_meant, demo.is_own_choice) == (False, False, False)
    assert (shop.is_default, shop.is_meant, shop.is_own_choice) == (True, True, True)
    assert (demo.stopped_by, demo.reason, demo.stopped_at) == (MAYA, "wrong text", NOW)
    assert shop.stopped_by == ""


def test_an_app_is_stopped_once_and_everybody_in_the_channel_hears_of_it(
    tx: Tx, settings: Settings
) -> None:
    (app,) = settings.apps
    assert app_stops.stop(tx, app, LIN, "why", "C0SMS", NOW)
    assert not app_stops.stop(tx, app, MAYA, "too", "C0SMS", later(s=1))
    (post,) = posts.find_due(tx, later(s=1), 9)
    assert (post.kind, post.channel) == ("app.paused", "C0SMS")
    assert post.facts == {"app": "demo", "by": LIN, "reason": "why"}


def test_why_an_app_is_stopped_is_sealed(tx: Tx, settings: Settings) -> None:
    app_stops.stop(tx, settings.apps[0], LIN, "13800000001 complained", "C0SMS", NOW)
    (row,) = tx.all("SELECT reason FROM app_stops")
    assert "complained" not in row["reason"]
    (stop,) = stored.list_all(tx)
    assert stop.reason == "13800000001 complained"


def ask(tx: Tx, settings: Settings, user: str = LIN) -> Request | LetRefusal | Open:
    (app,) = settings.apps
    return app_stops.ask_to_let(tx, app, "mended", user, "C0SMS", settings, later(s=1))


def test_to_let_it_again_somebody_else_has_to_say_yes(tx: Tx, settings: Settings) -> None:
    assert ask(tx, settings) is LetRefusal.NOT_STOPPED
    app_stops.stop(tx, settings.apps[0], LIN, "why", "C0SMS", NOW)
    asked = ask(tx, settings)
    assert isinstance(asked, Request)
    assert (asked.kind, asked.state) == (
        RequestKind.APP_RESUME,
        RequestState.AWAITING_APPROVAL,
    )
    assert [each.app for each in stored.list_all(tx)] == ["demo"]
    assert ask(tx, settings, MAYA) == Open(asked.id)
    (row,) = app_stops.list_all(tx, settings, LIN, "C0SMS", "sms")
    assert row.asked == asked.id


def test_a_second_press_voids_what_was_asked_before_it(tx: Tx, settings: Settings) -> None:
    (app,) = settings.apps
    app_stops.stop(tx, app, LIN, "why", "C0SMS", NOW)
    asked = ask(tx, settings)
    assert isinstance(asked, Request)
    assert not app_stops.stop(tx, app, MAYA, "it goes on", "C0SMS", NOW)
    (stop,) = stored.list_all(tx)
    assert (stop.stopped_by, stop.reason) == (MAYA, "it goes on")
    assert stop.stopped_at > NOW
    void = requests.get(tx, asked.id)
    assert void is not None
    assert void.state is RequestState.SUPERSEDED
    assert isinstance(ask(tx, settings), Request)


def test_what_tencent_answers_late_changes_nothing_of_a_stop(tx: Tx, settings: Settings) -> None:
    (app,) = settings.apps
    app_stops.stop(tx, app, LIN, "why", "C0SMS", NOW)
    asked = ask(tx, settings)
    assert isinstance(asked, Request)
    assert not jobs.stop_app(tx, "demo", jobs.BY_RULE, "AuthFailure.SecretIdNotFound", later(s=2))
    (stop,) = stored.list_all(tx)
    assert (stop.stopped_by, stop.reason, stop.stopped_at) == (LIN, "why", NOW)
    assert ask(tx, settings, MAYA) == Open(asked.id)
