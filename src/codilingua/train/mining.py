"""A trained encoder's vectors and the training phrases in; for each phrase what it is confused with out.

What the encoder ranks high and is wrong comes first, then the terminology's own rivals. A code whose best
text is nearer to the phrase than the right one's by more than a margin is left out: it is likelier to be
right as well than to be a mistake (NV-Retriever, Moreira and others, 2024, found such margins to matter).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from codilingua.errors import SourceError, TrainingError
from codilingua.text import fold
from codilingua.train.examples import TrainingSet

Places = NDArray[np.int64]
Vectors = NDArray[np.float32]

_BLOCK = 256
_SPARE = 64
"""Codes looked at beyond those wanted, for the relatives and the too near among them."""


@dataclass(frozen=True, slots=True)
class Mined:
    """``codes`` is int64 [phrases, negatives], places of codes, the hardest first, -1 where there are no
    more; ``rows`` the surface of each that is nearest to the phrase; ``own`` int64 [phrases] the nearest
    surface of the right code that is not the phrase itself, its title where there is no other.
    """

    codes: Places
    rows: Places
    own: Places


@dataclass(frozen=True, slots=True)
class Rules:
    """``count`` negatives a phrase, ``rivals`` of them kept for the terminology's where it has so many;
    ``margin`` is the cosine by which a negative may be nearer than the right code. ``phrases`` are mined for,
    drawn by lot; None for all.
    """

    count: int = 15
    rivals: int = 4
    margin: float = 0.05
    phrases: int | None = None
    seed: int = 1

    def drawn(self, data: TrainingSet) -> Places:
        """Rows of the phrases to mine for, int64, rising."""
        order = np.random.default_rng(self.seed).permutation(len(data.phrases))
        return np.sort(order[: self.phrases])


def mine(
    data: TrainingSet,
    numbers: Places,
    phrases: Vectors,
    surfaces: Vectors,
    rules: Rules,
    progress: Callable[[int, int], None] | None = None,
) -> Mined:
    """
    :param numbers: int64 [drawn], rows of the phrases to mine for; the others get no negatives.
    :param phrases: float32 [drawn, dimensions], their vectors, of length one; ``surfaces`` likewise.
    """
    starts = data.firsts()
    owners = data.surface_codes[starts]
    shape = (len(data.phrases), rules.count)
    mined = Mined(np.full(shape, -1), np.full(shape, -1), np.full(len(data.phrases), -1))
    right_ones = _right_codes(data)
    for start in range(0, len(phrases), _BLOCK):
        likeness = phrases[start : start + _BLOCK] @ surfaces.T
        best = np.maximum.reduceat(likeness, starts, axis=1)
        for place, near in enumerate(likeness):
            row = int(numbers[start + place])
            text, code = data.phrases.texts[row], int(data.phrases.codes[row])
            mined.own[row] = _own_surface(data, text, code, near)
            chosen = _confused(data, right_ones[fold(text)], best[place], owners, rules)
            for rank, other in enumerate(chosen):
                mined.codes[row, rank] = other
                mined.rows[row, rank] = max(data.surfaces_of(other), key=near.__getitem__)
        if progress is not None:
            progress(min(start + _BLOCK, len(phrases)), len(phrases))
    return mined


def _right_codes(data: TrainingSet) -> dict[str, set[int]]:
    """Folded text → every code that some phrase of this text takes."""
    right: dict[str, set[int]] = {}
    for text, code in zip(data.phrases.texts, data.phrases.codes.tolist(), strict=True):
        right.setdefault(fold(text), set()).add(code)
    return right


def _own_surface(data: TrainingSet, text: str, code: int, near: NDArray[np.float32]) -> int:
    rows = data.surfaces_of(code)
    others = [row for row in rows if fold(data.surfaces[row]) != fold(text)]
    return max(others or rows[:1], key=near.__getitem__)


def _confused(
    data: TrainingSet, right: set[int], scores: NDArray[np.float32], owners: Places, rules: Rules
) -> list[int]:
    """Codes that the encoder puts high, the nearest first, then the terminology's rivals."""
    known = np.searchsorted(owners, sorted(right))
    limit = float(scores[known].max()) + rules.margin
    not_these = {int(other) for code in right for other in data.relatives.relatives(code)}
    ranked = np.argpartition(-scores, min(len(scores) - 1, rules.count + _SPARE))[: rules.count + _SPARE]
    ranked = ranked[np.argsort(-scores[ranked], kind="stable")]
    chosen = [
        int(owners[place])
        for place in ranked
        if scores[place] <= limit and int(owners[place]) not in not_these
    ]
    chosen = chosen[: rules.count - rules.rivals]
    rivals = [int(other) for code in right for other in data.relatives.rivals(code)]
    more = [other for other in dict.fromkeys(rivals) if other not in chosen and other not in not_these]
    return [*chosen, *more][: rules.count]


def write_mined(path: Path, data: TrainingSet, mined: Mined) -> None:
    """:raises TrainingError: when the file cannot be written."""
    small = {name: getattr(mined, name).astype(np.int32) for name in ("codes", "rows", "own")}
    try:
        with path.open("wb") as file:
            np.savez_compressed(file, **small, phrases=np.array(_digest(data)))
    except OSError as error:
        raise TrainingError(f"{path}: cannot be written ({error.strerror}); choose another --out") from error


def read_mined(path: Path, data: TrainingSet) -> Mined:
    """
    :raises SourceError: when the file cannot be read, or was mined for other phrases.
    """
    try:
        # Opened here: NumPy leaves a file open that is no archive.
        with path.open("rb") as file, np.load(file) as arrays:
            mined = Mined(*(arrays[name].astype(np.int64) for name in ("codes", "rows", "own")))
            phrases = str(arrays["phrases"])
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile, zlib.error) as error:
        raise SourceError(path, None, f"no file of hard negatives ({error})") from error
    if phrases != _digest(data):
        raise SourceError(path, None, "mined for other phrases or another catalog: mine again")
    return mined


def _digest(data: TrainingSet) -> str:
    summed = hashlib.sha256("\n".join(data.phrases.texts).encode("utf-8", "replace"))
    summed.update("\n".join(data.surfaces).encode())
    return summed.hexdigest()
