"""A code in, alone, as a Coding or a CodeableConcept; whether it is valid, and why not, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codilingua.errors import UnknownCode
from codilingua.fhir.codesystem import ONE_EDITION
from codilingua.fhir.compose import Members
from codilingua.fhir.concepts import display, is_abstract
from codilingua.fhir.elements import Coding, shown
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.parameters import Given, Operation, Param
from codilingua.fhir.results import Json, parameters, text, value
from codilingua.fhir.systems import System, Systems
from codilingua.fhir.valueset import asked, codes_of
from codilingua.text import fold
from codilingua.types import Concept, Label, Status

_CODE = Param("code", note="written as the book does, but in any case")
_DISPLAY = Param("string", note="any text of the code in any language; case and accents do not matter")
_LANGUAGE = Param(
    "language", "partly", "chooses the display that is returned; the one sent may be in another"
)
_DATE = Param("dateTime", "out", ONE_EDITION)

IN_SYSTEM = Operation(
    "CodeSystem",
    "validate-code",
    {
        "url": Param("canonical", note="or `system`; needed with `code`, but not at an instance"),
        "system": Param("canonical", note="not in the specification of R4, but often sent"),
        "codeSystem": Param("CodeSystem", "out", "only the code systems that are here are"),
        "code": _CODE,
        "version": Param("string"),
        "display": _DISPLAY,
        "coding": Param("Coding"),
        "codeableConcept": Param("CodeableConcept", note="valid where one of its codings is"),
        "date": _DATE,
        "abstract": Param("boolean", note="chapters and sections are valid only where it is true"),
        "displayLanguage": _LANGUAGE,
    },
)

IN_VALUE_SET = Operation(
    "ValueSet",
    "validate-code",
    {
        "url": Param("canonical"),
        "context": Param("uri", "out", "name the value set by url"),
        "valueSet": Param("ValueSet"),
        "valueSetVersion": Param("string"),
        "code": _CODE,
        "system": Param("canonical", note="needed with `code`"),
        "systemVersion": Param("string"),
        "display": _DISPLAY,
        "coding": Param("Coding"),
        "codeableConcept": Param("CodeableConcept", note="valid where one of its codings is"),
        "date": _DATE,
        "abstract": Param("boolean", "no effect", "chapters and sections are in no value set"),
        "displayLanguage": _LANGUAGE,
    },
)

_NEEDS = {
    Status.NEEDS_SEVENTH: "takes a 7th character to be billed",
    Status.NEEDS_CHILD: "has more specific codes, of which one is billed",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one code. ``concept`` is None where there is no such code."""

    result: bool
    message: str | None
    system: System | None = None
    concept: Concept | None = None


@dataclass(frozen=True, slots=True)
class _Where:
    """What codes are checked against: a code system, or the members of a value set."""

    abstract: bool
    members: Members | None = None
    title: str = ""


def in_system(systems: Systems, given: Given, ident: str | None = None) -> Json:
    """``CodeSystem/$validate-code``.

    :raises FhirError: when it cannot be told, since the code system is not here or none is named.
    """
    named = systems.asked(given, ident, "url", "system")
    where = _Where(given.flag("abstract"))
    kind = given.one_of("code", "coding", "codeableConcept")
    if kind == "codeableConcept":
        return _answer(_any_of(systems, given, named, where), given)
    coding = _coding(given, kind)
    if kind == "code" and named is None:
        raise FhirError("required", "parameter 'url' is missing: give the URI of the code system")
    system = systems.of_coding(coding, named)
    return _answer(_check(system, coding, where), given)


def in_value_set(systems: Systems, given: Given, ident: str | None = None) -> Json:
    """``ValueSet/$validate-code``.

    :raises FhirError: when it cannot be told, since the value set is not here or none is named.
    """
    definition = asked(systems, given, ident)
    kind = given.one_of("code", "coding", "codeableConcept")
    where = _Where(given.flag("abstract"), codes_of(systems, definition), definition.title)
    if kind == "codeableConcept":
        return _answer(_any_of(systems, given, None, where), given)
    coding = _coding(given, kind)
    if kind == "code":
        coding = Coding(given.needed("system"), given.text("systemVersion"), coding.code, coding.display)
    return _answer(_check_member(systems, coding, where), given)


