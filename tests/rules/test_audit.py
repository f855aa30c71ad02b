"""The chain of the audit trail: whatever is done to it, the check names the first bad entry."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.audit import (
    GENESIS,
    Broken,
    Flaw,
    Head,
    Link,
    Sound,
    What,
    canonical,
    head_of,
    mac_of,
    verify,
)

KEY = bytes(range(32))
#: Whatever a column may hold; half of a surrogate pair cannot be stored.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
Chain = list[Link]


def chained(*bare: Link, key: bytes = KEY) -> Chain:
    """The entries as they are stored one after the other."""
    found: Chain = []
    for each in bare:
        prev = found[-1].mac if found else GENESIS
        link = each._replace(nth=len(found) + 1, prev=prev)
        found.append(link._replace(mac=mac_of(key, link)))
    return found


def head_of_chain(chain: Chain) -> Head:
    return Head(len(chain), chain[-1].mac if chain else GENESIS)


@st.composite
def chains(draw: st.DrawFn, smallest: int = 1) -> Chain:
    bare = st.builds(
        Link,
        nth=st.just(0),
        at_ms=st.integers(0, 1 << 45),
        actor=TEXTS,
        via=TEXTS,
        what=TEXTS,
        subject=TEXTS,
        app=TEXTS,
        facts=TEXTS,
        prev=st.just(""),
        mac=st.just(""),
    )
    return chained(*draw(st.lists(bare, min_size=smallest, max_size=8)))


@given(chains(smallest=0))
def test_what_nobody_touched_is_sound(chain: Chain) -> None:
    assert verify(KEY, chain, head_of_chain(chain)) == Sound(len(chain))


@given(chains(), st.data())
def test_a_single_change_is_found_where_it_was_made(chain: Chain, data: st.DataObject) -> None:
    nth = data.draw(st.integers(1, len(chain)))
    name = data.draw(st.sampled_from(Link._fields))
    was = getattr(chain[nth - 1], name)
    other: st.SearchStrategy[Any] = st.integers(0, 1 << 45) if isinstance(was, int) else TEXTS
    now: Any = data.draw(other.filter(lambda value: value != was))
    changed = [*chain]
    changed[nth - 1] = chain[nth - 1]._replace(**{name: now})
    found = verify(KEY, changed, head_of_chain(chain))
    assert isinstance(found, Broken)
    assert found.nth == nth


@given(chains(), st.data())
def test_an_entry_that_is_gone_is_missed(chain: Chain, data: st.DataObject) -> None:
    nth = data.draw(st.integers(1, len(chain)))
    left = [each for each in chain if each.nth != nth]
    assert verify(KEY, left, head_of_chain(chain)) == Broken(nth, Flaw.MISSING)


@given(chains(), st.data())
def test_an_entry_that_was_put_in_is_found(chain: Chain, data: st.DataObject) -> None:
    nth = data.draw(st.integers(1, len(chain) + 1))
    actor = data.draw(TEXTS)
    prev = chain[nth - 2].mac if nth > 1 else GENESIS
    forged = Link(nth, 1, actor, "slack", "app.stopped", "", "", "", prev, "")
    forged = forged._replace(mac=mac_of(b"another key", forged))
    moved = [each._replace(nth=each.nth + 1) for each in chain[nth - 1 :]]
    for head in (head_of_chain(chain), Head(len(chain) + 1, forged.mac)):
        found = verify(KEY, [*chain[: nth - 1], forged, *moved], head)
        assert isinstance(found, Broken)
        assert found.nth == nth


@given(chains(smallest=2), st.data())
def test_two_that_changed_places_are_found(chain: Chain, data: st.DataObject) -> None:
    first, second = data.draw(
        st.lists(st.integers(0, len(chain) - 1), min_size=2, max_size=2, unique=True).map(sorted)
    )
    swapped = [*chain]
    swapped[first] = chain[second]._replace(nth=first + 1)
    swapped[second] = chain[first]._replace(nth=second + 1)
    found = verify(KEY, swapped, head_of_chain(chain))
    assert isinstance(found, Broken)
    assert found.nth == first + 1


@given(chains(smallest=2), st.data())
def test_a_cut_with_its_head_is_found_by_a_head_that_was_told(
    chain: Chain, data: st.DataObject
) -> None:
    told = head_of_chain(chain)
    left = chain[: data.draw(st.integers(1, len(chain) - 1))]
    assert verify(KEY, left, head_of_chain(left)) == Sound(len(left))
    assert verify(KEY, left, head_of_chain(left), told) == Broken(len(left) + 1, Flaw.MISSING)


def test_a_trail_written_anew_with_the_key_is_found_by_a_head_that_was_told() -> None:
    chain = chained(a_link("U1"), a_link("U2"))
    anew = chained(a_link("U1"), a_link("U3"), a_link("U4"))
    told = head_of_chain(chain)
    assert verify(KEY, anew, head_of_chain(anew)) == Sound(3)
    assert verify(KEY, anew, head_of_chain(anew), told) == Broken(2, Flaw.REWRITTEN)


def test_more_than_the_head_says_was_never_entered() -> None:
    chain = chained(a_link("U1"), a_link("U2"))
    assert verify(KEY, chain, head_of_chain(chain[:1])) == Broken(2, Flaw.BEYOND)


def test_a_head_of_another_code_is_no_head_of_this_trail() -> None:
    chain = chained(a_link("U1"))
    assert verify(KEY, chain, Head(1, "0" * 64)) == Broken(1, Flaw.REWRITTEN)


@given(chains())
def test_the_canonical_form_is_json_that_says_all_but_the_chain(chain: Chain) -> None:
    for link in chain:
        assert json.loads(canonical(link)) == list(link[:8])
        assert canonical(link).isascii()


def a_link(actor: str) -> Link:
    return Link(0, 1, actor, "slack", "app.stopped", "demo", "demo", "sealed", "", "")


@pytest.mark.parametrize("spoil", [str.upper, lambda s: s[:-1], lambda s: s.replace(":", "")])
def test_a_head_is_read_as_it_was_told_and_nothing_else_is(spoil: Callable[[str], str]) -> None:
    told = Head(12, "a1" * 32)
    assert head_of(f" {told.written()}\n") == told
    assert head_of(spoil(told.written())) is None
    assert head_of("²:" + "a1" * 32) is None


def test_every_kind_has_an_area() -> None:
    assert all(each.value == f"{each.area}.{each.value.split('.')[1]}" for each in What)
