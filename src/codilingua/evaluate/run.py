"""A request in; every number of the evaluation, in the form of ``results.json``, out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.evaluate import machine
from codilingua.evaluate.answers.collect import Answered, Test, collect, gold_pool
from codilingua.evaluate.answers.processes import Started
from codilingua.evaluate.form import KIND, SCHEMA
from codilingua.evaluate.request import GOLD, Request, read_sets
from codilingua.evaluate.scoring.credit import DEPTH
from codilingua.evaluate.scoring.findings import Bench, about_set, error_line, find_errors, find_leakage
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.evaluate.scoring.leakage import read_training
from codilingua.evaluate.scoring.mistakes import Mistake
from codilingua.evaluate.scoring.panels import Dice, Headline, Panel, score
from codilingua.evaluate.scoring.parallel import parallel
from codilingua.evaluate.scoring.slices import seen_in, slices
from codilingua.evaluate.scoring.tables import Tables
from codilingua.evaluate.testsets.sets import unique
from codilingua.evaluate.testsets.variants import COLUMN, derive
from codilingua.text import fold
from codilingua.types import Judgement


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``results`` is what ``results.json`` holds, without the text of any query. ``mistakes`` are the
    sampled errors of ours, with it."""

    results: dict[str, Any]
    mistakes: tuple[Mistake, ...]


def evaluate(request: Request, started: Started) -> Evaluation:
    """Run an evaluation. Broken off and asked for again, it goes on where it stopped.

    :param started: told of every step that begins.
    :raises UsageError: when something that is asked for does not exist, or no row can be scored.
    :raises SourceError: when a file is wrong as a whole.
    :raises AssetError: when the assets are damaged or the cache cannot be written.
    :raises CodilinguaError: when no system can run here.
    """
    request.check()
    assets = Assets.shipped() if request.assets is None else Assets(request.assets)
    assets.verify()
    bench = _prepare(request, assets, started)
    answered = collect(request, bench.tests, bench.pools, assets, started)
    return _measure(bench, answered, started)


def _prepare(request: Request, assets: Assets, started: Started) -> Bench:
    started("reading the test sets")
    training = tuple(read_training(path) for path in request.training)
    with Catalog.open(assets.catalog) as catalog:
        sets = read_sets(request, catalog, started)
        hierarchy = Hierarchy(catalog)
        surfaces = frozenset(fold(label.text) for concept in catalog for label in concept.surfaces)
        about = {"name": catalog.info.name, "edition": catalog.info.edition, "codes": len(catalog)}
    seed = request.seed + 2
    tests = tuple(Test(one, derive(one.judgements, request.variants, seed)) for one in sets)
    gold = request.pool == GOLD
    pools = {one.name: gold_pool(one, hierarchy) if gold else None for one in sets}
    return Bench(request, about, hierarchy, surfaces, tests, pools, training)


def _measure(bench: Bench, answered: Answered, started: Started) -> Evaluation:
    request, names = bench.request, list(answered.answers)
    ours, baseline = request.roles(names)
    scores, headlines = _scores(bench, answered, started)
    tables = Tables(headlines, names)
    classes, mistakes = find_errors(bench, answered, ours, _seeds(request.seed)["errors"])
    head, modified = machine.commit()
    results: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": KIND,
        "run": request.out.resolve().name if request.out else "",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": head,
        "modified": modified,
        "command": request.command,
        "machine": machine.machine(),
        "versions": machine.versions(),
        "catalog": bench.catalog,
        "pool": request.pool,
        "depth": DEPTH,
        "seeds": _seeds(request.seed),
        "resamples": request.resamples,
        "permutations": request.permutations,
        "ours": ours,
        "baseline": baseline,
        "languages": tables.languages(),
        "chapters": {
            code: bench.hierarchy.title(code)
            for code in bench.hierarchy.nodes
            if len(bench.hierarchy.line(code)) == 1
        },
        "sets": [about_set(test, bench) for test in bench.tests],
        "systems": list(answered.systems),
        "unavailable": list(answered.unavailable),
        "languages_table": tables.language_rows(),
        "macro": tables.macro_rows(),
        "parallel": parallel(headlines, names, _dice(request)),
        "curves": tables.curves(),
        "tests": _tests(tables, ours, request, started),
        "moves": tables.moves(ours),
        "error_classes": classes,
        "errors": [error_line(mistake, ours, bench.hierarchy) for mistake in mistakes],
        "leakage": find_leakage(bench),
        "scores": scores,
    }
    return Evaluation(results, mistakes)


def _seeds(seed: int) -> dict[str, int]:
    return {"bootstrap": seed, "permutation": seed + 1, "variants": seed + 2, "errors": seed + 3}


def _dice(request: Request) -> Dice:
    return Dice(_seeds(request.seed)["bootstrap"], request.resamples)


def _scores(
    bench: Bench, answered: Answered, started: Started
) -> tuple[list[dict[str, Any]], list[Headline]]:
    dice = _dice(bench.request)
    panels = [panel for test in bench.tests for panel in _panels(test, bench)]
    progress = started("scoring")
    scores, headlines = [], []
    for number, panel in enumerate(panels):
        systems = {name: sets[panel.set.name] for name, sets in answered.answers.items()}
        for entry, headline in score(panel, systems, bench.hierarchy, dice):
            scores.append(entry)
            if headline is not None:
                headlines.append(headline)
        progress(number + 1, len(panels))
    return scores, headlines


def _panels(test: Test, bench: Bench) -> list[Panel]:
    """Unique queries with their slices, all rows, and each variant beside its originals."""
    if not test.rows:
        return []
    once = unique(test.rows)
    seen = seen_in(bench.training, bench.hierarchy) if bench.training else None
    apart = slices(once, bench.hierarchy, seen, bench.surfaces)
    apart = {key: rows for key, rows in apart.items() if key[0] != "all"}
    panels = [Panel(test.set, "unique", once, slices=apart), Panel(test.set, "rows", test.rows)]
    variants: dict[str, list[Judgement]] = {}
    for judgement in test.derived:
        variants.setdefault(judgement.slices[COLUMN], []).append(judgement)
    panels += [Panel(test.set, "unique", tuple(rows), COLUMN, value) for value, rows in variants.items()]
    return panels


def _tests(tables: Tables, ours: str, request: Request, started: Started) -> list[dict[str, Any]]:
    total, done = tables.count_tests(), 0
    progress = started("comparing the systems")

    def one_more() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    return tables.tests(ours, _seeds(request.seed)["permutation"], request.permutations, one_more)