def _coding(given: Given, kind: str) -> Coding:
    """What was given, as a Coding; ``display`` may stand beside it."""
    found = given.coding("coding") if kind == "coding" else Coding(None, None, given.needed("code"), None)
    assert found is not None
    return Coding(found.system, found.version, found.code, found.display or given.text("display"))


def _any_of(systems: Systems, given: Given, named: System | None, where: _Where) -> Verdict:
    """A CodeableConcept holds where one of its codings does."""
    concept = given.concept("codeableConcept")
    assert concept is not None
    told: list[str] = []
    for coding in concept.codings:
        try:
            if where.members is not None:
                verdict = _check_member(systems, coding, where)
            else:
                verdict = _check(systems.of_coding(coding, named), coding, where)
        except FhirError as error:
            verdict = Verdict(False, str(error))
        if verdict.result:
            return verdict
        told.append(verdict.message or "")
    return Verdict(False, "; ".join(dict.fromkeys(told)))


def _check_member(systems: Systems, coding: Coding, where: _Where) -> Verdict:
    if coding.system is None:
        raise FhirError("required", "the coding has no system: give the URI of its code system")
    if not systems.has(coding.system.partition("|")[0]):
        return Verdict(False, f"no code of {shown(coding.system)} is in the value set {where.title}")
    return _check(systems.find(coding.system, coding.version), coding, where)


def _check(system: System, coding: Coding, where: _Where) -> Verdict:
    if coding.code is None:
        raise FhirError("required", "the coding has no code: give it")
    try:
        concept = system.catalog.get(coding.code)
    except UnknownCode as error:
        return Verdict(False, str(error))
    if concept.code.casefold() != coding.code.casefold():
        # Look-ups take what people type. What is recorded has to be the code itself.
        text = f"{shown(coding.code)} is written {concept.code} in {system.title}"
        return Verdict(False, text, system, concept)
    if is_abstract(concept) and not where.abstract:
        text = f"{concept.code} is a {concept.kind.value} of {system.title}, not a code: give one below it"
        return Verdict(False, text, system, concept)
    texts = list(concept.surfaces)
    if where.members is not None:
        row = system.book.row(concept.code)
        if row is None or not where.members.of(system)[row]:
            return Verdict(False, f"{concept.code} is not in the value set {where.title}", system, concept)
        if (own := where.members.texts.get((system, row))) is not None:
            texts.append(Label(own, concept.lang, "title", "official"))
    return _checked_display(system, concept, coding.display, texts)


def _checked_display(system: System, concept: Concept, sent: str | None, texts: Sequence[Label]) -> Verdict:
    hints = [f"{concept.code} {_NEEDS[concept.status]}"] if concept.status in _NEEDS else []
    if sent is not None:
        matched = [label for label in texts if fold(label.text) == fold(sent)]
        if not matched:
            text = f"display {shown(sent)} is no text of {concept.code}, which is {concept.title!r}"
            return Verdict(False, text, system, concept)
        if not any(label.role == "title" and label.origin == "official" for label in matched):
            roles = " and ".join(dict.fromkeys(f"{label.role} ({label.origin})" for label in matched))
            tags = " and ".join(dict.fromkeys(label.lang for label in matched))
            hints.append(f"the display is its {roles} in {tags}")
    return Verdict(True, "; ".join(hints), system, concept)


def _answer(verdict: Verdict, given: Given) -> Json:
    items = [value("result", "Boolean", verdict.result), value("message", "String", verdict.message)]
    if verdict.concept is not None and verdict.system is not None:
        items += [
            text("display", display(verdict.concept, given.texts("displayLanguage"))),
            value("code", "Code", verdict.concept.code),
            value("system", "Uri", verdict.system.uri),
            value("version", "String", verdict.system.version),
        ]
    return parameters(items)
