"""A served process for tests: ``codilingua serve`` as a user starts it, on a free port."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LONGEST_START = 60


@dataclass(frozen=True)
class Live:
    """A server that answers: its ``url`` ends with a slash, its log is a file."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str, timeout: float = 30) -> tuple[int, Any]:
        """Status and JSON of one request on a connection of its own."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=timeout) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@contextmanager
def live(
    folder: Path, environment: Mapping[str, str], options: Sequence[str] = (), prefix: Sequence[str] = ()
) -> Iterator[Live]:
    """:param prefix: words before the command, such as those that give up rights."""
    log = folder / "server.log"
    command = [*prefix, sys.executable, "-m", "codilingua", "serve", "--port", "0", *options]
    with log.open("wb") as written:
        process = subprocess.Popen(command, stderr=written, env=environment)
    try:
        yield Live(_address(log, process), process, log)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + _LONGEST_START
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text("utf-8").splitlines():
            if line.startswith("codilingua: http"):
                return line.removeprefix("codilingua: ")
        time.sleep(0.02)
    raise AssertionError(f"the server did not start:\n{log.read_text('utf-8')}")
