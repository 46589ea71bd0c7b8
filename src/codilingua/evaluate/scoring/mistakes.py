"""Rankings and gold codes in; what went wrong with each first answer, and a sample to read, out.

The classes, the most informative first; where a query has several acceptable codes, the first class
that holds for one of them is taken:

* ``correct``: the answer is an acceptable code.
* ``no answer``: nothing was answered.
* ``retired gold``: the catalog has none of the acceptable codes, so that no answer can be right.
* ``parent``: the answer stands above the gold: right, but not specific enough.
* ``child``: the answer stands below the gold: more specific than asked for.
* ``laterality``: same category, and the titles differ in the side alone.
* ``unspecified vs specific``: same category, and where the two part from each other, one goes to what
  is unspecified, the other to what is named; or one of them to "other".
* ``sibling``: the same code right above both.
* ``same category``, ``same section``, ``same chapter``: what they still share.
* ``unrelated``: not even the chapter.

Sides and vague words are read from English titles; over a catalog in another language these two classes
are next to empty, and their errors count as what comes after.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from codilingua.catalog.codes import CATEGORY
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.text import fold
from codilingua.types import Judgement, Level

CORRECT = "correct"
NO_ANSWER = "no answer"
RETIRED = "retired gold"

CLASSES = (
    CORRECT,
    NO_ANSWER,
    RETIRED,
    "parent",
    "child",
    "laterality",
    "unspecified vs specific",
    "sibling",
    "same category",
    "same section",
    "same chapter",
    "unrelated",
)
"""In order of precedence."""

SHOWN = 3
"""Answers that are shown with an error."""

_WORD = re.compile(r"[^\W_]+")
_GLUE = frozenset({"of", "the", "in"})
_SIDES = frozenset({"right", "left", "bilateral", "unilateral", "dominant", "nondominant"})
_VAGUE = "unspecified"
_NAMED_SIDES = frozenset({"right", "left", "bilateral"})
# "right eye" beside "bilateral": only what comes in pairs is left out without loss.
_MAY_DIFFER = frozenset({"eye", "ear", "side", _VAGUE})
_UNSPECIFIED = re.compile(r"\bunspecified\b|\bnos\b|\bnot otherwise specified\b", re.IGNORECASE)
_OTHER = re.compile(r"\bother\b(?! than\b)|\bnec\b|\bnot elsewhere classified\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A query whose first answer is wrong.

    ``returned`` are its best answers, at most ``SHOWN``. ``rank`` is the place of the first acceptable
    code, from 1; None where the ranking has none. ``kind`` is one of ``CLASSES``.
    """

    set_name: str
    judgement: Judgement
    returned: tuple[str, ...]
    rank: int | None
    kind: str


def classify(golds: Sequence[str], returned: str | None, hierarchy: Hierarchy, level: Level = "exact") -> str:
    """
    :param golds: the acceptable codes, one or more, as the source writes them.
    :param returned: the first answer; None where there is none.
    :param level: ``category`` cuts everything to its 3-character category first.
    :return: one of :data:`CLASSES`.
    """
    if returned is None:
        return NO_ANSWER
    known = [gold for gold in (_placed(gold, hierarchy, level) for gold in golds) if gold is not None]
    if not known:
        return RETIRED
    answer = _placed(returned, hierarchy, level)
    if answer is None:
        return "unrelated"
    return min((_compare(gold, answer, hierarchy) for gold in known), key=CLASSES.index)


def find_mistakes(
    set_name: str,
    judgements: Sequence[Judgement],
    rankings: Sequence[Sequence[str]],
    hierarchy: Hierarchy,
) -> list[Mistake]:
    """The queries whose first answer is wrong, in their order.

    :param rankings: for each judgement its codes, best first.
    """
    found = []
    for judgement, codes in zip(judgements, rankings, strict=True):
        kinds = [classify(judgement.codes, code, hierarchy, judgement.level) for code in codes]
        rank = kinds.index(CORRECT) + 1 if CORRECT in kinds else None
        if rank != 1:
            kind = kinds[0] if kinds else NO_ANSWER
            found.append(Mistake(set_name, judgement, tuple(codes[:SHOWN]), rank, kind))
    return found


def count_classes(
    judgements: Sequence[Judgement], rankings: Sequence[Sequence[str]], hierarchy: Hierarchy
) -> dict[str, int]:
    """Queries in each class, in the order of :data:`CLASSES`, none left out."""
    found = Counter(
        classify(judgement.codes, codes[0] if codes else None, hierarchy, judgement.level)
        for judgement, codes in zip(judgements, rankings, strict=True)
    )
    return {name: found[name] for name in CLASSES}


