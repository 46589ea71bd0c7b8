"""The label files in; a seeded sample of phrases, as many of each language, out."""

from __future__ import annotations

import csv
import random

from benchmarks.measured import ROOT
from codilingua.types import LANGUAGES

SEED = 7


def sample(count: int) -> list[str]:
    """Phrases of the six languages in turn: any stretch of the list is as mixed as the whole.

    They are labels of the index, so all of them have an answer; what a query costs depends on how
    long it is, not on whether it is in the index.

    :return: ``count`` phrases, rounded down to a multiple of the languages, none twice in a language.
    :raises FileNotFoundError: when a language has no label file.
    """
    share = count // len(LANGUAGES)
    chosen = [_titles(lang, share) for lang in LANGUAGES]
    return [phrase for together in zip(*chosen, strict=True) for phrase in together]


def _titles(lang: str, count: int) -> list[str]:
    path = ROOT / "data" / "labels" / f"{lang}.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        titles = sorted({row["title"] for row in csv.DictReader(file, delimiter="\t")})
    return random.Random(SEED).sample(titles, count)
