"""Everything Codilingua raises on purpose, in one tree.

    CodilinguaError              a failure; the command line exits with 1
    ├── UsageError               what was asked for cannot be: change the request; exits with 2
    │   ├── QueryError           text that cannot be searched (empty, too long, no letters)
    │   ├── UnknownCode          a code that the catalog does not have
    │   └── FilterError          a filter value that selects nothing that exists
    ├── AssetError               a shipped or built file is missing, damaged or of another version
    ├── SourceError              a terminology file is wrong; names file, line and reason
    ├── TrainingError            a training run cannot go on; what it has done so far is kept
    └── MissingExtra             an optional package is needed; names the pip command

A message is one line: what was wrong, with the value, and what to do.
"""

from __future__ import annotations

from pathlib import Path


class CodilinguaError(Exception):
    """The root. Catch it to catch everything that Codilingua raises on purpose."""


class UsageError(CodilinguaError):
    """The request cannot be served as it stands."""


class QueryError(UsageError):
    """The text cannot be searched."""


class UnknownCode(UsageError):
    """The catalog has no such code."""


class FilterError(UsageError):
    """A filter names a chapter, code or range that does not exist."""


class AssetError(CodilinguaError):
    """A file that the program ships or built is missing, damaged or of another version."""


class SourceError(CodilinguaError):
    """A terminology file cannot be read. Nothing of it was imported."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        """:param line: 1-based line in the file, or None where the whole file is meant."""
        where = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{where}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class TrainingError(CodilinguaError):
    """A training run cannot go on. Its last checkpoint is whole."""


class MissingExtra(CodilinguaError):
    """An optional package is not installed."""
