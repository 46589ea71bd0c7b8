"""``results.json`` in; the report out, as Markdown. Every number in it comes from the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.measured import PARTS

_UNMEASURED = "not measured"
_DIGITS = 3
_DIGITS_OF_A_TARGET = 4
"""One more, so that what just misses a target does not look as if it met it."""
_NUMERIC = "---:"
_TEXT = "---"


def render(results: Mapping[str, Any]) -> str:
    """The whole report.

    :raises KeyError: when the file lacks what every results file has.
    """
    values = {number["key"]: number for group in results["groups"] for number in group["numbers"]}
    parts = [
        "# Speed, memory and size",
        _opening(results),
        "## Beside the peers",
        _comparisons(results["comparisons"], values),
        "## Targets",
        _targets(results["targets"], values),
    ]
    for group in results["groups"]:
        parts += [f"## {group['title']}", _group(group), " ".join(group["note"].split())]
        if group["name"] == "growth" and results["plot"] is not None:
            parts.append(f"![Milliseconds a query over surfaces]({results['plot']})")
    parts += ["## Machine", _machine(results["machine"])]
    return "\n\n".join(parts) + "\n"


def _opening(results: Mapping[str, Any]) -> str:
    machine = results["machine"]
    text = (
        f"Measured {machine['date']} on {machine['cores_used']} cores of {machine['processor']}. "
        "This page is made from `results.json` by `make bench`; change nothing here by hand."
    )
    if results["quick"]:
        text += "\n\n**A quick run, to see that everything works: too few repetitions to quote.**"
    return text


def _comparisons(rows: Iterable[Mapping[str, str]], values: Mapping[str, Any]) -> str:
    """Rows whose peer was measured; ratios first."""
    body = [
        [_show(values[row["ratio"]]), row["what"], _show(values[row["ours"]]), _show(values[row["peers"]])]
        for row in rows
        if row["ratio"] in values
    ]
    if not body:
        return "The peers were left out of this run."
    header = ("better by", "what", "codilingua", "peer")
    return _table(header, body, (_NUMERIC, _TEXT, _NUMERIC, _NUMERIC))


def _targets(targets: Iterable[Mapping[str, Any]], values: Mapping[str, Any]) -> str:
    body = []
    for target in targets:
        bound = f"{target['sense']} {_show({'value': target['bound'], 'unit': target['unit']})}"
        measured = values.get(target["key"])
        shown = _UNMEASURED if measured is None else _show(measured, _DIGITS_OF_A_TARGET)
        body.append([f"{target['what']}: {bound}", shown, _verdict(target, measured)])
    return _table(("target", "measured", "met"), body, (_TEXT, _NUMERIC, _TEXT))


def _verdict(target: Mapping[str, Any], measured: Mapping[str, Any] | None) -> str:
    if measured is None:
        return "—"
    value, bound = measured["value"], target["bound"]
    met = value <= bound if target["sense"] == "at most" else value >= bound
    return "yes" if met else "**no**"


def _group(group: Mapping[str, Any]) -> str:
    if group["name"] == "growth":
        return _growth(group["numbers"])
    body = [[number["what"], _show(number)] for number in group["numbers"]]
    return _table(("what", "measured"), body, (_TEXT, _NUMERIC))


def _growth(numbers: Iterable[Mapping[str, Any]]) -> str:
    """One row a number of surfaces, one column a part of the search."""
    cells = {number["key"]: number for number in numbers}
    sizes = sorted({int(key.rpartition(".")[2]) for key in cells})
    body = [[f"{size:,}", *(_show(cells[f"growth.{part}.{size}"]) for part in PARTS)] for size in sizes]
    return _table(("surfaces", *PARTS.values()), body, (_NUMERIC,) * (1 + len(PARTS)))


def _machine(machine: Mapping[str, Any]) -> str:
    commit = machine["commit"] or "unknown"
    facts = {
        "processor": machine["processor"],
        "instructions for int8": ", ".join(machine["int8_instructions"]) or "none known",
        "cores": f"{machine['cores_used']} used of {machine['cores_available']}",
        "memory": f"{machine['memory_gib']} GiB",
        "load when it began": machine["load_before"],
        "system": machine["system"],
        "Python": machine["python"],
        "commit": f"{commit}{' with changes' if machine['modified'] else ''}",
    }
    for peer, threads in machine.get("peer_threads", {}).items():
        facts[f"threads of {peer}"] = threads
    facts |= machine["versions"]
    return _table(("what", "is"), [[str(name), str(value)] for name, value in facts.items()], (_TEXT, _TEXT))


def _show(number: Mapping[str, Any], digits: int = _DIGITS) -> str:
    """As many digits as count, more where the number is longer: ``0.213 s``, ``11.9 ms``, ``1,204 MB``."""
    value = float(number["value"])
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    text = f"{value:,.{max(digits - whole, 0)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {number['unit']}".rstrip()


def _table(header: Sequence[str], body: Iterable[Sequence[str]], sides: Sequence[str]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, sides, *body))
