"""Measures by hand, and against ir_measures (trec_eval beneath) on random rankings."""

from __future__ import annotations

import math
import random

import ir_measures
import numpy as np
import pytest

from codilingua.errors import UsageError
from codilingua.evaluate.scoring.credit import DEPTH, Credited, credit
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.evaluate.scoring.measures import MEASURES, NAMES, Measure, Parts, parse_measure, parts
from codilingua.search.engine import Search
from codilingua.types import Judgement

Rankings = dict[str, list[str]]
Qrels = dict[str, dict[str, int]]

CLOSE = 1e-9
CUTOFFS = (1, 2, 3, 5, 10, 20)
REFERENCE = {
    "R": lambda cutoff: ir_measures.R @ cutoff,
    "MRR": lambda cutoff: ir_measures.RR @ cutoff,
    "MAP": lambda cutoff: ir_measures.AP @ cutoff,
    "nDCG": lambda cutoff: ir_measures.nDCG @ cutoff,
}


def credited(*rows: list[float], units: int = 1, answered: bool = True) -> Credited:
    """Made from the likeness of each answer, for one unit; for more, what each answer finds."""
    likeness = np.zeros((len(rows), DEPTH))
    for place, row in enumerate(rows):
        likeness[place, : len(row)] = row
    best = np.maximum.accumulate(likeness, axis=1)
    gains = np.diff(best, axis=1, prepend=0.0) if units == 1 else likeness
    return Credited(gains, likeness, np.full(len(rows), units), np.full(len(rows), answered))


def value(name: str, made: Credited) -> float:
    return parts(parse_measure(name), made).value


def reference(measure: object, rankings: Rankings, qrels: Qrels) -> dict[str, float]:
    """Values of ir_measures, query by query. Scores fall strictly: trec_eval breaks ties by its own rule."""
    run = {
        query: {code: float(len(ranking) - place) for place, code in enumerate(ranking)}
        for query, ranking in rankings.items()
        if ranking
    }
    return {metric.query_id: metric.value for metric in ir_measures.iter_calc([measure], qrels, run)}


def as_credited(rankings: Rankings, qrels: Qrels) -> Credited:
    """Binary: a code is relevant or not, and each relevant one is a unit."""
    gains = np.zeros((len(qrels), DEPTH))
    for row, (query, relevant) in enumerate(qrels.items()):
        for place, code in enumerate(rankings[query][:DEPTH]):
            gains[row, place] = relevant.get(code, 0)
    units = np.array([sum(relevant.values()) for relevant in qrels.values()])
    return Credited(gains, gains, units, np.array([bool(rankings[query]) for query in qrels]))


def random_case(seed: int, most_units: int) -> tuple[Rankings, Qrels]:
    """Rankings of 0 to 20 codes, with 1 to ``most_units`` relevant codes that may or may not be in them."""
    chance = random.Random(seed)
    codes = [f"C{number:02}" for number in range(40)]
    rankings: Rankings = {}
    qrels: Qrels = {}
    for number in range(150):
        rankings[f"q{number}"] = chance.sample(codes, chance.choice((0, 1, 4, 10, 20, 20)))
        relevant = chance.sample(codes[:30], chance.randint(1, most_units))
        judged = chance.sample(codes[30:], 2)
        qrels[f"q{number}"] = dict.fromkeys(judged, 0) | dict.fromkeys(relevant, 1)
    return rankings, qrels


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("most_units", [1, 2, 14])
@pytest.mark.parametrize("name", REFERENCE)
def test_it_agrees_with_the_reference_library(name: str, most_units: int, seed: int) -> None:
    rankings, qrels = random_case(seed, most_units)
    made = as_credited(rankings, qrels)
    for cutoff in CUTOFFS:
        ours = parts(Measure(name, cutoff), made)
        theirs = reference(REFERENCE[name](cutoff), rankings, qrels)
        expected = [theirs[query] for query in qrels]
        np.testing.assert_allclose(ours.numerators / ours.denominators, expected, rtol=0, atol=CLOSE)
        assert ours.value == pytest.approx(np.mean(expected), abs=CLOSE)
        assert 0 < ours.value < 1


@pytest.mark.parametrize("seed", range(3))
def test_with_one_unit_recall_is_success(seed: int) -> None:
    rankings, qrels = random_case(seed, most_units=1)
    made = as_credited(rankings, qrels)
    for cutoff in CUTOFFS:
        theirs = reference(ir_measures.Success @ cutoff, rankings, qrels)
        np.testing.assert_allclose(
            parts(Measure("R", cutoff), made).numerators, [theirs[query] for query in qrels], atol=CLOSE
        )


def test_without_a_cutoff_it_is_the_reciprocal_rank_of_trec_eval() -> None:
    rankings, qrels = random_case(4, most_units=3)
    theirs = reference(ir_measures.RR, rankings, qrels)
    ours = parts(Measure("MRR", DEPTH), as_credited(rankings, qrels)).numerators
    np.testing.assert_allclose(ours, [theirs[query] for query in qrels], rtol=0, atol=CLOSE)


def test_with_one_unit_map_and_mrr_are_one_measure() -> None:
    made = as_credited(*random_case(9, most_units=1))
    np.testing.assert_allclose(
        parts(Measure("MAP", 10), made).numerators, parts(Measure("MRR", 10), made).numerators, atol=CLOSE
    )


