"""Look-ups, relatives and messages, on the full release."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.errors import UnknownCode
from codilingua.types import Concept, Kind, Notes, Status


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("e119", "E11.9"),
        ("E11.9", "E11.9"),
        (" e11 9 ", "E11.9"),
        ("e11.-", "E11"),
        ("s22.49", "S22.49"),
        ("s2249xa", "S22.49XA"),
        ("S22.49XA", "S22.49XA"),
        ("s22.49 xa", "S22.49XA"),
        ("t07xxxd", "T07.XXXD"),
        ("s72001a", "S72.001A"),
        ("h540x33", "H54.0X33"),
        ("A00-A09", "A00-A09"),
        ("a00–a09", "A00-A09"),
        ("B20", "B20"),
        ("b20-b20", "B20-B20"),
        ("19", "19"),
    ],
)
def test_look_up_as_typed(catalog: Catalog, typed: str, code: str) -> None:
    assert catalog.get(typed).code == code
    assert typed in catalog


def test_category_and_section_of_one_name(catalog: Catalog) -> None:
    assert catalog.get("B20").kind is Kind.CODE
    assert catalog.get("B20-B20").kind is Kind.SECTION
    assert catalog.get("B20-B20").children == ("B20",)
    assert catalog.get("B20").parent == "B20-B20"


def test_expansion_is_a_billable_concept(catalog: Catalog) -> None:
    assert catalog.get("s2249xa") == Concept(
        code="S22.49XA",
        title="Multiple fractures of ribs, unspecified side, initial encounter for closed fracture",
        kind=Kind.EXPANSION,
        status=Status.BILLABLE,
        parent="S22.49",
        chapter="19",
        notes=Notes(),
    )


def test_relatives(catalog: Catalog) -> None:
    assert [c.code for c in catalog.ancestors("e11.9")] == ["E11", "E08-E13", "4"]
    assert [c.code for c in catalog.ancestors("s22.49xa")] == ["S22.49", "S22.4", "S22", "S20-S29", "19"]
    assert [c.code for c in catalog.ancestors("V03")] == ["V00-V09", "V00-V99", "V00-X58", "20"]
    assert catalog.parent("19") is None
    assert catalog.ancestors("19") == ()
    assert [c.code for c in catalog.children("A00")] == ["A00.0", "A00.1", "A00.9"]
    assert catalog.children("A00.0") == ()
    assert catalog.children("S22.49XA") == ()
    assert [c.code for c in catalog.siblings("A00.1")] == ["A00.0", "A00.9"]
    assert [c.code for c in catalog.siblings("W08.XXXD")] == ["W08.XXXA", "W08.XXXS"]
    assert [c.code for c in catalog.siblings("3")] == [str(n) for n in range(1, 23) if n != 3]
    assert [c.code for c in catalog.descendants("B20-B20")] == ["B20"]
    assert [c.code for c in catalog.descendants("A01")][:4] == ["A01.0", "A01.00", "A01.01", "A01.02"]
    assert list(catalog.descendants("S22.49XA")) == []
    assert [c.code for c in catalog.chapters()] == [str(n) for n in range(1, 23)]


def test_a_concept_serves_as_its_code(catalog: Catalog) -> None:
    code = catalog.get("A00.1")
    assert catalog.parent(code) == catalog.get("A00")
    assert catalog.siblings(code) == catalog.siblings("A00.1")


def test_relatives_agree_with_the_stored_hierarchy(catalog: Catalog) -> None:
    book = {concept.code: concept for concept in catalog}
    below = {code: concept.children for code, concept in book.items()}
    assert {c: book[c].parent for children in below.values() for c in children} == {
        c: concept.parent for c, concept in book.items() if concept.parent is not None
    }
    for code in ("2", "S06", "T20-T32"):
        assert tuple(c.code for c in catalog.children(code)) == below[code]
    assert sum(1 for chapter in catalog.chapters() for _ in catalog.descendants(chapter)) == len(book) - 22


def test_titles_of_codes_alone(catalog: Catalog) -> None:
    found = catalog.titles(
        ["E11", "e119", "E11.9", "B20", "B20-B20", "E08-E13", "4", "S22.49XA", "Q99.Z", ""]
    )
    assert found == {code: catalog.get(code).title for code in ("E11", "E11.9", "B20")}
    assert catalog.titles([]) == {}
    codes = [concept.code for concept in catalog if concept.kind is Kind.CODE]
    assert catalog.titles(codes).keys() == set(codes)


def test_length_and_membership(catalog: Catalog) -> None:
    assert len(catalog) == 46_881
    assert "S22.49XQ" not in catalog
    assert 19 not in catalog
    assert catalog.find("S22.49XQ") is None
    assert catalog.find("") is None


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("s2249xq", "S22.49XQ is not in ICD-10-CM April 2026: S22.49 takes 7th characters A, B, D, G, K, S"),
        (
            "S22.49A",
            (
                "S22.49A is not in ICD-10-CM April 2026: S22.49 takes 7th characters A, B, D, G, K, S, "
                "at the seventh place: S22.49XA"
            ),
        ),
        ("S06.2X7D", "S06.2X7D is not in ICD-10-CM April 2026: S06.2X7 takes 7th characters A"),
        ("A00.7", "A00.7 is not in ICD-10-CM April 2026: A00 has A00.0, A00.1, A00.9"),
        (
            "E11.77",
            "E11.77 is not in ICD-10-CM April 2026: E11 has E11.0, E11.1, E11.2, E11.3, E11.4 and 5 more",
        ),
        (
            "A00.11",
            (
                "A00.11 is not in ICD-10-CM April 2026: A00.1 (Cholera due to Vibrio cholerae 01, "
                "biovar eltor) is the closest, and is complete as it stands"
            ),
        ),
        ("A00-A08", "A00-A08 is not in ICD-10-CM April 2026: A00 is in A00-A09"),
        ("Q99Z", "Q99.Z is not in ICD-10-CM April 2026: Q99 has Q99.0, Q99.1, Q99.2, Q99.8, Q99.9"),
        (
            "a29.0",
            (
                "A29.0 is not in ICD-10-CM April 2026, nor is any code it could belong to: "
                "check its first 3 characters"
            ),
        ),
        (
            "dolor\n de\x1b cabeza",
            (
                "dolor de cabeza is not in ICD-10-CM April 2026, nor is any code it could belong to: "
                "type one such as E11.9"
            ),
        ),
        (" ", "'' is not a code: it has no letter or digit; type one such as E11.9"),
        ("¡😀!", "'¡😀!' is not a code: it has no letter or digit; type one such as E11.9"),
    ],
)
def test_an_unknown_code_says_what_to_type(catalog: Catalog, typed: str, message: str) -> None:
    with pytest.raises(UnknownCode) as caught:
        catalog.get(typed)
    assert str(caught.value) == message


@pytest.mark.parametrize("typed", ["x" * 20_000, "E11" * 7_000, "שלום עולם", "E11\ud800Q", "\x00", "1" * 50])
def test_hostile_values_give_one_short_line(catalog: Catalog, typed: str) -> None:
    with pytest.raises(UnknownCode) as caught:
        catalog.get(typed)
    message = str(caught.value)
    assert len(message) < 250
    assert "\n" not in message
    assert message.encode()


def test_one_catalog_serves_many_threads(catalog: Catalog) -> None:
    codes = [concept.code for concept in catalog.descendants("S20-S29")]
    expected = [catalog.get(code) for code in codes]
    with ThreadPoolExecutor(8) as pool:
        whole = [pool.submit(lambda: sum(1 for _ in catalog)) for _ in range(3)]
        assert list(pool.map(catalog.get, codes)) == expected
        assert [future.result() for future in whole] == [47_200] * 3


def test_streams_may_be_interleaved_and_left(catalog: Catalog) -> None:
    one, two = iter(catalog), iter(catalog)
    assert [next(one).code, next(two).code, next(one).code] == ["1", "1", "A00-A09"]
    assert sum(1 for _ in two) == 47_199


def test_a_closed_catalog_says_so(release_path: Path) -> None:
    catalog = Catalog.open(release_path)
    stream = iter(catalog)
    next(stream)
    catalog.close()
    catalog.close()
    with pytest.raises(ValueError, match="is closed"):
        catalog.get("A00")
    with pytest.raises(ValueError, match="is closed"):
        list(stream)
