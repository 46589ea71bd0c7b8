"""Ranked codes to the reranker's scores: how each code is worded, and that scores go back to their codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from codilingua.artifacts import Assets
from codilingua.search.engine import Search
from codilingua.search.index import Index, open_index, restrict
from codilingua.search.prior import open_prior
from codilingua.search.ranking import Ranked
from codilingua.search.reranker import Reranker
from codilingua.search.rereading import reread

NECK = "Fracture of unspecified part of neck of femur"


@pytest.fixture(scope="module")
def index(tiny: Search, tiny_folder: Path) -> Index:
    assets = Assets(tiny_folder)
    return open_index(assets, open_prior(assets, tiny.catalog))


@pytest.fixture(scope="module")
def reranker(tiny_folder: Path) -> Reranker:
    assets = Assets(tiny_folder)
    return Reranker(assets.reranker, assets.tokenizer, 1)


def row_of(tiny: Search, index: Index, code: str, text: str) -> int:
    """The row of a surface of a code."""
    places = {concept.code: place for place, concept in enumerate(tiny.catalog, 1)}
    concept = tiny.catalog.get(code)
    (row,) = [
        row
        for row in np.flatnonzero(index.places == places[code]).tolist()
        if concept.surfaces[index.number(row)].text == text
    ]
    return int(row)


def score(tiny: Search, index: Index, reranker: Reranker, row: int) -> float:
    ((found,),) = reread(tiny.catalog, index, reranker, ["broken hip"], [[Ranked(row, 0.5)]])
    return float(found)


@pytest.mark.parametrize(
    ("code", "surface", "wording"),
    [
        ("S72.00", "Fracture of hip NOS", f"{NECK} / {{}} / Fracture of head and neck of femur"),
        ("S72.00", NECK, f"{NECK} / Fracture of head and neck of femur"),
        # Above I10 there is a section, and sections are not read.
        ("I10", "high blood pressure", "Essential (primary) hypertension / {}"),
        ("I10", "Essential (primary) hypertension", "Essential (primary) hypertension"),
    ],
)
def test_a_code_is_worded_by_title_surface_and_the_code_above(
    tiny: Search, index: Index, reranker: Reranker, code: str, surface: str, wording: str
) -> None:
    found = score(tiny, index, reranker, row_of(tiny, index, code, surface))
    right, *wrong = reranker.scores(
        [
            ("broken hip", text)
            for text in (
                wording.format(surface),
                f"{wording.format(surface)} / Hypertensive diseases",
                surface[:-1],
            )
        ]
    ).tolist()
    assert found == pytest.approx(right, abs=1e-5)
    assert all(abs(found - other) > 1e-3 for other in wrong)


def test_scores_go_back_to_their_codes(tiny: Search, index: Index, reranker: Reranker) -> None:
    rows = list(range(0, len(index.places), 9))
    ranked = [[Ranked(row, 0.1) for row in some] for some in (rows[:7], [], rows[3:4], rows[::-1], [])]
    texts = ["broken hip", "ictus", "angina", "broken hip", "caída"]
    scores = reread(tiny.catalog, index, reranker, texts, ranked)
    assert [len(some) for some in scores] == [7, 0, 1, len(rows), 0]
    for text, some, found in zip(texts, ranked, scores, strict=True):
        for best, value in zip(some, found.tolist(), strict=True):
            ((alone,),) = reread(tiny.catalog, index, reranker, [text], [[best]])
            assert value == pytest.approx(float(alone), abs=1e-4)
    np.testing.assert_allclose(scores[0], scores[3][::-1][:7], atol=1e-4)


def test_nothing_to_read(tiny: Search, index: Index, reranker: Reranker) -> None:
    scores = reread(tiny.catalog, index, reranker, ["ictus", "angina"], [[], []])
    assert [some.tolist() for some in scores] == [[], []]


def test_some_of_the_surfaces_are_worded_as_all_are(tiny: Search, index: Index, reranker: Reranker) -> None:
    some = restrict(index, tiny.catalog, lambda label: label.lang == "en" and label.role != "title")
    surface = "Fracture of hip NOS"
    whole, part = (row_of(tiny, each, "S72.00", surface) for each in (index, some))
    assert whole != part
    assert score(tiny, some, reranker, part) == pytest.approx(score(tiny, index, reranker, whole), abs=1e-5)
