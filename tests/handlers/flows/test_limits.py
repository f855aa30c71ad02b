from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.rules.alerts import AlertKind, Severity
from bot.rules.classes import TemplateClass
from bot.rules.limits import MAINLAND_ZONE, Rule, Wanted, day_of
from bot.rules.policies import CLASSIC, Policy, policy_of
from bot.settings import Settings
from handlers.flows import limit_alerts, limits
from storage import alerts, limit_counts, limit_exemptions
from storage import limits as stored
from storage.db import Tx
from storage.ids import to_ms
from storage.limit_exemptions import Exemption
from storage.messages import NewMessage
from tests.handlers.flows.machine import in_memory
from tests.handlers.flows.running import edited
from tests.storage.rows import LIN, NOW, NUMBER, OTHER_NUMBER, add_message, add_request, later

NOTICE = TemplateClass.NOTICE
WANTED = Wanted(NOTICE, "c", "CN")
MIDNIGHT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
Caps = dict[str, int | None]


def seed(tx: Tx, caps: Caps) -> None:
    assert stored.seed(tx, "demo", policy_of(caps), NOW)


def change(tx: Tx, caps: Caps, starts_s: float = 0, ends_s: float | None = None) -> str:
    found = stored.add_change(
        tx,
        add_request(tx),
        "demo",
        caps,
        dict.fromkeys(caps),
        starts_at=later(s=starts_s),
        ends_at=None if ends_s is None else later(s=ends_s),
    )
    assert found is not None
    return found.request_id


def policy(tx: Tx, settings: Settings, s: float = 0) -> Policy:
    return limits.policy_of(tx, settings.apps[0], later(s=s))


def day(tx: Tx, settings: Settings, now: datetime = NOW) -> limits.Day:
    return limits.Day(tx, settings.apps[0], now)


def message(tx: Tx, number: str = NUMBER) -> NewMessage:
    sealed = tx.vault.seal_number(number)
    return NewMessage(add_request(tx), "demo", sealed, "CN", NOTICE, "2220", "腾讯云", (), "c")


def begin(tx: Tx, settings: Settings, *countries: str, now: datetime = NOW) -> None:
    today = day(tx, settings, now)
    for country in countries:
        today.begin(country)
    today.save(settings)


def fire(tx: Tx, kind: AlertKind = AlertKind.LIMIT_WARN) -> list[str]:
    """The totals whose alert of that kind is open."""
    return sorted(each.labels["scope"] for each in alerts.find_open_of(tx, {kind}, "demo"))


def watch(tx: Tx, settings: Settings, now: datetime = NOW) -> bool:
    """What the job does in one run; whether there was anything to do."""
    turned = limit_alerts.turned(tx, settings, now)
    limit_alerts.tell(tx, turned, settings, now)
    assert limit_alerts.turned(tx, settings, now) == ()
    return bool(turned)


def test_app_yaml_holds_until_an_app_is_seen_and_not_after(tx: Tx, settings: Settings) -> None:
    assert policy(tx, settings) == settings.apps[0].limits.policy
    assert limits.known_policy_of(tx, "demo", NOW) is None
    limits.seed(tx, settings, NOW)
    edited = settings.apps[0].model_copy(update={"limits": settings.apps[0].limits.model_copy()})
    edited = edited.model_copy(
        update={"limits": edited.limits.model_copy(update={"per_number_day": 77})}
    )
    limits.seed(tx, settings.model_copy(update={"apps": (edited,)}), later(s=1))
    assert edited.limits.policy.get("number", "day") == 77
    seen = settings.apps[0].limits.policy
    assert limits.policy_of(tx, edited, later(s=1)) == seen
    assert limits.known_policy_of(tx, "demo", later(s=1)) == seen


def test_a_change_begins_and_ends_by_time_alone_and_above_what_holds_for_good(
    tx: Tx, settings: Settings
) -> None:
    seed(tx, {"number.day": 10, "same.30s": 1})
    change(tx, {"number.day": 5, "otp.day": 3}, starts_s=10)
    change(tx, {"number.day": 20, "same.30s": None}, starts_s=20, ends_s=30)
    change(tx, {"number.day": 7}, starts_s=25)
    found = [policy(tx, settings, s) for s in (9.999, 10, 20, 25, 30)]
    assert found == [
        policy_of({"number.day": 10, "same.30s": 1}),
        policy_of({"number.day": 5, "same.30s": 1, "otp.day": 3}),
        policy_of({"number.day": 20, "otp.day": 3}),
        policy_of({"number.day": 20, "otp.day": 3}),
        policy_of({"number.day": 7, "same.30s": 1, "otp.day": 3}),
    ]
    app = settings.apps[0]
    permanent = limits.permanent_policy_of(tx, app, later(s=25))
    assert permanent == policy_of({"number.day": 7, "same.30s": 1, "otp.day": 3})
    assert limits.known_policy_of(tx, "demo", later(s=25), permanent_only=True) == permanent


