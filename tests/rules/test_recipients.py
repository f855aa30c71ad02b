"""Rows of a list: which column is what is never guessed, and the quick ways give what the slow ones
give.
"""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import segments, templates
from bot.rules.classes import TemplateClass
from bot.rules.numbers import Number, read_number
from bot.rules.recipients import (
    PLAIN_NUMBER,
    BadRow,
    CheckFault,
    HiddenRow,
    Layout,
    MessagePlan,
    OddCell,
    Recipient,
    RowReader,
    WholeFault,
    column_letter,
    is_first_row,
    is_plain,
    read_layout,
    row_reasons,
)
from bot.rules.sending import SendReason

NUMBER = "13800000001"


def plan(
    content: str = "订单{1}，{2}到",
    *,
    class_: TemplateClass = TemplateClass.NOTICE,
    common: dict[int, str] | None = None,
    columns: dict[int, str] | None = None,
    mainland: bool = True,
) -> MessagePlan:
    def place_fault(number: Number) -> SendReason | None:
        return None if number.is_mainland is mainland else SendReason.MAINLAND_ONLY

    return MessagePlan(content, class_, "腾讯云", place_fault, common or {}, columns or {})


def layout(*header: str, of: MessagePlan | None = None) -> Layout | WholeFault:
    return read_layout(header, of or plan())


def read(*cells: str, of: MessagePlan | None = None) -> Recipient | BadRow:
    """A row under the header ``phone, 1, 2``."""
    found = layout("phone", "1", "2", of=of)
    assert isinstance(found, Layout)
    return RowReader(found, of or plan()).read(7, cells)


def must_layout() -> Layout:
    found = layout("phone", "1", "2")
    assert isinstance(found, Layout)
    return found


def reason(*cells: str, of: MessagePlan | None = None) -> tuple[str, str, str]:
    bad = read(*cells, of=of)
    assert isinstance(bad, BadRow)
    assert bad.file_row == 7
    return bad.reason, bad.field, bad.cell


@pytest.mark.parametrize(
    "name",
    [
        "phone",
        " Phone ",
        "PHONE_NUMBER",
        "手机号",
        "手机 号码",
        "Mobile No.",
        "ｐｈｏｎｅ",
        "电话：",
        "number",
    ],
)
def test_a_phone_column_is_known_by_its_name(name: str) -> None:
    found = layout("2", name, "{1}")
    assert isinstance(found, Layout)
    assert (found.phone, found.fed) == (1, {1: 2, 2: 0})


@pytest.mark.parametrize(
    "name", ["1", "{1}", "｛1｝", "变量1", "变量 1", "param_1", "Var1", "订单 {1}", "{1} order"]
)
def test_a_column_feeds_the_variable_it_is_called_after(name: str) -> None:
    found = layout("phone", "remark", name, "2")
    assert isinstance(found, Layout)
    assert found.fed == {1: 2, 2: 3}
    assert found.ignored == ("remark",)


def test_a_number_column_counts_where_no_column_is_called_phone() -> None:
    found = layout("number", "mobile", "1", "2")
    assert isinstance(found, Layout)
    assert found.phone == 1


@pytest.mark.parametrize(
    ("header", "fault", "quoted"),
    [
        (("name", "1", "2"), CheckFault.NO_PHONE_COLUMN, "name, 1, 2"),
        (("phone", "mobile", "1", "2"), CheckFault.SEVERAL_PHONE_COLUMNS, "phone, mobile"),
        (("phone", "name", "time"), CheckFault.MISSING_COLUMNS, "phone, name, time"),
        (("phone", "1"), CheckFault.MISSING_COLUMNS, "phone, 1"),
        (("phone", "1", "{1}", "2"), CheckFault.COLUMN_TWICE, None),
        ((NUMBER, "a", "b"), CheckFault.NO_HEADER, None),
        (("张三", NUMBER), CheckFault.NO_PHONE_COLUMN, "张三, +86 138****0001"),
    ],
)
def test_nothing_is_guessed(header: Sequence[str], fault: CheckFault, quoted: str | None) -> None:
    found = layout(*header)
    assert isinstance(found, WholeFault)
    assert (found.reason, found.values.get("found")) == (fault, quoted)


def test_what_a_missing_column_should_be_called_is_said() -> None:
    found = layout("phone", "name")
    assert isinstance(found, WholeFault)
    assert found.values["missing"] == "{1}, {2}"


def test_the_sender_may_name_a_column_and_type_a_value_for_all() -> None:
    of = plan(columns={1: "订单号"}, common={2: "明天"})
    found = layout("手机号", "订单 号", of=of)
    assert isinstance(found, Layout)
    row = RowReader(found, of).read(2, [NUMBER, "007"])
    assert isinstance(row, Recipient)
    assert row.filled.text == "【腾讯云】订单007，明天到"
    missing = layout("手机号", "订单", of=of)
    assert isinstance(missing, WholeFault)
    assert missing.reason is CheckFault.NO_SUCH_COLUMN


def test_a_column_goes_before_the_value_for_all_even_where_it_is_empty() -> None:
    of = plan(common={1: "A1", 2: "明天"})
    assert reason(NUMBER, "B2", "", of=of) == ("values.empty", "C", "")


