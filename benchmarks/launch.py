"""A command on standard input, as JSON; its wall time, peak memory and output on standard output, as JSON.

A process of its own and of the standard library alone: the kernel counts what the launching process
held when it launched as memory of the launched one, so whatever launches has to be small.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import subprocess
import sys
import termios
import time

_LINES, _COLUMNS = 40, 120
_CHUNK = 1 << 16
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def launch(command: list[str], terminal: bool) -> dict[str, object]:
    """Run a command to its end.

    :param terminal: give it a pseudo-terminal to write to; else a pipe.
    :return: ``seconds`` from launch to exit, ``peak_bytes`` (largest resident set), ``status``, ``output``.
    """
    reader, writer = os.openpty() if terminal else os.pipe()
    if terminal:
        size = _LINES.to_bytes(2, sys.byteorder) + _COLUMNS.to_bytes(2, sys.byteorder) + bytes(4)
        fcntl.ioctl(writer, termios.TIOCSWINSZ, size)
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer if terminal else None
    )
    os.close(writer)
    output = _read_all(reader)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": seconds,
        "peak_bytes": _peak(usage),
        "status": process.returncode,
        "output": output.decode("utf-8", "replace"),
    }


def _peak(usage: resource.struct_rusage) -> int:
    return usage.ru_maxrss * _RSS_UNIT


def _read_all(reader: int) -> bytes:
    output = b""
    while True:
        try:
            chunk = os.read(reader, _CHUNK)
        except OSError:
            # How Linux says that the other end of a pseudo-terminal was closed.
            chunk = b""
        if not chunk:
            os.close(reader)
            return output
        output += chunk


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(launch(asked["command"], asked["terminal"]), sys.stdout)
