"""A catalog of one's own, from a file of another code system to hits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from codilingua import open_search
from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.catalog.sources import ImportRequest, import_catalog
from codilingua.catalog.store import CatalogInfo, write_catalog
from codilingua.errors import AssetError
from codilingua.search.encoder import Encoder
from codilingua.search.engine import Search
from codilingua.search.filters import Filters
from codilingua.search.index import build_index, index_catalog, open_index
from codilingua.types import Kind

ROWS = """code;title;parent;language
RX;Fármacos;;es
RX-1;Paracetamol;RX;es
RX-2;Ácido acetilsalicílico;RX;es
RX-2/a;Aspirina infantil;RX-2;es
IB;Ibuprofeno;;es
IB.1;Naproxeno;IB;es
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "drugs.csv").write_text(ROWS, "utf-8")
    request = ImportRequest(
        source=folder / "drugs.csv",
        out=folder / "drugs.db",
        format="csv",
        name="Drugs",
        edition="1",
        lang="es",
    )
    import_catalog(request)
    steps: list[tuple[int, int]] = []
    index_catalog(folder / "drugs.db", folder / "assets", lambda done, total: steps.append((done, total)))
    assert steps[-1] == (6, 6)
    return folder / "assets"


@pytest.fixture(scope="module")
def drugs(own: Path) -> Iterator[Search]:
    search = open_search(own, threads=1)
    yield search
    search.catalog.close()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("acido acetilsalicilico", "RX-2"),
        ("aspirina infantil", "RX-2/a"),
        ("ibuprofeno", "IB"),
        ("naproxen", "IB.1"),
        ("paracetmol", "RX-1"),
    ],
)
def test_another_code_system_is_searched(drugs: Search, query: str, code: str) -> None:
    hit = drugs(query)[0]
    assert hit.code == code
    assert (hit.surface_lang, hit.origin) == ("es", "official")


def test_its_codes_filter(drugs: Search) -> None:
    assert {hit.code for hit in drugs("aspirina", filters=Filters(codes=("IB",)))} == {"IB", "IB.1"}


def test_its_codes_with_a_dash_filter(drugs: Search) -> None:
    assert {hit.code for hit in drugs("aspirina", filters=Filters(codes=("RX-2",)))} == {"RX-2", "RX-2/a"}


def test_no_more_hits_than_codes(drugs: Search) -> None:
    assert {hit.code for hit in drugs("ibuprofeno", limit=1000)} == {
        "RX",
        "RX-1",
        "RX-2",
        "RX-2/a",
        "IB",
        "IB.1",
    }


def test_a_folder_indexed_again_is_replaced(own: Path, tmp_path: Path) -> None:
    index_catalog(own / "catalog.db", tmp_path)
    for name in ("vectors.npy", "surfaces.npy"):
        assert (tmp_path / name).read_bytes() == (own / name).read_bytes()
    index_catalog(own / "catalog.db", tmp_path)
    Assets(tmp_path).verify()


def test_what_is_no_catalog_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("no catalog")
    for path in (tmp_path / "a.db", tmp_path / "missing.db"):
        with pytest.raises(AssetError):
            index_catalog(path, tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_a_catalog_without_codes_is_refused(tmp_path: Path) -> None:
    write_catalog(tmp_path / "empty.db", CatalogInfo("Empty", "", "1", "en", "", ""), [])
    with pytest.raises(AssetError, match="no code"):
        index_catalog(tmp_path / "empty.db", tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_an_index_of_the_same_catalog_is_the_same(tiny_copy: Path, tiny_folder: Path) -> None:
    ours, theirs = Assets(tiny_copy), Assets(tiny_folder)
    for path in (ours.vectors, ours.surfaces, ours.lexical):
        path.unlink()
    with Catalog.open(ours.catalog) as catalog:
        build_index(catalog, Encoder(ours.encoder, ours.tokenizer), ours)
    built, committed = open_index(ours), open_index(theirs)
    np.testing.assert_array_equal(built.places, committed.places)
    for name in ("offsets", "rows", "weights", "idf"):
        np.testing.assert_array_equal(getattr(built.lexical, name), getattr(committed.lexical, name))
    # Processors round float arithmetic differently, so a component may fall into the next step.
    apart = built.vectors.matrix.astype(int) - committed.vectors.matrix.astype(int)
    assert np.abs(apart).max() <= 1


def test_every_surface_of_every_code_is_indexed(tiny: Search, tiny_folder: Path) -> None:
    index = open_index(Assets(tiny_folder))
    concepts = list(tiny.catalog)
    expected = [
        place
        for place, concept in enumerate(concepts, 1)
        for _ in concept.surfaces
        if concept.kind is Kind.CODE
    ]
    assert index.places.tolist() == expected
    assert len(index.vectors.matrix) == index.lexical.surfaces == len(expected)


def test_the_shipped_index_fits_the_shipped_catalog(shipped: Search) -> None:
    index = open_index(Assets.shipped())
    surfaces = sum(len(concept.surfaces) for concept in shipped.catalog if concept.kind is Kind.CODE)
    assert len(index.places) == len(index.vectors.matrix) == index.lexical.surfaces == surfaces
    assert len(shipped.catalog) == 46_881
    assert len(np.unique(index.places)) == 46_881