def test_a_list_of_numbers_alone_needs_no_header() -> None:
    of = plan("您好")
    assert layout(NUMBER, "x", of=of) == Layout(0, 2, has_header=False)
    assert is_first_row([NUMBER])
    assert is_first_row(["x", "手机"])
    assert not is_first_row(["x", NUMBER])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("1.38E+10", "a", "b"), ("number.scientific_notation", "A", "1.38E+10")),
        (("", "a", "b"), ("number.empty", "A", "")),
        ((), ("number.empty", "A", "")),
        (("021-55555555", "a", "b"), ("number.landline", "A", "021-55555555")),
        (("=cmd|x", "a", "b"), ("number.formula", "A", "=cmd|x")),
        (("+6591234567", "a", "b"), ("place.mainland_only", "A", "+65 91****67")),
        ((NUMBER, "a"), ("values.empty", "C", "")),
        ((NUMBER, "a", "x" * 13), ("values.too_long", "C", "x" * 13)),
        ((NUMBER, "a\nb", "c"), ("values.line_break", "B", "a\nb")),
        ((NUMBER, "a.com", "c"), ("values.url", "B", "a.com")),
        ((NUMBER, "a", "b", "c"), ("row.extra_cells", "D", "c")),
        ((NUMBER, OddCell("46349"), "b"), ("row.cell_format", "B", "46349")),
    ],
)
def test_a_row_that_is_no_message_says_why_and_where(
    cells: tuple[str, ...], expected: tuple[str, str, str]
) -> None:
    assert reason(*cells) == expected
    assert expected[0] in row_reasons()


def test_a_row_nobody_sees_is_no_message() -> None:
    hidden = HiddenRow((NUMBER, "a", "b"))
    found = RowReader(must_layout(), plan()).read(7, hidden)
    assert found == BadRow(7, "row.hidden", "", "")
    assert found.reason in row_reasons()


def test_a_row_may_be_filled_up_with_empty_cells() -> None:
    row = read(NUMBER, "007", " b ", "", " ")
    assert isinstance(row, Recipient)
    assert (row.e164, row.filled.values) == ("+86" + NUMBER, ("007", "b"))


def test_a_text_longer_than_tencent_takes_is_told_by_row() -> None:
    assert reason(NUMBER, "a", "b", of=plan("长" * 500 + "{1}{2}"))[0] == "values.text_too_long"


def test_a_code_typed_with_wide_digits_is_the_same_code() -> None:
    of = plan("验证码{1}，{2}分钟", class_=TemplateClass.OTP)
    row = read(NUMBER, "１２３４", "5", of=of)
    assert isinstance(row, Recipient)
    assert row.filled.values == ("1234", "5")


def test_a_message_abroad_has_no_signature() -> None:
    row = read("+6591234567", "a", "b", of=plan(mainland=False))
    assert isinstance(row, Recipient)
    assert row.filled.text == "订单a，b到"
    assert reason(NUMBER, "a", "b", of=plan(mainland=False))[0] == "place.mainland_only"


@given(st.one_of(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=14)))
def test_a_plain_number_is_what_the_reader_of_numbers_makes_of_it(text: str) -> None:
    if PLAIN_NUMBER.fullmatch(text):
        assert read_number(text) == Number("+86" + text, "CN", is_mainland=True)
    row = RowReader(Layout(0, 1, has_header=False), plan("您好")).read(1, [text])
    number = read_number(text)
    if isinstance(row, Recipient):
        assert isinstance(number, Number)
        assert number.e164 == row.e164
    else:
        assert not isinstance(number, Number) or not number.is_mainland


VALUE = st.one_of(
    st.text(max_size=14),
    st.text("0123456789abzAZ_- .:/中国公司一鿿\u4e00\u9fff", max_size=14),
    st.from_regex(r"[0-9]{1,7}", fullmatch=True),
)


@given(VALUE, st.sampled_from(TemplateClass), st.sampled_from([None, 6, 12]))
def test_a_plain_value_has_no_fault(value: str, class_: TemplateClass, longest: int | None) -> None:
    if is_plain(value, class_, longest):
        assert templates.check_values(class_, "{1}", (value,), longest=longest) == ()


@given(
    VALUE, VALUE, st.sampled_from(["{1}{2}", "{2}，{1}", "a{1}b{1}c{2}", "{2}{10}"]), st.booleans()
)
def test_a_text_is_filled_counted_and_judged_as_everywhere_else(
    first: str, second: str, content: str, mainland: bool
) -> None:
    of = plan(content, mainland=mainland)
    header = ["phone", *(str(n) for n in templates.variables_of(content))]
    found = read_layout(header, of)
    assert isinstance(found, Layout)
    number = NUMBER if mainland else "+6591234567"
    row = RowReader(found, of).read(2, [number, first, second])
    values = tuple(value.strip(" \t\u00a0\u3000") for value in (first, second))
    faults = templates.check_values(of.class_, content, values)
    if isinstance(row, BadRow):
        assert row.reason == f"values.{faults[0].reason.value}"
        return
    body = templates.fill(content, values)
    text = f"【腾讯云】{body}" if mainland else body
    length = segments.count(text, international=not mainland)
    assert faults == ()
    assert (row.filled.text, row.filled.values) == (text, values)
    assert (row.filled.characters, row.filled.segments) == (length.characters, length.segments)


@given(st.lists(st.text(max_size=10), max_size=5), st.lists(st.text(max_size=10), max_size=6))
def test_no_header_and_no_row_break_the_reader(header: list[str], cells: list[str]) -> None:
    of = plan("订单{1}")
    found = read_layout(["phone", *header], of)
    if isinstance(found, Layout):
        assert RowReader(found, of).read(2, cells)


@pytest.mark.parametrize(
    ("column", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_have_the_letters_a_spreadsheet_gives_them(column: int, letter: str) -> None:
    assert column_letter(column) == letter


@pytest.mark.parametrize("cell", [NUMBER, "138 0000 0001", "1380000000112", "x" * 20 + NUMBER])
def test_a_number_where_a_header_should_be_is_not_shown(cell: str) -> None:
    found = layout("姓名", cell)
    assert isinstance(found, WholeFault)
    said = str(found.values["found"])
    assert "姓名" in said
    assert "0000" not in said.replace(" ", "")
