"""Nothing in; every operation that is served, and what runs it, out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from codilingua.fhir.codesystem import LOOKUP, SUBSUMES, lookup, subsumes
from codilingua.fhir.conceptmap import TRANSLATE, translate
from codilingua.fhir.expansion import EXPAND
from codilingua.fhir.parameters import Given, Operation
from codilingua.fhir.results import Json
from codilingua.fhir.systems import Systems
from codilingua.fhir.validation import IN_SYSTEM, IN_VALUE_SET, in_system, in_value_set

OPERATIONS = (LOOKUP, IN_SYSTEM, SUBSUMES, EXPAND, IN_VALUE_SET, TRANSLATE)

RUNS: Mapping[Operation, Callable[[Systems, Given, str | None], Json]] = {
    LOOKUP: lookup,
    IN_SYSTEM: in_system,
    SUBSUMES: subsumes,
    IN_VALUE_SET: in_value_set,
    TRANSLATE: translate,
}
"""Those that are answered at once. ``$expand`` is not among them, since it may have to wait for a search."""


def support_table() -> str:
    """Every parameter of every operation as a Markdown table, for the documentation."""
    rows = ["| operation | parameter | type | | |", "|---|---|---|---|---|"]
    for operation in OPERATIONS:
        for name, param in operation.params.items():
            kind = "code" if param.kind == "language" else param.kind
            where = f"{operation.resource}/${operation.name}"
            note = param.note.replace("|", r"\|")
            many = " *" if param.many else ""
            rows.append(f"| {where} | `{name}` | {kind}{many} | {param.support} | {note} |")
    return "\n".join(rows)
