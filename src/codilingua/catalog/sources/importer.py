"""A request to import one terminology file in; a catalog file on disk and a summary of it out."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.sources.assemble import assemble, merge_languages
from codilingua.catalog.sources.claml import read_claml
from codilingua.catalog.sources.delimited import Columns, read_delimited
from codilingua.catalog.sources.drafts import (
    Content,
    Format,
    LeftOut,
    Omissions,
    required_tag,
    same_language,
)
from codilingua.catalog.sources.fhir import read_fhir
from codilingua.catalog.sources.titles import LabelCount, TitleOptions, add_titles
from codilingua.catalog.store import CatalogInfo, write_catalog
from codilingua.errors import SourceError, UsageError
from codilingua.files import read_bytes
from codilingua.types import Concept, Origin, Status

SHIPPED = "icd-10-cm"
"""The name by which the catalog inside the package is asked for."""

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".tab": "csv",
    ".xml": "claml", ".claml": "claml", ".json": "fhir",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to read and where to write.

    ``name`` to ``licence`` override what the file says of itself (``edition`` may name a CSV column
    instead), ``lang`` chooses the language of the titles. With ``add_to`` (a catalog file, or
    ``icd-10-cm`` for the shipped one) the file's titles are added to that catalog: ``lang`` then keeps
    one language, ``edition`` says to which edition the titles belong, and ``name``, ``system`` and
    ``licence`` must stay None. ``origin`` is that of the added titles, and without ``add_to`` that of
    texts in other languages (official when None).
    """

    source: Path
    out: Path
    format: Literal["auto", "csv", "claml", "fhir"] = "auto"
    columns: Columns = field(default_factory=Columns)
    delimiter: str | None = None
    name: str | None = None
    system: str | None = None
    edition: str | None = None
    lang: str | None = None
    licence: str | None = None
    add_to: Path | None = None
    origin: Origin | None = None
    skip_unknown: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What was written: counts of the whole catalog, and what the file had that it has not.

    ``labels`` counts the texts beside the titles by language and origin; ``added`` those among them
    that came to an existing catalog, and is None for a new one.
    """

    out: Path
    format: Format
    info: CatalogInfo
    statuses: dict[Status, int]
    labels: LabelCount
    added: LabelCount | None
    left_out: tuple[LeftOut, ...]
    remarks: tuple[str, ...]


def import_catalog(request: ImportRequest) -> ImportSummary:
    """Read the whole file, then write the catalog; where anything is wrong, write nothing.

    :raises SourceError: when the file is wrong; with the line where it has one.
    :raises UsageError: when the request cannot be served: ``out`` exists, is the source or has no
        folder, or name, edition, language or origin is neither asked for nor in the file.
    :raises AssetError: when the base catalog cannot be opened or the new one cannot be written.
    """
    _check(request)
    lang = required_tag(request.lang) if request.lang is not None else None
    form = detect(request.source) if request.format == "auto" else request.format
    content = _read(request, form, lang or "")
    summarise = _add if request.add_to is not None else _create
    return summarise(request, form, content, lang)


def detect(path: Path) -> Format:
    """The format by the file's extension, else by its first character: ``<``, ``{`` or another.

    :raises SourceError: when the file cannot be read.
    """
    by_suffix = _SUFFIXES.get(path.suffix.lower())
    if by_suffix and by_suffix != "csv":
        return by_suffix
    start = read_bytes(path).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    by_content: dict[bytes, Format] = {b"<": "claml", b"{": "fhir"}
    return by_suffix or by_content.get(start, "csv")


def _check(request: ImportRequest) -> None:
    out = request.out
    if not out.absolute().parent.is_dir():
        raise UsageError(f"--out {out}: the folder {out.parent} does not exist: make it first")
    if out.is_dir():
        raise UsageError(f"--out {out} is a folder: name a file in it")
    if out.exists() and request.source.exists() and out.samefile(request.source):
        raise UsageError(f"--out {out} is the file to import: name another")
    if out.exists() and not request.force:
        raise UsageError(f"--out {out} exists: name another file, or pass --force to replace it")
    if request.add_to is None and request.skip_unknown:
        raise UsageError("--skip-unknown goes with --add-to only: leave it out")
    if request.add_to is not None:
        for option in ("name", "system", "licence"):
            if getattr(request, option) is not None:
                raise UsageError(
                    f"--{option} does not go with --add-to: the catalog keeps its own; leave it out"
                )


def _read(request: ImportRequest, form: Format, lang: str) -> Content:
    if form == "csv":
        edition = request.edition or ""
        return read_delimited(request.source, request.columns, request.delimiter, lang, edition)
    if request.delimiter is not None or request.columns != Columns():
        raise UsageError(f"{request.source} is read as {form}: columns and --delimiter go with csv only")
    content = (read_claml if form == "claml" else read_fhir)(request.source, lang)
    return replace(content, edition=request.edition or content.edition)


def _create(request: ImportRequest, form: Format, content: Content, lang: str | None) -> ImportSummary:
    if content.adds_only:
        raise SourceError(request.source, None, "a supplement is no catalog: add it to one with --add-to")
    info = _info(request, content, lang)
    drafts = merge_languages(request.source, content.drafts) if form == "csv" else content.drafts
    concepts = assemble(request.source, drafts, info.lang, request.origin or "official")
    write_catalog(request.out, info, concepts)
    return _summary(request.out, form, info, concepts, None, content)


def _info(request: ImportRequest, content: Content, lang: str | None) -> CatalogInfo:
    info = CatalogInfo(
        name=request.name or content.name,
        system=request.system or content.system,
        edition=content.edition,
        lang=lang or content.lang,
        source=request.source.name,
        licence=request.licence or content.licence,
    )
    missing = [option for option in ("name", "edition", "lang") if not getattr(info, option)]
    if missing:
        options = " and ".join(f"--{option}" for option in missing)
        raise UsageError(f"{request.source} does not say its {' and '.join(missing)}: pass {options}")
    return info


def _add(request: ImportRequest, form: Format, content: Content, lang: str | None) -> ImportSummary:
    assert request.add_to is not None
    with Catalog.open(_base(request.add_to)) as catalog:
        info, base = catalog.info, tuple(catalog)
    if request.origin == "official":
        _check_official(request, form, content, info)
    omissions = Omissions()
    options = TitleOptions(lang, request.origin, request.skip_unknown)
    extended = add_titles(request.source, base, content.drafts, options, omissions)
    write_catalog(request.out, info, extended.concepts)
    more = replace(content, left_out=content.left_out + omissions.result())
    return _summary(request.out, form, info, extended.concepts, extended.added, more)


def _check_official(request: ImportRequest, form: Format, content: Content, info: CatalogInfo) -> None:
    """Editions are never mixed: another edition's titles are not official in this one."""
    advice = "pass --origin who-derived"
    # ClaML and FHIR number their versions in ways of their own, which no catalog's edition need follow.
    edition = content.edition if form == "csv" or request.edition else ""
    if edition and edition != info.edition:
        told = f"titles of edition {edition!r} are not official in {info.name} {info.edition!r}"
        raise UsageError(f"{told}: {advice}, or --edition {info.edition!r} if that is what they are")
    if content.system and info.system and content.system != info.system and form == "fhir":
        told = f"titles of {content.system} are not official in {info.name} ({info.system})"
        raise UsageError(f"{told}: {advice}")


def _base(add_to: Path) -> Path:
    if str(add_to).lower() != SHIPPED:
        return add_to
    # Importing by name, and only now: most imports never need the shipped files.
    artifacts = importlib.import_module("codilingua.artifacts")
    return Path(artifacts.Assets.shipped().catalog)


def _summary(
    out: Path,
    form: Format,
    info: CatalogInfo,
    concepts: Iterable[Concept],
    added: LabelCount | None,
    content: Content,
) -> ImportSummary:
    statuses: Counter[Status] = Counter()
    labels: Counter[tuple[str, Origin]] = Counter()
    other = 0
    for concept in concepts:
        statuses[concept.status] += 1
        labels.update((label.lang, label.origin) for label in concept.labels)
        other += not same_language(concept.lang, info.lang)
    remarks = content.remarks
    if other and added is None:
        remarks += (f"{other:,} codes have no title in {info.lang} and keep the one they have.",)
    return ImportSummary(
        out,
        form,
        info,
        {status: statuses[status] for status in Status if statuses[status]},
        dict(sorted(labels.items())),
        added,
        content.left_out,
        remarks,
    )
