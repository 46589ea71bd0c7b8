"""Texts and a trained encoder, in torch, in; their vectors out. For mining; searching uses ONNX."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from codilingua.train.bases import Base
from codilingua.train.devices import Machine
from codilingua.train.model import SentenceEncoder

Progress = Callable[[int, int], None]
"""Called with how many are done, and of how many."""

_BATCH = 256


def embed(
    base: Base, texts: Sequence[str], machine: Machine, progress: Progress | None = None
) -> NDArray[np.float32]:
    """
    :param texts: with their prefix.
    :return: float32 [texts, hidden], rows of length one, in the order of the texts.
    """
    model = SentenceEncoder(base.bert).to(machine.device).eval()
    encodings = base.tokenizer.encode_batch(list(texts))
    lengths = np.array([sum(encoding.attention_mask) for encoding in encodings])
    order = np.argsort(lengths, kind="stable")
    vectors = np.empty((len(texts), base.bert.config.hidden_size), np.float32)
    with torch.inference_mode(), machine.precision():
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            width = int(lengths[chosen].max())
            ids = torch.tensor([encodings[place].ids[:width] for place in chosen], device=machine.device)
            masks = [encodings[place].attention_mask[:width] for place in chosen]
            mask = torch.tensor(masks, device=machine.device)
            vectors[chosen] = model(ids, mask).float().cpu().numpy()
            if progress is not None:
                progress(min(start + _BATCH, len(order)), len(order))
    return vectors
