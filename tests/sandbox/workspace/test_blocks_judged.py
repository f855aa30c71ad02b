"""Block Kit validation before two judges nobody here wrote: slackblocks and slack_sdk.models."""

import json
from functools import partial
from typing import Any

import pytest
import slackblocks
from slack_sdk.models import blocks as sdk
from slack_sdk.models.blocks.basic_components import SlackFile
from slack_sdk.models.blocks.block_elements import FileInputElement
from slack_sdk.models.views import View
from slackblocks import _limits as registry
from slackblocks import _surfaces as surfaces

from bot.sandbox.workspace.blocks import ALLOWED, BLOCKS, Surface, check_blocks, check_view
from bot.sandbox.workspace.elements import INPUT_ELEMENTS
from bot.sandbox.workspace.figures import DATA_TABLE_ROWS
from tests.sandbox.workspace.driver import BUTTON, INPUT, Json, plain, section
from tests.sandbox.workspace.kit import (
    PICTURE,
    actions,
    card,
    carousel,
    container,
    data_table,
    field,
    option,
    pie,
    plan,
    plotted,
    select,
    table,
)

MESSAGE, MODAL, HOME = Surface.MESSAGE, Surface.MODAL, Surface.HOME


def confirmed(**more: Any) -> Json:
    said = {"title": plain("t"), "text": plain("t"), "confirm": plain("y"), "deny": plain("n")}
    return actions({**BUTTON, "confirm": {**said, **more}})


REGISTERED = [
    (registry.BUTTON_TEXT_MAX_LENGTH, lambda n: actions({**BUTTON, "text": plain("x" * n)})),
    (registry.BUTTON_VALUE_MAX_LENGTH, lambda n: actions({**BUTTON, "value": "x" * n})),
    (
        registry.BUTTON_ACCESSIBILITY_LABEL_MAX_LENGTH,
        lambda n: actions({**BUTTON, "accessibility_label": "x" * n}),
    ),
    (registry.ACTION_ID_MAX_LENGTH, lambda n: actions({**BUTTON, "action_id": "x" * n})),
    (registry.BLOCK_ID_MAX_LENGTH, lambda n: {"type": "divider", "block_id": "x" * n}),
    (registry.TEXT_MAX_LENGTH, lambda n: section("x" * n)),
    (registry.OPTION_TEXT_MAX_LENGTH, lambda n: actions(select(options=[option(text="x" * n)]))),
    (registry.OPTION_VALUE_MAX_LENGTH, lambda n: actions(select(options=[option("x" * n)]))),
    (
        registry.OPTION_DESCRIPTION_MAX_LENGTH,
        lambda n: actions(select(options=[{**option(), "description": plain("x" * n)}])),
    ),
    (
        registry.SELECT_OPTIONS_MAX_ITEMS,
        lambda n: actions(select(options=[option(str(i)) for i in range(n)])),
    ),
    (
        registry.SELECT_PLACEHOLDER_MAX_LENGTH,
        lambda n: actions(select(placeholder=plain("x" * n))),
    ),
    (
        registry.OVERFLOW_OPTIONS_MAX_ITEMS,
        lambda n: actions({"type": "overflow", "options": [option(str(i)) for i in range(n)]}),
    ),
    (
        registry.CHECKBOXES_OPTIONS_MAX_ITEMS,
        lambda n: actions({"type": "checkboxes", "options": [option(str(i)) for i in range(n)]}),
    ),
    (
        registry.RADIO_BUTTONS_OPTIONS_MAX_ITEMS,
        lambda n: actions({"type": "radio_buttons", "options": [option(str(i)) for i in range(n)]}),
    ),
    (
        registry.ACTIONS_ELEMENTS_MAX_ITEMS,
        lambda n: actions(*[{**BUTTON, "action_id": str(i)} for i in range(n)]),
    ),
    (
        registry.CONTEXT_ELEMENTS_MAX_ITEMS,
        lambda n: {"type": "context", "elements": [plain("x")] * n},
    ),
    (
        registry.BUTTON_URL_MAX_LENGTH,
        lambda n: actions({**BUTTON, "url": "https://a.b/".ljust(n, "x")}),
    ),
    (registry.CONFIRMATION_TITLE_MAX_LENGTH, lambda n: confirmed(title=plain("x" * n))),
    (registry.CONFIRMATION_TEXT_MAX_LENGTH, lambda n: confirmed(text=plain("x" * n))),
    (registry.CONFIRMATION_CONFIRM_MAX_LENGTH, lambda n: confirmed(confirm=plain("x" * n))),
    (registry.CONFIRMATION_DENY_MAX_LENGTH, lambda n: confirmed(deny=plain("x" * n))),
    (registry.HEADER_TEXT_MAX_LENGTH, lambda n: {"type": "header", "text": plain("x" * n)}),
    (
        registry.SECTION_FIELDS_MAX_ITEMS,
        lambda n: {"type": "section", "fields": [plain("x")] * n},
    ),
    (
        registry.SECTION_FIELDS_ITEM_MAX_LENGTH,
        lambda n: {"type": "section", "fields": [plain("x" * n)]},
    ),
    (registry.IMAGE_ALT_TEXT_MAX_LENGTH, lambda n: {**PICTURE, "alt_text": "x" * n}),
    (registry.IMAGE_TITLE_MAX_LENGTH, lambda n: {**PICTURE, "title": plain("x" * n)}),
    (registry.MARKDOWN_TEXT_MAX_LENGTH, lambda n: {"type": "markdown", "text": "x" * n}),
    (registry.CARD_TITLE_MAX_LENGTH, lambda n: card(title=plain("x" * n))),
    (registry.CARD_SUBTITLE_MAX_LENGTH, lambda n: card(subtitle=plain("x" * n))),
    (registry.CARD_BODY_MAX_LENGTH, lambda n: card(body=plain("x" * n))),
    (registry.CARD_SUBTEXT_MAX_LENGTH, lambda n: card(subtext=plain("x" * n))),
    (
        registry.CARD_ACTIONS_MAX_ITEMS,
        lambda n: card(actions=[{**BUTTON, "action_id": str(i)} for i in range(n)]),
    ),
    (registry.CAROUSEL_ELEMENTS_MAX_ITEMS, carousel),
    (registry.CONTAINER_TITLE_MAX_LENGTH, lambda n: container(title=plain("x" * n))),
    (registry.CONTAINER_SUBTITLE_MAX_LENGTH, lambda n: container(subtitle=plain("x" * n))),
    (registry.CONTAINER_CHILD_BLOCKS_MAX_ITEMS, container),
    (registry.PLAN_TASKS_MAX_ITEMS, plan),
    (registry.DATA_TABLE_COLUMNS_MAX_ITEMS, partial(data_table, 2)),
    (registry.DATA_TABLE_PAGE_SIZE_MAX, lambda n: data_table(page_size=n)),
    (registry.DATA_VISUALIZATION_TITLE_MAX_LENGTH, lambda n: pie(title="x" * n)),
    (registry.DATA_VISUALIZATION_SEGMENTS_MAX_ITEMS, lambda n: pie(*[1] * n)),
    (registry.DATA_VISUALIZATION_SERIES_MAX_ITEMS, partial(plotted, 1)),
    (registry.DATA_VISUALIZATION_CATEGORIES_MAX_ITEMS, plotted),
    (registry.DATA_VISUALIZATION_AXIS_LABEL_MAX_LENGTH, lambda n: plotted(x_label="x" * n)),
    (registry.TABLE_ROWS_MAX_ITEMS, table),
    (registry.TABLE_COLUMNS_MAX_ITEMS, partial(table, 1)),
    (
        registry.TABLE_COLUMN_SETTINGS_MAX_ITEMS,
        lambda n: table(column_settings=[{"align": "left"}] * n),
    ),
]


