"""Pairs in; each text once out.

Within a language the same words count as the same text, and so do nearly the same letters with the same code
(:mod:`codilingua.near`). Where the same words stand with two codes one of them is wrong: the code that more
rows give them stays, else the one that is used more.
Across languages only what is the same letter for letter and has the same code is a repetition: ``anemia
ferropénica`` and ``anemia ferropènica`` are two languages' own words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from codilingua.curate.sifted import Finding, Sifted
from codilingua.near import NearTexts
from codilingua.synth.grid import TIERS, TYPO
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
    """Places of texts of one language that say the same: first place → all, those with more than one.

    The same words are the same text, whatever their codes. Nearly the same letters are only where the code
    is the same, too (``uretritis`` is not ``ureteritis``), and neither is a typing error on purpose.
    """
    by_language: defaultdict[str, list[int]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        by_language[pair.lang].append(place)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for places in by_language.values():
        near = NearTexts([pairs[place].text for place in places])
        head: dict[int, int] = {}
        for number, place in enumerate(places):
            same = near.same_words(pairs[place].text)
            first = number if same is None else same
            if first == number and pairs[place].register != TYPO:
                first = next(
                    (
                        other
                        for other in near.near(pairs[place].text)
                        if other < number and _alike(pairs[place], pairs[places[other]])
                    ),
                    number,
                )
            head[number] = head.get(first, first)
            groups[places[head[number]]].append(place)
    return {first: places for first, places in groups.items() if len(places) > 1}


def _alike(pair: Pair, other: Pair) -> bool:
    return pair.code == other.code and other.register != TYPO


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
