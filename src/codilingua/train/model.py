"""The weights as read in; a torch module that embeds text out.

The module is what training starts from and what :mod:`codilingua.train.export` exports.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from codilingua.errors import AssetError
from codilingua.train.e5 import E5Weights
from codilingua.train.vocabulary import MAX_TOKENS

HEAD = "head.npz"

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def averaged(bert: BertModel, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
    """Mean of the token states over the text, float [batch, hidden]."""
    states = bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
    weights = attention_mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)


class SentenceEncoder(nn.Module):
    """A BERT whose token states are averaged over the text and scaled to length one."""

    def __init__(self, bert: BertModel, projection: NDArray[np.float32] | None = None) -> None:
        """:param projection: float32 [hidden, dimensions] to apply to the mean; None for none."""
        super().__init__()
        self.bert = bert
        self.projection = None if projection is None else torch.from_numpy(projection)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """
        :param input_ids: int64 [batch, tokens].
        :param attention_mask: int64 [batch, tokens], 1 at text, 0 at padding.
        :return: float32 [batch, dimensions], rows of length one.
        """
        mean = averaged(self.bert, input_ids, attention_mask)
        if self.projection is not None:
            mean = mean @ self.projection
        return nn.functional.normalize(mean, dim=-1)


class PairScorer(nn.Module):
    """A BERT whose token states are averaged over query and candidate, and summed up in one number."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert
        self.head = nn.Linear(bert.config.hidden_size, 1)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """
        :param input_ids: int64 [batch, tokens].
        :param attention_mask: int64 [batch, tokens], 1 at text, 0 at padding.
        :return: float32 [batch], higher where the candidate answers the query.
        """
        mean = averaged(self.bert, input_ids, attention_mask)
        # Not as a product of matrices: that would be quantised, and this is the answer.
        return (mean * self.head.weight[0]).sum(-1) + self.head.bias[0]

    def save_head(self, folder: Path) -> None:
        """Write what is not part of the BERT."""
        arrays = {name: value.detach().cpu().numpy() for name, value in self.head.state_dict().items()}
        np.savez(folder / HEAD, **arrays)

    def load_head(self, folder: Path) -> None:
        """Read what :meth:`save_head` wrote.

        :raises AssetError: when it is missing or damaged.
        """
        try:
            # Opened here: NumPy leaves a file open that is no archive.
            with (folder / HEAD).open("rb") as file, np.load(file) as arrays:
                self.head.load_state_dict({name: torch.from_numpy(arrays[name]) for name in arrays.files})
        except (OSError, ValueError, TypeError, RuntimeError, EOFError, BadZipFile, zlib.error) as error:
            raise AssetError(f"{folder / HEAD}: no head of a cross-encoder ({error!s:.80})") from error


def sentence_encoder(weights: E5Weights, keep: Sequence[int]) -> SentenceEncoder:
    """Build the torch module with the kept rows of the word embeddings, in evaluation mode.

    :param keep: old ids of the kept pieces, in the order of their new ids.
    """
    config = BertConfig(
        vocab_size=len(keep),
        hidden_size=weights.hidden,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=weights.feed_forward,
        max_position_embeddings=MAX_TOKENS,
        layer_norm_eps=weights.eps,
        # The exporter's attention fusion knows the plain form of attention alone.
        attn_implementation="eager",
    )
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict(_state(weights, keep))
    return SentenceEncoder(bert).eval()


def _state(weights: E5Weights, keep: Sequence[int]) -> dict[str, Tensor]:
    raw = weights.tensors
    words = weights.words.dequantise()[np.asarray(keep)]
    state = {
        "embeddings.word_embeddings.weight": _tensor(words),
        "embeddings.position_embeddings.weight": _tensor(
            raw["emb.pos"].reshape(-1, weights.hidden)[:MAX_TOKENS]
        ),
        "embeddings.token_type_embeddings.weight": _tensor(raw["emb.type"].reshape(-1, weights.hidden)),
        "embeddings.LayerNorm.weight": _tensor(raw["emb.ln.w"]),
        "embeddings.LayerNorm.bias": _tensor(raw["emb.ln.b"]),
    }
    for layer in range(weights.layers):
        for short, name in _LAYER_NAMES.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = _tensor(raw[f"l{layer}.{short}.w"])
            state[f"encoder.layer.{layer}.{name}.bias"] = _tensor(raw[f"l{layer}.{short}.b"])
    return state


def _tensor(values: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values))
