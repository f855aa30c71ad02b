"""app.yaml is read as text, bounded, with lines, and without YAML's surprises."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings.document import DEEPEST, LARGEST_BYTES, Document, read_document
from bot.settings.faults import Fault, Problem
from bot.settings.places import Mark

Write = Callable[[str | bytes], Path]


def read(path: Path) -> Document:
    document, faults = read_document(path)
    assert faults == []
    assert document is not None
    return document


def refusal(path: Path) -> Fault:
    document, faults = read_document(path)
    assert document is None
    return faults[0]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("12", 12),
        ("-3", -3),
        ("1.5", 1.5),
        ("'12'", "12"),
        ('"true"', "true"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("0x10", "0x10"),
        ("010", "010"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        (".inf", ".inf"),
        ("1e400", "1e400"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_only_core_words_and_plain_numbers_are_values(
    write: Write, written: str, value: object
) -> None:
    assert read(write(f"key: {written}\n")).data == {"key": value}


def test_every_key_and_item_has_its_line_and_column(write: Write) -> None:
    document = read(write("# hello\na:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n"))
    assert document.data == {"a": {"b": 1, "c": ["x", {"d": 2}]}}
    assert document.marks == {
        ("a",): Mark(2, 1),
        ("a", "b"): Mark(3, 3),
        ("a", "c"): Mark(4, 3),
        ("a", "c", 0): Mark(5, 7),
        ("a", "c", 1): Mark(6, 7),
        ("a", "c", 1, "d"): Mark(6, 8),
    }


def test_what_stands_nowhere_is_marked_by_what_is_around_it(write: Write) -> None:
    document = read(write("a:\n  b: 1\n"))
    assert document.mark(("a", "x", 3)) == Mark(1, 1)
    assert document.mark(("x",)) is None


@pytest.mark.parametrize("content", ["", "# only a comment\n", "---\n", "\ufeff"])
def test_an_empty_file_is_an_empty_mapping(write: Write, content: str) -> None:
    assert read(write(content)).data == {}


@pytest.mark.parametrize(
    ("content", "problem", "line"),
    [
        ("a: &x 1\n", Problem.ALIAS, 1),
        ("a: 1\nb: *a\n", Problem.ALIAS, 2),
        ("&x a: 1\n", Problem.ALIAS, 1),
        ("a: !!python/object/apply:os.system ['true']\n", Problem.TAG, 1),
        ("a: 1\nb: !!str 1\n", Problem.TAG, 2),
        ("a: 1\n---\nb: 2\n", Problem.SECOND_DOCUMENT, 2),
        ("- a\n- b\n", Problem.NOT_A_MAPPING, 1),
        ("just words\n", Problem.NOT_A_MAPPING, 1),
        ("? [a]\n: b\n", Problem.KEY_NOT_TEXT, 1),
        ("a: 1\n b: 2\n", Problem.NOT_YAML, 2),
        ("a: [1\n", Problem.NOT_YAML, 2),
        ("a:\n\t- b\n", Problem.NOT_YAML, 2),
        ("roles:\n  requester: [@sms]\n", Problem.NEEDS_QUOTES, 2),
        ("a: " + "[" * (DEEPEST + 5), Problem.TOO_DEEP, 1),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(
    write: Write, content: str, problem: Problem, line: int
) -> None:
    fault = refusal(write(content))
    assert (fault.problem, fault.line) == (problem, line)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a: \xff\xfe\n", Problem.NOT_TEXT),
        (b"a: \x00\n", Problem.NOT_YAML),
        (b'a: "\\ud800"\n', Problem.NOT_YAML),
        (b'a: "x\\0y"\n', Problem.NOT_YAML),
        (b'a: "\\UFFFFFFFF"\n', Problem.NOT_YAML),
        (b"#" * (LARGEST_BYTES + 1), Problem.TOO_LARGE),
    ],
)
def test_what_is_no_bounded_text_is_refused(write: Write, content: bytes, problem: Problem) -> None:
    assert refusal(write(content)).problem == problem


def test_a_file_of_the_largest_size_is_read(write: Write) -> None:
    assert read(write(b"a: 1\n" + b"#" * (LARGEST_BYTES - 5))).data == {"a": 1}


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_what_is_no_file_is_refused_with_its_name(tmp_path: Path, name: str) -> None:
    fault = refusal(tmp_path / name)
    assert fault.problem == Problem.UNREADABLE
    assert fault.key == (tmp_path / name).name


def test_a_doubled_key_keeps_its_first_value_and_names_both_lines(write: Write) -> None:
    document, faults = read_document(write("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n"))
    assert document is not None
    assert document.data == {"a": 1, "b": {"c": 1}}
    assert [(fault.key, fault.line, fault.values) for fault in faults] == [
        ("b.c", 4, {"first_line": 3}),
        ("a", 5, {"first_line": 1}),
    ]
    assert {fault.problem for fault in faults} == {Problem.DUPLICATE_KEY}


@pytest.mark.parametrize("written", ["null", "~", "", "#sms"])
def test_a_key_without_a_value_is_told_and_left_out(write: Write, written: str) -> None:
    document, faults = read_document(write(f"a: 1\nb: {written}\n"))
    assert document is not None
    assert document.data == {"a": 1}
    assert [(fault.key, fault.problem, fault.line) for fault in faults] == [("b", Problem.EMPTY, 2)]


def test_an_override_of_none_leaves_the_key_out(write: Write) -> None:
    assert read(write("a: 1\nb: {c: 1, d: 2}\n")).replaced({"a": None, "b.c": None}).data == {
        "b": {"d": 2}
    }


def test_overrides_replace_add_and_lose_their_line(write: Write) -> None:
    document = read(write("a: 1\nb:\n  - c: 2\nd: words\n")).replaced(
        {"a": 9, "b.0.c": Path("/x"), "new.deep": (1, 2), "d.e": 3, "b.7.c": 4}
    )
    assert document.data == {"a": 9, "b": [{"c": "/x"}], "d": "words", "new": {"deep": [1, 2]}}
    assert ("a",) not in document.marks
    assert document.mark(("b", 0, "c")) == Mark(3, 5)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_the_file_holds_reading_it_ends_in_a_value(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.yaml"
    path.write_bytes(content)
    document, faults = read_document(path)
    assert (document is not None) or faults
