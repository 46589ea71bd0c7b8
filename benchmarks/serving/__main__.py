"""``python -m benchmarks.serving --out results/serve``: the server under load, ten minutes on two cores."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import describe, use_cores
from benchmarks.phrases import sample
from benchmarks.serving.report import report
from benchmarks.serving.scenes import all_scenes
from codilingua.evaluate.machine import cores as available_cores

_PHRASES = 300


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/serve"))
    parser.add_argument("--seconds", type=float, default=20.0, help="of each scene")
    parser.add_argument("--soak", type=float, default=300.0, help="of the mixed traffic")
    options = parser.parse_args()
    available = available_cores()
    cores = use_cores(2)
    with tempfile.TemporaryDirectory() as folder:
        try:
            scenes = all_scenes(
                sample(_PHRASES),
                options.seconds,
                options.soak,
                Path(folder),
                lambda line: print(line, file=sys.stderr),
            )
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return 1
    results = {
        "machine": describe(cores, available),
        "seconds": options.seconds,
        "soak_seconds": options.soak,
        "scenes": scenes,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    (options.out / "report.md").write_text(report(results), "utf-8")
    print(report(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
