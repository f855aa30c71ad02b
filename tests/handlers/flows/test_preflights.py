"""What a person is told of a send to many before they say yes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.content import Package
from bot.rules.limits import Rule, day_of
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.policies import policy_of
from bot.rules.preflight import Preflight
from bot.rules.requests import RequestEvent
from bot.settings import Settings
from handlers.flows import job_drafts, preflights, threads
from handlers.flows.job_drafts import Confirmed, Pasted
from storage import (
    bad_rows,
    content,
    limit_counts,
    limit_exemptions,
    limits,
    optouts,
    requests,
)
from storage.db import Tx
from storage.limit_exemptions import Exemption
from tests.handlers.flows.job_lists import (
    CODE,
    FILE,
    NOTICE,
    SIGN,
    checked,
    draft_of,
    drafted,
    list_content,
    number,
    request_of,
    store,
)
from tests.storage.rows import LIN, NOW, add_message, add_request, later

THREE = Pasted((number(1), number(2), number(3)))


@pytest.fixture
def listed(tx: Tx) -> Tx:
    list_content(tx)
    return tx


def with_abroad(settings: Settings, *, international: bool) -> Settings:
    app = settings.apps[0].model_copy(update={"international": international})
    return settings.model_copy(update={"apps": (app, *settings.apps[1:])})


def shown(tx: Tx, request_id: str) -> Preflight:
    found = preflights.preflight_of(request_of(tx, request_id))
    assert found is not None
    return found


def of(tx: Tx, settings: Settings, source: Pasted = THREE, *values: str) -> Preflight:
    asked = draft_of(settings, source, "2220", *(values or ("Lin",)))
    return shown(tx, checked(tx, asked, settings).id)


def test_it_counts_who_gets_a_message_and_who_does_not(listed: Tx, settings: Settings) -> None:
    pasted = Pasted((number(1), "95588", number(2), number(1), "138"))
    found = of(listed, settings, pasted)
    assert (found.recipients, found.duplicates, found.bad_rows) == (2, 1, 2)
    assert (found.mainland, found.abroad, found.opted_out) == (2, 0, 0)
    assert found.may_send
    assert found.duration_s == 2 / settings.sending.per_s


def test_what_a_row_costs_is_counted_in_segments(listed: Tx, settings: Settings) -> None:
    rows = [("phone", "1"), (number(1), "Lin"), (number(2), "林" * 12), (number(3), "Bo")]
    found = shown(listed, checked(listed, draft_of(settings, FILE), settings, rows).id)
    assert (found.shortest, found.longest) == (10, 20)
    assert (found.spread, found.segments) == ({1: 3}, 3)


def test_the_package_is_shown_as_it_would_be_left(listed: Tx, settings: Settings) -> None:
    fresh = timedelta(days=1)
    package = Package("p", 1_000, 10, NOW - fresh, NOW + fresh)
    content.replace_packages(listed, [package], NOW)
    found = of(listed, settings)
    assert (found.package_before, found.package_after) == (990, 987)


def test_an_empty_package_stands_in_the_way(listed: Tx, settings: Settings) -> None:
    fresh = timedelta(days=1)
    content.replace_packages(listed, [Package("p", 10, 10, NOW - fresh, NOW + fresh)], NOW)
    found = of(listed, settings)
    assert [fault.reason for fault in found.faults] == ["package_empty"]
    assert not found.may_send


def test_three_messages_are_shown_whole_with_their_numbers_masked(
    listed: Tx, settings: Settings
) -> None:
    rows = [("phone", "1"), *((number(nth), f"客户{nth}") for nth in range(1, 8))]
    found = shown(listed, checked(listed, draft_of(settings, FILE), settings, rows).id)
    assert [sample.text for sample in found.samples] == [
        f"【腾讯云】你好 客户{nth}" for nth in (1, 4, 7)
    ]
    assert [sample.number for sample in found.samples] == [
        f"+86 138****000{nth}" for nth in (1, 4, 7)
    ]
    assert {(sample.characters, sample.segments) for sample in found.samples} == {(11, 1)}


def test_nobody_who_opted_out_is_counted_in_or_shown(listed: Tx, settings: Settings) -> None:
    marketing = draft_of(settings, THREE, "2221")
    for nth in (1, 3):
        said_no = Optout(number(nth), "腾讯云", Scope.MARKETING, Source.REPLY, "T", "", NOW)
        optouts.add(listed, said_no)
    found = shown(listed, checked(listed, marketing, settings).id)
    assert (found.recipients, found.mainland, found.opted_out) == (1, 1, 2)
    assert (found.spread, found.segments) == ({1: 1}, 1)
    assert [sample.number for sample in found.samples] == ["+86 138****0002"]
    assert found.duration_s == 1 / settings.sending.per_s
    optouts.add(listed, Optout(number(2), "", Scope.ALL, Source.IMPORT, "", LIN, NOW))
    nobody = shown(listed, checked(listed, marketing, settings).id)
    assert [fault.reason for fault in nobody.faults] == ["all_opted_out"]
    assert (nobody.recipients, nobody.spread, nobody.samples) == (0, {}, ())


def test_what_opted_out_people_would_have_cost_is_not_billed(tx: Tx, settings: Settings) -> None:
    long = replace(NOTICE, content="请" * 60 + "{1}")
    list_content(tx, long)
    abroad, fresh = with_abroad(settings, international=True), timedelta(days=1)
    content.replace_packages(tx, [Package("p", 100, 0, NOW - fresh, NOW + fresh)], NOW)
    american = ("+14155552671", "林" * 12)
    rows = [
        ("phone", "1"),
        *((number(nth), "林" * 12 if nth < 4 else "Bo") for nth in range(1, 7)),
        american,
        ("+14155552672", "林" * 12),
    ]
    for said_no in (number(1), number(2), number(6), american[0]):
        optouts.add(tx, Optout(said_no, "", Scope.ALL, Source.IMPORT, "", LIN, NOW))
    request = checked(tx, draft_of(abroad, FILE), abroad, rows)
    found = shown(tx, request.id)
    assert (found.recipients, found.mainland, found.abroad, found.opted_out) == (4, 3, 1, 4)
    assert (found.spread, found.package_after) == ({1: 2, 2: 2}, 96)
    # Whoever approves reads the same figure.
    assert threads.recipients_of(tx, request) == 4
    assert found.listed == 8


@pytest.mark.parametrize(("left", "short", "gone"), [(2, 1, 2), (3, 0, 3)])
def test_a_package_too_small_is_known_beforehand(
    listed: Tx, settings: Settings, left: int, short: int, gone: int
) -> None:
    fresh = timedelta(days=1)
    content.replace_packages(listed, [Package("p", left, 0, NOW - fresh, NOW + fresh)], NOW)
    found = of(listed, settings)
    assert (found.short_segments, found.gone_when_empty, found.may_send) == (short, gone, True)


def test_the_samples_of_codes_cover_the_codes(listed: Tx, settings: Settings) -> None:
    rows = [("phone", "1"), (number(1), "4370"), (number(2), "4371")]
    asked = draft_of(settings, FILE, "1110")
    request = checked(listed, asked, settings, rows)
    assert [sample.text for sample in shown(listed, request.id).samples] == [
        "【腾讯云】验证码 ••••••"
    ] * 2
    assert "4370" not in str(request.payload)


def test_those_over_a_limit_are_counted_once_under_what_holds_them_longest(
    listed: Tx, settings: Settings
) -> None:
    for _ in range(5):
        add_message(listed, number(1), now=later(s=-40_000))
    for _ in range(11):
        add_message(listed, number(2), now=later(minutes=-300))
    add_message(listed, number(3), now=later(minutes=-300))
    add_message(listed, number(4), now=later(s=-1))
    found = of(listed, settings)
    # Lin may be sent five a day; the carriers deliver ten.
    assert found.over_limit == {Rule.PER_DAY: 2, Rule.CARRIER_DAY: 1}


def test_limits_are_judged_as_of_the_time_it_is_to_start(listed: Tx, settings: Settings) -> None:
    for _ in range(5):
        add_message(listed, number(1), now=later(minutes=-300))
    today, tomorrow = (
        checked(listed, draft_of(settings, THREE, "2220", "Lin", at=at), settings)
        for at in (None, NOW + timedelta(days=1))
    )
    assert shown(listed, today.id).over_limit == {Rule.PER_DAY: 1}
    assert shown(listed, tomorrow.id).over_limit == {}


def test_an_exempt_number_is_over_no_limit_but_the_carriers(listed: Tx, settings: Settings) -> None:
    for _ in range(11):
        add_message(listed, number(1), now=later(minutes=-300))
        add_message(listed, number(2), now=later(minutes=-300))
    exempt = Exemption("demo", number(1), None, "test phone", LIN, "R-1", NOW)
    limit_exemptions.put(listed, exempt, NOW)
    assert of(listed, settings).over_limit == {Rule.PER_DAY: 1, Rule.CARRIER_DAY: 2}


@pytest.mark.parametrize(
    ("caps", "begun", "over"),
    [
        ({"mainland.stop": 100}, {"CN": 97}, {}),
        ({"mainland.stop": 100}, {"CN": 98}, {Rule.TOTAL_STOP: 1}),
        ({"mainland.stop": 100}, {"CN": 250}, {Rule.TOTAL_STOP: 3}),
        ({"SG.stop": 1, "international.stop": 9}, {"US": 8}, {Rule.TOTAL_STOP: 1}),
        ({"SG.stop": 1, "mainland.stop": 2}, {}, {Rule.TOTAL_STOP: 2}),
        ({"otp.day": 0, "mainland.warn": 1}, {"CN": 9}, {}),
        ({"notice.day": 0}, {}, {Rule.CLASS_DAY: 5}),
    ],
)
def test_who_is_more_than_the_day_has_room_for_is_counted(
    listed: Tx,
    settings: Settings,
    caps: dict[str, int | None],
    begun: dict[str, int],
    over: dict[Rule, int],
) -> None:
    limits.seed(listed, "demo", policy_of(caps), NOW)
    limit_counts.count(listed, "demo", day_of(NOW), begun)
    list_content(listed, replace(NOTICE, international=True))
    pasted = Pasted((*THREE.numbers, "+6591234567", "+6591234568"))
    assert of(listed, with_abroad(settings, international=True), pasted).over_limit == over


def test_the_limits_of_the_day_it_starts_on_are_judged(listed: Tx, settings: Settings) -> None:
    limits.seed(listed, "demo", policy_of({"mainland.stop": 3}), NOW)
    limits.add_change(
        listed,
        add_request(listed),
        "demo",
        {"mainland.stop": 1},
        {"mainland.stop": 3},
        starts_at=later(minutes=60),
        ends_at=None,
    )
    for at, over in ((None, {}), (later(minutes=61), {Rule.TOTAL_STOP: 2})):
        asked = draft_of(settings, THREE, "2220", "Lin", at=at)
        assert shown(listed, checked(listed, asked, settings).id).over_limit == over


def test_drafts_of_the_same_list_do_not_count_for_each_other(
    listed: Tx, settings: Settings
) -> None:
    shown_in_turn = [of(listed, settings) for _ in range(6)]
    assert [each.over_limit for each in shown_in_turn] == [{}] * 6


def test_marketing_at_night_waits_and_past_its_end_is_refused(
    listed: Tx, settings: Settings
) -> None:
    night = NOW + timedelta(hours=11)  # 23:00 in Shanghai

    def asked_for(hours: int) -> Preflight:
        asked = draft_of(settings, THREE, "2221", at=night, valid_for_s=hours * 3_600)
        return shown(listed, checked(listed, asked, settings).id)

    assert (asked_for(4).out_of_hours, asked_for(4).may_send) == (3, False)
    assert (asked_for(10).out_of_hours, asked_for(10).may_send) == (3, True)
    by_day = shown(listed, checked(listed, draft_of(settings, THREE, "2221"), settings).id)
    assert by_day.out_of_hours == 0


def test_a_file_without_a_column_for_the_code_is_refused(listed: Tx, settings: Settings) -> None:
    rows = [("phone",), (number(1),), (number(2),)]
    asked = draft_of(settings, FILE, "1110", "4370")
    found = shown(listed, checked(listed, asked, settings, rows).id)
    assert [fault.reason for fault in found.faults] == ["otp_shared"]


@pytest.mark.parametrize(
    ("header", "rows", "values"),
    [
        # The file has the code of everybody, and it is one.
        ("1,2", ["5555,5", "5555,5"], ()),
        ("1,2", ["5555,5", "5555,10"], ()),
        # The code was typed, the file has something else.
        ("2", ["5", "10"], ("5555",)),
        ("2", ["1111", "2222"], ("5555",)),
    ],
)
def test_a_code_that_goes_to_several_people_is_refused_whatever_the_file_feeds(
    listed: Tx, settings: Settings, header: str, rows: list[str], values: tuple[str, ...]
) -> None:
    reasons, confirmed = code_list(listed, settings, header, rows, *values)
    assert reasons == ["otp_shared"]
    assert isinstance(confirmed, tuple)
    assert [fault.reason for fault in confirmed] == ["otp_shared"]


@pytest.mark.parametrize(
    ("header", "rows", "values"),
    [
        ("1,2", ["5555,5", "1234,5"], ()),
        ("1", ["5555", "1234"], ("1111", "5")),
    ],
)
def test_a_code_for_each_may_go(
    listed: Tx, settings: Settings, header: str, rows: list[str], values: tuple[str, ...]
) -> None:
    reasons, confirmed = code_list(listed, settings, header, rows, *values)
    assert reasons == []
    assert isinstance(confirmed, Confirmed)


def code_list(
    tx: Tx, settings: Settings, header: str, rows: list[str], *values: str
) -> tuple[list[str], object]:
    """What stands in the way of a list of codes, and what its confirmation says."""
    list_content(tx, replace(CODE, content="验证码{1}，{2}分钟内有效"))
    cells = [["phone", *header.split(",")]]
    cells += [[number(nth), *row.split(",")] for nth, row in enumerate(rows)]
    asked = draft_of(settings, FILE, CODE.template_id, *values)
    request = checked(tx, asked, settings, cells)
    found = shown(tx, request.id)
    end = job_drafts.confirm_job(
        tx, request.id, request.sha256, LIN, settings, NOW, good_rows_only=False
    )
    return [fault.reason for fault in found.faults], end


def test_a_list_of_bad_rows_only_is_nobody(listed: Tx, settings: Settings) -> None:
    found = of(listed, settings, Pasted(("95588", "110")))
    assert (found.recipients, found.bad_rows) == (0, 2)
    assert [fault.reason for fault in found.faults] == ["nobody"]
    assert found.samples == ()


def test_where_the_template_or_the_app_may_not_go_is_a_bad_row(
    listed: Tx, settings: Settings
) -> None:
    pasted = Pasted((number(1), "+14155552671"))
    at_home = with_abroad(settings, international=False)
    home = checked(listed, draft_of(at_home, pasted, "2220", "Lin"), at_home)
    assert (shown(listed, home.id).recipients, shown(listed, home.id).bad_rows) == (1, 1)
    [row] = bad_rows.page(listed, home.id, 0, 9)
    assert (row.file_row, row.reason.rpartition(".")[2]) == (2, "international_off")


def test_numbers_abroad_are_told_apart_and_cost_no_package(listed: Tx, settings: Settings) -> None:
    abroad = with_abroad(settings, international=True)
    fresh = timedelta(days=1)
    content.replace_packages(listed, [Package("p", 100, 0, NOW - fresh, NOW + fresh)], NOW)
    pasted = Pasted((number(1), "+14155552671", "+14155552672"))
    found = shown(listed, checked(listed, draft_of(abroad, pasted, "2220", "Lin"), abroad).id)
    assert (found.mainland, found.abroad) == (1, 2)
    assert (found.package_before, found.package_after) == (100, 99)
    assert found.samples[-1].text == "你好 Lin"


def test_what_was_shown_is_read_back_as_it_was(listed: Tx, settings: Settings) -> None:
    request_id = drafted(listed, draft_of(settings, THREE, "2220", "Lin"))
    store(listed, request_id, settings)
    found = preflights.survey(listed, request_id, settings, NOW)
    assert found is not None
    preflights.note_checked(listed, request_id, found, settings, NOW)
    assert shown(listed, request_id) == found


def test_nothing_is_surveyed_that_nobody_waits_for(listed: Tx, settings: Settings) -> None:
    request_id = drafted(listed, draft_of(settings, THREE, "2220", "Lin"))
    store(listed, request_id, settings)
    found = preflights.survey(listed, request_id, settings, NOW)
    requests.advance(listed, request_of(listed, request_id), RequestEvent.WITHDRAW, NOW)
    before = request_of(listed, request_id)
    assert preflights.survey(listed, request_id, settings, NOW) is None
    preflights.note_checked(listed, request_id, found, settings, NOW)
    assert request_of(listed, request_id) == before
    assert SIGN.name in str(before.payload)
