"""What is asked of an evaluation, as one frozen value; and the test sets that it names, read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from codilingua.catalog.catalog import Catalog
from codilingua.errors import UsageError
from codilingua.evaluate.scoring.measures import NOTHING
from codilingua.evaluate.systems import OURS, SystemSpec, parse_system
from codilingua.evaluate.systems.embeddings import cache_folder
from codilingua.evaluate.testsets.corpora import CORPORA, load_corpus
from codilingua.evaluate.testsets.judgements import read_judgements
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.evaluate.testsets.variants import VARIANTS

GOLD = "gold"
POOLS = ("catalog", GOLD)
"""Which codes may be answered: all of the catalog, or those alone that occur as gold in the set."""

DEFAULT_SYSTEMS = (OURS, "codilingua-dense", "codilingua-lexical")
"""What ships, and its two halves: they run wherever Codilingua does."""

_BASELINE = "minilm"


@dataclass(frozen=True, slots=True)
class Request:
    """One evaluation.

    ``data`` are TSV files, ``corpora`` names of :data:`~codilingua.evaluate.testsets.corpora.CORPORA`,
    read from ``data_dir`` or downloaded where that is None. ``systems`` are written as ``NAME`` or
    ``NAME@SURFACES``. ``pool`` is one of ``POOLS``. ``out`` is the folder of the report, None to write
    nothing. ``training`` are files to look for overlap with. ``ours`` is compared with all others,
    ``baseline`` is what reports compare with; None for a sensible one. ``timed``: queries whose time is
    taken, one by one. ``machine_sets``: also sets that a machine wrote. ``command`` is what a report says
    it was made by.
    """

    data: tuple[Path, ...] = ()
    corpora: tuple[str, ...] = ()
    data_dir: Path | None = None
    systems: tuple[str, ...] = DEFAULT_SYSTEMS
    pool: str = "catalog"
    assets: Path | None = None
    out: Path | None = None
    variants: tuple[str, ...] = ()
    training: tuple[Path, ...] = ()
    baseline: str | None = None
    ours: str | None = None
    resamples: int = 1000
    permutations: int = 10_000
    seed: int = 1
    threads: int | None = None
    cache: Path = field(default_factory=cache_folder)
    timed: int = 200
    machine_sets: bool = True
    command: str = ""

    def specs(self) -> tuple[SystemSpec, ...]:
        """The systems, each once.

        :raises UsageError: when one does not exist, or none is named.
        """
        found = tuple(dict.fromkeys(parse_system(name) for name in self.systems))
        if not found:
            raise UsageError("no system is named: give one with --system")
        return found

    def check(self) -> None:
        """What can be said before anything is read or run.

        :raises UsageError: when something that is named does not exist, or a number is of no use.
        """
        if not self.data and not self.corpora:
            raise UsageError("nothing to evaluate on: give a TSV file with --data, or a name with --corpus")
        names = [str(spec) for spec in self.specs()]
        for role, name in (("ours", self.ours), ("baseline", self.baseline)):
            if name is not None and str(parse_system(name)) not in names:
                raise UsageError(f"--{role} {name} is not among the systems of this run: {', '.join(names)}")
        _check_name("corpus", self.corpora, CORPORA)
        _check_name("variant", self.variants, VARIANTS)
        _check_name("pool", (self.pool,), POOLS)
        for path in (*self.data, *self.training):
            if not path.is_file():
                raise UsageError(f"{path}: no such file; give a TSV file")
        for what, number in (("resamples", self.resamples), ("permutations", self.permutations)):
            if number < 1:
                raise UsageError(f"--{what} is {number}: give a whole number, 1 or more")

    def roles(self, names: list[str]) -> tuple[str, str | None]:
        """Which of the systems that ran is ours, and which is the baseline; the latter may be none."""
        ours = next((name for name in self._wanted(self.ours, OURS) if name in names), names[0])
        others = [name for name in names if name != ours]
        wanted = [name for name in self._wanted(self.baseline, _BASELINE) if name in others]
        return ours, next(iter(wanted or others), None)

    def _wanted(self, named: str | None, usual: str) -> list[str]:
        return [str(parse_system(named))] if named is not None else [usual]


def read_sets(request: Request, catalog: Catalog, tell: Callable[[str], object]) -> tuple[QuerySet, ...]:
    """
    :param tell: told what is downloaded.
    :raises UsageError: when two sets have one name, or no row of any can be scored.
    :raises SourceError: when a file is wrong as a whole.
    """
    sets = [one for path in request.data for one in read_judgements(path, catalog)]
    for name in dict.fromkeys(request.corpora):
        sets.extend(load_corpus(name, request.data_dir, catalog, request.cache, tell))
    if not request.machine_sets:
        sets = [one for one in sets if one.writer == "people"]
    names = [one.name for one in sets]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"two test sets are called {twice!r}: rename one of the files")
    if not any(one.judgements for one in sets):
        bad = [f"{one.name} line {row.line}: {row.reason}" for one in sets for row in one.bad_rows]
        why = f" ({len(bad):,} rows are bad; {bad[0]})" if bad else ""
        raise UsageError(NOTHING + why)
    return tuple(sets)


def _check_name(what: str, names: tuple[str, ...], known: object) -> None:
    assert isinstance(known, dict | tuple)
    for name in names:
        if name not in known:
            raise UsageError(f"there is no {what} {name!r}: choose from {', '.join(known)}")
