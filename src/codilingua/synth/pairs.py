"""A file of phrases and codes that a language model wrote elsewhere in; a line for the ledger out."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

from codilingua.errors import SourceError, UsageError
from codilingua.languages import language
from codilingua.synth.ledger import Entry
from codilingua.tables import read_columns

REGISTER = "note"
"""Of rows that do not say theirs."""


def entry_of_pairs(path: Path, lang: str, model: str, day: date, version: str) -> Entry:
    """Take in columns ``text`` and ``code`` as one answer about practice.

    Codes are checked by curation, like those of any answer.

    :param version: name of the prompt that they were written by.
    :raises UsageError: when the language is not known, or model or prompt are not named.
    :raises SourceError: with the line, when the file has no rows, or not the form.
    """
    language(lang)
    rows = [cells for _, cells in read_columns(path, ("text", "code"))]
    if not rows:
        raise SourceError(path, None, "a header but no rows")
    entries: dict[str, list[str]] = {}
    for text, code in rows:
        entries.setdefault(code, []).append(text)
    content = json.dumps(
        {"entries": [{"code": code, REGISTER: texts} for code, texts in entries.items()]}, ensure_ascii=False
    )
    digest = hashlib.sha256(json.dumps([model, version, lang, content]).encode()).hexdigest()
    if not model or not version:
        raise UsageError("--model and --prompt must say who wrote the pairs and by which prompt")
    return Entry(
        key=digest,
        request=f"pairs-{lang}-{digest[:8]}",
        task="practice",
        lang=lang,
        form="entries",
        version=version,
        model=model,
        date=day.isoformat(),
        content=content,
    )
