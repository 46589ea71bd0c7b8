"""Training pairs: which files are refused, what is left out, and which examples are drawn of the rest."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.catalog.sources import ImportRequest, import_catalog
from codilingua.errors import SourceError
from codilingua.train.config import BiencoderConfig, Data, Optimiser
from codilingua.train.examples import CONVENTION, Selection, TrainingSet, read_training_set
from codilingua.types import LANGUAGES

HEADER = "query\tcodes\tlang\tregister"
GOOD = ("fever\tR50.9\ten\tlay", "tos\tR05.9\tes\tlay")

TOY = Path(__file__).parents[2] / "examples" / "ranker"

Read = Callable[..., TrainingSet]


@pytest.fixture(scope="module")
def toy_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog of ``examples/ranker``, compiled."""
    out = tmp_path_factory.mktemp("toy") / "catalog.db"
    import_catalog(ImportRequest(TOY / "catalog.csv", out, name="toy", edition="1", lang="en"))
    return out


@pytest.fixture(scope="module")
def toy(toy_catalog: Path) -> TrainingSet:
    """What ``examples/ranker`` trains on."""
    with Catalog.open(toy_catalog) as catalog:
        return read_training_set(catalog, [TOY / "pairs.tsv"], [TOY / "dev.tsv"])


@pytest.fixture
def read(tmp_path: Path, toy_catalog: Path) -> Read:
    """The training set of these lines over the toy's catalog."""

    def make(
        *lines: str, held_out: tuple[str, ...] = (), selection: Selection | None = None, ending: str = "\n"
    ) -> TrainingSet:
        (tmp_path / "pairs.tsv").write_bytes((ending.join(lines) + ending).encode())
        (tmp_path / "held.tsv").write_text("\n".join([HEADER, *held_out]) + "\n", "utf-8")
        with Catalog.open(toy_catalog) as catalog:
            return read_training_set(
                catalog, [tmp_path / "pairs.tsv"], [tmp_path / "held.tsv"] if held_out else [], selection
            )

    return make


def pairs(data: TrainingSet) -> list[tuple[str, str]]:
    phrases = data.phrases
    return [(t, data.relatives.codes[c]) for t, c in zip(phrases.texts, phrases.codes.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        ((HEADER, GOOD[0], "x\tZ99.9\ten\tlay"), 3, "unknown code 'Z99.9'"),
        ((HEADER, GOOD[0], "x\t\ten\tlay"), 3, "unknown code ''"),
        ((HEADER, GOOD[0], "x\tR50.9|\ten\tlay"), 3, "unknown code ''"),
        ((HEADER, GOOD[0], "x\tR50.9\t\tlay"), 3, "language empty: give one of en, es, ca, it, pt, fr"),
        ((HEADER, GOOD[0], "x\tR50.9\tde\tlay"), 3, "language 'de': give one of"),
        ((HEADER, " \tR50.9\ten\tlay"), 2, "the phrase is empty"),
        ((HEADER, GOOD[0], "x\tR50.9\ten"), 3, "3 cells where the header has 4: check the tabs"),
        ((HEADER, GOOD[0], "x\tR50.9\ten\tlay\tmore"), 3, "5 cells where the header has 4"),
        (("query\tlang", "x\ten"), 1, "no column 'codes': found 'query', 'lang'"),
        (("codes\tlang", "R50.9\ten"), 1, "no column 'query': found 'codes', 'lang'"),
        (("query\tcodes", "x\tR50.9"), 1, "no column 'lang': found 'query', 'codes'"),
        (("",), None, "the file is empty"),
        ((HEADER,), None, "a header but no rows"),
        ((HEADER, GOOD[0], "febre\tR50.9\tpt\tlay"), None, "phrases of 1 code(s) are left"),
    ],
)
def test_a_wrong_file_is_refused(
    read: Read, tmp_path: Path, lines: tuple[str, ...], line: int | None, said: str
) -> None:
    with pytest.raises(SourceError) as caught:
        read(*lines)
    assert said in caught.value.reason
    assert (caught.value.path, caught.value.line) == (tmp_path / "pairs.tsv", line)
    assert "\n" not in str(caught.value)


def test_a_held_out_file_is_checked_too(read: Read, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="unknown code 'Q00'") as caught:
        read(HEADER, *GOOD, held_out=("x\tQ00\ten\tlay",))
    assert caught.value.path == tmp_path / "held.tsv"


def test_a_missing_file_and_nothing_left(read: Read, toy_catalog: Path, tmp_path: Path) -> None:
    with Catalog.open(toy_catalog) as catalog, pytest.raises(SourceError, match="no such file"):
        read_training_set(catalog, [tmp_path / "none.tsv"])
    with pytest.raises(SourceError, match=r"phrases of 0 code\(s\) are left"):
        read(HEADER, *GOOD, selection=Selection(without_registers=("lay",)))


