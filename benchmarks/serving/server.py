"""Settings in; a server in processes of its own, its memory and its end, out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

_LONGEST_START = 60
_STEP = 0.02


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it answers, and how long it took from launch until it was ready, in seconds."""

    url: str
    process: subprocess.Popen[str]
    start_seconds: float

    def workers(self) -> list[int]:
        """Process ids of those that answer: the children where there are several, else the process itself."""
        children = [child.pid for child in psutil.Process(self.process.pid).children()]
        return children or [self.process.pid]

    def memory(self) -> int:
        """Bytes of all its processes, what they share counted once (PSS)."""
        processes = {self.process.pid, *self.workers()}
        return sum(psutil.Process(number).memory_full_info().pss for number in processes)


@contextmanager
def running(folder: Path, *options: str, **variables: str) -> Iterator[Server]:
    """A server on a free port of loopback, without a limit on requests; stopped at the end.

    :param folder: for its database and its log.
    """
    command = [sys.executable, "-m", "codilingua", "serve", "--port", "0", *options]
    environment = os.environ | {
        "CODILINGUA_DATABASE": f"sqlite:///{folder / 'codilingua.db'}",
        "CODILINGUA_RATE": "0",
        **variables,
    }
    began = time.perf_counter()
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, stderr=log, env=environment, text=True)
    try:
        url = _address(folder / "server.log", process)
        _until_ready(url)
        yield Server(url, process, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(log: Path, process: subprocess.Popen[str]) -> str:
    """The address that it prints once it listens."""
    end = time.monotonic() + _LONGEST_START
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text().splitlines():
            if line.startswith("codilingua: http"):
                return line.removeprefix("codilingua: ")
        time.sleep(_STEP)
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")


def _until_ready(url: str) -> None:
    # The socket holds what comes before the application is up, so one call waits long enough.
    with urllib.request.urlopen(f"{url}health/ready", timeout=_LONGEST_START) as answer:
        answer.read()
