"""The arithmetic of the parity measurement; no model is needed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.parity.measures import NOT_FOUND, bootstrap, gold_rank, rank_in, recall, tabular_code
from benchmarks.parity.report import render
from benchmarks.parity.sets import QuerySet, development_sets, label_sets, sample
from benchmarks.parity.stages import float_stage, index_stage, read_surfaces
from benchmarks.parity.summary import moved, summarise_group, summarise_set
from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError, SourceError, UsageError
from codilingua.evaluate.systems.embeddings import CHUNK, embed
from codilingua.search.vectors import VectorIndex, pack


@pytest.fixture(scope="module")
def catalog() -> Iterator[Catalog]:
    with Catalog.open(Assets.shipped().catalog) as opened:
        yield opened


def query_set(name: str, golds: Sequence[tuple[str, ...]]) -> QuerySet:
    texts = tuple(f"{name} {number}" for number in range(len(golds)))
    return QuerySet(name, "development", "made up", texts, tuple(golds), dropped=0)


class ChanceEncoder:
    """A direction of its own for each text, whatever the prefix. Counts what it embeds."""

    identity = "chance"

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:  # noqa: ARG002 (a protocol)
        self.encoded += len(texts)
        drawn = [np.random.default_rng(zlib.crc32(text.encode())).normal(size=384) for text in texts]
        return (np.array(drawn) / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("E11.9", "E11.9"),
        ("e119", "E11.9"),
        ("S22.49XA", "S22.49"),
        ("s2249xa", "S22.49"),
        ("A00", "A00"),
        ("19", None),
        ("A00-A09", None),
        ("S22.49XQ", None),
        ("ZZZ", None),
    ],
)
def test_gold_is_a_row_of_the_tabular_list(catalog: Catalog, written: str, expected: str | None) -> None:
    assert tabular_code(catalog, written) == expected


def test_a_code_ranks_by_its_best_surface() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.2, 0.7], np.float32)
    codes = np.array([0, 0, 1, 2, 2])
    assert [gold_rank(scores, codes, gold) for gold in (0, 1, 2)] == [1, 3, 2]


def test_equal_scores_rank_in_the_order_of_the_book() -> None:
    # The last bits of a float, 3e-8 here, are no difference.
    scores = np.array([0.5, 0.5 + 3e-8, 0.5], np.float32)
    codes = np.array([3, 5, 9])
    assert [gold_rank(scores, codes, gold) for gold in (3, 5, 9)] == [1, 2, 3]


@pytest.mark.parametrize("gold", [2, 4, 7])
def test_a_code_without_a_surface_is_not_found(gold: int) -> None:
    assert gold_rank(np.array([0.5, 0.4], np.float32), np.array([3, 5]), gold) == NOT_FOUND


def test_rank_in_a_list() -> None:
    assert rank_in(["E11.9", "I10"], "I10") == 2
    assert rank_in(["E11.9", "I10"], "R07.9") == NOT_FOUND
    assert rank_in([], "I10") == NOT_FOUND


def test_recall_is_the_share_of_the_gold_codes_found() -> None:
    ranks = [[1], [6], [2, NOT_FOUND], [5, 5]]
    assert recall(ranks, 1).tolist() == [1, 0, 0, 0]
    assert recall(ranks, 5).tolist() == [1, 0, 0.5, 1]
    assert recall(ranks, 10).tolist() == [1, 1, 0.5, 1]


def test_bootstrap_of_a_constant_has_no_width() -> None:
    interval = bootstrap([np.full(20, -2.0), np.full(5, 1.0)], seed=1)
    assert (interval.mean, interval.low, interval.high) == (-0.5, -0.5, -0.5)


def test_bootstrap_agrees_with_the_normal_interval() -> None:
    values = np.repeat([1.0, 0.0, -1.0], (60, 800, 140))
    interval = bootstrap([values], seed=1)
    error = values.std() / np.sqrt(len(values))
    assert interval.mean == pytest.approx(-0.08)
    assert interval.low == pytest.approx(interval.mean - 1.96 * error, abs=error / 4)
    assert interval.high == pytest.approx(interval.mean + 1.96 * error, abs=error / 4)


def test_bootstrap_repeats_with_its_seed_and_varies_without() -> None:
    values = np.random.default_rng(0).normal(size=200)
    assert bootstrap([values], seed=1) == bootstrap([values], seed=1)
    assert bootstrap([values], seed=1) != bootstrap([values], seed=2)


def test_bootstrap_counts_each_set_once() -> None:
    assert bootstrap([np.ones(1000), np.zeros(10)], seed=1).mean == 0.5


def test_moved_counts_what_crosses_the_first_five() -> None:
    assert moved([[1], [7], [5, 9]], [[6], [2], [4, 5]]) == {"in": 2, "out": 1}


def test_label_sets_join_rows_of_one_text(catalog: Catalog, tmp_path: Path) -> None:
    for lang in ("en", "es", "ca", "it", "pt", "fr"):
        (tmp_path / f"{lang}.tsv").write_text(
            "code\ttitle\nI10\thypertension\nE11.9\tDM\nE10.9\tdm\nZZZ\tnothing\nS22.49XA\trib \n", "utf-8"
        )
    first, *others = label_sets(tmp_path, catalog)
    assert len(others) == 5
    assert first.queries == ("hypertension", "DM", "rib")
    assert first.golds == (("I10",), ("E11.9", "E10.9"), ("S22.49",))
    assert first.dropped == 1


def test_committed_labels_are_all_in_the_catalog(catalog: Catalog) -> None:
    sets = label_sets(Path(__file__).parents[2] / "data" / "labels", catalog)
    assert [queries.dropped for queries in sets] == [0] * 6
    assert all(len(queries.queries) > 100 for queries in sets)


def test_a_missing_corpus_is_one_clear_error(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"dev\.tsv: no such file"):
        development_sets(tmp_path, catalog)


def test_a_short_row_is_named_by_its_line(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text("code\ttitle\nI10\thypertension\nE11.9\n", "utf-8")
    with pytest.raises(SourceError, match=r"en\.tsv:3: fewer cells"):
        label_sets(tmp_path, catalog)


def test_sample_is_seeded_and_keeps_query_and_gold_together() -> None:
    whole = query_set("many", [(f"A{number:02}",) for number in range(50)])
    drawn = sample(whole, 10, seed=3)
    assert drawn == sample(whole, 10, seed=3)
    assert drawn != sample(whole, 10, seed=4)
    pairs = dict(zip(whole.queries, whole.golds, strict=True))
    assert [pairs[text] for text in drawn.queries] == list(drawn.golds)
    assert sample(whole, 99, seed=3).queries == whole.queries


def test_cache_computes_each_text_once_and_keeps_the_order(tmp_path: Path) -> None:
    texts = [f"text {number % (CHUNK + 7)}" for number in range(2 * CHUNK)]
    first, second = ChanceEncoder(), ChanceEncoder()
    vectors = embed(first, texts, "query: ", tmp_path)
    assert first.encoded == CHUNK + 7
    np.testing.assert_array_equal(vectors, ChanceEncoder().encode(texts, ""))
    np.testing.assert_array_equal(embed(second, texts, "query: ", tmp_path), vectors)
    assert second.encoded == 0


def test_cache_tells_encoders_prefixes_and_texts_apart(tmp_path: Path) -> None:
    encoder = ChanceEncoder()
    embed(encoder, ["one"], "query: ", tmp_path)
    embed(encoder, ["one"], "passage: ", tmp_path)
    embed(encoder, ["two"], "query: ", tmp_path)
    encoder.identity = "others"
    embed(encoder, ["one"], "query: ", tmp_path)
    assert encoder.encoded == 4


def test_surfaces_agree_with_the_shipped_index(catalog: Catalog) -> None:
    places = np.load(Assets.shipped().surfaces)
    surfaces = read_surfaces(catalog, len(places))
    np.testing.assert_array_equal(np.unique(places, return_inverse=True)[1], surfaces.codes)
    assert 0 < surfaces.official.sum() < len(places)
    with pytest.raises(AssetError, match="build both anew"):
        read_surfaces(catalog, len(places) + 1)


def test_labels_are_searched_among_official_surfaces_alone(catalog: Catalog) -> None:
    surfaces = read_surfaces(catalog, len(np.load(Assets.shipped().surfaces)))
    development = query_set("open", [("I10",)])
    labels = QuerySet("closed", "labels", "made up", ("x",), (("I10",),), dropped=0)
    assert len(surfaces.rows(development)) == len(surfaces.texts)
    assert surfaces.official[surfaces.rows(labels)].all()


def test_titles_find_their_own_codes_in_float_and_4_bits(catalog: Catalog, tmp_path: Path) -> None:
    surfaces = read_surfaces(catalog, len(np.load(Assets.shipped().surfaces)))
    golds = ("I10", "E11.9", "J18.9")
    texts = tuple(catalog.get(code).title for code in golds)
    queries = QuerySet("titles", "development", "titles", texts, tuple((code,) for code in golds), dropped=0)
    encoder = ChanceEncoder()
    packed = pack(embed(encoder, surfaces.texts, "passage: ", tmp_path))
    exact = float_stage(encoder, surfaces, [queries], tmp_path)["titles"]
    small = index_stage(encoder, VectorIndex.unpack(packed).matrix, surfaces, [queries], tmp_path)["titles"]
    # J18 bears the title of J18.9 and stands before it.
    assert exact == small == [[1], [1], [2]]


def test_report_gives_the_verdict_of_the_numbers() -> None:
    first, second = query_set("one", [("I10",)] * 4), query_set("two", [("I10",)] * 2)
    good: dict[str, list[list[int]]] = {"one": [[1], [2], [3], [9]], "two": [[1], [1]]}
    worse: dict[str, list[list[int]]] = {"one": [[1], [2], [9], [9]], "two": [[1], [1]]}
    measured = {"a": good, "b": good, "c": good, "d": worse}
    macro = summarise_group([first, second], measured)
    results = {
        "schema": 1,
        "date": "2026-04-01",
        "machine": {"platform": "p", "processor": "q", "cores": 2},
        "versions": {"numpy": "2"},
        "sha256": {"encoder.onnx": "0" * 64},
        "target_points": 1.0,
        "bootstrap": {"seed": 1, "resamples": 1000},
        "surfaces": {"all": 10, "official": 8},
        "stages": {stage: {"name": stage, "pieces": 5, "encoder_bytes": None} for stage in measured},
        "sets": [summarise_set(queries, measured) for queries in (first, second)],
        "macro": {"development": macro},
    }
    report = render(results)
    assert "macro-average: -12.50 points" in report
    assert "**missed**; the interval reaches beyond the target" in report
    assert "Single sets that lose more: one (-25.00)." in report
    assert "| one | +0.00 | +0.00 | -25.00 | -25.00 |" in report
    assert "| **macro-average** | +0.00 | +0.00 | -12.50 | -12.50 |" in report
