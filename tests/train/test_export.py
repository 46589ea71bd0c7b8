"""Encoder and reranker from torch to ONNX, fp32 and int8, with one file of words: they say the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="builds need torch: pip install 'codilingua[train]'")
onnx = pytest.importorskip("onnx", reason="builds need onnx: pip install 'codilingua[train]'")
pytest.importorskip("transformers", reason="builds need transformers: pip install 'codilingua[train]'")

from codilingua.errors import AssetError  # noqa: E402
from codilingua.search.encoder import PASSAGE, QUERY, Encoder  # noqa: E402
from codilingua.search.reranker import Pair, Reranker, join_pairs, padded, pair_tokenizer  # noqa: E402
from codilingua.train.bases import load_base  # noqa: E402
from codilingua.train.e5 import Q4Matrix, requantise  # noqa: E402
from codilingua.train.examples import TrainingSet  # noqa: E402
from codilingua.train.export import Batch, export_fp32, export_int8  # noqa: E402
from codilingua.train.model import PairScorer, SentenceEncoder  # noqa: E402
from codilingua.train.projection import principal_axes  # noqa: E402

pytestmark = pytest.mark.build

Vectors = NDArray[np.float32]
DIMENSIONS = 16


@dataclass(frozen=True, slots=True)
class Exported:
    """Both models in torch, and the folder of their files."""

    encoder: SentenceEncoder
    scorer: PairScorer
    table: Q4Matrix
    folder: Path

    @property
    def tokenizer(self) -> Path:
        return self.folder / "tokenizer.json"


@pytest.fixture(scope="module")
def texts(tiny_set: TrainingSet) -> list[str]:
    return [*dict.fromkeys([*tiny_set.phrases.texts, *tiny_set.surfaces[::3]])]


@pytest.fixture(scope="module")
def candidates(tiny_set: TrainingSet) -> list[str]:
    """One text of each of a dozen codes."""
    starts = np.flatnonzero(np.diff(tiny_set.surface_codes, prepend=-1))
    return [tiny_set.surfaces[row] for row in starts[::4].tolist()]


@pytest.fixture(scope="module")
def exported(
    saved_base: Path, texts: list[str], candidates: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Exported:
    folder = tmp_path_factory.mktemp("export")
    bases = [load_base(str(saved_base)) for _ in range(2)]
    tokenizer = bases[0].tokenizer
    tokenizer.save(str(folder / "tokenizer.json"))
    # Of a size that words matter: as drawn, the layers above drown them.
    table = requantise(20 * bases[0].bert.embeddings.word_embeddings.weight.detach().numpy())
    chance = np.random.default_rng(4)
    for base in bases:
        # As what is trained from 4-bit words has them.
        base.bert.embeddings.word_embeddings.weight.data = torch.from_numpy(table.dequantise())
        for layer in base.bert.encoder.layer:
            # And attention, as drawn, looks at everything alike.
            layer.attention.self.query.weight.data *= 8
    projection = principal_axes(chance.normal(size=(200, 32)).astype(np.float32), DIMENSIONS, 1)
    encoder = SentenceEncoder(bases[0].bert, projection).eval()
    # The second stage has layers of its own.
    for parameter in bases[1].bert.encoder.parameters():
        parameter.data += 0.05 * torch.from_numpy(chance.normal(size=tuple(parameter.shape))).float()
    scorer = PairScorer(bases[1].bert).eval()
    scorer.head.weight.data = torch.from_numpy(chance.normal(size=(1, 32)).astype(np.float32))
    made = Exported(encoder, scorer, table, folder)

    def batches() -> Iterator[Batch]:
        encodings = tokenizer.encode_batch([prefix + text for prefix in (QUERY, PASSAGE) for text in texts])
        yield (
            np.array([encoding.ids for encoding in encodings], np.int64),
            np.array([encoding.attention_mask for encoding in encodings], np.int64),
        )

    export_fp32(encoder, folder / "encoder-fp32.onnx")
    export_int8(folder / "encoder-fp32.onnx", table, batches(), folder / "encoder.onnx", folder / "words.bin")
    export_fp32(scorer, folder / "reranker-fp32.onnx")
    pairs = padded(join_pairs(pair_tokenizer(load_base(str(saved_base)).tokenizer), every(texts, candidates)))
    export_int8(folder / "reranker-fp32.onnx", table, [pairs], folder / "reranker.onnx", folder / "words.bin")
    return made


def every(queries: list[str], candidates: list[str]) -> list[Pair]:
    return [(query, candidate) for query in queries for candidate in candidates]


def torch_vectors(model: Exported, tokenizer: object, texts: list[str]) -> Vectors:
    rows = []
    for text in texts:
        encoding = tokenizer.encode(QUERY + text)  # type: ignore[attr-defined]
        with torch.inference_mode():
            found = model.encoder(torch.tensor([encoding.ids]), torch.tensor([encoding.attention_mask]))
        rows.append(found.numpy()[0])
    return np.stack(rows)


# The encoder.


def test_the_encoder_in_fp32(exported: Exported, saved_base: Path, texts: list[str]) -> None:
    encoder = Encoder(exported.folder / "encoder-fp32.onnx", exported.tokenizer, 1)
    assert encoder.dimensions == DIMENSIONS
    expected = torch_vectors(exported, load_base(str(saved_base)).tokenizer, texts)
    assert np.abs(encoder.encode(texts, QUERY) - expected).max() < 1e-4
    # They are texts of different meaning, or any encoder would do.
    assert np.median(expected @ expected.T) < 0.9


def test_the_encoder_in_int8(exported: Exported, texts: list[str]) -> None:
    exact = Encoder(exported.folder / "encoder-fp32.onnx", exported.tokenizer, 1).encode(texts, QUERY)
    small = Encoder(exported.folder / "encoder.onnx", exported.tokenizer, 1).encode(texts, QUERY)
    cosines = (exact * small).sum(axis=1)
    assert {text: c for text, c in zip(texts, cosines.tolist(), strict=True) if c <= 0.98} == {}


# The reranker.


def torch_scores(exported: Exported, saved_base: Path, pairs: list[Pair]) -> Vectors:
    reader = pair_tokenizer(load_base(str(saved_base)).tokenizer)
    ids, mask = padded(join_pairs(reader, pairs))
    with torch.inference_mode():
        scores: Vectors = exported.scorer(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
    return scores


def test_the_reranker_in_fp32(
    exported: Exported, saved_base: Path, texts: list[str], candidates: list[str]
) -> None:
    pairs = every(texts[:20], candidates)
    ours = Reranker(exported.folder / "reranker-fp32.onnx", exported.tokenizer, 1).scores(pairs)
    theirs = torch_scores(exported, saved_base, pairs)
    assert np.abs(ours - theirs).max() < 1e-3
    assert ours.std() > 0.1


def test_the_reranker_in_int8_ranks_alike(
    exported: Exported, texts: list[str], candidates: list[str]
) -> None:
    """Each query's candidates: nearly in the same order, and the best one the same or nearly as good."""
    pairs = every(texts[:20], candidates)
    shape = (20, len(candidates))
    exact, small = (
        Reranker(exported.folder / name, exported.tokenizer, 1).scores(pairs).reshape(shape)
        for name in ("reranker-fp32.onnx", "reranker.onnx")
    )
    ranks = [scores.argsort(axis=1).argsort(axis=1) for scores in (exact, small)]
    likeness = [np.corrcoef(one, other)[0, 1] for one, other in zip(*ranks, strict=True)]
    assert np.mean(likeness) > 0.95
    best = exact[np.arange(20), small.argmax(axis=1)]
    assert (exact.max(axis=1) - best).max() < 0.2 * exact.std()


