"""Markdown in; the numbers out that claim to be measured, each with the words that say what of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^#{1,6} ")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s")
_RULE = re.compile(r"^\|?[\s:|-]+$")
_RUN = re.compile(r"\bresults/([\w.-]+)/")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z*\[(])")

# What is no text: code, where links lead to, addresses.
_NO_TEXT = re.compile(r"`[^`]*`|(?<=\])\([^)\s]*\)|https?://\S+")

_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[+−-]?)"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+)(?![\d]|\.\d|,\d{3})"
    r"(?P<unit>\s?(?:ms|seconds|MB|GB|%|×|x|times|points?|queries/s|queries a second)(?![\w/])|\ss(?!\w))?",
)
_UNITS = {
    "seconds": "s",
    "point": "points",
    "queries a second": "queries/s",
    "x": "×",
    "times": "×",
}
_FASTER = re.compile(r"\s*(?:as |faster|quicker|slower|smaller|larger|less|more|fewer|better|worse)")
_NO_SHARE = re.compile(r"\s*-?(?:confidence|bootstrap|interval|CI\b)")
_VERSION = re.compile(r"(?:\bv|version|release|[<>=~]=)\s*$", re.IGNORECASE)
_COMPARED = re.compile(r"([<>≤≥])\s*$")
_OF_P = re.compile(r"\bp\s*[<=≤]\s*$")
_COLUMN_UNIT = re.compile(r"\b(?:ms|MB|queries/s)\b|×")
MEASURE = re.compile(r"\b(?:R@\d+|(?:MRR|MAP|nDCG|F1)(?:@\d+)?)(?!\w)|\bp(?=\s*[<=≤])")


@dataclass(frozen=True, slots=True)
class Claim:
    """A number of a document that only a measurement can justify.

    ``line`` is 1-based, ``text`` is as it stands there. ``unit`` is empty for a share or a measure.
    ``compared`` is the sign before it (``<``), or empty. ``is_p`` marks what follows ``p =``. ``near`` and
    ``far`` are the words that say what it is of, nearest first: the sentence, then its paragraph and heading;
    the cell, its column and its row, then what stands before the table and the heading. ``runs`` are the
    folders of ``results/`` that its section names; none named means any.
    """

    line: int
    text: str
    value: float
    decimals: int
    unit: str
    compared: str
    is_p: bool
    in_brackets: bool
    near: tuple[str, ...]
    far: tuple[str, ...]
    runs: frozenset[str]


@dataclass(slots=True)
class _Block:
    """Lines that belong together: a paragraph, a list item, a heading, a table."""

    start: int
    lines: list[str]
    heading: str
    section: int
    before: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def is_table(self) -> bool:
        return self.lines[0].lstrip().startswith("|")


@dataclass(frozen=True, slots=True)
class _Around:
    """What a piece of text stands in; ``unit`` is that of its column, or empty."""

    near: tuple[str, ...]
    far: tuple[str, ...]
    runs: frozenset[str]
    unit: str = ""


def find_claims(markdown: str) -> list[Claim]:
    """Decimals from 0 to 1, and numbers with a unit of cost or a percent sign, outside code.

    Versions, dates, codes, addresses and counts are none.
    """
    blocks = list(_blocks(markdown))
    runs: dict[int, set[str]] = {}
    for block in blocks:
        runs.setdefault(block.section, set()).update(_RUN.findall(block.text))
    claims: list[Claim] = []
    for block in blocks:
        named = frozenset(runs[block.section])
        claims.extend(_of_table(block, named) if block.is_table else _of_prose(block, named))
    return claims


def _blocks(markdown: str) -> Iterator[_Block]:
    block: _Block | None = None
    heading, section, before, fenced = "", 0, "", False
    for number, line in enumerate(_without_comments(markdown).split("\n"), start=1):
        fence = _FENCE.match(line)
        fenced = fenced != bool(fence)
        is_row = line.lstrip().startswith("|")
        starts = bool(_HEADING.match(line) or _ITEM.match(line)) or (
            block is not None and block.is_table != is_row
        )
        if block is not None and (fence or fenced or not line.strip() or starts):
            before = block.text
            yield block
            block = None
        if fence or fenced or not line.strip():
            continue
        if _HEADING.match(line):
            heading, section, before = line, section + 1, ""
            yield _Block(number, [line], heading, section)
        elif block is None:
            block = _Block(number, [line], heading, section, before)
        else:
            block.lines.append(line)
    if block is not None:
        yield block


def _without_comments(markdown: str) -> str:
    """Comments go, their line ends stay: lines keep their numbers."""
    return re.sub(r"<!--.*?-->", lambda found: "\n" * found[0].count("\n"), markdown, flags=re.DOTALL)


def _of_prose(block: _Block, runs: frozenset[str]) -> Iterator[Claim]:
    start = 0
    text = block.text
    ends = [found.start() for found in _SENTENCE_END.finditer(text)] + [len(text)]
    for end in ends:
        sentence = text[start:end]
        line = block.start + text[:start].count("\n")
        yield from _of_text(sentence, line, _Around((sentence,), (text, block.heading), runs))
        start = end


def _of_table(block: _Block, runs: frozenset[str]) -> Iterator[Claim]:
    header = _cells(block.lines[0])
    for offset, line in enumerate(block.lines):
        if offset == 1 and _RULE.match(line):
            continue
        for place, cell in enumerate(_cells(line)):
            column = header[place] if offset and place < len(header) else ""
            unit = _COLUMN_UNIT.search(column)
            around = _Around(
                (cell, column, line), (block.before, block.heading), runs, unit[0] if unit else ""
            )
            yield from _of_text(cell, block.start + offset, around)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _of_text(text: str, line: int, around: _Around) -> Iterator[Claim]:
    seen = _NO_TEXT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for found in _NUMBER.finditer(seen):
        written = (found["unit"] or "").strip()
        unit = _UNITS.get(written, written) or around.unit
        digits = found["digits"].replace(",", "")
        if not _is_claim(seen, found, digits, unit, around):
            continue
        before = seen[: found.start()]
        compared = _COMPARED.search(before)
        yield Claim(
            line + before.count("\n"),
            found[0].strip(),
            float(digits) * (-1 if found["sign"] in ("-", "−") else 1),
            len(digits.partition(".")[2]),
            unit,
            compared[1] if compared else "",
            bool(_OF_P.search(before)),
            before.count("[") > before.count("]") or before.count("(") > before.count(")"),
            around.near,
            around.far,
            around.runs,
        )


def _is_claim(text: str, found: re.Match[str], digits: str, unit: str, around: _Around) -> bool:
    after = text[found.end() :]
    if _VERSION.search(text[: found.start()]):
        return False
    if unit == "%":
        return not _NO_SHARE.match(after)
    if unit == "×":
        faster = bool(_FASTER.match(after))
        return faster or bool(around.unit) or (found[0].endswith("×") and not re.match(r"\s*\d", after))
    if unit:
        return True
    decimals = len(digits.partition(".")[2])
    least = 1 if any(MEASURE.search(words) for words in around.near) else 2
    return decimals >= least and 0 <= float(digits) <= 1
