"""A data folder as curation wrote it in; its card, Markdown, every number of it counted, out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import CATEGORY
from codilingua.curate.files import read_numbers, read_pairs
from codilingua.curate.splits import SPLITS
from codilingua.evaluate.reporting.report.markdown import NOTHING, share, table
from codilingua.evaluate.scoring.leakage import leakage, read_training
from codilingua.evaluate.testsets.judgements import read_judgements
from codilingua.files import decode_utf8, read_bytes
from codilingua.synth.grid import REGISTERS
from codilingua.tables import read_columns
from codilingua.types import LANGUAGES, Kind, Pair

ABOUT = "about.md"
"""What no number says: written by people, taken into the card as it stands."""

CARD = "README.md"
_SAMPLES = 4
_LANGS = tuple(LANGUAGES)
COVERED = tuple(str(chapter) for chapter in (*range(1, 20), 21))
"""Chapters of which every category is to have pairs."""


def render(folder: Path, catalog: Catalog) -> str:
    """The card of a data folder.

    :raises UsageError: when the numbers of the run are not there.
    :raises SourceError: when a file of pairs is missing or has not the form.
    """
    numbers = read_numbers(folder)
    splits = {name: read_pairs(folder / "pairs" / f"{name}.tsv") for name in SPLITS}
    about = folder / ABOUT
    parts = [
        "<!-- Made by `codilingua data card`. Change about.md, or the data, instead. -->",
        "# The training data",
        decode_utf8(about, read_bytes(about)).strip() if about.is_file() else "",
        _what(numbers, splits, catalog),
        _who(numbers),
        _counts(splits, catalog),
        _curation(numbers),
        _reading(numbers),
        _leaks(folder, [name for name in SPLITS if splits[name]], catalog),
        _labels(folder),
        _samples(splits["train"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _what(numbers: Mapping[str, Any], splits: Mapping[str, Sequence[Pair]], catalog: Catalog) -> str:
    pairs = [pair for name in SPLITS for pair in splits[name]]
    codes = {pair.code for pair in pairs}
    wanted = {node.code for node in catalog if node.kind is Kind.CODE and len(node.code) == CATEGORY}
    wanted = {code for code in wanted if catalog.get(code).chapter in COVERED}
    covered = wanted & {code[:CATEGORY] for code in codes}
    raw = sum(numbers["raw"].values())
    rows = [
        ["phrases as written", f"{raw:,}"],
        ["kept pairs", f"{len(pairs):,} ({share(len(pairs), raw)})"],
        ["of them by *use → codes* / *code → phrases*", " / ".join(f"{n:,}" for n in _ways(pairs))],
        ["distinct codes", f"{len(codes):,}"],
        ["categories of chapters 1-19 and 21 that have pairs", f"{len(covered):,} of {len(wanted):,}"],
    ]
    missing = sorted(wanted - covered)
    if missing:
        rows.append(["categories without", ", ".join(missing)])
    return "## What is kept\n\n" + table(["", ""], rows)


def _ways(pairs: Sequence[Pair]) -> tuple[int, int]:
    ways = Counter(pair.way for pair in pairs)
    return ways["practice"], ways["phrases"]


def _who(numbers: Mapping[str, Any]) -> str:
    answers: Counter[str] = Counter()
    for name, count in numbers["answers"].items():
        answers[name.split()[0]] += count
    rows = [[task, version, model, date] for task, version, model, date in numbers["versions"]]
    text = "## Who wrote it\n\n" + table(["task", "prompt", "model", "date"], rows, texts=4)
    counted = ", ".join(f"{count:,} {task}" for task, count in sorted(answers.items()))
    unread = len(numbers["unreadable"])
    return text + f"\n\nAnswers: {counted}; {unread:,} of them could not be read. The ledger has them all."


def _counts(splits: Mapping[str, Sequence[Pair]], catalog: Catalog) -> str:
    pairs = [pair for name in SPLITS for pair in splits[name]]
    chapters = {code: catalog.get(code).chapter or "" for code in {pair.code for pair in pairs}}
    by_split = [_row(name, rows) for name, rows in (*splits.items(), ("all", pairs))]
    by_register = [_row(name, [pair for pair in pairs if pair.register == name]) for name in REGISTERS]
    by_chapter = [
        _row(f"{node.code} {node.title}", [pair for pair in pairs if chapters[pair.code] == node.code])
        for node in catalog.chapters()
    ]
    return "\n\n".join(
        f"## Rows by {name}\n\n" + table([name, *_LANGS, "all"], rows)
        for name, rows in (("split", by_split), ("register", by_register), ("chapter", by_chapter))
    )


def _row(name: str, pairs: Sequence[Pair]) -> list[str]:
    counts = Counter(pair.lang for pair in pairs)
    return [name, *(f"{counts[lang]:,}" for lang in _LANGS), f"{len(pairs):,}"]


def _curation(numbers: Mapping[str, Any]) -> str:
    stages = [
        [name, f"{came:,}", f"{rejected:,}", f"{review:,}"]
        for name, (came, rejected, review) in numbers["stages"].items()
    ]
    text = "## Curation\n\n" + table(["filter", "rows in", "rejected", "to be read"], stages)
    for what, title in (
        ("rejected", "Rejected (`rejected.tsv`)"),
        ("review", "Waiting to be read (`review.tsv`)"),
    ):
        rows = [
            [reason, *(f"{counts.get(lang, 0):,}" for lang in _LANGS), f"{sum(counts.values()):,}"]
            for reason, counts in numbers[what].items()
        ]
        if rows:
            text += f"\n\n{title}, by reason:\n\n" + table(["reason", *_LANGS, "all"], rows)
    return text


def _reading(numbers: Mapping[str, Any]) -> str:
    kinds = ("keep", "recode", "rewrite", "drop")
    rows = [
        [topic, *(f"{counts.get(kind, 0):,}" for kind in kinds), f"{sum(counts.values()):,}"]
        for topic, counts in sorted(numbers["verdicts"].items())
    ]
    if not rows:
        return ""
    text = "## Second reading\n\nRows read again by another than their writer, and what was said of them:\n\n"
    text += table(["read for", *kinds, "rows"], rows)
    precision = numbers["precision"]
    read, right = sum(precision["rows"].values()), sum(precision["right"].values())
    if read:
        cells = [f"{precision['right'].get(lang, 0)} of {precision['rows'].get(lang, 0)}" for lang in _LANGS]
        text += "\n\nPrecision of kept pairs, a random sample, before its misses were mended:\n\n"
        text += table(
            [*_LANGS, "all"], [[*cells, f"{right} of {read} ({100 * right / read:.1f} %)"]], texts=0
        )
        misses = [
            [lang, said, code, verdict + (f" → {to}" if to else ""), why]
            for lang, said, code, verdict, to, why in precision["misses"]
        ]
        if misses:
            text += "\n\nThe misses:\n\n" + table(["", "phrase", "code", "verdict", "why"], misses, texts=5)
    return text


def _leaks(folder: Path, held: Sequence[str], catalog: Catalog) -> str:
    """Near duplicates across the splits that hold something, by the evaluation's own measure."""
    rows = []
    for name, other in (("train", "dev"), ("train", "test"), ("dev", "test")):
        if name in held and other in held:
            training = read_training(folder / "pairs" / f"{name}.tsv")
            for query_set in read_judgements(folder / "pairs" / f"{other}.tsv", catalog):
                found = leakage(training, query_set)
                counts = (found.queries, found.exact_queries, found.near_queries)
                rows.append([name, other, query_set.lang, *(f"{count:,}" for count in counts)])
    if not rows:
        return ""
    text = "Queries of a held-out split that stand in another, as `codilingua evaluate` counts them:"
    header = ["in", "of", "language", "queries", "exact", "near"]
    return f"## Leakage\n\n{text}\n\n" + table(header, rows, texts=3)


