"""Values: what a concept and a hit say of themselves."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from codilingua.types import LANGUAGES, Concept, Hit, Kind, Label, SeventhCharacter, Status

RIBS = Concept(
    code="S22.49",
    title="Multiple fractures of ribs, unspecified side",
    kind=Kind.CODE,
    status=Status.NEEDS_SEVENTH,
    parent="S22.4",
    chapter="19",
    labels=(Label("costillas rotas", "es", "synonym", "machine"),),
    sevenths=(SeventhCharacter("A", "initial"), SeventhCharacter("S", "sequela")),
)


@pytest.mark.parametrize(
    ("code", "completions"),
    [
        ("S22.49", ("S22.49XA", "S22.49XS")),
        ("W01", ("W01.XXXA", "W01.XXXS")),
        ("S72.001", ("S72.001A", "S72.001S")),
    ],
)
def test_completions_are_padded_to_the_seventh_place(code: str, completions: tuple[str, ...]) -> None:
    assert replace(RIBS, code=code).completions == completions


def test_a_code_without_sevenths_has_no_completions() -> None:
    assert replace(RIBS, sevenths=()).completions == ()


def test_surfaces_are_the_title_then_the_labels() -> None:
    title, label = RIBS.surfaces
    assert (title.text, title.lang, title.role, title.origin) == (RIBS.title, "en", "title", "official")
    assert label == RIBS.labels[0]


@pytest.mark.parametrize("status", Status)
def test_only_a_complete_code_is_billable(status: Status) -> None:
    hit = Hit("A", "a", 1.0, "a", "en", "official", status, None)
    assert replace(RIBS, status=status).billable is hit.billable is (status is Status.BILLABLE)


def test_a_hit_that_was_not_weighed_has_no_confidence() -> None:
    hit = Hit("A", "a", 1.0, "a", "en", "official", Status.BILLABLE, None)
    assert (hit.confidence, hit.sure, hit.completions) == (None, False, ())


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        RIBS.code = "S22.5"  # type: ignore[misc]
    assert {field.name for field in fields(Hit)} >= {"code", "title", "score", "surface", "origin", "status"}


def test_the_six_languages() -> None:
    assert list(LANGUAGES) == ["en", "es", "ca", "it", "pt", "fr"]
