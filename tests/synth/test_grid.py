"""Grids, chosen codes and requests: what a run asks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.errors import SourceError, UsageError
from codilingua.languages import known, language
from codilingua.search.engine import Search
from codilingua.synth.choose import choose, read_defaults, read_tiers
from codilingua.synth.grid import REGISTERS, SHIPPED, Grid, read_grid
from codilingua.synth.items import apart, describe
from codilingua.synth.plan import estimate
from codilingua.synth.requests import Request, judge_requests, requests, sample, select, topics
from codilingua.synth.run import Price
from codilingua.types import LANGUAGES, Pair


def test_the_shipped_grid_reads_and_covers_the_six_languages() -> None:
    grid = read_grid()
    assert grid.languages == tuple(LANGUAGES)
    assert set(grid.registers) == set(REGISTERS)
    assert set(known()) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["es", "fr"]', '["es", "tlh"]', "'tlh' is not among"),
        ('["es", "fr"]', "[]", "languages is empty"),
        ("note = 2", "shout = 2", "register 'shout'"),
        ("[2, 1, 1, 1]", "[2, 1]", "2 numbers: give 4"),
        ("per_language = 2", "per_language = -2", "negative"),
        ("seed = 7", "", "seed is missing"),
        ("seed = 7", "seed = 'x'", "of no use"),
        ("seed = 7", "seed = ", "not TOML"),
        ("codes = 5", "codes = 0", "1 or more"),
        ('covered_chapters = ["9"]', "covered_chapters = [9]", "are texts"),
        ('["es", "fr"]', '["es", "es"]', "names one twice"),
        ('languages = ["es"]', 'languages = ["it"]', "'it' is not among"),
        ("seed = 7", "seed = inf", "of no use"),
    ],
)
def test_a_wrong_grid_says_what_is_wrong(grid_file: Path, old: str, new: str, said: str) -> None:
    grid_file.write_text(grid_file.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(SourceError, match=said):
        read_grid(grid_file)


def test_a_grid_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_grid(tmp_path / "none.toml")


def test_codes_are_chosen_by_use_and_by_category(catalog: Catalog, use: Path) -> None:
    tiers = read_tiers(use / "tiers.tsv", catalog)
    assert tiers == {"I10": 0, "I21.9": 1, "S72.001": 1, "T14.8": 2, "I20.1": 3}
    defaults = read_defaults(use / "defaults.tsv", catalog)
    chosen = choose(catalog, tiers, defaults, frozenset({"9"}))
    # T14 has a code of a low tier, I10 too; I20.1 is of the last tier and no default; all in book order.
    assert chosen == {"I10": 0, "I21.9": 1, "I25.2": 3, "I63.9": 3, "S72.001": 1, "T14.8": 2}


def test_every_category_of_the_covered_chapters_has_a_code(shipped: Search) -> None:
    plan = Path(__file__).parents[2] / "data" / "plan"
    grid = read_grid(SHIPPED)
    tiers = read_tiers(plan / "tiers.tsv", shipped.catalog)
    defaults = read_defaults(plan / "defaults.tsv", shipped.catalog)
    chosen = choose(shipped.catalog, tiers, defaults, grid.covered_chapters)
    categories = {
        concept.code
        for concept in shipped.catalog
        if len(concept.code) == 3 and concept.chapter in grid.covered_chapters and concept.code[0].isalpha()
    }
    assert categories - {code[:3] for code in chosen} == set()
    assert len(chosen) > 5000


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("tiers.tsv", "code\ttier\nQ00.0\t1\n", "no code 'Q00.0'"),
        ("tiers.tsv", "code\ttier\nI10\t4\n", "tier '4'"),
        ("tiers.tsv", "code\nI10\n", "no column 'tier'"),
        ("tiers.tsv", "code\ttier\nI10\n", "1 cells"),
        ("tiers.tsv", "code\ttier\nI10\t\n", "empty tier"),
        ("tiers.tsv", "", "empty"),
    ],
)
def test_wrong_tiers(catalog: Catalog, use: Path, name: str, text: str, said: str) -> None:
    (use / name).write_text(text, "utf-8")
    with pytest.raises(SourceError, match=said):
        read_tiers(use / name, catalog)


def test_wrong_defaults(catalog: Catalog, use: Path) -> None:
    (use / "defaults.tsv").write_text("category\tcode\nI10\tZ99.9\n", "utf-8")
    with pytest.raises(SourceError, match=r"no code 'Z99\.9'"):
        read_defaults(use / "defaults.tsv", catalog)


def test_the_same_grid_asks_the_same(grid: Grid, catalog: Catalog, asked: list[Request]) -> None:
    chosen = {"I10": 0, "I21.9": 1, "I25.2": 3, "I63.9": 3, "S72.001": 1, "T14.8": 2}
    assert list(requests(grid, catalog, chosen)) == asked
    assert len({request.id for request in asked}) == len(asked)


def test_what_is_asked(asked: list[Request]) -> None:
    counts = Counter((request.task, request.lang) for request in asked)
    assert counts["practice", "es"] == len(topics())
    # No rows were asked for in French.
    assert counts["practice", "fr"] == 0
    cells = Counter(code for request in asked if request.task == "phrases" for code in request.codes)
    assert cells == {"I10": 2, "I21.9": 1, "I25.2": 1, "I63.9": 1, "S72.001": 1, "T14.8": 1}
    labelled = [code for request in asked if request.task == "labels" for code in request.codes]
    assert {"I10", "I20", "I21", "S72", "S72.001"} <= set(labelled)
    assert "S72.002" not in labelled
    rated = {code for request in asked if request.task == "tiers" for code in request.codes}
    assert {"I10", "S72.001"} <= rated
    assert "S72.0" not in rated


def test_one_code_more_changes_no_other_draw(grid: Grid, catalog: Catalog) -> None:
    def cells(chosen: dict[str, int]) -> set[tuple[str, str, str]]:
        found = set()
        for request in requests(grid, catalog, chosen):
            if request.task == "phrases":
                for item in request.user.split("\n- ")[1:]:
                    if "write:" in item:
                        found.add((request.lang, item.split()[0], item.split("write: ")[1].split("\n")[0]))
        return found

    fewer = cells({"I10": 0, "S72.001": 1})
    assert fewer < cells({"I10": 0, "I21.9": 1, "S72.001": 1})


def test_a_prompt_says_what_the_catalog_knows(catalog: Catalog) -> None:
    text = describe(catalog, catalog.get("S72.001"), "1 note")
    assert text.splitlines()[0] == "- S72.001 Fracture of unspecified part of neck of right femur"
    assert "S72.002 (left)" in text
    assert text.endswith("write: 1 note")
    assert "HTA" not in describe(catalog, catalog.get("I10"), "1 note"), "machine labels would be copied"


def test_what_sets_a_sibling_apart() -> None:
    assert apart("Pain in right hip", "Pain in left hip") == "left"
    assert apart("Asthma", "Bronchitis, acute") == "Bronchitis, acute"


def test_prompts_are_filled_for_each_language(asked: list[Request]) -> None:
    for request in asked:
        assert language(request.lang).name in request.system + request.user or request.task in (
            "tiers",
            "defaults",
        )
        assert "$" not in request.system + request.user


def test_select(asked: list[Request]) -> None:
    chosen = select(asked, ["labels", "practice"], ["es"], 2)
    assert [request.task for request in chosen].count("practice") == 2
    assert {request.lang for request in chosen} == {"es"}
    with pytest.raises(UsageError, match="task 'label' is not among"):
        select(asked, ["label"], None, None)
    with pytest.raises(UsageError, match="language 'it' is not among"):
        select(asked, None, ["it"], None)


def test_estimate_adds_up(asked: list[Request]) -> None:
    lines = estimate(asked, Price(1.0, 10.0))
    assert sum(line.requests for line in lines) == len(asked)
    for line in lines:
        assert line.cost == pytest.approx((line.prompt_tokens + 10 * line.answer_tokens) / 1e6)
        assert line.prompt_tokens > 0
        assert line.answer_tokens > 0


def test_a_sample_is_drawn_by_lot() -> None:
    pairs = [
        Pair(f"text {number}", "I10", ("es", "fr")[number % 2], "note", "practice", "r", "m", "v", "d")
        for number in range(100)
    ]
    drawn = sample(pairs, 10, seed=1)
    assert [pair.lang for pair in drawn] == ["es"] * 10 + ["fr"] * 10
    assert drawn == sample(list(reversed(pairs)), 10, seed=1)
    assert drawn != sample(pairs, 10, seed=2)
    assert len(sample(pairs, 1000, seed=1)) == 100


def test_judging_names_the_rows(catalog: Catalog) -> None:
    pairs = [
        Pair(text, "I10", lang, "note", "practice", "r", "m", "v", "2026-01-01")
        for text, lang in (("HTA", "es"), ("tensión alta", "es"), ("HTA", "fr"))
    ]
    first, second, third = judge_requests(catalog, pairs, "test", seed=1, rows=1)
    assert first.codes == (pairs[0].id,)
    assert f"{pairs[0].id} | HTA | note | I10" in first.user
    assert "Essential (primary) hypertension" in first.user
    assert (first.lang, second.lang, third.lang) == ("es", "es", "fr")
    assert first.topic == "test"
    assert len({pair.id for pair in pairs}) == 3