def test_of_two_for_good_the_one_that_began_last_holds(tx: Tx, settings: Settings) -> None:
    seed(tx, {"number.day": 10})
    change(tx, {"number.day": 3}, starts_s=60)
    change(tx, {"number.day": 5}, starts_s=0)
    assert [policy(tx, settings, s).get("number", "day") for s in (1, 60)] == [5, 3]


SPANS = st.tuples(
    st.sampled_from(["number.day", "otp.hour"]),
    st.none() | st.integers(0, 9),
    st.integers(0, 50),
    st.none() | st.integers(1, 30),
)


@pytest.fixture(scope="module")
def memory() -> Iterator[Tx]:
    """A store for one example after the other; each rolls back what it wrote."""
    tx = in_memory()
    yield tx
    tx.conn.close()


@given(st.lists(SPANS, max_size=6), st.lists(st.integers(0, 60), max_size=4), st.integers(0, 5))
@hypothesis_settings(max_examples=80, deadline=None)
def test_to_fold_changes_nothing_of_what_holds_nor_of_what_a_roll_back_restores(
    memory: Tx,
    settings: Settings,
    spans: list[tuple[str, int | None, int, int | None]],
    folds: list[int],
    undone: int,
) -> None:
    memory.conn.execute("BEGIN")
    try:
        seed(memory, {"number.day": 10})
        made = [
            change(memory, {key: cap}, starts_s, None if lasts_s is None else starts_s + lasts_s)
            for key, cap, starts_s, lasts_s in spans
        ]
        held = _held(memory)
        without = _held(memory, but=made[undone : undone + 1])
        for at in sorted(folds):
            stored.fold(memory, "demo", later(s=at))
            assert policy(memory, settings, 90) == held[90]
            assert policy(memory, settings, at) == held[at]
        for request_id in made[undone : undone + 1]:
            stored.undo_change(memory, request_id, LIN, later(s=61))
        assert policy(memory, settings, 61) == without[61]
        assert policy(memory, settings, 90) == without[90]
    finally:
        memory.conn.execute("ROLLBACK")


def _held(tx: Tx, but: Sequence[str] = ()) -> list[Policy]:
    """What holds at every second while nothing is folded."""
    changes = [each for each in stored.open_changes(tx, "demo") if each.request_id not in but]
    row = stored.policy_row(tx, "demo")
    assert row is not None
    return [limits.composed(row.policy, changes, later(s=s)) for s in range(100)]


def test_the_verdict_is_over_what_was_sent_and_begun(tx: Tx, settings: Settings) -> None:
    seed(tx, {"number.day": 2, "notice.hour": 1, "mainland.stop": 9})
    add_message(tx, text="a", now=later(minutes=-5))
    found = day(tx, settings).verdict(message(tx))
    assert {use.rule: use.used for use in found.uses} == {
        Rule.PER_DAY: 1,
        Rule.CLASS_HOUR: 1,
        Rule.TOTAL_STOP: 0,
        Rule.CARRIER_DAY: 1,
    }
    assert found.hit is not None
    assert (found.hit.rule, found.next_permitted_at) == (Rule.CLASS_HOUR, later(minutes=60))


def test_an_exempt_number_keeps_to_totals_alone(tx: Tx, settings: Settings) -> None:
    seed(tx, {"number.day": 1, "mainland.stop": 3})
    for number in (NUMBER, OTHER_NUMBER):
        add_message(tx, number)
    limit_exemptions.put(
        tx, Exemption("demo", NUMBER, later(s=60), "test phone", LIN, "R-1", NOW), NOW
    )
    exempt, other = message(tx), message(tx, OTHER_NUMBER)
    free = day(tx, settings, later(s=59)).verdict(exempt)
    assert (free.hit, free.is_exempt) == (None, True)
    for wanted, s in ((exempt, 60), (other, 59)):
        hit = day(tx, settings, later(s=s)).verdict(wanted).hit
        assert hit is not None
        assert hit.rule is Rule.PER_DAY
    begin(tx, settings, "CN", "CN", "CN")
    hit = day(tx, settings, later(s=59)).verdict(exempt).hit
    assert hit is not None
    assert hit.rule is Rule.TOTAL_STOP


def test_a_day_counts_what_begins_in_it_and_starts_anew_at_midnight_in_china(
    tx: Tx, settings: Settings
) -> None:
    seed(tx, {"mainland.stop": 3})
    begin(tx, settings, "CN", "CN", "SG")
    assert limit_counts.totals(tx, "demo", day_of(NOW)) == {"CN": 2, "SG": 1}
    today = day(tx, settings)
    sealed = tx.vault.seal_number(NUMBER)
    assert today.judge(sealed, WANTED, []).hit is None
    today.begin("CN")
    # Of this transaction itself, saved or not.
    assert today.judge(sealed, WANTED, []).next_permitted_at == MIDNIGHT
    assert today.judge(sealed, WANTED, [], is_begun=True).hit is None
    today.save(settings)
    assert day(tx, settings, MIDNIGHT).judge(sealed, WANTED, []).hit is None


