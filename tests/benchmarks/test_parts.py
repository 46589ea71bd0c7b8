"""The parts that a wrong number could come from: repetition, turns, processes, the report."""

from __future__ import annotations

import copy
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.launch import launch
from benchmarks.peer import widened
from benchmarks.phrases import sample
from benchmarks.processes import run
from benchmarks.repeated import KnownVectors, RepeatedCatalog, repeat, repeat_lexical
from benchmarks.report import render
from benchmarks.reranked import DEPTHS, open_reranked, reranked_workers
from benchmarks.timing import p95_ms, take_turns
from codilingua import open_search
from codilingua.artifacts import Assets
from codilingua.search.encoder import QUERY, Encoder
from codilingua.search.engine import Search
from codilingua.search.index import Index, open_index
from codilingua.search.profiles import Profile, Profiles
from codilingua.search.vectors import pack
from codilingua.types import LANGUAGES, Hit

PHRASES = ["dolor torácico", "fractura de cadera", "frattura dell'anca", "type 2 diabetes"]


@pytest.fixture(scope="module")
def catalog() -> Iterator[RepeatedCatalog]:
    with RepeatedCatalog.open(Assets.shipped().catalog) as opened:
        yield opened


@pytest.fixture(scope="module")
def index(catalog: RepeatedCatalog) -> Index:
    # Every place with a prior of its own, whatever ships.
    prior = np.linspace(0, 1, catalog.places + 1, dtype=np.float32)
    return open_index(Assets.shipped(), prior)


@pytest.mark.parametrize("size", [1_000, 70_000, 150_000])
def test_a_repeated_trigram_index_scores_every_copy_alike(index: Index, size: int) -> None:
    once = index.lexical.scores("hip fracture")
    assert once.max() > 0.5
    repeated = repeat_lexical(index.lexical, size)
    np.testing.assert_array_equal(repeated.scores("hip fracture"), np.resize(once, size))
    slots = np.repeat(np.arange(len(repeated.offsets) - 1), np.diff(repeated.offsets.astype(np.int64)))
    falls = np.flatnonzero(np.diff(repeated.rows.astype(np.int64)) <= 0)
    assert (slots[falls] < slots[falls + 1]).all()


def test_the_search_over_a_repeated_index_finds_what_the_search_finds(
    index: Index, catalog: RepeatedCatalog
) -> None:
    shipped = Assets.shipped()
    encoder = Encoder(shipped.encoder, shipped.tokenizer)
    known = KnownVectors({phrase: encoder.encode([phrase], QUERY)[0] for phrase in PHRASES})
    profiles = Profiles(Profile(prior=0.2))
    plain = Search(catalog, encoder, index, profiles=profiles)
    surfaces = len(index.places)
    twice = repeat(index, catalog.places, [surfaces, 2 * surfaces])
    same, double = (
        Search(catalog, known, twice[size], profiles=profiles) for size in (surfaces, 2 * surfaces)
    )
    for phrase in PHRASES:
        expected = plain(phrase, limit=3)
        assert same(phrase, limit=3) == expected
        # Each hit of the first volume has its double in the second, as good as itself.
        found = Counter(hit for hit in double(phrase, limit=6))
        assert found[expected[0]] == 2


@pytest.mark.parametrize("width", [64, 100])
def test_the_peers_vectors_are_those_that_ship_as_wide_as_its_model(width: int) -> None:
    drawn = np.random.default_rng(1).normal(size=(200, 64)).astype(np.float32)
    unit = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    vectors = widened(pack(unit), width)
    assert (vectors.dtype, vectors.shape) == (np.float32, (200, width))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    narrow = vectors[:, :64] / np.linalg.norm(vectors[:, :64], axis=1, keepdims=True)
    assert (narrow * unit).sum(axis=1).min() > 0.97


def scores(hits: Sequence[Hit]) -> list[tuple[str, float]]:
    return [(hit.code, hit.score) for hit in hits]


def test_every_language_is_reranked_and_as_many_codes_as_asked(tiny: Search, tiny_folder: Path) -> None:
    with (
        open_search(tiny_folder, 1, rerank=0) as first,
        open_reranked(Assets(tiny_folder), DEPTHS[0], 1) as deep,
        open_reranked(Assets(tiny_folder), DEPTHS[1], 1) as shallow,
    ):
        for lang in LANGUAGES:
            found = [scores(search("hip fracture", 30, lang=lang)) for search in (first, shallow, deep)]
            assert found[0] != found[1] != found[2] != found[0], lang
        # Where the product reranks, it is the product.
        assert scores(deep("hip fracture", lang="en")) == scores(tiny("hip fracture", lang="en"))