@pytest.mark.parametrize(("limit", "make"), REGISTERED, ids=lambda value: str(value)[:9])
def test_our_limits_are_those_of_an_independent_registry(limit: int, make: Any) -> None:
    assert check_blocks([make(limit)], MESSAGE) == []
    assert check_blocks([make(limit + 1)], MESSAGE) != []


IN_FORMS = [
    (registry.ALERT_TEXT_MAX_LENGTH, lambda n: {"type": "alert", "text": plain("x" * n)}),
    (registry.INPUT_LABEL_MAX_LENGTH, lambda n: {**INPUT, "label": plain("x" * n)}),
    (registry.INPUT_HINT_MAX_LENGTH, lambda n: {**INPUT, "hint": plain("x" * n)}),
    (
        registry.FILE_INPUT_MAX_FILES_MAX,
        lambda n: field({"type": "file_input", "max_files": n}),
    ),
    (
        registry.PLAIN_TEXT_INPUT_MAX_LENGTH_MAX,
        lambda n: field({"type": "plain_text_input", "max_length": n}),
    ),
    (
        registry.OPTION_GROUP_LABEL_MAX_LENGTH,
        lambda n: field(
            {
                "type": "static_select",
                "option_groups": [{"label": plain("x" * n), "options": [option()]}],
            }
        ),
    ),
]


@pytest.mark.parametrize(("limit", "make"), IN_FORMS, ids=lambda value: str(value)[:9])
def test_our_limits_of_forms_are_those_of_the_registry(limit: int, make: Any) -> None:
    assert check_blocks([make(limit)], MODAL) == []
    assert check_blocks([make(limit + 1)], MODAL) != []


