"""What every filter gives back: what it kept, what it rejected, what it would have somebody read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from codilingua.types import Pair


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a pair did not pass.

    ``reason`` is one of a filter's few names for it, ``score`` how sure or how bad, in the filter's own
    measure (1 where it is a plain yes or no), ``detail`` what it saw.
    """

    pair: Pair
    reason: str
    score: float
    detail: str


@dataclass(slots=True)
class Sifted:
    """The pairs that passed, in their old order; and those that did not, or have to be read."""

    kept: list[Pair] = field(default_factory=list)
    rejected: list[Finding] = field(default_factory=list)
    review: list[Finding] = field(default_factory=list)


Check = Callable[[Pair], tuple[str, float, str] | None]
"""Looks at one pair alone: reason, score and detail where it does not pass."""


def sift(pairs: Iterable[Pair], rejects: Check | None = None, doubts: Check | None = None) -> Sifted:
    """Sort pairs by a check that rejects and one that only doubts."""
    sifted = Sifted()
    for pair in pairs:
        found = rejects(pair) if rejects else None
        doubt = doubts(pair) if doubts and not found else None
        if found:
            sifted.rejected.append(Finding(pair, *found))
        elif doubt:
            sifted.review.append(Finding(pair, *doubt))
        else:
            sifted.kept.append(pair)
    return sifted
