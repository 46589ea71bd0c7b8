"""``python -m benchmarks.generalist``: committed results in; ``results.json``, report and pictures out.

Nothing is searched: it reads what ``make eval`` and ``make eval-ours`` have measured.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.generalist.gains import summarise
from benchmarks.generalist.pictures import draw
from benchmarks.generalist.reading import read_run
from benchmarks.generalist.report import render
from codilingua.errors import CodilinguaError, UsageError


def main(arguments: list[str] | None = None) -> int:
    """:return: exit status: 0, 1 for a failure, 2 for runs that do not compare."""
    options = _parser().parse_args(arguments)
    try:
        runs = [read_run(path) for path in (options.ours, options.peers, options.synthetic)]
        written = json.dumps(summarise(*runs), indent=1, ensure_ascii=False) + "\n"
        # From what was written, not from what was read: the report says what the file holds.
        results = json.loads(written)
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "results.json").write_text(written, "utf-8")
        (options.out / "report.md").write_text(render(results), "utf-8")
        draw(results, options.out)
    except CodilinguaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}; choose another --out", file=sys.stderr)
        return 1
    print(options.out / "report.md")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generalist",
        description="Encoders made for all text against ours, by language and rank, from committed results.",
    )
    for name, folder, what in (
        ("--out", "results/generalist", "folder for the results"),
        ("--ours", "results/ranker/results.json", "our stages, by make eval-ours"),
        ("--peers", "results/dev/results.json", "the others, by make eval"),
        ("--synthetic", "results/synthetic/results.json", "our stages on the factory's test set"),
    ):
        parser.add_argument(
            name, type=Path, metavar="PATH", default=Path(folder), help=f"{what} [%(default)s]"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
