from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.content import ReviewState, Template
from bot.rules.delivery import SETTLE_TIME
from bot.rules.submissions import (
    ASK_AFTER,
    CLOCK_MARGIN,
    LOOK_AT_LEAST_EVERY,
    MOST_REPEATS,
    Next,
    Proof,
    There,
    Wanted,
    conclude,
    fingerprint,
    judge_add,
    judge_delete,
    judge_modify,
    next_look_at,
    without_list,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
WANTED = Wanted("到货通知", "您的订单已到货。")
BASE = Wanted("到货通知", "订单到货。")
NOBODY: frozenset[str] = frozenset()


def listed(
    template_id: str = "2001", wanted: Wanted = WANTED, created_at: datetime | None = NOW
) -> Template:
    review = ReviewState.UNDER_REVIEW
    return Template(template_id, wanted.name, wanted.text, True, False, review, "", created_at)


def test_an_add_is_proved_by_what_is_listed_under_its_name_and_text() -> None:
    assert judge_add(WANTED, [listed("1", BASE), listed("2001")], NOBODY, NOW) == There("2001")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(listed(wanted=Wanted("别的", WANTED.text)), id="another name"),
        pytest.param(listed(created_at=NOW - CLOCK_MARGIN - timedelta(seconds=1)), id="older"),
        pytest.param(listed("x-1"), id="an id nobody could ask for"),
    ],
)
def test_an_add_is_not_proved_by(other: Template) -> None:
    assert judge_add(WANTED, [other], NOBODY, NOW) is Proof.ABSENT


def test_clocks_may_differ_by_what_tencent_lets_a_signature_differ() -> None:
    theirs = (NOW - timedelta(minutes=5)).replace(microsecond=0)
    assert judge_add(WANTED, [listed(created_at=theirs)], NOBODY, NOW) == There("2001")


def test_what_another_request_of_ours_made_proves_nothing() -> None:
    assert judge_add(WANTED, [listed("2001")], {"2001"}, NOW) is Proof.ABSENT
    both = [listed("2001"), listed("2002")]
    assert judge_add(WANTED, both, {"2001"}, NOW) == There("2002")


def test_a_text_that_tencent_trimmed_is_still_ours() -> None:
    typed = Wanted(" 到货  通知", "您的订单\u3000已到货。\n")
    trimmed = Wanted("到货 通知", "您的订单 已到货。")
    assert judge_add(typed, [listed(wanted=trimmed)], NOBODY, NOW) == There("2001")
    assert judge_modify("2001", typed, BASE, [listed(wanted=trimmed)]) == There("2001")
    assert judge_modify("2001", typed, trimmed, [listed(wanted=trimmed)]) is Proof.ABSENT


def test_a_text_that_tencent_has_in_another_normal_form_is_still_ours() -> None:
    typed = Wanted("Caf\u00e9", "Votre commande est pr\u00eate.")
    apart = Wanted("Cafe\u0301", "Votre commande est pre\u0302te.")
    assert judge_add(typed, [listed(wanted=apart)], NOBODY, NOW) == There("2001")
    assert judge_modify("2001", typed, BASE, [listed(wanted=apart)]) == There("2001")
    # Nothing is to be changed by it, so a list proves nothing.
    assert judge_modify("2001", typed, apart, [listed(wanted=apart)]) is Proof.ABSENT


def test_a_new_one_of_that_name_with_another_text_may_be_ours() -> None:
    other = listed(wanted=BASE)
    assert judge_add(WANTED, [other], NOBODY, NOW) is Proof.UNCLEAR
    assert judge_add(WANTED, [other], {"2001"}, NOW) is Proof.ABSENT
    older = listed(wanted=BASE, created_at=NOW - CLOCK_MARGIN - timedelta(seconds=1))
    assert judge_add(WANTED, [older], NOBODY, NOW) is Proof.ABSENT


def test_a_list_that_may_leave_things_out_proves_no_absence() -> None:
    assert judge_add(WANTED, [], NOBODY, NOW, is_whole=False) is Proof.UNCLEAR
    assert judge_add(WANTED, [listed()], NOBODY, NOW, is_whole=False) == There("2001")


