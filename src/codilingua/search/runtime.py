"""ONNX Runtime, imported so that it keeps to itself.

From 1.32 on it counts its uses: it writes an identifier and a database below the home folder and knows
an address to send them to. A search in a hospital does neither. The variable must be set before the
import; afterwards it is too late.
"""

from __future__ import annotations

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

__all__ = ["onnxruntime"]
