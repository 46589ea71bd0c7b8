"""Resources and the parameters of a search in; the Bundle of those that match, page by page, out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from codilingua.fhir.elements import shown, wrong
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.results import Json, known_only

SEARCHES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    resource: {
        "_id": ("token", "id"),
        "url": ("uri", "url"),
        "version": ("token", "version"),
        "name": ("string", "name"),
        "title": ("string", "title"),
        "status": ("token", "status"),
        **({"system": ("uri", "url")} if resource == "CodeSystem" else {}),
    }
    for resource in ("CodeSystem", "ValueSet", "ConceptMap")
}
"""What each resource may be searched by: parameter → its type, and the element that it looks at."""

CONTROLS = ("_count", "_offset", "_summary", "_elements", "_format", "_pretty", "_total", "_sort")
"""Parameters that say how to answer."""

MAX_PAGE = 100

_SUMMARY: Mapping[str, Sequence[str]] = {
    "true": (
        "language", "url", "version", "name", "title", "status", "experimental", "caseSensitive", "valueSet",
        "hierarchyMeaning", "compositional", "content", "count", "filter", "property", "immutable",
    ),
    "text": (),
}  # fmt: skip
_ALWAYS = ("resourceType", "id", "meta", "text", "status", "content")
_SUMMARIES = ("true", "false", "text", "data", "count")
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_LONGEST_NUMBER = 9

Pairs = Sequence[tuple[str, str]]


def search(resource: str, found: Iterable[Json], pairs: Pairs, base: str, strict: bool = False) -> Json:
    """
    :param resource: the type that is searched.
    :param found: all there are of it.
    :param pairs: names and values of the request.
    :param base: URL of the server, for links, without a slash at the end.
    :param strict: refuse parameters that are not known, rather than ignore them.
    :raises FhirError: when a parameter is of no use.
    """
    used = [pair for pair in pairs if pair[1] and _is_used(resource, pair[0], strict)]
    summary = _last(used, "_summary")
    offset, count = _number(used, "_offset", 0), min(_number(used, "_count", MAX_PAGE), MAX_PAGE)
    matching = [made for made in found if _matches(resource, made, used)]
    only_count = summary == "count" or count == 0
    page = [] if only_count else matching[offset : offset + count]
    links: list[tuple[str, Pairs]] = [("self", used)]
    if page and offset + count < len(matching):
        links.append(("next", _moved(used, offset + count)))
    if offset and not only_count:
        links.append(("previous", _moved(used, max(0, offset - count))))
    return known_only(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(matching),
            "link": [
                {
                    "relation": relation,
                    "url": f"{base}/{resource}{'?' * bool(query)}{urlencode(query)}",
                }
                for relation, query in links
            ],
            "entry": [
                {
                    "fullUrl": f"{base}/{resource}/{made['id']}" if "id" in made else None,
                    "resource": subset(made, used),
                    "search": {"mode": "match"},
                }
                for made in page
            ]
            or None,
        }
    )


def subset(made: Json, pairs: Pairs) -> Json:
    """A resource as ``_summary`` or ``_elements`` want it.

    :raises FhirError: when ``_summary`` is none of its values.
    """
    summary, elements = _last(pairs, "_summary"), _last(pairs, "_elements")
    if summary is not None and summary not in _SUMMARIES:
        raise wrong("parameter '_summary'", summary, f"one of {', '.join(_SUMMARIES)}")
    kept = _SUMMARY.get(summary or "")
    if elements is not None:
        kept = [name.strip().rpartition(".")[2] for name in elements.split(",")]
    if kept is None:
        return made
    shortened = {name: content for name, content in made.items() if name in (*_ALWAYS, *kept)}
    return shortened | {"meta": {"tag": [_SUBSETTED]}}


def _is_used(resource: str, name: str, strict: bool) -> bool:
    plain, colon, modifier = name.partition(":")
    if plain in SEARCHES[resource]:
        if colon and not (SEARCHES[resource][plain][0] == "string" and modifier in ("exact", "contains")):
            raise FhirError("not-supported", f"parameter {shown(name)}: leave its modifier out")
        return True
    if name in CONTROLS:
        return True
    if strict:
        known = ", ".join(SEARCHES[resource])
        raise FhirError("not-supported", f"parameter {shown(name)} is not known: search by {known}")
    return False


def _matches(resource: str, made: Mapping[str, Any], used: Pairs) -> bool:
    """Every parameter has to hold; of its values, which commas part, any will do."""
    for name, raw in used:
        plain, _, modifier = name.partition(":")
        if plain not in SEARCHES[resource]:
            continue
        kind, element = SEARCHES[resource][plain]
        compare = _COMPARISONS[modifier or kind]
        held = str(made.get(element, ""))
        if not any(compare(held, wanted.strip()) for wanted in (raw, *raw.split(","))):
            return False
    return True


_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "uri": lambda held, wanted: held == wanted,
    # A token may have its system before it; of ours none has one.
    "token": lambda held, wanted: held.casefold() == wanted.rpartition("|")[2].casefold(),
    "string": lambda held, wanted: held.casefold().startswith(wanted.casefold()),
    "exact": lambda held, wanted: held == wanted,
    "contains": lambda held, wanted: wanted.casefold() in held.casefold(),
}


def _last(pairs: Pairs, name: str) -> str | None:
    return next((value for key, value in reversed(pairs) if key == name), None)


def _number(pairs: Pairs, name: str, otherwise: int) -> int:
    raw = _last(pairs, name)
    if raw is None:
        return otherwise
    if not (raw.isascii() and raw.isdigit() and len(raw) <= _LONGEST_NUMBER):
        raise wrong(f"parameter {name!r}", raw, "a whole number, 0 or more")
    return int(raw)


def _moved(pairs: Pairs, offset: int) -> Pairs:
    return [*(pair for pair in pairs if pair[0] != "_offset"), ("_offset", str(offset))]
