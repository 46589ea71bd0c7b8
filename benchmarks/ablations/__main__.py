"""``python -m benchmarks.ablations --data-dir DIR``: train and score all variants, into results/ablations.

Two hours on two cores. What is done stays in the work folder and in the results, so the same command goes
on; ``--afresh`` does all of it again.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from benchmarks.ablations.report import read_scores, write
from benchmarks.ablations.run import CATALOG, run_all
from benchmarks.ablations.variants import variants
from codilingua.errors import CodilinguaError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, default=Path("results/ablations"))
    parser.add_argument("--work", type=Path, default=Path("build/ablations"))
    parser.add_argument("--afresh", action="store_true", help="do not take over what the results hold")
    options = parser.parse_args()
    if not CATALOG.is_file():
        print(f"{CATALOG}: not there; pipelines/full.sh makes it in its first step", file=sys.stderr)
        return 1
    chosen = variants()
    scores = {} if options.afresh else read_scores(options.out)
    say = partial(print, file=sys.stderr)
    try:
        for name, sets in run_all(chosen, dict(scores), options.data_dir, options.work, say):
            scores[name] = sets
            write(options.out, chosen, scores)
    except CodilinguaError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
