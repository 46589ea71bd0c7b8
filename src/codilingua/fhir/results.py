"""Names and values in; the Parameters resource that an operation answers with, out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from codilingua.fhir.vocabulary import origin
from codilingua.types import Label

Json = dict[str, Any]


def known_only(made: Json) -> Json:
    """FHIR has no null: what is not known is not there."""
    return {name: content for name, content in made.items() if content is not None}


def parameters(items: Iterable[Json | None]) -> Json:
    """None among them is left out."""
    return {"resourceType": "Parameters", "parameter": [item for item in items if item is not None]}


def value(name: str, kind: str, content: object) -> Json | None:
    """
    :param kind: how ``value[x]`` ends: ``String``, ``Code``, ``Boolean`` …
    :param content: None, or an empty text, for no parameter at all.
    """
    return None if content is None or content == "" else {"name": name, f"value{kind}": content}


def parts(name: str, items: Iterable[Json | None]) -> Json:
    """A parameter made of others."""
    return {"name": name, "part": [item for item in items if item is not None]}


def text(name: str, label: Label) -> Json:
    """A text of a concept, with its origin."""
    return {"name": name, "valueString": label.text} | origin(label.origin)
