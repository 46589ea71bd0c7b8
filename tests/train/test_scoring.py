"""How well a first stage finds alone: an encoder whose cosines are known, so that every rank is too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="builds need torch: pip install 'codilingua[train]'")
pytest.importorskip("transformers", reason="builds need transformers: pip install 'codilingua[train]'")

from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402

from codilingua.search.encoder import PASSAGE, QUERY  # noqa: E402
from codilingua.search.engine import Search  # noqa: E402
from codilingua.train.bases import Base, load_base  # noqa: E402
from codilingua.train.devices import Machine  # noqa: E402
from codilingua.train.embedding import embed  # noqa: E402
from codilingua.train.examples import Phrases, TrainingSet  # noqa: E402
from codilingua.train.gold import DevelopmentSet, gold_codes  # noqa: E402
from codilingua.train.relatives import Relatives  # noqa: E402
from codilingua.train.scoring import SetScore, score_sets  # noqa: E402
from codilingua.types import Judgement  # noqa: E402

pytestmark = pytest.mark.build

CPU = Machine(torch.device("cpu"), half=False)
DIMENSIONS = 16

# A surface of n words, one of them `pain`, has the cosine 1/√n with the query `pain`. So for that query the
# codes stand in this order, S72.1 first for its second surface, and I10 has no common word at all.
SURFACES = (
    ("I10", "other"),
    ("I20.0", "pain b"),
    ("I20.1", "pain b c"),
    ("I20.9", "pain b c d"),
    ("I21.9", "pain b c d e"),
    ("I25.2", "pain b c d e f"),
    ("I63.9", "pain b c d e f g"),
    ("S22.49", "pain b c d e f g h"),
    ("S72.002", "pain b c d e f g h i"),
    ("S72.1", "other c d e f"),
    ("S72.1", "pain"),
    ("T14.8", "pain b c d e f g h i j"),
    ("X30", "pain b c d e f g h i j k"),
    ("Y92", "pain b c d e f g h i j k l"),
)
BY_PAIN = (
    *("S72.1", "I20.0", "I20.1", "I20.9", "I21.9", "I25.2", "I63.9"),
    *("S22.49", "S72.002", "T14.8", "X30", "Y92", "I10"),
)


class Words(torch.nn.Module):  # type: ignore[misc]
    """A direction of its own for each word; none for a word that it does not know, so for the prefixes."""

    def __init__(self, known: int) -> None:
        super().__init__()
        self.config = SimpleNamespace(hidden_size=DIMENSIONS)
        directions = torch.zeros(known + 1, DIMENSIONS)
        directions[1:, :known] = torch.eye(known)
        self.register_buffer("directions", directions)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> SimpleNamespace:  # noqa: ARG002
        return SimpleNamespace(last_hidden_state=self.directions[input_ids])


@pytest.fixture(scope="module")
def words() -> Base:
    known = sorted({word for _, text in SURFACES for word in text.split()})
    vocabulary = {"[UNK]": 0, **{word: number for number, word in enumerate(known, 1)}}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.enable_padding()
    return Base(Words(len(known)), tokenizer)


@pytest.fixture(scope="module")
def data(tiny: Search) -> TrainingSet:
    return surfaces_alone(tiny, SURFACES)


def surfaces_alone(search: Search, surfaces: Sequence[tuple[str, str]]) -> TrainingSet:
    relatives = Relatives(search.catalog)
    return TrainingSet(
        relatives=relatives,
        surfaces=tuple(text for _, text in surfaces),
        surface_langs=("es",) * len(surfaces),
        surface_codes=np.array([relatives.place[code] for code, _ in surfaces], np.int64),
        phrases=Phrases((), np.array([], np.int64), (), ()),
    )


def asked(*judgements: Judgement, name: str = "toy") -> DevelopmentSet:
    return DevelopmentSet(name, "es", judgements)


def pain(*codes: str, level: str = "exact") -> Judgement:
    return Judgement("pain", codes, "es", level)  # type: ignore[arg-type]


def score_one(base: Base, data: TrainingSet, search: Search, *judgements: Judgement) -> SetScore:
    (scored,) = score_sets(base, data, search.catalog, [asked(*judgements)], CPU)
    return scored


@pytest.mark.parametrize(
    ("codes", "r1", "r5", "mrr10", "category"),
    [
        (["S72.1"], 1, 1, 1, 1),
        (["I20.0"], 0, 1, 0.5, 1),
        (["I21.9"], 0, 1, 0.2, 1),
        # Sixth: the right category is not among the first five either.
        (["I25.2"], 0, 0, 0.1667, 0),
        # Ninth, but another code of its category is first.
        (["S72.002"], 0, 0, 0.1111, 1),
        (["T14.8"], 0, 0, 0.1, 0),
        # Eleventh: beyond what is looked at.
        (["X30"], 0, 0, 0, 0),
        (["I10"], 0, 0, 0, 0),
        # Of several right codes the best counts.
        (["X30", "I20.1", "I25.2"], 0, 1, 0.3333, 1),
        # As the sources write them: completed, and known beside unknown.
        (["S72.002A"], 0, 0, 0.1111, 1),
        (["i200", "E11.9"], 0, 1, 0.5, 1),
    ],
)
def test_one_query(
    words: Base,
    data: TrainingSet,
    tiny: Search,
    codes: list[str],
    r1: float,
    r5: float,
    mrr10: float,
    category: float,
) -> None:
    assert score_one(words, data, tiny, pain(*codes)) == SetScore("toy", "es", 1, r1, r5, mrr10, category)


@pytest.mark.parametrize("place", range(len(BY_PAIN)))
def test_every_rank(words: Base, data: TrainingSet, tiny: Search, place: int) -> None:
    scored = score_one(words, data, tiny, pain(BY_PAIN[place]))
    expected = round(1 / (place + 1), 4) if place < 10 else 0.0
    assert (scored.mrr10, scored.r1, scored.r5) == (expected, place == 0, place < 5)


def test_at_the_level_of_the_category_any_of_its_codes_is_right(
    words: Base, data: TrainingSet, tiny: Search
) -> None:
    assert score_one(words, data, tiny, pain("S72.002", level="category")).r1 == 1
    scored = score_one(words, data, tiny, pain("I20.8", level="category"))
    # I20.8 has no surface here; I20.0 stands second.
    assert (scored.r1, scored.r5, scored.mrr10, scored.category) == (0, 1, 0.5, 1)
    # A code that has no surface cannot be found.
    assert score_one(words, data, tiny, pain("I20.8")).mrr10 == 0


def test_means_over_the_queries_that_can_be_scored(words: Base, data: TrainingSet, tiny: Search) -> None:
    judgements = [pain("S72.1"), pain("I20.1"), pain("X30"), pain("E11.9"), pain("ZZZ"), pain("S72.002")]
    scored = score_one(words, data, tiny, *judgements)
    # 1, 1/3, 0 and 1/9; the two unknown codes are no queries.
    assert scored == SetScore("toy", "es", 4, 0.25, 0.5, 0.3611, 0.75)


def test_the_order_of_the_sets_is_kept_and_none_leaks_into_another(
    words: Base, data: TrainingSet, tiny: Search
) -> None:
    sets = [
        DevelopmentSet("second", "fr", (pain("I25.2"),)),
        DevelopmentSet("nothing known", "it", (pain("E11.9"), pain("ZZZ"))),
        DevelopmentSet("nothing", "ca", ()),
        DevelopmentSet("first", "pt", (pain("S72.1"), Judgement("other", ("I10",), "pt"))),
    ]
    assert score_sets(words, data, tiny.catalog, sets, CPU) == [
        SetScore("second", "fr", 1, 0, 0, 0.1667, 0),
        SetScore("nothing known", "it", 0, 0, 0, 0, 0),
        SetScore("nothing", "ca", 0, 0, 0, 0, 0),
        SetScore("first", "pt", 2, 1, 1, 1, 1),
    ]
    assert score_sets(words, data, tiny.catalog, [], CPU) == []


def test_more_queries_than_a_block(words: Base, data: TrainingSet, tiny: Search) -> None:
    """The 300 of the first kind and the 100 of the second lie across the border of a block."""
    judgements = [pain("S72.1")] * 300 + [pain("I20.9")] * 100
    scored = score_one(words, data, tiny, *judgements)
    assert (scored.queries, scored.r1, scored.r5) == (400, 0.75, 1)
    assert scored.mrr10 == round((300 + 100 / 4) / 400, 4)


def test_a_prior_is_added_to_the_code_that_it_is_of(words: Base, data: TrainingSet, tiny: Search) -> None:
    prior = np.zeros(len(data.relatives.codes), np.float32)
    prior[data.relatives.place["Y92"]] = 1
    # A code without a surface has a prior too; it can still not be found, nor may it move the others.
    prior[data.relatives.place["I20.8"]] = 5
    sets = [asked(pain("Y92")), asked(pain("S72.1"))]
    scored = score_sets(words, data, tiny.catalog, sets, CPU, prior=prior)
    assert [one.mrr10 for one in scored] == [1, 0.5]
    without = score_sets(words, data, tiny.catalog, sets, CPU, prior=np.zeros_like(prior))
    assert without == score_sets(words, data, tiny.catalog, sets, CPU)
    assert [one.mrr10 for one in without] == [0, 1]


def test_it_tells_how_far_the_surfaces_are(words: Base, data: TrainingSet, tiny: Search) -> None:
    told: list[tuple[int, int]] = []
    score_sets(words, data, tiny.catalog, [asked(pain("I10"))], CPU, lambda *done: told.append(done))
    assert told == [(len(SURFACES), len(SURFACES))]


def test_as_a_trained_model_ranks_one_by_one(saved_base: Path, tiny_set: TrainingSet, tiny: Search) -> None:
    """The same with a real encoder, its prefixes and the small catalog, worked out query by query."""
    base, codes = load_base(str(saved_base)), tiny_set.relatives.codes
    texts = zip(tiny_set.phrases.texts, tiny_set.phrases.codes.tolist(), strict=True)
    judgements = [Judgement(text, (codes[code],), "es") for text, code in texts]
    surfaces = embed(base, [PASSAGE + text for text in tiny_set.surfaces], CPU)
    found = []
    for judgement in judgements:
        cosines = surfaces @ embed(base, [QUERY + judgement.query], CPU)[0]
        best: dict[str, float] = {}
        for code, cosine in zip(tiny_set.surface_codes.tolist(), cosines.tolist(), strict=True):
            best[codes[code]] = max(cosine, best.get(codes[code], -1))
        ranked = sorted(best, key=lambda code: -best[code])
        gold = gold_codes(judgement, tiny.catalog, codes)
        found.append(min(ranked.index(code) for code in gold) + 1)
    ranks = np.array(found)
    scored = score_one(base, tiny_set, tiny, *judgements)
    assert scored.queries == len(judgements)
    assert 0 < scored.mrr10 < 1
    assert scored.mrr10 == pytest.approx(np.where(ranks <= 10, 1 / ranks, 0).mean(), abs=1e-4)
    assert scored.r1 == pytest.approx((ranks == 1).mean(), abs=1e-4)
    assert scored.r5 == pytest.approx((ranks <= 5).mean(), abs=1e-4)
