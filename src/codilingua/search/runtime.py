"""The two native libraries, imported in the one order and the one way that work.

ONNX Runtime 1.32 crashes where usearch was loaded before it, so both are imported here and nowhere else.

From 1.32 on it counts its uses: it writes an identifier and a database below the home folder and knows
an address to send them to. A search in a hospital does neither. The variable must be set before the
import; afterwards it is too late.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime
from usearch.index import BatchMatches, MetricKind, search

__all__ = ["nearest_products", "onnxruntime", "open_session"]


def nearest_products(
    matrix: NDArray[np.int8], asked: NDArray[np.int8], count: int, threads: int
) -> BatchMatches:
    """For each asked row the ``count`` rows of the matrix with the largest inner product, searched exactly.

    :param threads: processor cores to use; 0 for all.
    """
    return search(matrix, asked, count, MetricKind.IP, exact=True, threads=threads)


def open_session(model: Path, threads: int | None) -> onnxruntime.InferenceSession:
    """A model, loaded for the CPU.

    :param threads: processor cores to use; None for all.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = 3
    # The threads wait by spinning, which is quick, but must stop with the run: the search that follows
    # needs the cores (results/LOG.md).
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
