"""The pictures that belong to a report: their names in; the Markdown that shows them out."""

from __future__ import annotations

from collections.abc import Collection

LANGUAGES = "languages.png"
CURVES = "curves.png"
MOVES = "moves.png"
LATENCY = "latency.png"

_CAPTIONS = {
    LANGUAGES: "R@5 by language and system, with intervals",
    CURVES: "R@k for k from 1 to 20, by language",
    MOVES: "Where the gold code stood with the baseline, and where it stands with ours",
    LATENCY: "Quality against the time of a query",
}


def link(name: str, pictures: Collection[str]) -> str:
    """The picture with its caption, where it is among those that were drawn; else nothing."""
    return f"![{_CAPTIONS[name]}]({name})" if name in pictures else ""
