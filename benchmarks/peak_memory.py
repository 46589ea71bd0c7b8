"""Commands in fresh processes; the largest resident set of each."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.cold_start import PHRASE
from benchmarks.measured import Group, Number, Setting
from benchmarks.peers import run_peer
from benchmarks.phrases import sample
from benchmarks.processes import CODILINGUA, Ran, run

_MEGABYTE = 1e6
_NOTE = """The largest resident set of the process as the kernel counted it, the worst of {count} runs; 1 MB
is 1,000,000 bytes. Files that are mapped, the vectors among them, count as far as they were touched. The
batch is {batch} phrases by `codilingua search --json --input`. The peer's process is that of the section
before."""


def measure_memory(setting: Setting) -> Group:
    """The measurement.

    :raises RuntimeError: when a command fails.
    """
    scale = setting.scale
    count = scale.peer_processes
    phrases = sample(scale.batch)
    print(f"  {count} processes of each command", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "phrases.txt")
        file.write_text("".join(phrase + "\n" for phrase in phrases), "utf-8")
        search = _peak(lambda: run((*CODILINGUA, "search", PHRASE)), count)
        lines = (*CODILINGUA, "search", "--json", "--input", str(file))
        batch = _peak(lambda: run(lines), count)
    numbers = [
        Number("memory.search", f'`codilingua search "{PHRASE}"`', search, "MB"),
        Number("memory.batch", f"`codilingua search` of {len(phrases)} lines", batch, "MB"),
    ]
    if setting.peers is not None:
        peers = setting.peers
        peer = _peak(lambda: run_peer(peers, PHRASE), count)
        numbers += [
            Number("memory.peer", "sentence-transformers, one query", peer, "MB"),
            Number("memory.ratio", "sentence-transformers ÷ codilingua", peer / search, "×"),
        ]
    note = _NOTE.format(count=count, batch=len(phrases))
    return Group("memory", "Peak memory", note, tuple(numbers))


def _peak(command: Callable[[], Ran], count: int) -> float:
    return max(command().peak_bytes for _ in range(count)) / _MEGABYTE