def test_a_data_table_is_shorter_than_the_registry_has_it() -> None:
    """Slack's reference says 101 rows, the registry 201: what passes here passes both."""
    assert DATA_TABLE_ROWS == 101 <= registry.DATA_TABLE_ROWS_MAX_ITEMS


def test_the_surfaces_are_those_of_the_registry_but_for_inputs_in_messages() -> None:
    theirs = surfaces._BLOCK_TYPES_BY_SURFACE
    assert ALLOWED[MESSAGE] | {"input"} <= theirs["message"]
    assert ALLOWED[MODAL] <= theirs["modal"]
    assert ALLOWED[HOME] <= theirs["home"]


MRKDWN = sdk.MarkdownTextObject(text="*x*")
SDK_RICH = sdk.RichTextBlock(
    elements=[
        sdk.RichTextSectionElement(elements=[sdk.RichTextElementParts.Text(text="a")]),
        sdk.RichTextListElement(
            style="bullet",
            elements=[
                sdk.RichTextSectionElement(elements=[sdk.RichTextElementParts.User(user_id="U1")])
            ],
        ),
        sdk.RichTextQuoteElement(elements=[sdk.RichTextElementParts.Link(url="https://a.b")]),
        sdk.RichTextPreformattedElement(elements=[sdk.RichTextElementParts.Text(text="a")]),
    ]
)
SDK_PICTURE = sdk.ImageElement(image_url="https://a.b/c.png", alt_text="c")
SDK_BUTTON = sdk.ButtonElement(text="Go", action_id="a", value="v", style="primary")
SDK_OPTION = sdk.Option(value="v", label="l")
BY_SDK: list[sdk.Block] = [
    sdk.HeaderBlock(text="Head"),
    sdk.SectionBlock(text=MRKDWN, accessory=SDK_BUTTON),
    sdk.SectionBlock(fields=[MRKDWN] * 10),
    sdk.ContextBlock(elements=[MRKDWN, SDK_PICTURE]),
    sdk.ImageBlock(image_url="https://a.b/c.png", alt_text="c", title="t"),
    sdk.ImageBlock(slack_file=SlackFile(id="F1"), alt_text="c"),
    sdk.ActionsBlock(
        elements=[
            sdk.StaticSelectElement(placeholder="Pick", action_id="s", options=[SDK_OPTION]),
            sdk.DatePickerElement(action_id="d"),
            sdk.TimePickerElement(action_id="t"),
            sdk.DateTimePickerElement(action_id="dt"),
            sdk.OverflowMenuElement(action_id="o", options=[SDK_OPTION, SDK_OPTION]),
            sdk.CheckboxesElement(action_id="c", options=[SDK_OPTION]),
            sdk.RadioButtonsElement(action_id="r", options=[SDK_OPTION]),
            sdk.UserSelectElement(action_id="u", placeholder="p"),
            sdk.ChannelSelectElement(action_id="ch", placeholder="p"),
            sdk.ConversationSelectElement(action_id="co", placeholder="p"),
        ]
    ),
    sdk.DividerBlock(),
    sdk.MarkdownBlock(text="# x"),
    SDK_RICH,
    sdk.TableBlock(
        rows=[[{"type": "raw_text", "text": "x"}, {"type": "raw_number", "value": 1, "text": "1"}]],
        column_settings=[{"align": "right"}],
    ),
    sdk.CardBlock(
        title="t", subtitle="s", body="b", icon=SDK_PICTURE.to_dict(), actions=[SDK_BUTTON]
    ),
    sdk.CarouselBlock(elements=[sdk.CardBlock(title="t")]),
    sdk.ContainerBlock(
        title="t", child_blocks=[sdk.DividerBlock()], width="narrow", is_collapsible=True
    ),
    sdk.PlanBlock(
        title="t", tasks=[sdk.TaskCardBlock(task_id="1", title="t", status="pending").to_dict()]
    ),
    sdk.TaskCardBlock(task_id="1", title="t", status="complete", details=SDK_RICH.to_dict()),
]
SDK_FIELDS: list[sdk.InputInteractiveElement] = [
    sdk.PlainTextInputElement(action_id="a", multiline=True),
    sdk.EmailInputElement(action_id="a"),
    sdk.UrlInputElement(action_id="a"),
    sdk.NumberInputElement(action_id="a", is_decimal_allowed=False),
    sdk.RichTextInputElement(action_id="a"),
    FileInputElement(action_id="a", filetypes=["png"], max_files=1),
    sdk.StaticSelectElement(action_id="a", options=[SDK_OPTION]),
    sdk.ExternalDataSelectElement(action_id="a", placeholder="p"),
    sdk.UserSelectElement(action_id="a"),
    sdk.ChannelSelectElement(action_id="a"),
    sdk.ConversationSelectElement(action_id="a"),
    sdk.StaticMultiSelectElement(action_id="a", options=[SDK_OPTION]),
    sdk.ExternalDataMultiSelectElement(action_id="a", placeholder="p"),
    sdk.UserMultiSelectElement(action_id="a"),
    sdk.ChannelMultiSelectElement(action_id="a"),
    sdk.ConversationMultiSelectElement(action_id="a"),
    sdk.DatePickerElement(action_id="a"),
    sdk.TimePickerElement(action_id="a"),
    sdk.DateTimePickerElement(action_id="a"),
    sdk.CheckboxesElement(action_id="a", options=[SDK_OPTION]),
    sdk.RadioButtonsElement(action_id="a", options=[SDK_OPTION]),
]


