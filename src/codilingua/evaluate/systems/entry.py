"""The frozen values in which systems are listed by name and opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from codilingua.evaluate.systems.base import System
from codilingua.evaluate.systems.candidates import Candidates, Surfaces
from codilingua.evaluate.systems.embeddings import Progress


@dataclass(frozen=True, slots=True)
class Opening:
    """What systems are opened with.

    ``assets`` is the folder of Codilingua's assets, None for those that ship; ``cache`` keeps embeddings
    and models; ``threads`` are processor cores, None for all; ``progress`` is told of surfaces embedded.
    """

    assets: Path | None
    cache: Path
    threads: int | None = None
    progress: Progress | None = None

    @property
    def embeddings(self) -> Path:
        """Folder of the cached vectors."""
        return self.cache / "embeddings"


Opener = Callable[[Candidates, Opening], System]


@dataclass(frozen=True, slots=True)
class Entry:
    """A system by name: ``title`` and ``about`` for reports, what it searches by default, and how it opens.

    ``english_centric`` marks what was made for English. ``modules`` have to be importable; the extra
    ``eval`` brings them. ``hub_name`` is the model's name on the hub. ``wants`` says what else is needed
    that only opening the system can find missing.
    """

    title: str
    about: str
    licence: str
    surfaces: Surfaces
    opener: Opener
    modules: tuple[str, ...] = ()
    english_centric: bool = False
    hub_name: str = ""
    wants: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Modules that are not installed here."""
        return tuple(module for module in self.modules if find_spec(module) is None)
