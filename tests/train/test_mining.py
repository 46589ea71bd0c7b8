"""Hard negatives: near, wrong, and never what may be right as well; and the file that keeps them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua.errors import SourceError, TrainingError
from codilingua.text import fold
from codilingua.train.examples import TrainingSet
from codilingua.train.mining import Mined, Rules, mine, read_mined, write_mined

Vectors = NDArray[np.float32]
WIDTH = 16


def unit(vectors: NDArray[np.floating]) -> Vectors:
    made: Vectors = (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
    return made


def place(data: TrainingSet, code: str) -> int:
    return data.relatives.place[code]


def row_of(data: TrainingSet, text: str) -> int:
    return data.phrases.texts.index(text)


@pytest.fixture(scope="module")
def vectors(tiny_set: TrainingSet) -> tuple[Vectors, Vectors]:
    """A direction for each code, more or less kept by its surfaces and phrases."""
    chance = np.random.default_rng(3)
    codes = chance.normal(size=(len(tiny_set.relatives.codes), WIDTH))
    phrases = codes[tiny_set.phrases.codes] + chance.normal(size=(len(tiny_set.phrases), WIDTH))
    surfaces = codes[tiny_set.surface_codes] + chance.normal(size=(len(tiny_set.surfaces), WIDTH))
    return unit(phrases), unit(surfaces)


def everyone(data: TrainingSet) -> NDArray[np.int64]:
    return np.arange(len(data.phrases))


def right_codes(data: TrainingSet, row: int) -> set[int]:
    text = fold(data.phrases.texts[row])
    return {
        code
        for other, code in zip(data.phrases.texts, data.phrases.codes.tolist(), strict=True)
        if fold(other) == text
    }


def best_of(data: TrainingSet, code: int, near: NDArray[np.float32]) -> float:
    return float(near[data.surfaces_of(code)].max())


@pytest.mark.parametrize("rules", [Rules(), Rules(6, 2, 0.2), Rules(9, 0, -0.1), Rules(5, 5)])
def test_the_rules_hold(tiny_set: TrainingSet, vectors: tuple[Vectors, Vectors], rules: Rules) -> None:
    phrases, surfaces = vectors
    mined = mine(tiny_set, everyone(tiny_set), phrases, surfaces, rules)
    assert mined.codes.shape == mined.rows.shape == (len(tiny_set.phrases), rules.count)
    seen = 0
    for row, near in enumerate(phrases @ surfaces.T):
        codes = [code for code in mined.codes[row].tolist() if code >= 0]
        assert mined.codes[row].tolist() == codes + [-1] * (rules.count - len(codes))
        assert len(set(codes)) == len(codes)
        right = right_codes(tiny_set, row)
        never = {int(other) for code in right for other in tiny_set.relatives.relatives(code)}
        assert never.isdisjoint(codes)
        # What the encoder confuses, the nearest first, none nearer than the margin allows; then rivals.
        rivals = {int(other) for code in right for other in tiny_set.relatives.rivals(code)}
        limit = max(best_of(tiny_set, code, near) for code in right) + rules.margin
        scores = {code: best_of(tiny_set, code, near) for code in range(len(tiny_set.relatives.codes))}
        confused = sorted(
            (code for code in scores if code not in never and scores[code] <= limit),
            key=lambda code: -scores[code],
        )[: rules.count - rules.rivals]
        assert codes[: len(confused)] == confused
        assert set(codes[len(confused) :]) <= rivals
        assert len(codes) == min(rules.count, len(confused) + len(rivals - set(confused)))
        for code, surface in zip(codes, mined.rows[row].tolist(), strict=False):
            assert tiny_set.surface_codes[surface] == code
            assert near[surface] == pytest.approx(scores[code])
        seen += len(codes)
    assert seen > 3 * len(tiny_set.phrases)


def test_relatives_are_never_negatives_however_near(tiny_set: TrainingSet) -> None:
    """The category above, and the code that a note sends along, lie nearest of all."""
    row = row_of(tiny_set, "infarctus ancien")
    code = place(tiny_set, "I25.2")
    relatives = [other for other in tiny_set.relatives.relatives(code).tolist() if other != code]
    assert place(tiny_set, "I25") in relatives
    phrase = unit(np.ones((1, WIDTH)))
    surfaces = unit(np.random.default_rng(0).normal(size=(len(tiny_set.surfaces), WIDTH)))
    for other in relatives:
        surfaces[tiny_set.surfaces_of(other)] = phrase[0]
    surfaces[tiny_set.surfaces_of(code)] = phrase[0]
    mined = mine(tiny_set, np.array([row]), phrase, surfaces, Rules(margin=2.0))
    assert set(relatives).isdisjoint(mined.codes[row].tolist())
    assert (mined.codes[row] >= 0).sum() == 15


def test_the_margin_drops_what_is_too_near(tiny_set: TrainingSet) -> None:
    row = row_of(tiny_set, "feridura")
    right, other = place(tiny_set, "I63.9"), place(tiny_set, "X30")
    phrase = np.eye(1, WIDTH, dtype=np.float32)
    surfaces = unit(
        np.c_[np.full(len(tiny_set.surfaces), 0.01), np.ones((len(tiny_set.surfaces), WIDTH - 1))]
    )
    surfaces[tiny_set.surfaces_of(right)] = unit(np.array([0.8, 0.6, *[0.0] * (WIDTH - 2)]))
    surfaces[tiny_set.surfaces_of(other)] = unit(np.array([0.87, np.sqrt(1 - 0.87**2), *[0.0] * (WIDTH - 2)]))
    firsts = {
        margin: mine(tiny_set, np.array([row]), phrase, surfaces, Rules(margin=margin)).codes[row].tolist()
        for margin in (0.05, 0.08)
    }
    assert other not in firsts[0.05]
    assert firsts[0.08][0] == other


def test_the_other_codes_of_a_text_are_no_negatives(tiny_set: TrainingSet) -> None:
    """``angina`` was written for one code, ``Angina`` for another: neither is wrong for either."""
    rows = {row_of(tiny_set, "angina"): "I25.119", row_of(tiny_set, "Angina"): "I20.9"}
    phrases = unit(np.ones((len(tiny_set.phrases), WIDTH)))
    surfaces = unit(np.random.default_rng(1).normal(size=(len(tiny_set.surfaces), WIDTH)))
    for code in rows.values():
        surfaces[tiny_set.surfaces_of(place(tiny_set, code))] = phrases[0]
    mined = mine(tiny_set, everyone(tiny_set), phrases, surfaces, Rules(margin=2.0))
    for row, other in rows.items():
        assert place(tiny_set, other) not in mined.codes[row]
    elsewhere = row_of(tiny_set, "ACV")
    assert mined.codes[elsewhere, :2].tolist() == sorted(place(tiny_set, code) for code in rows.values())


def test_the_own_surface_is_not_the_phrase_itself(
    tiny_set: TrainingSet, vectors: tuple[Vectors, Vectors]
) -> None:
    phrases, surfaces = vectors
    row = row_of(tiny_set, "acute myocardial infarction, unspecified")
    code = place(tiny_set, "I21.9")
    title = tiny_set.surfaces_of(code)[0]
    assert fold(tiny_set.surfaces[title]) == fold(tiny_set.phrases.texts[row])
    mined = mine(tiny_set, everyone(tiny_set), phrases, surfaces, Rules())
    for number in range(len(tiny_set.phrases)):
        own = int(mined.own[number])
        rows = [
            r
            for r in tiny_set.surfaces_of(int(tiny_set.phrases.codes[number]))
            if r != title or number != row
        ]
        assert own == max(rows, key=(phrases[number] @ surfaces.T).__getitem__)


def test_a_title_alone_is_the_own_surface_all_the_same(tiny_set: TrainingSet) -> None:
    (title,) = tiny_set.surfaces_of(place(tiny_set, "S22.49"))
    row = row_of(tiny_set, "varias costillas rotas")
    texts = list(tiny_set.phrases.texts)
    texts[row] = tiny_set.surfaces[title]
    data = replace(tiny_set, phrases=replace(tiny_set.phrases, texts=tuple(texts)))
    phrases, surfaces = unit(np.ones((1, WIDTH))), unit(np.ones((len(tiny_set.surfaces), WIDTH)))
    assert mine(data, np.array([row]), phrases, surfaces, Rules()).own[row] == title


def test_mining_for_a_part(tiny_set: TrainingSet, vectors: tuple[Vectors, Vectors]) -> None:
    phrases, surfaces = vectors
    rules = Rules(phrases=7)
    numbers = rules.drawn(tiny_set)
    assert len(numbers) == 7
    assert (np.diff(numbers) > 0).all()
    np.testing.assert_array_equal(numbers, rules.drawn(tiny_set))
    assert numbers.tolist() != Rules(phrases=7, seed=2).drawn(tiny_set).tolist()
    np.testing.assert_array_equal(Rules().drawn(tiny_set), everyone(tiny_set))
    told: list[tuple[int, int]] = []
    part = mine(tiny_set, numbers, phrases[numbers], surfaces, rules, lambda *done: told.append(done))
    whole = mine(tiny_set, everyone(tiny_set), phrases, surfaces, rules)
    others = np.setdiff1d(everyone(tiny_set), numbers)
    for of_part, of_all in ((part.codes, whole.codes), (part.rows, whole.rows), (part.own, whole.own)):
        np.testing.assert_array_equal(of_part[numbers], of_all[numbers])
        assert (of_part[others] == -1).all()
    assert told == [(7, 7)]


# The file.


@pytest.fixture
def mined(tiny_set: TrainingSet, vectors: tuple[Vectors, Vectors]) -> Mined:
    return mine(tiny_set, everyone(tiny_set), *vectors, Rules(6, 2))


def test_the_file_gives_it_back(tiny_set: TrainingSet, mined: Mined, tmp_path: Path) -> None:
    write_mined(tmp_path / "mined.npz", tiny_set, mined)
    back = read_mined(tmp_path / "mined.npz", tiny_set)
    for name in ("codes", "rows", "own"):
        assert getattr(back, name).dtype == np.int64
        np.testing.assert_array_equal(getattr(back, name), getattr(mined, name))


def test_the_file_of_other_data_is_refused(tiny_set: TrainingSet, mined: Mined, tmp_path: Path) -> None:
    path = tmp_path / "mined.npz"
    write_mined(path, tiny_set, mined)
    phrases = replace(tiny_set.phrases, texts=("another phrase", *tiny_set.phrases.texts[1:]))
    for other in (
        replace(tiny_set, phrases=phrases),
        replace(tiny_set, surfaces=(*tiny_set.surfaces[:-1], "Another")),
    ):
        with pytest.raises(SourceError, match=r"mined\.npz: mined for other phrases .*: mine again"):
            read_mined(path, other)


def test_damaged_files(tiny_set: TrainingSet, mined: Mined, tmp_path: Path) -> None:
    path = tmp_path / "mined.npz"
    with pytest.raises(SourceError, match=r"mined\.npz: no file of hard negatives"):
        read_mined(path, tiny_set)
    write_mined(path, tiny_set, mined)
    whole = path.read_bytes()
    damaged = {
        "cut off": whole[: len(whole) // 2],
        "text": b"codes\trows\town\n",
        "empty": b"",
        "flipped": whole[:200] + bytes(byte ^ 0xFF for byte in whole[200:260]) + whole[260:],
    }
    for content in damaged.values():
        path.write_bytes(content)
        with pytest.raises(SourceError, match="no file of hard negatives"):
            read_mined(path, tiny_set)
    np.savez(path, codes=mined.codes)
    with pytest.raises(SourceError, match="no file of hard negatives"):
        read_mined(path, tiny_set)


def test_nowhere_to_write(tiny_set: TrainingSet, mined: Mined, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"cannot be written .* choose another --out"):
        write_mined(tmp_path / "missing" / "mined.npz", tiny_set, mined)