def sample_mistakes(mistakes: Sequence[Mistake], seed: int, size: int = 50) -> tuple[Mistake, ...]:
    """A sample spread evenly over languages, and within a language over its sets.

    Each language, and in it each set, gives one in turn until there are enough: what one has too few
    of, the others give. Which ones is decided by the seed and the query's own text and line.

    :return: at most ``size``, by language, set and line.
    """
    queues: dict[str, dict[str, list[Mistake]]] = {}
    for mistake in sorted(mistakes, key=lambda one: _number(one, seed)):
        queues.setdefault(mistake.judgement.lang, {}).setdefault(mistake.set_name, []).append(mistake)
    # Each language as one queue, its sets in turn; then the languages in turn.
    languages = [_in_turn([sets[name] for name in sorted(sets)]) for _, sets in sorted(queues.items())]
    drawn = _in_turn(languages)[:size]
    return tuple(sorted(drawn, key=lambda one: (one.judgement.lang, one.set_name, one.judgement.line)))


def _in_turn(queues: Sequence[Sequence[Mistake]]) -> list[Mistake]:
    longest = max(map(len, queues), default=0)
    return [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)]


def _number(mistake: Mistake, seed: int) -> float:
    row = mistake.judgement
    return Random(f"{seed}:{mistake.set_name}:{row.line}:{fold(row.query)}").random()


def _placed(code: str, hierarchy: Hierarchy, level: Level) -> str | None:
    category = hierarchy.category(code) if level == "category" else None
    return category or hierarchy.tabular(code)


def _compare(gold: str, answer: str, hierarchy: Hierarchy) -> str:
    """The class of one answer beside one gold code, both codes of the tabular list."""
    if gold == answer:
        return CORRECT
    if hierarchy.is_under(gold, answer):
        return "parent"
    if hierarchy.is_under(answer, gold):
        return "child"
    category = hierarchy.category(gold)
    if category is not None and category == hierarchy.category(answer):
        return _within_category(gold, answer, hierarchy)
    section = _section(gold, hierarchy)
    if section is not None and section == _section(answer, hierarchy):
        return "same section"
    chapter = hierarchy.chapter(gold)
    return "same chapter" if chapter is not None and chapter == hierarchy.chapter(answer) else "unrelated"


def _within_category(gold: str, answer: str, hierarchy: Hierarchy) -> str:
    if _differ_in_side(hierarchy.title(gold), hierarchy.title(answer)):
        return "laterality"
    lines = list(zip(hierarchy.line(gold), hierarchy.line(answer), strict=False))
    fork = next(place for place, (one, other) in enumerate(lines) if one != other)
    above = lines[fork - 1][0] if fork else ""
    if _differ_in_vagueness(*lines[fork], above, hierarchy):
        return "unspecified vs specific"
    return "sibling" if hierarchy.parent(gold) == hierarchy.parent(answer) else "same category"


def _section(code: str, hierarchy: Hierarchy) -> str | None:
    return hierarchy.parent(hierarchy.category(code) or code)


def _differ_in_vagueness(one: str, other: str, above: str, hierarchy: Hierarchy) -> bool:
    """
    :param one: the node right below the last one that gold and answer share, on the way to one of them;
        ``other`` on the way to the other. ``above`` is the shared one.
    """
    titles = hierarchy.title(one), hierarchy.title(other)
    if any(len({len(words.findall(title)) for title in titles}) == 2 for words in (_UNSPECIFIED, _OTHER)):
        return True
    return _vagueness(one, above, hierarchy) != _vagueness(other, above, hierarchy)


def _vagueness(branch: str, above: str, hierarchy: Hierarchy) -> str:
    """``unspecified``, ``other`` or ``specific``, by what the title says beyond the one above it, else
    by the convention of the fourth character: 9 for unspecified, 8 for other."""
    title, known = hierarchy.title(branch), hierarchy.title(above)
    if len(_UNSPECIFIED.findall(title)) > len(_UNSPECIFIED.findall(known)):
        return "unspecified"
    if len(_OTHER.findall(title)) > len(_OTHER.findall(known)):
        return "other"
    # Deeper down 8 and 9 are digits like the others, or a side.
    last = branch[-1] if len(branch.replace(".", "")) == CATEGORY + 1 else ""
    return {"9": "unspecified", "8": "other"}.get(last, "specific")


def _differ_in_side(one: str, other: str) -> bool:
    (sides, words), (other_sides, other_words) = _sided(one), _sided(other)
    if sides == other_sides:
        return False
    extra, other_extra = words - other_words, other_words - words
    if not _MAY_DIFFER.issuperset((*extra, *other_extra)):
        return False
    # "Unspecified" says no side only where the title names none.
    unsided, other_unsided = _NAMED_SIDES.isdisjoint(sides), _NAMED_SIDES.isdisjoint(other_sides)
    return extra[_VAGUE] <= unsided and other_extra[_VAGUE] <= other_unsided


def _sided(title: str) -> tuple[list[str], Counter[str]]:
    """The side words of a title, and the others in the singular."""
    words = [_singular(word) for word in _WORD.findall(title.lower().replace("non-dominant", "nondominant"))]
    others = Counter(word for word in words if word not in _SIDES and word not in _GLUE)
    return [word for word in words if word in _SIDES], others


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and len(word) > 2 else word
