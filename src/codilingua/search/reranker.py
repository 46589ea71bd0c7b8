"""A query and the codes that the first stage brought in; how well each answers it out, by ONNX Runtime.

The model reads query and candidate together, so that it can weigh a word of one against a word of the
other: what a side, a cause or "unspecified" in a title means for this query.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from codilingua.errors import AssetError
from codilingua.search.runtime import onnxruntime, open_session

MAX_TOKENS = 64
"""Where query and candidate together are cut off; the query gets half of it at the most."""

_BATCH = 20
_BETWEEN = " / "

Pair = tuple[str, str]
"""A query, and a candidate as :func:`candidate_text` words it."""


class Reranker:
    """A cross-encoder. May be shared by threads."""

    def __init__(self, model: Path, tokenizer: Path, threads: int | None = None) -> None:
        """
        :param model: ONNX, int64 ``input_ids`` and ``attention_mask`` [batch, tokens] in, float32
            ``score`` [batch] out.
        :param tokenizer: that of the encoder, Hugging Face ``tokenizers`` JSON.
        :param threads: processor cores to use; None for all.
        :raises AssetError: when a file cannot be loaded.
        """
        self._model = model
        self._threads = threads
        self._serial: Reranker | None = None
        try:
            self._tokenizer = pair_tokenizer(Tokenizer.from_file(str(tokenizer)))
            self._session: onnxruntime.InferenceSession = open_session(model, threads)
        # Both libraries raise bare exceptions, of classes of their own or of none.
        except Exception as error:
            reason = f"the reranker cannot be loaded ({str(error).splitlines()[0]})"
            raise AssetError(f"{model.parent}: {reason}; install codilingua again") from error

    def serial(self) -> Reranker:
        """The same reranker on one core, as :meth:`~codilingua.search.encoder.Encoder.serial`."""
        if self._threads == 1:
            return self
        if self._serial is None:
            serial = copy(self)
            serial._threads = 1
            serial._session = open_session(self._model, 1)
            self._serial = serial
        return self._serial

    def scores(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """:return: float32 [pairs], higher is better; comparable between candidates of one query."""
        scores = np.empty(len(pairs), np.float32)
        joined = join_pairs(self._tokenizer, pairs)
        # Neighbours in length share a batch, so that little of it is padding.
        order = sorted(range(len(pairs)), key=lambda place: len(joined[place]))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            ids, mask = padded([joined[place] for place in chosen])
            (scores[chosen],) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return scores


def candidate_text(title: str, surface: str, above: str | None) -> str:
    """What the model reads of a code.

    :param surface: the text of the code that matched best.
    :param above: the title of the code above it; None where a section is above it.
    """
    parts = [title, surface] if above is None else [title, surface, above]
    return _BETWEEN.join(dict.fromkeys(parts))


def pair_tokenizer(tokenizer: Tokenizer) -> Tokenizer:
    """The same tokenizer for pairs, which are padded and cut off as pairs, not as texts."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def join_pairs(tokenizer: Tokenizer, pairs: Sequence[Pair], most: int = MAX_TOKENS) -> list[list[int]]:
    """Token ids of each pair, ``<s> query </s> candidate </s>``, ``most`` of them at the most."""
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    ids = dict(zip(texts, (encoding.ids for encoding in tokenizer.encode_batch(texts)), strict=True))
    return [_joined(ids[query], ids[candidate], most) for query, candidate in pairs]


def _joined(query: list[int], candidate: list[int], most: int) -> list[int]:
    end = query[-1]
    head = query if len(query) <= most // 2 else [*query[: most // 2 - 1], end]
    tail = candidate[1:]
    return head + (tail if len(head) + len(tail) <= most else [*tail[: most - len(head) - 1], end])


def padded(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and attention mask, int64 [rows, longest]."""
    lengths = np.array([len(row) for row in rows])
    mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)
    # What stands at the padding is masked out, so any id will do that every vocabulary has.
    ids = np.zeros(mask.shape, np.int64)
    ids[mask.astype(bool)] = np.concatenate([np.asarray(row, np.int64) for row in rows])
    return ids, mask