def test_reranked_contestants_answer_and_are_left_out_without_a_reranker(
    tiny_folder: Path, tiny_copy: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODILINGUA_THREADS", "1")
    with ExitStack() as stack:
        workers = reranked_workers(stack, *DEPTHS, folder=tiny_folder)
        assert list(workers) == [20, 10]
        for worker in workers.values():
            assert len([second for second in worker.search(PHRASES) if second > 0]) == len(PHRASES)
            assert worker.batch(PHRASES) > 0
        assert capfd.readouterr().err == ""
        Assets(tiny_copy).reranker.unlink()
        assert reranked_workers(stack, *DEPTHS, folder=tiny_copy) == {}
    assert capfd.readouterr().err == "  no reranker in the assets: nothing reranked is measured\n"


def test_turns_give_every_contestant_every_phrase_and_warm_up_unmeasured() -> None:
    asked: dict[str, list[str]] = {"a": [], "b": []}

    def contestant(name: str, second: float) -> Any:
        def ask(texts: Sequence[str]) -> list[float]:
            asked[name] += texts
            return [second + int(text) for text in texts]

        return ask

    phrases = [str(number) for number in range(23)]
    seconds = take_turns({"a": contestant("a", 100), "b": contestant("b", 200)}, phrases)
    assert seconds["a"] == [100 + number for number in range(23)]
    assert seconds["b"] == [200 + number for number in range(23)]
    assert asked["a"] == asked["b"]
    assert asked["a"][:12] == [*phrases[:10], "0", "0"]


def test_the_95th_percentile_lies_above_19_of_20() -> None:
    assert p95_ms([number / 1000 for number in range(101)]) == pytest.approx(95)


def test_the_sample_is_mixed_and_the_same_every_time() -> None:
    phrases = sample(60)
    assert len(phrases) == 60
    assert phrases == sample(60)
    assert len(set(phrases)) > 50


def test_a_launched_process_writes_to_what_it_was_given() -> None:
    command = [sys.executable, "-c", "import sys, os; print(sys.stdout.isatty(), 'x' * 200_000)"]
    for terminal in (False, True):
        done = launch(command, terminal)
        assert str(done["output"]).startswith(f"{terminal} xxx")
        assert str(done["output"]).count("x") == 200_000
        assert done["status"] == 0


def test_peak_memory_is_of_the_process_itself_and_not_of_who_launched_it() -> None:
    ballast = np.ones(60_000_000)
    small = run([sys.executable, "-c", "pass"])
    large = run([sys.executable, "-c", "print(len(b'x' * 200_000_000))"])
    assert small.peak_bytes < 60_000_000 < ballast.nbytes
    assert 200_000_000 < large.peak_bytes < 300_000_000
    assert 0 < small.seconds < 10


def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="exit status 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"])


RESULTS: dict[str, Any] = {
    "schema": 1,
    "quick": False,
    "plot": None,
    "machine": {
        "date": "2026-05-01 10:00 UTC",
        "processor": "Abacus",
        "int8_instructions": [],
        "cores_available": 4,
        "cores_used": 2,
        "memory_gib": 8.0,
        "load_before": 0.1,
        "system": "Linux x86_64",
        "python": "3.12.1",
        "commit": "abc",
        "modified": True,
        "versions": {"numpy": "2.0"},
    },
    "targets": [
        {"key": "a", "what": "quick", "sense": "at most", "bound": 12, "unit": "ms"},
        {"key": "b", "what": "many", "sense": "at least", "bound": 400, "unit": "queries/s"},
        {"key": "c", "what": "light", "sense": "at most", "bound": 95, "unit": "MB"},
    ],
    "comparisons": [
        {"what": "one query", "ours": "a", "peers": "p", "ratio": "r"},
        {"what": "left out", "ours": "a", "peers": "missing", "ratio": "missing too"},
    ],
    "groups": [
        {
            "name": "query",
            "title": "Queries",
            "note": "How\nit was done.",
            "numbers": [
                {"key": "a", "what": "ours", "value": 11.96, "unit": "ms"},
                {"key": "p", "what": "theirs", "value": 1234.5, "unit": "ms"},
                {"key": "r", "what": "ratio", "value": 103.2191, "unit": "×"},
                {"key": "b", "what": "rate", "value": 399.9, "unit": "queries/s"},
            ],
        }
    ],
}


def test_the_report_says_what_is_met_missed_and_not_measured() -> None:
    lines = render(RESULTS).splitlines()
    assert "| quick: at most 12 ms | 11.96 ms | yes |" in lines
    assert "| many: at least 400 queries/s | 399.9 queries/s | **no** |" in lines
    assert "| light: at most 95 MB | not measured | — |" in lines
    assert "| 103 × | one query | 12 ms | 1,234 ms |" in lines
    assert not any("left out" in line for line in lines)
    assert "| commit | abc with changes |" in lines
    assert "How it was done." in lines


def test_the_report_puts_growth_in_one_row_a_size() -> None:
    results = copy.deepcopy(RESULTS)
    numbers = [
        {"key": f"growth.{part}.{size}", "what": part, "value": value, "unit": "ms"}
        for size in (250_000, 60_000)
        for value, part in enumerate(("vectors", "trigrams", "ranked", "whole"), start=1)
    ]
    results["groups"] = [{"name": "growth", "title": "Growth", "note": "So.", "numbers": numbers}]
    results["plot"] = "growth.png"
    text = render(results)
    assert "| 60,000 | 1 ms | 2 ms | 3 ms | 4 ms |\n| 250,000 | 1 ms | 2 ms | 3 ms | 4 ms |" in text
    assert "](growth.png)" in text
