from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.content import Package, QualificationState, ReviewState, Signature, Template
from bot.rules.delivery import MessageState
from bot.rules.review_hours import ReviewKind
from storage import content, messages
from storage.db import Tx
from storage.messages import Settlement
from tests.storage.rows import NOW, later, start

OTP = Template("1110", "code", "码 {1}", True, False, ReviewState.USABLE, "")
NOTICE = replace(OTP, template_id="1111", name="notice", content="好 {1}")
SIGN = Signature("1", "腾讯云", False, ReviewState.USABLE, "")
PACKAGE = Package("p1", 1000, 100, NOW - timedelta(days=1), NOW + timedelta(days=1))


def test_templates_are_exactly_those_last_listed(tx: Tx) -> None:
    content.replace_templates(tx, [OTP, NOTICE], NOW)
    changed = replace(OTP, name="new name", review=ReviewState.REJECTED, review_reply="no")
    content.replace_templates(tx, [changed], later(s=1))
    assert content.list_templates(tx) == [changed]
    assert content.get_template(tx, "1110") == changed
    assert content.get_template(tx, "1111") is None


@pytest.mark.parametrize("s", [0, -60], ids=["the same instant", "a clock set back"])
def test_what_is_no_longer_listed_goes_whatever_the_clock_says(tx: Tx, s: float) -> None:
    content.replace_templates(tx, [OTP], NOW)
    content.replace_signatures(tx, [SIGN], NOW)
    content.replace_packages(tx, [PACKAGE], NOW)
    content.replace_templates(tx, [NOTICE], later(s=s))
    content.replace_signatures(tx, [], later(s=s))
    content.replace_packages(tx, [], later(s=s))

    assert content.list_templates(tx) == [NOTICE]
    assert content.list_signatures(tx) == []
    assert content.get_balance(tx, NOW) == content.Balance(0, later(s=s))


def test_a_name_may_have_several_signatures_the_usable_one_among_them(tx: Tx) -> None:
    rejected = replace(SIGN, signature_id="2", review=ReviewState.REJECTED)
    other = replace(SIGN, signature_id="3", name="别的")
    content.replace_signatures(tx, [SIGN, rejected, other], NOW)
    assert {each.signature_id for each in content.find_signatures(tx, "腾讯云")} == {"1", "2"}
    assert len(content.list_signatures(tx)) == 3
    content.replace_signatures(tx, [other], later(s=1))
    assert content.find_signatures(tx, "腾讯云") == []


def test_a_list_that_has_not_changed_writes_no_row(tx: Tx) -> None:
    content.replace_templates(tx, [OTP, NOTICE], NOW)
    content.replace_signatures(tx, [SIGN], NOW)
    before = tx.conn.total_changes
    content.replace_templates(tx, [NOTICE, OTP], later(s=9))
    content.replace_signatures(tx, [SIGN], later(s=9))
    # When either was last read, and no more.
    assert tx.conn.total_changes - before == 2
    assert content.templates_seen_at(tx) == content.signatures_seen_at(tx) == later(s=9)
    assert content.template_times(tx) == {"1110": NOW, "1111": NOW}
    content.replace_templates(tx, [NOTICE, replace(OTP, name="new")], later(s=18))
    assert content.template_times(tx) == {"1110": later(s=18), "1111": NOW}


def test_everything_tencent_says_of_one_is_kept(tx: Tx) -> None:
    sign = replace(
        SIGN,
        created_at=NOW,
        qualification_id="6001",
        qualification=QualificationState.REFUSED,
        review_reply="资质不符",
    )
    template = replace(OTP, created_at=NOW)
    content.put_signatures(tx, [sign], NOW)
    content.put_templates(tx, [template], NOW)
    assert content.get_signature(tx, "1") == sign
    assert content.find(tx, ReviewKind.SIGNATURE, "1") == sign
    assert content.find(tx, ReviewKind.TEMPLATE, "1110") == template
    content.remove_signature(tx, "1")
    content.remove_template(tx, "1110")
    assert content.find(tx, ReviewKind.SIGNATURE, "1") is None
    assert content.find(tx, ReviewKind.TEMPLATE, "1110") is None


def test_nothing_is_said_to_be_read_before_it_was(tx: Tx) -> None:
    content.put_templates(tx, [OTP], NOW)
    assert content.templates_seen_at(tx) is None
    assert content.signatures_seen_at(tx) is None


def test_no_balance_is_known_before_the_first_word(tx: Tx) -> None:
    assert content.get_balance(tx, NOW) is None


def test_the_balance_is_what_is_left_in_packages_in_effect(tx: Tx) -> None:
    over = replace(PACKAGE, package_id="p2", expires_at=NOW)
    early = replace(PACKAGE, package_id="p3", effective_at=later(s=1))
    content.replace_packages(tx, [PACKAGE, over, early], later(s=-5))
    balance = content.get_balance(tx, NOW)
    assert balance is not None
    assert (balance.left_segments, balance.seen_at) == (900, later(s=-5))


def test_what_was_accepted_since_tencent_last_said_is_spent(tx: Tx) -> None:
    content.replace_packages(tx, [PACKAGE], NOW)
    accepted = Settlement(MessageState.ACCEPTED, "answer", serial="5000:1", fee_segments=3)
    messages.settle(tx, start(tx), accepted, later(s=1))
    balance = content.get_balance(tx, later(s=2))
    assert balance is not None
    assert balance.left_segments == 897

    content.replace_packages(tx, [replace(PACKAGE, used_segments=103)], later(s=3))
    balance = content.get_balance(tx, later(s=4))
    assert balance is not None
    assert balance.left_segments == 897


def test_a_balance_is_never_below_nothing(tx: Tx) -> None:
    content.replace_packages(tx, [replace(PACKAGE, used_segments=1000)], NOW)
    accepted = Settlement(MessageState.ACCEPTED, "answer", serial="5000:1", fee_segments=3)
    messages.settle(tx, start(tx), accepted, later(s=1))
    balance = content.get_balance(tx, NOW)
    assert balance is not None
    assert balance.left_segments == 0
