"""A TOML file in; the grid of a run (what is asked, how much, of whom) out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codilingua.errors import SourceError, UsageError
from codilingua.languages import language
from codilingua.types import LANGUAGES

REGISTERS = ("note", "shorthand", "synonym", "lay", "context", "typo")
"""How a phrase is written; what each means stands in the prompts."""

TYPO = "typo"
"""The register whose slips are meant."""

TIERS = 4
"""Tiers of use: 0 everyday, 1 weekly, 2 now and then, 3 hardly ever."""

SHIPPED = Path(__file__).with_name("grid.toml")


@dataclass(frozen=True, slots=True)
class Grid:
    """What a run asks for.

    ``spread`` is in how many languages a code is written about, by tier. ``registers`` are weights.
    ``rows`` is how many phrases are asked for in each setting of practice, by language. ``tier_codes`` and
    ``default_rows`` may be 0: nothing is asked of them then.
    """

    seed: int
    languages: tuple[str, ...]
    spread: tuple[int, ...]
    per_language: int
    phrase_codes: int
    covered_chapters: frozenset[str]
    registers: Mapping[str, int]
    practice_codes: int
    rows: Mapping[str, int]
    label_languages: tuple[str, ...]
    label_codes: int
    tier_codes: int
    default_rows: int


def read_grid(path: Path = SHIPPED) -> Grid:
    """Read a grid file.

    :raises SourceError: when it cannot be read or is not TOML, or a value is missing or of no use.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SourceError(path, None, f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise SourceError(path, None, f"not TOML in UTF-8 ({error})") from error
    try:
        grid = _grid(content)
    except KeyError as error:
        raise SourceError(path, None, f"{error.args[0]} is missing; copy it from {SHIPPED.name}") from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise SourceError(path, None, f"a value is of no use ({error})") from error
    fault = _fault(grid)
    if fault:
        raise SourceError(path, None, fault)
    return grid


def _grid(content: Mapping[str, Any]) -> Grid:
    phrases, practice, labels = content["phrases"], content["practice"], content["labels"]
    languages = tuple(content["languages"])
    return Grid(
        seed=int(content["seed"]),
        languages=languages,
        spread=tuple(map(int, phrases["languages"])),
        per_language=int(phrases["per_language"]),
        phrase_codes=int(phrases["codes_in_request"]),
        covered_chapters=frozenset(phrases["covered_chapters"]),
        registers={name: int(weight) for name, weight in phrases["registers"].items()},
        practice_codes=int(practice["codes"]),
        rows={lang: int(practice["rows"].get(lang, 0)) for lang in languages},
        label_languages=tuple(labels["languages"]),
        label_codes=int(labels["codes_in_request"]),
        tier_codes=int(content["tiers"]["codes_in_request"]),
        default_rows=int(content["defaults"]["rows"]),
    )


def _fault(grid: Grid) -> str | None:
    """What is wrong with the values, or None."""
    if not grid.languages:
        return "languages is empty: name at least one"
    for code in (*grid.languages, *grid.label_languages):
        if code not in LANGUAGES or code not in grid.languages:
            return f"language {code!r} is not among languages, or not in types.LANGUAGES: add it there"
        try:
            language(code)
        except UsageError as error:
            return str(error)
    if len(set(grid.languages)) < len(grid.languages):
        return "languages names one twice"
    if not all(isinstance(chapter, str) for chapter in grid.covered_chapters):
        return 'phrases.covered_chapters are texts: ["1", "2"]'
    unknown = set(grid.registers) - set(REGISTERS)
    if unknown:
        return f"register {sorted(unknown)[0]!r} is not known: give some of {', '.join(REGISTERS)}"
    if len(grid.spread) != TIERS:
        return f"phrases.languages has {len(grid.spread)} numbers: give {TIERS}, one a tier"
    asked_little = (grid.tier_codes, grid.default_rows, grid.per_language)
    numbers = (*grid.spread, *grid.rows.values(), *grid.registers.values(), *asked_little)
    if min(numbers) < 0 or sum(grid.registers.values()) == 0:
        return "a number is negative, or all registers weigh 0"
    if min(grid.phrase_codes, grid.label_codes, grid.practice_codes) < 1:
        return "codes_in_request and practice.codes must be 1 or more"
    return None
