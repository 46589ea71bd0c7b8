"""Commands in fresh processes; the median of their wall times from launch to exit."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable

from benchmarks.measured import Group, Number, Setting
from benchmarks.peers import run_peer
from benchmarks.processes import CODILINGUA, PYTHON, run

PHRASE = "dor no peito"
_SEARCH = (*CODILINGUA, "search", PHRASE)
_NOTE = """Every run is a process of its own, {count} of each command in turns ({peers} of the peer), after
one that does not count: the files are in the system's cache, as they are on any day's second query.
`python -c pass` shows what part of it is Python. The catalog's time is taken inside the process, from
before its modules are loaded to after the first look-up. The peer's process loads its model and the
surface vectors, answers the same phrase and ends."""

Command = Callable[[], float]
"""Runs once; gives back seconds."""


def measure_cold_start(setting: Setting) -> Group:
    """The measurement.

    :raises RuntimeError: when a command fails.
    """
    commands: dict[str, Command] = {
        "pipe": lambda: run(_SEARCH).seconds,
        "terminal": lambda: run(_SEARCH, terminal=True).seconds,
        "help": lambda: run((*CODILINGUA, "--help")).seconds,
        "catalog": lambda: float(run((PYTHON, "-m", "benchmarks.open_catalog")).output),
        "python": lambda: run((PYTHON, "-c", "pass")).seconds,
    }
    scale = setting.scale
    print(f"  {len(commands)} commands, {scale.processes} processes each", file=sys.stderr)
    numbers = _numbers(_medians(commands, scale.processes))
    if setting.peers is not None:
        peers = setting.peers
        peer: dict[str, Command] = {"peer": lambda: run_peer(peers, PHRASE).seconds}
        print(f"  the peer, {scale.peer_processes} processes", file=sys.stderr)
        seconds = _medians(peer, scale.peer_processes)["peer"]
        ours = next(number.value for number in numbers if number.key == "cold.pipe")
        numbers += [
            Number("cold.peer", "sentence-transformers, one query", seconds, "s"),
            Number("cold.ratio", "sentence-transformers ÷ codilingua", seconds / ours, "×"),
        ]
    note = _NOTE.format(count=scale.processes, peers=scale.peer_processes)
    return Group("cold", "Fresh processes", note, tuple(numbers))


def _medians(commands: dict[str, Command], count: int) -> dict[str, float]:
    for command in commands.values():
        command()
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(count):
        for name, command in commands.items():
            seconds[name].append(command())
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def _numbers(medians: dict[str, float]) -> list[Number]:
    search = f'`codilingua search "{PHRASE}"`'
    return [
        Number("cold.pipe", f"{search}, output to a pipe", medians["pipe"], "s"),
        Number("cold.terminal", f"{search}, output to a terminal", medians["terminal"], "s"),
        Number("cold.help", "`codilingua --help`", medians["help"], "s"),
        Number("cold.catalog", "opening the catalog, in the process", 1000 * medians["catalog"], "ms"),
        Number("cold.python", "`python -c pass`", medians["python"], "s"),
    ]
