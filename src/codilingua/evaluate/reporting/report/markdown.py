"""Numbers and rows in; Markdown out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NOTHING = "—"
_SMALLEST_P = 0.001


def table(header: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """
    :param texts: how many columns hold words, from the left; the others hold numbers.
    """
    sides = ["---"] * texts + ["---:"] * (len(header) - texts)
    return "\n".join("| " + " | ".join(map(escaped, row)) + " |" for row in (header, sides, *rows))


def escaped(text: str) -> str:
    """What may stand in a cell: no bar, no line end."""
    return " ".join(text.replace("|", "\\|").split())


def first(measured: Sequence[float] | None) -> float | None:
    """The value without its interval."""
    return measured[0] if measured else None


def number(value: float | None) -> str:
    """Three decimals: ``0.341``."""
    return NOTHING if value is None else f"{round(value, 3) + 0.0:.3f}"


def signed(value: float | None) -> str:
    """Three decimals and a sign; zero has none of its own: ``+0.000``."""
    return NOTHING if value is None else f"{round(value, 3) + 0.0:+.3f}"


def spread(measured: Sequence[float] | None) -> str:
    """A value, and its interval where there is one: ``0.341 [0.320, 0.362]``."""
    if not measured:
        return NOTHING
    if len(measured) < 3:
        return number(measured[0])
    return f"{number(measured[0])} [{number(measured[1])}, {number(measured[2])}]"


def probability(p: float | None) -> str:
    """``p = 0.012``, ``p < 0.001``."""
    if p is None:
        return f"p {NOTHING}"
    return f"p < {_SMALLEST_P:g}" if p < _SMALLEST_P else f"p = {p:.3f}"


def share(part: float | None, whole: float | None) -> str:
    """``14 %``; a dash where there is nothing to share."""
    return NOTHING if part is None or not whole else f"{100 * part / whole:.0f} %"


def count(value: int | None) -> str:
    """``46,881``."""
    return NOTHING if value is None else f"{value:,}"


def milliseconds(value: float | None) -> str:
    """Three digits that count: ``6.75``, ``32.7``, ``1,210``."""
    if value is None:
        return NOTHING
    decimals = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{decimals}f}"


def megabytes(size: int | None) -> str:
    """Of 1,000,000 bytes; one decimal below 10."""
    if size is None:
        return NOTHING
    return f"{size / 1e6:,.{1 if size < 10e6 else 0}f}"


def commit(results: Mapping[str, Any]) -> str:
    """``0123456789, with changes``."""
    name = str(results.get("commit") or "unknown")[:10]
    return f"{name}, with changes" if results.get("modified") else name


def best_in_bold(
    columns: Sequence[Sequence[float | None]], shown: Sequence[Sequence[str]]
) -> list[list[str]]:
    """
    :param columns: values by column, higher is better.
    :param shown: the same cells as text.
    :return: the texts; what is best in its column at three decimals is bold, all of them where several are.
    """
    made = []
    for values, texts in zip(columns, shown, strict=True):
        known = [round(value, 3) for value in values if value is not None]
        made.append(
            [
                f"**{text}**" if value is not None and round(value, 3) == max(known) else text
                for value, text in zip(values, texts, strict=True)
            ]
        )
    return made
