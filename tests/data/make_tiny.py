"""The full release, the machine-made labels and random weights in; ``tests/data/tiny``, small assets, out.

The folder has the form of what ships: a catalog of some sixty real ICD-10-CM nodes from three
chapters, a two-layer encoder and a one-layer reranker with int8 products that share their 4-bit word
embeddings, their tokenizer, the ranking of each language, a guess of languages, the prior of use, the index
and the manifest. Only the weights mean nothing: they are drawn from a seeded generator, so that vectors
tell texts apart by their words and no more, and the reranker has opinions but no reasons. Run it when the
form of an asset changes (needs the extra ``train``); it prints what it wrote:

    PYTHONPATH=src python tests/data/make_tiny.py
"""

from __future__ import annotations

import gzip
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.catalog.store import write_catalog
from codilingua.catalog.tabular import read_release, release_files
from codilingua.search.encoder import PASSAGE, QUERY, Encoder
from codilingua.search.index import build_index
from codilingua.search.prior import prior_of_tiers, save_prior
from codilingua.search.profiles import Profile, Profiles
from codilingua.search.reranker import Pair, Reranker, candidate_text, join_pairs, padded, pair_tokenizer
from codilingua.tables import read_columns
from codilingua.train.catalogs import add_labels
from codilingua.train.e5 import BLOCK, E5Weights, Q4Matrix, Unigram
from codilingua.train.export import Batch, export_fp32, export_int8
from codilingua.train.languages import build_languages
from codilingua.train.model import PairScorer, sentence_encoder
from codilingua.train.vocabulary import MAX_TOKENS, build_tokenizer
from codilingua.types import LANGUAGES, Concept, Kind

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "data"
SEED = 7

KEPT = re.compile(
    r"I10|I20\.[0189]|I21\.(0[12]|9)|I25\.(2|11.*)|I63\.[59]"
    r"|S22\.4.*|S72\.00.*|S72\.1|T14\.[89].*|V00\.01.*|W01\.0|X30|Y92\.00"
)
"""What stays of chapters 9, 19 and 20, beside the nodes above it."""

_HIDDEN = 64
_FEED_FORWARD = 128
_LAYERS = 2
_PHRASES = 250
"""Phrases of each language that the guess of languages is fitted on."""

_KNOTS = ((0.0, 0.0), (0.02, 0.01), (0.1, 0.15), (0.4, 0.6), (1.0, 0.95))
_RERANKED = {"en": 0.3, "es": 0.2}
"""Languages whose best codes are read again, and the reranker's share in their scores."""

_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
_LETTERS = "abcdefghijklmnopqrstuvwxyzàáâãäçèéêëìíîïñòóôõöùúûüœß0123456789.,;:'()-/·"
_WORDS = re.compile(r"\w+")


def main() -> None:
    with Assets(HERE / "tiny").replaced({"catalog": "part of ICD-10-CM", "encoder": "random"}) as made:
        _write_catalog(made.catalog)
        with Catalog.open(made.catalog) as catalog:
            texts = [surface.text for concept in catalog for surface in concept.surfaces]
            print(f"{sum(1 for _ in catalog)} nodes, {len(catalog)} codes, {len(texts)} surfaces")
            weights = _write_encoder(texts, made)
            pairs = _pairs(catalog)
            _write_reranker(weights, pairs, made)
            _write_ranking(Reranker(made.reranker, made.tokenizer).scores(pairs), made.ranking)
            _write_languages(catalog, made.languages)
            _write_prior(catalog, made.prior)
            build_index(catalog, Encoder(made.encoder, made.tokenizer), made)
        made.catalog.write_bytes(gzip.compress(made.catalog.read_bytes(), mtime=0))
    for path in sorted((HERE / "tiny").iterdir()):
        print(f"{path.stat().st_size:9,}  {path.name}")


def _write_catalog(path: Path) -> None:
    info, release = read_release(release_files())
    nodes = {concept.code: concept for concept in release}
    kept: set[str] = set()
    for concept in release:
        node: Concept | None = concept if KEPT.fullmatch(concept.code) else None
        while node is not None:
            kept.add(node.code)
            node = nodes[node.parent] if node.parent is not None else None
    book = [
        replace(concept, children=tuple(code for code in concept.children if code in kept))
        for concept in release
        if concept.code in kept
    ]
    write_catalog(path, replace(info, name=f"Part of {info.name}"), book)
    for file in sorted((DATA / "labels").glob("*.tsv")):
        add_labels(path, file, skip_unknown=True)


def _write_encoder(texts: list[str], made: Assets) -> E5Weights:
    unigram = _unigram(texts)
    weights = _weights(unigram, np.random.default_rng(SEED))
    everything = range(len(unigram.pieces))
    tokenizer = build_tokenizer(unigram, everything)
    tokenizer.save(str(made.tokenizer), pretty=False)
    fp32 = made.folder / "fp32.onnx"
    export_fp32(sentence_encoder(weights, everything), fp32)

    def batches() -> Iterator[Batch]:
        encodings = tokenizer.encode_batch([prefix + text for prefix in (QUERY, PASSAGE) for text in texts])
        yield (
            np.array([encoding.ids for encoding in encodings], np.int64),
            np.array([encoding.attention_mask for encoding in encodings], np.int64),
        )

    export_int8(fp32, weights.words, batches(), made.encoder, made.words)
    fp32.unlink()
    return weights


