"""A trained encoder and the training phrases in; for each phrase the codes it is confused with out.

What the encoder ranks high and is wrong comes first, then the terminology's own rivals. A code whose best
text is nearer to the phrase than the right one's by more than a margin is left out: it is likelier to be
right as well than to be a mistake (NV-Retriever, Moreira and others, 2024, found such margins to matter).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codilingua.errors import SourceError, TrainingError
from codilingua.train.examples import TrainingSet

Places = NDArray[np.int64]
Vectors = NDArray[np.float32]

_BLOCK = 256


def mine(
    data: TrainingSet,
    phrases: Vectors,
    surfaces: Vectors,
    count: int,
    margin: float,
    rivals: int,
    progress: Callable[[int, int], None] | None = None,
) -> Places:
    """
    :param phrases: float32 [phrases, dimensions], rows of length one; ``surfaces`` likewise.
    :param count: negatives a phrase, the terminology's among them.
    :param margin: cosine by which a negative may be nearer than the right code.
    :param rivals: of ``count``, how many are kept for the terminology's, where it has so many.
    :return: int64 [phrases, count], places of codes, -1 where there are no more.
    """
    starts = np.flatnonzero(np.r_[True, data.surface_codes[1:] != data.surface_codes[:-1]])
    owners = data.surface_codes[starts]
    found = np.full((len(phrases), count), -1, np.int64)
    for start in range(0, len(phrases), _BLOCK):
        block = phrases[start : start + _BLOCK]
        best = np.maximum.reduceat(block @ surfaces.T, starts, axis=1)
        for row, scores in enumerate(best, start):
            code = int(data.phrases.codes[row])
            chosen = _confused(data, code, scores, owners, count - rivals, margin)
            for rival in data.relatives.rivals(code).tolist():
                if len(chosen) == count:
                    break
                if rival not in chosen:
                    chosen.append(rival)
            found[row, : len(chosen)] = chosen
        if progress is not None:
            progress(min(start + _BLOCK, len(phrases)), len(phrases))
    return found


def _confused(
    data: TrainingSet, code: int, scores: NDArray[np.float32], owners: Places, count: int, margin: float
) -> list[int]:
    """Codes that the encoder puts high, the nearest first."""
    right = scores[np.searchsorted(owners, code)]
    relatives = data.relatives.relatives(code)
    ranked = np.argpartition(-scores, min(len(scores) - 1, count + len(relatives) + 16))[: count + 64]
    ranked = ranked[np.argsort(-scores[ranked], kind="stable")]
    chosen = [
        int(owners[place])
        for place in ranked
        if scores[place] <= right + margin and owners[place] not in relatives
    ]
    return chosen[:count]


def write_mined(path: Path, data: TrainingSet, mined: Places) -> None:
    """:raises TrainingError: when the file cannot be written."""
    try:
        with path.open("wb") as file:
            np.savez_compressed(file, codes=mined.astype(np.int32), phrases=_digest(data))
    except OSError as error:
        raise TrainingError(f"{path}: cannot be written ({error.strerror}); choose another --out") from error


def read_mined(path: Path, data: TrainingSet) -> Places:
    """
    :raises SourceError: when the file cannot be read, or was mined for other phrases.
    """
    try:
        with np.load(path) as arrays:
            codes, phrases = arrays["codes"].astype(np.int64), str(arrays["phrases"])
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise SourceError(path, None, f"no file of hard negatives ({error})") from error
    if phrases != _digest(data):
        raise SourceError(path, None, "mined for other phrases or another catalog: mine again")
    return codes


def _digest(data: TrainingSet) -> str:
    summed = hashlib.sha256("\n".join(data.phrases.texts).encode("utf-8", "replace"))
    summed.update("\n".join(data.relatives.codes).encode())
    return summed.hexdigest()
