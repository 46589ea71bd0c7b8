"""What was typed in; the text to search for out, or one clear reason why it cannot be searched."""

from __future__ import annotations

import unicodedata

from codilingua.errors import QueryError
from codilingua.text import clean

MAX_CHARACTERS = 2000
"""Of a longer text the model would read the first tenth and leave out the rest in silence."""

_SHOWN = 40


def check_query(text: str) -> str:
    """The text in its normal form.

    :raises QueryError: when it is not valid Unicode, blank, longer than ``MAX_CHARACTERS``, or has
        neither a letter of the Latin script nor a digit: nothing else is in the vocabulary of the six
        languages.
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        # What Python makes of bytes on a command line that its encoding does not know.
        raise QueryError("the query is not valid Unicode: type or save it in UTF-8")
    cleaned = clean(text)
    if not cleaned:
        raise QueryError("the query is empty: type a diagnosis, a finding or a code")
    if len(cleaned) > MAX_CHARACTERS:
        raise QueryError(
            f"the query has {len(cleaned):,} characters, at most {MAX_CHARACTERS:,} can be searched: "
            f"give one phrase, or one phrase a line with --input"
        )
    if not any(_readable(character) for character in cleaned):
        raise QueryError(
            f"the query {shorten(cleaned)!r} has no Latin letter and no digit: "
            f"type it in English, Spanish, Catalan, Italian, Portuguese or French"
        )
    return cleaned


def shorten(text: str) -> str:
    """The text as an error can show it: one line, 40 characters at most."""
    line = clean(text)
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _readable(character: str) -> bool:
    return character.isdecimal() or unicodedata.name(character, "").startswith("LATIN ")
