"""Kept pairs in; train, development and test out, so that no near duplicate stands on two sides.

By hash alone: the same pairs give the same splits, and one more moves only what is near to it. A tenth of the
codes are held out whole (``unseen``), half of them for development, half for test. Of the other codes' pairs
a twentieth go there, near texts together.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from codilingua.curate.sifted import Finding
from codilingua.near import NearTexts
from codilingua.types import Pair

UNSEEN_CODES = 0.10
SEEN_QUERIES = 0.05
SPLITS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Splits:
    """Pairs by split; ``unseen`` are the codes that are held out whole.

    ``dropped`` are those of train and dev that were near to a text of another split all the same.
    """

    train: tuple[Pair, ...]
    dev: tuple[Pair, ...]
    test: tuple[Pair, ...]
    unseen: frozenset[str]
    dropped: tuple[Finding, ...]


def split(pairs: Sequence[Pair], salt: str = "codilingua-1") -> Splits:
    """Divide the pairs.

    :param salt: another one gives other splits.
    """
    held = {code: _draw(salt, "code", code) for code in {pair.code for pair in pairs}}
    unseen = frozenset(code for code, chance in held.items() if chance < UNSEEN_CODES)
    parts: dict[str, list[Pair]] = {name: [] for name in SPLITS}
    for group in _near_groups(pairs):
        seen_chance = _draw(salt, "text", min(pair.id for pair in group))
        for pair in group:
            if pair.code in unseen:
                name = "dev" if held[pair.code] < UNSEEN_CODES / 2 else "test"
            elif seen_chance < SEEN_QUERIES:
                name = "dev" if seen_chance < SEEN_QUERIES / 2 else "test"
            else:
                name = "train"
            parts[name].append(pair)
    dev, near_test = _apart(parts["dev"], parts["test"], "test")
    train, near_held = _apart(parts["train"], [*dev, *parts["test"]], "a held-out text")
    return Splits(
        train=_ordered(train),
        dev=_ordered(dev),
        test=_ordered(parts["test"]),
        unseen=unseen,
        dropped=tuple(near_test + near_held),
    )


def _near_groups(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Pairs of one group are near in text, in whatever languages; linked through others as well."""
    near = NearTexts([pair.text for pair in pairs])
    head = list(range(len(pairs)))

    def root(place: int) -> int:
        while head[place] != place:
            head[place] = head[head[place]]
            place = head[place]
        return place

    for place, pair in enumerate(pairs):
        for other in near.near(pair.text):
            head[root(place)] = root(other)
    groups: defaultdict[int, list[Pair]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        groups[root(place)].append(pair)
    return list(groups.values())


def _apart(pairs: Sequence[Pair], others: Sequence[Pair], what: str) -> tuple[list[Pair], list[Finding]]:
    """Those of the pairs that are near to none of the others; and the rest."""
    near = NearTexts([other.text for other in others])
    kept, dropped = [], []
    for pair in pairs:
        place = near.find(pair.text)
        if place is None:
            kept.append(pair)
        else:
            dropped.append(
                Finding(pair, f"near {what}", 1.0, f"as {others[place].text!r} ({others[place].code})")
            )
    return kept, dropped


def _ordered(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda pair: (pair.lang, pair.code, pair.text)))


def _draw(*what: str) -> float:
    """A number in 0-1 that depends on what it is for alone."""
    digest = hashlib.sha256(":".join(what).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64
