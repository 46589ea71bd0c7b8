"""What curation made of a ledger in; the files of a data folder, and back, out.

``pairs/{train,dev,test}.tsv``, ``rejected.tsv``, ``review.tsv`` (what waits for a reader),
``terms/LANG.tsv``, ``terms-rejected.tsv``, ``use/tiers.tsv``, ``use/conventions.tsv``, ``curation.json`` (the
numbers of the run). The pairs can be read by ``codilingua evaluate --data`` as they are.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from codilingua.catalog.catalog import Catalog
from codilingua.curate.pipeline import Curated
from codilingua.curate.sifted import Finding
from codilingua.curate.splits import SPLITS
from codilingua.curate.verdicts import precision
from codilingua.errors import UsageError
from codilingua.synth.raw import Raw, Term
from codilingua.tables import read_columns
from codilingua.types import Pair

COLUMNS = (
    "query",
    "codes",
    "lang",
    "register",
    "way",
    "seen",
    "chapter",
    "request",
    "model",
    "version",
    "date",
)
"""Of the files of pairs. ``seen`` is ``no`` where the code is held out whole."""

_FINDINGS = ("reason", "score", "detail", "id")
NUMBERS = "curation.json"
_NUMBERS = {
    "raw",
    "answers",
    "versions",
    "unreadable",
    "stages",
    "rejected",
    "review",
    "verdicts",
    "precision",
}


def write(folder: Path, curated: Curated, raw: Raw, catalog: Catalog) -> None:
    """Write the data folder.

    :raises UsageError: when it cannot be written.
    """

    @cache
    def chapter(code: str) -> str:
        concept = catalog.find(code)
        return (concept.chapter or "") if concept else ""

    unseen = curated.splits.unseen

    def row(pair: Pair) -> list[str]:
        seen = "no" if pair.code in unseen else "yes"
        told = (pair.register, pair.way, seen, chapter(pair.code))
        return [pair.text, pair.code, pair.lang, *told, pair.request, pair.model, pair.version, pair.date]

    def findings(found: Sequence[Finding]) -> Iterable[list[str]]:
        for one in sorted(found, key=lambda f: (f.reason, f.pair.lang, f.pair.code, f.pair.text)):
            yield [*row(one.pair), one.reason, f"{one.score:g}", one.detail, one.pair.id]

    try:
        for name in SPLITS:
            table(folder / "pairs" / f"{name}.tsv", COLUMNS, map(row, getattr(curated.splits, name)))
        table(folder / "rejected.tsv", (*COLUMNS, *_FINDINGS), findings(curated.rejected))
        table(folder / "review.tsv", (*COLUMNS, *_FINDINGS), findings(curated.review))
        for stale in (folder / "terms").glob("*.tsv"):
            stale.unlink()
        terms = _by_code(catalog, curated.terms.kept)
        for lang in sorted({term.lang for term in terms}):
            rows = ([term.code, term.text] for term in terms if term.lang == lang)
            table(folder / "terms" / f"{lang}.tsv", ("code", "title"), rows)
        table(
            folder / "terms-rejected.tsv",
            ("code", "title", "lang", "reason", "detail"),
            ([f.term.code, f.term.text, f.term.lang, f.reason, f.detail] for f in curated.terms.rejected),
        )
        if curated.use.tiers:
            tiers = ([code, str(tier)] for code, tier in curated.use.tiers.items())
            table(folder / "use" / "tiers.tsv", ("code", "tier"), tiers)
        if curated.use.defaults:
            table(folder / "use" / "conventions.tsv", ("lang", "term", "code"), curated.use.defaults)
        text = json.dumps(numbers(curated, raw), indent=1, ensure_ascii=False)
        _replace(folder / NUMBERS, text + "\n")
    except OSError as error:
        raise UsageError(
            f"{error.filename}: cannot be written ({error.strerror}); choose another --out"
        ) from error


def numbers(curated: Curated, raw: Raw) -> dict[str, Any]:
    """The numbers of a run that its files do not show, for the card."""
    sample = precision(curated.settled.read)
    languages = sorted(curated.raw)
    return {
        "raw": dict(sorted(curated.raw.items())),
        "answers": dict(sorted(Counter(f"{entry.task} {entry.lang}" for entry in raw.entries).items())),
        "versions": _versions(raw),
        "unreadable": [[one.request, one.model, one.reason] for one in raw.unreadable],
        "stages": {name: list(counts) for name, counts in curated.stages.items()},
        "rejected": _by_reason(curated.rejected, languages),
        "review": _by_reason(curated.review, languages),
        "use rejected": dict(curated.use.rejected),
        "verdicts": curated.settled.counts,
        "precision": {
            "rows": dict(sorted(sample.rows.items())),
            "right": dict(sorted(sample.right.items())),
            "misses": [
                [
                    pair.lang,
                    pair.text,
                    pair.code,
                    one.verdict.verdict,
                    one.verdict.code or one.verdict.text,
                    one.verdict.why,
                ]
                for pair, one in sample.misses
            ],
        },
    }


def _versions(raw: Raw) -> list[list[str]]:
    """Task, prompt version, model and date of the answers, each once."""
    found = {(entry.task, entry.version, entry.model, entry.date) for entry in raw.entries}
    return [list(one) for one in sorted(found)]


def _by_reason(findings: Sequence[Finding], languages: Sequence[str]) -> dict[str, dict[str, int]]:
    counts = Counter((found.reason, found.pair.lang) for found in findings)
    reasons = sorted({reason for reason, _ in counts})
    return {reason: {lang: counts[reason, lang] for lang in languages} for reason in reasons}


def read_pairs(path: Path) -> list[Pair]:
    """Read a file of pairs, or of findings.

    :raises SourceError: with the line, when it has not the form.
    """
    names = ("query", "codes", "lang", "register", "way", "request", "model", "version", "date")
    return [Pair(*cells) for _, cells in read_columns(path, names)]  # type: ignore[arg-type]


def _by_code(catalog: Catalog, terms: Sequence[Term]) -> list[Term]:
    """In the order of the book."""
    places = {node.code: place for place, node in enumerate(catalog)}
    return sorted(terms, key=lambda term: places[term.code])


def table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a TSV file whole or not at all; a tab or line end within a cell becomes a space.

    :raises OSError: when it cannot be written.
    """
    _replace(path, "".join("\t".join(map(_cell, row)) + "\n" for row in (header, *rows)))


def _cell(text: str) -> str:
    return " ".join(text.splitlines()).replace("\t", " ").encode("utf-8", "replace").decode()


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, "utf-8")
    os.replace(temporary, path)


def read_numbers(folder: Path) -> Mapping[str, Any]:
    """The numbers that :func:`write` left.

    :raises UsageError: when there are none.
    """
    path = folder / NUMBERS
    try:
        content: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); make it with  codilingua curate") from error
    if not isinstance(content, dict) or not content.keys() >= _NUMBERS:
        raise UsageError(f"{path}: not what curation writes; make it with  codilingua curate")
    return content
