"""``hf:NAME`` in; the system that the model makes, a bi-encoder or a reranker, out. Extra: ``eval``."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from codilingua.errors import AssetError
from codilingua.evaluate.systems.sentence_models import loading
from codilingua.extras import require

_PATIENCE = 10.0
"""Seconds to wait for the model hub before saying that it cannot be reached."""

_CLASSIFIER = "ForSequenceClassification"


def is_cross_encoder(name: str) -> bool:
    """Whether a model reads pairs of texts, by the architecture that its configuration names.

    :param name: a local folder, or a name on the model hub.
    :raises MissingExtra: when transformers is not installed.
    :raises AssetError: when there is no such model, or the hub cannot be reached.
    """
    require("eval", "torch", "transformers", "sentence_transformers")
    _check_reachable(name)
    return any(kind.endswith(_CLASSIFIER) for kind in _config(name).architectures or ())


def _config(name: str) -> Any:
    from transformers import AutoConfig

    folder = Path(name)
    # A model that sentence-transformers saved may keep its transformer in a folder of its own.
    nested = sorted(folder.glob("*/config.json")) if not (folder / "config.json").is_file() else []
    with loading(name):
        return AutoConfig.from_pretrained(nested[0].parent if nested else name, trust_remote_code=False)


def _check_reachable(name: str) -> None:
    """The libraries try a hub that is out of reach for minutes; one look tells as much."""
    if Path(name).is_dir():
        return
    from huggingface_hub import try_to_load_from_cache

    with loading(name):
        if isinstance(try_to_load_from_cache(name, "config.json"), str):
            return
    address = urlsplit(os.environ.get("HF_ENDPOINT", "https://huggingface.co"))
    try:
        port = address.port or (80 if address.scheme == "http" else 443)
        socket.create_connection((address.hostname or "", port), _PATIENCE).close()
    except OSError as error:
        raise AssetError(
            f"hf:{name}: the model hub {address.hostname} cannot be reached ({error.strerror or error}); "
            "give a local folder: hf:/path/to/model"
        ) from error
