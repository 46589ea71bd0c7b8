"""Runs on the same queries in; the content of ``results.json``: scores, ranks and gains, out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.generalist.groups import ENGLISH, GENERALISTS, OWN, SPECIFIC, STAGES, base, kind
from benchmarks.generalist.reading import (
    DEPTH,
    LEVEL,
    WRITER,
    Run,
    check_same_assets,
    check_same_queries,
    languages,
)
from codilingua.errors import UsageError
from codilingua.evaluate.form import HEADLINE, MACRO
from codilingua.evaluate.machine import commit

SCHEMA = 1
KIND = "generalist"
COMMAND = "python -m benchmarks.generalist"
MEASURES = ("R@1", "R@3", "R@5", "R@10")
BUCKETS = {"1": (0, 1), "2-5": (1, 5), "6-10": (5, 10), "11-20": (10, 20)}
"""Ranks of the first right code → the cutoffs before and behind them."""
BEYOND = "beyond 20"
UNTUNED = "e5-small"
"""What ours was trained from."""


def summarise(ours: Run, peers: Run, synthetic: Run) -> dict[str, Any]:
    """What ``results.json`` holds.

    :param ours: our own stages, on sets that people wrote.
    :param peers: the others on the same queries; systems of ours among them are passed over.
    :param synthetic: our own stages on the factory's test set.
    :raises UsageError: when the runs do not compare, or lack what is to be compared.
    """
    shared = check_same_queries(ours, peers)
    check_same_assets(ours, synthetic)
    langs = [MACRO, *languages(ours, peers)]
    systems = _systems(ours, peers)
    main = ours.results.ours
    against = _rivals(peers, [name for name, run in systems.items() if run is peers])
    if main not in systems:
        raise UsageError(f"{ours.path}: {main} did not run; evaluate it")
    lines = {
        (name, lang): _curve(run, name, lang, langs[1:]) for name, run in systems.items() for lang in langs
    }
    compared = [main, *(name for name in ("codilingua-fused", "codilingua-dense") if name in systems)]
    return {
        **_made(),
        "sources": {"ours": ours.source(), "peers": peers.source(), "synthetic": synthetic.source()},
        "catalog": ours.content["catalog"],
        "pool": ours.content["pool"],
        "languages": langs[1:],
        "sets": [_set(ours, name) for name in shared],
        "left_out": _left_out(ours, peers, systems, shared),
        "unavailable": [each["name"] for each in peers.content.get("unavailable", ())],
        "systems": [_system(run, name) for name, run in systems.items()],
        "ours": main,
        "compared": compared,
        **against,
        "scores": [_scores(run, name, lang) for name, run in systems.items() for lang in langs],
        "ranks": [
            {"system": name, "lang": lang, "shares": _buckets(line), "R": [round(at, 6) for at in line]}
            for (name, lang), line in lines.items()
        ],
        "gains": [
            _gain(systems, lines, name, other, lang)
            for name in compared
            for other in dict.fromkeys(against.values())
            for lang in langs
        ],
        "by_set": [_by_set(systems, [*compared, *against.values()], name) for name in shared],
        "stages": {"people": _stages(ours), "factory": _stages(synthetic)},
    }


def difference(one: Sequence[float], other: Sequence[float]) -> dict[str, float]:
    """Of two values with their 95 % intervals, and its half width as if they were of different queries.

    The queries are the same, so a paired interval would be narrower: this one is conservative.
    """
    half = math.hypot(*((value[2] - value[1]) / 2 for value in (one, other)))
    return {"value": round(one[0] - other[0], 6), "half": round(half, 6)}


def _made() -> dict[str, Any]:
    head, modified = commit()
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    about = {"schema": SCHEMA, "kind": KIND, "command": COMMAND}
    return {**about, "date": date, "commit": head, "modified": modified}


def _systems(ours: Run, peers: Run) -> dict[str, Run]:
    """System → the run that has it: our stages, the last first, then the others by their kind, best first."""
    own = [f"{OWN}-{stage}" for stage in reversed(STAGES)]
    found = {name: ours for name in own if ours.results.has(name)}
    others = [name for name in peers.results.systems if not name.startswith(OWN) and kind(name)]
    return found | dict.fromkeys(others, peers)


def _rivals(peers: Run, names: Sequence[str]) -> dict[str, str]:
    """The untuned base of ours, the best generalist by the mean, and the best English encoder in English."""
    best = [name for name in names if kind(name) in GENERALISTS]
    untuned = [name for name in names if base(name) == UNTUNED]
    english = [name for name in names if kind(name) == ENGLISH]
    for found, what in ((untuned, UNTUNED), (english, "an encoder made for English")):
        if not found:
            raise UsageError(f"{peers.path}: {what} did not run; evaluate it with the extra eval installed")
    return {
        # Over all texts, as ours: then the encoder differs, and not what it may search.
        "untuned": next((name for name in untuned if name.endswith("@all")), untuned[0]),
        "generalist": max(best, key=lambda name: _of(peers, name, MACRO, HEADLINE)[0]),
        "english": max(english, key=lambda name: _of(peers, name, "en", HEADLINE)[0]),
    }


def _of(run: Run, system: str, lang: str, measure: str) -> Sequence[float]:
    found = run.results.measured(system, lang, measure, WRITER, LEVEL)
    if found is None or len(found) != 3:
        raise UsageError(f"{run.path}: no {measure} with an interval of {system} in {lang}; evaluate again")
    return found


def _scores(run: Run, system: str, lang: str) -> dict[str, Any]:
    return {"system": system, "lang": lang, **{m: list(_of(run, system, lang, m)) for m in MEASURES}}


def _curve(run: Run, system: str, lang: str, langs: Sequence[str]) -> list[float]:
    """R@1 to R@20; of the mean over languages the mean."""
    if lang == MACRO:
        lines = [_curve(run, system, one, langs) for one in langs]
        return [sum(values) / len(values) for values in zip(*lines, strict=True)]
    for row in run.content["curves"]:
        if (row["system"], row["lang"], row["level"]) == (system, lang, LEVEL) and len(row["R"]) >= DEPTH:
            return [float(value) for value in row["R"][:DEPTH]]
    raise UsageError(f"{run.path}: no R@1 to R@{DEPTH} of {system} in {lang}; evaluate again")


def _buckets(line: Sequence[float]) -> dict[str, float]:
    """Share of the queries whose first right code is at these ranks: what R@k gains between two cutoffs."""
    reached = [0.0, *line]
    shares = {name: round(reached[high] - reached[low], 6) for name, (low, high) in BUCKETS.items()}
    return {**shares, BEYOND: round(1 - line[-1], 6)}


def _gain(
    systems: dict[str, Run], lines: dict[tuple[str, str], list[float]], name: str, other: str, lang: str
) -> dict[str, Any]:
    mine, theirs = lines[name, lang], lines[other, lang]
    own, their = _buckets(mine), _buckets(theirs)
    return {
        "system": name,
        "against": other,
        "lang": lang,
        **{
            m: difference(_of(systems[name], name, lang, m), _of(systems[other], other, lang, m))
            for m in MEASURES
        },
        "R": [round(one - two, 6) for one, two in zip(mine, theirs, strict=True)],
        "shares": {bucket: round(own[bucket] - their[bucket], 6) for bucket in own},
    }


def _set(ours: Run, name: str) -> dict[str, Any]:
    """``letter_for_letter``: share of the queries that our training pairs have too, None if not counted."""
    about = ours.results.sets[name]
    leaks = [each for each in ours.content.get("leakage", ()) if each["set"] == name]
    return {
        **{key: about[key] for key in ("name", "lang", "level", "files")},
        "queries": about["unique"],
        "letter_for_letter": leaks[0]["exact_share"] if leaks else None,
    }


def _by_set(systems: dict[str, Run], names: Sequence[str], of: str) -> dict[str, Any]:
    scores: dict[str, Any] = {}
    for name in dict.fromkeys(names):
        found = {m: systems[name].results.score(name, of, m) for m in ("R@1", "R@5", "R@10")}
        if any(value is None for value in found.values()):
            raise UsageError(f"{systems[name].path}: {name} has no score on {of}; evaluate again")
        scores[name] = {m: list(value or ()) for m, value in found.items()}
    return {"set": of, "scores": scores}


def _stages(run: Run) -> list[dict[str, Any]]:
    """Our stages, the first to the last, each with R@1 and R@5 of the mean and each language."""
    langs = [MACRO, *run.results.languages(run.results.writer, LEVEL)]
    names = [f"{OWN}-{stage}" for stage in STAGES if run.results.has(f"{OWN}-{stage}")]
    return [
        {"system": name, "lang": lang, **{m: list(_of(run, name, lang, m)) for m in ("R@1", HEADLINE)}}
        for name in names
        for lang in langs
    ]


def _system(run: Run, name: str) -> dict[str, Any]:
    about = run.results.system(name)
    return {
        "name": name,
        "kind": kind(name),
        **{k: about[k] for k in ("title", "about", "texts", "surfaces")},
    }


def _left_out(ours: Run, peers: Run, systems: dict[str, Run], shared: Sequence[str]) -> dict[str, list[str]]:
    every = [*ours.results.systems, *(n for n in peers.results.systems if kind(n) != SPECIFIC)]
    sets = dict.fromkeys([*ours.results.sets, *peers.results.sets])
    return {
        "systems": [name for name in every if name not in systems],
        "sets": [name for name in sets if name not in shared],
    }
