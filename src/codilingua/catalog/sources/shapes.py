"""What a code's shape says where the file is silent: drafts in; ICD-10 parents and kinds of node out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from codilingua.catalog.codes import code_key, looks_like_code
from codilingua.catalog.sources.drafts import Draft
from codilingua.types import Kind

_RANGE = re.compile(r"([A-Z][A-Z0-9]{2})\s*-\s*([A-Z][A-Z0-9]{2})", re.IGNORECASE)
_CHAPTER = re.compile(r"[0-9]{1,2}|[IVX]{1,5}")
_CATEGORY = 3

Range = tuple[str, str]


def identity(code: str) -> str:
    """The form in which two codes of one file are the same code.

    An ICD-10 code may be written with its dot or without; in other systems punctuation may tell two
    codes apart (``1.2`` and ``12``), so only case and outer space are forgiven.
    """
    return code_key(code) if looks_like_code(code) else code.strip().upper()


def code_range(code: str) -> Range | None:
    """First and last category of a section's code: ``A00-B99`` → ``("A00", "B99")``; else None."""
    match = _RANGE.fullmatch(code.strip())
    return (match[1].upper(), match[2].upper()) if match else None


def looks_like_chapter(code: str) -> bool:
    """True for ``1``-``99`` and for Roman numerals, the two ways in which ICD-10 numbers chapters."""
    return _CHAPTER.fullmatch(code) is not None


def kind_by_shape(code: str, is_root: bool, has_children: bool) -> Kind:
    """Chapter, section or code, by the code alone and its place in the hierarchy."""
    if code_range(code):
        return Kind.SECTION
    return Kind.CHAPTER if is_root and has_children and looks_like_chapter(code) else Kind.CODE


def with_icd_parents(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """The drafts of a file that states no parents, with those that ICD-10 codes imply.

    A code's parent is its longest prefix in the file, from the category on (``E11.65`` → ``E11.6``,
    else ``E11``); a category's, and a section's, is the narrowest section in the file that contains it.
    Only what exists in the file becomes a parent. Codes of another shape stay without. Numbers and
    Roman numerals become chapters where the file has ICD-10 codes at all.
    """
    codes = {code_key(draft.code): draft.code for draft in drafts if looks_like_code(draft.code)}
    ranges = {span: draft.code for draft in drafts if (span := code_range(draft.code))}
    return tuple(_with_parent(draft, codes, ranges) for draft in drafts)


def _with_parent(draft: Draft, codes: dict[str, str], ranges: dict[Range, str]) -> Draft:
    span = code_range(draft.code)
    if span:
        return replace(draft, parent=_narrowest(span, ranges))
    if looks_like_code(draft.code):
        key = code_key(draft.code)
        prefixes = (key[:length] for length in range(len(key) - 1, _CATEGORY - 1, -1))
        parent = next((codes[prefix] for prefix in prefixes if prefix in codes), None)
        category = key[:_CATEGORY]
        return replace(draft, parent=parent or _narrowest((category, category), ranges, strict=False))
    if draft.kind is None and codes and looks_like_chapter(draft.code):
        return replace(draft, kind=Kind.CHAPTER)
    return draft


def _narrowest(span: Range, ranges: dict[Range, str], strict: bool = True) -> str | None:
    low, high = span
    holding = [
        (first, last)
        for first, last in ranges
        if first <= low and high <= last and not (strict and (first, last) == span)
    ]
    # Sections nest, so among those that hold the span the one that starts last and ends first is inmost.
    best = max(holding, key=lambda held: (held[0], [-ord(ch) for ch in held[1]]), default=None)
    return ranges[best] if best else None
