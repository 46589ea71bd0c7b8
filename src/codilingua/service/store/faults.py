"""What a database raised in; what is wrong and what to do, without a word of what was sent, out."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_FULL = "its disk is full: free some space"
_READ_ONLY = "it cannot be written to: make file and folder writable for the server's user"
_BUSY = "another program keeps it locked: try again"
_UNREACHABLE = "it cannot be reached: check that it runs and that the URL is right"
_NOT_SET_UP = "its tables are missing: make it writable once, so that they can be made"

_SQLITE = {
    "FULL": _FULL,
    "READONLY": _READ_ONLY,
    "PERM": _READ_ONLY,
    "AUTH": _READ_ONLY,
    "BUSY": _BUSY,
    "LOCKED": _BUSY,
    "CANTOPEN": "it cannot be opened: check that the folder is there and may be used by the server's user",
    "NOTADB": "it is no SQLite database: name another file",
    "CORRUPT": "it is damaged: restore a copy of it",
    "IOERR": "its disk fails: look into the log of the machine",
    "ERROR": _NOT_SET_UP,
}
"""By the second word of SQLite's name of the error."""

_POSTGRESQL = {
    "53100": _FULL,
    "53300": "it has no connection left: raise its max_connections",
    "25006": "it cannot be written to: name the primary server, not a copy",
    "57014": "it did not answer in time: try again",
    "55P03": _BUSY,
    "28": "it refuses the user or the password: mend the URL",
    "3D000": "there is no database of that name: create it",
    "42501": "its user may not do that: grant the right to create and change tables",
    "42P01": _NOT_SET_UP,
    "42P07": "it has other tables of the same names: give it a database of its own",
}
"""By SQLSTATE, or the class that it begins with."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``passing``: trying again at once may help. ``final``: not even waiting does. ``away``: nobody answers,
    so it cannot be read either.
    """

    text: str
    passing: bool = False
    final: bool = False
    away: bool = False


def fault_of(error: Exception) -> Fault:
    """Nothing of the database's own words is taken over: they may hold what was to be written."""
    if isinstance(error, PoolTimeout):
        return Fault("all connections to it are in use: try again", passing=True)
    if isinstance(error, OSError):
        return Fault(f"{(error.strerror or 'not usable').lower()}: choose a place that can be written to")
    original = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(original, "sqlite_errorname", None)
    if name is not None:
        # SQLITE_IOERR_WRITE, SQLITE_READONLY_DIRECTORY: the family says enough.
        family = name.split("_")[1]
        return Fault(
            _SQLITE.get(family, f"SQLite says {name}"),
            passing=family in ("BUSY", "LOCKED"),
            final=family == "NOTADB",
        )
    state = getattr(original, "sqlstate", None)
    if state is not None:
        text = _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2]) or f"PostgreSQL says SQLSTATE {state}"
        away = state.startswith(("08", "57P"))
        return Fault(_UNREACHABLE if away else text, passing=state == "55P03", away=away)
    if isinstance(error, DBAPIError):
        return Fault(_UNREACHABLE, away=True)
    return Fault(f"it failed with {type(error).__name__}")