def test_alternatives_are_one_relevant_item(tiny: Search) -> None:
    """The whole way from codes: the first acceptable code of a ranking is the one relevant item."""
    hierarchy = Hierarchy(tiny.catalog)
    chance = random.Random(12)
    codes = [node for node in hierarchy.nodes if hierarchy.tabular(node) is not None]
    judgements = [Judgement("made up", tuple(chance.sample(codes, 3)), "en") for _ in range(100)]
    answers = [chance.sample(codes, chance.choice((0, 3, 20))) for _ in judgements]
    rankings: Rankings = {}
    qrels: Qrels = {}
    for number, (judgement, ranking) in enumerate(zip(judgements, answers, strict=True)):
        hits = [code for code in ranking if code in judgement.codes]
        rankings[str(number)] = ranking
        qrels[str(number)] = {hits[0] if hits else judgement.codes[0]: 1}
    made = credit("exact", judgements, answers, hierarchy)
    for name, measure in REFERENCE.items():
        for cutoff in CUTOFFS:
            theirs = reference(measure(cutoff), rankings, qrels)
            expected = [theirs[query] for query in qrels]
            np.testing.assert_allclose(parts(Measure(name, cutoff), made).numerators, expected, atol=CLOSE)


@pytest.mark.parametrize("grade", range(1, 11))
@pytest.mark.parametrize("rank", [1, 2, 7, 10, 11])
def test_a_graded_answer_is_discounted_as_the_reference_discounts_it(rank: int, grade: int) -> None:
    """One answer with part of the credit. trec_eval has whole grades and takes the ideal from all that is
    judged, so its ideal is put in the place of ours: the one unit with full credit."""
    ranking = [f"X{place}" for place in range(1, rank)] + ["near"]
    qrels = {"q": {"near": grade, "right": 10}}
    theirs = reference(ir_measures.nDCG @ 10, {"q": ranking}, qrels)["q"]
    ideal = 10 + grade / math.log2(3)
    made = credited([0.0] * (rank - 1) + [grade / 10])
    assert value("nDCG@10", made) == pytest.approx(theirs * ideal / 10, abs=CLOSE)


def test_credit_in_parts() -> None:
    made = credited([0.0, 0.5, 0.25, 1.0])
    assert value("R@1", made) == 0
    assert value("R@3", made) == pytest.approx(0.5)
    assert value("R@5", made) == pytest.approx(1)
    assert value("MRR@10", made) == pytest.approx(0.25)
    assert value("MRR@10", credited([0.5, 0.8])) == pytest.approx(0.5)
    assert value("MAP@10", made) == pytest.approx(0.5 * 0.5 / 2 + 0.5 * 1.0 / 4)
    assert value("nDCG@10", made) == pytest.approx(0.5 / math.log2(3) + 0.5 / math.log2(5))


def test_micro_f1_of_the_first_answer() -> None:
    right, wrong, silent = credited([1.0]), credited([0.0, 1.0]), credited([], answered=False)
    assert value("F1@1", right) == 1
    assert value("F1@1", wrong) == 0
    assert value("F1@1", silent) == 0
    both = Credited(
        *(
            np.concatenate([getattr(one, name) for one in (right, wrong, silent)])
            for name in ("gains", "likeness", "units", "answered")
        )
    )
    precision, recall = 1 / 2, 1 / 3
    assert value("F1@1", both) == pytest.approx(2 * precision * recall / (precision + recall))


def test_perfect_and_empty_rankings() -> None:
    for measure in MEASURES:
        assert parts(measure, credited([1.0], [1.0, 0.5])).value == pytest.approx(1)
        assert parts(measure, credited([], [], answered=False)).value == 0


def test_all_units_first_is_perfect_beyond_the_first_cutoff() -> None:
    made = credited([1.0, 1.0, 1.0], units=3)
    for name in ("R@3", "MAP@10", "nDCG@10", "MRR@10"):
        assert value(name, made) == pytest.approx(1)
    assert value("R@1", made) == pytest.approx(1 / 3)


def test_what_is_measured_by_default() -> None:
    printed = [str(measure) for measure in MEASURES]
    assert printed == ["R@1", "R@3", "R@5", "R@10", "MRR@10", "MAP@10", "nDCG@10", "F1@1"]
    assert [parse_measure(text) for text in printed] == list(MEASURES)
    assert {measure.name for measure in MEASURES} == set(NAMES)


@pytest.mark.parametrize(("typed", "printed"), [("r@7", "R@7"), (" ndcg@20 ", "nDCG@20"), ("f1@1", "F1@1")])
def test_measures_are_read_as_people_write_them(typed: str, printed: str) -> None:
    assert str(parse_measure(typed)) == printed
    assert parse_measure(printed) == parse_measure(typed)


@pytest.mark.parametrize("typed", ["R", "R@", "R@0", "R@-1", "R@1.5", "P@5", "F1@2", "R@٣", "R@10 R@5", ""])
def test_what_is_no_measure(typed: str) -> None:
    with pytest.raises(UsageError, match="R@k, MRR@k, MAP@k, nDCG@k, F1@1") as raised:
        parse_measure(typed)
    assert repr(typed) in str(raised.value)


def test_a_cutoff_beyond_the_depth() -> None:
    with pytest.raises(UsageError, match="R@21 needs 21 codes a query, and 20"):
        parts(Measure("R", 21), credited([1.0]))


def test_no_queries_have_no_value() -> None:
    nothing = parts(Measure("R", 5), credited())
    assert nothing.numerators.shape == (0,)
    with pytest.raises(UsageError, match="no query"):
        _ = nothing.value


def test_some_queries() -> None:
    whole = Parts(np.array([1.0, 0.0, 0.5]), np.array([1.0, 2.0, 1.0]))
    assert whole.take([0, 2]).value == pytest.approx(0.75)
    assert whole.take([]).numerators.shape == (0,)
    assert whole.value == pytest.approx(1.5 / 4)
