"""Label files and development corpora in; queries with their gold codes out."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.parity.measures import tabular_code
from codilingua.catalog.catalog import Catalog
from codilingua.errors import SourceError, UsageError
from codilingua.text import clean
from codilingua.types import LANGUAGES

SEED = 20260401
SAMPLE = 1000
"""Terms of the Disease Ontology drawn for each language."""

Group = Literal["labels", "development"]


@dataclass(frozen=True, slots=True)
class QuerySet:
    """``golds`` holds for each of ``queries`` its tabular codes, one or more.

    ``dropped`` counts the rows whose code the catalog does not have. Sets of the group ``labels`` are
    searched among official surfaces alone: the shipped index holds the queries themselves.
    """

    name: str
    group: Group
    source: str
    queries: tuple[str, ...]
    golds: tuple[tuple[str, ...], ...]
    dropped: int


def label_sets(folder: Path, catalog: Catalog) -> list[QuerySet]:
    """The machine-made labels of each language, ``LANG.tsv``, as queries."""
    sets = []
    for lang in LANGUAGES:
        rows = [(row["title"], row["code"]) for row in read_rows(folder / f"{lang}.tsv")]
        sets.append(_collect(f"labels {lang}", "labels", f"data/labels/{lang}.tsv", rows, catalog))
    return sets


def development_sets(folder: Path, catalog: Catalog) -> list[QuerySet]:
    """CodiEsp dev and samples of the Disease Ontology, from a folder laid out as the README of it says.

    :raises UsageError: when a file is not there.
    """
    mentions = [(row["mention"], row["code"]) for row in read_rows(folder / "codiesp" / "dev.tsv")]
    source = "CodiEsp v4, development split, distinct mentions (Zenodo 3837305, CC BY 4.0)"
    sets = [_collect("CodiEsp dev es", "development", source, mentions, catalog)]
    terms = list(read_rows(folder / "disease_ontology" / "terms.tsv"))
    for lang in ("en", "es"):
        rows = [(row["term"], row["code"]) for row in terms if row["lang"] == lang]
        source = f"Disease Ontology, labels and exact synonyms with ICD10CM references, {lang} (CC0)"
        whole = _collect(f"Disease Ontology {lang}", "development", source, rows, catalog)
        sets.append(sample(whole, SAMPLE, SEED))
    return sets


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a tab-separated file with a header; no quoting.

    :raises UsageError: when the file is not there.
    :raises SourceError: when a row has fewer cells than the header.
    """
    if not path.is_file():
        raise UsageError(
            f"{path}: no such file; give the folder that holds it by --data-dir, or leave it out"
        )
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE), start=2):
            if None in row.values():
                raise SourceError(path, number, "fewer cells than the header has")
            yield row


def sample(whole: QuerySet, count: int, seed: int) -> QuerySet:
    """``count`` queries of the set in their old order, or all where it has no more."""
    picks = sorted(random.Random(seed).sample(range(len(whole.queries)), min(count, len(whole.queries))))
    return QuerySet(
        name=whole.name,
        group=whole.group,
        source=f"{whole.source}, {len(picks):,} of {len(whole.queries):,} drawn with seed {seed}",
        queries=tuple(whole.queries[pick] for pick in picks),
        golds=tuple(whole.golds[pick] for pick in picks),
        dropped=whole.dropped,
    )


def _collect(
    name: str, group: Group, source: str, rows: Iterable[tuple[str, str]], catalog: Catalog
) -> QuerySet:
    """Texts that differ in case alone are one query; its gold codes are all that its rows name."""
    written: dict[str, str] = {}
    golds: dict[str, dict[str, None]] = {}
    dropped = 0
    for raw, code in rows:
        gold = tabular_code(catalog, code)
        if gold is None:
            dropped += 1
            continue
        text = clean(raw)
        written.setdefault(text.lower(), text)
        golds.setdefault(text.lower(), {})[gold] = None
    return QuerySet(
        name, group, source, tuple(written.values()), tuple(tuple(codes) for codes in golds.values()), dropped
    )
