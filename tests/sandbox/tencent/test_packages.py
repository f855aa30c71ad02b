"""Packages: gifts pay first, then what expires first, and only what is in effect."""

from dataclasses import replace

from bot.sandbox.tencent.packages import GIFT, Package, balance, consume, seed_package

NOW_MS = 1_000_000
SOON, LATE, OLD, NEW, EXPIRED, FUTURE, NOW = range(7)


def package(package_id: int, amount: int, expires_at_ms: int) -> Package:
    return Package(package_id, amount, 0, 1, 0, 0, expires_at_ms)


def used(packages: list[Package]) -> dict[int, int]:
    return {each.package_id: each.used_segments for each in packages}


def test_what_expires_first_pays_first_and_a_message_may_span_two() -> None:
    packages = [package(LATE, 10, NOW_MS + 2), package(SOON, 2, NOW_MS + 1)]
    assert used(consume(packages, 3, NOW_MS)) == {SOON: 2, LATE: 1}


def test_a_gift_pays_before_what_was_bought_whenever_it_expires() -> None:
    packages = [package(SOON, 5, NOW_MS + 1), replace(package(LATE, 5, NOW_MS + 2), kind=GIFT)]
    assert used(consume(packages, 6, NOW_MS)) == {LATE: 5, SOON: 1}


def test_of_two_that_expire_together_the_older_pays() -> None:
    packages = [
        replace(package(NEW, 5, NOW_MS + 1), created_at_ms=9),
        package(OLD, 5, NOW_MS + 1),
    ]
    assert used(consume(packages, 1, NOW_MS)) == {OLD: 1, NEW: 0}


def test_expired_and_future_packages_neither_count_nor_pay() -> None:
    packages = [
        package(EXPIRED, 5, NOW_MS),
        replace(package(FUTURE, 5, NOW_MS + 9), effective_at_ms=NOW_MS + 1),
        package(NOW, 5, NOW_MS + 9),
    ]
    assert balance(packages, NOW_MS) == 5
    assert used(consume(packages, 4, NOW_MS)) == {EXPIRED: 0, FUTURE: 0, NOW: 4}


def test_paying_leaves_the_packages_in_their_order() -> None:
    gift = replace(package(OLD, 5, NOW_MS + 3), kind=GIFT)
    packages = [package(LATE, 5, NOW_MS + 2), package(SOON, 5, NOW_MS + 1), gift]
    paid = consume(packages, 6, NOW_MS)
    assert [(each.package_id, each.used_segments) for each in paid] == [
        (LATE, 0),
        (SOON, 1),
        (OLD, 5),
    ]


def test_a_package_used_beyond_its_amount_counts_as_empty() -> None:
    assert balance([replace(package(NOW, 1, NOW_MS + 1), used_segments=3)], NOW_MS) == 0


def test_a_new_sandbox_can_pay_for_what_it_was_given() -> None:
    assert balance([seed_package(1000, NOW_MS)], NOW_MS) == 1000
