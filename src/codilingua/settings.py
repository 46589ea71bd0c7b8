"""What a user may set from outside. Read by entry points alone, never at import."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codilingua.errors import UsageError


@dataclass(frozen=True, slots=True)
class Settings:
    """``assets``: folder of built assets, None for those that ship. ``threads``: per search, 1 or more."""

    assets: Path | None = None
    threads: int | None = None

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read ``CODILINGUA_ASSETS`` and ``CODILINGUA_THREADS``.

        :param environment: the variables; ``os.environ`` where left out.
        :raises UsageError: when a value is of no use.
        """
        variables = os.environ if environment is None else environment
        assets = variables.get("CODILINGUA_ASSETS")
        threads = variables.get("CODILINGUA_THREADS")
        if threads is not None and not (threads.isascii() and threads.isdigit() and int(threads) > 0):
            raise UsageError(f"CODILINGUA_THREADS is {threads!r}: give a whole number, 1 or more")
        return cls(Path(assets) if assets else None, int(threads) if threads else None)
