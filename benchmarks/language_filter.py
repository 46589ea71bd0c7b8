"""Texts by people in; how often the language filter of curation is wrong, and how much it sees, out.

``python -m benchmarks.language_filter --data-dir DIR --out results/language-filter``

The texts are CodiEsp dev mentions, Disease Ontology terms and Human Phenotype Ontology names and
translations, read from the folder of corpora and not copied. Catalan and Italian have no text by people
there: theirs are the preferred terms of ``data/terms``, written by a language model, and say less. Each text
is judged as what it is (a rejection is a mistake) and as if it were in each of the other languages (a
rejection is right).
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from codilingua.curate.filters.wording import Witness, detector, foreign
from codilingua.types import LANGUAGES

SEED = 20261126
SAMPLE = 2000
_TERMS = Path(__file__).parents[1] / "data" / "terms"


def texts(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Name of the source, language, its distinct texts."""
    yield "CodiEsp dev", "es", _column(folder / "codiesp/dev.tsv", "mention")
    for lang in ("en", "es"):
        terms = _column(folder / "disease_ontology/terms.tsv", "term", lang)
        yield "Disease Ontology", lang, terms
    yield "HPO", "en", _column(folder / "hpo/en_fr.tsv", "en")
    for lang in ("es", "fr", "pt"):
        yield "HPO", lang, _column(folder / f"hpo/en_{lang}.tsv", lang)
    for lang in ("ca", "it"):
        if (_TERMS / f"{lang}.tsv").is_file():
            yield "terms (machine)", lang, _column(_TERMS / f"{lang}.tsv", "title")


def _column(path: Path, name: str, lang: str | None = None) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        found = sorted({row[name] for row in rows if row[name] and (lang is None or row["lang"] == lang)})
    return sorted(random.Random(SEED).sample(found, min(SAMPLE, len(found))))


def measure(folder: Path) -> list[dict[str, object]]:
    """One row a source: share of its texts that is rejected, 0-1, under each language."""
    detect = detector()

    @cache
    def once(text: str) -> Witness:
        return detect(text)

    rows: list[dict[str, object]] = []
    for source, lang, sample in texts(folder):
        shares = {
            other: sum(foreign(text, other, once) is not None for text in sample) / len(sample)
            for other in LANGUAGES
        }
        firsts = [once(text.lower()).chances for text in sample]
        right = sum(max(chances, key=chances.__getitem__) == lang for chances in firsts)
        told: dict[str, object] = {"source": source, "lang": lang, "texts": len(sample)}
        rows.append(told | {"rejected": shares, "lingua": right / len(sample)})
    return rows


def report(rows: list[dict[str, object]]) -> str:
    """The numbers as Markdown."""
    lines = [
        "# The language filter",
        "",
        "Share of texts that curation's language filter rejects, in percent, by the language that they are",
        "said to be in. In their own language (bold) every rejection is a mistake. `lingua` alone is how",
        "often its first choice among the six is right. Made by `benchmarks/language_filter.py`.",
        "",
        "| source | language | texts | "
        + " | ".join(f"as {code}" for code in LANGUAGES)
        + " | lingua alone |",
        "|---|---|---:|" + "---:|" * (len(LANGUAGES) + 1),
    ]
    for row in rows:
        shares = row["rejected"]
        assert isinstance(shares, dict)
        cells = [
            f"**{100 * shares[code]:.2f}**" if code == row["lang"] else f"{100 * shares[code]:.0f}"
            for code in LANGUAGES
        ]
        lingua = row["lingua"]
        assert isinstance(lingua, float)
        told = f"| {row['source']} | {row['lang']} | {row['texts']:,} | "
        lines.append(told + " | ".join(cells) + f" | {100 * lingua:.0f} |")
    lines += [
        "",
        "What it does not see is mostly text that both languages write the same way, and single words.",
        "Neither library knows Galician: beside Portuguese only the words in `languages/pt.toml` tell it.",
        "",
        "Sources: CodiEsp (Miranda-Escalada et al., CC BY 4.0), Disease Ontology (CC0), Human Phenotype",
        "Ontology (Köhler et al.; free with attribution).",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = measure(arguments.data_dir)
    arguments.out.mkdir(parents=True, exist_ok=True)
    content = {"kind": "language-filter", "rows": rows}
    (arguments.out / "results.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    (arguments.out / "report.md").write_text(report(rows), "utf-8")


if __name__ == "__main__":
    main()
