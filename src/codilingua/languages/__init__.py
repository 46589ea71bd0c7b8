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
from typing import Any

from codilingua.errors import SourceError, UsageError

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
    :raises SourceError: when something in it is missing or of no use.
    """
    if code not in known():
        raise UsageError(f"language {code!r} is not known: give one of {', '.join(known())}")
    path = _FOLDER / f"{code}.toml"
    try:
        return _language(code, tomllib.loads(path.read_text("utf-8")))
    except KeyError as error:
        raise SourceError(
            path, None, f"{error.args[0]} is missing: see the file of another language"
        ) from error
    except (ValueError, TypeError, AttributeError, re.error) as error:
        raise SourceError(path, None, f"a value is of no use ({error})") from error


def _language(code: str, content: Mapping[str, Any]) -> Language:
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
    # Without any, what never matches: an empty alternative would match everywhere.
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns) or '(?!)'})(?!\w)")