@pytest.mark.parametrize("block", BY_SDK, ids=lambda block: str(block.type))
def test_what_the_official_models_build_has_no_fault(block: sdk.Block) -> None:
    assert check_blocks([block.to_dict()], MESSAGE) == []


@pytest.mark.parametrize("element", SDK_FIELDS, ids=lambda element: str(element.type))
def test_what_the_official_models_build_for_forms_has_no_fault(
    element: sdk.InputInteractiveElement,
) -> None:
    blocks = [sdk.InputBlock(label="L", element=element), sdk.AlertBlock(text="careful")]
    view = View(type="modal", title="T", submit="S", callback_id="c", blocks=blocks)
    assert check_view(view.to_dict()) == []


def test_the_official_models_have_judged_every_block_and_field_they_know() -> None:
    """They know neither of the two that show figures; for those there is the other library."""
    judged = {block.type for block in BY_SDK} | {"input", "alert"}
    assert set(BLOCKS) - judged == {"data_table", "data_visualization"}
    assert {element.type for element in SDK_FIELDS} == set(INPUT_ELEMENTS)


RAW: list[Any] = [slackblocks.RawText("a"), slackblocks.RawNumber(1, "1")]
SB_CARD = slackblocks.CardBlock(title="t", body="b", actions=[slackblocks.Button("Go", "a")])
SB_TEXT = slackblocks.RichTextBlock([slackblocks.RichTextSection([slackblocks.RichText("a")])])
SB_AXES = slackblocks.AxisConfig(["Mon", "Tue"], "day", "sent")
SB_SERIES = [
    slackblocks.DataSeries("s", [slackblocks.DataPoint("Mon", 1), slackblocks.DataPoint("Tue", 2)])
]
BY_SLACKBLOCKS = [
    slackblocks.SectionBlock("*x*"),
    slackblocks.HeaderBlock("Head"),
    slackblocks.DividerBlock(),
    slackblocks.ContextBlock([slackblocks.Text("x")]),
    slackblocks.ImageBlock("https://a.b/c.png", alt_text="c"),
    slackblocks.ActionsBlock([slackblocks.Button("Go", "a", value="v")]),
    slackblocks.MarkdownBlock("# x"),
    SB_TEXT,
    slackblocks.TableBlock([[slackblocks.RawText("a")]]),
    slackblocks.DataTableBlock([RAW, RAW], "caption"),
    slackblocks.DataVisualizationBlock(
        "t", slackblocks.PieChart([slackblocks.ChartSegment("a", 1)])
    ),
    slackblocks.DataVisualizationBlock("t", slackblocks.BarChart(SB_SERIES, SB_AXES)),
    slackblocks.DataVisualizationBlock("t", slackblocks.AreaChart(SB_SERIES, SB_AXES)),
    slackblocks.DataVisualizationBlock("t", slackblocks.LineChart(SB_SERIES, SB_AXES)),
    SB_CARD,
    slackblocks.CarouselBlock([SB_CARD]),
    slackblocks.ContainerBlock([slackblocks.SectionBlock("x")], title="t"),
    slackblocks.TaskCardBlock("1", "t", details=SB_TEXT, status="complete"),
    slackblocks.PlanBlock("t", [slackblocks.TaskCardBlock("1", "t", status="pending")]),
]


def rendered(block: Any) -> Json:
    return dict(json.loads(json.dumps(block._resolve())))


@pytest.mark.parametrize("block", BY_SLACKBLOCKS, ids=lambda block: str(block.type.value))
def test_what_the_other_library_builds_has_no_fault(block: Any) -> None:
    assert check_blocks([rendered(block)], MESSAGE) == []


def test_the_other_library_has_judged_every_block_of_a_message() -> None:
    assert {rendered(block)["type"] for block in BY_SLACKBLOCKS} == set(ALLOWED[MESSAGE])
