"""A catalog of one's own, from a file of another code system to hits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua import open_search
from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.catalog.sources import ImportRequest, import_catalog
from codilingua.catalog.store import CatalogInfo, write_catalog
from codilingua.errors import AssetError, UsageError
from codilingua.search.encoder import Encoder
from codilingua.search.engine import Search
from codilingua.search.filters import Filters
from codilingua.search.index import Index, build_index, index_catalog, open_index, restrict
from codilingua.search.lexical import build_lexical
from codilingua.search.prior import open_prior
from codilingua.types import Kind, Label

ROWS = """code;title;parent;language
RX;Fármacos;;es
RX-1;Paracetamol;RX;es
RX-2;Ácido acetilsalicílico;RX;es
RX-2/a;Aspirina infantil;RX-2;es
IB;Ibuprofeno;;es
IB.1;Naproxeno;IB;es
"""


def opened(assets: Assets) -> Index:
    with Catalog.open(assets.catalog) as catalog:
        return open_index(assets, open_prior(assets, catalog))


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
    built, committed = opened(ours), opened(theirs)
    np.testing.assert_array_equal(built.places, committed.places)
    for name in ("offsets", "rows", "weights", "idf"):
        np.testing.assert_array_equal(getattr(built.lexical, name), getattr(committed.lexical, name))
    # Processors round float arithmetic differently, so a component may fall into the next level, 2 further.
    apart = built.vectors.matrix.astype(int) - committed.vectors.matrix.astype(int)
    assert np.abs(apart).max() <= 2


def test_every_surface_of_every_code_is_indexed(tiny: Search, tiny_folder: Path) -> None:
    index = opened(Assets(tiny_folder))
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
    index = opened(Assets.shipped())
    surfaces = sum(len(concept.surfaces) for concept in shipped.catalog if concept.kind is Kind.CODE)
    assert len(index.places) == len(index.vectors.matrix) == index.lexical.surfaces == surfaces
    assert len(shipped.catalog) == 46_881
    assert len(np.unique(index.places)) == 46_881


# What does not fit.


class OddEncoder(Encoder):
    """An encoder as no training makes it: its vectors are one short."""

    def __init__(self, assets: Assets) -> None:
        super().__init__(assets.encoder, assets.tokenizer, 1)
        self.dimensions -= 1


def test_an_odd_number_of_dimensions_is_refused(tiny_copy: Path) -> None:
    assets = Assets(tiny_copy)
    with (
        Catalog.open(assets.catalog) as catalog,
        pytest.raises(AssetError, match="63 dimensions, and two are packed in a byte"),
    ):
        build_index(catalog, OddEncoder(assets), assets)


def save(path: Path, array: NDArray[Any]) -> None:
    with path.open("wb") as file:
        np.save(file, array)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda vectors: vectors.astype(np.int8), "vectors are int8 of 2 dimensions, not bytes of two"),
        (lambda vectors: vectors.ravel(), "vectors are uint8 of 1 dimensions, not bytes of two"),
        (lambda vectors: vectors[:-1], r"281 vectors for uint32 \[282\] surfaces"),
    ],
)
def test_vectors_of_another_form_are_refused(
    tiny_copy: Path, change: Callable[[NDArray[Any]], NDArray[Any]], said: str
) -> None:
    assets = Assets(tiny_copy)
    save(assets.vectors, change(np.load(assets.vectors)))
    with pytest.raises(AssetError, match=f"the index cannot be read .{said}.; run  codilingua build"):
        opened(assets)


@pytest.mark.parametrize("change", [lambda places: places.astype(np.int64), lambda places: places[:, None]])
def test_surfaces_of_another_form_are_refused(
    tiny_copy: Path, change: Callable[[NDArray[Any]], NDArray[Any]]
) -> None:
    assets = Assets(tiny_copy)
    save(assets.surfaces, change(np.load(assets.surfaces)))
    with pytest.raises(AssetError, match=r"282 vectors for u?int(32|64) \[282(, 1)?\] surfaces"):
        opened(assets)


@pytest.mark.parametrize("name", ["counts", "gaps", "weights", "idf"])
def test_a_lexical_index_of_another_form_is_refused(tiny_copy: Path, name: str) -> None:
    assets = Assets(tiny_copy)
    with np.load(assets.lexical) as arrays:
        whole = dict(arrays)
    np.savez(assets.lexical, **{**whole, name: whole[name].astype(np.int64)})
    with pytest.raises(AssetError, match=f"the index cannot be read .{name} are int64"):
        opened(assets)


@pytest.mark.parametrize("name", ["vectors.npy", "surfaces.npy"])
def test_an_archive_in_the_place_of_an_array_is_refused(tiny_copy: Path, name: str) -> None:
    assets = Assets(tiny_copy)
    (tiny_copy / name).write_bytes(assets.lexical.read_bytes())
    with pytest.raises(AssetError, match="the index cannot be read"):
        opened(assets)


# Some of the surfaces.


def restricted(tiny: Search, folder: Path, keep: Callable[[Label], bool]) -> tuple[Search, Index]:
    assets = Assets(folder)
    index = restrict(opened(assets), tiny.catalog, keep)
    return Search(tiny.catalog, Encoder(assets.encoder, assets.tokenizer, 1), index, 1), index


def test_with_every_surface_nothing_changes(tiny: Search, tiny_folder: Path) -> None:
    again, _ = restricted(tiny, tiny_folder, lambda _: True)
    assets = Assets(tiny_folder)
    whole = Search(tiny.catalog, Encoder(assets.encoder, assets.tokenizer, 1), opened(assets), 1)
    for query in ("hip fracture", "ictus", "caída en casa", "dolor torácico"):
        assert again(query, 50) == whole(query, 50)


def test_what_is_left_is_indexed_as_if_it_were_all(tiny: Search, tiny_folder: Path) -> None:
    _, index = restricted(tiny, tiny_folder, lambda label: label.role == "title" and label.lang == "en")
    whole = opened(Assets(tiny_folder))
    concepts = [(place, c) for place, c in enumerate(tiny.catalog, 1) if c.kind is Kind.CODE]
    assert index.places.tolist() == [place for place, _ in concepts]
    expected = build_lexical([concept.title for _, concept in concepts])
    for name in ("offsets", "rows", "weights", "idf"):
        np.testing.assert_array_equal(getattr(index.lexical, name), getattr(expected, name))
    firsts = np.unique(whole.places, return_index=True)[1]
    np.testing.assert_array_equal(index.vectors.matrix, whole.vectors.matrix[firsts])
    assert not np.shares_memory(index.vectors.matrix, whole.vectors.matrix)


@pytest.mark.parametrize(
    "keep",
    [
        lambda label: label.role == "title",
        lambda label: label.origin != "machine",
        lambda label: label.lang == "es",
        lambda label: label.origin == "machine" and label.lang in ("fr", "it"),
    ],
)
def test_hits_name_surfaces_that_are_left(
    tiny: Search, tiny_folder: Path, keep: Callable[[Label], bool]
) -> None:
    some, _ = restricted(tiny, tiny_folder, keep)
    hits = [hit for query in ("hip fracture", "ictus", "dolor torácico") for hit in some(query, 100)]
    assert hits
    for hit in hits:
        left = [label for label in tiny.catalog.get(hit.code).surfaces if keep(label)]
        assert (hit.surface, hit.surface_lang, hit.origin) in {(s.text, s.lang, s.origin) for s in left}


def test_codes_without_a_surface_left_are_not_found(tiny: Search, tiny_folder: Path) -> None:
    some, index = restricted(tiny, tiny_folder, lambda label: label.lang == "es")
    named = {
        concept.code
        for concept in tiny.catalog
        if concept.kind is Kind.CODE and any(label.lang == "es" for label in concept.surfaces)
    }
    assert 0 < len(named) < len(tiny.catalog)
    assert {hit.code for hit in some("ictus", 1000)} == named
    assert len(np.unique(index.places)) == len(named)


def test_nothing_left_is_refused(tiny: Search, tiny_folder: Path) -> None:
    with pytest.raises(UsageError, match="nothing is left to search"):
        restricted(tiny, tiny_folder, lambda _: False)
