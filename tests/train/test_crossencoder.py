"""The second stage learns to put the right code of a group first, and goes on where it was broken off."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="builds need torch: pip install 'codilingua[train]'")
pytest.importorskip("transformers", reason="builds need transformers: pip install 'codilingua[train]'")

from tokenizers import Tokenizer  # noqa: E402

from codilingua.errors import AssetError, TrainingError  # noqa: E402
from codilingua.search.reranker import candidate_text, join_pairs, padded, pair_tokenizer  # noqa: E402
from codilingua.train.bases import load_base  # noqa: E402
from codilingua.train.config import CrossencoderConfig, Data, Optimiser  # noqa: E402
from codilingua.train.crossencoder import Group, Groups, listwise, train_crossencoder  # noqa: E402
from codilingua.train.devices import Machine  # noqa: E402
from codilingua.train.examples import TrainingSet  # noqa: E402
from codilingua.train.mining import Mined, Rules, mine  # noqa: E402
from codilingua.train.model import HEAD, PairScorer  # noqa: E402

pytestmark = pytest.mark.build

CPU = Machine(torch.device("cpu"), half=False)
CONFIG = CrossencoderConfig(
    data=Data(Path("catalog.db"), (Path("pairs.tsv"),)),
    mined=Path("mined.npz"),
    optimiser=Optimiser(epochs=20, batch=8, learning_rate=5e-3, checkpoint_every=1000, freeze_words=False),
    groups=24,
    candidates=5,
    tokens=32,
)


@pytest.fixture(scope="module")
def mined(tiny_set: TrainingSet) -> Mined:
    chance = np.random.default_rng(1)
    vectors = [chance.normal(size=(size, 8)) for size in (len(tiny_set.phrases), len(tiny_set.surfaces))]
    phrases, surfaces = ((v / np.linalg.norm(v, axis=1, keepdims=True)).astype(np.float32) for v in vectors)
    return mine(tiny_set, np.arange(len(tiny_set.phrases)), phrases, surfaces, Rules(7, 2, margin=2.0))


def losses(folder: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


def opened(folder: Path) -> tuple[PairScorer, Tokenizer]:
    base = load_base(str(folder))
    scorer = PairScorer(base.bert)
    scorer.load_head(folder)
    return scorer.eval(), pair_tokenizer(base.tokenizer)


def scores_of(scorer: PairScorer, tokenizer: Tokenizer, group: Group) -> list[float]:
    ids, mask = padded(join_pairs(tokenizer, group.pairs, CONFIG.tokens))
    with torch.inference_mode():
        scores: list[float] = scorer(torch.from_numpy(ids), torch.from_numpy(mask)).tolist()
    return scores


# The groups.


def test_a_group_is_the_right_code_and_what_it_is_confused_with(tiny_set: TrainingSet, mined: Mined) -> None:
    groups = Groups(tiny_set, mined, CONFIG)
    assert len(groups) == len(tiny_set.phrases)
    texts = set()
    for number in range(len(groups)):
        group = groups.group(number)
        assert group.right == (True, False, False, False, False)
        ((phrase, right), *wrong) = group.pairs
        assert {text for text, _ in wrong} == {phrase}
        row = tiny_set.phrases.texts.index(phrase)
        code = int(tiny_set.phrases.codes[row])
        assert right.split(" / ")[0] == tiny_set.surfaces[tiny_set.surfaces_of(code)[0]]
        expected = [
            tiny_set.surfaces[tiny_set.surfaces_of(c)[0]] for c in mined.codes[row][:4].tolist() if c >= 0
        ]
        assert [text.split(" / ")[0] for _, text in wrong] == expected
        texts.add(phrase)
    assert texts == set(tiny_set.phrases.texts)


def test_a_candidate_is_worded_as_it_is_when_searching(tiny_set: TrainingSet, mined: Mined) -> None:
    """Title, the surface that matched best, and the title above."""
    row = tiny_set.phrases.texts.index("infarctus ancien")
    groups = Groups(tiny_set, mined, CONFIG)
    (group,) = (g for g in map(groups.group, range(len(groups))) if g.pairs[0][0] == "infarctus ancien")
    surface = tiny_set.surfaces[int(mined.own[row])]
    expected = candidate_text("Old myocardial infarction", surface, "Chronic ischemic heart disease")
    assert group.pairs[0][1] == expected


def test_groups_are_drawn_the_same_way_each_time(tiny_set: TrainingSet, mined: Mined) -> None:
    some = replace(CONFIG, groups=10)

    def drawn(config: CrossencoderConfig) -> list[Group]:
        groups = Groups(tiny_set, mined, config)
        return [groups.group(number) for number in range(len(groups))]

    def order(config: CrossencoderConfig, epoch: int) -> list[list[int]]:
        return [batch.tolist() for batch in Groups(tiny_set, mined, config).batches(epoch)]

    assert drawn(some) == drawn(some)
    assert len(drawn(some)) == 10
    assert order(some, 0) == order(some, 0)
    assert order(some, 0) != order(some, 1)
    assert sorted(number for batch in order(some, 1) for number in batch) == list(range(10))
    assert [len(batch) for batch in order(some, 1)] == [8, 2]
    other = replace(some, optimiser=replace(some.optimiser, seed=9))
    assert drawn(other) != drawn(some)


def test_phrases_without_negatives_make_no_group(tiny_set: TrainingSet, mined: Mined) -> None:
    codes = mined.codes.copy()
    codes[5:] = -1
    groups = Groups(tiny_set, replace(mined, codes=codes), CONFIG)
    assert len(groups) == 5
    asked = {groups.group(number).pairs[0][0] for number in range(5)}
    assert asked == set(tiny_set.phrases.texts[:5])


# The loss.


def test_the_loss_by_hand() -> None:
    scores = torch.tensor([1.0, 0.0, -1.0, 2.0, 2.0])
    pair = ("", "")
    batch = [Group((pair,) * 3, (True, False, False)), Group((pair,) * 2, (True, False))]
    first = -np.log(np.exp(1) / (np.exp(1) + 1 + np.exp(-1)))
    assert listwise(scores, batch).item() == pytest.approx((first + np.log(2)) / 2, abs=1e-6)
    # Several right ones share the weight; how it falls among them does not count.
    both = [Group((pair,) * 3, (True, True, False))]
    for scores in (torch.tensor([0.0, 0.0, 0.0]), torch.tensor([np.log(2.0), -50.0, 0.0])):
        assert listwise(scores, both).item() == pytest.approx(-np.log(2 / 3), abs=1e-6)


# The loop.


@pytest.fixture(scope="module")
def trained(
    tiny_set: TrainingSet, mined: Mined, saved_base: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("crossencoder")
    train_crossencoder(CONFIG, tiny_set, mined, load_base(str(saved_base)), CPU, folder)
    return folder


def parameters(folder: Path) -> dict[str, torch.Tensor]:
    scorer, _ = opened(folder)
    return scorer.state_dict()


def test_it_learns(tiny_set: TrainingSet, mined: Mined, trained: Path) -> None:
    seen = losses(trained)
    assert len(seen) == 60
    # Knowing nothing costs log 5 = 1.61.
    assert np.mean(seen[:3]) > 1.4
    assert np.mean(seen[-3:]) < 0.6 * np.mean(seen[:3])
    scorer, tokenizer = opened(trained)
    groups = Groups(tiny_set, mined, CONFIG)
    firsts = []
    for number in range(len(groups)):
        firsts.append(int(np.argmax(scores_of(scorer, tokenizer, groups.group(number)))))
    assert firsts.count(0) > 0.8 * len(firsts)


def test_broken_off_it_ends_where_it_would_have(
    tiny_set: TrainingSet, mined: Mined, saved_base: Path, trained: Path, tmp_path: Path
) -> None:
    for stop in (4, 31, None):
        train_crossencoder(CONFIG, tiny_set, mined, load_base(str(saved_base)), CPU, tmp_path, stop)
        assert (tmp_path / "checkpoint.pt").is_file() is (stop is not None)
        assert (tmp_path / HEAD).is_file() is (stop is None)
    assert losses(tmp_path) == losses(trained)
    once, twice = parameters(trained), parameters(tmp_path)
    assert once.keys() == twice.keys()
    assert [name for name in once if not torch.equal(once[name], twice[name])] == []


def test_frozen_words_stay_as_they_are(
    tiny_set: TrainingSet, mined: Mined, saved_base: Path, tmp_path: Path
) -> None:
    rules = replace(CONFIG.optimiser, epochs=1, freeze_words=True, checkpoint_every=2)
    base = load_base(str(saved_base))
    before = {name: value.clone() for name, value in base.bert.state_dict().items()}
    train_crossencoder(replace(CONFIG, optimiser=rules), tiny_set, mined, base, CPU, tmp_path)
    after = base.bert.state_dict()
    words = "embeddings.word_embeddings.weight"
    assert torch.equal(before[words], after[words])
    assert not torch.equal(
        before["encoder.layer.0.output.dense.weight"], after["encoder.layer.0.output.dense.weight"]
    )


def test_a_checkpoint_of_another_run_is_refused(
    tiny_set: TrainingSet, mined: Mined, saved_base: Path, tmp_path: Path
) -> None:
    train_crossencoder(CONFIG, tiny_set, mined, load_base(str(saved_base)), CPU, tmp_path, 2)
    others = [
        (replace(CONFIG, candidates=4), mined),
        (CONFIG, replace(mined, codes=np.roll(mined.codes, 1, axis=0))),
    ]
    for config, negatives in others:
        with pytest.raises(TrainingError, match="of another config or other data"):
            train_crossencoder(config, tiny_set, negatives, load_base(str(saved_base)), CPU, tmp_path)


# The head.


def test_the_head_is_saved_and_loaded(saved_base: Path, tmp_path: Path) -> None:
    bert = load_base(str(saved_base)).bert
    before, after = PairScorer(bert), PairScorer(bert)
    before.save_head(tmp_path)
    after.load_head(tmp_path)
    assert torch.equal(before.head.weight, after.head.weight)
    ids = torch.tensor([[0, 9, 8, 2], [0, 7, 2, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    with torch.inference_mode():
        assert torch.equal(before(ids, mask), after(ids, mask))
        # What stands at the padding is not looked at.
        assert torch.allclose(after(ids, mask)[1], after(ids[1:, :3], mask[1:, :3])[0], atol=1e-6)


def test_damaged_heads(saved_base: Path, tmp_path: Path) -> None:
    scorer = PairScorer(load_base(str(saved_base)).bert)
    with pytest.raises(AssetError, match=r"head\.npz: no head of a cross-encoder"):
        scorer.load_head(tmp_path)
    scorer.save_head(tmp_path)
    whole = (tmp_path / HEAD).read_bytes()
    for content in (b"", b"weights", whole[: len(whole) // 2]):
        (tmp_path / HEAD).write_bytes(content)
        with pytest.raises(AssetError, match="no head of a cross-encoder"):
            scorer.load_head(tmp_path)
    np.savez(tmp_path / HEAD, weight=np.zeros((1, 7), np.float32), bias=np.zeros(1, np.float32))
    with pytest.raises(AssetError, match="no head of a cross-encoder"):
        scorer.load_head(tmp_path)
