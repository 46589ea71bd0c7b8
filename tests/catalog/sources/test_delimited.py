"""CSV and TSV: columns, delimiters, encodings, and every way in which a row can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from codilingua.catalog.sources.delimited import Columns, read_delimited
from codilingua.catalog.sources.drafts import Draft
from codilingua.catalog.sources.shapes import with_icd_parents
from codilingua.errors import SourceError, UsageError
from codilingua.types import Kind

DATA = Path(__file__).parents[2] / "data" / "sources"
SPANISH = Columns(code="CÓDIGO", title="descripción", parent="Padre", billable="facturable")


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "codes.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_columns_are_found_by_name_in_any_case_and_the_delimiter_by_the_header() -> None:
    content = read_delimited(DATA / "cie10es.csv", SPANISH, lang="es", edition="edición")
    assert content.edition == "2026"
    assert content.lang == "es"
    first, *_, last = content.drafts
    assert (first.code, first.parent, first.line, first.billable) == ("1", None, 2, False)
    assert (last.code, last.parent, last.line, last.billable) == ("E11.9", "E11", 10, True)
    assert content.drafts[4].texts[0].text == "Cólera, no especificado"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_with_or_without_byte_order_mark(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = write(tmp_path, f"code{delimiter}title\nA00{delimiter}Cólera\n", encoding)
    (draft,) = read_delimited(path, lang="es").drafts
    assert (draft.code, draft.texts[0].text) == ("A00", "Cólera")


def test_a_given_delimiter_wins_over_the_sniffed_one(tmp_path: Path) -> None:
    path = write(tmp_path, "code~title\nA00~Cholera, classic\n")
    assert read_delimited(path, lang="en", delimiter="~").drafts[0].texts[0].text == "Cholera, classic"
    with pytest.raises(SourceError, match="no column 'code': found 'code~title'"):
        read_delimited(path, lang="en")


def test_lines_are_those_of_the_file_also_after_blank_lines_and_breaks_inside_quotes(tmp_path: Path) -> None:
    path = write(tmp_path, 'code,title\r\n\r\nA00,"Cholera\r\nof old"\r\nA01,Typhoid\r\n,\r\n')
    drafts = read_delimited(path, lang="en").drafts
    assert [(draft.line, draft.texts[0].text) for draft in drafts] == [(3, "Cholera of old"), (5, "Typhoid")]


def test_without_a_parent_column_icd_codes_imply_parents(tmp_path: Path) -> None:
    codes = ["I", "A00-B99", "A00-A09", "A00", "A0001", "A00.0", "B99.9", "E11", "Z"]
    path = write(tmp_path, "code,title\n" + "".join(f"{code},x\n" for code in codes))
    content = read_delimited(path, lang="en")
    assert {draft.code: draft.parent for draft in content.drafts} == {
        "I": None,
        "A00-B99": None,
        "A00-A09": "A00-B99",
        "A00": "A00-A09",
        "A0001": "A00.0",
        "A00.0": "A00",
        "B99.9": "A00-B99",
        "E11": None,
        "Z": None,
    }
    assert content.drafts[0].kind is Kind.CHAPTER
    assert "derived" in content.remarks[0]


def test_a_parent_column_is_never_overruled(tmp_path: Path) -> None:
    path = write(tmp_path, "code,title,parent\nA00,x,\nA00.1,y,\n")
    assert [draft.parent for draft in read_delimited(path, lang="en").drafts] == [None, None]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("code,name\nA00,x\n", 1, "no column 'title': found 'code', 'name'"),
        ("code,title,code\nA00,x,y\n", 1, "comes twice"),
        ("code,title\nA00,x\n ,y\n", 3, "empty code"),
        ("code,title\nA00,x\nA01,\u200b\n", 3, "empty title of code A01"),
        ("code,title\nA00,x\nA01,y,z\n", 3, "3 cells where the header has 2"),
        ('code,title\nA00,x\nA01,"y\n', 3, "cannot be split into cells"),
        ("code,title,language\nA00,x,en\nA01,y,Spanish\n", 3, "'Spanish' is not a language tag"),
        ("code,title,language\nA00,x,en\nA01,y,\n", 3, "pass --lang"),
        ("code,title,language,origin\nA00,x,en,best\n", 2, "unknown origin 'best'"),
        ("code,title,language,billable\nA00,x,en,maybe\n", 2, "billable is 'maybe'"),
        ("code,title,language,kind\nA00,x,en,blob\n", 2, "unknown kind 'blob'"),
        ("code,title,language,edition\nA00,x,en,1\nA01,x,en,2\n", 3, "'2' here and '1' at line 2"),
        ("code,title\n", None, "a header but no rows"),
        ("", None, "empty"),
        (" \n\n", None, "empty"),
        ("code,title\nA00,\0\n", None, "binary"),
    ],
)
def test_a_wrong_file_is_named_with_line_and_reason(
    tmp_path: Path, text: str, line: int | None, reason: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SourceError, match=reason) as caught:
        read_delimited(path, lang="" if "language" in text else "en")
    assert (caught.value.path, caught.value.line) == (path, line)
    assert "\n" not in str(caught.value)


def test_a_wrong_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "code,title\nA00,x\nA01,fièvre\n", "latin-1")
    with pytest.raises(SourceError, match=r"not UTF-8 \(byte 0xE8\)") as caught:
        read_delimited(path, lang="fr")
    assert caught.value.line == 3
    with pytest.raises(SourceError, match="UTF-16"):
        read_delimited(write(tmp_path, "code,title\nA00,x\n", "utf-16"), lang="fr")


def test_a_name_that_is_given_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no column 'father'"):
        read_delimited(write(tmp_path, "code,title\nA00,x\n"), Columns(parent="father"), lang="en")


def test_the_language_must_be_said_somewhere(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no language column: pass --lang"):
        read_delimited(write(tmp_path, "code,title\nA00,x\n"))


def test_a_delimiter_is_one_character(tmp_path: Path) -> None:
    path = write(tmp_path, "code\ttitle\nA00\tx\n")
    assert len(read_delimited(path, lang="en", delimiter="tab").drafts) == 1
    with pytest.raises(UsageError, match="not one character"):
        read_delimited(path, lang="en", delimiter="::")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_delimited(tmp_path / "nothing.csv", lang="en")
    with pytest.raises(SourceError, match="cannot be read"):
        read_delimited(tmp_path, lang="en")


def test_sections_of_any_letter_contain_their_categories() -> None:
    drafts = [Draft(code, 1, (), None) for code in ("QA0-QA0", "C00-D49", "C7A-C7A", "C7A", "C7A.0")]
    parents = [draft.parent for draft in with_icd_parents(drafts)]
    assert parents == [None, None, "C00-D49", "C7A-C7A", "C7A"]
