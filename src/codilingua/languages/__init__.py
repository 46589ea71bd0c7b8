"""The name of a language in; all that the factory knows of it, one TOML file each, out.

A seventh language is a seventh file here, and its name in :data:`codilingua.types.LANGUAGES` and in the grid.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from codilingua.errors import UsageError

Said = Mapping[str, re.Pattern[str]]
"""What a text may say (``right``, ``chronic``, ``without`` …) → what finds it in cleaned lower case."""

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Language:
    """What prompts and filters need to know of one language.

    ``code`` is ISO 639-1. ``advice`` tells a writer how its notes read. ``letters`` are all it writes words
    with; ``foreign`` finds words that no text of it has. ``words`` say side, course, sex and negation for
    certain; ``hints`` may mean a side and may not.
    """

    code: str
    name: str
    countries: str
    advice: str
    letters: frozenset[str]
    foreign: re.Pattern[str]
    words: Said
    hints: Said


@cache
def language(code: str) -> Language:
    """Read the file of one language.

    :raises UsageError: when there is none, naming those there are.
    """
    if code not in known():
        raise UsageError(f"language {code!r} is not known: give one of {', '.join(known())}")
    content = tomllib.loads((_FOLDER / f"{code}.toml").read_text("utf-8"))
    return Language(
        code=code,
        name=content["name"],
        countries=content["countries"],
        advice=content["advice"].strip(),
        letters=frozenset(content["letters"]),
        foreign=_any(map(re.escape, content["foreign"])),
        words={name: _any(patterns) for name, patterns in content["words"].items()},
        hints={name: _any(patterns) for name, patterns in content["hints"].items()},
    )


@cache
def known() -> tuple[str, ...]:
    """The languages that have a file, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the patterns as a whole word."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")
