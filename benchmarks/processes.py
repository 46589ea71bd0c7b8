"""A command line in; what a fresh process of it cost out. And processes that stay, to be asked again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.measured import ROOT

PYTHON = sys.executable
CODILINGUA = (PYTHON, "-m", "codilingua")
THREADS = ("CODILINGUA_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""The variables by which the contestants are told how many threads to use."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One finished process: wall time from launch to exit, largest resident set, standard output."""

    seconds: float
    peak_bytes: int
    output: str


def run(command: Sequence[str], terminal: bool = False, threads: int | None = None) -> Ran:
    """Run a fresh process to its end (:mod:`benchmarks.launch`).

    :param threads: for its arithmetic; None for as many as there are cores to use.
    :raises RuntimeError: when it fails; what it wrote on standard error has been seen by then.
    """
    asked = json.dumps({"command": list(command), "terminal": terminal})
    launcher = [PYTHON, "-m", "benchmarks.launch"]
    variables = environment(threads)
    done = subprocess.run(
        launcher, input=asked, stdout=subprocess.PIPE, text=True, env=variables, check=True, cwd=ROOT
    )
    result = json.loads(done.stdout)
    if result["status"] != 0:
        raise RuntimeError(f"{' '.join(command)}: exit status {result['status']}\n{result['output']}")
    return Ran(result["seconds"], result["peak_bytes"], result["output"])


def environment(threads: int | None = None) -> dict[str, str]:
    """The variables of this process, with the repository on the path, without bars of progress."""
    counts = {} if threads is None else dict.fromkeys(THREADS, str(threads))
    path = os.environ.get("PYTHONPATH")
    # Made absolute: not all processes are started where this one was.
    parts = [str(ROOT), *(str(Path(part).resolve()) for part in (path or "").split(os.pathsep) if part)]
    return os.environ | {"PYTHONPATH": os.pathsep.join(parts), "TQDM_DISABLE": "1"} | counts


class Worker:
    """A contestant (:mod:`benchmarks.contestants`) in a process of its own, open as long as the block."""

    def __init__(self, name: str, *arguments: str, threads: int | None = None) -> None:
        """:param threads: for its arithmetic; None for as many as there are cores to use."""
        self._name = name
        self._process = subprocess.Popen(
            [PYTHON, "-m", "benchmarks.contestants", name, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(threads),
            cwd=ROOT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing its standard input is what ends it.
        self._process.communicate()

    def search(self, texts: Sequence[str]) -> list[float]:
        """Answer the texts one by one: the seconds of each."""
        return list(self._ask("search", texts))

    def encode(self, texts: Sequence[str]) -> list[float]:
        """Embed the texts one by one: the seconds of each."""
        return list(self._ask("encode", texts))

    def batch(self, texts: Sequence[str]) -> float:
        """Answer the texts together: the seconds of all."""
        return float(self._ask("batch", texts)[0])

    def vectors(self, texts: Sequence[str]) -> list[list[float]]:
        """The embeddings, [texts, dimensions]."""
        return list(self._ask("vectors", texts))

    def _ask(self, what: str, texts: Sequence[str]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"what": what, "texts": list(texts)}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"the process of {self._name} ended; what it wrote above says why")
        return json.loads(line)
