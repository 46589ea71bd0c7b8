"""Nothing in; the URIs and codes by which FHIR calls what Codilingua knows, out."""

from __future__ import annotations

from typing import Any

from codilingua.types import Origin, Role, Status

FHIR_VERSION = "4.0.1"

OWN = "https://github.com/codilingua/codilingua/fhir"
"""Begins the URIs of what FHIR has no name for. They identify; nothing need be there."""

ORIGIN = f"{OWN}/StructureDefinition/origin"
"""Extension of a text: who stands behind it, ``official``, ``who-derived`` or ``machine``."""

CONTAINS_PROPERTY = (
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property"
)
EXPANSION_PROPERTY = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.property"
"""How R4 writes the properties that R5 has in an expansion."""

PROPERTY_URI = "http://hl7.org/fhir/concept-properties"
LANGUAGE_URN = "urn:ietf:bcp:47"

USES: dict[Role, dict[str, Any]] = {
    "title": {"system": f"{OWN}/CodeSystem/designation-use", "code": "title", "display": "Title"},
    "inclusion": {
        "system": f"{OWN}/CodeSystem/designation-use",
        "code": "inclusion",
        "display": "Inclusion term",
    },
    # The value set of uses has this one, and asks to take its codes where they fit.
    "synonym": {"system": "http://snomed.info/sct", "code": "900000000000013009", "display": "Synonym"},
}
"""``designation.use`` of a text."""

BILLING: dict[Status, str] = {
    Status.BILLABLE: "billable",
    Status.NEEDS_SEVENTH: "needs-7th-character",
    Status.NEEDS_CHILD: "needs-more-specific-code",
    Status.HEADING: "heading",
}
"""A status as the property ``billing-status`` has it: codes of FHIR read better without spaces."""


def origin(of: Origin) -> dict[str, Any]:
    """What to add to the element that holds a text, where the code system's publisher is not behind it."""
    return {} if of == "official" else {"extension": [{"url": ORIGIN, "valueCode": of}]}
