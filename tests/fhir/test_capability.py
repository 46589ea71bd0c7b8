"""CapabilityStatement and TerminologyCapabilities."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codilingua.fhir.capability import metadata
from codilingua.fhir.expansion import EXPAND
from codilingua.fhir.operations import OPERATIONS, RUNS, support_table
from codilingua.fhir.outcome import FhirError, outcome
from codilingua.fhir.selection import FILTERS
from codilingua.fhir.systems import Systems

Json = dict[str, Any]
Valid = Callable[[Json], Json]
BASE = "http://server/fhir"


@pytest.mark.parametrize("mode", [None, "full", "normative"])
def test_capability_statement(systems: Systems, valid: Valid, mode: str | None) -> None:
    made = valid(metadata(systems, BASE, mode))
    assert made["resourceType"] == "CapabilityStatement"
    assert made["fhirVersion"] == "4.0.1"
    assert made["implementation"]["url"] == BASE
    declared = {
        (resource["type"], operation["name"], operation["definition"])
        for resource in made["rest"][0]["resource"]
        for operation in resource["operation"]
    }
    assert declared == {(made.resource, made.name, made.definition) for made in OPERATIONS}


def test_terminology_capabilities(several: Systems, valid: Valid) -> None:
    made = valid(metadata(several, BASE, "terminology"))
    assert made["resourceType"] == "TerminologyCapabilities"
    icd, own = made["codeSystem"]
    assert [version["code"] for version in icd["version"]] == ["April-2026", "October-2026"]
    assert [version["isDefault"] for version in icd["version"]] == [True, False]
    assert "code" not in own["version"][0]
    assert {item["code"]: item["op"] for item in own["version"][0]["filter"]} == {
        name: list(operators) for name, operators in FILTERS.items()
    }
    parameters = {item["name"] for item in made["expansion"]["parameter"]}
    assert parameters == {name for name, param in EXPAND.params.items() if param.support != "out"}


def test_another_mode(systems: Systems) -> None:
    with pytest.raises(FhirError, match="one of full, normative, terminology"):
        metadata(systems, BASE, "x")


def test_every_operation_has_something_that_runs_it() -> None:
    assert set(OPERATIONS) == {*RUNS, EXPAND}


def test_the_documentation_has_the_table_of_parameters() -> None:
    page = (Path(__file__).parents[2] / "docs" / "fhir.md").read_text("utf-8")
    assert support_table() in page


def test_an_outcome(valid: Valid) -> None:
    made = valid(outcome("error", "not-found", "it is not here"))
    assert made["issue"][0]["diagnostics"] == made["issue"][0]["details"]["text"] == "it is not here"
    assert valid(FhirError("too-costly", "x", 422).resource)["issue"][0]["code"] == "too-costly"
