"""The cache of embeddings: each text once, whatever breaks in between."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua.errors import AssetError
from codilingua.evaluate.systems.embeddings import CHUNK, cache_folder, embed


class ChanceEncoder:
    """A direction of its own for each text and prefix. Counts what it embeds; may break off."""

    def __init__(self, identity: str = "chance", breaks_after: int | None = None) -> None:
        self.identity = identity
        self.encoded = 0
        self._breaks_after = breaks_after

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        if self._breaks_after is not None and self.encoded >= self._breaks_after:
            raise KeyboardInterrupt
        self.encoded += len(texts)
        drawn = [np.random.default_rng(zlib.crc32((prefix + t).encode())).normal(size=8) for t in texts]
        return np.array(drawn, np.float32)


def test_a_text_is_embedded_once_and_the_order_is_kept(tmp_path: Path) -> None:
    encoder = ChanceEncoder()
    texts = [f"text {number % 7}" for number in range(20)]
    vectors = embed(encoder, texts, "", tmp_path)
    assert encoder.encoded == 7
    np.testing.assert_array_equal(vectors, ChanceEncoder().encode(texts, ""))


def test_other_texts_beside_it_do_not_matter(tmp_path: Path) -> None:
    first, second = ChanceEncoder(), ChanceEncoder()
    whole = embed(first, ["one", "two", "three"], "", tmp_path)
    part = embed(second, ["three", "four", "one"], "", tmp_path)
    assert second.encoded == 1
    np.testing.assert_array_equal(part[[2, 0]], whole[[0, 2]])


@pytest.mark.parametrize(("identity", "prefix"), [("other weights", "query: "), ("chance", "passage: ")])
def test_another_encoder_or_prefix_embeds_anew(identity: str, prefix: str, tmp_path: Path) -> None:
    embed(ChanceEncoder(), ["one"], "query: ", tmp_path)
    encoder = ChanceEncoder(identity)
    embed(encoder, ["one"], prefix, tmp_path)
    assert encoder.encoded == 1


def test_a_run_broken_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(2 * CHUNK + 5)]
    with pytest.raises(KeyboardInterrupt):
        embed(ChanceEncoder(breaks_after=2 * CHUNK), texts, "", tmp_path)
    seen: list[tuple[int, int]] = []
    second = ChanceEncoder()
    embed(second, texts, "", tmp_path, lambda done, total: seen.append((done, total)))
    assert second.encoded == 5
    assert seen[-1] == (len(texts), len(texts))


def test_the_cache_holds_no_text(tmp_path: Path) -> None:
    embed(ChanceEncoder(), ["dolor torácico"], "", tmp_path)
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert held
    assert "torácico".encode() not in held


def test_a_cache_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("", "utf-8")
    with pytest.raises(AssetError, match="choose another folder"):
        embed(ChanceEncoder(), ["one"], "", file)


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "codilingua"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "codilingua"