def test_a_total_at_its_warning_fires_from_that_message_on_until_the_day_is_over(
    tx: Tx, settings: Settings
) -> None:
    seed(tx, {"mainland.warn": 3, "international.warn": 2, "SG.warn": 1, "mainland.stop": 9})
    begin(tx, settings, "CN", "CN", "US")
    assert fire(tx) == []
    begin(tx, settings, "CN", "CN", "CN")
    assert fire(tx) == ["mainland"]
    begin(tx, settings, "CN", "SG")
    assert fire(tx) == ["SG", "international", "mainland"]
    assert not watch(tx, settings)
    (alert,) = (each for each in alerts.find_open(tx) if each.labels["scope"] == "mainland")
    assert alert.labels == {"app": "demo", "scope": "mainland"}
    assert alert.facts == {"warn": 3, "stop": 9, "ends_ms": to_ms(MIDNIGHT)}
    assert alert.severity is Severity.WARNING
    assert not watch(tx, settings, MIDNIGHT - timedelta(seconds=1))
    assert watch(tx, settings, MIDNIGHT)
    assert fire(tx) == []
    begin(tx, settings, "CN", "CN", "CN", now=MIDNIGHT)
    assert fire(tx) == ["mainland"]


def test_a_warning_that_was_put_below_what_is_used_fires_and_ends_where_it_is_put_above(
    tx: Tx, settings: Settings
) -> None:
    seed(tx, {"mainland.warn": 100})
    begin(tx, settings, "CN", "CN", "CN")
    assert not watch(tx, settings)
    change(tx, {"mainland.warn": 2})
    assert watch(tx, settings)
    assert fire(tx) == ["mainland"]
    change(tx, {"mainland.warn": 4})
    assert watch(tx, settings)
    assert fire(tx) == []


def test_a_total_that_came_to_its_stop_fires_and_nothing_may_go_is_no_news(
    tx: Tx, settings: Settings
) -> None:
    seed(tx, {"mainland.stop": 2, "SG.stop": 2, "US.stop": 0})
    begin(tx, settings, "CN", "SG")
    assert fire(tx, AlertKind.LIMIT_STOP) == []
    begin(tx, settings, "CN")
    begin(tx, settings, "SG")
    assert fire(tx, AlertKind.LIMIT_STOP) == ["SG", "mainland"]
    assert not watch(tx, settings)
    severities = {each.labels["scope"]: each.severity for each in alerts.find_open(tx)}
    assert severities == {"SG": Severity.WARNING, "mainland": Severity.CRITICAL}


def test_a_message_beyond_a_warning_costs_no_more_than_one_before_it(
    tx: Tx, settings: Settings
) -> None:
    seed(tx, {"mainland.warn": 3})
    asked: list[str] = []
    tx.conn.set_trace_callback(asked.append)
    counts = []
    for _ in range(5):
        asked.clear()
        begin(tx, settings, "CN")
        counts.append(len(asked))
    assert counts[2] > counts[1] == counts[0] == counts[3] == counts[4]


def test_of_an_app_that_app_yaml_knows_no_more_nothing_fires(tx: Tx, settings: Settings) -> None:
    seed(tx, {"mainland.warn": 1})
    begin(tx, settings, "CN")
    assert watch(tx, edited(settings, name="other"))
    assert alerts.find_open(tx) == []


@pytest.mark.parametrize(
    ("stored_country", "number", "country"),
    [("SG", "+6591234567", "SG"), ("", "+6591234567", "SG"), ("", NUMBER, "CN"), ("", "x", "")],
)
def test_what_an_earlier_program_stored_has_its_country_from_its_number(
    stored_country: str, number: str, country: str
) -> None:
    assert limits.country_of(stored_country, number) == country


def test_what_no_simulation_looks_back_on_is_forgotten(tx: Tx, settings: Settings) -> None:
    for days in (0, 31, 33):
        refusal = limit_counts.LimitRefusal(
            "demo",
            NOW - timedelta(days=days),
            f"R-{days}",
            tx.vault.seal_number(NUMBER),
            "c",
            NOTICE,
            "CN",
            "per_day",
        )
        limit_counts.add_refusals(tx, [refusal])
    assert limits.forget_refusals(tx, settings.apps[0], NOW, 10) == 1
    kept = tx.all("SELECT request_id FROM limit_refusals ORDER BY request_id")
    assert [row["request_id"] for row in kept] == ["R-0", "R-31"]


def test_a_day_is_that_of_the_mainland_whoever_looks_from_where() -> None:
    new_york = datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
    assert day_of(new_york) == new_york.astimezone(MAINLAND_ZONE).date()
    assert day_of(MIDNIGHT - timedelta(milliseconds=1)) != day_of(MIDNIGHT)


def test_the_profile_of_app_yaml_is_what_is_seeded(tx: Tx, settings: Settings) -> None:
    plain = settings.apps[0].model_copy(
        update={
            "limits": settings.apps[0].limits.model_copy(
                update={"per_number_day": None, "same_content_30s": None}
            )
        }
    )
    limits.seed(tx, settings.model_copy(update={"apps": (plain,)}), NOW)
    row = stored.policy_row(tx, "demo")
    assert row is not None
    assert row.policy == CLASSIC.policy