def _labels(folder: Path) -> str:
    rows = []
    for name in ("terms", "labels"):
        files = sorted((folder / name).glob("*.tsv"))
        found = {file.stem: [cells for _, cells in read_columns(file, ("code", "title"))] for file in files}
        if found:
            counts = [f"{len(found[lang]):,}" if lang in found else NOTHING for lang in _LANGS]
            codes = len({code for cells in found.values() for code, _ in cells})
            rows.append([f"`{name}/`", *counts, f"{codes:,}"])
    if not rows:
        return ""
    text = "`terms/` has one preferred term a code, `labels/` everyday names of common codes."
    return f"## Texts of codes\n\n{text}\n\n" + table(["", *_LANGS, "codes"], rows)


def _samples(pairs: Sequence[Pair]) -> str:
    rows = []
    for lang in _LANGS:
        own = [pair for pair in pairs if pair.lang == lang]
        # By digest: the same rows every time, and nobody chose them.
        for pair in sorted(own, key=lambda pair: hashlib.sha256(pair.id.encode()).digest())[:_SAMPLES]:
            rows.append([lang, pair.register, pair.text, pair.code])
    text = "## Samples\n\nOf `pairs/train.tsv`, by lot:\n\n"
    return text + table(["", "register", "query", "code"], rows, texts=4)
