"""Hits and concepts in; what people and programs read out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from codilingua.types import Concept, Hit, Kind, Status

_WIDTH = 120
"""Columns of a table that goes to a file or a pipe."""

_SHOWN_COMPLETIONS = 8


def dump(value: dict[str, Any]) -> str:
    """JSON on one line; where standard output is not UTF-8, with its own escapes for other letters."""
    return json.dumps(value, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf"))


def hit_json(hit: Hit) -> dict[str, Any]:
    """The fields of a hit, for :func:`json.dumps`."""
    return {
        "code": hit.code,
        "title": hit.title,
        "score": hit.score,
        "confidence": hit.confidence,
        "sure": hit.sure,
        "surface": hit.surface,
        "surface_lang": hit.surface_lang,
        "origin": hit.origin,
        "billable": hit.billable,
        "status": hit.status.value,
        "completions": list(hit.completions),
        "chapter": hit.chapter,
    }


def answer_json(query: str, hits: Iterable[Hit], error: str | None = None) -> str:
    """One line: the query, its hits, and why there are none where it could not be searched."""
    answer: dict[str, Any] = {"query": query, "hits": [hit_json(hit) for hit in hits]}
    if error is not None:
        answer["error"] = error
    return dump(answer)


def concept_json(concept: Concept, ancestors: Sequence[Concept]) -> str:
    """One object: everything the catalog knows of a node."""
    notes = {name: list(getattr(concept.notes, name)) for name in concept.notes.__dataclass_fields__}
    card = {
        "code": concept.code,
        "title": concept.title,
        "kind": concept.kind.value,
        "billable": concept.billable,
        "status": concept.status.value,
        "chapter": concept.chapter,
        "parent": concept.parent,
        "ancestors": [ancestor.code for ancestor in ancestors],
        "children": list(concept.children),
        "labels": [
            {"text": label.text, "lang": label.lang, "role": label.role, "origin": label.origin}
            for label in concept.labels
        ],
        "seventh_characters": [
            {"char": seventh.char, "meaning": seventh.meaning, "code": code}
            for seventh, code in zip(concept.sevenths, concept.completions, strict=True)
        ],
        "notes": {name: texts for name, texts in notes.items() if texts},
    }
    return dump(card)


def console() -> Any:
    """A rich console: as wide as the terminal, 120 columns elsewhere; colour in a terminal alone."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)


def escape(text: str) -> str:
    """Text as rich prints it unchanged: in a title, ``[acute]`` is no style."""
    from rich.markup import escape as rich_escape

    return rich_escape(text)


def tree_line(concept: Concept) -> str:
    """One node of a tree."""
    status = "" if concept.status is Status.HEADING else f"  [dim]{concept.status.value}[/]"
    return f"[bold cyan]{escape(_name(concept))}[/]  {escape(concept.title)}{status}"


def hits_table(hits: Sequence[Hit]) -> Any:
    """A rich table: code, title, what it needs, the surface where it is not the title, how sure it is."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Code", style="bold cyan", no_wrap=True)
    table.add_column("Title", overflow="fold", ratio=3)
    table.add_column("Status", no_wrap=True)
    table.add_column("Matched", overflow="fold", ratio=2, style="dim")
    calibrated = any(hit.confidence is not None for hit in hits)
    table.add_column("Sure" if calibrated else "Score", justify="right", no_wrap=True)
    for hit in hits:
        worth = f"{hit.score:.3f}" if hit.confidence is None else f"{hit.confidence:.0%}"
        table.add_row(hit.code, escape(hit.title), _status(hit), escape(_matched(hit)), worth)
    return table


def concept_card(concept: Concept, ancestors: Sequence[Concept], children: Sequence[Concept]) -> Any:
    """The code card: where it stands, whether it is billable, names, 7th characters, notes, children."""
    from rich.console import Group

    lines = [f"[bold cyan]{escape(concept.code)}[/]  [bold]{escape(concept.title)}[/]", _billing(concept), ""]
    for depth, ancestor in enumerate(reversed(ancestors)):
        lines.append(f"[dim]{'  ' * depth}{escape(_name(ancestor))}  {escape(ancestor.title)}[/]")
    lines += _section("Also", [_label(label.text, label.lang, label.origin) for label in concept.labels])
    sevenths = zip(concept.completions, concept.sevenths, strict=True)
    lines += _section("7th characters", [f"{code}  {escape(seventh.meaning)}" for code, seventh in sevenths])
    for node in (concept, *ancestors):
        source = "" if node is concept else f" (at {_name(node)})"
        for name in node.notes.__dataclass_fields__:
            texts = [escape(text) for text in getattr(node.notes, name)]
            lines += _section(f"{_NOTE_NAMES[name]}{source}", texts)
    lines += _section("Below", [f"{escape(child.code)}  {escape(child.title)}" for child in children])
    return Group(*lines)


_NOTE_NAMES = {
    "includes": "Includes",
    "excludes1": "Excludes 1, never coded together",
    "excludes2": "Excludes 2, not included here",
    "code_first": "Code first",
    "use_additional": "Use additional code",
    "code_also": "Code also",
    "remarks": "Remarks",
}


def _section(heading: str, texts: Sequence[str]) -> list[str]:
    return ["", f"[bold]{heading}[/]", *(f"  {text}" for text in texts)] if texts else []


def _name(concept: Concept) -> str:
    return f"chapter {concept.code}" if concept.kind is Kind.CHAPTER else concept.code


def _label(text: str, lang: str, origin: str) -> str:
    return f"{escape(text)} [dim]({lang}, {origin})[/]"


def _billing(concept: Concept) -> str:
    colour = "green" if concept.billable else "yellow"
    return f"[{colour}]{concept.status.value}[/]"


def _status(hit: Hit) -> str:
    if hit.billable:
        return "[green]billable[/]"
    if hit.status is Status.NEEDS_SEVENTH:
        characters = [code[-1] for code in hit.completions]
        more = "…" if len(characters) > _SHOWN_COMPLETIONS else ""
        return f"[yellow]+ 7th {''.join(characters[:_SHOWN_COMPLETIONS])}{more}[/]"
    return "[yellow]more specific[/]"


def _matched(hit: Hit) -> str:
    return "" if hit.surface == hit.title else f"{hit.surface} ({hit.surface_lang}, {hit.origin})"
