"""Pairs in; each text once out.

Within a language nearly the same text counts as the same (:mod:`codilingua.near`), and where it stands with
two codes one of them is wrong: the code that more rows give it stays, else the one that is used more.
Across languages only what is the same letter for letter and has the same code is a repetition: ``anemia
ferropénica`` and ``anemia ferropènica`` are two languages' own words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from codilingua.curate.sifted import Finding, Sifted
from codilingua.near import NearTexts
from codilingua.synth.grid import TIERS
from codilingua.text import clean
from codilingua.types import Pair


def duplicates(pairs: Sequence[Pair], tiers: Mapping[str, int]) -> Sifted:
    """Reject repetitions, and of contradictory rows the weaker.

    :param tiers: code → tier of use.
    """
    groups = _groups(pairs)
    sifted = Sifted()
    dropped: dict[int, Finding] = {}
    for places in groups.values():
        code = _stronger([pairs[place] for place in places], tiers)
        first: int | None = None
        for place in places:
            pair = pairs[place]
            if pair.code != code:
                dropped[place] = Finding(pair, "two codes for one text", 1.0, f"also {code}")
            elif first is not None:
                dropped[place] = Finding(pair, "near duplicate", 1.0, f"as {pairs[first].text!r}")
            else:
                first = place
    _across(pairs, dropped)
    for place, pair in enumerate(pairs):
        if place in dropped:
            sifted.rejected.append(dropped[place])
        else:
            sifted.kept.append(pair)
    return sifted


def _groups(pairs: Sequence[Pair]) -> dict[int, list[int]]:
    """Places of near texts of one language: first place → all, those with more than one."""
    by_language: defaultdict[str, list[int]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        by_language[pair.lang].append(place)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for places in by_language.values():
        near = NearTexts([pairs[place].text for place in places])
        for place in places:
            first = near.find(pairs[place].text)
            groups[place if first is None else places[first]].append(place)
    return {first: places for first, places in groups.items() if len(places) > 1}


def _stronger(group: Sequence[Pair], tiers: Mapping[str, int]) -> str:
    """The code that most rows give; among equals the one used more, then the one that came first."""
    votes = Counter(pair.code for pair in group)
    return min(votes, key=lambda code: (-votes[code], tiers.get(code, TIERS - 1)))


def _across(pairs: Sequence[Pair], dropped: dict[int, Finding]) -> None:
    """Drop what another language has already, letter for letter. Which language keeps it is by lot."""
    by_text: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        if place not in dropped:
            by_text[clean(pair.text).lower(), pair.code].append(place)
    for places in by_text.values():
        if len(places) > 1:
            keeper = min(places, key=lambda place: pairs[place].id)
            for place in places:
                if place != keeper:
                    detail = f"as in {pairs[keeper].lang}"
                    dropped[place] = Finding(pairs[place], "same in another language", 1.0, detail)
