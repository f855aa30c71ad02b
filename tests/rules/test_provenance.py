"""Every cap is traced to who set it last, and to what comes after what ends by itself."""

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.policies import CLASSIC, Policy, policy_of
from bot.rules.provenance import Agreed, Origin, Traced, reading_order, trace
from tests.storage.rows import later

SEEDED = policy_of({"number.day": 10, "same.30s": 1, "otp.day": 3})
END = later(minutes=60)
KEYS = st.sampled_from(["number.day", "same.30s", "otp.hour", "mainland.stop", "SG.warn"])
CAPS = st.dictionaries(KEYS, st.one_of(st.none(), st.integers(1, 9)), min_size=1)


def test_without_a_change_a_cap_is_the_profiles_or_app_yamls() -> None:
    found = trace(SEEDED, SEEDED, SEEDED, CLASSIC.policy, [])
    assert found == (
        Traced("number.day", 10, Origin.PROFILE),
        Traced("same.30s", 1, Origin.PROFILE),
        Traced("otp.day", 3, Origin.SETTINGS),
    )


def test_a_change_is_named_and_a_temporary_one_says_what_comes_after_it() -> None:
    for_good = SEEDED.with_changes({"number.day": 5})
    now = for_good.with_changes({"number.day": 7, "SG.stop": 9})
    agreed = [
        Agreed("R-TEMP", {"number.day": 7, "SG.stop": 9}, END),
        Agreed("R-GOOD", {"number.day": 5}),
    ]
    found = {each.key: each for each in trace(now, for_good, SEEDED, CLASSIC.policy, agreed)}
    assert found["number.day"] == Traced("number.day", 7, Origin.CHANGE, "R-TEMP", END, 5)
    assert found["SG.stop"] == Traced("SG.stop", 9, Origin.CHANGE, "R-TEMP", END, None)
    assert found["otp.day"].origin is Origin.SETTINGS


def test_a_cap_that_was_taken_away_is_still_told() -> None:
    now = SEEDED.with_changes({"number.day": None})
    found = trace(now, now, SEEDED, CLASSIC.policy, [Agreed("R-OFF", {"number.day": None})])
    assert found[0] == Traced("number.day", None, Origin.CHANGE, "R-OFF")


@given(st.lists(CAPS, max_size=5), st.lists(CAPS, max_size=3))
def test_what_is_traced_is_what_holds(
    good: list[dict[str, int | None]], temporary: list[dict[str, int | None]]
) -> None:
    for_good = _under(SEEDED, good)
    now = _under(for_good, temporary)
    agreed = [Agreed(f"R-T{at}", caps, END) for at, caps in reversed(list(enumerate(temporary)))]
    agreed += [Agreed(f"R-G{at}", caps) for at, caps in reversed(list(enumerate(good)))]
    found = trace(now, for_good, SEEDED, CLASSIC.policy, agreed)
    assert policy_of({each.key: each.cap for each in found}) == now
    after = {each.key: each.then if each.until else each.cap for each in found}
    assert policy_of(after) == for_good
    assert [each.key for each in found] == sorted({e.key for e in found}, key=reading_order)


def _under(policy: Policy, changes: list[dict[str, int | None]]) -> Policy:
    for caps in changes:
        policy = policy.with_changes(caps)
    return policy
