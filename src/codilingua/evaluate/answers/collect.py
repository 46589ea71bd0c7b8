"""Test sets and systems in; what every system answers, what it costs, and which cannot answer, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codilingua.artifacts import Assets
from codilingua.errors import CodilinguaError, UsageError
from codilingua.evaluate import machine
from codilingua.evaluate.answers.jobs import Job, Workplace, digest, work_folder
from codilingua.evaluate.answers.processes import Started, run_job
from codilingua.evaluate.request import Request
from codilingua.evaluate.scoring.credit import DEPTH
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.evaluate.scoring.panels import Answers
from codilingua.evaluate.systems import SystemSpec, entry_of
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.types import Judgement

_COSTS = ("median_ms", "p95_ms", "timed", "disk_bytes", "peak_bytes")


@dataclass(frozen=True, slots=True)
class Test:
    """A test set and all its queries: ``rows`` as they stand there, ``derived`` the variants of them."""

    set: QuerySet
    derived: tuple[Judgement, ...] = ()

    @property
    def rows(self) -> tuple[Judgement, ...]:
        """As the set has them."""
        return self.set.judgements

    @property
    def queries(self) -> frozenset[str]:
        """Every distinct text."""
        return frozenset(judgement.query for judgement in (*self.rows, *self.derived))


@dataclass(frozen=True, slots=True)
class Answered:
    """``answers``: system → set → its rankings. ``systems`` and ``unavailable`` as in ``results.json``."""

    answers: Mapping[str, Mapping[str, Answers]]
    systems: tuple[dict[str, Any], ...]
    unavailable: tuple[dict[str, str], ...]


def gold_pool(query_set: QuerySet, hierarchy: Hierarchy) -> tuple[str, ...]:
    """The codes of the tabular list that occur as gold in a set; where gold is a category, all codes of it.

    :raises UsageError: when none of them is in the catalog any more.
    """
    pool: set[str] = set()
    for judgement in query_set.judgements:
        for code in judgement.codes:
            if judgement.level == "category":
                pool.update(hierarchy.within(hierarchy.category(code) or ""))
            else:
                pool.update(filter(None, [hierarchy.tabular(code)]))
    if query_set.judgements and not pool:
        raise UsageError(f"no gold code of {query_set.name} is in the catalog: there is no pool gold")
    return tuple(sorted(pool))


def collect(
    request: Request,
    tests: Sequence[Test],
    pools: Mapping[str, tuple[str, ...] | None],
    assets: Assets,
    started: Started,
) -> Answered:
    """Have every system answer every query, each in a process of its own; what was answered is kept.

    :param pools: set → codes that may be answered, None for all of the catalog.
    :raises AssetError: when the cache cannot be written.
    :raises CodilinguaError: when no system can answer.
    """
    answers: dict[str, dict[str, Answers]] = {}
    systems, unavailable = [], []
    for spec in request.specs():
        found = _ask(spec, request, tests, pools, assets, started)
        if isinstance(found, str):
            unavailable.append({"name": str(spec), "reason": found})
        else:
            answers[str(spec)], facts = found
            systems.append(facts)
    if not systems:
        reasons = "; ".join(
            f"{each['name']}: {each['reason'].removeprefix(each['name'] + ': ')}" for each in unavailable
        )
        raise CodilinguaError(f"no system can run here: {reasons}")
    return Answered(answers, tuple(systems), tuple(unavailable))


def _ask(
    spec: SystemSpec,
    request: Request,
    tests: Sequence[Test],
    pools: Mapping[str, tuple[str, ...] | None],
    assets: Assets,
    started: Started,
) -> tuple[dict[str, Answers], dict[str, Any]] | str:
    """:return: the rankings by set and the system's line in ``results.json``, or why there are none."""
    groups: dict[tuple[str, ...] | None, list[Test]] = {}
    for test in tests:
        if test.rows:
            groups.setdefault(pools[test.set.name], []).append(test)
    answers: dict[str, Answers] = {}
    lines = []
    for pool, together in groups.items():
        job = _job(spec, request, together, pool, assets)
        failure = run_job(job, started)
        if failure is not None:
            return failure
        workplace = Workplace(Path(job.folder))
        for test in together:
            wanted = {digest(query) for query in test.queries}
            answers[test.set.name] = workplace.read(wanted)
            missing = len(wanted) - len(answers[test.set.name])
            if missing:
                return f"{missing} rankings are missing in {job.folder}: remove that folder and run again"
        lines.append(_line(spec, job, workplace))
    # With a pool a set, the largest pool says what the system costs.
    return answers, max(lines, key=lambda line: int(line["codes"]))


def _job(
    spec: SystemSpec,
    request: Request,
    tests: Sequence[Test],
    pool: tuple[str, ...] | None,
    assets: Assets,
) -> Job:
    manifest = digest(assets.manifest.read_text("utf-8"))
    cache = request.cache.absolute()
    folder = work_folder(
        cache, spec.name, spec.surfaces, pool, manifest, DEPTH, request.threads, machine.versions()
    )
    return Job(
        system=spec.name,
        surfaces=spec.surfaces,
        catalog=str(assets.catalog.absolute()),
        assets=None if request.assets is None else str(request.assets.absolute()),
        cache=str(cache),
        folder=str(folder),
        pool=pool,
        # Neighbours in length share a batch, so that little of it is padding.
        queries=tuple(
            sorted(frozenset().union(*(test.queries for test in tests)), key=lambda text: (len(text), text))
        ),
        depth=DEPTH,
        timed=request.timed,
        seed=request.seed,
        threads=request.threads,
    )


def _line(spec: SystemSpec, job: Job, workplace: Workplace) -> dict[str, Any]:
    entry, facts, cost = entry_of(spec.name), workplace.system() or {}, workplace.cost() or {}
    return {
        "name": str(spec),
        "surfaces": spec.surfaces,
        "title": entry.title,
        "about": entry.about,
        "licence": entry.licence,
        "identity": facts.get("identity", ""),
        "english_centric": entry.english_centric,
        "codes": facts.get("codes", 0),
        "texts": facts.get("texts", 0),
        "cost": {name: cost.get(name) for name in _COSTS} | {"threads": job.threads or machine.cores()},
    }
