"""Reading columns of a TSV file, and what is wrong with files that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from codilingua.errors import SourceError
from codilingua.tables import read_columns


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.tsv"


def test_columns_in_the_order_asked_for(path: Path) -> None:
    path.write_text("a\tb\tc\n1\t 2 \t\n\n3\t4\t5\n", "utf-8")
    assert list(read_columns(path, ("b", "a"))) == [(2, ("2", "1")), (4, ("4", "3"))]


def test_a_line_separator_in_a_text_ends_no_line(path: Path) -> None:
    path.write_text("a\tb\nx\u2028y\t2\r\n", "utf-8")
    assert list(read_columns(path, ("a",))) == [(2, ("x y",))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n1\n", "no column 'b': found 'a'"),
        ("a\tb\n1\n", r":2: 1 cells where the header has 2"),
        ("a\tb\n1\t \n", ":2: empty b"),
        ("", "the file is empty"),
    ],
)
def test_what_is_wrong(path: Path, text: str, said: str) -> None:
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=said):
        list(read_columns(path, ("a", "b")))


def test_files_that_are_not_there_or_not_text(path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        list(read_columns(path, ("a",)))
    path.write_bytes(b"a\n\xff\n")
    with pytest.raises(SourceError, match="not UTF-8"):
        list(read_columns(path, ("a",)))
