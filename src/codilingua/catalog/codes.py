"""Codes as people type them in; their comparison key, their official ICD-10 form and a shape test out."""

from __future__ import annotations

import re

CATEGORY = 3
"""Length of an ICD-10 category. The dot stands after it."""

_LONGEST = 7
_MARKS = "†*+! "
"""What books print behind a code: dagger and asterisk, in ICD-10-GM plus and exclamation mark too."""
# QA0 is the one category whose second character is a letter; CA1 or VO2 would take in words of medicine.
_HEAD = re.compile(r"(?:[A-Z][0-9][A-Z0-9]|QA[0-9])(?:\.?[A-Z0-9]*)\.?", re.ASCII)
_TAIL = re.compile(r"\.?(?:[0-9X][A-Z0-9]*|[A-Z])", re.ASCII)


def code_key(text: str) -> str:
    """Upper-case letters and digits of a code, the form in which codes are compared.

    ``s22.49 xa`` → ``S2249XA``, ``A00-A09`` → ``A00A09``, ``B20-B20`` → ``B20B20``; may be empty.
    """
    return "".join(ch for ch in text.upper() if ch.isalnum())


def dotted(key: str) -> str:
    """A code in the official ICD-10 form, with its dot: ``S2249XA`` → ``S22.49XA``, ``A00`` → ``A00``.

    :param key: a code as :func:`code_key` returns it; not the key of a chapter or section.
    """
    return key if len(key) <= CATEGORY else f"{key[:CATEGORY]}.{key[CATEGORY:]}"


def looks_like_code(text: str) -> bool:
    """True where the text has the shape of an ICD-10-CM code, whether or not such a code exists.

    A letter, a digit, an alphanumeric (or ``QA`` and a digit), then up to four more, in upper or lower
    case. A dot may stand after the category, a dash at the end (``E11.-``, as the book writes it), and
    spaces between the parts: ``s22.49 xa``, ``E11 9``. Words make no code: ``b12 low``, ``t1 dm``.
    Some words have the shape all the same (``h1n1``): where no such code exists, take it for text.
    """
    head, *tail = text.upper().rstrip(" -").split() or [""]
    # What follows a space must begin as a subdivision or be one 7th character: a word does neither.
    shaped = _HEAD.fullmatch(head) is not None and all(_TAIL.fullmatch(part) for part in tail)
    return shaped and len(code_key(text)) <= _LONGEST


def category_key(text: str) -> str | None:
    """Key of the category of what is written as a code, whether or not there is such a code.

    ``E11.9†`` → ``E11``; None for ranges of codes and for all else that has not the shape of one.
    """
    return code_key(text)[:CATEGORY] if looks_like_code(text.rstrip(_MARKS)) else None
