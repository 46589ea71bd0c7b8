"""Trigrams: what they forgive, what they refuse to compare, and how the index is laid out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from codilingua.search.lexical import LIGHTEST, SLOTS, LexicalIndex, build_lexical, trigrams

TEXTS = [
    "Neumonía, organismo no especificado",
    "Fractura de cadera",
    "Infarto agudo de miocardio",
    "Dolor torácico",
    "Diabetes mellitus tipo 2",
    "Hipertensión esencial",
    "Infección de vías urinarias",
    "Asma bronquial",
    "Cefalea tensional",
    "Insuficiencia cardíaca",
    "Œdème aigu du poumon",
    "",
    "—",
]


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return build_lexical(TEXTS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("neumonia", 0),
        ("numonía", 0),
        ("NEUMONÍA", 0),
        ("neumoni\u0301a", 0),
        ("cadera fractura", 1),
        ("fratcura cadera", 1),
        ("miocardio infarto", 2),
        ("dolro toracico", 3),
        ("dolor toraccico", 3),
        ("hipertension", 5),
        ("infeccion urinaria", 6),
        ("oedeme poumon", 10),
    ],
)
def test_a_near_text_beats_all_others(index: LexicalIndex, typed: str, meant: int) -> None:
    scores = index.scores(typed)
    assert int(scores.argmax()) == meant
    assert scores[meant] > 2 * np.delete(scores, meant).max()


@pytest.mark.parametrize("typed", ["", "   ", "ألم", "胸の痛み", "😀", "...", "qq"])
def test_nothing_known_scores_nothing(index: LexicalIndex, typed: str) -> None:
    scores = index.scores(typed)
    assert scores.shape == (len(TEXTS),)
    assert scores.dtype == np.float32
    assert not scores.any()


def test_scores_lie_between_0_and_1(index: LexicalIndex) -> None:
    for text in [*TEXTS, "dolor " * 300, "a" * 2000, "asma asma bronquial"]:
        scores = index.scores(text)
        assert scores.min() >= 0
        # Weights are rounded to steps of 1/255 each, so a little over 1 is possible in a text of many.
        assert scores.max() <= 1.01


def test_a_text_is_most_like_itself(index: LexicalIndex) -> None:
    for number, text in enumerate(TEXTS[:11]):
        scores = index.scores(text)
        assert int(scores.argmax()) == number
        assert scores[number] > 0.85


def test_case_accents_and_order_count_for_nothing(index: LexicalIndex) -> None:
    np.testing.assert_allclose(index.scores("DOLOR TORACICO"), index.scores("torácico dolor"), atol=1e-6)


def test_trigrams_mark_the_edges_of_words() -> None:
    assert len(trigrams("ictus")) == len("ictus")
    assert len(trigrams("a")) == 1
    assert len(trigrams("")) == 0
    together, apart = trigrams("dolor torácico"), [*trigrams("dolor"), *trigrams("torácico")]
    assert sorted(together.tolist()) == sorted(int(slot) for slot in apart)
    assert trigrams("ictus").dtype == np.uint16


def test_building_is_deterministic(index: LexicalIndex) -> None:
    again = build_lexical(TEXTS)
    for name in ("offsets", "rows", "weights", "idf"):
        np.testing.assert_array_equal(getattr(again, name), getattr(index, name))


def test_the_layout(index: LexicalIndex) -> None:
    assert index.offsets.shape == (SLOTS + 1,)
    assert index.offsets[0] == 0
    assert index.offsets[-1] == len(index.rows) == len(index.weights)
    assert index.rows.dtype == np.uint16
    assert index.weights.min() >= LIGHTEST
    for slot in np.unique(trigrams("fractura")):
        rows = index.rows[index.offsets[slot] : index.offsets[slot + 1]]
        assert (np.diff(rows.astype(int)) > 0).all()


def test_rows_beyond_65535() -> None:
    texts = [f"enfermedad {number:06d}" for number in range(65_540)] + ["ictus"]
    index = build_lexical(texts)
    assert index.rows.dtype == np.uint32
    scores = index.scores("ictus")
    assert int(scores.argmax()) == len(texts) - 1
    assert scores[-1] > 0.9


def test_65535_rows_still_fit_in_two_bytes() -> None:
    texts = ["asma"] * 65_534 + ["ictus"]
    index = build_lexical(texts)
    assert index.rows.dtype == np.uint16
    assert int(index.scores("ictus").argmax()) == len(texts) - 1


def test_common_trigrams_are_left_out() -> None:
    index = build_lexical([f"enfermedad {word}" for word in TEXTS[:11]])
    assert not index.scores("enfermedad").any()


def test_a_small_catalog_keeps_its_trigrams() -> None:
    index = build_lexical(["chest pain", "hip fracture", "fracture of the hip bone"])
    scores = index.scores("hip fracture")
    assert scores[1] == pytest.approx(1, abs=0.01)
    assert scores[0] == 0 < scores[2] < scores[1]


# On disk.


@pytest.mark.parametrize(
    "texts",
    [
        TEXTS,
        ["", "—"],
        # Rows of four bytes, gaps of three and of one.
        ["ictus"] + [f"enfermedad {number:06d}" for number in range(65_600)] + ["ictus", "ictus"],
    ],
    ids=["few", "no trigram", "many"],
)
def test_packed_and_unpacked_is_the_same(texts: list[str], tmp_path: Path) -> None:
    index = build_lexical(texts)
    np.savez_compressed(tmp_path / "lexical.npz", **index.pack())  # type: ignore[arg-type]
    with np.load(tmp_path / "lexical.npz") as arrays:
        again = LexicalIndex.unpack(arrays, len(texts))
    for name in ("offsets", "rows", "weights", "idf"):
        found, expected = getattr(again, name), getattr(index, name)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    assert again.surfaces == len(texts)


def test_weights_take_six_bits(index: LexicalIndex) -> None:
    packed = index.pack()["weights"]
    assert packed.dtype == np.uint8
    assert LIGHTEST // 4 <= packed.min() <= packed.max() < 64


@pytest.mark.parametrize("name", ["counts", "gaps", "weights", "idf"])
def test_an_array_that_does_not_fit_is_refused(index: LexicalIndex, name: str) -> None:
    whole = index.pack()
    array = whole[name]
    for wrong in (array[..., :-1], array.astype(np.float64), array[..., None]):
        with pytest.raises(ValueError, match=name if name != "counts" else "counts|gaps"):
            LexicalIndex.unpack({**whole, name: wrong}, len(TEXTS))
    with pytest.raises(KeyError, match=name):
        LexicalIndex.unpack({key: value for key, value in whole.items() if key != name}, len(TEXTS))


def test_counts_of_another_index_are_refused(index: LexicalIndex) -> None:
    other = build_lexical([*TEXTS, "fractura de fémur"])
    with pytest.raises(ValueError, match="gaps"):
        LexicalIndex.unpack({**index.pack(), "counts": other.pack()["counts"]}, len(TEXTS))


def test_surfaces_that_do_not_exist_are_refused(index: LexicalIndex) -> None:
    last = int(index.rows.max())
    with pytest.raises(ValueError, match=f"a posting names surface {last} of {last}"):
        LexicalIndex.unpack(index.pack(), last)
