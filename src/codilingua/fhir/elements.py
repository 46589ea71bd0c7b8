"""A JSON value that came from outside in; the FHIR data type it has to be, checked once, out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codilingua.fhir.outcome import FhirError

_SHOWN = 60
_LAST_CONTROL = 31
_WHITE = "\t\n\r"
_NAMES: dict[type, str] = {dict: "an object", list: "an array", type(None): "missing"}

# What the specification gives for each data type. None of these can be made to run long.
_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "string": (re.compile(r"[\s\S]*\S[\s\S]*"), "a text that is not blank"),
    "code": (re.compile(r"\S+(?:[ ]\S+)*"), "a code, without spaces around it"),
    "uri": (re.compile(r"\S+"), "a URI, without spaces"),
    "canonical": (re.compile(r"[^\s|]+(?:\|[^\s|]+)?"), "a canonical URL, as URL or URL|version"),
    "language": (re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}"), "a language such as es or pt-BR"),
    "dateTime": (
        re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9:]+))?)?)?"),
        "a date",
    ),
}


@dataclass(frozen=True, slots=True)
class Coding:
    """A code with where it comes from."""

    system: str | None
    version: str | None
    code: str | None
    display: str | None


@dataclass(frozen=True, slots=True)
class CodeableConcept:
    """Codes that are said to mean the same."""

    codings: tuple[Coding, ...]


def shown(value: object) -> str:
    """A value as a message shows it: short, on one line."""
    if isinstance(value, str):
        return repr(value) if len(value) <= _SHOWN else f"{value[:_SHOWN]!r}…"
    # What is nested may be so deep that it cannot even be printed.
    return _NAMES.get(type(value)) or str(value)[:_SHOWN].lower()


def wrong(where: str, value: object, wanted: str) -> FhirError:
    """A value that is not of its type."""
    return FhirError("value", f"{where} is {shown(value)}: give {wanted}")


def text_of(kind: str, value: object, where: str) -> str:
    """
    :param kind: ``string``, ``code``, ``uri``, ``canonical``, ``language`` or ``dateTime``.
    :param where: names the value in messages.
    :raises FhirError: when the value is not of that type.
    """
    form, wanted = _FORMS[kind]
    if not isinstance(value, str) or form.fullmatch(value) is None or not _is_clean(value):
        raise wrong(where, value, wanted)
    return value


def flag_of(value: object, where: str) -> bool:
    """:raises FhirError: when the value is no boolean."""
    if isinstance(value, bool):
        return value
    raise wrong(where, value, "true or false")


def object_of(value: object, where: str) -> Mapping[str, Any]:
    """:raises FhirError: when the value is no JSON object."""
    if isinstance(value, dict):
        return value
    raise FhirError("structure", f"{where} is {shown(value)}: give a JSON object")


def objects_in(parent: Mapping[str, Any], name: str, where: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The objects of an array element and what to call each; none where the element is missing.

    :raises FhirError: when it is no array of objects.
    """
    items = parent.get(name)
    if items is None:
        return
    if not isinstance(items, list):
        raise FhirError("structure", f"{where}.{name} is {shown(items)}: give a JSON array")
    for number, item in enumerate(items):
        place = f"{where}.{name}[{number}]"
        yield object_of(item, place), place


def text_in(parent: Mapping[str, Any], name: str, kind: str, where: str) -> str | None:
    """A text element of an object; None where it is missing.

    :raises FhirError: when it is not of its type.
    """
    value = parent.get(name)
    return None if value is None else text_of(kind, value, f"{where}.{name}")


def needed_in(parent: Mapping[str, Any], name: str, kind: str, where: str) -> str:
    """As :func:`text_in`, but it has to be there.

    :raises FhirError: when it is missing or not of its type.
    """
    found = text_in(parent, name, kind, where)
    if found is None:
        raise FhirError("required", f"{where} has no {name}: give it")
    return found


def coding_of(value: object, where: str) -> Coding:
    """:raises FhirError: when the value is no Coding."""
    raw = object_of(value, where)
    return Coding(
        system=text_in(raw, "system", "uri", where),
        version=text_in(raw, "version", "string", where),
        code=text_in(raw, "code", "code", where),
        display=text_in(raw, "display", "string", where),
    )


def codeable_concept_of(value: object, where: str) -> CodeableConcept:
    """:raises FhirError: when the value is no CodeableConcept, or holds no coding."""
    raw = object_of(value, where)
    codings = tuple(coding_of(item, place) for item, place in objects_in(raw, "coding", where))
    if not codings:
        raise FhirError("required", f"{where} has no coding: give one with system and code")
    return CodeableConcept(codings)


def canonical_parts(canonical: str) -> tuple[str, str | None]:
    """``URL|version`` → URL and version, None where there is none."""
    url, bar, version = canonical.partition("|")
    return url, version if bar else None


def _is_clean(text: str) -> bool:
    """False with control characters, which FHIR does not allow, or halves of a surrogate pair."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return text.isprintable() or all(ord(ch) > _LAST_CONTROL or ch in _WHITE for ch in text)
