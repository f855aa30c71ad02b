"""Block Kit validation, against a table of mistakes and against junk."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.workspace.blocks import Surface, check_blocks, check_options, check_view
from tests.sandbox.workspace.driver import ACTIONS, BUTTON, INPUT, Json, modal, plain, section
from tests.sandbox.workspace.kit import (
    PICTURE,
    RICH,
    actions,
    card,
    carousel,
    chart,
    container,
    data_table,
    field,
    option,
    pie,
    plan,
    plotted,
    select,
    table,
    task,
)

MESSAGE, MODAL, HOME = Surface.MESSAGE, Surface.MODAL, Surface.HOME


NUMBER = {"type": "number_input", "is_decimal_allowed": True}
FOCUSED = {"type": "plain_text_input", "action_id": "a", "focus_on_load": True}


def codes(blocks: Any, surface: Surface = MESSAGE) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in check_blocks(blocks, surface)]


GOOD = [
    section("text"),
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "a"}] * 10},
    {**section("x"), "accessory": BUTTON},
    {**section("x"), "accessory": {"type": "image", "image_url": "https://a.b/c", "alt_text": "c"}},
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider"},
    {"type": "image", "image_url": "https://a.b/c.png", "alt_text": "c", "title": plain("t")},
    ACTIONS,
    actions(select(), {"type": "datepicker", "action_id": "d", "initial_date": "2026-01-31"}),
    actions({"type": "overflow", "options": [{**option(), "url": "https://a.b"}]}),
    actions({"type": "checkboxes", "options": [option(), option("w")]}),
    actions({"type": "radio_buttons", "options": [option()], "initial_option": option()}),
    actions(
        {
            **BUTTON,
            "style": "danger",
            "confirm": {
                "title": plain("Sure?"),
                "text": plain("Really"),
                "confirm": plain("Yes"),
                "deny": plain("No"),
            },
        }
    ),
    {"type": "context", "elements": [plain("a"), {"type": "mrkdwn", "text": "b"}]},
    {"type": "markdown", "text": "# hi"},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [{"type": "text", "text": "a", "style": {"bold": True}}],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}
                ],
            },
        ],
    },
    table(100, 20, column_settings=[{"align": "right", "is_wrapped": True}]),
    {"type": "table", "rows": [[{"type": "raw_number", "value": 3, "text": "3"}]]},
    {"type": "image", "alt_text": "c", "slack_file": {"id": "F1"}},
    data_table(101, 20, page_size=100, row_header_column_index=19),
    {**data_table(), "rows": [[{"type": "raw_text", "text": "a"}], [RICH]]},
    pie(1, 2.5),
    plotted(20, 12, x_label="x" * 50),
    plotted(kind="area"),
    plotted(kind="line"),
    card(icon=PICTURE, subtitle=plain("s"), body=plain("b"), actions=[BUTTON] * 1),
    {"type": "card", "hero_image": PICTURE, "subtext": plain("s")},
    card(slack_icon={"type": "icon", "name": "rocket"}),
    carousel(10),
    container(10, width="wide", subtitle=plain("s"), is_collapsible=True, default_collapsed=True),
    {"type": "container", "rich_text_title": RICH, "child_blocks": [ACTIONS, table()]},
    plan(50),
    {
        "type": "plan",
        "title": "t",
        "tasks": [
            task(
                status="pending",
                details=RICH,
                sources=[{"type": "url", "url": "https://a.b", "text": "a"}],
            )
        ],
    },
    {"type": "task_card", **task(status="in_progress")},
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: str(block["type"]))
def test_a_good_block_has_no_fault(block: Json) -> None:
    assert check_blocks([block], MESSAGE) == []


FORM = [
    INPUT,
    field({"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}),
    field({"type": "email_text_input"}, optional=True),
    field({"type": "url_text_input"}, hint=plain("h")),
    field({"type": "external_select", "min_query_length": 0, "placeholder": plain("p")}),
    field({"type": "multi_static_select", "options": [option()], "max_selected_items": 2}),
    field(
        {"type": "static_select", "option_groups": [{"label": plain("g"), "options": [option()]}]}
    ),
    field({"type": "datetimepicker", "initial_date_time": 1_767_225_600}),
    field({"type": "timepicker"}, dispatch_action=True),
    field({"type": "file_input", "filetypes": ["png", "pdf"], "max_files": 10}),
    field({"type": "users_select"}),
    field({"type": "conversations_select", "default_to_current_conversation": True}),
    field({"type": "plain_text_input", "multiline": True, "min_length": 1, "max_length": 3000}),
    {"type": "alert", "text": plain("careful"), "level": "warning"},
]


@pytest.mark.parametrize("block", FORM, ids=lambda block: str(block.get("element", block)["type"]))
def test_a_good_form_block_has_no_fault(block: Json) -> None:
    assert check_blocks([block], MODAL) == []


BAD: list[tuple[str, Json, str, str]] = [
    ("empty text", section(""), "/text/text", "too_short"),
    ("long text", section("x" * 3001), "/text/text", "too_long"),
    ("no text and no fields", {"type": "section"}, "", "missing_field"),
    ("text is not an object", {"type": "section", "text": "x"}, "/text", "must_be_object"),
    (
        "long field",
        {"type": "section", "fields": [plain("x" * 2001)]},
        "/fields/0/text",
        "too_long",
    ),
    ("too many fields", {"type": "section", "fields": [plain("x")] * 11}, "/fields", "too_many"),
    ("unknown key", {**section("x"), "colour": "red"}, "", "unknown_field"),
    ("unknown block", {"type": "confetti"}, "/type", "unsupported_type"),
    ("no type", {}, "/type", "unsupported_type"),
    ("type is a list", {"type": []}, "/type", "unsupported_type"),
    (
        "header in mrkdwn",
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        "/text/type",
        "unsupported_type",
    ),
    ("long header", {"type": "header", "text": plain("x" * 151)}, "/text/text", "too_long"),
    ("long block_id", {"type": "divider", "block_id": "x" * 256}, "/block_id", "too_long"),
    ("empty actions", actions(), "/elements", "too_few"),
    (
        "too many actions",
        actions(*[{**BUTTON, "action_id": str(n)} for n in range(26)]),
        "/elements",
        "too_many",
    ),
    ("twice the same action", actions(BUTTON, BUTTON), "", "duplicate_action_id"),
    ("typing in actions", actions(INPUT["element"]), "/elements/0/type", "unsupported_type"),
    (
        "long button",
        actions({**BUTTON, "text": plain("x" * 76)}),
        "/elements/0/text/text",
        "too_long",
    ),
    (
        "button in mrkdwn",
        actions({**BUTTON, "text": {"type": "mrkdwn", "text": "x"}}),
        "/elements/0/text/type",
        "unsupported_type",
    ),
    (
        "long button value",
        actions({**BUTTON, "value": "x" * 2001}),
        "/elements/0/value",
        "too_long",
    ),
    (
        "button value is a number",
        actions({**BUTTON, "value": 1}),
        "/elements/0/value",
        "must_be_string",
    ),
    ("wrong style", actions({**BUTTON, "style": "warning"}), "/elements/0/style", "not_a_choice"),
    ("disabled button", actions({**BUTTON, "disabled": True}), "/elements/0", "unknown_field"),
    (
        "script link",
        actions({**BUTTON, "url": "javascript:alert(1)"}),
        "/elements/0/url",
        "not_a_url",
    ),
    (
        "confirm without deny",
        actions(
            {**BUTTON, "confirm": {"title": plain("t"), "text": plain("x"), "confirm": plain("y")}}
        ),
        "/elements/0/confirm",
        "missing_field",
    ),
    ("empty select", actions(select(options=[])), "/elements/0/options", "too_few"),
    (
        "101 options",
        actions(select(options=[option(str(n)) for n in range(101)])),
        "/elements/0/options",
        "too_many",
    ),
    (
        "long option value",
        actions(select(options=[option("x" * 151)])),
        "/elements/0/options/0/value",
        "too_long",
    ),
    (
        "long option text",
        actions(select(options=[option(text="x" * 76)])),
        "/elements/0/options/0/text/text",
        "too_long",
    ),
    (
        "options and groups",
        actions(select(option_groups=[{"label": plain("g"), "options": [option()]}])),
        "/elements/0",
        "exactly_one",
    ),
    (
        "initial option unknown",
        actions(select(initial_option=option("other"))),
        "/elements/0",
        "initial_option_unknown",
    ),
    (
        "long placeholder",
        actions(select(placeholder=plain("x" * 151))),
        "/elements/0/placeholder/text",
        "too_long",
    ),
    (
        "eleven checkboxes",
        actions({"type": "checkboxes", "options": [option(str(n)) for n in range(11)]}),
        "/elements/0/options",
        "too_many",
    ),
    (
        "six overflow options",
        actions({"type": "overflow", "options": [option(str(n)) for n in range(6)]}),
        "/elements/0/options",
        "too_many",
    ),
    (
        "eleven context elements",
        {"type": "context", "elements": [plain("x")] * 11},
        "/elements",
        "too_many",
    ),
    ("empty context", {"type": "context", "elements": []}, "/elements", "too_few"),
    ("image without words", {"type": "image", "image_url": "https://a.b/c"}, "", "missing_field"),
    ("long markdown", {"type": "markdown", "text": "x" * 12_001}, "/text", "too_long"),
    ("input in a message", INPUT, "/type", "unsupported_type"),
    ("alert in a message", {"type": "alert", "text": plain("x")}, "/type", "unsupported_type"),
    ("101 rows", table(101), "/rows", "too_many"),
    ("21 cells", table(1, 21), "/rows/0", "too_many"),
    ("wrong cell", {"type": "table", "rows": [[plain("x")]]}, "/rows/0/0/type", "unsupported_type"),
    ("table with one row", data_table(1), "/rows", "too_few"),
    ("table with 102 rows", data_table(102), "/rows", "too_many"),
    ("table with no caption", data_table(caption=""), "/caption", "too_short"),
    (
        "uneven rows",
        {**data_table(), "rows": [[{"type": "raw_text", "text": "x"}] * n for n in (2, 1)]},
        "/rows",
        "uneven_rows",
    ),
    (
        "rich text in the head",
        {**data_table(), "rows": [[RICH], [RICH]]},
        "/rows/0/0/type",
        "unsupported_type",
    ),
    (
        "no such column",
        data_table(row_header_column_index=1),
        "/row_header_column_index",
        "out_of_range",
    ),
    (
        "long table",
        {**data_table(), "rows": [[{"type": "raw_text", "text": "x" * 2_900}] * 7] * 2},
        "/rows",
        "too_long",
    ),
    (
        "text for a number",
        {"type": "table", "rows": [[{"type": "raw_number", "value": "3", "text": "3"}]]},
        "/rows/0/0/value",
        "must_be_number",
    ),
    ("an empty slice", pie(0), "/chart/segments/0/value", "out_of_range"),
    ("13 slices", pie(*range(1, 14)), "/chart/segments", "too_many"),
    ("no such chart", chart({"type": "radar"}), "/chart/type", "unsupported_type"),
    ("21 categories", plotted(21), "/chart/axis_config/categories", "too_many"),
    ("13 series", plotted(1, 13), "/chart/series", "too_many"),
    (
        "a point too few",
        plotted(categories=1)
        | {"chart": {**plotted()["chart"], "axis_config": {"categories": ["0", "1"]}}},
        "/chart/series/0/data",
        "not_the_categories",
    ),
    (
        "two series of one name",
        chart({**plotted()["chart"], "series": plotted()["chart"]["series"] * 2}),
        "/chart/series",
        "duplicate_name",
    ),
    ("empty card", {"type": "card", "subtitle": plain("s")}, "", "missing_field"),
    (
        "two icons",
        card(icon=PICTURE, slack_icon={"type": "icon", "name": "bug"}),
        "",
        "exactly_one",
    ),
    ("four buttons", card(actions=[BUTTON] * 4), "/actions", "too_many"),
    ("eleven cards", carousel(11), "/elements", "too_many"),
    (
        "a table in a carousel",
        {"type": "carousel", "elements": [table()]},
        "/elements/0/type",
        "unsupported_type",
    ),
    ("eleven children", container(11), "/child_blocks", "too_many"),
    (
        "container without title",
        {"type": "container", "child_blocks": [section("x")]},
        "",
        "missing_field",
    ),
    (
        "a container in a container",
        {**container(), "child_blocks": [container()]},
        "/child_blocks/0/type",
        "unsupported_type",
    ),
    ("closed for good", container(default_collapsed=True), "/default_collapsed", "not_allowed"),
    (
        "collapsible with a line",
        container(is_collapsible=True, has_header_divider=True),
        "/has_header_divider",
        "not_allowed",
    ),
    (
        "the same action twice, deep inside",
        {**container(), "child_blocks": [actions(BUTTON, BUTTON)]},
        "/child_blocks/0",
        "duplicate_action_id",
    ),
    ("51 tasks", plan(51), "/tasks", "too_many"),
    (
        "one task twice",
        {"type": "plan", "title": "t", "tasks": [task(), task()]},
        "/tasks",
        "duplicate_task_id",
    ),
    (
        "a lone pending task",
        {"type": "task_card", **task(status="pending")},
        "/status",
        "not_a_choice",
    ),
    (
        "two places for one picture",
        {"type": "image", "alt_text": "c", "slack_file": {"id": "F1", "url": "https://a.b"}},
        "/slack_file",
        "exactly_one",
    ),
    (
        "no such day",
        actions({"type": "datepicker", "initial_date": "2026-02-30"}),
        "/elements/0/initial_date",
        "invalid_format",
    ),
    (
        "no such hour",
        actions({"type": "timepicker", "initial_time": "24:00"}),
        "/elements/0/initial_time",
        "invalid_format",
    ),
    ("not an object", "x", "", "must_be_object"),  # type: ignore[list-item]  # hostile on purpose
]


@pytest.mark.parametrize(("block", "at", "code"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_a_bad_block_is_refused_where_it_is_bad(block: Json, at: str, code: str) -> None:
    assert (f"/blocks/0{at}", code) in codes([block])


@pytest.mark.parametrize(("surface", "limit"), [(MESSAGE, 50), (MODAL, 100), (HOME, 100)], ids=str)
def test_a_surface_takes_so_many_blocks_and_no_more(surface: Surface, limit: int) -> None:
    divider = {"type": "divider"}
    assert codes([divider] * limit, surface) == []
    assert codes([divider] * (limit + 1), surface) == [("/blocks", "too_many")]


def test_two_blocks_may_not_share_an_id_but_two_blocks_may_share_an_action() -> None:
    twice = [{"type": "divider", "block_id": "d"}] * 2
    assert codes(twice) == [("/blocks", "duplicate_block_id")]
    assert codes([actions(BUTTON), actions(BUTTON)]) == []


def test_a_message_holds_one_table_and_so_much_markdown() -> None:
    assert codes([table(), table()]) == [("/blocks", "only_one_table_allowed")]
    markdown = {"type": "markdown", "text": "x" * 6_001}
    assert codes([markdown, markdown]) == [("/blocks", "too_long")]


def test_a_message_holds_two_charts() -> None:
    assert codes([pie(), plotted()]) == []
    assert codes([pie(), plotted(), pie()]) == [("/blocks", "too_many")]


def test_ids_inside_a_container_are_those_of_the_message() -> None:
    inner = {**container(), "child_blocks": [{"type": "divider", "block_id": "d"}]}
    both = [{"type": "divider", "block_id": "d"}, inner]
    assert codes(both) == [("/blocks", "duplicate_block_id")]


@pytest.mark.parametrize(
    ("element", "at", "code"),
    [
        ({**NUMBER, "min_value": "abc"}, "min_value", "invalid_format"),
        ({**NUMBER, "max_value": "1e5"}, "max_value", "invalid_format"),
        ({**NUMBER, "initial_value": "٣"}, "initial_value", "invalid_format"),
        ({**NUMBER, "min_value": 3}, "min_value", "must_be_string"),
        ({**NUMBER, "min_value": "9", "max_value": "10"}, "", ""),
        ({**NUMBER, "min_value": "9", "max_value": "1"}, "min_value", "out_of_range"),
        (
            {"type": "plain_text_input", "min_length": 9, "max_length": 8},
            "min_length",
            "out_of_range",
        ),
        ({"type": "rich_text_input", "min_lines": 3, "max_lines": 2}, "min_lines", "out_of_range"),
        ({"type": "plain_text_input", "min_length": 8, "max_length": 8}, "", ""),
    ],
)
def test_the_bounds_of_a_field_are_such_that_something_fits(
    element: Json, at: str, code: str
) -> None:
    expected = [(f"/blocks/0/element/{at}", code)] if code else []
    assert codes([field(element)], MODAL) == expected


def test_a_table_and_markdown_are_for_messages_only() -> None:
    assert codes([table()], MODAL) == [("/blocks/0/type", "unsupported_type")]
    assert codes([table()], HOME) == [("/blocks/0/type", "unsupported_type")]
    within = {**container(), "child_blocks": [section("x"), table()]}
    assert codes([within], HOME) == [("/blocks/0/child_blocks/1/type", "unsupported_type")]
    assert codes([within]) == []
    assert codes([{"type": "markdown", "text": "x"}], HOME) == [
        ("/blocks/0/type", "unsupported_type")
    ]


@pytest.mark.parametrize(
    ("view", "pointer", "code"),
    [
        (modal(title=plain("x" * 25)), "/view/title/text", "too_long"),
        (modal(submit=None), "/view", "missing_field"),
        (modal(private_metadata="x" * 3001), "/view/private_metadata", "too_long"),
        (modal(callback_id="x" * 256), "/view/callback_id", "too_long"),
        (modal(notify_on_close="yes"), "/view/notify_on_close", "must_be_boolean"),
        (modal(colour="red"), "/view", "unknown_field"),
        (modal(section("")), "/view/blocks/0/text/text", "too_short"),
        ({"type": "modal", "blocks": []}, "/view", "missing_field"),
        ({"type": "home"}, "/view/blocks", "must_be_array"),
        ({"type": "home", "blocks": [], "title": plain("t")}, "/view", "unknown_field"),
        (
            modal(field(FOCUSED), field({**FOCUSED, "action_id": "b"})),
            "/view/blocks",
            "only_one_focus_on_load_allowed",
        ),
        ({"type": "popup"}, "/view/type", "unsupported_type"),
        (["modal"], "/view/type", "unsupported_type"),
    ],
)
def test_a_bad_view_is_refused_where_it_is_bad(view: Any, pointer: str, code: str) -> None:
    assert (pointer, code) in [(fault.pointer, fault.code) for fault in check_view(view)]


def test_a_good_view_has_no_fault() -> None:
    assert check_view(modal(field(FOCUSED), INPUT)) == []
    assert check_view(modal(INPUT, section("x"), close=plain("No"), clear_on_close=True)) == []
    assert check_view({"type": "home", "blocks": [section("x"), ACTIONS, INPUT]}) == []


def test_suggested_options_may_be_none_but_not_nonsense() -> None:
    assert check_options({"options": []}) == []
    assert check_options({"options": [option()] * 100}) == []
    assert check_options({"options": [option()] * 101}) != []
    assert check_options({"option_groups": [{"label": plain("g"), "options": [option()]}]}) == []
    assert check_options({}) != []
    assert check_options({"options": "all"}) != []


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from(
    ["type", "text", "elements", "element", "options", "block_id", "action_id", "rows", "fields",
     "accessory", "option_groups", "initial_option", "initial_options", "label", "x", "chart",
     "series", "axis_config", "segments", "child_blocks", "tasks", "actions", "icon", "value"]
)  # fmt: skip
KINDS = st.sampled_from(
    ["section", "actions", "input", "context", "table", "rich_text", "static_select", "mrkdwn",
     "plain_text", "button", "checkboxes", "image", "header", "modal", "home", "markdown", "card",
     "carousel", "container", "plan", "task_card", "data_table", "data_visualization", "bar"]
)  # fmt: skip
JUNK = st.recursive(
    SCALARS | KINDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner | KINDS, max_size=5),
    max_leaves=30,
)


@given(JUNK)
def test_junk_is_judged_and_never_raises(junk: Any) -> None:
    for surface in Surface:
        check_blocks(junk, surface)
        check_blocks([junk], surface)
    check_view(junk)
    check_view({"type": "modal", "title": junk, "blocks": junk})
    check_options({"options": junk})
    check_options({"option_groups": junk})
