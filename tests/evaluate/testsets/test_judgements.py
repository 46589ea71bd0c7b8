"""The TSV form of a test set: what is read, what is wrong with a row or a file, and the way back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import SourceError, UsageError
from codilingua.evaluate.testsets.judgements import KnownCodes, read_judgements, write_judgements
from codilingua.evaluate.testsets.sets import BadRow
from codilingua.search.query import MAX_CHARACTERS
from codilingua.types import Judgement


@pytest.fixture(scope="module")
def catalog() -> Iterator[Catalog]:
    with Catalog.open(Assets.shipped().catalog) as opened:
        yield opened


def write(folder: Path, text: str | bytes, name: str = "mine.tsv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


HEADER = "query\tcodes\tlang\n"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_keep_what_the_file_says_with_lines(
    tmp_path: Path, catalog: Catalog, mark: bytes, end: str
) -> None:
    rows = [
        "Query\tCODES\tlang\tlevel\tgroup\tWard\tbed",
        'tos "seca"\t R05.3 | R05.9|R05.3\tes\t\tnote-1\tA 1\t',
        "",
        "torça\tJ18\tCA\tcategory\t\t\t7",
        "mal de tête\tG44.1\tfr\texact\tnote-2\t\t",
    ]
    data = mark + end.join(rows).encode()
    spanish, catalan, french = read_judgements(write(tmp_path, data), catalog)
    assert [found.name for found in (spanish, catalan, french)] == ["mine-es", "mine-ca", "mine-fr"]
    assert spanish.judgements == (
        Judgement('tos "seca"', ("R05.3", "R05.9"), "es", "exact", "note-1", {"Ward": "A 1"}, 2),
    )
    assert catalan.judgements == (Judgement("torça", ("J18",), "ca", "category", None, {"bed": "7"}, 4),)
    assert french.judgements[0].line == 5
    assert french.writer == "people"
    assert not french.bad_rows
    assert french.files == (("mine.tsv", hashlib.sha256(data).hexdigest()),)


def test_one_language_keeps_the_name_of_the_file(tmp_path: Path, catalog: Catalog) -> None:
    (found,) = read_judgements(write(tmp_path, HEADER + "cough\tR05.9\ten\n"), catalog)
    assert (found.name, found.lang) == ("mine", "en")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("cough\tR05.9", "2 cells where the header has 4: check the tabs"),
        ("cough\tR05.9\ten\texact\tmore", "5 cells where the header has 4: check the tabs"),
        ("\u200b \tR05.9\ten\t", "the query is empty"),
        ("cough\tR05.9\tde\t", "language 'de' is none of en, es, ca, it, pt, fr"),
        ("cough\tR05.9\t\t", "language '' is none of en, es, ca, it, pt, fr"),
        ("cough\tR05.9\ten\tchapter", "level 'chapter' is none of exact, category"),
        ("cough\t | \ten\t", "the row has no code"),
        ("cough\tE14.9|cough\ten\t", "no code of 'E14.9|cough' has its category in the catalog"),
        ("cough\tA00-A09\ten\t", "no code of 'A00-A09' has its category in the catalog"),
        ("A37.0\tdry cough\ten\t", "no code of (9 characters, not shown) has its category in the catalog"),
        ("A37.0\tA37\tdry cough\t", "language (9 characters, not shown) is none of en, es, ca, it, pt, fr"),
        ("cough\t10\ten\t", "no code of '10' has its category in the catalog"),
    ],
)
def test_a_bad_row_has_its_line_and_reason_and_the_rest_goes_on(
    tmp_path: Path, catalog: Catalog, row: str, reason: str
) -> None:
    text = f"query\tcodes\tlang\tlevel\ngood\tR05.9\ten\t\n{row}\nalso good\tR05.9\ten\t\n"
    (found,) = read_judgements(write(tmp_path, text), catalog)
    assert [judgement.line for judgement in found.judgements] == [2, 4]
    assert found.bad_rows == (BadRow(3, reason),)


def test_bad_rows_stand_with_their_language_or_with_the_first_set(tmp_path: Path, catalog: Catalog) -> None:
    text = HEADER + "cough\tR05.9\ten\ntos\tR05.9\tes\ntos\tE14\tes\nHusten\tR05.9\tde\n"
    english, spanish = read_judgements(write(tmp_path, text), catalog)
    assert [bad.line for bad in english.bad_rows] == [5]
    assert [bad.line for bad in spanish.bad_rows] == [4]


@pytest.mark.parametrize("query", ["?!", "咳嗽", "x" * (MAX_CHARACTERS + 1)])
def test_what_no_system_can_read_is_scored_all_the_same(tmp_path: Path, catalog: Catalog, query: str) -> None:
    (found,) = read_judgements(write(tmp_path, f"{HEADER}{query}\tR05.9\ten\n"), catalog)
    assert found.judgements[0].query == query
    assert not found.bad_rows


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("S22.49XA", True),
        ("s2249xa", True),
        ("F01.1", True),  # retired: its category is there
        ("E10.3†", True),
        ("I84", False),  # a WHO category that the modification does not have
        ("A00-A09", False),
        ("19", False),
        ("Zoster", False),
        ("", False),
    ],
)
def test_a_code_is_known_by_itself_or_by_its_category(catalog: Catalog, code: str, known: bool) -> None:
    assert KnownCodes(catalog).knows(code) is known


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (HEADER, "a header but no rows"),
        (
            "query,codes,lang\ncough,R05.9,en\n",
            r"1: no column 'query' in the header: found 'query,codes,lang'",
        ),
        ("query\tcode\tlang\ncough\tR05.9\ten\n", r"1: no column 'codes' in the header"),
        ("query\tcodes\tlang\t\ncough\tR05.9\ten\t\n", r"1: column 4 has no name"),
        ("query\tcodes\tlang\tQuery\n", r"1: column 'query' comes twice"),
        (HEADER + "cough\tE14\ten\n", r"2: no row can be scored: no code of 'E14'"),
        (HEADER.encode() + b"c\xf3\tR05.9\tes\n", r"2: not UTF-8 \(byte 0xF3\)"),
    ],
)
def test_a_file_that_is_no_test_set_is_refused(
    tmp_path: Path, catalog: Catalog, text: str | bytes, reason: str
) -> None:
    with pytest.raises(SourceError, match=reason) as raised:
        read_judgements(write(tmp_path, text), catalog)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_judgements(tmp_path / "none.tsv", catalog)
    with pytest.raises(SourceError, match="cannot be read"):
        read_judgements(tmp_path, catalog)


def test_what_is_written_is_read_back_but_for_lines(tmp_path: Path, catalog: Catalog) -> None:
    judgements = [
        Judgement('una "tos" rara', ("R05.3", "R05.9"), "es", "exact", "doc 1", {"a": "x", "b": "y"}, 90),
        Judgement("tos\u2028férina", ("A37",), "es", "category", None, {"c": "z"}, 91),
        Judgement("tos", ("A37.90",), "es", line=92),
    ]
    path = tmp_path / "out.tsv"
    write_judgements(path, judgements)
    (found,) = read_judgements(path, catalog)
    assert [replace(judgement, line=0) for judgement in found.judgements] == [
        replace(judgement, line=0) for judgement in judgements
    ]
    assert [judgement.line for judgement in found.judgements] == [2, 3, 4]


@pytest.mark.parametrize(
    ("judgement", "reason"),
    [
        (Judgement("a\tb", ("A37",), "es"), "tabs and line breaks divide"),
        (Judgement("a", ("A37",), "es", group="x\ny"), "tabs and line breaks divide"),
        (Judgement("a", ("A37|A38",), "es"), "joins codes with"),
        (Judgement("a", ("A37",), "es", slices={"Level": "x"}), "slice named 'Level'"),
    ],
)
def test_what_the_form_cannot_hold_is_not_written(tmp_path: Path, judgement: Judgement, reason: str) -> None:
    path = tmp_path / "out.tsv"
    with pytest.raises(UsageError, match=reason):
        write_judgements(path, [judgement])
    assert not path.exists()


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_judgements(tmp_path / "none" / "out.tsv", [])


def test_the_example_in_the_documentation_is_a_test_set(tmp_path: Path, catalog: Catalog) -> None:
    page = (Path(__file__).parents[3] / "docs" / "corpora.md").read_text("utf-8")
    example = page.split("```\n")[1]
    sets = read_judgements(write(tmp_path, example), catalog)
    assert {found.lang for found in sets} == {"en", "es", "it"}
    assert not any(found.bad_rows for found in sets)
