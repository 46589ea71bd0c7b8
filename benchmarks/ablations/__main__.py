"""``python -m benchmarks.ablations --data-dir DIR``: train and score all variants, into results/ablations.

Two hours on two cores. What is done stays in the work folder, so the same command goes on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.ablations.report import write
from benchmarks.ablations.run import CATALOG, run_all
from benchmarks.ablations.variants import variants
from codilingua.errors import CodilinguaError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, default=Path("results/ablations"))
    parser.add_argument("--work", type=Path, default=Path("build/ablations"))
    options = parser.parse_args()
    if not CATALOG.is_file():
        print(f"{CATALOG}: not there; pipelines/full.sh makes it in its first step", file=sys.stderr)
        return 1
    chosen = variants()
    try:
        scores = run_all(chosen, options.data_dir, options.work, lambda line: print(line, file=sys.stderr))
        write(options.out, chosen, scores)
    except CodilinguaError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
