"""Reading a tabular list: a small one of every form, and files that are wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.tabular import ReleaseFiles, compile_release, read_release, release_files
from codilingua.errors import MissingExtra, SourceError
from codilingua.types import Concept, Status

BOOK = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <chapter>
    <name>1</name><desc>Everything  at sea (A00-A19)</desc>
    <section id="A00-A19"><desc>Ships (A00-A19)</desc><notes><note>All\thands</note></notes></section>
    <section id="A00"><desc>Sails (A00)</desc>
      <diag><name>A00</name><desc>Torn sail</desc>
        <sevenChrNote><note>Add one:</note></sevenChrNote>
        <sevenChrDef>
          <extension char="A">at sea</extension><note>under way</note>
          <extension char="D">in port</extension>
        </sevenChrDef>
        <diag><name>A00.0</name><desc>Torn jib</desc></diag>
        <diag><name>A00.1</name><desc>Torn spinnaker</desc>
          <sevenChrDef><extension char="Z">whenever</extension></sevenChrDef>
        </diag>
      </diag>
    </section>
    <section id="A10-A19"><desc>Hulls (A10-A19)</desc>
      <diag><name>A10</name><desc>Leak</desc>
        <inclusionTerm><note>Wet feet</note><note>Wet feet</note></inclusionTerm>
      </diag>
    </section>
  </chapter>
</ICD10CM.tabular>
"""
LIST = "1\nA00-A19\nA00\nA00\nA000\nA000XXA\nA001\nA001XXZ\nA10-A19\nA10\n"


def _write(folder: Path, book: str = BOOK, code_list: str = LIST) -> ReleaseFiles:
    files = ReleaseFiles(folder / "book.xml", folder / "list.txt", "Toy 1")
    files.tabular.write_text(book, encoding="utf-8")
    files.code_list.write_text(code_list, encoding="utf-8")
    return files


@pytest.fixture
def book(tmp_path: Path) -> dict[str, Concept]:
    info, concepts = read_release(_write(tmp_path))
    assert info.edition == "Toy 1"
    return {concept.code: concept for concept in concepts}


def test_order_and_hierarchy(book: dict[str, Concept]) -> None:
    assert list(book) == ["1", "A00-A19", "A00-A00", "A00", "A00.0", "A00.1", "A10-A19", "A10"]
    assert book["1"].children == ("A00-A19",)
    assert book["A00-A19"].children == ("A00-A00", "A10-A19")
    assert book["A00-A00"].parent == "A00-A19"
    assert {concept.chapter for concept in book.values()} == {"1"}


def test_sevenths_come_from_the_nearest_definition_and_the_list(book: dict[str, Concept]) -> None:
    # D is defined for A00.0, but the list has only A000XXA.
    assert book["A00.0"].completions == ("A00.0XXA",)
    assert book["A00.1"].completions == ("A00.1XXZ",)
    assert book["A00"].completions == ()
    assert [book[code].status for code in ("A00", "A00.0", "A10")] == [
        Status.NEEDS_CHILD,
        Status.NEEDS_SEVENTH,
        Status.BILLABLE,
    ]


def test_texts(book: dict[str, Concept]) -> None:
    assert book["1"].title == "Everything at sea"
    assert book["1"].notes.remarks == ("Codes A00-A19",)
    assert book["A00-A19"].notes.remarks == ("All hands",)
    assert book["A00"].notes.remarks == ("Add one:", "7th character A (at sea): under way")
    assert [label.text for label in book["A10"].labels] == ["Wet feet"]


@pytest.mark.parametrize(
    ("broken", "code_list", "reason"),
    [
        (BOOK.replace("</section>", "", 1), LIST, r"book\.xml:\d+: not well-formed XML"),
        ("", LIST, r"book\.xml:1: not well-formed XML"),
        ("<html/>", LIST, r"book\.xml: the root element is <html>"),
        (BOOK.replace("<name>A10</name>", ""), LIST, r"book\.xml: a <diag> has no <name>.*Leak"),
        (BOOK.replace("<desc>Leak</desc>", ""), LIST, r"book\.xml: a <diag> has no <desc>.*A10"),
        (BOOK.replace(' id="A10-A19"', ""), LIST, r"book\.xml: a <section> has no id"),
        (BOOK, LIST + "A11\n", r"list\.txt: 1 codes are here but not in the tabular list \(A11 "),
        (BOOK, LIST.replace("A10\n", ""), r"list\.txt: 1 codes of the tabular list are missing here \(A10 "),
        (BOOK, "Á", r"list\.txt: not a readable code list"),
    ],
)
def test_wrong_files(tmp_path: Path, broken: str, code_list: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        read_release(_write(tmp_path, broken, code_list))
    assert "\n" not in str(caught.value)


def test_missing_files(tmp_path: Path) -> None:
    files = _write(tmp_path)
    files.tabular.unlink()
    with pytest.raises(SourceError, match=r"book\.xml: cannot be read \(No such file or directory\)"):
        read_release(files)
    files.code_list.unlink()
    with pytest.raises(SourceError, match=r"list\.txt: not a readable code list"):
        read_release(files)


def test_release_is_found_without_importing_its_package() -> None:
    sys.modules.pop("simple_icd_10_cm", None)
    files = release_files()
    assert files.tabular.is_file()
    assert files.edition == "April 2026"
    assert "simple_icd_10_cm" not in sys.modules


def test_a_missing_package_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "simple_icd_10_cm", raising=False)
    with pytest.raises(MissingExtra, match=r"pip install 'codilingua\[train\]'"):
        release_files()


def test_compile_release_writes_a_small_catalog(tmp_path: Path) -> None:
    compile_release(tmp_path / "icd.db")
    assert (tmp_path / "icd.db").stat().st_size < 10_000_000
    with Catalog.open(tmp_path / "icd.db") as catalog:
        assert catalog.get("e119").title == "Type 2 diabetes mellitus without complications"
