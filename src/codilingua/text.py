"""The one normal form of text, the same in catalog, training and search.

Text in as people and files bring it; text out that compares equal when it reads equal.
"""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Unicode NFC, control and formatting characters as spaces, runs of white space as one.

    Case and accents stay: this is the form that is stored and shown. NFC rather than NFKC keeps
    what people wrote (``m²``, ``½``) as they wrote it.
    """
    composed = unicodedata.normalize("NFC", text)
    # Cc and Cf hold NUL, escape sequences, zero-width and right-to-left marks: none is ever meant.
    visible = "".join(" " if unicodedata.category(ch) in ("Cc", "Cf") else ch for ch in composed)
    return _SPACE.sub(" ", visible).strip()


def fold(text: str) -> str:
    """:func:`clean`, lower case, without accents: the form in which typed text is compared.

    ``Neumonía`` → ``neumonia``, ``Força`` → ``forca``, ``Œdème`` → ``oedeme``.
    """
    lowered = clean(text).lower().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch))
