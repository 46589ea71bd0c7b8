"""Requests, clients and seconds in; how many were answered, how fast and how wrong, out, by ``wrk``.

``wrk`` (Debian: package wrk) is a process that costs little, so that the cores are the server's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

SCRIPT = Path(__file__).with_name("load.lua")
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Request:
    """One line of a load."""

    method: str
    path: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: ``rate`` in requests a second, times in milliseconds, ``errors`` of any kind."""

    requests: int
    rate: float
    p50: float
    p95: float
    p99: float
    errors: int


def load(url: str, requests: Sequence[Request], clients: int, seconds: float, folder: Path) -> Load:
    """
    :raises RuntimeError: when wrk is not installed or fails.
    """
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk is not installed: apt-get install wrk")
    file = folder / "requests.tsv"
    file.write_text("".join(f"{one.method}\t{one.path}\t{one.body}\n" for one in requests), "utf-8")
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "--timeout", "30s", "-s", str(SCRIPT), url]
    done = subprocess.run(
        command, env=os.environ | {"WRK_REQUESTS": str(file)}, capture_output=True, text=True
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode or not lines:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    told = json.loads(lines[0].removeprefix("RESULT "))
    return Load(
        requests=told["requests"],
        rate=round(told["requests"] / (told["microseconds"] / _MILLION), 1),
        p50=told["p50"] / 1000,
        p95=told["p95"] / 1000,
        p99=told["p99"] / 1000,
        errors=sum(told[kind] for kind in ("connect", "read", "write", "status", "timeout")),
    )


def searches(phrases: Sequence[str], rerank: bool) -> list[Request]:
    """One search a phrase, by GET."""
    shared = {"limit": 10, "ui": "es", "rerank": str(rerank).lower()}
    return [Request("GET", f"/api/search?{urlencode({'q': phrase, **shared})}") for phrase in phrases]


def mixed(phrases: Sequence[str]) -> list[Request]:
    """As a ward does it: mostly typing, then a reranked list, a card, an EHR's calls, and some feedback."""
    typed = searches(phrases, rerank=False)
    paused = searches(phrases, rerank=True)
    found: list[Request] = []
    for number, phrase in enumerate(phrases):
        found += [typed[number], typed[number - 1], typed[number - 2]]
        if number % 3 == 0:
            found += [paused[number], Request("GET", "/api/codes/S72.0?ui=es")]
        if number % 7 == 0:
            expand = urlencode(
                {"url": "http://hl7.org/fhir/sid/icd-10-cm?fhir_vs", "filter": phrase, "count": 5}
            )
            found.append(Request("GET", f"/fhir/ValueSet/$expand?{expand}"))
            found.append(Request("GET", f"/api/icd10cm/v3/search?{urlencode({'terms': phrase})}"))
        if number % 20 == 0:
            body = json.dumps({"query": phrase, "code": "R07.9", "verdict": "chosen", "rank": 1})
            found.append(Request("POST", "/api/feedback", body))
    return found
