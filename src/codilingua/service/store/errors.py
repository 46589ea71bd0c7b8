"""Why the database did not do what it was asked for."""

from __future__ import annotations

from codilingua.errors import CodilinguaError


class StoreError(CodilinguaError):
    """The database cannot be read or written now. What was to be written is not kept, no part of it."""


class UnusableStore(StoreError):
    """Waiting does not help: it is not a database of this program, or of a newer version."""