def test_what_a_row_may_look_like(read: Read) -> None:
    """Codes in any writing, two of them, other names of columns, CRLF, a byte order mark."""
    data = read("\ufeffterm\tcode\tlang", "  chest   pain \tr079|I219\ten", "tos\tR05.9\tes", ending="\r\n")
    assert pairs(data) == [("chest pain", "R07.9"), ("chest pain", "I21.9"), ("tos", "R05.9")]
    assert set(data.phrases.registers) == {CONVENTION}
    assert data.phrases.langs == ("en", "en", "es")


def test_the_toy(toy: TrainingSet) -> None:
    counts = Counter(toy.phrases.langs)
    assert counts == dict.fromkeys(LANGUAGES, 40)
    assert len(toy.surfaces) == len(toy.relatives.codes) == 61
    for row, code in enumerate(toy.phrases.codes.tolist()):
        assert row in toy.phrases_of(code)
    for code in range(len(toy.relatives.codes)):
        assert [toy.surface_codes[row] for row in toy.surfaces_of(code)] == [code]
    unseen = next(code for code in range(61) if code not in toy.phrases.codes)
    assert toy.phrases_of(unseen) == []


def test_near_held_out_phrases_are_left_out(read: Read) -> None:
    """In their language alone: upper case, another order and a letter missing are near, more is not."""
    rows = (
        "FEVER and chills\tR50.9\ten\tlay",
        "chills and fever\tR50.9\ten\tlay",
        "fevr and chills\tR50.9\ten\tlay",
        "fever for three days\tR50.9\ten\tlay",
        "fever and chills\tR50.9\tit\tlay",
        "tos seca\tR05.9\tes\tlay",
    )
    data = read(HEADER, *rows, held_out=("fever and chills\tR05.9\ten\tlay",))
    assert data.phrases.texts == ("fever for three days", "fever and chills", "tos seca")
    assert data.dropped == 3


def test_registers_and_languages_left_out(read: Read) -> None:
    rows = ("fever\tR50.9\ten\tlay", "tos\tR05.9\tes\tnote", "tosse\tR05.9\tit\tlay", "tosse\tR05.9\tpt\tlay")
    assert read(HEADER, *rows, selection=Selection(without_registers=("note",))).phrases.langs == (
        "en",
        "it",
        "pt",
    )
    assert read(HEADER, *rows, selection=Selection(without_languages=("it", "pt"))).phrases.langs == (
        "en",
        "es",
    )


def test_a_smaller_share_is_part_of_a_larger_one() -> None:
    def drawn(share: float, seed: int = 1) -> set[int]:
        chosen = Selection(share=share, seed=seed)
        return {number for number in range(1500) if chosen.keeps(number, "en", "lay")}

    assert drawn(0.1) < drawn(0.25) < drawn(1.0)
    assert len(drawn(0.1)) == pytest.approx(150, abs=40)
    assert len(drawn(1.0)) == 1500
    assert drawn(0.25) == drawn(0.25)
    assert drawn(0.25) != drawn(0.25, seed=2)


def test_leaving_out_a_register_does_not_change_the_lot() -> None:
    """A number is drawn or not whatever else is left out, so that ablations compare like with like."""
    all_in, some = Selection(share=0.5), Selection(share=0.5, without_registers=("note",))
    registers = ["note" if number % 3 else "lay" for number in range(900)]
    kept = {n for n, register in enumerate(registers) if all_in.keeps(n, "en", register)}
    fewer = {n for n, register in enumerate(registers) if some.keeps(n, "en", register)}
    assert fewer == {n for n in kept if registers[n] == "lay"}


def test_a_code_with_its_7th_character_is_that_of_the_tabular_list(
    tmp_path: Path, tiny_folder: Path, tiny_set: TrainingSet
) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(f"{HEADER}\nbroken hip\tS72.002A\ten\tlay\nangor\tI20.9\tfr\tlay\n", "utf-8")
    with Catalog.open(Assets(tiny_folder).catalog) as catalog:
        data = read_training_set(catalog, [path], official_only=True)
    assert pairs(data) == [("broken hip", "S72.002"), ("angor", "I20.9")]
    # Only what the book itself says, but that of every code.
    assert len(data.relatives.codes) <= len(data.surfaces) < len(tiny_set.surfaces)
    assert set(data.surface_langs) == {"en"}
    assert len(set(data.surface_codes.tolist())) == len(data.relatives.codes)


def test_reading_needs_no_torch(environment: Callable[..., dict[str, str]]) -> None:
    program = (
        "import sys, codilingua.train.config, codilingua.train.examples, codilingua.train.mining, "
        "codilingua.train.relatives\n"
        "print({'torch', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, check=True, text=True
    )
    assert done.stdout == "set()\n"


# Which examples are drawn. The class stands beside the loop, which needs torch.


