"""A resource in; the same out, where it is one of FHIR R4."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from fhirclient.models.fhirelementfactory import FHIRElementFactory

Json = dict[str, Any]
_URLS = ("url", "uri", "system", "valueUri", "valueCanonical", "valueSet", "definition", "fullUrl")


def valid(resource: Json) -> Json:
    """To the models of ``fhir.resources``, to those of the R4 client ``fhirclient``, and in what neither of
    them looks at.
    """
    name = resource["resourceType"]
    get_fhir_model_class(name).model_validate(resource)
    FHIRElementFactory.instantiate(name, resource)
    for key, value in _leaves(resource):
        assert value is not None, key
        assert value != "", key
        if key in _URLS and isinstance(value, str):
            assert len(value.split()) == 1, f"{key} is {value!r}, and a URL holds no spaces"
    return resource


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, name)
    elif isinstance(value, list):
        assert value, f"{key} is an empty array"
        for inner in value:
            yield from _leaves(inner, key)
    else:
        yield key, value
