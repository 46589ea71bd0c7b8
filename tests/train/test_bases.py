"""Bases from a folder: whole, with fewer layers, and damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'codilingua[train]'")
pytest.importorskip("transformers", reason="training needs transformers: pip install 'codilingua[train]'")

from codilingua.errors import AssetError, UsageError  # noqa: E402
from codilingua.search.reranker import join_pairs, padded, pair_tokenizer  # noqa: E402
from codilingua.train.bases import Base, load_base  # noqa: E402
from codilingua.train.model import PairScorer  # noqa: E402

pytestmark = pytest.mark.build

LONG = "dolor de pecho " * 300


def states(base: Base, text: str) -> torch.Tensor:
    encoding = base.tokenizer.encode(text)
    with torch.inference_mode():
        found: torch.Tensor = base.bert.eval()(
            input_ids=torch.tensor([encoding.ids]), attention_mask=torch.tensor([encoding.attention_mask])
        ).last_hidden_state
    return found


def test_saved_and_read_it_is_the_same(saved_base: Path, tmp_path: Path) -> None:
    once = load_base(str(saved_base))
    once.save(tmp_path / "again")
    again = load_base(str(tmp_path / "again"))
    assert torch.equal(states(once, "angina de pecho"), states(again, "angina de pecho"))
    assert once.tokenizer.to_str() == again.tokenizer.to_str()
    assert again.tokenizer.padding == once.tokenizer.padding
    assert again.tokenizer.id_to_token(again.tokenizer.padding["pad_id"]) == "<pad>"


@pytest.mark.parametrize(("name", "most"), [("saved_base", 128), ("saved_roberta", 78)])
def test_a_long_text_is_cut_to_what_the_base_can_read(
    name: str, most: int, request: pytest.FixtureRequest
) -> None:
    """RoBERTa of 80 positions reads 78: its first is two."""
    base = load_base(str(request.getfixturevalue(name)))
    assert len(base.tokenizer.encode(LONG).ids) == most
    assert states(base, LONG).isfinite().all()


def test_padding_changes_nothing(saved_roberta: Path) -> None:
    base = load_base(str(saved_roberta))
    alone = states(base, "angor")
    short, long = base.tokenizer.encode_batch(["angor", "angina at rest, getting worse"])
    assert len(short.ids) == len(long.ids)
    assert sum(short.attention_mask) < sum(long.attention_mask)
    with torch.inference_mode():
        padded = base.bert(
            input_ids=torch.tensor([short.ids]), attention_mask=torch.tensor([short.attention_mask])
        ).last_hidden_state
    assert torch.allclose(padded[:, : alone.shape[1]], alone, atol=1e-6)


def test_the_rerankers_padding_changes_nothing(saved_roberta: Path) -> None:
    """It pads with 0, which RoBERTa takes for text when it counts positions: those behind the text alone."""
    base = load_base(str(saved_roberta))
    scorer = PairScorer(base.bert).eval()
    pairs = [
        ("angor", "angina"),
        ("angina at rest, getting worse", "Unstable angina / angor instable"),
        ("HTA", "a"),
    ]
    rows = join_pairs(pair_tokenizer(base.tokenizer), pairs)
    assert len({len(row) for row in rows}) == 3

    def scores(chosen: list[list[int]]) -> torch.Tensor:
        ids, mask = padded(chosen)
        with torch.inference_mode():
            found: torch.Tensor = scorer(torch.from_numpy(ids), torch.from_numpy(mask))
        return found

    together = scores(rows)
    assert torch.allclose(together, torch.cat([scores([row]) for row in rows]), atol=1e-6)
    assert together.unique().numel() == 3


def test_the_lowest_layers_stay(saved_base: Path) -> None:
    whole, less = load_base(str(saved_base)), load_base(str(saved_base), layers=1, dropout=0.25)
    assert len(less.bert.encoder.layer) == less.bert.config.num_hidden_layers == 1
    ours, theirs = less.bert.encoder.layer[0], whole.bert.encoder.layer[0]
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))
    rates = {module.p for module in less.bert.modules() if isinstance(module, torch.nn.Dropout)}
    assert rates == {0.25}


@pytest.mark.parametrize("layers", [0, 3, -1])
def test_layers_that_are_not_there(saved_base: Path, layers: int) -> None:
    with pytest.raises(UsageError, match=f"layers is {layers}: the base has 2, give 1 to 2"):
        load_base(str(saved_base), layers=layers)


def test_no_such_base(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no such model here and none to be fetched") as caught:
        load_base(str(tmp_path / "none"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_base(saved_base: Path, tmp_path: Path, name: str, damage: str) -> None:
    folder = Path(shutil.copytree(saved_base, tmp_path / "base"))
    whole = (folder / name).read_bytes()
    (folder / name).unlink()
    if damage == "cut":
        (folder / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AssetError, match="no such model here") as caught:
        load_base(str(folder))
    assert "\n" not in str(caught.value)


def test_a_base_of_another_kind(saved_base: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(saved_base, tmp_path / "base"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "no-such-type"}))
    with pytest.raises(AssetError, match="no such model here"):
        load_base(str(folder))


def test_a_tokenizer_of_another_model(saved_base: Path, saved_roberta: Path, tmp_path: Path) -> None:
    """Its pieces would be rows that the model does not have."""
    folder = Path(shutil.copytree(saved_base, tmp_path / "base"))
    shutil.copy(saved_roberta / "tokenizer.json", folder)
    with pytest.raises(AssetError, match="pieces in the tokenizer"):
        load_base(str(folder))
