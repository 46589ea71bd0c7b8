"""A query string, or a body that was posted, in; the parameters of one operation, checked, out.

Each operation declares what it takes (:class:`Param`). What it does not declare is ignored, as FHIR asks;
what it declares is checked also where it has no effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from codilingua.fhir.elements import (
    CodeableConcept,
    Coding,
    codeable_concept_of,
    coding_of,
    flag_of,
    object_of,
    objects_in,
    shown,
    text_of,
    wrong,
)
from codilingua.fhir.outcome import FhirError, not_supported

Support = Literal["in", "partly", "no effect", "out"]
"""What becomes of a parameter. ``out`` is refused, since an answer that ignores it would be wrong."""

_TEXTS = ("code", "string", "uri", "canonical", "language", "dateTime")
_RESOURCES = ("ValueSet", "CodeSystem", "ConceptMap")
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_TEXT_VALUES = frozenset(
    f"value{kind}" for kind in ("String", "Code", "Uri", "Url", "Canonical", "Id", "Markdown", "Oid", "Uuid")
)
_VALUES = {
    **dict.fromkeys(_TEXTS, _TEXT_VALUES),
    "dateTime": frozenset(("valueDateTime", "valueDate", "valueInstant")),
    "boolean": frozenset(("valueBoolean",)),
    "integer": frozenset(("valueInteger", "valuePositiveInt", "valueUnsignedInt")),
    "Coding": frozenset(("valueCoding",)),
    "CodeableConcept": frozenset(("valueCodeableConcept",)),
    **dict.fromkeys(_RESOURCES, frozenset(("resource",))),
}
_FIRST_VALUE = {
    "code": "valueCode", "language": "valueCode", "string": "valueString", "uri": "valueUri",
    "canonical": "valueCanonical", "dateTime": "valueDateTime", "integer": "valueInteger",
}  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of an operation.

    ``kind`` is a data type of FHIR, or ``language``, a code that has to be a language tag. ``note`` is for
    the table in the documentation.
    """

    kind: str
    support: Support = "in"
    note: str = ""
    many: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """The parameters of one request: name → values, one unless the parameter may repeat."""

    values: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str | None:
        """A parameter that is a text of any kind; None where it was not given."""
        return self._one(name, str)

    def needed(self, name: str) -> str:
        """:raises FhirError: when it was not given."""
        found = self.text(name)
        if found is None:
            raise FhirError("required", f"parameter {name!r} is missing: give it")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A parameter that may repeat."""
        return tuple(value for value in self.values.get(name, ()) if isinstance(value, str))

    def flag(self, name: str) -> bool:
        """False where it was not given."""
        return bool(self._one(name, bool))

    def number(self, name: str) -> int | None:
        """None where it was not given."""
        return self._one(name, int)

    def coding(self, name: str) -> Coding | None:
        """None where it was not given."""
        return self._one(name, Coding)

    def concept(self, name: str) -> CodeableConcept | None:
        """None where it was not given."""
        return self._one(name, CodeableConcept)

    def resource(self, name: str) -> Mapping[str, Any] | None:
        """None where it was not given."""
        return self._one(name, dict)

    def one_of(self, *names: str) -> str:
        """Which of these was given.

        :raises FhirError: when none was, or more than one.
        """
        found = [name for name in names if name in self.values]
        if len(found) == 1:
            return found[0]
        choice = f"{', '.join(names[:-1])} or {names[-1]}"
        if not found:
            raise FhirError("required", f"parameter {choice} is missing: give one of them")
        raise FhirError(
            "invalid", f"parameters {' and '.join(found)} exclude each other: give one of {choice}"
        )

    def _one(self, name: str, kind: type[T]) -> T | None:
        value = self.values[name][0] if name in self.values else None
        return value if isinstance(value, kind) else None


def read(declared: Mapping[str, Param], query: Iterable[tuple[str, str]], body: object = None) -> Given:
    """
    :param query: names and values of the URL, decoded.
    :param body: what was posted, as JSON: a Parameters resource, or the one resource that the operation
        takes; None for nothing.
    :raises FhirError: when a parameter is of the wrong type, stands twice or cannot be served here.
    """
    values: dict[str, list[object]] = {}
    for name, raw in query:
        # An empty box in a form comes as "filter=".
        if raw and (param := declared.get(name)) is not None:
            values.setdefault(name, []).append(_from_text(param.kind, raw, f"parameter {name!r}"))
    for name, value in _from_body(declared, body):
        values.setdefault(name, []).append(value)
    for name, found in values.items():
        param = declared[name]
        if len(found) > 1 and not param.many:
            raise FhirError("invalid", f"parameter {name!r} is given {len(found)} times: give it once")
        if param.support == "out":
            raise not_supported(f"parameter {name!r} is not served here: {param.note or 'leave it out'}")
    return Given({name: tuple(found) for name, found in values.items()})


def _from_text(kind: str, raw: str, where: str) -> object:
    if kind in _TEXTS:
        return text_of(kind, raw, where)
    if kind == "boolean":
        if raw not in ("true", "false"):
            raise wrong(where, raw, "true or false")
        return raw == "true"
    if kind == "integer":
        if _INTEGER.fullmatch(raw) is None:
            raise wrong(where, raw, "a whole number of up to nine digits")
        return int(raw)
    raise FhirError("value", f"{where} is a {kind}, which no URL can hold: POST it in a Parameters resource")


def _from_body(declared: Mapping[str, Param], body: object) -> Iterable[tuple[str, object]]:
    if body is None:
        return
    resource = object_of(body, "the body")
    found = resource.get("resourceType")
    if found != "Parameters":
        name = next((name for name, param in declared.items() if param.kind == found), None)
        if name is None or not isinstance(found, str):
            raise FhirError(
                "structure", f"the body's resourceType is {shown(found)}: POST a Parameters resource"
            )
        yield name, resource
        return
    for item, place in objects_in(resource, "parameter", "Parameters"):
        name = text_of("string", item.get("name"), f"{place}.name")
        if (param := declared.get(name)) is not None:
            yield name, _from_item(param.kind, item, f"parameter {name!r}")


def _from_item(kind: str, item: Mapping[str, Any], where: str) -> object:
    held = [key for key in item if key.startswith("value") or key in ("resource", "part")]
    wanted = _FIRST_VALUE.get(kind, min(_VALUES[kind]))
    if len(held) != 1 or held[0] not in _VALUES[kind]:
        has = f"has {' and '.join(shown(key) for key in held[:3])}" if held else "has no value"
        raise FhirError("value", f"{where} {has}: give {wanted}")
    value = item[held[0]]
    if kind in _TEXTS:
        return text_of(kind, value, where)
    if kind in _RESOURCES:
        resource = object_of(value, where)
        if resource.get("resourceType") != kind:
            raise wrong(f"{where}.resource.resourceType", resource.get("resourceType"), kind)
        return resource
    return _CHECKS[kind](value, where)


def _integer_of(value: object, where: str) -> int:
    # A boolean is an int in Python.
    if isinstance(value, bool) or not isinstance(value, int) or _INTEGER.fullmatch(str(value)) is None:
        raise wrong(where, value, "a whole number of up to nine digits")
    return value


_CHECKS: dict[str, Callable[[object, str], object]] = {
    "boolean": flag_of,
    "integer": _integer_of,
    "Coding": coding_of,
    "CodeableConcept": codeable_concept_of,
}


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """An operation of the specification, as it is served here.

    ``resource`` is the type that it stands at, ``name`` what follows the ``$``.
    """

    resource: str
    name: str
    params: Mapping[str, Param]

    @property
    def definition(self) -> str:
        """Where the specification defines it."""
        return f"http://hl7.org/fhir/OperationDefinition/{self.resource}-{self.name}"

    @property
    def paths(self) -> Sequence[str]:
        """Below the base: for the type, then for one instance."""
        return (f"/{self.resource}/${self.name}", f"/{self.resource}/{{ident}}/${self.name}")
