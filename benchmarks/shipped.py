"""The shipped manifest in; what a measurement has to know of how the assets were made out."""

from __future__ import annotations

import json
from typing import Any

from codilingua.artifacts import Assets


def is_tuned() -> bool:
    """Whether the encoder was trained further: it then embeds otherwise than its base as published."""
    provenance: dict[str, Any] = json.loads(Assets.shipped().manifest.read_text("utf-8"))["provenance"]
    return "encoder" in provenance.get("trained", {})