# The words.


def test_both_read_one_file_of_words(exported: Exported, tmp_path: Path) -> None:
    words = exported.folder / "words.bin"
    rows, columns = exported.table.nibbles.shape
    assert words.stat().st_size == rows * columns // 2 + exported.table.scales.nbytes
    for name in ("encoder.onnx", "reranker.onnx"):
        graph = onnx.load(str(exported.folder / name), load_external_data=False).graph
        kept = {
            tensor.name: {entry.key: entry.value for entry in tensor.external_data}["location"]
            for tensor in graph.initializer
            if tensor.external_data
        }
        assert kept == {"words.nibbles": "words.bin", "words.scales": "words.bin"}
        # Without it neither opens.
        shutil.copy(exported.folder / name, tmp_path)
    shutil.copy(exported.tokenizer, tmp_path)
    with pytest.raises(AssetError, match="the encoder cannot be loaded"):
        Encoder(tmp_path / "encoder.onnx", tmp_path / "tokenizer.json", 1)
    with pytest.raises(AssetError, match="the reranker cannot be loaded"):
        Reranker(tmp_path / "reranker.onnx", tmp_path / "tokenizer.json", 1)


def few() -> list[Batch]:
    return [(np.array([[0, 5, 6, 2]]), np.ones((1, 4), np.int64))]


def test_other_words_are_refused(exported: Exported, tmp_path: Path) -> None:
    words = tmp_path / "words.bin"
    shutil.copy(exported.folder / "words.bin", words)
    other = Q4Matrix(exported.table.nibbles ^ 1, exported.table.scales)
    fp32 = exported.folder / "reranker-fp32.onnx"
    with pytest.raises(AssetError, match=r"words\.bin: other word embeddings .* with freeze_words"):
        export_int8(fp32, other, few(), tmp_path / "reranker.onnx", words)
    assert words.read_bytes() == (exported.folder / "words.bin").read_bytes()


def test_alone_a_model_holds_its_words(exported: Exported, texts: list[str], tmp_path: Path) -> None:
    """And embeds as the one that shares them, measured on the same texts."""
    models = []
    for name, shared in (("alone.onnx", None), ("sharing.onnx", tmp_path / "words.bin")):
        export_int8(exported.folder / "encoder-fp32.onnx", exported.table, few(), tmp_path / name, shared)
        models.append(Encoder(tmp_path / name, exported.tokenizer, 1).encode(texts[:10], QUERY))
    np.testing.assert_array_equal(*models)
    (tmp_path / "words.bin").unlink()
    Encoder(tmp_path / "alone.onnx", exported.tokenizer, 1)
