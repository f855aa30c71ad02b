"""What a row of a list of recipients says: which column is the number, which one feeds which
variable, and whether a row is a message.

Nothing is guessed that could send a wrong text: a column feeds a variable because it is called
after it (``1``, ``{1}``, ``变量1``, ``name {1}``) or because the sender named it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.rules import segments, sending, templates
from bot.rules.classes import TemplateClass
from bot.rules.limits import MAINLAND_COUNTRY
from bot.rules.numbers import BadNumber, Number, NumberFault, cover_all, mask, read_number
from bot.rules.sending import SendReason
from bot.rules.templates import OTP_VALUE, VARIABLE, ValueReason

PHONE_NAMES = frozenset(
    re.findall(
        r"\w+",
        "phone phones phonenumber phoneno mobile mobiles mobilenumber mobileno mobilephone cell "
        "cellphone cellnumber tel telephone telephonenumber msisdn 手机 手机号 手机号码 "
        "电话 电话号码 联系电话 移动电话 手機 手機號 手機號碼 電話 電話號碼 联系方式",
    )
)
#: Names that a number column may have, and other columns too: they count where no other does.
WEAK_NAMES = frozenset(("number", "numbers", "recipient", "recipients", "号码", "號碼"))
BLANKS = re.compile(r"[\s_\-.:：*#]+")
NUMBERED = re.compile(
    r"(?:变量|變量|参数|參數|variable|var|param|parameter|value)?\{?([1-9][0-9]?)\}?"
)
# As `read_number` takes it in the mainland, and by far the most of them.
PLAIN_NUMBER = re.compile(r"1[3-9][0-9]{9}")
# Nothing `check_values` looks for is made of these, but for the length.
PLAIN_VALUE = re.compile(r"[0-9A-Za-z_\u4e00-\u9fff-][0-9A-Za-z_ \u4e00-\u9fff-]*")
OUTER_BLANKS = " \t\u00a0\u3000"
SHOWN_COLUMNS, SHOWN_CHARACTERS = 8, 24
#: Texts that repeat are made once; so many are remembered.
REMEMBERED = 10_000


class CheckFault(StrEnum):
    """Why a whole list is refused."""

    EMPTY = "empty"
    #: A header and nothing below it.
    NO_ROWS = "no_rows"
    PICTURE = "picture"
    #: No text and no spreadsheet.
    BINARY = "binary"
    #: The Excel format before 2007.
    OLD_EXCEL = "old_excel"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    #: A spreadsheet that unpacks to far more than it should.
    TOO_HEAVY = "too_heavy"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    #: A spreadsheet with more rows than are read from one; a CSV file may have more.
    TOO_MANY_SHEET_ROWS = "too_many_sheet_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    #: A spreadsheet with something on more than one sheet.
    SEVERAL_SHEETS = "several_sheets"
    LINE_TOO_LONG = "line_too_long"
    OPEN_QUOTE = "open_quote"
    UNKNOWN_ENCODING = "unknown_encoding"
    #: Its bytes are text in more than one encoding, and nothing proves one of them.
    AMBIGUOUS_ENCODING = "ambiguous_encoding"
    AMBIGUOUS_DELIMITER = "ambiguous_delimiter"
    NO_PHONE_COLUMN = "no_phone_column"
    SEVERAL_PHONE_COLUMNS = "several_phone_columns"
    COLUMN_TWICE = "column_twice"
    #: The first row is a number already, and nothing says which column feeds which variable.
    NO_HEADER = "no_header"
    MISSING_COLUMNS = "missing_columns"
    NO_SUCH_COLUMN = "no_such_column"
    FILE_GONE = "file_gone"
    #: An address that is not Slack's.
    FILE_FOREIGN = "file_foreign"
    #: It was read in two halves, and they do not fit.
    FILE_CHANGED = "file_changed"
    UNREACHABLE = "unreachable"
    TEMPLATE_GONE = "template_gone"
    #: Something of ours broke on it.
    BROKE = "broke"


class RowFault(StrEnum):
    """Why a row is no message, where no narrower list of reasons says it."""

    #: An earlier row has the same number. That one counts.
    DUPLICATE = "duplicate"
    #: More cells than the header: a comma that was meant as text moves what is behind it.
    EXTRA_CELLS = "extra_cells"
    #: A date, a percentage, a formula without a result: what it shows is not what it holds.
    CELL_FORMAT = "cell_format"
    #: A filter or a person hid it: who looked at the list did not see it.
    HIDDEN = "hidden"


class OddCell(str):
    """What a cell of a spreadsheet holds where that is not what people see in it."""

    __slots__ = ()


class HiddenRow(list[str]):
    """The cells of a row that people do not see in their spreadsheet."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class WholeFault:
    """Why the list is refused; `values` fill its sentence and may quote the list."""

    reason: CheckFault
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no message: its reason as in `row_reasons`, the letter of its column ("" for
    the whole row), and what stands there ("" once that was deleted)."""

    file_row: int
    reason: str
    field: str
    cell: str


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What a list was found to be: the header of the number's column and of each variable's, the
    headers of columns that are not read, what the sentence of a fault quotes; and how often it
    could not be fetched, and when it is tried again."""

    phone: str = ""
    columns: Mapping[int, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    fault_values: Mapping[str, str | int] = field(default_factory=dict)
    failures: int = 0
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessagePlan:
    """What all messages share. `common` are the values that are the same for everybody, by
    variable; a column of the list goes before them. `columns` names columns, by variable.

    `place_fault` says why the template cannot go to a number.
    """

    content: str
    class_: TemplateClass
    signature: str
    place_fault: Callable[[Number], SendReason | None]
    common: Mapping[int, str] = field(default_factory=dict)
    columns: Mapping[int, str] = field(default_factory=dict)
    longest: int | None = templates.DEFAULT_LONGEST


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column is what. `fed` is variable to column, `ignored` are headers that feed nothing;
    columns count from 0."""

    phone: int
    width: int
    has_header: bool
    header: tuple[str, ...] = ()
    fed: Mapping[int, int] = field(default_factory=dict)

    @property
    def ignored(self) -> tuple[str, ...]:
        """The headers of columns that are not read, as they may be shown."""
        used = {self.phone, *self.fed.values()}
        return _shown(
            [name for at, name in enumerate(self.header) if at not in used and name.strip()]
        )


class FilledText(NamedTuple):
    """A message's text, for every row that has the same values. `joined` stands for them in the
    hash of the list."""

    values: tuple[str, ...]
    text: str
    characters: int
    segments: int
    is_mainland: bool
    joined: bytes


class Recipient(NamedTuple):
    """A row that is a message; `country` is the ISO code of its number."""

    e164: str
    filled: FilledText
    country: str


class _Cell(NamedTuple):
    """What is wrong with a row, before its number in the file is known."""

    reason: str
    column: int | None
    cell: str


def row_reasons() -> tuple[str, ...]:
    """Every reason a row can have, as stored."""
    places = (SendReason.INTERNATIONAL_OFF, SendReason.MAINLAND_ONLY, SendReason.INTERNATIONAL_ONLY)
    allowed = [each for each in SendReason if each in places or each.name == "COUNTRY_NOT_ALLOWED"]
    of_values = [each for each in ValueReason if each is not ValueReason.COUNT_MISMATCH]
    return (
        *(f"row.{each.value}" for each in RowFault),
        *(f"number.{each.value}" for each in NumberFault),
        *(f"place.{each.value}" for each in allowed),
        *(f"values.{each.value}" for each in of_values),
        f"values.{SendReason.TEXT_TOO_LONG.value}",
    )


def column_letter(column: int) -> str:
    """The name a spreadsheet gives a column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def is_first_row(cells: Sequence[str]) -> bool:
    """Whether a row, taken apart this way, can be the first one: it names a phone column or begins
    with a number."""
    return bool(_phone_columns(cells)) or (bool(cells) and _is_number(cells[0]))


def read_layout(first: Sequence[str], plan: MessagePlan) -> Layout | WholeFault:
    """Which column is what, by the first row that is not blank."""
    phones = _phone_columns(first)
    if len(phones) > 1:
        named = _shown([first[at] for at in phones])
        return WholeFault(CheckFault.SEVERAL_PHONE_COLUMNS, {"found": ", ".join(named)})
    if phones:
        return _under_header(first, phones[0], plan)
    if not first or not _is_number(first[0]):
        return WholeFault(CheckFault.NO_PHONE_COLUMN, {"found": shown_names(first)})
    missing = [each for each in templates.variables_of(plan.content) if each not in plan.common]
    if missing:
        return WholeFault(CheckFault.NO_HEADER, {"missing": _braced(missing)})
    return Layout(0, len(first), has_header=False)


class RowReader:
    """Reads rows of one list; remembers texts that repeat."""

    def __init__(self, layout: Layout, plan: MessagePlan) -> None:
        self._layout, self._plan = layout, plan
        self._variables = templates.variables_of(plan.content)
        self._sources = [
            (variable, layout.fed.get(variable), plan.common.get(variable, ""))
            for variable in self._variables
        ]
        self._texts = {side: _Texts(plan, side) for side in (True, False)}
        self._takes_mainland = plan.place_fault(Number("+8613800000000", "CN", True)) is None

    def read(self, file_row: int, cells: Sequence[str]) -> Recipient | BadRow:
        """The message of a row, or why it is none."""
        found = self._read(cells)
        if isinstance(found, Recipient):
            return found
        letter = "" if found.column is None else column_letter(found.column)
        return BadRow(file_row, found.reason, letter, found.cell)

    def _read(self, cells: Sequence[str]) -> Recipient | _Cell:
        layout = self._layout
        if isinstance(cells, HiddenRow):
            return _Cell(f"row.{RowFault.HIDDEN.value}", None, "")
        if len(cells) > layout.width and any(cell.strip() for cell in cells[layout.width :]):
            reason = f"row.{RowFault.EXTRA_CELLS.value}"
            return _Cell(reason, layout.width, cells[layout.width])
        typed = _at(cells, layout.phone)
        if PLAIN_NUMBER.fullmatch(typed) and self._takes_mainland:
            e164, country, is_mainland = "+86" + typed, MAINLAND_COUNTRY, True
        else:
            number = self._number(typed)
            if isinstance(number, _Cell):
                return number
            e164, country, is_mainland = number.e164, number.country, number.is_mainland
        values = self._values(cells)
        if isinstance(values, _Cell):
            return values
        filled = self._texts[is_mainland].fill(values)
        if isinstance(filled, FilledText):
            return Recipient(e164, filled, country)
        reason, variable = filled
        column = None if variable is None else layout.fed.get(variable)
        return _Cell(reason, column, "" if column is None else _at(cells, column))

    def _number(self, typed: str) -> Number | _Cell:
        read = read_number(typed)
        if isinstance(read, BadNumber):
            return _Cell(f"number.{read.reason.value}", self._layout.phone, typed)
        fault = self._plan.place_fault(read)
        if fault is not None:
            return _Cell(f"place.{fault.value}", self._layout.phone, mask(read.e164))
        return read

    def _values(self, cells: Sequence[str]) -> tuple[str, ...] | _Cell:
        values = []
        for _, column, common in self._sources:
            if column is None:
                values.append(common)
                continue
            cell = _at(cells, column)
            if isinstance(cell, OddCell):
                return _Cell(f"row.{RowFault.CELL_FORMAT.value}", column, cell)
            values.append(cell.strip(OUTER_BLANKS))
        return tuple(values)


class _Texts:
    """The texts of one side of the border, by the values in them."""

    def __init__(self, plan: MessagePlan, is_mainland: bool) -> None:
        self._plan, self._is_mainland = plan, is_mainland
        order = {n: at for at, n in enumerate(templates.variables_of(plan.content))}
        # Every second piece is the number of a variable.
        pieces = VARIABLE.split(plan.content)
        signed = f"【{plan.signature}】{pieces[0]}" if is_mainland else pieces[0]
        self._pieces = [signed, *pieces[2::2]]
        self._order = [order[int(number)] for number in pieces[1::2]]
        self._known: dict[tuple[str, ...], FilledText | tuple[str, int | None]] = {}

    def fill(self, values: tuple[str, ...]) -> FilledText | tuple[str, int | None]:
        """The text with `values`, or the reason and the variable that has it."""
        found = self._known.get(values)
        if found is None:
            found = self._fill(values)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[values] = found
        return found

    def _fill(self, given: tuple[str, ...]) -> FilledText | tuple[str, int | None]:
        class_ = self._plan.class_
        values = tuple([sending.as_value(class_, value) for value in given])
        fault = self._value_fault(values)
        if fault is not None:
            return fault
        parts = [self._pieces[0]]
        for at, piece in zip(self._order, self._pieces[1:], strict=True):
            parts += values[at], piece
        text = "".join(parts)
        length = segments.count(text, international=not self._is_mainland)
        if length.is_too_long:
            return f"values.{SendReason.TEXT_TOO_LONG.value}", None
        joined = "\x1f".join(values).encode()
        return FilledText(
            values, text, length.characters, length.segments, self._is_mainland, joined
        )

    def _value_fault(self, values: tuple[str, ...]) -> tuple[str, int | None] | None:
        plan = self._plan
        if all(is_plain(value, plan.class_, plan.longest) for value in values):
            return None
        faults = templates.check_values(plan.class_, plan.content, values, longest=plan.longest)
        return (f"values.{faults[0].reason.value}", faults[0].variable) if faults else None


def is_plain(value: str, class_: TemplateClass, longest: int | None) -> bool:
    """Whether `check_values` surely finds nothing in `value`; False says nothing."""
    if class_ is TemplateClass.OTP:
        return OTP_VALUE.fullmatch(value) is not None
    fits = longest is None or len(value) <= longest
    return fits and PLAIN_VALUE.fullmatch(value) is not None


def shown_names(names: Sequence[str]) -> str:
    """What columns or sheets are called, as a sentence may quote it: few, short, and no phone
    number among them."""
    return ", ".join(_shown(names))


def _at(cells: Sequence[str], column: int) -> str:
    """A cell; rows may be shorter than the header."""
    return cells[column] if column < len(cells) else ""


def _under_header(header: Sequence[str], phone: int, plan: MessagePlan) -> Layout | WholeFault:
    fed: dict[int, int] = {}
    for variable in templates.variables_of(plan.content):
        columns = _columns_of(variable, header, plan.columns.get(variable), phone)
        if len(columns) > 1:
            return WholeFault(CheckFault.COLUMN_TWICE, {"variable": variable})
        if columns:
            fed[variable] = columns[0]
        elif variable in plan.columns:
            column, found = shown_names([plan.columns[variable]]), shown_names(header)
            return WholeFault(
                CheckFault.NO_SUCH_COLUMN,
                {"column": column, "variable": variable, "found": found},
            )
    variables = templates.variables_of(plan.content)
    missing = [each for each in variables if each not in fed and each not in plan.common]
    if missing:
        return WholeFault(
            CheckFault.MISSING_COLUMNS,
            {"missing": _braced(missing), "found": shown_names(header)},
        )
    return Layout(phone, len(header), has_header=True, header=tuple(header), fed=fed)


def _columns_of(variable: int, header: Sequence[str], named: str | None, phone: int) -> list[int]:
    columns = [at for at in range(len(header)) if at != phone]
    if named is not None:
        return [at for at in columns if _plain_name(header[at]) == _plain_name(named)]
    return [at for at in columns if _variable_of(header[at]) == variable]


def _variable_of(name: str) -> int | None:
    """The variable a column is called after, or None."""
    numbered = NUMBERED.fullmatch(_plain_name(name))
    if numbered:
        return int(numbered[1])
    inside = VARIABLE.findall(unicodedata.normalize("NFKC", name))
    return int(inside[0]) if len(inside) == 1 else None


def _phone_columns(cells: Sequence[str]) -> list[int]:
    names = [_plain_name(cell) for cell in cells]
    strong = [at for at, name in enumerate(names) if name in PHONE_NAMES]
    return strong or [at for at, name in enumerate(names) if name in WEAK_NAMES]


def _plain_name(name: str) -> str:
    return BLANKS.sub("", unicodedata.normalize("NFKC", name[:200]).casefold())


def _is_number(cell: str) -> bool:
    return isinstance(read_number(cell), Number)


def _shown(names: Sequence[str]) -> tuple[str, ...]:
    """Headers as they may be shown: few, short, and no phone number among them."""
    covered = [cover_all(" ".join(name[:200].split())) for name in names[:SHOWN_COLUMNS]]
    short = [name[:SHOWN_CHARACTERS].strip() for name in covered]
    more = ("…",) if len(names) > SHOWN_COLUMNS else ()
    return (*(name for name in short if name), *more)


def _braced(variables: Sequence[int]) -> str:
    return ", ".join(f"{{{variable}}}" for variable in variables)
