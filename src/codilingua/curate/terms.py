"""Preferred terms as they were written in; one valid term a code and language out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import CATEGORY
from codilingua.curate.filters.contradictions import contradictions
from codilingua.curate.filters.wording import BETTER_KNOWN, Detect, foreign
from codilingua.synth.choose import tabular
from codilingua.synth.raw import Term
from codilingua.text import fold
from codilingua.types import LANGUAGES, Concept, Pair

SHORTEST, LONGEST = 3, 200
"""Letters of a term. The shortest: ``mal``, ``tos``."""

STRANGE = 0.1
"""Share of an answer's terms that may look foreign before those that do are rejected."""


@dataclass(frozen=True, slots=True)
class TermFinding:
    """Why a term was rejected."""

    term: Term
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that are kept, one a code and language, and the others."""

    kept: tuple[Term, ...]
    rejected: tuple[TermFinding, ...]


def curate_terms(terms: Sequence[Term], catalog: Catalog, detect: Detect) -> Terms:
    """Reject unknown codes and languages, terms of another language, contradictions to the title, a second
    term for a code, and a term that another code has.

    The language is a property of an answer: of one that is otherwise in its language, a term that looks
    foreign (``torsades de pointes``) is a term of medicine.
    """
    kept: list[Term] = []
    rejected: list[TermFinding] = []
    named: set[tuple[str, str]] = set()
    taken: dict[tuple[str, str], str] = {}
    strange = {place: found for place, term in enumerate(terms) if (found := _strange(term, catalog, detect))}
    asked = Counter(term.request for term in terms)
    odd = Counter(terms[place].request for place in strange)
    for place, term in enumerate(terms):
        found = _fault(term, catalog)
        if not found and odd[term.request] > STRANGE * asked[term.request]:
            found = strange.get(place)
        if not found and (term.lang, term.code) in named:
            found = ("second term", term.code)
        owner = taken.get((term.lang, fold(term.text)), term.code)
        if not found and not _one_line(owner, term.code):
            found = ("same as another code", owner)
        if found:
            rejected.append(TermFinding(term, *found))
            continue
        named.add((term.lang, term.code))
        taken.setdefault((term.lang, fold(term.text)), term.code)
        kept.append(term)
    return Terms(tuple(kept), tuple(rejected))


def _fault(term: Term, catalog: Catalog) -> tuple[str, str] | None:
    if term.lang not in LANGUAGES:
        return "unknown language", term.lang
    concept = tabular(catalog, term.code)
    if concept is None or concept.code != term.code:
        return "unknown code", term.code
    if not SHORTEST <= sum(map(str.isalpha, term.text)) <= LONGEST:
        return "length", f"{len(term.text)} characters"
    who = (term.request, term.model, term.version, term.date)
    against = contradictions(
        [Pair(term.text, term.code, term.lang, "note", "phrases", *who)], catalog
    ).rejected
    return (against[0].reason, against[0].detail) if against else None


def _strange(term: Term, catalog: Catalog, detect: Detect) -> tuple[str, str] | None:
    """Why a term does not look like one of its language; None for a language that is not known."""
    if term.lang not in LANGUAGES:
        return None
    concept = tabular(catalog, term.code)
    if concept is not None and _copied(term, concept, detect):
        return "copied title", concept.title
    found = foreign(term.text, term.lang, detect)
    return ("wrong language", found[1]) if found else None


def _copied(term: Term, concept: Concept, detect: Detect) -> bool:
    """True where the term is the title in its own language, and not a word that both languages have."""
    if term.lang == concept.lang or fold(term.text) != fold(concept.title):
        return False
    known = detect(term.text.lower()).known
    return known[term.lang] + BETTER_KNOWN <= known[concept.lang]


def _one_line(one: str, other: str) -> bool:
    """True where one code is above the other: a category and its only common code may share a term."""
    return one[:CATEGORY] == other[:CATEGORY] and (one.startswith(other) or other.startswith(one))
