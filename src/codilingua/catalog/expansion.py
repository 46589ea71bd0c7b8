"""The key of a code that is not in the book; the expansion it stands for, or why it stands for none, out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from codilingua.catalog.codes import code_key, dotted, looks_like_code
from codilingua.catalog.store import CatalogInfo
from codilingua.text import clean
from codilingua.types import Concept, Kind, Status

LookUp = Callable[[str], Concept | None]
"""Key of a code → the code of the book, or None."""

_SEVENTH = 7
_CATEGORY = 3
_SHOWN = 40
_NAMED = 5


def expand(key: str, look_up: LookUp) -> Concept | None:
    """A code completed with its 7th character, as a concept of kind ``EXPANSION``.

    :param key: upper-case letters and digits, placeholders X included: ``S2249XA``.
    :return: None where no code takes that 7th character, or the placeholders are missing.
    """
    if len(key) != _SEVENTH:
        return None
    for base in _unpadded(key[:-1]):
        code = look_up(base)
        if code is None or not code.sevenths:
            continue
        for seventh, completion in zip(code.sevenths, code.completions, strict=True):
            if code_key(completion) == key:
                return Concept(
                    code=completion,
                    title=f"{code.title}, {seventh.meaning}",
                    kind=Kind.EXPANSION,
                    status=Status.BILLABLE,
                    parent=code.code,
                    chapter=code.chapter,
                    lang=code.lang,
                )
    return None


def explain(typed: str, info: CatalogInfo, look_up: LookUp) -> str:
    """One line on a code that is not in the catalog: the value, the edition, what to type instead."""
    key = code_key(typed)
    shown = clean(typed).encode(errors="replace").decode()
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    if not key:
        return f"{shown!r} is not a code: it has no letter or digit; type one such as E11.9"
    shaped = looks_like_code(typed)
    name = dotted(key) if shaped else shown
    where = f"{name} is not in {info.name} {info.edition}".rstrip()
    nearest = _nearest(key, look_up)
    if nearest is None:
        remedy = f"check its first {_CATEGORY} characters" if shaped else "type one such as E11.9"
        return f"{where}, nor is any code it could belong to: {remedy}"
    if _is_range(typed) and nearest.parent is not None:
        return f"{where}: {nearest.code} is in {nearest.parent}"
    return f"{where}: {_advice(key, nearest)}"


def _is_range(typed: str) -> bool:
    first, dash, last = typed.partition("-")
    return bool(dash and code_key(first) and code_key(last))


def _unpadded(stem: str) -> Iterator[str]:
    """``S2249X`` → ``S2249X``, ``S2249``: the keys that a stem may stand for."""
    yield stem
    while stem.endswith("X"):
        stem = stem[:-1]
        yield stem


def _nearest(key: str, look_up: LookUp) -> Concept | None:
    """The code whose key is the longest beginning of this one, a category at least."""
    prefixes = (key[:length] for length in range(min(len(key), _SEVENTH), _CATEGORY - 1, -1))
    return next((code for prefix in prefixes if (code := look_up(prefix)) is not None), None)


def _advice(key: str, nearest: Concept) -> str:
    if nearest.sevenths:
        characters = ", ".join(seventh.char for seventh in nearest.sevenths)
        advice = f"{nearest.code} takes 7th characters {characters}"
        rest = key.removeprefix(code_key(nearest.code)).strip("X")
        meant = next((code for code in nearest.completions if rest and code_key(code).endswith(rest)), None)
        written = meant or nearest.completions[0]
        in_place = meant is None and len(key) == _SEVENTH
        return advice if in_place else f"{advice}, at the seventh place: {written}"
    if nearest.children:
        named = ", ".join(islice(nearest.children, _NAMED))
        more = len(nearest.children) - _NAMED
        return f"{nearest.code} has {named}" + (f" and {more} more" if more > 0 else "")
    return f"{nearest.code} ({nearest.title}) is the closest, and is complete as it stands"
