"""Form values: what counts as filled in, element by element."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.workspace.blocks import Surface, check_blocks
from bot.sandbox.workspace.form_rules import unmet
from bot.sandbox.workspace.inputs import VALUE_KEYS, read_values
from tests.sandbox.workspace.driver import Json, plain

ONE = {"text": plain("One"), "value": "1"}
TWO = {"text": plain("Two"), "value": "2"}


def form(element: Json, **more: Any) -> list[Json]:
    return [{"type": "input", "block_id": "b", "element": {"action_id": "a", **element}, **more}]


def fault(element: Json, key: str, value: Any, **more: Any) -> str | None:
    blocks = form(element, **more)
    values = read_values(blocks, {"b": {"a": {key: value}}})
    if values is None:
        return "not on offer"
    return unmet(blocks, values).get("b", (None,))[0]


TEXT = {"type": "plain_text_input", "min_length": 2, "max_length": 4}
NUMBER = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"}
PICK = {"type": "static_select", "options": [ONE]}
MANY = {"type": "multi_static_select", "option_groups": [{"label": plain("g"), "options": [ONE]}]}


PICTURES = {"type": "file_input", "filetypes": ["png", "jpeg"], "max_files": 2}


def file(name: str, size: int = 5) -> Json:
    return {"id": "F1", "name": name, "size": size}


@pytest.mark.parametrize(
    ("element", "key", "value", "expected"),
    [
        (PICTURES, "files", [file("a.png"), file("b.JPG")], None),
        (PICTURES, "files", [], "input.required"),
        (PICTURES, "files", [file("a.png")] * 3, "input.too_many_files"),
        (PICTURES, "files", [file("a.csv")], "input.wrong_file"),
        (PICTURES, "files", [file("png")], "input.wrong_file"),
        (PICTURES, "files", [file("a.png", 10_000_001)], "input.file_too_big"),
        (PICTURES, "files", ["F1"], "not on offer"),
        (PICTURES, "files", [{"name": "a.png"}], "not on offer"),
        ({"type": "file_input"}, "files", [file("a.exe")] * 10, None),
        ({"type": "file_input"}, "files", [file("a.exe")] * 11, "input.too_many_files"),
        (TEXT, "value", "abc", None),
        (TEXT, "value", None, "input.required"),
        (TEXT, "value", "", "input.required"),
        (TEXT, "value", "a", "input.too_short"),
        (TEXT, "value", "abcde", "input.too_long"),
        (TEXT, "value", 3, "not on offer"),
        ({"type": "plain_text_input"}, "value", "x" * 3001, "not on offer"),
        ({"type": "email_text_input"}, "value", "a@b.c", None),
        ({"type": "email_text_input"}, "value", "a@b", "input.not_email"),
        ({"type": "url_text_input"}, "value", "https://a.b/c?d", None),
        ({"type": "url_text_input"}, "value", "javascript:x", "input.not_url"),
        (NUMBER, "value", "5", None),
        (NUMBER, "value", "0", "input.too_small"),
        (NUMBER, "value", "10", "input.too_large"),
        (NUMBER, "value", "5.5", "input.not_number"),
        (NUMBER, "value", "٥", "input.not_number"),
        ({**NUMBER, "is_decimal_allowed": True}, "value", "5.5", None),
        (PICK, "selected_option", ONE, None),
        (PICK, "selected_option", None, "input.required"),
        (PICK, "selected_option", TWO, "not on offer"),
        (MANY, "selected_options", [ONE], None),
        (MANY, "selected_options", [], "input.required"),
        (MANY, "selected_options", [TWO], "not on offer"),
        ({"type": "external_select"}, "selected_option", TWO, None),
        ({"type": "users_select"}, "selected_user", "U0LIN", None),
        ({"type": "multi_users_select"}, "selected_users", ["U0LIN"], None),
        ({"type": "multi_users_select"}, "selected_users", [1], "not on offer"),
        ({"type": "datepicker"}, "selected_date", "2026-01-31", None),
        ({"type": "datetimepicker"}, "selected_date_time", 1_767_225_600, None),
        ({"type": "datetimepicker"}, "selected_date_time", "soon", "not on offer"),
    ],
)
def test_a_value_is_judged_by_its_element(
    element: Json, key: str, value: Any, expected: str | None
) -> None:
    assert fault(element, key, value) == expected


OF_TWO = {"type": "multi_users_select", "max_selected_items": 2}
DATE, TIME = {"type": "datepicker"}, {"type": "timepicker"}


@pytest.mark.parametrize(
    ("element", "key", "value", "expected"),
    [
        (DATE, "selected_date", "2026-02-30", "not on offer"),
        (DATE, "selected_date", "tomorrow", "not on offer"),
        (DATE, "selected_date", "2026-W01-1", "not on offer"),
        (DATE, "selected_date", "", "input.required"),
        (TIME, "selected_time", "23:59", None),
        (TIME, "selected_time", "24:00", "not on offer"),
        (TIME, "selected_time", "noon!", "not on offer"),
        ({"type": "datetimepicker"}, "selected_date_time", 12, "not on offer"),
        ({"type": "datetimepicker"}, "selected_date_time", True, "not on offer"),
        (OF_TWO, "selected_users", ["U0LIN", "U0EVE"], None),
        (OF_TWO, "selected_users", ["U0LIN", "U0EVE", "U0BO"], "not on offer"),
        ({**MANY, "max_selected_items": 1}, "selected_options", [ONE, ONE], "not on offer"),
    ],
)
def test_no_value_comes_that_the_element_could_not_have_given(
    element: Json, key: str, value: Any, expected: str | None
) -> None:
    assert fault(element, key, value) == expected


def test_an_optional_field_may_stay_empty() -> None:
    assert fault(TEXT, "value", None, optional=True) is None


def test_an_untouched_field_has_its_initial_value() -> None:
    blocks = form({"type": "plain_text_input", "initial_value": "first"})
    assert read_values(blocks, {}) == {"b": {"a": {"type": "plain_text_input", "value": "first"}}}
    blocks = form({"type": "checkboxes", "options": [ONE], "initial_options": [ONE]})
    assert read_values(blocks, None) == {
        "b": {"a": {"type": "checkboxes", "selected_options": [ONE]}}
    }


def test_values_for_fields_that_are_not_there_are_left_out() -> None:
    blocks = form({"type": "plain_text_input"})
    assert read_values(blocks, {"other": {"a": {"value": "x"}}}) == {
        "b": {"a": {"type": "plain_text_input", "value": None}}
    }


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["b", "a", "value", "selected_option"]), inner)
    ),
    max_leaves=10,
)


@given(JUNK, st.sampled_from([TEXT, NUMBER, PICK, MANY, {"type": "external_select"}]))
def test_junk_is_judged_and_never_raises(junk: Any, element: Json) -> None:
    for given_values in (junk, {"b": junk}, {"b": {"a": junk}}, {"b": {"a": {"value": junk}}}):
        blocks = form(element)
        values = read_values(blocks, given_values)
        if values is not None:
            unmet(blocks, values)


BOUNDS: st.SearchStrategy[Any] = st.sampled_from(
    ["abc", "", "1", "-5", "1e5", "nan", "inf", "٣", "9" * 40, "0.5", 1, 4000, -1, None, [], True]
)
BOUNDED: dict[str, tuple[str, ...]] = {
    "number_input": ("min_value", "max_value", "initial_value"),
    "plain_text_input": ("min_length", "max_length", "initial_value"),
    "datepicker": ("initial_date",),
    "timepicker": ("initial_time",),
    "multi_users_select": ("max_selected_items", "initial_users"),
}
ALWAYS = {"number_input": {"is_decimal_allowed": st.booleans()}}
HOSTILE = st.sampled_from(sorted(BOUNDED)).flatmap(
    lambda kind: st.fixed_dictionaries(
        {"type": st.just(kind), **ALWAYS.get(kind, {})},
        optional=dict.fromkeys(BOUNDED[kind], BOUNDS),
    )
)


@given(HOSTILE, st.sampled_from(["5", "-0.5", "2026-01-31", "12:00", ["U0LIN"], None]))
def test_an_element_is_refused_or_can_be_filled_in(element: Json, value: Any) -> None:
    """What gets into a form cannot break its submission."""
    blocks = form(element, label=plain("l"))
    if check_blocks(blocks, Surface.MODAL):
        return
    for given_values in (None, {"b": {"a": {VALUE_KEYS[element["type"]]: value}}}):
        values = read_values(blocks, given_values)
        if values is not None:
            unmet(blocks, values)
