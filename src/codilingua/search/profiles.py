"""``ranking.json`` in; how each language weighs the parts of a score, and what a score is worth, out.

:mod:`codilingua.train.gate` fits it on the development sets and writes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codilingua.errors import AssetError

DEPTH = 20
"""Codes that the reranker reads, and among which a hit's confidence is shared out."""

_SHARES = ("dense", "floor", "prior", "rerank", "threshold")


@dataclass(frozen=True, slots=True)
class Profile:
    """How one language is ranked. The defaults are those of the base model, untuned.

    A code scores ``dense`` times the cosine, stretched so that ``floor`` is 0, and ``1 - dense`` times the
    trigrams; of that ``1 - prior`` and of its prior of use ``prior``. The best ``DEPTH`` codes are read by
    the reranker where ``rerank`` is not 0: ``rerank`` of their score is then its own, squashed to 0-1 by
    ``centre`` and ``width``.

    ``temperature`` makes the scores of one query probabilities that add up to 1, and ``knots`` (pairs of
    such a share and how often it was right, both rising) makes those honest; without knots there is no
    confidence. From ``threshold`` on a hit counts as sure.
    """

    dense: float = 0.65
    floor: float = 0.78
    prior: float = 0.0
    rerank: float = 0.0
    centre: float = 0.0
    width: float = 1.0
    temperature: float = 0.05
    knots: tuple[tuple[float, float], ...] = ()
    threshold: float = 0.5

    def squash(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """The reranker's scores as values of 0-1, in the same order."""
        shifted = (scores.astype(np.float64) - self.centre) / self.width
        squashed: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(shifted, -50, 50)))
        return squashed

    def shares(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores of one query's hits, the best first, as probabilities that are not calibrated yet."""
        weights = np.exp((scores - scores.max(initial=0.0)) / self.temperature)
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares

    def confidences(self, scores: Sequence[float]) -> list[float | None]:
        """How likely each of one query's hits is right, 0-1; None each where nothing was calibrated."""
        if not self.knots or not scores:
            return [None] * len(scores)
        points, values = zip(*self.knots, strict=True)
        calibrated = np.interp(self.shares(np.array(scores[:DEPTH], np.float64)), points, values)
        below = [0.0] * (len(scores) - DEPTH)
        return [*calibrated.round(3).tolist(), *below]


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profile of each language, and that of a text whose language is not known."""

    default: Profile = Profile()
    languages: Mapping[str, Profile] = field(default_factory=dict)

    def of(self, lang: str | None) -> Profile:
        """The profile of a language (ISO 639-1)."""
        return self.languages.get(lang, self.default) if lang is not None else self.default

    def changed(self, **values: Any) -> Profiles:
        """The same with these fields of every profile set anew."""
        return self.each(lambda profile: replace(profile, **values))

    def each(self, change: Callable[[Profile], Profile]) -> Profiles:
        """The same with every profile changed."""
        return Profiles(
            change(self.default), {lang: change(profile) for lang, profile in self.languages.items()}
        )

    def save(self, path: Path) -> None:
        """Write ``ranking.json``."""
        content = {"default": asdict(self.default)}
        content |= {lang: asdict(profile) for lang, profile in sorted(self.languages.items())}
        path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def open_profiles(path: Path) -> Profiles:
    """The profiles of a file; those of the untuned base where there is no file.

    :raises AssetError: when the file is damaged, or a value is out of range.
    """
    if not path.is_file():
        return Profiles()
    try:
        content = json.loads(path.read_text("utf-8"))
        profiles = {lang: _profile(values) for lang, values in content.items()}
        return Profiles(profiles.pop("default"), profiles)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise AssetError(f"{path}: damaged ({error!r:.100}); install codilingua again") from error


def _profile(values: dict[str, Any]) -> Profile:
    unknown = set(values) - {field.name for field in fields(Profile)}
    if unknown:
        raise ValueError(f"unknown {sorted(unknown)[0]}")
    knots = tuple((float(share), float(right)) for share, right in values.pop("knots", ()))
    profile = Profile(**{name: float(value) for name, value in values.items()}, knots=knots)
    for name in _SHARES:
        if not 0 <= getattr(profile, name) <= 1:
            raise ValueError(f"{name} is {getattr(profile, name)}")
    if profile.width <= 0 or profile.temperature <= 0 or profile.floor == 1:
        raise ValueError("width and temperature must be above 0, floor below 1")
    # JSON as Python reads it knows NaN, which compares with nothing.
    if not np.isfinite([profile.centre, profile.width, profile.temperature]).all():
        raise ValueError("centre, width and temperature must be finite")
    drawn = np.array([(0.0, 0.0), *knots, (1.0, 1.0)])
    if not (np.diff(drawn, axis=0) >= 0).all():
        raise ValueError("knots must rise within 0-1")
    return profile