def _pairs(catalog: Catalog) -> list[Pair]:
    """Each surface beside its own code and beside the next one."""
    concepts = [concept for concept in catalog if concept.kind is Kind.CODE]
    return [
        (surface.text, candidate_text(candidate.title, candidate.surfaces[-1].text, None))
        for concept, following in pairwise(concepts)
        for surface in concept.surfaces
        for candidate in (concept, following)
    ]


def _write_reranker(encoder: E5Weights, pairs: Sequence[Pair], made: Assets) -> None:
    """One layer of its own over the encoder's words."""
    chance = np.random.default_rng(SEED + 1)
    weights = replace(_weights(encoder.unigram, chance), words=encoder.words, layers=1)
    scorer = PairScorer(sentence_encoder(weights, range(len(weights.unigram.pieces))).bert)
    with torch.no_grad():
        scorer.head.weight.copy_(torch.from_numpy(chance.normal(0, 1, (1, _HIDDEN)).astype(np.float32)))
    fp32 = made.folder / "reranker-fp32.onnx"
    export_fp32(scorer.eval(), fp32)
    reader = pair_tokenizer(Tokenizer.from_file(str(made.tokenizer)))
    export_int8(fp32, weights.words, [padded(join_pairs(reader, pairs))], made.reranker, made.words)
    fp32.unlink()


def _write_ranking(scores: NDArray[np.float32], path: Path) -> None:
    """Two languages with the reranker, one without, and all others by the default."""
    default = Profile(prior=0.02, knots=_KNOTS, threshold=0.4)
    squashed = replace(default, centre=round(float(scores.mean()), 3), width=round(float(scores.std()), 3))
    languages = {lang: replace(squashed, rerank=share) for lang, share in _RERANKED.items()}
    Profiles(default, languages | {"fr": replace(default, dense=0.5)}).save(path)


def _write_languages(catalog: Catalog, path: Path) -> None:
    rows = [row for _, row in read_columns(DATA / "pairs" / "train.tsv", ("query", "lang"))]
    chosen = [row for lang in LANGUAGES for row in [row for row in rows if row[1] == lang][:_PHRASES]]
    with tempfile.TemporaryDirectory() as folder:
        phrases = Path(folder, "phrases.tsv")
        phrases.write_text("query\tlang\n" + "".join(f"{text}\t{lang}\n" for text, lang in chosen), "utf-8")
        build_languages([phrases], [], catalog, path)


def _write_prior(catalog: Catalog, path: Path) -> None:
    """The tiers of the codes that are left."""
    rows = [row for _, row in read_columns(DATA / "use" / "tiers.tsv", ("code", "tier")) if row[0] in catalog]
    with tempfile.TemporaryDirectory() as folder:
        tiers = Path(folder, "tiers.tsv")
        tiers.write_text("code\ttier\n" + "".join(f"{code}\t{tier}\n" for code, tier in rows), "utf-8")
        save_prior(path, prior_of_tiers(catalog, tiers))


def _unigram(texts: list[str]) -> Unigram:
    """Words of the texts that occur twice or more as pieces, letters for all others."""
    counts = Counter(word for text in [*texts, QUERY, PASSAGE] * 2 for word in _WORDS.findall(text.lower()))
    words = sorted(f"▁{word}" for word, count in counts.items() if count > 2)
    pieces = (*_SPECIALS, "▁", *_LETTERS, *words)
    letter, word = -12.0, -8.0
    scores = [0.0] * len(_SPECIALS) + [letter] * (len(_LETTERS) + 1) + [word] * len(words)
    return Unigram(pieces, np.array(scores, np.float32), {}, bos=0, eos=2, pad=1, unk=3)


def _weights(unigram: Unigram, chance: np.random.Generator) -> E5Weights:
    def normal(*shape: int, spread: float) -> NDArray[np.float32]:
        return chance.normal(0, spread, shape).astype(np.float32)

    ones, zeros = np.ones(_HIDDEN, np.float32), np.zeros(_HIDDEN, np.float32)
    tensors = {
        "emb.pos": normal(MAX_TOKENS, _HIDDEN, spread=0.02),
        "emb.type": normal(2, _HIDDEN, spread=0.02),
        "emb.ln.w": ones,
        "emb.ln.b": zeros,
    }
    shapes = dict.fromkeys(("q", "k", "v", "ao"), (_HIDDEN, _HIDDEN))
    shapes |= {"fi": (_FEED_FORWARD, _HIDDEN), "fo": (_HIDDEN, _FEED_FORWARD)}
    for layer in range(_LAYERS):
        for name, shape in shapes.items():
            tensors[f"l{layer}.{name}.w"] = normal(*shape, spread=0.05)
            tensors[f"l{layer}.{name}.b"] = np.zeros(shape[0], np.float32)
        for name in ("aln", "oln"):
            tensors[f"l{layer}.{name}.w"], tensors[f"l{layer}.{name}.b"] = ones, zeros
    rows = len(unigram.pieces)
    words = Q4Matrix(
        chance.integers(0, 16, (rows, _HIDDEN)).astype(np.uint8),
        np.full((rows, _HIDDEN // BLOCK), 0.2, np.float16),
    )
    return E5Weights(_HIDDEN, _LAYERS, 4, _FEED_FORWARD, MAX_TOKENS, 1e-12, unigram, words, tensors)


if __name__ == "__main__":
    main()
