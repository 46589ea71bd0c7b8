"""Training files: what is read, what is refused; and what of a test set they are found to hold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codilingua.errors import SourceError
from codilingua.evaluate.scoring.leakage import EXAMPLES, Leakage, Training, leakage, read_training
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.types import Judgement


def written(folder: Path, text: str, name: str = "train.tsv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def query_set(*rows: tuple[str, str | None]) -> QuerySet:
    judgements = (
        Judgement(query, ("I10",), "es", group=group, line=line)
        for line, (query, group) in enumerate(rows, 2)
    )
    return QuerySet("mine", "es", tuple(judgements))


def training(*rows: tuple[str, str | None]) -> Training:
    return Training(
        "train.tsv",
        tuple(text for text, _ in rows),
        (("I10",),) * len(rows),
        tuple(group for _, group in rows),
        tuple(range(2, len(rows) + 2)),
    )


def test_a_training_file_with_documents(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'doc\tcode\tmention\toffsets\r\nd1\tI10\ttensión "alta"\t1 2\r\n\r\n\tE11.9|E11.8\t azúcar \t3 4\n',
    )
    read = read_training(path)
    assert read == Training(
        "train.tsv", ('tensión "alta"', "azúcar"), (("I10",), ("E11.9", "E11.8")), ("d1", None), (2, 4)
    )


@pytest.mark.parametrize(
    "header",
    ["query\tcodes\tlang\tlevel", "Text\tCODE\tx\ty", "term\tcode\tlang\tkind", "\ufeffquery\tcode\ta\tb"],
)
def test_the_forms_of_a_header(tmp_path: Path, header: str) -> None:
    read = read_training(written(tmp_path, f"{header}\nfiebre\tR50.9\tes\texact\n"))
    assert (read.texts, read.codes, read.groups) == (("fiebre",), (("R50.9",),), (None,))


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (
            "frase\tcode\nfiebre\tR50.9\n",
            1,
            "no column query or text or mention or term: found 'frase', 'code'",
        ),
        ("query\ticd\nfiebre\tR50.9\n", 1, "no column codes or code"),
        ("query,code\nfiebre,R50.9\n", 1, "tabs between"),
        ("query\ttext\tcode\na\tb\tc\n", 1, "columns 'query' and 'text' both say it: keep one"),
        ("query\tcode\nfiebre\tR50.9\ttarde\n", 2, "3 cells where the header has 2: check the tabs"),
        ("query\tcode\nfiebre\tR50.9\n\t R50.9\n", 3, "empty text"),
        ("query\tcode\nfiebre\t |\n", 2, "empty code"),
        ("query\tcode\n", None, "a header but no rows"),
        ("", None, "empty"),
    ],
)
def test_a_bad_training_file_is_refused(tmp_path: Path, content: str, line: int | None, reason: str) -> None:
    with pytest.raises(SourceError) as raised:
        read_training(written(tmp_path, content))
    assert raised.value.line == line
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.tsv: no such file"):
        read_training(tmp_path / "none.tsv")


def test_what_is_exact_what_is_near_and_what_is_new() -> None:
    found = leakage(
        training(("Dolor torácico", "a"), ("fractura de cadera", "b"), ("DOLOR TORACICO", "c")),
        query_set(
            ("dolor toracico", "a"),
            ("Dolor Torácico", "x"),
            ("fracturas de cadera", "x"),
            ("cefalea", "y"),
            ("cadera fractura de", None),
        ),
    )
    assert found == Leakage(
        training="train.tsv",
        set_name="mine",
        rows=5,
        queries=4,
        exact_rows=2,
        exact_queries=1,
        near_rows=2,
        near_queries=2,
        documents=1,
        documents_in_set=3,
        document_rows=1,
        exact_lines=((2, 2),),
        near_lines=((4, 3), (6, 3)),
    )
    assert (found.exact_share, found.near_share) == (0.25, 0.5)


def test_documents_are_known_under_the_names_of_two_corpora() -> None:
    found = leakage(
        training(("a", "S01-2"), ("b", "es-S03.txt"), ("c", None), ("d", "es-")),
        query_set(("x", "es-S01-2"), ("y", "S03"), ("z", "s03.ann"), ("v", "S01"), ("w", None)),
    )
    assert (found.documents, found.documents_in_set, found.document_rows) == (2, 3, 3)


def test_few_examples_are_named() -> None:
    words = [f"{letter}{letter}{letter}" for letter in "abcdefghijkl"]
    found = leakage(training(*((word, None) for word in words)), query_set(*((word, None) for word in words)))
    assert found.exact_queries == 12
    assert found.exact_lines == tuple((line, line) for line in range(2, 2 + EXAMPLES))


def test_an_empty_set_shares_nothing() -> None:
    found = leakage(training(("fiebre", None)), query_set())
    assert (found.exact_share, found.near_share, found.documents_in_set) == (0.0, 0.0, 0)


@pytest.mark.skipif("CODILINGUA_DATA" not in os.environ, reason="needs the corpora: set CODILINGUA_DATA")
def test_all_documents_of_distemist_are_documents_of_codiesp() -> None:
    data = Path(os.environ["CODILINGUA_DATA"])
    splits = [read_training(data / "codiesp" / name) for name in ("train.tsv", "dev.tsv")]
    distemist = read_training(data / "distemist" / "train_icd10.tsv")
    rows = zip(distemist.texts, distemist.groups, strict=True)
    tested = QuerySet(
        "distemist", "es", tuple(Judgement(text, ("I10",), "es", group=group) for text, group in rows)
    )
    found = [leakage(split, tested) for split in splits]
    assert sum(one.documents for one in found) == found[0].documents_in_set == 369
    assert min(one.exact_queries for one in found) > 100