def drawn(data: TrainingSet, seed: int = 1, mined: np.ndarray | None = None, **values: Any) -> Any:
    pytest.importorskip("torch", reason="training needs torch: pip install 'codilingua[train]'")
    from codilingua.train.biencoder import Examples

    rules = Optimiser(batch=values.pop("batch", 32), seed=seed)
    config = BiencoderConfig(Data(Path("c"), (Path("p"),)), rules, **values)
    return Examples(data, config, mined)


def numbers(examples: Any, epoch: int) -> list[list[int]]:
    return [batch.tolist() for batch in examples.batches(epoch)]


@pytest.mark.build
def test_the_same_seed_draws_the_same(tiny_set: TrainingSet) -> None:
    def all_of(seed: int, epoch: int) -> list[Any]:
        examples = drawn(tiny_set, seed, batch=7, cluster=2, negatives=2, across=0.5, synonyms=0.2)
        return [examples.example(epoch, n) for batch in numbers(examples, epoch) for n in batch]

    assert all_of(1, 0) == all_of(1, 0)
    assert all_of(1, 0) != all_of(2, 0)
    assert all_of(1, 0) != all_of(1, 1)


@pytest.mark.build
@pytest.mark.parametrize("cluster", [1, 4])
def test_an_epoch_is_every_phrase_once(toy: TrainingSet, cluster: int) -> None:
    examples = drawn(toy, cluster=cluster)
    for epoch in range(3):
        batches = numbers(examples, epoch)
        assert [len(batch) for batch in batches] == [32] * 7 + [16]
        assert sorted(n for batch in batches for n in batch) == list(range(240))
        found = [examples.example(epoch, n) for n in range(240)]
        assert [one.query for one in found] == list(toy.phrases.texts)
        assert [one.code for one in found] == toy.phrases.codes.tolist()


@pytest.mark.build
def test_one_example_alone_is_no_batch(toy: TrainingSet) -> None:
    assert [len(batch) for batch in numbers(drawn(toy, batch=239), 0)] == [239]


@pytest.mark.build
def test_a_cluster_keeps_a_category_together(toy: TrainingSet) -> None:
    def runs(cluster: int) -> float:
        """How long a run of one category is on average."""
        order = [n for batch in numbers(drawn(toy, cluster=cluster), 0) for n in batch]
        categories = [toy.relatives.codes[int(toy.phrases.codes[n])][:3] for n in order]
        return len(order) / (1 + sum(a != b for a, b in pairwise(categories)))

    # Each category of the toy has six phrases or a multiple of that: blocks of three never fall short.
    assert runs(3) >= 3
    assert runs(1) < 1.5


@pytest.mark.build
def test_positives_are_texts_of_the_code(toy: TrainingSet) -> None:
    at_home = drawn(toy, across=0.0)
    abroad = drawn(toy, across=1.0)
    for number in range(240):
        code = int(toy.phrases.codes[number])
        assert at_home.example(0, number).positive in [toy.surfaces[row] for row in toy.surfaces_of(code)]
        rows = [row for row in toy.phrases_of(code) if row != number]
        other = [
            toy.phrases.texts[row] for row in rows if toy.phrases.langs[row] != toy.phrases.langs[number]
        ]
        assert abroad.example(0, number).positive in other


@pytest.mark.build
def test_synonyms_are_two_texts_of_one_code(tiny_set: TrainingSet) -> None:
    examples = drawn(tiny_set, synonyms=0.5)
    count = len(tiny_set.phrases)
    assert len(examples) == count + count // 2
    for epoch in range(2):
        found = [examples.example(epoch, number) for number in range(count, len(examples))]
        assert len({one.code for one in found}) == len(found)
        for one in found:
            texts = [tiny_set.surfaces[row] for row in tiny_set.surfaces_of(one.code)]
            assert one.query in texts
            assert one.positive in texts


@pytest.mark.build
def test_negatives_are_no_relatives(tiny_set: TrainingSet) -> None:
    """The terminology's rivals, or those mined where the phrase has some."""
    relatives = tiny_set.relatives
    mined = np.full((len(tiny_set.phrases), 2), -1)
    mined[0, 0] = relatives.place["X30"]
    examples = drawn(tiny_set, mined=mined, negatives=3, synonyms=0.0)
    seen = 0
    for number in range(len(examples)):
        one = examples.example(0, number)
        assert len(one.negatives) == len(one.negative_codes) == len(set(one.negative_codes)) <= 3
        if number == 0:
            assert one.negative_codes == (relatives.place["X30"],)
            continue
        assert set(one.negative_codes) <= set(relatives.rivals(one.code).tolist())
        for text, code in zip(one.negatives, one.negative_codes, strict=True):
            assert text in [tiny_set.surfaces[row] for row in tiny_set.surfaces_of(code)]
            seen += 1
    assert seen > len(examples)