def test_of_several_alike_the_first_is_taken() -> None:
    assert judge_add(WANTED, [listed("10"), listed("9")], NOBODY, NOW) == There("9")


def test_without_a_time_of_creation_nobody_can_tell() -> None:
    assert judge_add(WANTED, [listed(created_at=None)], NOBODY, NOW) is Proof.UNCLEAR


@pytest.mark.parametrize(
    ("shown", "proof"),
    [
        ([listed()], There("2001")),
        ([listed(wanted=BASE)], Proof.ABSENT),
        ([listed("2002")], Proof.ABSENT),
        ([], Proof.ABSENT),
    ],
)
def test_a_modify_is_proved_by_its_new_text(shown: list[Template], proof: object) -> None:
    assert judge_modify("2001", WANTED, BASE, shown) == proof


def test_a_modify_of_what_no_list_shows_is_never_proved() -> None:
    assert judge_modify("2001", WANTED, WANTED, [listed()]) is Proof.ABSENT


def test_a_delete_is_proved_by_an_id_that_is_missed() -> None:
    assert judge_delete("2001", [listed("2002")], {"2001"}) == There("2001")
    assert judge_delete("2001", [listed("2001")], {"2001"}) is Proof.ABSENT


def test_a_list_alone_proves_no_delete() -> None:
    assert judge_delete("2001", []) is Proof.UNCLEAR
    assert judge_delete("2001", [listed("2002")]) is Proof.UNCLEAR


def follows(
    proof: Proof = Proof.ABSENT,
    after: timedelta = SETTLE_TIME,
    before: str = "a",
    repeats: int = 0,
) -> Next:
    return conclude(
        proof,
        signed_at=NOW,
        asked_at=NOW + after,
        now_listed="a",
        before_listed=before,
        repeats=repeats,
    )


def test_before_the_last_late_copy_no_list_proves_that_nothing_happened() -> None:
    early = SETTLE_TIME - timedelta(milliseconds=1)
    assert follows(after=early) is Next.LOOK_AGAIN
    assert follows(Proof.UNCLEAR, after=early) is Next.LOOK_AGAIN


def test_it_takes_two_lists_that_agree() -> None:
    assert follows(before="") is Next.LOOK_AGAIN
    assert follows(before="b") is Next.LOOK_AGAIN
    assert follows(before="a") is Next.SEND_AGAIN


def test_it_is_sent_again_so_often_and_no_more() -> None:
    assert follows(repeats=MOST_REPEATS - 1) is Next.SEND_AGAIN
    assert follows(repeats=MOST_REPEATS) is Next.GIVE_UP


def test_a_list_that_proves_nothing_is_a_persons_business() -> None:
    assert follows(Proof.UNCLEAR) is Next.ASK_PERSON


@pytest.mark.parametrize(
    ("after", "permanent", "then"),
    [
        (SETTLE_TIME - timedelta(seconds=1), True, Next.LOOK_AGAIN),
        (SETTLE_TIME, True, Next.ASK_PERSON),
        (SETTLE_TIME, False, Next.LOOK_AGAIN),
        (ASK_AFTER, False, Next.ASK_PERSON),
    ],
)
def test_without_a_list_a_person_is_asked_in_time(
    after: timedelta, permanent: bool, then: Next
) -> None:
    assert without_list(signed_at=NOW, now=NOW + after, permanent=permanent) is then


@given(st.integers(0, 7200))
def test_looks_come_ever_less_often_and_never_stop(age_s: int) -> None:
    now = NOW + timedelta(seconds=age_s)
    wait = next_look_at(NOW, now) - now
    assert timedelta(0) < wait <= LOOK_AT_LEAST_EVERY


def test_the_first_list_that_can_prove_something_is_asked_for_at_once() -> None:
    settled = NOW + SETTLE_TIME
    assert next_look_at(NOW, settled - timedelta(seconds=5)) == settled


def test_a_fingerprint_tells_lists_apart_by_their_ids_and_is_never_empty() -> None:
    one, two = listed("1"), listed("2")
    assert fingerprint([one, two]) == fingerprint([two, one])
    assert fingerprint([one]) != fingerprint([two])
    assert fingerprint([listed("12")]) != fingerprint([one, two])
    assert fingerprint([])
