"""The concepts of a catalog and a file of further titles in; the same concepts with more labels out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codilingua.catalog.codes import code_key
from codilingua.catalog.sources.drafts import ORIGINS, Draft, Omissions, Text, same_language
from codilingua.catalog.sources.shapes import identity
from codilingua.errors import SourceError, UsageError
from codilingua.types import Concept, Label, Origin, Role

LabelCount = dict[tuple[str, Origin], int]
"""(language, origin) → how many labels."""


@dataclass(frozen=True, slots=True)
class Extended:
    """The concepts in their old order, and how many labels came to them."""

    concepts: tuple[Concept, ...]
    added: LabelCount


@dataclass(frozen=True, slots=True)
class TitleOptions:
    """Which texts to add and what to do with the rest.

    ``lang`` keeps the texts of one language, None those of all. ``origin`` holds for texts that do not say
    theirs. ``skip_unknown`` leaves out codes that the catalog does not have, instead of refusing the file.
    """

    lang: str | None = None
    origin: Origin | None = None
    skip_unknown: bool = False


def add_titles(
    path: Path, base: Sequence[Concept], drafts: Iterable[Draft], options: TitleOptions, omissions: Omissions
) -> Extended:
    """Add the titles and synonyms of ``drafts`` as labels.

    The first title of a code in a language is a ``title``, further ones are synonyms, as are those in the
    language of the catalog's own title. A text that the code has already is not added again; where the
    file gives it a stronger origin (``official`` over ``who-derived`` over ``machine``) it takes that one.

    :param path: the file, for messages.
    :raises SourceError: with the line, when the catalog has no such code (and ``skip_unknown`` is
        False), or when nothing is left to add.
    :raises UsageError: when a text has an origin neither in the file nor in the options.
    """
    places = {identity(concept.code): place for place, concept in enumerate(base)}
    loose = {code_key(concept.code): place for place, concept in reversed(list(enumerate(base)))}
    concepts = list(base)
    added: Counter[tuple[str, Origin]] = Counter()
    wanted = 0
    for draft in drafts:
        texts = list(_wanted(draft, options, omissions))
        if not texts:
            continue
        key = identity(draft.code)
        place = places.get(key, loose.get(code_key(draft.code)))
        if place is None:
            if not options.skip_unknown:
                reason = f"the catalog has no code {draft.code}: correct it, or pass --skip-unknown"
                raise SourceError(path, draft.line, reason)
            omissions.add("codes that the catalog does not have", draft.code)
            continue
        wanted += len(texts)
        concepts[place] = _extended(concepts[place], texts, options, added, omissions)
    if not wanted:
        raise SourceError(path, None, _nothing(options))
    return Extended(tuple(concepts), dict(added))


def _nothing(options: TitleOptions) -> str:
    if options.lang is None:
        return "nothing in it that could be added: check the file and --add-to"
    return f"no title in {options.lang} that could be added: check --lang and --add-to"


def _wanted(draft: Draft, options: TitleOptions, omissions: Omissions) -> Iterator[Text]:
    for text in draft.texts:
        if text.role == "inclusion":
            omissions.add("inclusion terms: only titles and synonyms are added", draft.code)
        elif options.lang is None or same_language(text.lang, options.lang):
            yield text
        else:
            omissions.add(f"texts in {text.lang}, as --lang is {options.lang}", draft.code)


def _extended(
    concept: Concept,
    texts: Sequence[Text],
    options: TitleOptions,
    added: Counter[tuple[str, Origin]],
    omissions: Omissions,
) -> Concept:
    own = (concept.title.casefold(), concept.lang)
    labels = {(label.text.casefold(), label.lang): label for label in concept.labels}
    titled = {concept.lang} | {label.lang for label in concept.labels if label.role == "title"}
    for text in texts:
        origin = text.origin or options.origin
        if origin is None:
            raise UsageError("the titles have no origin: pass --origin official, who-derived or machine")
        key = (text.text.casefold(), text.lang)
        known = labels.get(key)
        if key == own or (known and ORIGINS.index(known.origin) <= ORIGINS.index(origin)):
            omissions.add("texts that the code has already", concept.code)
        elif known:
            labels[key] = replace(known, origin=origin)
            omissions.add(
                f"texts that the code has already, now {origin} instead of {known.origin}", concept.code
            )
        else:
            role: Role = "synonym" if text.lang in titled or text.role == "synonym" else "title"
            titled |= {text.lang} if role == "title" else set()
            labels[key] = Label(text.text, text.lang, role, origin)
            added[text.lang, origin] += 1
    return replace(concept, labels=tuple(labels.values()))
